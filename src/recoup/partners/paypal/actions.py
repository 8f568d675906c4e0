"""What we ask PayPal for: the list of disputes page by page, and single ones; every answer is kept as it came.

A list shows neither payment nor money, so each dispute that it names is fetched as well. Of the address of the
next page only the query is taken, so that no answer sends us elsewhere.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from recoup.domain.instants import DAY, HOUR, render_instant
from recoup.partners.asking import Pages, document, swept
from recoup.partners.contract import Message, Request, Send, Swept

PATH = "/v1/customer/disputes"
PAGE_SIZE = 50
"""The most that PayPal gives on a page."""
PAGES_MAX = 2_000
"""Where a list is given up that never ends: a hundred thousand disputes."""
REACH = 180 * DAY - HOUR
"""How far back a list may begin; an hour less, since both clocks count."""


def sweep(send: Send, changed_since: int, now: int) -> Iterator[Swept]:
    """List the disputes that changed since the last sweep, and fetch each of them."""
    since = render_instant(max(changed_since, now - REACH))
    asked = {"update_time_after": f"{since[:-4]}Z", "page_size": str(PAGE_SIZE)}
    names: dict[str, None] = {}
    for page in list_pages(send, asked, now):
        yield page
        names.update(dict.fromkeys(_names(page.message)))
    for name in names:
        yield fetch(send, name)


def fetch(send: Send, name: str) -> Swept:
    """Fetch one dispute by its id."""
    return swept(send, "disputes", f"{name}.http", Request("GET", f"{PATH}/{quote(name, safe='')}"))


def list_pages(send: Send, query: Mapping[str, str], now: int) -> Iterator[Swept]:
    """Give the pages of the list until the last or one that cannot be read."""
    pages, asked = Pages("paypal list of disputes", PAGES_MAX), dict(query)
    while True:
        name = f"disputes-{render_instant(now)}-{pages.number:05}.http"
        page = swept(send, "disputes", name, Request("GET", PATH, asked))
        yield page
        following = _next(page.message)
        if following is None:
            return
        pages.turn(urlencode(following))
        asked = following


def _names(message: Message) -> list[str]:
    items = document(message).get("items")
    found = [item.get("dispute_id") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [name for name in found if isinstance(name, str) and name and len(name) <= 255]


def _next(message: Message) -> dict[str, str] | None:
    """The query of the next page; None where there is none."""
    links = document(message).get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            return dict(parse_qsl(urlsplit(link["href"]).query)) or None
    return None
