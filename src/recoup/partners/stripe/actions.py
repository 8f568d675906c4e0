"""What we ask Stripe for: lists page by page, and single objects; every answer is kept as it came.

Each page is handed on as a message to land: the start line is the request that fetched it (so a
page of balance transactions says which payout it was asked for), headers and body are the answer's.
An error page is handed on too, and ends its list: the reader holds it, and nobody takes half a list
for a whole one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from recoup.domain.findings import Finding
from recoup.domain.instants import DAY, SECOND, render_instant
from recoup.formats.strict_json import PAGE, parse
from recoup.partners.contract import Message, Request, Send, Swept

PAGE_SIZE = 100
"""The most that Stripe gives on a page."""
PAGES_MAX = 10_000
"""Where a list is given up that never ends: a million objects."""
OVERLAP = 7 * DAY
"""How far back before the last sweep a list begins: lists lag behind, and show by creation, not by change."""


def sweep(send: Send, changed_since: int, now: int) -> Sequence[Swept]:
    """List what was created since a little before the last sweep: disputes, notices, payouts and what is in them.

    Disputes that are older and still open are fetched one by one (`fetch`): the list has no filter
    on status or change.
    """
    since = {"created[gte]": str(max(0, changed_since - OVERLAP) // SECOND)}
    swept = [
        *list_pages(send, "disputes", "/v1/disputes", since, now),
        *list_pages(send, "early_fraud_warnings", "/v1/radar/early_fraud_warnings", since, now),
    ]
    payouts = list(list_pages(send, "payouts", "/v1/payouts", since, now))
    for payout in (name for page in payouts for name in _ids(page.message)):
        swept.extend(list_pages(send, "balance_transactions", "/v1/balance_transactions", {"payout": payout}, now))
    return [*swept, *payouts]


def fetch(send: Send, name: str) -> Swept:
    """Fetch one dispute by its id, or a report file that an event told of: `payout_report/file_…`."""
    feed, slash, file = name.partition("/")
    if slash:
        return _asked(send, feed, f"{file}.csv", Request("GET", f"/v1/files/{file}/contents"))
    return _asked(send, "disputes", f"{name}.http", Request("GET", f"/v1/disputes/{name}"))


def list_pages(send: Send, feed: str, path: str, query: Mapping[str, str], now: int) -> Iterator[Swept]:
    """Give the pages of a list, newest objects first, until the last or one that cannot be read."""
    asked = {**query, "limit": str(PAGE_SIZE)}
    seen: set[str] = set()
    for number in range(1, PAGES_MAX + 1):
        page = _asked(
            send, feed, f"{feed}-{render_instant(now)}-{_tail(query)}{number:05}.http", Request("GET", path, asked)
        )
        yield page
        ids, has_more = _ids(page.message), _has_more(page.message)
        if not has_more or not ids or ids[-1] in seen:
            return  # a cursor that does not move on would be asked for ever
        seen.add(ids[-1])
        asked = {**asked, "starting_after": ids[-1]}


def _asked(send: Send, feed: str, name: str, request: Request) -> Swept:
    answer = send(request)
    query = f"?{urlencode(request.query)}" if request.query else ""
    line = f"{request.method} {request.path}{query} HTTP/1.1"
    return Swept(feed, name, Message(line, answer.headers, answer.body))


def _tail(query: Mapping[str, str]) -> str:
    return f"{query['payout']}-" if "payout" in query else ""


def _ids(message: Message) -> list[str]:
    data = _document(message).get("data")
    objects = data if isinstance(data, list) else []
    return [item["id"] for item in objects if isinstance(item, dict) and isinstance(item.get("id"), str)]


def _has_more(message: Message) -> bool:
    return _document(message).get("has_more") is True


def _document(message: Message) -> dict[str, Any]:
    found = parse(message.body, PAGE)
    return found if isinstance(found, dict) and not isinstance(found, Finding) else {}
