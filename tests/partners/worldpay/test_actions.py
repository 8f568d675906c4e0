"""What is asked of Worldpay, and what is handed on."""

from recoup.domain.instants import DAY, parse_instant
from recoup.partners.contract import Message, Request
from recoup.partners.worldpay.actions import ACCEPT, DAYS_MAX, fetch, sweep

NOW = parse_instant("2026-01-05T12:00:00Z")


class Api:
    """Answers everything with the same page, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Message:
        """Answer."""
        self.asked.append(request)
        return Message("HTTP/1.1 200 OK", {"date": "Mon, 05 Jan 2026 12:00:00 GMT"}, b"<a/>")


def test_sweep_asks_for_every_day_since_a_little_before_the_last() -> None:
    """And for all that waits for us; each page names the request that fetched it."""
    api = Api()
    pages = sweep(api, NOW - DAY, NOW)
    days = ["2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"]
    assert [request.query for request in api.asked] == [*({"date": day} for day in days), {"actionable": "true"}]
    assert {request.headers["accept"] for request in api.asked} == {ACCEPT}
    assert pages[0].message.start_line == "GET /chargebacks?date=2026-01-02 HTTP/1.1"
    assert len({page.name for page in pages}) == len(pages)
    assert {page.feed for page in pages} == {"chargebacks"}


def test_sweep_after_a_long_time_goes_back_so_far_and_no_further() -> None:
    """A year of days is not asked for one by one."""
    api = Api()
    sweep(api, NOW - 900 * DAY, NOW)
    assert len(api.asked) == DAYS_MAX + 2


def test_fetch_asks_for_one_case_whatever_its_name() -> None:
    """A name cannot lead elsewhere."""
    api = Api()
    assert fetch(api, "1333078000").name == "1333078000.http"
    fetch(api, "../x?y")
    assert [request.path for request in api.asked] == ["/chargebacks/1333078000", "/chargebacks/..%2Fx%3Fy"]
