"""`simulate` and `score` as a person and as a program call them."""

import json
import re
from pathlib import Path

from tests.fakes.command_line import run
from tests.simulated.test_scores import NOT_YET


def test_a_simulated_directory_is_scored(tmp_path: Path) -> None:
    """Counts of what was written, then the keys of the score; the home that was thrown away leaves nothing."""
    out = tmp_path / "world"
    words = ("--seed", "3", "--days", "8", "--payments", "20", "--disputes", "300", "--faults", "F1,F3@2?")
    made = run(None, "simulate", *words, "--out", str(out), "--json")
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["deliveries"] == len((out / "deliveries.jsonl").read_text().splitlines())
    found = run(None, "score", str(out), "--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert {"found", "missed", "false_alarms", "class_top1_pct", "per_fault"} <= told.keys()
    assert told["false_alarms"] == 0
    assert told["found"] + told["absorbed"] + told["missed"] == len(told["per_fault"])
    assert {row["fault"] for row in told["per_fault"]} >= {"F1"}


def test_a_home_that_is_named_is_kept(tmp_path: Path) -> None:
    """For looking at the breaks afterwards; a person reads a table."""
    out, home = tmp_path / "world", tmp_path / "home"
    run(None, "simulate", "--days", "3", "--payments", "10", "--out", str(out))
    found = run(home, "score", str(out))
    assert found.exit_code == 0, found.output
    assert "0 found, 0 absorbed, 0 missed, 0 false alarms" in found.stdout
    assert run(home, "breaks").exit_code == 0


def test_all_known_faults_are_listed_with_what_is_not_built() -> None:
    """Eighty-two, none hidden: each can be simulated, is bounded from outside, or waits for something."""
    known = json.loads(run(None, "simulate", "--list", "--json").stdout)
    assert len(known) == 82
    assert len({fault["fault"] for fault in known}) == 82
    for fault in known:
        assert bool(fault["places"]) == (fault["state"] == "built")
        assert fault["state"] != "undetectable" or fault["outside_check"]
    shown = run(None, "simulate", "--list")
    assert "P7" in shown.stdout


def test_the_guide_names_what_is_not_simulated() -> None:
    """And what is, but is not met yet: a gap is never silent."""
    guide = (Path(__file__).parents[2] / "docs/guides/simulate-and-score.md").read_text()
    named = set(re.findall(r"[A-Z]\d+(?:-[a-z]+)?", guide.partition("## What is not in it")[2]))
    known = json.loads(run(None, "simulate", "--list", "--json").stdout)
    told = {fault["fault"] for fault in known if fault["outside_check"] or fault["waits_for"]}
    assert named == told | NOT_YET.keys()


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    """No directory to write, no truth to compare with, no such fault, no such day."""
    assert run(None, "simulate").exit_code == 2
    assert run(None, "simulate", "--first-day", "soon", "--out", str(tmp_path / "a")).exit_code == 2
    refused = run(None, "simulate", "--faults", "F99", "--out", str(tmp_path / "b"))
    assert refused.exit_code == 1
    assert "F99" in refused.output
    assert run(None, "score", str(tmp_path)).exit_code == 1
