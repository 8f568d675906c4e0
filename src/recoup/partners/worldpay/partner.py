"""Worldpay eComm as a value: what it tells when asked, how we read it, what it can do."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.access import Basic
from recoup.partners.contract import Capabilities, Partner, RecordFeed
from recoup.partners.worldpay import actions, mapping
from recoup.partners.worldpay.telling import CODES, NAME

_CHARGEBACKS = RecordFeed("chargebacks", ("announces",), "page", mapping.read_chargebacks)

PARTNER = Partner(
    name=NAME,
    title="Worldpay eComm",
    feeds={_CHARGEBACKS.name: _CHARGEBACKS},
    books={"announces": ("chargebacks",)},
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=True,
        can_fetch_dispute=True,
        has_event_ids=False,
        authenticates="channel",
        gaps_closed_by="Asking for every day of activity again, and for all cases that wait for us.",
    ),
    sweep=actions.sweep,
    fetch=actions.fetch,
    access=(Basic("client_id and secret: username and password of a Chargeback API user"),),
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "worldpay/outcome_money.csv"
    ),
)
