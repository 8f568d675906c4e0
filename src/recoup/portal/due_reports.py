"""The reports that schedules ask for, made by a process of their own, so that their memory never sits in the worker.

The worker only looks whether a schedule asks for something, which costs next to nothing. Its first round asks the
process in any case, and so does one after a failure: of several merchants some may have been left. What failed is
tried again later and later; what becomes due meanwhile does not wait for it.
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
RETRY_SECONDS = 60
"""Twice as long before the first new try, and twice as long again before each further one."""
RETRY_SECONDS_MAX = 3_600

_log = structlog.get_logger(__name__)

Asked = frozenset[tuple[str, int]]
"""Reports, each with the last time that its schedule asks for; microseconds UTC."""
Clock = Callable[[], float]


class DueReports:
    """Makes what is due, round after round."""

    def __init__(
        self, home: Path, due_now: Callable[[], Asked], stop: threading.Event, clock: Clock = monotonic
    ) -> None:
        """Prepare for one home.

        Args:
          home: The home.
          due_now: Reports that schedules ask for, each with its time.
          stop: When it is set, a process at work is told to end.
          clock: Seconds that only grow.
        """
        self._home = home
        self._due_now = due_now
        self._stop = stop
        self._clock = clock
        self._is_owing = True
        self._failures = 0
        self._tried: Asked = frozenset()
        self._again_at = clock()

    def round(self, told: Told) -> None:
        """Make what is due, if anything; a round that only waits for its next try is told as failed, too.

        Raises:
          ReportRefused: Something could not be made; what it was is told.
        """
        asked = self._due_now()
        if not (self._is_owing or asked):
            return
        if self._failures and asked <= self._tried and self._clock() < self._again_at:
            told.failed = ReportRefused.__name__
            return
        code, out = self._run()
        if self._stop.is_set():
            return
        if code != 0:
            self._put_off(asked)
            raise ReportRefused("report run --due", _problem(out, code), "every report that is due made")
        self._is_owing, self._failures = False, 0
        for made in json.loads(out):
            _log.info("report made", report=made["report"], run=made["run"])

    def _put_off(self, asked: Asked) -> None:
        """Leave what could not be made for later, the longer the more often it failed."""
        self._is_owing, self._tried = True, asked
        self._failures += 1
        self._again_at = self._clock() + min(RETRY_SECONDS_MAX, RETRY_SECONDS * 2**self._failures)

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
