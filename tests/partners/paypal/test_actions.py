"""What we ask PayPal for, and that no answer leads us elsewhere."""

import json
from typing import Any

import pytest

from recoup.domain.instants import DAY, parse_instant
from recoup.errors import PartnerUnreachable
from recoup.partners.contract import Message, Request
from recoup.partners.paypal.actions import PAGES_MAX, fetch, list_pages, sweep

NOW = parse_instant("2026-01-31T00:00:00Z")


class PayPal:
    """A list in pages, and single disputes."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = list(pages)
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Message:
        """Answer with the next page, or the dispute asked for."""
        self.asked.append(request)
        is_list = request.path == "/v1/customer/disputes"
        answer = self.pages.pop(0) if is_list else {"dispute_id": request.path.rpartition("/")[2]}
        return Message("HTTP/1.1 200 OK", {"date": "x"}, json.dumps(answer).encode())


def page(*names: str, following: str | None = None) -> dict[str, Any]:
    """A page of a list."""
    links = [{"rel": "self", "href": "x"}] + ([{"rel": "next", "href": following}] if following else [])
    return {"items": [{"dispute_id": name} for name in names], "links": links}


def test_sweep_lists_what_changed_and_fetches_each_dispute_once() -> None:
    """Since a list shows neither payment nor money."""
    following = "https://api-m.paypal.com/v1/customer/disputes?page_size=50&next_page_token=T2"
    paypal = PayPal(page("PP-D-1", "PP-D-2", following=following), page("PP-D-2", "PP-D-3"))
    swept = list(sweep(paypal, parse_instant("2026-01-30T12:00:00Z"), NOW))
    assert [request.path.rpartition("/")[2] for request in paypal.asked] == [
        "disputes",
        "disputes",
        "PP-D-1",
        "PP-D-2",
        "PP-D-3",
    ]
    assert paypal.asked[0].query == {"update_time_after": "2026-01-30T12:00:00.000Z", "page_size": "50"}
    assert paypal.asked[1].query == {"page_size": "50", "next_page_token": "T2"}
    assert {one.feed for one in swept} == {"disputes"}
    assert swept[1].message.start_line == "GET /v1/customer/disputes?page_size=50&next_page_token=T2 HTTP/1.1"
    assert len({one.name for one in swept}) == 5


def test_sweep_reaches_back_half_a_year_at_most() -> None:
    """PayPal refuses more."""
    paypal = PayPal(page())
    list(sweep(paypal, NOW - 400 * DAY, NOW))
    assert paypal.asked[0].query["update_time_after"] == "2025-08-04T01:00:00.000Z"


def test_no_answer_leads_to_another_host_or_path() -> None:
    """Of the next page's address only the query counts."""
    paypal = PayPal(page(following="https://evil.test/steal?next_page_token=T"), page())
    list(list_pages(paypal, {}, NOW))
    assert [request.path for request in paypal.asked] == ["/v1/customer/disputes"] * 2


def test_list_that_leads_back_to_itself_is_given_up() -> None:
    """It has no end that we could take for one; a page that cannot be read is the last."""
    paypal = PayPal(*[page("PP-D-1", following="https://api-m.paypal.com/x?next_page_token=T")] * 9)
    with pytest.raises(PartnerUnreachable, match="leads back"):
        list(list_pages(paypal, {}, NOW))
    assert len(paypal.asked) == 2
    assert len(list(list_pages(PayPal({"name": "SERVICE_UNAVAILABLE"}), {}, NOW))) == 1
    assert PAGES_MAX > 2


def test_id_stays_within_its_path() -> None:
    """Whatever a list says an id is."""
    paypal = PayPal()
    fetch(paypal, "../../v1/oauth2/token?x=1")
    assert paypal.asked[0].path == "/v1/customer/disputes/..%2F..%2Fv1%2Foauth2%2Ftoken%3Fx%3D1"
