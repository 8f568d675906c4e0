"""The worker process of a server: empties the inbox, sweeps partners, checks, tells people; each in a loop of its own.

A process of its own, so that reading and booking never take the interpreter away from a webhook that waits for its
answer, and so that nothing in a message can take the door down. It tells its rounds line by line on standard output
and stops when asked to, or when the server that started it is gone. `WorkerProcess` is the server's side of it.
"""

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec
import structlog

from recoup.app import App, give_way, open_app, settings_from_environment, wall_clock
from recoup.app.reporting import due_now
from recoup.domain.instants import MINUTE, SECOND
from recoup.intake.grounding import load_api_keys
from recoup.intake.inbox_drain import BATCH, Drain
from recoup.intake.outbound import Outbound, open_client, pause_until
from recoup.intake.setting_aside import past_failures
from recoup.intake.sweep_rounds import Rounds
from recoup.portal import logs
from recoup.portal.due_reports import DueReports
from recoup.portal.loops import Loop, Told, Work, note_drained, note_swept
from recoup.portal.watch_loops import Watch
from recoup.storage.inbox import Inbox
from recoup.storage.lease import Lease

ACTOR = "serve"
STANDBY_SECONDS = 1.0
DRAIN_SECONDS = 0.25
"""How long a message waits at most before it is looked for."""
SWEEP_SECONDS = MINUTE // SECOND
CHECK_SECONDS = 5 * MINUTE // SECOND
REPORT_SECONDS = MINUTE // SECOND
REPORT_FIRST_SECONDS = 30
"""What came while the worker was away is read before it is reported on."""
STOP_SECONDS = 30
RESTART_SECONDS_MAX = 60

_log = structlog.get_logger(__name__)


def main() -> None:
    """Work on one home until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m recoup.portal.worker")
    parser.add_argument("--home", type=Path, required=True)
    logs.configure()
    give_way()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    threading.Thread(target=_stop_with_server, args=(sys.stdin.fileno(), stop), daemon=True).start()
    with open_app(settings_from_environment(parser.parse_args().home), actor=ACTOR) as app:
        inbox = app.open_inbox()
        try:
            work(app, inbox, stop, _teller(sys.stdout.buffer))
        finally:
            inbox.close()


def work(app: App, inbox: Inbox, stop: threading.Event, tell: Callable[[Told], None]) -> None:
    """Run the loops until told to stop; return when each has finished its round.

    Raises:
      LeaseLost: Another worker has taken over, since this one was silent for too long.
    """
    lease = Lease(app.register, app.settings.home / "tmp", wall_clock)
    if not _taken(lease, stop):
        return
    app.register.stand_behind(lease.check)
    try:
        _work(app, inbox, stop, tell, lease)
        lease.renew()
    finally:
        lease.release()


def _taken(lease: Lease, stop: threading.Event) -> bool:
    """Wait until this worker is the one; False where it was told to stop before."""
    is_first = True
    while not lease.try_take():
        if is_first:
            _log.warning("another worker works on this home: standing by")
        is_first = False
        if stop.wait(STANDBY_SECONDS):
            return False
    return True


def _work(app: App, inbox: Inbox, stop: threading.Event, tell: Callable[[Told], None], lease: Lease) -> None:
    with open_client() as client:
        outbound = Outbound(client, wall_clock, pause_until(stop))
        rounds = Rounds(
            app.register,
            app.partners,
            api_keys=lambda view: load_api_keys(view, app.key),
            connect=lambda r, note: outbound.send_to(r.url, r.partner.access, r.credentials, note),
            take=past_failures(app.take),
            clock=wall_clock,
        )
        watch = Watch(app, inbox, lease, client, stop, tell)
        loops = [
            Loop("drain", _draining(Drain(inbox, app.take)), DRAIN_SECONDS, stop, watch.hear, wall_clock),
            Loop("sweep", _sweeping(rounds, stop), SWEEP_SECONDS, stop, watch.hear, wall_clock),
            Loop("check", _checking(app), CHECK_SECONDS, stop, watch.hear, wall_clock),
            *_reporting(app, stop, watch.hear),
            *watch.loops(),
        ]
        watch.begin(loop.name for loop in loops)
        for loop in loops:
            loop.start()
        for loop in loops:
            loop.join()
        watch.end()


def _reporting(app: App, stop: threading.Event, hear: Callable[[Told], None]) -> list[Loop]:
    if not app.settings.makes_due_reports:
        return []
    reports = DueReports(app.settings.home, partial(due_now, app), stop)
    return [Loop("reports", reports.round, REPORT_SECONDS, stop, hear, wall_clock, REPORT_FIRST_SECONDS)]


def _draining(drain: Drain) -> Work:
    def one_round(told: Told) -> None:
        note_drained(told, drain.round(), BATCH)

    return one_round


def _sweeping(rounds: Rounds, stop: threading.Event) -> Work:
    def one_round(told: Told) -> None:
        """Every account has its turn; the last one's failure is the round's."""
        failure: Exception | None = None
        for reachable in rounds.reachable():
            if stop.is_set():
                return
            try:
                swept = rounds.round(reachable)
            except Exception as error:  # noqa: BLE001 told at the end of the round
                _log.exception("sweep failed", partner=reachable.partner.name, account=reachable.account)
                failure = error
            else:
                if swept is not None:
                    note_swept(told, swept)
        if failure is not None:
            raise failure

    return one_round


def _checking(app: App) -> Work:
    def one_round(_told: Told) -> None:
        report = app.check()
        if report.opened or report.closed:
            _log.info("checked", opened=report.opened, closed=report.closed, open=report.open)

    return one_round


def _teller(out: BinaryIO) -> Callable[[Told], None]:
    telling = threading.Lock()

    def tell(told: Told) -> None:
        with telling:
            try:
                out.write(msgspec.json.encode(told) + b"\n")
                out.flush()
            except BrokenPipeError:
                pass  # the server is gone; whoever reads standard input has seen that too

    return tell


def _stop_with_server(lifeline: int, stop: threading.Event) -> None:
    """Wait for the end of standard input: the server holds its other end as long as it lives."""
    while os.read(lifeline, 1):  # not through a file object, whose lock would outlive this thread
        pass
    stop.set()


class WorkerProcess:
    """The worker as its server sees it: started, listened to, started again when it dies, stopped."""

    def __init__(self, home: Path, hear: Callable[[Told], None], started: Callable[[], None]) -> None:
        """Prepare a worker for one home.

        Args:
          home: The home, as a path.
          hear: Called in a thread with what each round came to.
          started: Called at each start of the process.
        """
        self._command = [sys.executable, "-m", "recoup.portal.worker", "--home", str(home)]
        self._hear = hear
        self._started = started
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_running, name="worker", daemon=True)

    def start(self) -> None:
        """Start the worker, and again whenever it ends by itself."""
        self._thread.start()

    def stop(self) -> None:
        """Have the worker finish its rounds and end; kill it should it not."""
        self._stopping.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join(STOP_SECONDS)
        if self._process is not None and self._process.poll() is None:
            _log.error("worker killed: it did not stop by itself", seconds=STOP_SECONDS)
            self._process.kill()
            self._process.wait()

    def _keep_running(self) -> None:
        wait_seconds = 1.0
        while not self._stopping.is_set():
            is_well = self._run_once()
            wait_seconds = 1.0 if is_well else min(wait_seconds * 2, RESTART_SECONDS_MAX)
            if not self._stopping.wait(wait_seconds):
                _log.error("worker started again", after_seconds=wait_seconds)

    def _run_once(self) -> bool:
        """Run the worker until it ends; say whether it did any work."""
        # A group of its own: a key pressed at the terminal is for the server, which then stops the worker in order.
        pipe = subprocess.PIPE
        with subprocess.Popen(self._command, stdin=pipe, stdout=pipe, process_group=0) as process:
            self._process = process
            self._started()
            if self._stopping.is_set():
                process.terminate()
            assert process.stdout is not None, "a pipe was asked for"
            has_worked = False
            for line in process.stdout:
                told = msgspec.json.decode(line, type=Told)
                has_worked = has_worked or not told.failed
                self._hear(told)
        if not self._stopping.is_set():
            _log.error("worker ended", code=process.returncode)
        return has_worked


if __name__ == "__main__":
    main()
