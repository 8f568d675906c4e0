import threading
from collections import Counter

import pytest

from recoup.domain.instants import SECOND
from recoup.intake.inbox_drain import Drained
from recoup.intake.pipeline import Report
from recoup.intake.sweep_rounds import Round
from recoup.portal.loops import BURST, REST, Loop, Told, note_drained, note_swept


def looped(rounds: int, *, fails: bool = False, is_more: bool = False, every_seconds: float = 0.01) -> list[Told]:
    """What a loop tells of its first rounds."""
    told: list[Told] = []
    stop = threading.Event()

    def tell(one: Told) -> None:
        told.append(one)
        if len(told) == rounds:
            stop.set()

    def work(one: Told) -> None:
        one.is_more = is_more
        if fails:
            raise KeyError("a bug")

    loop = Loop("drain", work, every_seconds, stop, tell, lambda: 7)
    loop.start()
    loop.join(10)
    assert not loop.is_alive()
    return told


def test_rounds_follow_each_other_until_told_to_stop() -> None:
    """Each is told, with its time."""
    assert [(t.loop, t.at, t.failed) for t in looped(3)] == [("drain", 7, "")] * 3


def test_while_more_waits_nobody_pauses() -> None:
    """A burst is emptied without waiting between rounds."""
    assert len(looped(3, is_more=True, every_seconds=60)) == 3


def test_in_a_burst_reading_rests_and_behind_one_it_does_not() -> None:
    """Messages that are young can wait while others are answered; old ones are read as fast as they can be."""

    def pause(newest_at: int | None) -> float:
        stop = threading.Event()
        loop = Loop("drain", lambda _: None, 9.0, stop, lambda _: None, lambda: 0)
        told = Told("drain", 100 * SECOND, seconds=0.5, is_more=True, newest_at=newest_at)
        return loop.pause_seconds(told, failures=0)

    assert pause(newest_at=99 * SECOND) == REST * 0.5
    assert pause(newest_at=100 * SECOND - BURST) == 0
    assert pause(newest_at=None) == 0


def test_a_failure_is_told_and_the_loop_goes_on() -> None:
    """One bad round is not the last one."""
    assert [t.failed for t in looped(2, fails=True)] == ["KeyError", "KeyError"]


@pytest.mark.parametrize(("every", "failures", "pause"), [(0.25, 1, 2), (0.25, 9, 60), (300.0, 1, 300), (9.0, 4, 16)])
def test_after_a_failure_nobody_is_faster_than_after_a_success(every: float, failures: int, pause: float) -> None:
    """A check each five minutes that fails is not run again at once."""
    loop = Loop("check", lambda _: None, every, threading.Event(), lambda _: None, lambda: 0)
    assert loop.pause_seconds(Told("check", 0, failed="KeyError"), failures) == pause


def test_a_full_round_of_the_drain_means_that_more_waits() -> None:
    """What it did is told by partner, feed and outcome."""
    drained = Drained(taken=2, newest_at=5)
    drained.add("stripe", Report(deliveries=2, duplicate_deliveries=1, accepted=1))
    told = Told("drain", 9)
    note_drained(told, drained, 2)
    assert (told.is_more, told.newest_at) == (True, 5)
    assert Counter(told.deliveries) == Counter([("stripe", "webhook", "read", 1), ("stripe", "webhook", "known", 1)])
    assert told.records == [("stripe", "webhook", "accepted", 1)]


def test_a_sweep_tells_its_pages() -> None:
    """Pages of all feeds count as the sweep's."""
    told = Told("sweep", 9)
    note_swept(told, Round("stripe", "acct_test", True, Report(deliveries=3, held=1, quarantined=2)))
    assert sorted(told.deliveries) == [("stripe", "sweep", "held", 1), ("stripe", "sweep", "read", 2)]
    assert told.records == [("stripe", "sweep", "quarantined", 2)]
