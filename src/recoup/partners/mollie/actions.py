"""What we ask Mollie for: chargebacks, what moved our balances, and settlements, each newest first.

Each page is handed on as a message to land: the start line is the request that fetched it, headers and body
are the answer's. Of a link to the next page only the cursor is taken, never its address. An error page is
handed on too, and ends its list: the reader holds it, and nobody takes half a list for a whole one.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from recoup.domain.instants import DAY, parse_instant, render_instant
from recoup.errors import InstantRefused
from recoup.formats.plain_text import reference
from recoup.partners.asking import Pages, document, swept
from recoup.partners.contract import Request, Send, Swept

PAGE_SIZE = 250
"""The most that Mollie gives on a page."""
PAGES_MAX = 10_000
"""Where a list is given up that never ends."""
OVERLAP = 7 * DAY
"""How far back before the last sweep a list is read that shows by creation objects which change."""
OVERLAP_OF_MOVES = 1 * DAY
"""The same for what moved a balance, which never changes: a busy account has millions of them a day."""
PRIMARY = "primary"
"""The name that Mollie gives the balance of an account that has no other."""


def sweep(send: Send, changed_since: int, now: int) -> Iterator[Swept]:
    """List what was created since a little before the last sweep; older chargebacks that are open are fetched."""
    since = changed_since - OVERLAP
    yield from list_pages(send, "chargebacks", "/v2/chargebacks", since, now)
    for balance in _balances(send):
        path = f"/v2/balances/{quote(balance, safe='')}/transactions"
        yield from list_pages(send, "balance_transactions", path, changed_since - OVERLAP_OF_MOVES, now, balance)
    yield from list_pages(send, "settlements", "/v2/settlements", since, now)


def fetch(send: Send, name: str) -> Swept:
    """Fetch one chargeback by its id, or those of a payment that a webhook named (`tr_…`).

    A chargeback alone cannot be asked for without its payment; the list that begins with it and ends there can.
    """
    if name.startswith("tr_"):
        request = Request("GET", f"/v2/payments/{quote(name, safe='')}/chargebacks", {"limit": str(PAGE_SIZE)})
    else:
        request = Request("GET", "/v2/chargebacks", {"from": name, "limit": "1"})
    return swept(send, "chargebacks", f"{name}.http", request)


def list_pages(send: Send, feed: str, path: str, since: int, now: int, of: str = "") -> Iterator[Swept]:
    """Give the pages of a list until one is older than `since`, the last, or one that cannot be read."""
    pages, query = Pages(f"mollie {path}", PAGES_MAX), {"limit": str(PAGE_SIZE)}
    tail = f"{of}-" if of else ""
    while True:
        name = f"{feed}-{render_instant(now)}-{tail}{pages.number:05}.http"
        page = swept(send, feed, name, Request("GET", path, query))
        yield page
        told = document(page.message)
        cursor = _next(told)
        if cursor is None or _is_older(told, feed, since):
            return
        pages.turn(cursor)
        query = {"limit": str(PAGE_SIZE), "from": cursor}


def _balances(send: Send) -> list[str]:
    """Give the balances of our account; where they cannot be listed, the primary one."""
    listed = _listed(document(send(Request("GET", "/v2/balances", {"limit": str(PAGE_SIZE)}))), "balances")
    return [name for one in listed if isinstance(one.get("id"), str) and (name := reference(one["id"]))] or [PRIMARY]


def _next(page: Mapping[str, Any]) -> str | None:
    links = page.get("_links")
    link = links.get("next") if isinstance(links, dict) else None
    address = link.get("href") if isinstance(link, dict) else None
    asked = parse_qs(urlsplit(address).query).get("from", []) if isinstance(address, str) else []
    return reference(asked[0]) if len(asked) == 1 else None


def _is_older(page: Mapping[str, Any], feed: str, since: int) -> bool:
    """Whether the last object of a page was created before; an unreadable time is not."""
    listed = _listed(page, feed)
    told = listed[-1].get("createdAt") if listed else None
    try:
        return isinstance(told, str) and parse_instant(told) < since
    except InstantRefused:
        return False


def _listed(page: Mapping[str, Any], many: str) -> list[dict[str, Any]]:
    embedded = page.get("_embedded")
    found = embedded.get(many) if isinstance(embedded, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
