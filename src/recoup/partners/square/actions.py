"""What we ask Square for: disputes page by page, payouts of each location, and what is in each payout.

Each page is handed on as a message to land: the start line is the request that fetched it, headers and
body are the answer's. An error page is handed on too, and ends its list: the reader holds it, and nobody
takes half a list for a whole one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from recoup.domain.findings import Finding
from recoup.domain.instants import DAY, render_instant
from recoup.formats.plain_text import reference
from recoup.formats.strict_json import PAGE, parse
from recoup.partners.contract import Message, Request, Send, Swept

PAGES_MAX = 10_000
"""Where a list is given up that never ends."""
PAYOUTS_A_PAGE = 100
"""The most that Square gives on a page of payouts or entries."""
OVERLAP = 7 * DAY
"""How far back before the last sweep the list of payouts begins: it shows by creation, not by change."""


def sweep(send: Send, changed_since: int, now: int) -> Sequence[Swept]:
    """List all disputes, and the payouts since a little before the last sweep with what is in them.

    The list of disputes has no filter on time, so it is always walked whole. Payouts are listed by
    location: without one Square answers for the main location alone.
    """
    disputes = list(list_pages(send, "disputes", "/v2/disputes", {}, now))
    since = {
        "begin_time": render_instant(max(0, changed_since - OVERLAP)),
        "end_time": render_instant(now),
        "limit": str(PAYOUTS_A_PAGE),
    }
    payouts = [
        page
        for asked in _locations(send)
        for page in list_pages(send, "payouts", "/v2/payouts", {**asked, **since}, now, asked.get("location_id", ""))
    ]
    entries = [
        page
        for name in _names(payouts)
        for page in list_pages(
            send,
            "payout_entries",
            f"/v2/payouts/{quote(name, safe='')}/payout-entries",
            {"limit": str(PAYOUTS_A_PAGE)},
            now,
            name,
        )
    ]
    return [*disputes, *entries, *payouts]


def fetch(send: Send, name: str) -> Swept:
    """Fetch one dispute by its id."""
    return _asked(send, "disputes", f"{name}.http", Request("GET", f"/v2/disputes/{quote(name, safe='')}"))


def list_pages(send: Send, feed: str, path: str, query: Mapping[str, str], now: int, of: str = "") -> Iterator[Swept]:
    """Give the pages of a list until one has no cursor or cannot be read; `of` tells lists of one feed apart."""
    asked = dict(query)
    seen: set[str] = set()
    tail = f"{of}-" if of else ""
    for number in range(1, PAGES_MAX + 1):
        page = _asked(send, feed, f"{feed}-{render_instant(now)}-{tail}{number:05}.http", Request("GET", path, asked))
        yield page
        cursor = _document(page.message).get("cursor")
        if not isinstance(cursor, str) or not cursor or cursor in seen:
            return  # a cursor that comes again would be asked for ever
        seen.add(cursor)
        asked = {**query, "cursor": cursor}


def _locations(send: Send) -> list[dict[str, str]]:
    """Give a filter for each location; without a readable answer one for the main location alone, as Square does."""
    listed = _document(send(Request("GET", "/v2/locations"))).get("locations")
    return [{"location_id": name} for name in _ids(listed)] or [{}]


def _names(payouts: Sequence[Swept]) -> list[str]:
    found = [name for page in payouts for name in _ids(_document(page.message).get("payouts"))]
    return list(dict.fromkeys(found))


def _ids(listed: Any) -> list[str]:
    things = listed if isinstance(listed, list) else []
    told = [thing.get("id") for thing in things if isinstance(thing, dict)]
    return [name for one in told if isinstance(one, str) and (name := reference(one)) is not None]


def _asked(send: Send, feed: str, name: str, request: Request) -> Swept:
    answer = send(request)
    query = f"?{urlencode(request.query)}" if request.query else ""
    return Swept(feed, name, Message(f"{request.method} {request.path}{query} HTTP/1.1", answer.headers, answer.body))


def _document(message: Message) -> dict[str, Any]:
    found = parse(message.body, PAGE)
    return found if isinstance(found, dict) and not isinstance(found, Finding) else {}
