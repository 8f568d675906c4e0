"""What we ask Stripe for: lists page by page, and single objects; every answer is kept as it came.

Each page is handed on as a message to land: the start line is the request that fetched it (so a
page of balance transactions says which payout it was asked for), headers and body are the answer's.
An error page is handed on too, and ends its list: the reader holds it, and nobody takes half a list
for a whole one.
"""

from collections.abc import Iterator, Mapping

from recoup.domain.instants import DAY, SECOND, render_instant
from recoup.partners.asking import Pages, document, swept
from recoup.partners.contract import Message, Request, Send, Swept

PAGE_SIZE = 100
"""The most that Stripe gives on a page."""
PAGES_MAX = 10_000
"""Where a list is given up that never ends: a million objects."""
OVERLAP = 7 * DAY
"""How far back before the last sweep a list begins: lists lag behind, and show by creation, not by change."""


def sweep(send: Send, changed_since: int, now: int) -> Iterator[Swept]:
    """List what was created since a little before the last sweep: disputes, notices, payouts and what is in them.

    Disputes that are older and still open are fetched one by one (`fetch`): the list has no filter
    on status or change.
    """
    since = {"created[gte]": str(max(0, changed_since - OVERLAP) // SECOND)}
    yield from list_pages(send, "disputes", "/v1/disputes", since, now)
    yield from list_pages(send, "early_fraud_warnings", "/v1/radar/early_fraud_warnings", since, now)
    payouts = list(list_pages(send, "payouts", "/v1/payouts", since, now))
    for payout in (name for page in payouts for name in _ids(page.message)):
        yield from list_pages(send, "balance_transactions", "/v1/balance_transactions", {"payout": payout}, now)
    yield from payouts


def fetch(send: Send, name: str) -> Swept:
    """Fetch one dispute by its id, or a report file that an event told of: `payout_report/file_…`."""
    feed, slash, file = name.partition("/")
    if slash:
        return swept(send, feed, f"{file}.csv", Request("GET", f"/v1/files/{file}/contents"))
    return swept(send, "disputes", f"{name}.http", Request("GET", f"/v1/disputes/{name}"))


def list_pages(send: Send, feed: str, path: str, query: Mapping[str, str], now: int) -> Iterator[Swept]:
    """Give the pages of a list, newest objects first, until the last or one that cannot be read."""
    asked = {**query, "limit": str(PAGE_SIZE)}
    pages = Pages(f"stripe {path}", PAGES_MAX)
    while True:
        name = f"{feed}-{render_instant(now)}-{_tail(query)}{pages.number:05}.http"
        page = swept(send, feed, name, Request("GET", path, asked))
        yield page
        ids, has_more = _ids(page.message), _has_more(page.message)
        if not has_more or not ids:
            return
        pages.turn(ids[-1])
        asked = {**asked, "starting_after": ids[-1]}


def _tail(query: Mapping[str, str]) -> str:
    return f"{query['payout']}-" if "payout" in query else ""


def _ids(message: Message) -> list[str]:
    data = document(message).get("data")
    objects = data if isinstance(data, list) else []
    return [item["id"] for item in objects if isinstance(item, dict) and isinstance(item.get("id"), str)]


def _has_more(message: Message) -> bool:
    return document(message).get("has_more") is True
