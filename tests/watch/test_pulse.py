"""The pulse of a worker: loops that are silent, a clock that jumps, an end that nobody misses; on both databases."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from recoup.controls.moment import Moment
from recoup.controls.self_watch import clock_jumped, heartbeat_stale
from recoup.domain.instants import MINUTE, SECOND, parse_instant
from recoup.errors import LeaseLost
from recoup.storage import schema
from recoup.storage.lease import Lease
from recoup.storage.register import Register
from recoup.watch.pulse import Pulse

BEGAN = parse_instant("2026-03-02T10:00:00Z")


class Clocks:
    """The wall clock and elapsed time, which a test moves together or apart."""

    def __init__(self) -> None:
        self.wall, self.seconds = BEGAN, 100.0

    def pass_seconds(self, seconds: float, jump_seconds: float = 0) -> None:
        """Let time pass, and the wall clock jump besides."""
        self.seconds += seconds
        self.wall += round((seconds + jump_seconds) * SECOND)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def worker(register: Register, tmp_path: Path, clocks: Clocks) -> Callable[[str], Pulse]:
    """A worker that holds the lease, in a place of its own."""

    def make(place: str) -> Pulse:
        (tmp_path / place).mkdir()
        lease = Lease(register, tmp_path / place, lambda: clocks.wall, silent_seconds=0)
        assert lease.try_take()
        return Pulse(register, lease, lambda: clocks.wall, {"drain": lambda: 7}, lambda: clocks.seconds)

    return make


def said(register: Register, wall: int) -> list[str]:
    """What the controls on loops and clock say at an instant."""
    moment = Moment(as_of=0, moves={}, roles={}, agreed={}, outcome_money={}, shadows=frozenset(), ran_at=wall)
    with register.reading() as view:
        return [s.seen for control in (heartbeat_stale, clock_jumped) for s in control(view, moment)]


def passes(pulse: Pulse, clocks: Clocks, minutes: int, loops: tuple[str, ...], failing: tuple[str, ...] = ()) -> None:
    """Minutes in which some loops go round, some fail, and others say nothing."""
    for _ in range(minutes):
        clocks.pass_seconds(60)
        for loop in loops:
            pulse.hear(loop, clocks.wall, "")
        for loop in failing:
            pulse.hear(loop, clocks.wall, "DiskShort")
        pulse.beat()


def test_loops_that_go_round_are_not_missed(worker: Callable[[str], Pulse], register: Register, clocks: Clocks) -> None:
    """Whatever now is in the home."""
    pulse = worker("here")
    pulse.begin(("drain", "check"))
    passes(pulse, clocks, 30, ("drain", "check"))
    assert said(register, clocks.wall) == []
    h = schema.heartbeat.c
    with register.reading() as view:
        assert view.rows(select(h.loop, h.backlog).order_by(h.loop)) == [("check", None), ("drain", 7)]


def test_a_loop_that_hangs_alone_is_named(worker: Callable[[str], Pulse], register: Register, clocks: Clocks) -> None:
    """Also one that never went round; a loop that fails says how."""
    pulse = worker("here")
    pulse.begin(("drain", "sweep", "vitals"))
    passes(pulse, clocks, 15, ("drain",), ("vitals",))
    assert said(register, clocks.wall) == []
    passes(pulse, clocks, 1, ("drain",), ("vitals",))
    found = said(register, clocks.wall)
    assert [text.split(" has")[0] for text in found] == [
        "No round of the loop sweep",
        "No round of the loop vitals",
    ]
    assert found[1].endswith("; its last error was DiskShort")
    passes(pulse, clocks, 1, ("drain", "sweep", "vitals"))
    assert said(register, clocks.wall) == []


def test_a_worker_that_is_silent_is_one_matter_and_one_that_ended_is_none(
    worker: Callable[[str], Pulse], register: Register, clocks: Clocks
) -> None:
    """Killed: one sentence for all its loops. Told to stop: nothing."""
    pulse = worker("here")
    pulse.begin(("drain", "check"))
    passes(pulse, clocks, 2, ("drain", "check"))
    later = clocks.wall + 16 * MINUTE
    assert said(register, later) == [
        "The worker gave its last sign of life at 2026-03-02 10:02 UTC, and was not told to stop"
    ]
    pulse.end()
    assert said(register, later) == []


def test_a_clock_that_jumps_is_told_and_one_that_is_slewed_is_not(
    worker: Callable[[str], Pulse], register: Register, clocks: Clocks
) -> None:
    """By more than two seconds against elapsed time, either way."""
    pulse = worker("here")
    pulse.begin(("drain",))
    for jump in (0.5, -0.5, 1.9):
        clocks.pass_seconds(10, jump)
        pulse.beat()
    pulse.hear("drain", clocks.wall, "")
    assert said(register, clocks.wall) == []
    clocks.pass_seconds(10, -3_600)
    pulse.beat()
    (text,) = said(register, clocks.wall)
    assert text.startswith("The clock of this machine jumped back by 3,600 seconds, to 2026-03-02 09:00 UTC")


def test_a_machine_that_slept_has_not_jumped(
    worker: Callable[[str], Pulse], register: Register, clocks: Clocks
) -> None:
    """Both clocks went on for ten minutes."""
    pulse = worker("here")
    pulse.begin(("drain",))
    clocks.pass_seconds(600)
    pulse.hear("drain", clocks.wall, "")
    pulse.beat()
    assert said(register, clocks.wall) == []


def test_a_clock_that_is_behind_the_last_sign_of_life_has_jumped_back(
    worker: Callable[[str], Pulse], register: Register, clocks: Clocks
) -> None:
    """Between two starts nobody measured; what was written is later than now."""
    pulse = worker("here")
    pulse.begin(("drain",))
    clocks.pass_seconds(600)
    pulse.beat()
    clocks.wall -= 300 * SECOND
    worker("there").begin(("drain",))
    assert any("jumped back by 300 seconds" in text for text in said(register, clocks.wall))


def test_one_that_lost_the_lease_says_nothing_any_more(
    worker: Callable[[str], Pulse], register: Register, clocks: Clocks
) -> None:
    """The beats are the other one's."""
    old, new = worker("here"), worker("there")
    with pytest.raises(LeaseLost):
        old.beat()
    new.begin(("drain",))
    new.beat()
