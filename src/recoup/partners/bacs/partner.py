"""Bacs as a value: the reports that its service gives to those who collect by direct debit."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.bacs.layout import lay_out_as
from recoup.partners.bacs.mapping_arudd import read_arudd
from recoup.partners.bacs.mapping_ddica import read_ddica
from recoup.partners.bacs.mapping_mandates import read_addacs, read_auddis
from recoup.partners.bacs.telling import CODES, NAME, account_of
from recoup.partners.contract import Capabilities, Partner, RecordFeed, Role

_MONEY: tuple[Role, ...] = ("announces", "settles")
_FEEDS = (
    RecordFeed("arudd", _MONEY, "file", read_arudd, lay_out=lay_out_as("arudd", read_arudd), closed_by="totals"),
    RecordFeed("ddica", _MONEY, "file", read_ddica, lay_out=lay_out_as("ddica", read_ddica), closed_by="totals"),
    RecordFeed("addacs", ("informs",), "file", read_addacs, lay_out=lay_out_as("addacs", read_addacs)),
    RecordFeed("auddis", ("informs",), "file", read_auddis, lay_out=lay_out_as("auddis", read_auddis)),
)

PARTNER = Partner(
    name=NAME,
    title="Bacs",
    feeds={feed.name: feed for feed in _FEEDS},
    books={"announces": ("arudd", "ddica"), "settles": ("arudd", "ddica")},
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=False,
        can_fetch_dispute=False,
        has_event_ids=False,
        authenticates="channel",
        gaps_closed_by="Reports state their totals; a lost one shows as a debit at the bank that nobody announced.",
    ),
    chain="bank",
    account_of=account_of,
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "bacs/outcome_money.csv"
    ),
)
