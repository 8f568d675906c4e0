"""What we ask Braintree for: searches for disputes, page by page, and single disputes by id; all of it in XML.

Paths begin below `/merchants/<merchant id>`, which is part of the address that the account is set up with. A
search finds disputes by the day on which they were received, and by the days on which their status changed:
nobody says that one of the two shows all. An error page is handed on too, and ends its list: the reader holds
it, and nobody takes half a list for a whole one.
"""

from collections.abc import Iterator
from urllib.parse import quote

from recoup.domain.findings import Finding
from recoup.domain.instants import DAY, local_day, render_instant
from recoup.formats.xml_tree import Node, parse
from recoup.partners.asking import Pages, swept
from recoup.partners.braintree.wire import text
from recoup.partners.contract import Message, Request, Send, Swept

HEADERS = {"accept": "application/xml", "x-apiversion": "6"}
"""The version whose shapes `wire.py` reads."""
SEARCH_PATH = "/disputes/advanced_search"
SEARCHES = ("received_date", "effective_date")
"""Days by which a search finds: of the dispute itself, and of each change in its history."""
PAGES_MAX = 2_000
"""Where a search is given up that never ends: a hundred thousand disputes."""
OVERLAP = 2 * DAY
"""How far back before the last sweep a search begins: its days have no zone, and both ends belong to it."""


def sweep(send: Send, changed_since: int, now: int) -> Iterator[Swept]:
    """Search the disputes that were received or changed since a little before the last sweep."""
    for field in SEARCHES:
        yield from search(send, field, max(0, changed_since - OVERLAP), now)


def fetch(send: Send, name: str) -> Swept:
    """Fetch one dispute by its id."""
    request = Request("GET", f"/disputes/{quote(name, safe='')}", headers=HEADERS)
    return swept(send, "disputes", f"{name}.http", request)


def search(send: Send, field: str, since: int, now: int) -> Iterator[Swept]:
    """Give the pages of one search until all that it states to have found was shown, or one cannot be read."""
    pages = Pages(f"braintree search by {field}", PAGES_MAX)
    first, last = local_day(since, "UTC"), local_day(now + DAY, "UTC")  # a day that has begun somewhere
    body = f"<search><{field}><min>{first}</min><max>{last}</max></{field}></search>".encode()
    headers = HEADERS | {"content-type": "application/xml"}
    while True:
        query = {"page": str(pages.number)}
        name = f"disputes-{render_instant(now)}-{field}-{pages.number:05}.http"
        page = swept(send, "disputes", name, Request("POST", SEARCH_PATH, query, headers, body, only_asks=True))
        yield page
        if _is_last(page.message, pages):
            return
        pages.turn(query["page"])


def _is_last(message: Message, pages: Pages) -> bool:
    """Whether a page shows the end of its search; without readable numbers it does."""
    found = parse(message.body, "page")
    if isinstance(found, Finding) or found.name != "disputes" or found.child("dispute") is None:
        return True
    told = _number(found, "current-page-number")
    if told is not None and told != pages.number:
        pages.astray(f"page {told} in place of page {pages.number}")
    total, size = _number(found, "total-items"), _number(found, "page-size")
    return total is None or not size or pages.number * size >= total


def _number(page: Node, name: str) -> int | None:
    said = text(page, name)
    return int(said) if said is not None and said.isascii() and said.isdecimal() and len(said) <= 9 else None
