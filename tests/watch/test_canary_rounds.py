"""When canaries are shown, and what is remembered of it."""

from pathlib import Path

import pytest
from sqlalchemy import select

from recoup import __version__
from recoup.controls.moment import Moment
from recoup.controls.self_watch import canary_missing
from recoup.domain.instants import DAY, HOUR
from recoup.partners.installed import partners_of
from recoup.storage import schema
from recoup.storage.register import Register
from recoup.watch.canary_rounds import KEPT, Canaries

NOW = 100 * DAY


@pytest.fixture
def clock() -> list[int]:
    return [NOW]


@pytest.fixture
def canaries(register: Register, tmp_path: Path, clock: list[int]) -> Canaries:
    return Canaries(register, partners_of(tmp_path), tmp_path, actor="test", clock=lambda: clock[0])


def remember(register: Register, ran_at: int, *, is_seen: bool = True, version: str = __version__) -> None:
    """A round of one control."""
    with register.transaction("test", "watch", "canaries", ran_at) as batch:
        batch.upsert(schema.canary_run, [("tie_out", ran_at, int(is_seen), 3, version, "said")])


@pytest.mark.parametrize(
    ("ago", "version", "is_due"),
    [
        (HOUR, __version__, False),
        (22 * HOUR, __version__, False),
        (23 * HOUR, __version__, True),
        (HOUR, "0.0.1", True),
        (-2 * HOUR, __version__, True),
    ],
)
def test_they_are_shown_every_day_and_after_a_change(
    register: Register, canaries: Canaries, ago: int, version: str, is_due: bool
) -> None:
    """Also where the clock was ahead when they were shown."""
    assert canaries.is_due(), "never shown"
    remember(register, NOW - ago, version=version)
    assert canaries.is_due() is is_due


def test_a_round_that_is_given_up_leaves_nothing(register: Register, canaries: Canaries, tmp_path: Path) -> None:
    """The worker was told to stop; the next one begins anew."""
    assert canaries.round(lambda: True) == []
    with register.reading() as view:
        assert view.rows(select(schema.canary_run)) == []
    assert [path.name for path in tmp_path.iterdir() if "register" not in path.name] == []


def test_rounds_of_long_ago_are_forgotten(register: Register, canaries: Canaries, clock: list[int]) -> None:
    """So that a home which restarts often does not grow by it."""
    for number in range(KEPT + 5):
        remember(register, NOW - DAY - number)
    canaries._remember([])
    with register.reading() as view:
        assert len(view.rows(select(schema.canary_run.c.ran_at))) == KEPT


def said(register: Register, wall: int) -> list[str]:
    """What the control on canaries says."""
    moment = Moment(as_of=0, moves={}, roles={}, agreed={}, outcome_money={}, shadows=frozenset(), ran_at=wall)
    with register.reading() as view:
        return [symptom.seen for symptom in canary_missing(view, moment)]


def test_a_day_without_canaries_is_missed_where_a_worker_lives(register: Register) -> None:
    """In a home without one nobody waits for them; a control that missed its canary is told at once."""
    remember(register, NOW)
    assert said(register, NOW + 3 * DAY) == []
    with register.noting() as batch:
        batch.upsert(schema.heartbeat, [("canary", 1, NOW, NOW, None, None, None, NOW, None)])
    assert said(register, NOW + 25 * HOUR) == []
    assert said(register, NOW + 26 * HOUR) == ["No control was shown its canary since 1970-04-11 00:00 UTC"]
    remember(register, NOW + 26 * HOUR, is_seen=False)
    (blind,) = said(register, NOW + 26 * HOUR)
    assert blind.startswith("The control tie_out did not see its canary at 1970-04-12 02:00 UTC")
