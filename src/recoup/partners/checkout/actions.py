"""What we ask Checkout.com for: disputes by offset, single ones, and report files that one of our feeds reads.

Each page is handed on as a message to land: the start line is the request that fetched it, headers and body
are the answer's. Disputes are listed last changed first, and one that changes while we page moves to the
front: so pages overlap, and a list whose count changed under way is walked again. An error page is handed on
too, and ends its list: the reader holds it, and nobody takes half a list for a whole one.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from recoup.domain.instants import HOUR, render_instant
from recoup.errors import UnknownFeed
from recoup.formats.plain_text import reference
from recoup.partners.asking import Pages, document, swept
from recoup.partners.contract import Request, Send, Swept

PAGE_SIZE = 250
"""The most that Checkout.com gives on a page."""
PAGE_STEP = 225
"""How far the next page begins after the last: as many disputes as overlap may change while one page is fetched."""
PAGES_MAX = 10_000
"""Where a list is given up that never ends."""
WALKS_MAX = 3
"""How often a list is walked again because it changed under way; the next sweep takes the rest."""
OVERLAP = 1 * HOUR
"""How far back before the last sweep the list of changes begins."""
REPORTS_A_PAGE = 100
_FEEDS = (
    (re.compile(r"settlement-breakdown_[\w.-]+\.csv"), "settlement_breakdown"),
    (re.compile(r"payouts_[\w.-]+\.csv"), "payouts_report"),
    (re.compile(r"financial-?actions_[\w.-]+\.csv"), "financial_actions"),
)
"""Which feed reads a report file, by the name that Checkout.com gives it."""


def sweep(send: Send, changed_since: int, now: int) -> Iterator[Swept]:
    """List the disputes that changed, and fetch the report files made since a little before the last sweep."""
    since = max(0, changed_since - OVERLAP)
    yield from list_disputes(send, since, now)
    yield from _reports(send, since, now)


def fetch(send: Send, name: str) -> Swept:
    """Fetch one dispute by its id, or a report file: `<feed>/<report>/<file>/<file name>`.

    Raises:
      UnknownFeed: The name is neither.
    """
    parts = name.split("/")
    if len(parts) == 1:
        return swept(send, "disputes", f"{name}.http", Request("GET", f"/disputes/{quote(name, safe='')}"))
    if len(parts) != 4 or any(part in ("", ".", "..") for part in parts):
        raise UnknownFeed("checkout fetch", repr(name), "a dispute, or a report as feed/report/file/name")
    feed, report, file, called = parts
    path = f"/reports/{quote(report, safe='')}/files/{quote(file, safe='')}"
    return swept(send, feed, called, Request("GET", path))


def list_disputes(send: Send, since: int, now: int) -> Iterator[Swept]:
    """Give the pages of the disputes that changed between two times; all walks of them, since each may show more."""
    for walk in range(1, WALKS_MAX + 1):
        counts: list[object] = []
        for page in _walk(send, since, now, walk):
            yield page
            counts.append(document(page.message).get("total_count"))
        if all(count == counts[0] for count in counts):
            return


def _walk(send: Send, since: int, now: int, walk: int) -> Iterator[Swept]:
    window = {"from": render_instant(since), "to": render_instant(now), "limit": str(PAGE_SIZE)}
    pages = Pages("checkout list of disputes", PAGES_MAX)
    while True:
        skip = (pages.number - 1) * PAGE_STEP
        name = f"disputes-{render_instant(now)}-{walk}-{pages.number:05}.http"
        page = swept(send, "disputes", name, Request("GET", "/disputes", {**window, "skip": str(skip)}))
        yield page
        told = document(page.message)
        listed, total = told.get("data"), told.get("total_count")
        if not isinstance(listed, list) or not listed or not isinstance(total, int) or skip + len(listed) >= total:
            return
        if told.get("skip", skip) != skip:
            pages.astray(f"a page from {told['skip']} on in place of one from {skip} on")
        pages.turn(str(skip))


def _reports(send: Send, since: int, now: int) -> Iterator[Swept]:
    query: dict[str, str] = {"created_after": render_instant(since), "limit": str(REPORTS_A_PAGE)}
    pages = Pages("checkout list of reports", PAGES_MAX)
    while True:
        told = document(send(Request("GET", "/reports", query)))
        for name in _files(told):
            yield fetch(send, name)
        token = _next_token(told)
        if token is None:
            return
        pages.turn(token)
        query = {**query, "pagination_token": token}


def _files(page: Mapping[str, Any]) -> Iterator[str]:
    """Give the files of a page of reports that one of our feeds reads, as `fetch` takes them."""
    for report in _objects(page.get("data")):
        for file in _objects(report.get("files")):
            ids, called = (report.get("id"), file.get("id")), file.get("filename")
            if not isinstance(called, str) or not all(isinstance(one, str) and reference(one) for one in ids):
                continue
            feed = next((feed for pattern, feed in _FEEDS if pattern.fullmatch(called)), None)
            if feed is not None:
                yield "/".join((feed, str(ids[0]), str(ids[1]), called))


def _next_token(page: Mapping[str, Any]) -> str | None:
    links = page.get("_links")
    link = links.get("next") if isinstance(links, dict) else None
    address = link.get("href") if isinstance(link, dict) else None
    told = parse_qs(urlsplit(address).query).get("pagination_token", []) if isinstance(address, str) else []
    return told[0] if len(told) == 1 else None


def _objects(listed: Any) -> list[dict[str, Any]]:
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
