"""Loops: do one piece of work, tell what came of it, wait, do it again; a failure waits longer and is told too."""

import threading
from collections.abc import Callable
from time import monotonic

import msgspec
import structlog

from recoup.domain.instants import SECOND
from recoup.intake.inbox_drain import FEED, Drained
from recoup.intake.pipeline import Report
from recoup.intake.sweep_rounds import Round

WAIT_SECONDS_MAX = 60
BURST = 30 * SECOND
REST = 3
"""While messages come faster than they are read, those that wait for their answer go first: reading rests so many
times as long as it works, until what it reads is older than that."""

_log = structlog.get_logger(__name__)

Count = tuple[str, str, str, int]
"""Partner, feed, outcome, how many."""
SWEPT = "sweep"
"""Stands for all feeds of a partner that a sweep fills."""


class Told(msgspec.Struct):
    """What came of one round; also the line that the worker process tells its server."""

    loop: str
    at: int
    """Microseconds UTC, when the round ended."""
    seconds: float = 0.0
    failed: str = ""
    """The kind of the error, where there was one."""
    is_more: bool = False
    """More waits: the next round should begin at once."""
    newest_at: int | None = None
    """When the latest drained message was received."""
    deliveries: list[Count] = []
    records: list[Count] = []


Work = Callable[[Told], None]
"""One round; fills in what it did."""


class Loop(threading.Thread):
    """One kind of work, round after round, in a thread of its own."""

    def __init__(
        self,
        name: str,
        work: Work,
        every_seconds: float,
        stop: threading.Event,
        tell: Callable[[Told], None],
        clock: Callable[[], int],
        first_seconds: float = 0.0,
    ) -> None:
        super().__init__(name=name)
        self._first_seconds = first_seconds
        self._work = work
        self._every_seconds = every_seconds
        self._stop_event = stop
        self._tell = tell
        self._clock = clock

    def run(self) -> None:
        """Work until told to stop; a round that has begun is finished."""
        failures = 0
        self._stop_event.wait(self._first_seconds)
        while not self._stop_event.is_set():
            told = self._round()
            failures = failures + 1 if told.failed else 0
            self._stop_event.wait(self.pause_seconds(told, failures))

    def _round(self) -> Told:
        told, began = Told(self.name, self._clock()), monotonic()
        with structlog.contextvars.bound_contextvars(loop=self.name, round=f"{told.at:x}"):
            try:
                self._work(told)
            except Exception as error:  # noqa: BLE001 a loop goes on, whatever a round met
                _log.exception("round failed")
                told.failed = type(error).__name__
        told.at, told.seconds = self._clock(), monotonic() - began
        self._tell(told)
        return told

    def pause_seconds(self, told: Told, failures: int) -> float:
        """Say how long to wait after a round; after a failure longer with each, and never less than otherwise."""
        if failures:
            return max(self._every_seconds, float(min(WAIT_SECONDS_MAX, 2**failures)))
        if not told.is_more:
            return self._every_seconds
        is_burst = told.newest_at is not None and told.at - told.newest_at < BURST
        return REST * told.seconds if is_burst else 0.0


def note_drained(told: Told, drained: Drained, batch: int) -> None:
    """Put into words what one round of the drain did."""
    told.is_more = drained.taken >= batch
    told.newest_at = drained.newest_at
    told.deliveries = [(p, FEED, outcome, n) for (p, outcome), n in drained.deliveries.items() if n]
    told.records = [(p, FEED, outcome, n) for (p, outcome), n in drained.records.items() if n]
    if drained.names is not None:
        first, last = drained.names
        deliveries = {f"{partner} {outcome}": n for (partner, outcome), n in drained.deliveries.items() if n}
        _log.info("drained", arrivals=drained.taken, first=first, last=last, deliveries=deliveries)
    if drained.set_aside:
        _log.error("arrivals set aside: held, to be read again once the reader is mended", count=drained.set_aside)


def note_swept(told: Told, swept: Round) -> None:
    """Put into words what one round of sweeping did for one account."""
    drained = Drained()
    drained.add(swept.partner, swept.report)
    told.deliveries += [(p, SWEPT, outcome, n) for (p, outcome), n in drained.deliveries.items() if n]
    told.records += [(p, SWEPT, outcome, n) for (p, outcome), n in drained.records.items() if n]
    _log_swept(swept, swept.report)


def _log_swept(swept: Round, report: Report) -> None:
    _log.info(
        "swept",
        partner=swept.partner,
        account=swept.account,
        is_list=swept.is_list,
        pages=report.deliveries,
        observations_new=report.observations_new,
        held=report.held,
        quarantined=report.quarantined,
    )
