"""What asking partners' APIs comes to: said once, by its likeliest cause, as long as it lasts."""

from collections.abc import Callable

import pytest

from recoup.storage import schema
from tests.controls.home import ACCOUNT, Home, Seen, at, iso

CONTROLS = (
    "call_refused",
    "calls_failing",
    "api_moved",
    "error_answers",
    "list_gap",
    "credential_ending",
    "clock_offset",
)
GONE = '["dp_1"]'


@pytest.fixture
def asked(home_with: Callable[..., Home]) -> Home:
    """A home in which nothing is wrong."""
    home = home_with()
    home.clean_story()
    return home


def a_round(home: Home, day: int, hour: int = 9, **told: object) -> None:
    """One round of asking Stripe."""
    plain: dict[str, object] = {
        "partner": "stripe",
        "account": ACCOUNT,
        "began_at": at(day, hour),
        "ended_at": at(day, hour, 1),
        "is_list": 1,
        "is_complete": 1,
        "pages": 1,
        "held": 0,
        "objects": 4,
        "missed": "[]",
        "found": 1,
        "absent": "[]",
        "failure": None,
        "said": None,
    }
    with home.register.noting() as batch:
        batch.upsert(schema.sweep_round, [tuple((plain | told).values())])


def broken_off(home: Home, day: int, failure: str, hour: int = 9) -> None:
    a_round(home, day, hour, is_complete=0, objects=0, found=0, failure=failure, said="status 503")


def tries(home: Home, day: int, hour: int = 9, **counts: int | None) -> None:
    """How the tries of one operation went in that round."""
    names = [column.name for column in schema.call_tally.columns]
    plain: dict[str, object] = dict.fromkeys(names, 0) | {"clock_offset": None}
    named = {"partner": "stripe", "account": ACCOUNT, "began_at": at(day, hour), "operation": "GET /v1/disputes"}
    with home.register.noting() as batch:
        batch.upsert(schema.call_tally, [tuple((plain | named | counts).values())])


def ours(home: Home, day: int) -> dict[str, Seen]:
    """The open breaks of these controls."""
    home.check(day)
    return {b.control: b for b in home.breaks() if b.control in CONTROLS}


def test_rounds_that_go_well_say_nothing(asked: Home) -> None:
    """Nor do a few failures among many tries."""
    a_round(asked, 3)
    tries(asked, 3, tries=2_000, failed=12)
    assert ours(asked, 3) == {}


def test_a_refused_key_is_said_at_once_and_pages(asked: Home) -> None:
    """And is over with the next round that is let in."""
    broken_off(asked, 3, "refused")
    found = ours(asked, 3)["call_refused"]
    assert (found.classes[0], found.severity) == ("credential", "page")
    a_round(asked, 4)
    assert ours(asked, 4) == {}


@pytest.mark.parametrize(
    ("word", "class_"),
    [
        ("throttled", "throttled"),
        ("failed", "partner_outage"),
        ("unreachable", "partner_outage"),
        ("slow", "partner_outage"),
    ],
)
def test_tries_that_fail_too_fast_are_named_by_how(word: str, class_: str, asked: Home) -> None:
    """Ten at least; as long as the latest rounds have them."""
    a_round(asked, 3)
    tries(asked, 3, tries=20, **{word: 10})
    class_ = "throttled" if word == "throttled" else "partner_outage"
    assert ours(asked, 3)["calls_failing"].classes[0] == class_
    for hour in (10, 11):
        a_round(asked, 3, hour)
    assert ours(asked, 3) == {}


def test_rounds_that_break_off_for_an_hour_are_said_however_few_the_tries(asked: Home) -> None:
    """A quota that is used up is told once a round."""
    broken_off(asked, 3, "throttled", 9)
    broken_off(asked, 3, "throttled", 10)
    assert ours(asked, 3)["calls_failing"].classes[0] == "throttled"


@pytest.mark.parametrize("failure", ["elsewhere", "absent"])
def test_a_list_that_is_not_at_its_address_has_moved(failure: str, asked: Home) -> None:
    """Whether we are sent elsewhere or nothing is there."""
    broken_off(asked, 3, failure)
    assert ours(asked, 3)["api_moved"].classes[0] == "api_moved"


def test_an_error_as_if_all_were_well_takes_its_held_page_with_it(asked: Home) -> None:
    """One break, not one for the delivery besides."""
    asked.delivery("disputes", at(3, 9), status="held")
    a_round(asked, 3, is_complete=0, held=1, failure="unreadable", said="an error")
    found = ours(asked, 3)["error_answers"]
    assert found.classes[0] == "partner_outage"
    assert [b.control for b in asked.breaks()] == ["error_answers"]


def test_a_list_that_leaves_out_what_we_know_has_a_gap(asked: Home) -> None:
    """It names the dispute, and is over when whole lists have come for a day: a list shows only what changed."""
    a_round(asked, 3, missed=GONE)
    found = ours(asked, 3)["list_gap"]
    assert found.classes[0] == "list_gap"
    assert len(found.disputes) == 1
    a_round(asked, 3, 10, is_list=0)
    assert "list_gap" in ours(asked, 3)
    a_round(asked, 3, 11)
    assert "list_gap" in ours(asked, 3)
    a_round(asked, 4, 11)
    assert ours(asked, 4) == {}


def test_what_a_list_leaves_out_in_one_week_is_one_gap(asked: Home) -> None:
    """A kind of dispute is missed one by one, as each changes, with whole lists between."""
    a_round(asked, 1, missed='["dp_1"]')
    a_round(asked, 3)
    a_round(asked, 4, missed='["dp_2"]')
    a_round(asked, 4, 11)
    assert "dp_1, dp_2" in ours(asked, 4)["list_gap"].explanation
    a_round(asked, 12, missed='["dp_3"]')
    assert "dp_2" not in ours(asked, 12)["list_gap"].explanation


def test_a_list_that_breaks_off_has_a_gap(asked: Home) -> None:
    """A page that is refused, or a list that leads in a circle."""
    broken_off(asked, 3, "rejected")
    assert ours(asked, 3)["list_gap"].classes[0] == "list_gap"


def test_a_list_that_shows_nothing_while_single_disputes_are_there_has_lost_a_right(asked: Home) -> None:
    """The key opens the one and not the other."""
    a_round(asked, 3, objects=0, missed='["dp_1","dp_2","dp_3"]', found=2)
    assert ours(asked, 3)["list_gap"].classes[0] == "credential"


def test_where_nothing_is_found_that_we_were_told_of_another_account_is_asked(asked: Home) -> None:
    """A single one among others is somebody's mistake."""
    a_round(asked, 3, found=3, absent=GONE)
    assert ours(asked, 3) == {}
    a_round(asked, 3, 10, found=0, absent=GONE)
    found = ours(asked, 3)["list_gap"]
    assert (found.classes[0], found.severity) == ("wrong_scope", "page")


@pytest.mark.parametrize(
    ("left", "severity"), [(31, None), (30, "note"), (14, "ticket"), (7, "page"), (3, "page"), (-1, "page")]
)
def test_a_key_that_ends_is_said_louder_the_nearer_it_is(left: int, severity: str | None, asked: Home) -> None:
    """One break that grows; none before thirty days."""
    day = 5
    ends_on = iso(day + left)
    with asked.register.transaction("test", "setup", "ending", at(0)) as batch:
        batch.upsert(schema.credential_expiry, [("stripe", ACCOUNT, "key api", ends_on)])
    found = ours(asked, day).get("credential_ending")
    assert (found.severity if found else None) == severity


@pytest.mark.parametrize(("offsets", "is_said"), [((3, 4), True), ((3, 1), False), ((-90, -90), True), ((2, 2), False)])
def test_clocks_that_are_apart_twice_running_are_said(offsets: tuple[int, int], is_said: bool, asked: Home) -> None:
    """By more than two seconds, before or behind."""
    for hour, offset in zip((9, 10), offsets, strict=True):
        a_round(asked, 3, hour)
        tries(asked, 3, hour, tries=1, clock_offset=offset * 1_000_000)
    found = ours(asked, 3)
    assert ("clock_offset" in found) == is_said


def test_money_that_is_late_because_nobody_could_ask_is_explained_by_it(home_with: Callable[..., Home]) -> None:
    """The key was refused in the days in which it should have been shown."""
    home = home_with()
    home.clean_story(without=("settled", "fee_confirmed", "paid", "banked"))
    assert "leg_unsettled" in {b.control for b in _all(home, 5)}
    for day in range(6):
        broken_off(home, day, "refused")
    controls = {b.control for b in _all(home, 5)}
    assert "call_refused" in controls
    assert "leg_unsettled" not in controls


def _all(home: Home, day: int) -> list[Seen]:
    home.check(day)
    return home.breaks()
