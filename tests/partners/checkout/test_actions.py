"""What we ask Checkout.com for: offsets over a list that moves, reports by the names of their files."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from recoup.errors import UnknownFeed
from recoup.partners.checkout import actions
from recoup.partners.checkout.actions import PAGE_SIZE, WALKS_MAX, fetch, list_disputes, sweep
from recoup.partners.checkout.mapping import read_disputes
from recoup.partners.contract import Message, Request, Swept
from tests.partners.checkout.sent import HOUR, T0, arrived, listed, page


class Checkout:
    """A Checkout.com with disputes, last changed first, and report files; `moves` change the list as it is paged."""

    def __init__(self, disputes: list[str], moves: tuple[str, ...] = ()) -> None:
        self.disputes = disputes
        self.moves = list(moves)
        self.reports: list[dict[str, Any]] = []
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Message:
        """Answer one request."""
        self.asked.append(request)
        if request.path == "/disputes":
            return answer(self.page(int(request.query["skip"]), int(request.query["limit"])))
        if request.path == "/reports":
            return answer({"count": len(self.reports), "data": self.reports})
        return Message("HTTP/1.1 200 OK", {}, b"csv")

    def page(self, skip: int, limit: int) -> dict[str, Any]:
        """One page; then something changes, and what changed leaves the window, since that ends before."""
        told = page(*[listed(id=name) for name in self.disputes[skip : skip + limit]], skip=skip)
        told["total_count"] = len(self.disputes)
        if self.moves:
            self.disputes.remove(self.moves.pop(0))
        return told


def answer(document: Any) -> Message:
    """A page as bytes."""
    return Message("HTTP/1.1 200 OK", {}, json.dumps(document).encode())


def ids(pages: Iterable[Swept]) -> list[str]:
    """The disputes on some pages."""
    return [
        placed.said.partner_dispute_id
        for swept in pages
        for placed in read_disputes(arrived("disputes"), swept.message.body).observations
    ]


def test_a_list_is_walked_by_overlapping_offsets() -> None:
    """600 on three pages; what stands twice is the same snapshot."""
    names = [f"dsp_{n:03}" for n in range(600)]
    pages = list(list_disputes(Checkout(list(names)), T0, T0 + HOUR))
    assert sorted(set(ids(pages))) == names
    assert len({swept.name for swept in pages}) == len(pages) == 3


def test_nobody_is_skipped_while_others_change() -> None:
    """Ten leave the window after the first page: the second would begin ten too late."""
    names = [f"dsp_{n:03}" for n in range(400)]
    send = Checkout(list(names), moves=tuple(names[:1]))
    assert set(ids(list_disputes(send, T0, T0 + HOUR))) == set(names)


def test_a_list_whose_count_changed_is_walked_again() -> None:
    """A few times, and then the next sweep goes on."""
    names = [f"dsp_{n:03}" for n in range(400)]
    pages = list(list_disputes(Checkout(list(names), moves=tuple(names[:20])), T0, T0 + HOUR))
    assert len(pages) == 2 * WALKS_MAX


def test_an_error_ends_the_list_and_is_held() -> None:
    """Half a list is not taken for a whole one."""
    pages = list(list_disputes(lambda _: answer({"error_type": "unauthorized"}), T0, T0 + HOUR))
    assert [read_disputes(arrived("disputes"), swept.message.body).held is None for swept in pages] == [False]


def test_a_page_that_gives_nothing_ends_the_list() -> None:
    """Whatever count it states."""
    send = Checkout([])
    assert len(list(list_disputes(lambda _: answer(page(total_count=10**9)), T0, T0 + HOUR))) == 1
    assert ids(list_disputes(send, T0, T0 + HOUR)) == []


def test_a_sweep_asks_for_a_closed_window_of_changes() -> None:
    """It begins an hour before the last one; a dispute that changes while we page waits for the next."""
    send = Checkout([])
    list(sweep(send, T0 + HOUR, T0 + 2 * HOUR))
    query = send.asked[0].query
    assert (query["from"], query["to"], query["limit"]) == (
        "2026-01-01T00:00:00.000000Z",
        "2026-01-01T02:00:00.000000Z",
        str(PAGE_SIZE),
    )


def test_report_files_go_to_the_feed_that_reads_them() -> None:
    """By their names; others are left where they are."""
    send = Checkout([])
    names = [
        "settlement-breakdown_ent_test_20260702_00000003k599_1.csv",
        "payouts_ent_test_20260701_20260702_1.csv",
        "financial-actions_ent_test_20260702_00000003K599_1.csv",
        "financialactions_ent_test_20260701_20260702_1.csv",
        "disputes_ent_test_20260701_20260702_1.csv",
        "settlement-breakdown_../x.csv/y",
    ]
    files = [{"id": f"file_{n}", "filename": name} for n, name in enumerate(names)]
    send.reports = [{"id": "rpt_1", "files": files}, {"id": None, "files": files}, {"id": "rpt_2"}]
    pages = [swept for swept in sweep(send, T0, T0 + HOUR) if swept.feed != "disputes"]
    assert [(swept.feed, swept.name) for swept in pages] == [
        ("settlement_breakdown", names[0]),
        ("payouts_report", names[1]),
        ("financial_actions", names[2]),
        ("financial_actions", names[3]),
    ]
    assert pages[0].message.start_line == "GET /reports/rpt_1/files/file_0 HTTP/1.1"


def test_one_dispute_is_fetched_by_its_id() -> None:
    """An id never becomes another path."""
    send = Checkout([])
    assert fetch(send, "dsp_1").feed == "disputes"
    assert [request.path for request in send.asked] == ["/disputes/dsp_1"]


@pytest.mark.parametrize("name", ["a/b", "a/b/c", "a/../c/d", "a//c/d", "a/b/c/d/e"])
def test_what_is_neither_dispute_nor_file_is_not_fetched(name: str) -> None:
    """The message says what can be."""
    with pytest.raises(UnknownFeed, match="feed/report/file/name"):
        fetch(Checkout([]), name)


def test_steps_are_shorter_than_pages() -> None:
    """Else a change between two pages would skip somebody."""
    assert 0 < actions.PAGE_STEP < PAGE_SIZE
