"""The reports that schedules ask for, made by a process of their own, so that their memory never sits in the worker.

The worker only looks whether a schedule asks for something, which costs next to nothing. Its first round asks the
process in any case: of several merchants some may have been left when a run was cut off.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import structlog

from recoup.errors import ReportRefused
from recoup.portal.loops import Told

SECONDS_MAX = 3_600
"""A run of all that is due that takes longer is stopped, and begins again with what is left."""
TICK_SECONDS = 0.5

_log = structlog.get_logger(__name__)


class DueReports:
    """Makes what is due, round after round."""

    def __init__(self, home: Path, is_any_due: Callable[[], bool], stop: threading.Event) -> None:
        """Prepare for one home; a process at work is told to end when the worker is."""
        self._home = home
        self._is_any_due = is_any_due
        self._stop = stop
        self._is_first = True

    def round(self, _told: Told) -> None:
        """Make what is due, if anything.

        Raises:
          ReportRefused: Something could not be made; what it was is told.
        """
        if not (self._is_first or self._is_any_due()):
            return
        code, out = self._run()
        if self._stop.is_set():
            return
        if code != 0:
            raise ReportRefused("report run --due", _problem(out, code), "every report that is due made")
        self._is_first = False
        for made in json.loads(out):
            _log.info("report made", report=made["report"], run=made["run"])

    def _run(self) -> tuple[int, str]:
        """Run the process to its end; gives its exit code and its answer."""
        words = ["--home", str(self._home), "report", "run", "--due", "--json"]
        command = [sys.executable, "-m", "recoup.cli.main", *words]
        until = monotonic() + SECONDS_MAX
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, text=True) as process:
            while True:
                try:
                    out, _ = process.communicate(timeout=TICK_SECONDS)
                except subprocess.TimeoutExpired:
                    if self._stop.is_set() or monotonic() > until:
                        process.terminate()
                else:
                    return process.returncode, out


def _problem(out: str, code: int) -> str:
    """What the process says was wrong, without the values that it found."""
    try:
        error = json.loads(out)["error"]
        return f"{error['where']} [{error['code']}]"
    except (ValueError, KeyError, TypeError):
        return f"exit {code}"
