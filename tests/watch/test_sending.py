"""Pages on their way to people: once to each outlet, again until they are there, and held back in words."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recoup.controls.moment import Moment
from recoup.controls.self_watch import page_undelivered
from recoup.domain.incidents import Incident
from recoup.domain.instants import DAY, MINUTE, SECOND
from recoup.domain.notices import Notice, notices
from recoup.enquiry.notices import notices as listed
from recoup.settings import WatchSettings
from recoup.storage import schema
from recoup.storage.register import Register
from recoup.watch.outlets import FileOutlet, WebhookOutlet, outlets, signature
from recoup.watch.sending import Sending
from tests.controls.home import Home, at


class Desk:
    """An outlet that keeps what it gets, or is away."""

    def __init__(self, name: str = "webhook") -> None:
        self.name, self.is_away = name, False
        self.pages: list[dict[str, Any]] = []

    def deliver(self, page: bytes, notice: str) -> None:
        """Take a page."""
        if self.is_away:
            raise OSError("ConnectError")
        assert json.loads(page)["notice"] == notice
        self.pages.append(json.loads(page))


@pytest.fixture
def paging(register: Register) -> Home:
    """A home with one dispute that is due in two days and not answered."""
    home = Home(register)
    home.clean_story(without=["answered"])
    home.check(18)
    return home


@pytest.fixture
def wall() -> list[int]:
    """The wall clock, which a test sets."""
    return [at(18, 23)]


def sending(home: Home, wall: list[int], *desks: Desk) -> Sending:
    """What brings the pages of a home to desks."""
    return Sending(home.register, desks, lambda: wall[0], lambda: at(18, 23))


def test_a_page_is_with_each_outlet_once(paging: Home, wall: list[int]) -> None:
    """With what is at stake, and what to look at first; nothing that a partner wrote."""
    one, two = Desk(), Desk("file")
    for _ in range(3):
        assert sending(paging, wall, one, two).round() == 0
    assert len(one.pages) == len(two.pages) == 1
    page = one.pages[0]
    assert (page["level"], page["partner"], page["family"]) == ("page", "stripe", "deadline")
    assert page["text"] == "stripe deadline: the incident has 1 open, likely deadline_near"
    assert page["amounts"] == [{"currency": "USD", "minor": 5000}]
    assert (page["made_at"], page["nearest_due_at"]) == ("2026-03-20T23:00:00.000000Z", "2026-03-22T09:00:00.000000Z")
    assert page["look"] == f"recoup incidents {page['incident']}"
    with paging.register.reading() as view:
        (row,) = listed(view, 10)
    assert [(s.outlet, s.is_delivered) for s in row.sendings] == [("file", True), ("webhook", True)]


def test_what_is_not_taken_is_tried_again_later_and_later(paging: Home, wall: list[int]) -> None:
    """After 15 seconds, then 30, and so on; with the outlet back it is there, and no more is told."""
    desk = Desk()
    desk.is_away = True
    tries = 0
    for _ in range(40):
        assert sending(paging, wall, desk).round() == 1
        with paging.register.reading() as view:
            (sent,) = view.rows(select(schema.notice_sending.c.tries))
        tries = sent[0]
        wall[0] += 30 * SECOND
    assert 5 < tries < 12, "twenty minutes of it"
    moment = Moment(as_of=0, moves={}, roles={}, agreed={}, outcome_money={}, shadows=frozenset(), ran_at=wall[0])
    with paging.register.reading() as view:
        (stuck,) = page_undelivered(view, moment)
    assert "1 page could not be delivered by webhook" in stuck.seen
    assert stuck.seen.endswith("OSError: ConnectError")
    desk.is_away = False
    wall[0] += 10 * MINUTE
    assert sending(paging, wall, desk).round() == 0
    assert len(desk.pages) == 1
    with paging.register.reading() as view:
        assert page_undelivered(view, moment) == []


def test_an_outlet_that_is_new_hears_of_what_is_open(paging: Home, wall: list[int]) -> None:
    """However old; what was over long ago is not told."""
    wall[0] += 5 * DAY
    desk = Desk()
    sending(paging, wall, desk).round()
    assert len(desk.pages) == 1
    paging.answered(day=19)
    paging.check(20)
    later = Desk("file")
    sending(paging, wall, later).round()
    assert later.pages == []


def test_nobody_waits_for_an_outlet_that_is_gone(paging: Home, wall: list[int]) -> None:
    """It was taken from the settings, with pages that it never got."""
    desk = Desk()
    desk.is_away = True
    sending(paging, wall, desk).round()
    other = sending(paging, wall, Desk("file"))
    other.forget_others()
    with paging.register.reading() as view:
        assert view.rows(select(schema.notice_sending.c.outlet)) == []


# --- what the budget holds back ---------------------------------------------------------------


def over(number: int) -> Incident:
    """An incident that would have paged."""
    return Incident(
        incident=f"inc_{number}",
        partner="adyen",
        feed=f"feed_{number}",
        family="delivery",
        opened_at=0,
        joined_at=0,
        severity="page",
        alerted_as="ticket",
        alerted_at=0,
        is_over_budget=True,
    )


def test_a_thousand_that_are_held_back_are_ten_tellings_of_one_page() -> None:
    """Told for the first, and each time the number has doubled; none is dropped."""
    known: dict[str, Notice] = {}
    tellings = []
    for number in range(1_000):
        (told,) = notices({}, [over(number)], known, 0, number)
        known[told.notice] = told
        tellings.append(told.tellings)
    (one,) = known.values()
    assert (one.incidents, one.tellings, one.made_at, one.changed_at) == (1_000, 10, 0, 999)
    assert [tellings.index(n) + 1 for n in range(1, 11)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]


def test_what_did_not_change_is_not_counted_again() -> None:
    """A check every five minutes counts each incident once."""
    one = over(1)
    assert notices({one.incident: one}, [one], {}, 0, 0) == []


# --- outlets ----------------------------------------------------------------------------------


def test_a_posted_page_is_signed_over_time_and_body() -> None:
    """The receiver makes the same from the secret, the time and the bytes."""
    got: list[tuple[str, bytes, dict[str, str]]] = []

    def post(url: str, body: bytes, headers: Any) -> int:
        got.append((url, body, dict(headers)))
        return 202

    WebhookOutlet("https://pager.example/in", "a secret of sixteen", post, lambda: 1_700_000_000_500_000).deliver(
        b"{}", "ntc_1"
    )
    ((url, body, headers),) = got
    assert (url, body, headers["recoup-notice"]) == ("https://pager.example/in", b"{}", "ntc_1")
    wanted = signature("a secret of sixteen", 1_700_000_000, b"{}")
    assert headers["recoup-signature"] == f"t=1700000000,v1={wanted}"
    assert wanted != signature("a secret of others.", 1_700_000_000, b"{}")
    assert wanted != signature("a secret of sixteen", 1_700_000_001, b"{}")


def test_any_answer_but_2xx_means_that_nobody_has_it() -> None:
    """Also a way elsewhere."""
    for status in (301, 404, 500):
        outlet = WebhookOutlet("https://pager.example/in", "x" * 16, lambda *_, s=status: s, lambda: 0)
        with pytest.raises(OSError, match=f"status {status}"):
            outlet.deliver(b"{}", "ntc_1")


def test_a_file_gets_a_line_for_each_page(tmp_path: Path) -> None:
    """One document a line, whole."""
    outlet = FileOutlet(tmp_path / "pages.jsonl")
    for number in range(3):
        outlet.deliver(json.dumps({"n": number}).encode(), "ntc")
    assert [json.loads(line)["n"] for line in (tmp_path / "pages.jsonl").read_text().splitlines()] == [0, 1, 2]


def test_outlets_are_those_that_the_settings_name(tmp_path: Path) -> None:
    """None by default."""
    named = WatchSettings(notice_url="https://pager.example", notice_secret="x" * 16, notice_file=tmp_path / "a")
    assert [o.name for o in outlets(named, lambda *_: 200, lambda: 0)] == ["webhook", "file"]
    assert outlets(WatchSettings(), lambda *_: 200, lambda: 0) == []
