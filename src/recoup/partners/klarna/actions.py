"""What we ask Klarna for: disputes by their last update, and single ones.

Each page is handed on as a message to land: the start line is the request that fetched it, headers and body
are the answer's. An error page is handed on too, and ends its list: the reader holds it, and nobody takes half
a list for a whole one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from recoup.domain.findings import Finding
from recoup.domain.instants import HOUR, render_instant
from recoup.formats.plain_text import reference
from recoup.formats.strict_json import PAGE, parse
from recoup.partners.contract import Message, Request, Send, Swept

PATH = "/v4/payment/disputes"
PAGES_MAX = 10_000
"""Where a list is given up that never ends."""
OVERLAP = 1 * HOUR
"""How far back before the last sweep the list of changes begins."""


def sweep(send: Send, changed_since: int, now: int) -> Sequence[Swept]:
    """List the disputes that were updated since a little before the last sweep."""
    return list(list_disputes(send, max(0, changed_since - OVERLAP), now))


def fetch(send: Send, name: str) -> Swept:
    """Fetch one dispute by its id."""
    file = name.replace(":", "-").replace("/", "-")
    return _asked(send, f"{file}.http", Request("GET", f"{PATH}/{quote(name, safe='')}"))


def list_disputes(send: Send, since: int, now: int) -> Iterator[Swept]:
    """Give the pages of the disputes updated since then, until one is the last, or cannot be read."""
    window = {"updated_at_start": f"{render_instant(since)[:23]}Z"}  # Klarna's instants have milliseconds
    query, seen = window, set[str]()
    for number in range(1, PAGES_MAX + 1):
        page = _asked(send, f"disputes-{render_instant(now)}-{number:05}.http", Request("GET", PATH, query))
        yield page
        last = _last(_document(page.message))
        if last is None or last in seen:
            return  # a cursor that comes again would be asked for ever
        seen.add(last)
        query = {**window, "starting_after": last}


def _last(document: Mapping[str, Any]) -> str | None:
    """Give the item that the next page begins after; None on a page that has none, or nothing on it."""
    pagination, disputes = document.get("pagination"), document.get("disputes")
    last = pagination.get("last_item") if isinstance(pagination, dict) and disputes else None
    return reference(last) if isinstance(last, str) else None


def _asked(send: Send, name: str, request: Request) -> Swept:
    answer = send(request)
    query = f"?{urlencode(request.query)}" if request.query else ""
    start = f"{request.method} {request.path}{query} HTTP/1.1"
    return Swept("disputes", name, Message(start, answer.headers, answer.body))


def _document(message: Message) -> dict[str, Any]:
    found = parse(message.body, PAGE)
    return found if isinstance(found, dict) and not isinstance(found, Finding) else {}
