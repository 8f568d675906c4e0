"""How partners' APIs are asked, as gauges: by partner, the worst of its accounts, since no account is ever a label."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric

from recoup.domain.instants import HOUR, SECOND
from recoup.intake.call_standing import NOT_DONE, Standing

DAY_SECONDS = 24 * 3600


def call_families(calls: Sequence[Standing], now: int) -> Iterator[Metric]:
    """The gauges of all partners that are asked, or of whose accounts something ends."""
    yield _tries(calls)
    yield _burns(calls)
    told: tuple[tuple[str, str, Callable[[Standing], float | None]], ...] = (
        ("circuit_open", "1 while an account is left alone after failures.", lambda c: float(c.circuit == "open")),
        ("list_age_seconds", "Since the last whole list began.", lambda c: _age(c.listed_at, now)),
        ("list_gaps", "Disputes that the list left out, or that are not found by their ids.", _gaps),
        ("clock_offset_seconds", "How far the clocks of partner and home are apart.", _offset),
    )
    for name, text, value in told:
        yield _worst(f"recoup_partner_{name}", text, calls, value)
    family = GaugeMetricFamily(
        "recoup_credential_expiry_seconds", "Until the first key or certificate ends.", labels=("partner",)
    )
    for partner in sorted({one.partner for one in calls if one.expires}):
        days = min(e.days_left for one in calls if one.partner == partner for e in one.expires)
        family.add_metric([partner], days * DAY_SECONDS)
    yield family


def _tries(calls: Sequence[Standing]) -> Metric:
    text = "Tries of the last day, by operation and by what came of them."
    family = GaugeMetricFamily("recoup_partner_tries", text, labels=("partner", "operation", "outcome"))
    counts: Counter[tuple[str, str, str]] = Counter()
    for one in calls:
        for of in one.operations:
            for outcome in ("done", *NOT_DONE, "slow"):
                counts[one.partner, of.operation, outcome] += getattr(of, outcome)
    for labels, count in sorted(counts.items()):
        family.add_metric(labels, count)
    return family


def _burns(calls: Sequence[Standing]) -> Metric:
    text = "How many times too fast errors use up what may fail; 1 would just do."
    family = GaugeMetricFamily("recoup_partner_burn_rate", text, labels=("partner", "hours"))
    worst: dict[tuple[str, str], int] = {}
    for one in calls:
        for burn in one.burns:
            key = (one.partner, str(burn.span // HOUR))
            worst[key] = max(worst.get(key, 0), burn.tenths)
    for labels, tenths in sorted(worst.items()):
        family.add_metric(labels, tenths / 10)
    return family


def _worst(name: str, text: str, calls: Sequence[Standing], value: Callable[[Standing], float | None]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=("partner",))
    for partner in sorted({one.partner for one in calls}):
        found = [told for one in calls if one.partner == partner and (told := value(one)) is not None]
        if found:
            family.add_metric([partner], max(found))
    return family


def _age(since: int | None, now: int) -> float | None:
    return None if since is None else max(0, now - since) / SECOND


def _gaps(one: Standing) -> float:
    return float(len(one.missed) + len(one.absent))


def _offset(one: Standing) -> float | None:
    return None if one.clock_offset is None else abs(one.clock_offset) / SECOND
