"""How many signed webhooks a second are acknowledged once they are durable, and how long each waits.

Three runs against a server in its own process, with its worker emptying the inbox beside it, on one machine:
`paced` sends at the wanted rate, `flat_out` as fast as the answers come, `beside_ingest` at a lower rate while
`recoup ingest` reads a large file and thousands of messages in another process. A paced message's wait is measured
from when it was due, not from when it was sent, so that a server that stalls does not slow its own measurement.
Afterwards the server is stopped, everything is opened again, and what is there is counted against what was
acknowledged. Prints one JSON document. Wanted: 5,000/s with p99 under 50 ms; beside an ingest 2,000/s under 100 ms.
"""

import argparse
import asyncio
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from hmac import new as hmac
from pathlib import Path
from typing import Any, NamedTuple

import uvloop
from sqlalchemy import func, select

from recoup.app import create_home, open_app, settings_from_environment
from recoup.intake.directory import AccountSetup, Key, Setup
from recoup.portal.server import run
from recoup.settings import Settings
from recoup.storage import schema

SECRET = "whsec_test_of_the_benchmark"
ACCOUNT = "acct_bench"
BODY_BYTES = 1_024
CONNECTIONS = 64
SECONDS_MAX = 60
PACED = 5_000
BESIDE = 2_000


class Run(NamedTuple):
    """One run of the driver; `rate` 0 is as fast as it goes."""

    name: str
    messages: int
    rate: int


RUNS = (Run("paced", 10 * PACED, PACED), Run("flat_out", 60_000, 0))
RUN_BESIDE = Run("beside_ingest", 15 * BESIDE, BESIDE)


# --- the driver, a process of its own -----------------------------------------------------------


def request(number: int, at: int, run: str) -> bytes:
    """Give one signed message as bytes on the wire; each has another event and another dispute."""
    dispute = {
        "id": f"dp_{run}_{number}",
        "object": "dispute",
        "amount": 1_000 + number,
        "currency": "usd",
        "charge": f"ch_{run}_{number}",
        "created": at,
        "reason": "fraudulent",
        "status": "needs_response",
        "balance_transactions": [],
        "evidence_details": {"due_by": at + 9 * 86_400, "submission_count": 0},
        "metadata": {"pad": ""},
    }
    told = {
        "id": f"evt_{run}_{number}",
        "object": "event",
        "created": at,
        "type": "charge.dispute.created",
        "livemode": True,
        "data": {"object": dispute},
    }
    short = BODY_BYTES - len(json.dumps(told))
    dispute["metadata"] = {"pad": "x" * short}
    body = json.dumps(told).encode()
    signed = hmac(SECRET.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    head = (
        "POST /webhooks/stripe HTTP/1.1\r\nhost: recoup.test\r\ncontent-type: application/json\r\n"
        f"stripe-signature: t={at},v1={signed}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Driver:
    """Sends messages over a few connections, one at a time on each, and notes how long each waited."""

    def __init__(self, messages: list[bytes], rate: int) -> None:
        self.waits: list[float] = []
        self.statuses: dict[str, int] = {}
        self.finished = asyncio.Event()
        self._messages = messages
        self._rate = rate
        self._next = 0
        self._idle: deque[Connection] = deque()
        self._began = 0.0

    async def drive(self, port: int) -> float:
        """Send everything; give the seconds it took."""
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, connection = await loop.create_connection(lambda: Connection(self), "127.0.0.1", port)
            self._idle.append(connection)
        self._began = time.perf_counter()
        while self._rate and self._next < len(self._messages):
            self._send_due()
            await asyncio.sleep(0.001)
        self._send_due()
        await asyncio.wait_for(self.finished.wait(), SECONDS_MAX)
        return time.perf_counter() - self._began

    def _send_due(self) -> None:
        while self._idle and self._next < len(self._messages):
            due_at = self._began + self._next / self._rate if self._rate else time.perf_counter()
            if due_at > time.perf_counter():
                return
            self._idle.popleft().post(self._messages[self._next], due_at)
            self._next += 1

    def answered(self, connection: "Connection", status: str, seconds: float) -> None:
        """Note an answer and send what is due."""
        self.waits.append(seconds)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self._idle.append(connection)
        if len(self.waits) == len(self._messages):
            self.finished.set()
        self._send_due()


class Connection(asyncio.Protocol):
    """One kept connection. The answers are short, and looked at just enough to know that they are whole."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._due_at = 0.0
        self._answer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def post(self, message: bytes, due_at: float) -> None:
        """Send one message that was due at a time."""
        self._due_at = due_at
        assert self._transport is not None, "a connection is made before it is used"
        self._transport.write(message)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, blank, body = self._answer.partition(b"\r\n\r\n")
        if not blank or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        self._answer = b""
        self._driver.answered(self, head[9:12].decode(), time.perf_counter() - self._due_at)


def drive(port: int, run: Run) -> None:
    """Sign everything, then send it, and print what came back."""
    at = int(time.time())
    driver = Driver([request(number, at, run.name) for number in range(run.messages)], run.rate)
    cpu_before = time.process_time()
    seconds = uvloop.run(driver.drive(port))
    cpu = time.process_time() - cpu_before
    waits = sorted(driver.waits)
    found = {
        "acknowledged": driver.statuses.get("200", 0),
        "other_answers": {status: count for status, count in driver.statuses.items() if status != "200"},
        "per_second": round(len(waits) / seconds),
        **{f"p{p}_ms": round(waits[min(len(waits) - 1, len(waits) * p // 100)] * 1_000, 1) for p in (50, 95, 99)},
        "worst_ms": round(waits[-1] * 1_000, 1),
        "driver_cpu_us_each": round(cpu / len(waits) * 1_000_000),
    }
    print(json.dumps(found))


# --- the house around it --------------------------------------------------------------------------


def prepare(home: Path) -> Settings:
    """Make a home with one account and its signing key."""
    settings = Settings(home, f"sqlite:///{home / 'register.db'}")
    create_home(settings)
    account = AccountSetup("stripe", ACCOUNT, "UTC", key=(Key("one", SECRET),))
    with open_app(settings, actor="bench") as app:
        app.apply(Setup(account=(account,)))
    return settings


def write_deliveries(folder: Path, messages: int, lines: int) -> None:
    """Write a directory to ingest: many messages and a large file of payments."""
    (folder / "stripe" / "webhook").mkdir(parents=True)
    (folder / "house" / "payments").mkdir(parents=True)
    at = int(time.time())
    when = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(at))
    with (folder / "deliveries.jsonl").open("w") as listing:
        for number in range(messages):
            path = f"stripe/webhook/{number:06}.http"
            (folder / path).write_bytes(request(number, at, "ingest"))
            listing.write(
                json.dumps({"path": path, "partner": "stripe", "feed": "webhook", "received_at": when}) + "\n"
            )
            if number == messages // 10:
                path = "house/payments/payments.csv"
                listing.write(
                    json.dumps({"path": path, "partner": "house", "feed": "payments", "received_at": when}) + "\n"
                )
    with (folder / "house" / "payments" / "payments.csv").open("w") as file:
        file.write("payment,merchant,partner,account,payment_ref,captured_minor,currency,captured_at\n")
        for number in range(lines):
            file.write(
                f"pay_{number},mer_{number % 50},stripe,{ACCOUNT},ch_ingest_{number},{1_000 + number},USD,{when}\n"
            )


@contextmanager
def server(home: Path) -> Iterator[int]:
    """A server on a free port of this machine; stopped in order at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, __file__, "--serve", str(home), str(port)]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log)
        try:
            _await_health(port, process)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(90)


def _await_health(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
            return
        except OSError:
            if process.poll() is not None:
                raise SystemExit(f"the server ended with {process.returncode}") from None
            time.sleep(0.1)
    raise SystemExit("the server did not come up")


def drive_apart(port: int, run: Run) -> dict[str, Any]:
    """Run the driver in a process of its own."""
    command = [sys.executable, __file__, "--drive", str(port), run.name, str(run.messages), str(run.rate)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3 * SECONDS_MAX, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def drive_beside_ingest(port: int, home: Path, folder: Path, run: Run) -> dict[str, Any]:
    """Run the driver while an ingest runs, and say whether it ran all the while."""
    command = [sys.executable, "-m", "recoup.cli.main", "ingest", str(folder), "--home", str(home), "--json"]
    with (home / "ingest.log").open("wb") as log:
        ingest = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        try:
            time.sleep(2)  # past its start, into its work
            found = drive_apart(port, run)
            found["ingest_ran_all_the_while"] = ingest.poll() is None
        finally:
            ingest.terminate()
            ingest.wait(30)
    return found


def durable(settings: Settings) -> int:
    """Count what is there after a stop: arrivals still in the inbox, and deliveries that came through it."""
    d = schema.delivery.c
    with open_app(settings, actor="bench") as app:
        inbox = app.open_inbox()
        try:
            left = inbox.waiting()[0]
        finally:
            inbox.close()
        with app.register.reading() as view:
            drained = view.rows(
                select(func.count())
                .select_from(schema.delivery)
                .where(d.feed == "webhook", d.name.startswith("webhook-"))
            )[0][0]
    return int(left + drained)


def main() -> None:
    """Run everything once and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drive", nargs=4, metavar=("PORT", "RUN", "COUNT", "RATE"), help=argparse.SUPPRESS)
    parser.add_argument("--serve", nargs=2, metavar=("HOME", "PORT"), help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true", help="keep the home, with its logs, and say where it is")
    told = parser.parse_args()
    if told.drive:
        port, name, count, rate = told.drive
        drive(int(port), Run(name, int(count), int(rate)))
        return
    if told.serve:
        run(settings_from_environment(Path(told.serve[0])), "127.0.0.1", int(told.serve[1]))
        return
    place = Path(tempfile.mkdtemp(prefix="recoup-bench-"))
    try:
        settings = prepare(place / "home")
        write_deliveries(place / "deliveries", messages=30_000, lines=500_000)
        found: dict[str, Any] = {}
        with server(settings.home) as port:
            for one in RUNS:
                found[one.name] = drive_apart(port, one)
            found[RUN_BESIDE.name] = drive_beside_ingest(port, settings.home, place / "deliveries", RUN_BESIDE)
        acknowledged = sum(found[one.name]["acknowledged"] for one in (*RUNS, RUN_BESIDE))
        found["acknowledged"], found["durable_after_restart"] = acknowledged, durable(settings)
        print(json.dumps(found, indent=2))
    finally:
        if told.keep:
            print(place, file=sys.stderr)
        else:
            shutil.rmtree(place)


if __name__ == "__main__":
    main()
