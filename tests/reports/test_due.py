from pathlib import Path

import pytest

from recoup.app import App, open_app
from recoup.app.reporting import _make_due, history, make_due, make_report, named, verify, what_is_due
from recoup.domain.instants import DAY, parse_instant
from recoup.errors import ReportInvalid
from recoup.reports.due import due
from recoup.reports.library import read_library
from recoup.reports.parameters import Known
from tests.fakes.command_line import empty_home, settings_of
from tests.reports.conftest import write_report

NOW = parse_instant("2026-03-05T12:00:00Z")
OWN = """
title = "Open disputes"
about = "How many."
owner = "me"
formats = ["csv"]

[[parameter]]
name = "day"
type = "day"
default = "yesterday"
says = "The day."
{more}

[schedule]
every = "day"
at = "07:00"

[[section]]
kind = "table"
title = "Open"
question = "open"
"""
ASKED = "select $day as day, count(*) as disputes from disputes where outcome is null order by day"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with nothing in it but a report of its own that is due each morning."""
    place = empty_home(tmp_path / "home")
    write_report(place, "open_disputes", OWN.format(more=""), open=ASKED)
    return place


def mine(app: App) -> list[tuple[int, str]]:
    return [(run.slot_at, run.given["day"]) for run in what_is_due(app).runs if run.report == "open_disputes"]


def test_a_morning_that_was_missed_is_made_up_for_as_it_was_known_then(home: Path) -> None:
    """Each with its own yesterday; what was made is not due again."""
    with open_app(settings_of(home), as_of=NOW, actor="test") as app:
        seven = parse_instant("2026-03-05T07:00:00Z")
        assert mine(app) == [(seven, "2026-03-04")]
        made = [run for run in make_due(app) if run.stamp.report == "open_disputes"]
        assert [run.stamp.asked.known_at for run in made] == [seven]
        assert mine(app) == []
    with open_app(settings_of(home), as_of=NOW + 2 * DAY, actor="test") as app:
        assert mine(app) == [(seven + DAY, "2026-03-05"), (seven + 2 * DAY, "2026-03-06")]


def test_a_run_is_written_then_kept_and_its_files_are_known(home: Path, tmp_path: Path) -> None:
    """The register says who, when and what hash; the audit that it was."""
    with open_app(settings_of(home), as_of=NOW, actor="test") as app:
        made = make_report(
            app, "open_disputes", {"day": "2026-03-01"}, formats=["csv", "parquet"], folder=tmp_path / "out"
        )
        (kept,) = history(app, "open_disputes", 5)
        assert (kept.run, kept.rows_hash, kept.actor) == (made.stamp.run, made.stamp.rows_hash, "test")
        assert kept.parameters == {"day": "2026-03-01"}
        (folder,) = map(Path, made.folders)
        assert folder.parent == tmp_path / "out"
        for name in ("open.csv", "open.parquet"):
            assert verify(app, folder / name).same
        (folder / "open.csv").write_text((folder / "open.csv").read_text().replace("2026-03-01", "2026-03-02"))
        verdict = verify(app, folder / "open.csv")
        assert (verdict.same, verdict.claimed is not None and verdict.claimed[0].run) == (False, made.stamp.run)


def test_a_statement_is_due_for_each_merchant(home: Path) -> None:
    """And only those that are left, when a run was cut off."""
    library = read_library(home)
    known = Known(frozenset({"mer_a", "mer_b"}))
    with open_app(settings_of(home), as_of=NOW, actor="test") as app, app.register.reading() as view:
        runs = [run for run in due(view, library, NOW, known) if run.report == "merchant_statement"]
    assert {run.given["merchant"] for run in runs} == {"mer_a", "mer_b"}
    assert {run.given["month"] for run in runs} == {"2026-02"}
    assert len({run.run for run in runs}) == 2


def test_what_knows_only_the_present_is_made_once_for_all_that_was_missed(home: Path) -> None:
    """As of now, since another time cannot be told any more."""
    with open_app(settings_of(home), as_of=NOW, actor="test") as app:
        runs = [run for run in what_is_due(app).runs if run.report == "daily_operations"]
        assert [(run.as_of, run.known_at, run.given) for run in runs] == [(NOW, None, {"day": "2026-03-04"})]


def test_recipients_get_their_formats_in_their_folders(home: Path, tmp_path: Path) -> None:
    """A relative folder lies in the home."""
    more = f"""
[[recipient]]
name = "finance"
formats = ["csv"]
folder = "outbox/finance"

[[recipient]]
name = "archive"
formats = ["parquet", "json"]
folder = "{tmp_path / "archive"}"
"""
    write_report(home, "open_disputes", OWN.format(more=more), open=ASKED)
    with open_app(settings_of(home), as_of=NOW, actor="test") as app:
        (made,) = [run for run in make_due(app) if run.stamp.report == "open_disputes"]
    finance, archive = map(Path, made.folders)
    assert {file.name for file in finance.iterdir()} == {"open.csv", "stamp.json"}
    assert finance.parent == home / "outbox" / "finance"
    assert {file.name for file in archive.iterdir()} == {"open.parquet", "open_disputes.json", "stamp.json"}


def test_a_morning_that_failed_is_still_due_after_a_later_one_was_made(home: Path) -> None:
    """Nothing is lost because something after it went well."""
    seven = parse_instant("2026-03-05T07:00:00Z")
    with open_app(settings_of(home), as_of=NOW, actor="test") as app:
        make_due(app)
    folder = home / "reports" / "open_disputes"
    with open_app(settings_of(home), as_of=NOW + 2 * DAY, actor="test") as app:
        failed, made = [run for run in what_is_due(app).runs if run.report == "open_disputes"]
        _make_due(app, named(app, "open_disputes"), made)
        assert mine(app) == [(seven + DAY, "2026-03-05")]
        assert failed.slot_at == seven + DAY
        (folder / "report.toml").write_text(OWN.format(more="").replace('"How many."', '"How many there are."'))
        assert mine(app) == [(seven + DAY, "2026-03-05")]


def test_a_scheduled_report_that_cannot_be_meant_is_told_and_stops_no_other(home: Path) -> None:
    """It would be asked for for ever, and never made."""
    write_report(home, "crooked", OWN.format(more=""), open=ASKED.replace("disputes", "no_such_table"))
    with open_app(settings_of(home), as_of=NOW, actor="test") as app:
        with pytest.raises(ReportInvalid, match="crooked"):
            make_due(app)
        assert mine(app) == []
