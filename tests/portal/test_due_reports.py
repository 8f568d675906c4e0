"""Reports that are due are made beside the worker."""

import threading
from pathlib import Path

import pytest

from recoup.app import open_app
from recoup.app.reporting import is_any_due
from recoup.errors import ReportRefused
from recoup.portal.due_reports import DueReports
from recoup.portal.loops import Told
from tests.fakes.command_line import answer, empty_home, settings_of


def is_due(home: Path) -> bool:
    """Whether a schedule of the home asks for a run."""
    with open_app(settings_of(home)) as app:
        return is_any_due(app)


def test_what_is_due_is_made_once_by_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pack's schedules are due in a new home; made, nothing asks for more."""
    monkeypatch.delenv("RECOUP_REGISTER_URL", raising=False)
    home = empty_home(tmp_path / "home")
    assert is_due(home)
    DueReports(home, lambda: is_due(home), threading.Event()).round(Told("reports", 0))
    made = answer(home, "report", "history")
    assert made
    assert not is_due(home)
    DueReports(home, lambda: False, threading.Event()).round(Told("reports", 0))
    assert answer(home, "report", "history") == made


def test_a_report_that_cannot_be_made_is_told_and_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folder is taken by a file."""
    monkeypatch.delenv("RECOUP_REGISTER_URL", raising=False)
    home = empty_home(tmp_path / "home")
    (home / "outbox").write_text("in the way")
    with pytest.raises(ReportRefused, match="report run --due"):
        DueReports(home, lambda: True, threading.Event()).round(Told("reports", 0))


def test_a_worker_that_is_told_to_stop_ends_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without calling that a failure."""
    monkeypatch.delenv("RECOUP_REGISTER_URL", raising=False)
    stop = threading.Event()
    stop.set()
    DueReports(empty_home(tmp_path / "home"), lambda: True, stop).round(Told("reports", 0))
