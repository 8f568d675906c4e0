"""Alert rules and dashboards ask for what `/metrics` tells, and promtool agrees that the rules do what they say."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from recoup.controls.self_watch import CANARY_AFTER, STALE_AFTER
from recoup.domain.instants import HOUR, SECOND
from recoup.intake.call_health import Burn
from recoup.intake.call_standing import Expires, Operation, Standing
from recoup.portal.gauges import gauges
from recoup.portal.metrics import Metrics
from recoup.portal.state import Beat, State
from recoup.storage.disk import FREE_BYTES_MIN
from tools import dashboards

OPS = Path(__file__).parents[2] / "ops"
RULES = OPS / "prometheus" / "recoup.rules.yml"
TESTS = OPS / "prometheus" / "recoup.rules.test.yml"
ALERT = re.compile(r"- alert: (\w+)\n        expr: (.+)\n")
FULL = State(
    now=HOUR,
    waiting=1,
    waiting_since=0,
    breaks={"page": 1},
    breaks_by_class={("unknown", "page"): 1},
    breaks_since=0,
    at_risk={"EUR": 5},
    explained={"EUR": (4, 5)},
    unexplained_since=0,
    incidents={"page": 1},
    due={"24h": 1, "72h": 2},
    overdue={"file": 1},
    feeds_late_since={("adyen", "settlement_detail"): 0},
    quarantined=1,
    quarantined_since=0,
    beats=(Beat("drain", 0, 3),),
    canaries={"seen": 1, "missed": 0},
    canaries_at=0,
    pages_waiting={"webhook": 1},
    disk_free_bytes=1,
    calls=(
        Standing(
            partner="stripe",
            account="acct_1",
            circuit="open",
            rests_until=HOUR,
            rounds_failed=3,
            asked_at=0,
            listed_at=0,
            failure="failed",
            said="status 503",
            missed=("dp_1",),
            absent=(),
            clock_offset=3_000_000,
            burns=(Burn(HOUR, 20, 10, 144),),
            operations=(Operation("GET /v1/disputes", tries=20, failed=10),),
            expires=(Expires("key api", "2026-03-01", 3),),
        ),
    ),
)


class Full(Collector):
    """A look at a home that has one of everything."""

    def collect(self) -> Any:
        """Give its gauges."""
        return gauges(FULL, HOUR)


@pytest.fixture(scope="module")
def told() -> set[str]:
    """The names of all series that a server can tell, those of the scraper beside them."""
    metrics, states = Metrics(), CollectorRegistry()
    metrics.door("stripe").refused("no signature")
    metrics.deliveries.labels("stripe", "webhook", "read")
    metrics.records.labels("stripe", "webhook", "accepted")
    metrics.loop_rounds.labels("drain", "done")
    metrics.loop_success.labels("drain")
    states.register(Full())
    pages = [generate_latest(registry).decode() for registry in (metrics.registry, states)]
    found = {s.name for page in pages for family in text_string_to_metric_families(page) for s in family.samples}
    return found | {"recoup_register_reachable"}


def asked(text: str) -> set[str]:
    """The names of our series in PromQL."""
    return set(re.findall(r"\brecoup_[a-z_]+", text))


def alerts() -> dict[str, str]:
    """What each alert asks for, by its name."""
    return dict(ALERT.findall(RULES.read_text()))


def test_every_series_that_an_alert_asks_for_is_told(told: set[str]) -> None:
    """An alert on a name that nobody tells never stands."""
    assert {name for asks in alerts().values() for name in asked(asks)} - told == set()
    assert len(alerts()) == RULES.read_text().count("- alert:")


def test_every_series_that_a_panel_asks_for_is_told(told: set[str]) -> None:
    """A panel of a name that nobody tells is empty for ever."""
    panels = [panel for row in dashboards.ROWS for panel in row.panels]
    assert {name for panel in panels for name in asked(panel.asks)} - told == set()


def test_every_gauge_is_on_the_dashboard_or_wakes_somebody(told: set[str]) -> None:
    """What nobody looks at need not be told."""
    shown = " ".join(panel.asks for row in dashboards.ROWS for panel in row.panels)
    shown += " " + " ".join(alerts().values())
    states = CollectorRegistry()
    states.register(Full())
    gauged = {f.name for f in text_string_to_metric_families(generate_latest(states).decode())}
    assert gauged - asked(shown) == set()


def test_the_dashboard_is_the_one_that_is_made_from_the_panels() -> None:
    """Whoever changes a panel writes it anew: `python -m tools.dashboards`."""
    assert (OPS / "grafana" / "recoup.json").read_text() == dashboards.written()


def test_panels_have_a_place_and_an_id_of_their_own() -> None:
    """No two overlap, and none is wider than the page."""
    taken: set[tuple[int, int]] = set()
    panels = json.loads(dashboards.written())["panels"]
    for panel in panels:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= dashboards.WIDTH
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_alerts_and_the_program_mean_the_same_by_silent_old_and_full() -> None:
    """The numbers stand twice, so they are compared."""
    found = alerts()
    assert found["RecoupLoopSilent"].endswith(f"> {STALE_AFTER // SECOND}")
    assert found["RecoupCanariesOld"].endswith(f"> {CANARY_AFTER // SECOND}")
    assert found["RecoupDiskShort"].endswith(f"< {FREE_BYTES_MIN}")


# --- by promtool ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def promtool() -> str:
    """The tool, on the path or fetched by `make promtool`."""
    fetched = OPS.parent / ".tools" / "promtool"
    found = shutil.which("promtool") or (str(fetched) if fetched.exists() else None)
    if found is None:
        pytest.skip("promtool is not there: make promtool")
    return found


def ran(promtool: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the tool in a folder of rules."""
    return subprocess.run([promtool, *words], cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_promtool_reads_the_rules_and_finds_that_they_do_what_they_say(promtool: str) -> None:
    """The rules are well-formed, and each stands when it should and not before."""
    assert ran(promtool, RULES.parent, "check", "rules", RULES.name).returncode == 0
    tested = ran(promtool, RULES.parent, "test", "rules", TESTS.name)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def assert_missed(promtool: str, room: Path, alert: str) -> None:
    """The tests of the rules fail when one of them never stands."""
    for path in (RULES, TESTS):
        shutil.copy(path, room)
    text, named = RULES.read_text(), f"- alert: {alert}\n        expr: "
    dead = text.replace(f"{named}{alerts()[alert]}", f"{named}vector(0) > 1")
    assert dead != text
    (room / RULES.name).write_text(dead)
    assert ran(promtool, room, "test", "rules", TESTS.name).returncode != 0


def test_an_alert_that_never_stands_is_noticed(promtool: str, tmp_path: Path) -> None:
    """One of them; each has its turn among the slow tests."""
    assert_missed(promtool, tmp_path, "RecoupLoopSilent")


@pytest.mark.slow
@pytest.mark.parametrize("alert", sorted(alerts()))
def test_any_alert_that_never_stands_is_noticed(promtool: str, tmp_path: Path, alert: str) -> None:
    """As the one, for all."""
    assert_missed(promtool, tmp_path, alert)
