"""Bank statements: a mapping over our own layout, proved by opening and closing balance."""

from pathlib import Path

from recoup.partners.bank.wire import STATEMENT as COLUMNS
from recoup.partners.contract import Layout, TableFeed

_HERE = Path(__file__).parent

STATEMENT = TableFeed(
    name="statement",
    roles=("banks",),
    makes="money_line",
    layouts=(Layout("statement", COLUMNS),),
    sql=(_HERE / "mapping_statement.sql").read_text(),
    controls=(_HERE / "controls_statement.sql").read_text(),
    covers_from_name=r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?:_(?P<sequence>\d+))?",
)
TABLE_FEEDS = {STATEMENT.name: STATEMENT}
