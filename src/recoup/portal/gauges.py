"""One look at how things stand, as gauges for Prometheus; every label has few values that we know beforehand."""

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric

from recoup import __version__
from recoup.domain.instants import SECOND
from recoup.portal.call_metrics import call_families
from recoup.portal.state import State


def gauges(state: State, wall: int) -> Iterator[Metric]:
    """Give all gauges of a look.

    Args:
      state: How things stand.
      wall: The wall clock, to which signs of life are as old as they are.
    """
    yield _one("recoup_info", "The version that runs.", {(__version__,): 1}, ("version",))
    yield from _waiting(state, wall)
    yield from _open(state)
    yield from _due(state)
    yield from _watch(state, wall)
    yield from call_families(state.calls, state.now)


def _waiting(state: State, wall: int) -> Iterator[Metric]:
    yield _plain("recoup_inbox_arrivals", "Messages that the register does not have yet.", state.waiting)
    oldest = "recoup_inbox_oldest_age_seconds"
    yield _plain(oldest, "Age of the oldest of them; 0 for none.", _age(state.waiting_since, wall))
    yield _plain("recoup_quarantine_records", "Bad records that nobody released.", state.quarantined)
    oldest = "recoup_quarantine_oldest_age_seconds"
    yield _plain(oldest, "Age of the oldest of them; 0 for none.", _age(state.quarantined_since, state.now))


def _open(state: State) -> Iterator[Metric]:
    by_severity = {(severity,): count for severity, count in state.breaks.items()}
    yield _one("recoup_breaks_open", "Open breaks.", by_severity, ("severity",))
    name, text = "recoup_breaks_open_by_class", "Open breaks by their likeliest cause; a cause of none is left out."
    yield _one(name, text, state.breaks_by_class, ("class", "severity"))
    name, text = "recoup_breaks_at_risk_minor", "Money of all open breaks, in minor units."
    yield _one(name, text, {(currency,): minor for currency, minor in state.at_risk.items()}, ("currency",))
    oldest = "recoup_breaks_oldest_age_seconds"
    yield _plain(oldest, "Age of the oldest open break; 0 for none.", _age(state.breaks_since, state.now))
    name, text = "recoup_value_explained_ratio", "How much of the money of open breaks has a cause that we know of."
    shares = {(currency,): part / whole for currency, (part, whole) in state.explained.items() if whole}
    yield _one(name, text, shares, ("currency",))
    oldest = "recoup_unexplained_oldest_age_seconds"
    yield _plain(
        oldest, "Age of the oldest open break without a cause; 0 for none.", _age(state.unexplained_since, state.now)
    )
    by_severity = {(severity,): count for severity, count in state.incidents.items()}
    yield _one("recoup_incidents_open", "Open incidents.", by_severity, ("severity",))


def _due(state: State) -> Iterator[Metric]:
    yield _plain("recoup_disputes_due_soon", "Disputes to be answered within 72 hours, or overdue.", state.due_soon)
    name, text = "recoup_disputes_due", "Disputes that our side must answer by then; each span counts the shorter ones."
    yield _one(name, text, {(within,): count for within, count in state.due.items()}, ("within",))
    overdue = {(kind,): count for kind, count in state.overdue.items()}
    yield _one(
        "recoup_expectations_overdue", "What should have come and has not; outages left out.", overdue, ("kind",)
    )
    late = {place: _age(since, state.now) for place, since in state.feeds_late_since.items()}
    name, text = "recoup_feed_late_seconds", "For how long the oldest file of a feed is past due; none where none is."
    yield _one(name, text, late, ("partner", "feed"))


def _watch(state: State, wall: int) -> Iterator[Metric]:
    ages = {(beat.loop,): _age(beat.well_at, wall) for beat in state.beats}
    name, text = "recoup_heartbeat_age_seconds", "Since when no round of a loop went well, while a worker should run."
    yield _one(name, text, ages, ("loop",))
    backlogs = {(beat.loop,): beat.backlog for beat in state.beats if beat.backlog is not None}
    yield _one("recoup_heartbeat_backlog", "What waits for a loop.", backlogs, ("loop",))
    canaries = {(outcome,): count for outcome, count in state.canaries.items()}
    yield _one(
        "recoup_canaries", "Controls by what became of their canary when it was last shown.", canaries, ("outcome",)
    )
    if state.canaries_at is not None:
        age = _age(state.canaries_at, wall)
        yield _plain("recoup_canaries_age_seconds", "Since when canaries were not shown.", age)
    waiting = {(outlet,): count for outlet, count in state.pages_waiting.items()}
    yield _one("recoup_pages_undelivered", "Pages that were tried and are with nobody.", waiting, ("outlet",))
    yield _plain("recoup_disk_free_bytes", "Room on the disk of the home.", state.disk_free_bytes)


def _plain(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _one(name: str, text: str, values: Mapping[Any, float], labels: tuple[str, ...]) -> GaugeMetricFamily:
    """A gauge with labels; each key of the values is a tuple of theirs, in their order."""
    family = GaugeMetricFamily(name, text, labels=labels)
    for at, value in sorted(values.items()):
        family.add_metric(list(at), value)
    return family


def _age(since: int | None, now: int) -> float:
    return 0 if since is None else max(0, now - since) / SECOND
