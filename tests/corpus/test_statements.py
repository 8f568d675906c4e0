"""Every statement that others publish is read completely, or refused with a place and a rule.

The number of records is counted a second time, by a pattern over the bytes.
"""

import io
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from recoup.domain.instants import parse_instant
from recoup.partners.contract import Arrived, FileFeed
from recoup.partners.registry import partners

CORPUS = Path(__file__).resolve().parents[2] / "../shared/corpus"
LANDED_AT = parse_instant("2026-11-22T00:00:00Z")
COUNTED = {
    "mt940": re.compile(rb"(?:^|\n|\r):61:"),
    "bai2": re.compile(rb"(?:^|\n|/[ \t]+)16,"),
}
READ_WHOLE = {
    "mt940": {
        "mt940-windows-line-breaks.txt": 2,
        "knab.txt": 3,
        "rabobank-iban.txt": 4,
        "rabobank-iban.sta": 4,
        "sns.txt": 2,
        "sparkasse.txt": 2,
        "mt940_with_spaces_for_entry_date.txt": 8,
        "with_binary_character.sta": 4,
        "mt940.txt": 5,
        "generic.sta": 2,
        "february_30.sta": 1,
        "transaction_details_wrapped.sta": 1,
        "long_statement_number.sta": 0,
    },
    "bai2": {"sample2.txt": 4, "sample3.txt": 26},
}
"""Files that prove themselves, with their records; mBank's `mt940.sta` shares its name with one that does not."""
REFUSED = {
    "mt940": {
        "mt940.proof": 17,  # anonymised amounts: opening and movements do not give the closing balance
        "mt940.account": 22,  # single lines and fields, without the head of a message
        "mt940.balance": 3,  # marks, and a balance without currency
        "mt940.opening": 3,
        "mt940.order": 2,
        "mt940.sum": 1,
        "mt940.no_statement": 1,
    },
    "bai2": {"bai2.header": 2, "bai2.total": 1},
}

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of other people's files is not beside the checkout"
)


class Outcome(NamedTuple):
    """What became of one file."""

    records: int
    quarantined: int
    lines: int
    held: str | None
    where: str
    wanted: str


def outcome(feed_name: str, path: Path) -> Outcome:
    """Read one file by the bank's feed, and show it: neither may raise."""
    feed = partners()["bank"].feeds[feed_name]
    assert isinstance(feed, FileFeed)
    assert feed.lay_out is not None
    raw = path.read_bytes()
    arrived = Arrived("del_1", "bank", "default", feed_name, path.name, LANDED_AT, "UTC")
    parts = list(feed.read(arrived, io.BytesIO(raw)))
    records = sum(part.records for part in parts)
    quarantined = [bad for part in parts for bad in part.quarantined]
    assert records == sum(part.accepted for part in parts) + len(quarantined)
    assert all(bad.finding.where.startswith(path.name) and bad.finding.wanted for bad in quarantined)
    list(feed.lay_out(io.BytesIO(raw)))
    held = next((part.held for part in parts if part.held), None)
    lines = sum(len(part.money_lines) for part in parts)
    if held is None:
        return Outcome(records, len(quarantined), lines, None, "", "")
    return Outcome(records, len(quarantined), lines, held.check, held.where, held.wanted)


def files(feed: str) -> list[Path]:
    """Every file of a format."""
    return sorted(path for path in (CORPUS / feed).rglob("*") if path.is_file())


@pytest.mark.parametrize(("feed", "count"), [("mt940", 63), ("bai2", 5)])
def test_every_file_is_read_completely_or_refused_with_a_reason(
    feed: str, count: int, record_property: Callable[[str, object], None]
) -> None:
    """As many records as a pattern counts; what is held says where, and what was wanted."""
    paths = files(feed)
    told = {path: outcome(feed, path) for path in paths}
    assert len(told) == count
    for path, found in told.items():
        if feed == "mt940" or found.held != "bai2.header":
            assert found.records == len(COUNTED[feed].findall(path.read_bytes())), path
        assert found.held is None or (found.where.startswith(path.name) and found.wanted), path
    read = {path.name: found.records for path, found in told.items() if found.held is None}
    assert {name: read.get(name) for name in READ_WHOLE[feed]} == READ_WHOLE[feed]
    held = Counter(found.held for found in told.values() if found.held is not None)
    assert held == REFUSED[feed]
    record_property("read", f"{feed}: {len(told)} files, {len(read)} read, {sum(read.values())} records")


def test_one_bad_date_loses_nothing() -> None:
    """30 February as a value date: the movement stands on its entry date."""
    (path,) = CORPUS.rglob("february_30.sta")
    assert outcome("mt940", path) == Outcome(1, 0, 1, None, "", "")


def test_a_bank_s_own_report_is_proved_at_three_levels() -> None:
    """Fifteen accounts, records in the middle of lines, a text that is wrapped: every total holds."""
    (path,) = CORPUS.rglob("sample3.txt")
    assert outcome("bai2", path) == Outcome(26, 0, 26, None, "", "")
