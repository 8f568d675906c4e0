"""What we ask Square for: every page as it came, each location, half a list never for a whole one."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from recoup.errors import PartnerUnreachable
from recoup.partners.contract import Message, Request
from recoup.partners.square.actions import HEADERS, OVERLAP, fetch, list_pages, sweep
from recoup.partners.square.mapping import read_disputes, read_payout_entries
from tests.partners.square.sent import T0, arrived, dispute, entry, payout


class Square:
    """A Square of some lists, paged by cursor two by two; it remembers what it was asked."""

    def __init__(self, lists: Mapping[str, Mapping[str, Any]]) -> None:
        self.lists = lists
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Message:
        """Answer one request."""
        self.asked.append(request)
        found = self.lists.get(request.path)
        if found is None:
            return Message("HTTP/1.1 404 Not Found", {}, b'{"errors": [{"code": "NOT_FOUND"}]}')
        ((name, things),) = found.items()
        start = int(request.query.get("cursor", "0"))
        page: dict[str, Any] = {name: things[start : start + 2]}
        if start + 2 < len(things):
            page["cursor"] = str(start + 2)
        return Message("HTTP/1.1 200 OK", {}, json.dumps(page).encode())


def test_disputes_are_followed_to_the_last_cursor() -> None:
    """Five on three pages, each once, each under its own name."""
    send = Square({"/v2/disputes": {"disputes": [dispute(id=f"d{n}") for n in range(5)]}})
    pages = list(list_pages(send, "disputes", "/v2/disputes", {}, T0))
    found = [
        placed.said.partner_dispute_id
        for page in pages
        for placed in read_disputes(arrived("disputes"), page.message.body).observations
    ]
    assert found == [f"d{n}" for n in range(5)]
    assert len({page.name for page in pages}) == 3


def test_a_list_that_leads_back_to_itself_is_given_up() -> None:
    """What came is handed on before; nobody takes it for the whole list."""
    same = b'{"disputes": [], "cursor": "again"}'
    pages = list_pages(lambda _: Message("", {}, same), "disputes", "/v2/disputes", {}, T0)
    assert [next(pages).name[-10:] for _ in range(2)] == ["00001.http", "00002.http"]
    with pytest.raises(PartnerUnreachable, match="leads back"):
        next(pages)


def test_every_request_names_the_version_that_is_read() -> None:
    """Whatever version the application at Square was made with."""
    send = Square({"/v2/disputes": {"disputes": []}})
    list(sweep(send, T0, T0))
    fetch(send, "d1")
    assert {request.headers["square-version"] for request in send.asked} == {HEADERS["square-version"]}


def test_an_error_ends_the_list_and_is_held() -> None:
    """Half a list is not taken for a whole one."""
    pages = list(list_pages(Square({}), "disputes", "/v2/disputes", {}, T0))
    assert [read_disputes(arrived("disputes"), page.message.body).held is None for page in pages] == [False]


def test_a_sweep_asks_each_location_for_its_payouts_and_what_is_in_them() -> None:
    """From a little before the last sweep on; payouts come last, so that what they paid is there."""
    send = Square(
        {
            "/v2/locations": {"locations": [{"id": "LOC1"}, {"id": "LOC2"}]},
            "/v2/disputes": {"disputes": [dispute()]},
            "/v2/payouts": {"payouts": [payout()]},
            "/v2/payouts/po_1/payout-entries": {"payout_entries": [entry("CHARGE", 1, 1)]},
        }
    )
    pages = list(sweep(send, T0, T0 + OVERLAP))
    assert [page.feed for page in pages] == ["disputes", "payout_entries", "payouts", "payouts"]
    asked = [request.query for request in send.asked if request.path == "/v2/payouts"]
    assert [query["location_id"] for query in asked] == ["LOC1", "LOC2"]
    assert {query["begin_time"] for query in asked} == {"2025-12-25T00:00:00.000000Z"}
    (line,) = read_payout_entries(arrived("payout_entries"), pages[1].message.body).money_lines
    assert line.batch == "po_1"


def test_a_sweep_without_locations_asks_for_the_main_one() -> None:
    """As Square answers where none is named."""
    send = Square({"/v2/payouts": {"payouts": []}, "/v2/disputes": {"disputes": []}})
    list(sweep(send, T0, T0))
    assert ["location_id" in r.query for r in send.asked if r.path == "/v2/payouts"] == [False]


def test_one_dispute_is_fetched_by_its_id() -> None:
    """An id never becomes another path."""
    send = Square({})
    assert fetch(send, "a/../b").feed == "disputes"
    assert [request.path for request in send.asked] == ["/v2/disputes/a%2F..%2Fb"]
