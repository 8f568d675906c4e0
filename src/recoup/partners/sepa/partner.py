"""SEPA direct debit as a value: the messages that come to its creditor, and what the scheme cannot do."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from recoup.domain.outcome_money import read_outcome_money
from recoup.formats.iso20022_laid import of_messages
from recoup.partners.contract import Arrived, Capabilities, FileFeed, Partner, Reading
from recoup.partners.sepa.layout import lay_out
from recoup.partners.sepa.mapping import read_messages
from recoup.partners.sepa.mapping_recalls import take_recall, take_sent
from recoup.partners.sepa.mapping_returns import take_return, take_reversal, take_status
from recoup.partners.sepa.mapping_statements import take_entry
from recoup.partners.sepa.telling import CODES, NAME


def read_status(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read status reports: pain.002 and pacs.002."""
    return read_messages(arrived, stream, take_status)


def read_returns(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read returns and refunds: pacs.004."""
    return read_messages(arrived, stream, take_return)


def read_reversals(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read our own reversals: pacs.007."""
    return read_messages(arrived, stream, take_reversal)


def read_recalls(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read recalls that came to us and answers to ours: camt.056 and camt.029."""
    return read_messages(arrived, stream, take_recall)


def read_statements(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read the returns that our bank booked: camt.052, camt.053 and camt.054."""
    return read_messages(arrived, stream, take_entry=take_entry)


def read_sent(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read recalls that we sent and our answers: camt.056 and camt.029."""
    return read_messages(arrived, stream, take_sent)


_laid = partial(of_messages, lay=lay_out)
_FEEDS = (
    FileFeed(
        "status",
        ("announces", "informs"),
        read_status,
        _laid(("pain.002", "pacs.002")),
        closed_by="structure",
    ),
    FileFeed("returns", ("announces", "settles"), read_returns, _laid(("pacs.004",)), closed_by="structure"),
    FileFeed(
        "statements",
        ("announces", "settles"),
        read_statements,
        _laid(("camt.052", "camt.053", "camt.054")),
        closed_by="structure",
    ),
    FileFeed("reversals", ("informs",), read_reversals, _laid(("pacs.007",)), closed_by="structure"),
    FileFeed(
        "recalls",
        ("announces", "informs"),
        read_recalls,
        _laid(("camt.056", "camt.029")),
        closed_by="structure",
    ),
    FileFeed("sent", ("informs",), read_sent, _laid(("camt.056", "camt.029")), closed_by="structure"),
)

PARTNER = Partner(
    name=NAME,
    title="SEPA direct debit",
    feeds={feed.name: feed for feed in _FEEDS},
    books={"announces": ("returns", "statements", "status", "recalls"), "settles": ("statements", "returns")},
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=False,
        can_fetch_dispute=False,
        has_event_ids=False,
        authenticates="channel",
        gaps_closed_by="Statements are numbered and prove their balances; each return is booked on one of them.",
    ),
    chain="bank",
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "sepa/outcome_money.csv"
    ),
)
