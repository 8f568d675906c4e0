import json
import subprocess
import sys
import time
from pathlib import Path

from tests.fakes.command_line import run, start
from tests.fakes.stripe_messages import dispute, page


def report(place: Path, rows: int) -> Path:
    """A table that nobody sends."""
    path = place / "rows.csv"
    path.write_text("name,value\n" + "".join(f"n{number},{number}\n" for number in range(1, rows + 1)))
    return path


def test_a_file_is_shown_without_a_home(tmp_path: Path) -> None:
    """Format, feed, fields with meanings, and what it says."""
    path = tmp_path / "page.json"
    path.write_bytes(page(dispute(1)))
    shown = run(None, "lens", str(path)).stdout
    assert "Read as stripe disputes" in shown
    assert "chargeback opened" in shown
    assert "record 1: dispute dp_1: chargeback opened, 50.00 USD, reason visa 10.4" in shown


def test_a_small_file_is_shown_without_the_wiring_and_the_engines(tmp_path: Path) -> None:
    """What opens homes takes longer to load than a small file takes to read."""
    path = report(tmp_path, 3)
    script = f"""
import sys
from recoup.cli.main import app
app(["lens", {str(path)!r}, "--json"], standalone_mode=False)
print(" ".join(sys.modules), file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert [record["number"] for record in json.loads(ran.stdout)["records"]] == [1, 2, 3, 4]
    heavy = ("recoup.app", "sqlalchemy", "alembic", "duckdb", "pyarrow", "sqlglot")
    assert [name for name in heavy if name in ran.stderr.split()] == []


def test_only_the_records_asked_for_are_shown(tmp_path: Path) -> None:
    """And how to see more."""
    path = report(tmp_path, 60)
    document = json.loads(run(None, "lens", str(path), "--records", "3-4", "--json").stdout)
    assert [record["number"] for record in document["records"]] == [3, 4]
    assert f"recoup lens {path} --records 51-" in run(None, "lens", str(path)).stdout
    assert "Next:" not in run(None, "lens", str(path), "--records", "60-61").stdout
    assert "No such record: the file has 61 records." in run(None, "lens", str(path), "--records", "99").stdout


def test_a_file_without_findings_says_how_far_it_was_read(tmp_path: Path) -> None:
    """All of it, where nobody asked for a range."""
    path = report(tmp_path, 60)
    assert "No findings: 61 records read." in run(None, "lens", str(path), "--findings").stdout
    assert "No findings: 9 records read." in run(None, "lens", str(path), "--findings", "--records", "1-9").stdout


def test_what_an_ingest_would_say_stands_at_the_end(tmp_path: Path) -> None:
    """How many records it would take, and that it would hold the file, with the place and the rule."""
    path = tmp_path / "settlement.csv"
    write_partner(tmp_path)
    home = tmp_path / "home"
    samples = home / "partners" / "acme" / "samples" / "settlement_2026-03-03.csv"
    sound = run(home, "lens", str(samples)).stdout
    assert "3 records: 3 would be accepted, 0 quarantined." in " ".join(sound.split())
    assert "net: stated 0, computed 0" in sound
    path.write_text("".join(samples.read_text().splitlines(keepends=True)[:-1]))
    cut = " ".join(run(home, "lens", str(path)).stdout.split())
    assert "Held whole: nothing of it would be applied." in cut
    held = json.loads(run(home, "lens", str(path), "--json").stdout)["says"]["held"]
    assert held["check"] in cut


def write_partner(place: Path) -> None:
    """A home with a declared partner in it."""
    made = place / "home" / "partners"
    made.mkdir(parents=True)
    assert run(None, "partner", "new", "acme", "--dir", str(made)).exit_code == 0


def test_only_records_with_findings_are_shown_when_asked(tmp_path: Path) -> None:
    """Among many good ones."""
    path = report(tmp_path, 30)
    path.write_text(path.read_text() + "lonely\nn,1\n")
    document = json.loads(run(None, "lens", str(path), "--findings", "--json").stdout)
    assert [record["number"] for record in document["records"]] == [32]
    assert document["records"][0]["findings"][0]["check"] == "delimited.columns"


def test_wrong_usage_is_said() -> None:
    """No such file, no such range, a feed of nobody."""
    here = str(Path(__file__))
    assert run(None, "lens", "nowhere.csv").exit_code == 2
    assert run(None, "lens", here, "--records", "5-2").exit_code == 2
    assert run(None, "lens", here, "--feed", "webhook").exit_code == 2


def test_the_first_records_of_a_large_file_show_at_once(tmp_path: Path) -> None:
    """A sparse gigabyte of a table: what stands at its end is never read."""
    path = report(tmp_path, 10_000)
    with path.open("r+b") as file:
        file.truncate(1 << 30)
    began = time.perf_counter()
    result = start("lens", str(path), "--records", "1-5", "--json")
    assert [record["number"] for record in json.loads(result.stdout)["records"]] == [1, 2, 3, 4, 5]
    assert time.perf_counter() - began < 10
