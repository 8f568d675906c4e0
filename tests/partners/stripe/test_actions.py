"""What we ask Stripe for: every page as it came, nothing twice for ever, half a list never for a whole one."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from recoup.errors import PartnerUnreachable
from recoup.partners.contract import Message, Request, Swept
from recoup.partners.stripe.actions import OVERLAP, fetch, list_pages, sweep
from recoup.partners.stripe.mapping import read_balance_transactions, read_disputes
from tests.partners.stripe.sent import DAY, MICRO, T0, arrived, dispute, page, txn

NOW = T0 * MICRO
DATE = {"date": "Thu, 01 Jan 2026 00:00:00 GMT"}


class Stripe:
    """A Stripe of some lists; it pages them by cursor and remembers what it was asked."""

    def __init__(self, lists: Mapping[str, list[dict[str, Any]]], per_page: int = 2) -> None:
        self.lists = lists
        self.per_page = per_page
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Message:
        """Answer one request."""
        self.asked.append(request)
        things = self.lists.get(request.path)
        if things is None:
            return Message("HTTP/1.1 404 Not Found", DATE, b'{"error": {"type": "invalid_request_error"}}')
        if "payout" in request.query:
            things = [thing for thing in things if thing.get("in") == request.query["payout"]]
        ids = [thing["id"] for thing in things]
        after = request.query.get("starting_after")
        start = ids.index(after) + 1 if after else 0
        part = things[start : start + self.per_page]
        has_more = start + self.per_page < len(things)
        return Message("HTTP/1.1 200 OK", DATE, json.dumps(page(*part, has_more=has_more)).encode())


def ids(pages: list[Swept]) -> list[str]:
    """The ids on some pages."""
    return [thing["id"] for swept in pages for thing in json.loads(swept.message.body)["data"]]


def test_list_is_followed_to_its_last_page() -> None:
    """Five disputes on three pages, each once."""
    send = Stripe({"/v1/disputes": [dispute(id=f"dp_{n}") for n in range(5)]})
    pages = list(list_pages(send, "disputes", "/v1/disputes", {}, NOW))
    assert ids(pages) == [f"dp_{n}" for n in range(5)]
    assert [request.query.get("starting_after") for request in send.asked] == [None, "dp_1", "dp_3"]
    assert len({swept.name for swept in pages}) == 3


def test_cursor_that_stands_still_is_no_end_of_the_list() -> None:
    """A list that repeats its page for ever is not asked for ever, and not taken for complete."""
    same = json.dumps(page(dispute(), has_more=True)).encode()
    pages = list_pages(lambda _: Message("HTTP/1.1 200 OK", {}, same), "disputes", "/v1/disputes", {}, NOW)
    assert (next(pages).feed, next(pages).feed) == ("disputes", "disputes")
    with pytest.raises(PartnerUnreachable, match="leads back"):
        next(pages)


def test_error_page_is_kept_and_held_by_its_reader() -> None:
    """Nobody takes the half list for a whole one."""
    pages = list(list_pages(Stripe({}), "disputes", "/v1/disputes", {}, NOW))
    (swept,) = pages
    held = read_disputes(arrived("disputes"), swept.message.body).held
    assert held is not None
    assert "invalid_request_error" in held.found


def test_sweep_lists_with_overlap_and_follows_payouts() -> None:
    """Disputes, notices and payouts since a little before the last sweep, and what is in each payout."""
    send = Stripe(
        {
            "/v1/disputes": [dispute()],
            "/v1/radar/early_fraud_warnings": [],
            "/v1/payouts": [{"id": "po_1", "object": "payout"}, {"id": "po_2", "object": "payout"}],
            "/v1/balance_transactions": [txn(-5000) | {"in": "po_1"}, txn(5000) | {"in": "po_2"}],
        }
    )
    swept = list(sweep(send, NOW, NOW + DAY * MICRO))
    since = send.asked[0].query["created[gte]"]
    assert int(since) * MICRO == NOW - OVERLAP
    by_feed = {feed: [s for s in swept if s.feed == feed] for feed in {s.feed for s in swept}}
    assert set(by_feed) == {"disputes", "early_fraud_warnings", "payouts", "balance_transactions"}
    lines = [
        line
        for page_ in by_feed["balance_transactions"]
        for line in read_balance_transactions(
            arrived("balance_transactions", start_line=page_.message.start_line), page_.message.body
        ).money_lines
    ]
    assert [(line.batch, line.gross_minor) for line in lines] == [("po_1", -5000), ("po_2", 5000)]
    assert len({(s.feed, s.name) for s in swept}) == len(swept)


def test_first_sweep_begins_at_the_beginning() -> None:
    """Changed since 0 is no time before 1970."""
    send = Stripe({"/v1/disputes": [], "/v1/payouts": [], "/v1/radar/early_fraud_warnings": []})
    list(sweep(send, 0, NOW))
    assert send.asked[0].query["created[gte]"] == "0"


def test_dispute_is_fetched_by_its_id_as_it_came() -> None:
    """Headers and body are the answer's, the start line is our request."""
    asked: list[Request] = []

    def send(request: Request) -> Message:
        asked.append(request)
        return Message("HTTP/1.1 200 OK", DATE, json.dumps(dispute("lost")).encode())

    swept = fetch(send, "dp_1")
    assert asked == [Request("GET", "/v1/disputes/dp_1")]
    assert (swept.feed, swept.message.start_line) == ("disputes", "GET /v1/disputes/dp_1 HTTP/1.1")
    reading = read_disputes(arrived("disputes", headers=swept.message.headers), swept.message.body)
    assert reading.observations[0].said.occurred_at == NOW


def test_report_file_is_fetched_for_its_feed() -> None:
    """As the webhook told of it."""
    swept = fetch(lambda request: Message("HTTP/1.1 200 OK", {}, request.path.encode()), "payout_report/file_1")
    assert (swept.feed, swept.name, swept.message.body) == ("payout_report", "file_1.csv", b"/v1/files/file_1/contents")
