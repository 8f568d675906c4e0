"""The house's feeds: each a mapping over its layout, closed by totals."""

from pathlib import Path

from recoup.partners.contract import Layout, Role, TableFeed
from recoup.partners.house.wire import COLUMNS

_HERE = Path(__file__).parent
DAY_IN_NAME = r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"


def _sql(name: str) -> str:
    return (_HERE / f"{name}.sql").read_text()


def _layout(name: str) -> tuple[Layout, ...]:
    return (Layout(name, COLUMNS[name]),)


_AMOUNTS = _sql("controls_amounts")
_LINES = _sql("controls_lines")
_INFORMS: tuple[Role, ...] = ("informs",)

PAYMENTS = TableFeed(
    name="payments",
    roles=_INFORMS,
    makes="payment",
    layouts=_layout("payments"),
    sql=_sql("mapping_payments"),
    # The one column that the canonical payment calls otherwise.
    controls=_AMOUNTS.replace(
        "from mapped", "from (select captured_minor as amount_minor, currency, problem from mapped)"
    ),
    covers_from_name=DAY_IN_NAME,
)
REFUNDS = TableFeed(
    name="refunds",
    roles=_INFORMS,
    makes="refund",
    layouts=_layout("refunds"),
    sql=_sql("mapping_refunds"),
    controls=_AMOUNTS,
    covers_from_name=DAY_IN_NAME,
)
MERCHANTS = TableFeed(
    name="merchants",
    roles=_INFORMS,
    makes="merchant",
    layouts=_layout("merchants"),
    sql=_sql("mapping_merchants"),
    also={"account_merchant": _sql("mapping_account_merchant")},
    controls=_LINES,
    covers_from_name=DAY_IN_NAME,
)
ALLOCATIONS = TableFeed(
    name="allocations",
    roles=_INFORMS,
    makes="allocation",
    layouts=_layout("allocations"),
    sql=_sql("mapping_allocations"),
    controls=_LINES,
    covers_from_name=DAY_IN_NAME,
)
LEDGER = TableFeed(
    name="ledger",
    roles=("confirms",),
    makes="house_line",
    layouts=_layout("ledger"),
    sql=_sql("mapping_ledger"),
    controls=_AMOUNTS,
    covers_from_name=DAY_IN_NAME,
)
TABLE_FEEDS = {feed.name: feed for feed in (PAYMENTS, REFUNDS, MERCHANTS, ALLOCATIONS, LEDGER)}
