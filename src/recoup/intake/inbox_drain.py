"""From the inbox to the register: what was acknowledged is taken in, once, whatever dies in between.

An arrival is forgotten by the inbox only after the register has it. Killed between the two, the next round takes the
same arrivals again under the same names and times, and landing them twice changes nothing. An arrival that nothing
can take in does not hold up those behind it: it is found by halving, tried `TRIES` times, and then kept as a held
delivery with the reason, to be read again (`recoup ingest --again`) once the reader is mended.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
import structlog

from recoup.domain.findings import Finding
from recoup.errors import StorageProblem
from recoup.intake.arrival import Arrival
from recoup.intake.pipeline import Report
from recoup.storage import inbox
from recoup.storage.inbox import Inbox

FEED = "webhook"
ENDPOINT = "webhooks"
"""First part of the path that messages are posted to: /webhooks/<partner>[/<account>]."""
BATCH = 500
"""Arrivals a round: long enough to share one commit, short enough to stop within a second."""
FORGET = 100
"""Arrivals forgotten in one commit: webhooks that come meanwhile wait for it."""
TRIES = 3
"""Failures after which an arrival is set aside: one may be chance, three are not."""
SET_ASIDE = "intake.set_aside"
_OUTSIDE_NAMES = frozenset({"OperationalError", "InterfaceError"})
"""What every Python database driver calls trouble that is not the row's fault (PEP 249)."""

_log = structlog.get_logger(__name__)

Take = Callable[[Sequence[Arrival]], Report]
"""Takes arrivals into the register: land, read, observe, fold, book. All of a call or nothing."""


class Drained(msgspec.Struct):
    """What one round did, by partner."""

    taken: int = 0
    set_aside: int = 0
    deliveries: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    """(partner, outcome): read, known, held, refused."""
    records: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    """(partner, outcome): accepted, quarantined."""
    newest_at: int | None = None
    """When the latest arrival of the round was received."""
    names: tuple[str, str] | None = None
    """What the first and the last delivery of the round are called in the register."""

    def add(self, partner: str, report: Report) -> None:
        """Count what a batch of one partner's arrivals came to."""
        told = report.duplicate_deliveries + report.held + report.refused
        for outcome, count in (
            ("read", report.deliveries - told),
            ("known", report.duplicate_deliveries),
            ("held", report.held),
            ("refused", report.refused),
        ):
            self.deliveries[partner, outcome] += count
        self.records[partner, "accepted"] += report.accepted
        self.records[partner, "quarantined"] += report.quarantined


class Drain:
    """Empties one inbox into one register. One at a time per home."""

    def __init__(self, arrivals: Inbox, take: Take, batch: int = BATCH) -> None:
        self._inbox = arrivals
        self._take = take
        self._batch = batch
        self._failures: Counter[int] = Counter()
        self._parked: set[int] = set()
        """Arrivals that could not even be set aside: they stay in the inbox until the next start."""

    def round(self) -> Drained:
        """Take in the oldest arrivals; those that fail stay for the next round.

        Raises:
          StorageProblem, OSError, and what a database driver raises: The world is in trouble, not an arrival.
            Nothing is lost; try again later.
        """
        drained = Drained()
        waiting = self._inbox.take(self._batch + len(self._parked))
        by_partner: dict[str, list[inbox.Arrival]] = {}
        for arrival in waiting:
            if arrival.number not in self._parked:
                by_partner.setdefault(_addressed(arrival.endpoint)[0], []).append(arrival)
        for partner, group in by_partner.items():
            self._take_group(partner, group, drained)
        return drained

    def _take_group(self, partner: str, group: list[inbox.Arrival], drained: Drained) -> None:
        try:
            report = self._take([as_arrival(a) for a in group])
        except Exception as error:
            if is_outside(error):
                raise
            _log.exception("arrivals not taken in", partner=partner, arrivals=len(group), first=name_of(group[0]))
            self._after_failure(partner, group, error, drained)
            return
        self._finish(partner, group, report, drained)

    def _after_failure(self, partner: str, group: list[inbox.Arrival], error: Exception, drained: Drained) -> None:
        """Halve until the one arrival that fails stands alone."""
        if len(group) > 1:
            half = len(group) // 2
            self._take_group(partner, group[:half], drained)
            self._take_group(partner, group[half:], drained)
            return
        number = group[0].number
        self._failures[number] += 1
        if self._failures[number] >= TRIES:
            self._set_aside(partner, group[0], error, drained)

    def _set_aside(self, partner: str, arrival: inbox.Arrival, error: Exception, drained: Drained) -> None:
        try:
            report = self._take([_held(arrival, error)])
        except Exception as again:
            if is_outside(again):
                raise
            _log.exception("an arrival neither taken in nor held: it stays in the inbox", arrival=name_of(arrival))
            self._parked.add(arrival.number)
            return
        drained.set_aside += 1
        self._finish(partner, [arrival], report, drained)

    def _finish(self, partner: str, group: list[inbox.Arrival], report: Report, drained: Drained) -> None:
        numbers = [a.number for a in group]
        for start in range(0, len(numbers), FORGET):
            self._inbox.done(numbers[start : start + FORGET])
        for number in numbers:
            self._failures.pop(number, None)
        drained.taken += len(group)
        drained.add(partner, report)
        drained.newest_at = max(drained.newest_at or 0, group[-1].received_at)
        drained.names = (drained.names[0] if drained.names else name_of(group[0]), name_of(group[-1]))


def endpoint(partner: str, account: str | None) -> str:
    """Say the path that names a partner and, where it does, our account."""
    return f"/{ENDPOINT}/{partner}" if account is None else f"/{ENDPOINT}/{partner}/{account}"


def name_of(arrival: inbox.Arrival) -> str:
    """Name an arrival by its place in the inbox, which no other one ever has."""
    return f"{FEED}-{arrival.number}"


def as_arrival(arrival: inbox.Arrival) -> Arrival:
    """Give an arrival of the inbox as intake takes it: the same however often it is taken."""
    partner, account = _addressed(arrival.endpoint)
    return Arrival(
        partner=partner,
        feed=FEED,
        name=name_of(arrival),
        landed_at=arrival.received_at,
        account=account,
        body=arrival.body,
        start_line=f"POST {arrival.endpoint} HTTP/1.1",
        headers=joined(arrival.headers),
    )


def joined(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Give headers by lower-case name; values of a name sent twice are joined by `, `."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _addressed(path: str) -> tuple[str, str | None]:
    _, _, partner, *account = path.split("/", 3)
    return partner, account[0] if account else None


def _held(arrival: inbox.Arrival, error: Exception) -> Arrival:
    """The same arrival, not to be read: kept and held. Of the error only its kind is told, never its text."""
    found = Finding(SET_ASIDE, name_of(arrival), f"{TRIES} failures: {type(error).__name__}", "a message that is read")
    return msgspec.structs.replace(as_arrival(arrival), broken=found)


def is_outside(error: Exception) -> bool:
    """Whether the disk or a database is in trouble, so that no arrival is to blame."""
    return isinstance(error, OSError | StorageProblem) or type(error).__name__ in _OUTSIDE_NAMES
