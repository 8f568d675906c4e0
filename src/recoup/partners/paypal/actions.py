"""What we ask PayPal for: the list of disputes page by page, and single ones; every answer is kept as it came.

A list shows neither payment nor money, so each dispute that it names is fetched as well. Access is by
a token of OAuth 2.0 that lasts some hours; `send` adds it, and gets none itself. Of the address of
the next page only the query is taken, so that no answer sends us elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from recoup.domain.findings import Finding
from recoup.domain.instants import DAY, HOUR, render_instant
from recoup.formats.strict_json import PAGE, parse
from recoup.partners.contract import Message, Request, Send, Swept

PATH = "/v1/customer/disputes"
PAGE_SIZE = 50
"""The most that PayPal gives on a page."""
PAGES_MAX = 2_000
"""Where a list is given up that never ends: a hundred thousand disputes."""
REACH = 180 * DAY - HOUR
"""How far back a list may begin; an hour less, since both clocks count."""


def sweep(send: Send, changed_since: int, now: int) -> Sequence[Swept]:
    """List the disputes that changed since the last sweep, and fetch each of them."""
    since = render_instant(max(changed_since, now - REACH))
    asked = {"update_time_after": f"{since[:-4]}Z", "page_size": str(PAGE_SIZE)}
    pages = list(list_pages(send, asked, now))
    names = dict.fromkeys(name for page in pages for name in _names(page.message))
    return [*pages, *(fetch(send, name) for name in names)]


def fetch(send: Send, name: str) -> Swept:
    """Fetch one dispute by its id."""
    return _asked(send, f"{name}.http", Request("GET", f"{PATH}/{quote(name, safe='')}"))


def list_pages(send: Send, query: Mapping[str, str], now: int) -> Iterator[Swept]:
    """Give the pages of the list until the last or one that cannot be read."""
    asked, seen = dict(query), set[str]()
    for number in range(1, PAGES_MAX + 1):
        page = _asked(send, f"disputes-{render_instant(now)}-{number:05}.http", Request("GET", PATH, asked))
        yield page
        following = _next(page.message)
        if following is None or urlencode(following) in seen:
            return  # a list that leads back to where it was would be read for ever
        seen.add(urlencode(following))
        asked = following


def _asked(send: Send, name: str, request: Request) -> Swept:
    answer = send(request)
    query = f"?{urlencode(request.query)}" if request.query else ""
    line = f"{request.method} {request.path}{query} HTTP/1.1"
    return Swept("disputes", name, Message(line, answer.headers, answer.body))


def _names(message: Message) -> list[str]:
    items = _document(message).get("items")
    found = [item.get("dispute_id") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [name for name in found if isinstance(name, str) and name and len(name) <= 255]


def _next(message: Message) -> dict[str, str] | None:
    """The query of the next page; None where there is none."""
    links = _document(message).get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("href"), str):
            return dict(parse_qsl(urlsplit(link["href"]).query)) or None
    return None


def _document(message: Message) -> dict[str, Any]:
    found = parse(message.body, PAGE)
    return found if isinstance(found, dict) and not isinstance(found, Finding) else {}
