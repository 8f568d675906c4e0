"""Adyen as a value: what it sends us, how we verify and read it, and what it cannot do."""

from pathlib import Path

from recoup.domain.outcome_money import read_outcome_money
from recoup.partners.access import Basic, NamedHeader
from recoup.partners.adyen import actions, mapping
from recoup.partners.adyen.mapping_dispute_report import read_dispute_report
from recoup.partners.adyen.signature import verify
from recoup.partners.adyen.tables import PAYMENTS_ACCOUNTING, SETTLEMENT_DETAIL
from recoup.partners.adyen.telling import CODES, NAME
from recoup.partners.contract import Capabilities, Partner, RecordFeed

_FEEDS = (
    RecordFeed("webhook", ("announces", "informs"), "webhook", mapping.read_webhook, verify),
    RecordFeed("dispute_report", ("announces", "informs"), "file", read_dispute_report, closed_by="nothing"),
    SETTLEMENT_DETAIL,
    PAYMENTS_ACCOUNTING,
)

PARTNER = Partner(
    name=NAME,
    title="Adyen",
    feeds={feed.name: feed for feed in _FEEDS},
    books={
        "announces": ("webhook", "dispute_report"),
        "settles": ("settlement_detail",),
        "pays": ("settlement_detail",),
    },
    codes=CODES,
    capabilities=Capabilities(
        can_list_disputes=False,
        can_fetch_dispute=False,
        has_event_ids=False,
        authenticates="fields",
        gaps_closed_by="The daily dispute report and settlement batches; Adyen queues a failed webhook for 30 days.",
    ),
    fetch=actions.fetch,
    account_of=mapping.account_of,
    access=(
        NamedHeader("an API key of a report service user as secret, without client_id", "x-api-key"),
        Basic("client_id and secret: name and password of a report service user"),
    ),
    outcome_money=read_outcome_money(
        Path(__file__).with_name("outcome_money.csv").read_text(encoding="utf-8"), "adyen/outcome_money.csv"
    ),
)
