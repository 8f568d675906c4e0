"""Write the dashboards for Grafana from the panels below: `python -m tools.dashboards`.

One row of panels is one question. What a panel asks for stands here in PromQL; ids, places and the rest of the JSON
are made from it, so that a change is a change of one line.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).resolve().parent.parent / "ops" / "grafana"
SOURCE = {"type": "prometheus", "uid": "${source}"}
WIDTH, HEIGHT = 24, 7
STATED = "stat"
DRAWN = "timeseries"


class Panel(NamedTuple):
    """One panel: a title, what it asks for, how a series is called, its unit, and from when on a number is bad."""

    title: str
    asks: str
    legend: str = ""
    unit: str = "short"
    bad_from: float | None = None
    kind: str = DRAWN


class Row(NamedTuple):
    """Panels that answer one question, side by side."""

    question: str
    panels: Sequence[Panel]


ROWS: Sequence[Row] = (
    Row(
        "What needs a person now?",
        (
            Panel("Incidents that page", 'sum(recoup_incidents_open{severity="page"})', bad_from=1, kind=STATED),
            Panel("Overdue", 'sum(recoup_disputes_due{within="overdue"})', bad_from=1, kind=STATED),
            Panel("Due within 24 hours", 'sum(recoup_disputes_due{within="24h"})', bad_from=1, kind=STATED),
            Panel("Due within 72 hours", "sum(recoup_disputes_due_soon)", bad_from=50, kind=STATED),
            Panel(
                "Without a known cause",
                'sum(recoup_breaks_open_by_class{class="unknown"}) or vector(0)',
                bad_from=1,
                kind=STATED,
            ),
            Panel("Value explained", "min(recoup_value_explained_ratio) or vector(1)", unit="percentunit", kind=STATED),
            Panel(
                "Oldest without a cause",
                "max(recoup_unexplained_oldest_age_seconds)",
                unit="s",
                bad_from=86_400,
                kind=STATED,
            ),
            Panel("Oldest break", "max(recoup_breaks_oldest_age_seconds)", unit="s", bad_from=864_000, kind=STATED),
        ),
    ),
    Row(
        "What is broken, and what is at stake?",
        (
            Panel("Open breaks", "sum by (severity) (recoup_breaks_open)", "{{severity}}"),
            Panel("By likeliest cause", "sum by (class) (recoup_breaks_open_by_class)", "{{class}}"),
            Panel("Money at risk, minor units", "sum by (currency) (recoup_breaks_at_risk_minor)", "{{currency}}"),
        ),
    ),
    Row(
        "Do partners send what they should?",
        (
            Panel("Past due", "sum by (kind) (recoup_expectations_overdue)", "{{kind}}"),
            Panel(
                "Feeds that are late", "max by (partner, feed) (recoup_feed_late_seconds)", "{{partner}} {{feed}}", "s"
            ),
            Panel(
                "Deliveries",
                "sum by (partner, outcome) (rate(recoup_deliveries_total[5m]))",
                "{{partner}} {{outcome}}",
                "cps",
            ),
            Panel(
                "Bad records",
                'sum by (partner, feed) (increase(recoup_records_total{outcome="quarantined"}[1h]))',
                "{{partner}} {{feed}}",
            ),
        ),
    ),
    Row(
        "Do partners answer when they are asked?",
        (
            Panel(
                "Tries that failed, last day",
                'sum by (partner, outcome) (recoup_partner_tries{outcome!~"done|slow"})',
                "{{partner}} {{outcome}}",
            ),
            Panel(
                "Errors, times too fast",
                "max by (partner, hours) (recoup_partner_burn_rate)",
                "{{partner}} {{hours}} h",
            ),
            Panel(
                "Since the last whole list",
                "max by (partner) (recoup_partner_list_age_seconds)",
                "{{partner}}",
                "s",
                3600,
            ),
            Panel("Left out of lists", "max by (partner) (recoup_partner_list_gaps)", "{{partner}}", bad_from=1),
            Panel("Left alone", "sum(recoup_partner_circuit_open) or vector(0)", bad_from=1, kind=STATED),
            Panel("Clocks apart", "max by (partner) (recoup_partner_clock_offset_seconds)", "{{partner}}", "s", 2),
            Panel("Until a key ends", "min by (partner) (recoup_credential_expiry_seconds)", "{{partner}}", "s"),
        ),
    ),
    Row(
        "Are messages taken in?",
        (
            Panel(
                "At the door",
                "sum by (partner, outcome) (rate(recoup_webhooks_total[5m]))",
                "{{partner}} {{outcome}}",
                "cps",
            ),
            Panel(
                "Until the answer, 99 of 100",
                "histogram_quantile(0.99, sum by (partner, le) (rate(recoup_webhook_ack_seconds_bucket[5m])))",
                "{{partner}}",
                "s",
                1,
            ),
            Panel("Refused, by reason", "sum by (cause) (increase(recoup_webhooks_refused_total[1h]))", "{{cause}}"),
            Panel("Not read yet", "sum(recoup_inbox_arrivals)", "messages"),
            Panel("Oldest of them", "max(recoup_inbox_oldest_age_seconds)", "age", "s", 900),
            Panel("In quarantine", "sum(recoup_quarantine_records)", "records"),
            Panel("Oldest in quarantine", "max(recoup_quarantine_oldest_age_seconds)", "age", "s", 1800),
        ),
    ),
    Row(
        "Is the watch itself well?",
        (
            Panel("Since a round went well", "max by (loop) (recoup_heartbeat_age_seconds)", "{{loop}}", "s", 900),
            Panel(
                "Rounds that failed",
                'sum by (loop) (increase(recoup_loop_rounds_total{outcome="failed"}[1h]))',
                "{{loop}}",
            ),
            Panel("What waits for a loop", "max by (loop) (recoup_heartbeat_backlog)", "{{loop}}"),
            Panel("Canaries missed", 'sum(recoup_canaries{outcome="missed"})', bad_from=1, kind=STATED),
            Panel("Pages with nobody", "sum(recoup_pages_undelivered) or vector(0)", bad_from=1, kind=STATED),
            Panel("Starts of the worker", "sum(increase(recoup_worker_starts_total[1d]))", bad_from=5, kind=STATED),
            Panel("Room on the disk", "min by (instance) (recoup_disk_free_bytes)", "{{instance}}", "bytes"),
            Panel("Version", "recoup_info", "{{instance}} {{version}}", kind=STATED),
        ),
    ),
)


def main() -> int:
    """Write the dashboard anew."""
    (FOLDER / "recoup.json").write_text(written())
    return 0


def written() -> str:
    """Give the dashboard as its file holds it."""
    return json.dumps(dashboard(ROWS), indent=1) + "\n"


def dashboard(rows: Sequence[Row]) -> dict[str, Any]:
    """Give a dashboard as Grafana imports it."""
    return {
        "title": "Recoup",
        "uid": "recoup",
        "tags": ["recoup"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "utc",
        "templating": {"list": [{"name": "source", "label": "Source", "type": "datasource", "query": "prometheus"}]},
        "panels": list(_placed(rows)),
    }


def _placed(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    number, top = 0, 0
    for row in rows:
        number += 1
        place = {"h": 1, "w": WIDTH, "x": 0, "y": top}
        yield {"id": number, "type": "row", "title": row.question, "gridPos": place, "collapsed": False, "panels": []}
        top += 1
        beside = min(len(row.panels), 6 if row.panels[0].kind == STATED else 4)
        width = WIDTH // beside
        for at, panel in enumerate(row.panels):
            number += 1
            place = {"h": HEIGHT, "w": width, "x": at % beside * width, "y": top + at // beside * HEIGHT}
            yield _panel(number, panel, place)
        top += -(-len(row.panels) // beside) * HEIGHT


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.bad_from is not None:
        steps.append({"color": "red", "value": panel.bad_from})
    target = {"refId": "A", "datasource": SOURCE, "expr": panel.asks, "legendFormat": panel.legend}
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": place,
        "targets": [target],
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}},
            "overrides": [],
        },
    }


if __name__ == "__main__":
    sys.exit(main())
