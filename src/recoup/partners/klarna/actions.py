"""What we ask Klarna for: disputes by their last update, and single ones.

Each page is handed on as a message to land. An error page is handed on too, and ends its list: the reader
holds it, and nobody takes half a list for a whole one.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from recoup.domain.instants import HOUR, render_instant
from recoup.formats.plain_text import reference
from recoup.partners.asking import Pages, document, swept
from recoup.partners.contract import Request, Send, Swept

PATH = "/v4/payment/disputes"
PAGES_MAX = 10_000
"""Where a list is given up that never ends."""
OVERLAP = 1 * HOUR
"""How far back before the last sweep the list of changes begins."""


def sweep(send: Send, changed_since: int, now: int) -> Iterator[Swept]:
    """List the disputes that were updated since a little before the last sweep."""
    return list_disputes(send, max(0, changed_since - OVERLAP), now)


def fetch(send: Send, name: str) -> Swept:
    """Fetch one dispute by its id."""
    file = name.replace(":", "-").replace("/", "-")
    return swept(send, "disputes", f"{file}.http", Request("GET", f"{PATH}/{quote(name, safe='')}"))


def list_disputes(send: Send, since: int, now: int) -> Iterator[Swept]:
    """Give the pages of the disputes updated since then, until one is the last, or cannot be read."""
    pages = Pages("klarna list of disputes", PAGES_MAX)
    window = {"updated_at_start": f"{render_instant(since)[:23]}Z"}  # Klarna's instants have milliseconds
    query = window
    while True:
        name = f"disputes-{render_instant(now)}-{pages.number:05}.http"
        page = swept(send, "disputes", name, Request("GET", PATH, query))
        yield page
        last = _last(document(page.message))
        if last is None:
            return
        pages.turn(last)
        query = {**window, "starting_after": last}


def _last(page: Mapping[str, Any]) -> str | None:
    """Give the item that the next page begins after; None on a page that has none, or nothing on it."""
    pagination, disputes = page.get("pagination"), page.get("disputes")
    last = pagination.get("last_item") if isinstance(pagination, dict) and disputes else None
    return reference(last) if isinstance(last, str) else None
