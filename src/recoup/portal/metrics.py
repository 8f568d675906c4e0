"""What is counted and measured for Prometheus; nothing is ever labelled by case, merchant or anything a sender chose.

`Metrics` counts what this server does and what its worker tells; `StateCollector` looks at inbox and register when
it is scraped, at most once in ten seconds.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from time import monotonic

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from recoup.portal.gauges import gauges
from recoup.portal.loops import Told
from recoup.portal.state import State

CACHE_SECONDS = 10
ACK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
CAUSES_MAX = 20
"""Reasons for refusal told apart, without numbers and what a colon brings in; any further ones are `other`."""
SECOND = 1_000_000

_log = structlog.get_logger(__name__)
_NUMBERS = re.compile(r"\d+")


class DoorMetrics:
    """What is counted at one partner's door, looked up once."""

    def __init__(self, metrics: "Metrics", partner: str) -> None:
        self.accepted = metrics.webhooks.labels(partner, "accepted")
        self.not_stored = metrics.webhooks.labels(partner, "not_stored")
        self.too_large = metrics.webhooks.labels(partner, "too_large")
        self.too_slow = metrics.webhooks.labels(partner, "too_slow")
        self.gone = metrics.webhooks.labels(partner, "gone")
        self.items_refused = metrics.items_refused.labels(partner)
        self.evidence_kept = metrics.evidence.labels(partner, "kept")
        self.evidence_dropped = metrics.evidence.labels(partner, "dropped")
        self.ack_seconds = metrics.ack_seconds.labels(partner)
        self._refused = metrics.webhooks.labels(partner, "refused")
        self._causes = metrics.refused
        self._partner = partner
        self._known: set[str] = set()

    def refused(self, why: str) -> None:
        """Count a refused message, by its reason without what a sender may have put into it."""
        self._refused.inc()
        cause = _NUMBERS.sub("n", why.partition(":")[0])[:80]
        if cause not in self._known and len(self._known) >= CAUSES_MAX:
            cause = "other"
        self._known.add(cause)
        self._causes.labels(self._partner, cause).inc()


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = Counter(
            "recoup_webhooks",
            "Messages at the door, by what became of them.",
            ("partner", "outcome"),
            registry=self.registry,
        )
        self.turned_away = Counter(
            "recoup_webhooks_turned_away", "Messages for nobody we know.", registry=self.registry
        )
        self.refused = Counter(
            "recoup_webhooks_refused", "Messages refused, by reason.", ("partner", "cause"), registry=self.registry
        )
        self.items_refused = Counter(
            "recoup_webhook_items_refused",
            "Items with a bad signature in batches that were accepted.",
            ("partner",),
            registry=self.registry,
        )
        self.evidence = Counter(
            "recoup_webhook_evidence",
            "Refused messages kept, or dropped over the bound.",
            ("partner", "fate"),
            registry=self.registry,
        )
        self.ack_seconds = Histogram(
            "recoup_webhook_ack_seconds",
            "From a message's head to the answer; success means that it is on disk.",
            ("partner",),
            buckets=ACK_BUCKETS,
            registry=self.registry,
        )
        self.deliveries = Counter(
            "recoup_deliveries",
            "Deliveries taken into the register.",
            ("partner", "feed", "outcome"),
            registry=self.registry,
        )
        self.records = Counter(
            "recoup_records", "Records read.", ("partner", "feed", "outcome"), registry=self.registry
        )
        self.drain_lag = Gauge(
            "recoup_drain_lag_seconds", "How old the last message was when the register had it.", registry=self.registry
        )
        self.loop_rounds = Counter(
            "recoup_loop_rounds", "Rounds of the loops.", ("loop", "outcome"), registry=self.registry
        )
        self.loop_success = Gauge(
            "recoup_loop_last_success_timestamp_seconds",
            "When a round last went well.",
            ("loop",),
            registry=self.registry,
        )
        self.worker_starts = Counter("recoup_worker_starts", "Starts of the worker process.", registry=self.registry)

    def door(self, partner: str) -> DoorMetrics:
        """Give the counters of one partner's door."""
        return DoorMetrics(self, partner)

    def hear(self, told: Told) -> None:
        """Count what the worker tells of one round."""
        self.loop_rounds.labels(told.loop, "failed" if told.failed else "done").inc()
        if not told.failed:
            self.loop_success.labels(told.loop).set(told.at / SECOND)
        if told.newest_at is not None:
            self.drain_lag.set(max(0, told.at - told.newest_at) / SECOND)
        for counter, counts in ((self.deliveries, told.deliveries), (self.records, told.records)):
            for partner, feed, outcome, count in counts:
                counter.labels(partner, feed, outcome).inc(count)


class StateCollector(Collector):
    """How things stand in inbox and register, as gauges; when they cannot be asked, one gauge says so."""

    def __init__(
        self, look: Callable[[], State], clock: Callable[[], int], cache_seconds: float = CACHE_SECONDS
    ) -> None:
        self._look = look
        self._clock = clock
        self._cache_seconds = cache_seconds
        self._asking = threading.Lock()
        self._families: Sequence[Metric] = ()
        self._looked_at = -cache_seconds

    def collect(self) -> Iterator[Metric]:
        """Give the gauges, from the last look where that was just now."""
        with self._asking:
            if monotonic() - self._looked_at >= self._cache_seconds:
                self._families = self._asked()
                self._looked_at = monotonic()
            yield from self._families

    def _asked(self) -> Sequence[Metric]:
        reachable = GaugeMetricFamily("recoup_register_reachable", "1 while inbox and register answer.")
        try:
            state = self._look()
        except Exception:  # noqa: BLE001 whatever is wrong below, a scrape is answered and says so
            _log.exception("inbox and register cannot be asked")
            reachable.add_metric([], 0)
            return [reachable]
        reachable.add_metric([], 1)
        return [reachable, *gauges(state, self._clock())]
