"""What we ask Square for: disputes page by page, payouts of each location, and what is in each payout.

Each page is handed on as a message to land: the start line is the request that fetched it, headers and
body are the answer's. An error page is handed on too, and ends its list: the reader holds it, and nobody
takes half a list for a whole one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from recoup.domain.instants import DAY, render_instant
from recoup.formats.plain_text import reference
from recoup.partners.asking import Pages, document, swept
from recoup.partners.contract import Request, Send, Swept

HEADERS = {"square-version": "2025-08-20"}
"""The version of the specification that `wire.py` was read from; without it the application's own counts."""
PAGES_MAX = 10_000
"""Where a list is given up that never ends."""
PAYOUTS_A_PAGE = 100
"""The most that Square gives on a page of payouts or entries."""
OVERLAP = 7 * DAY
"""How far back before the last sweep the list of payouts begins: it shows by creation, not by change."""


def sweep(send: Send, changed_since: int, now: int) -> Iterator[Swept]:
    """List all disputes, and the payouts since a little before the last sweep with what is in them.

    The list of disputes has no filter on time, so it is always walked whole. Payouts are listed by
    location: without one Square answers for the main location alone.
    """
    yield from list_pages(send, "disputes", "/v2/disputes", {}, now)
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
    for name in _names(payouts):
        path = f"/v2/payouts/{quote(name, safe='')}/payout-entries"
        yield from list_pages(send, "payout_entries", path, {"limit": str(PAYOUTS_A_PAGE)}, now, name)
    yield from payouts


def fetch(send: Send, name: str) -> Swept:
    """Fetch one dispute by its id."""
    return swept(send, "disputes", f"{name}.http", _get(f"/v2/disputes/{quote(name, safe='')}"))


def list_pages(send: Send, feed: str, path: str, query: Mapping[str, str], now: int, of: str = "") -> Iterator[Swept]:
    """Give the pages of a list until one has no cursor or cannot be read; `of` tells lists of one feed apart."""
    pages, asked = Pages(f"square {path}", PAGES_MAX), dict(query)
    tail = f"{of}-" if of else ""
    while True:
        name = f"{feed}-{render_instant(now)}-{tail}{pages.number:05}.http"
        page = swept(send, feed, name, _get(path, asked))
        yield page
        cursor = document(page.message).get("cursor")
        if not isinstance(cursor, str) or not cursor:
            return
        pages.turn(cursor)
        asked = {**query, "cursor": cursor}


def _get(path: str, query: Mapping[str, str] | None = None) -> Request:
    return Request("GET", path, query or {}, HEADERS)


def _locations(send: Send) -> list[dict[str, str]]:
    """Give a filter for each location; without a readable answer one for the main location alone, as Square does."""
    listed = document(send(_get("/v2/locations"))).get("locations")
    return [{"location_id": name} for name in _ids(listed)] or [{}]


def _names(payouts: Sequence[Swept]) -> list[str]:
    found = [name for page in payouts for name in _ids(document(page.message).get("payouts"))]
    return list(dict.fromkeys(found))


def _ids(listed: Any) -> list[str]:
    things = listed if isinstance(listed, list) else []
    told = [thing.get("id") for thing in things if isinstance(thing, dict)]
    return [name for one in told if isinstance(one, str) and (name := reference(one)) is not None]
