"""The server as it runs: a process of its own, real sockets, a real worker, and signals."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from recoup.app import App
from recoup.errors import HomeMissing
from recoup.intake.inbox_drain import Drain
from recoup.portal.server import build
from recoup.settings import Settings
from recoup.storage import schema
from tests.fakes import stripe_messages as stripe
from tests.fakes.homes import home
from tests.fakes.served import DOOR, created, signed

UP_SECONDS = 60
SERVE = """
import resource, sys
from pathlib import Path
from recoup.app import settings_from_environment
from recoup.portal.server import run
if int(sys.argv[3]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
run(settings_from_environment(Path(sys.argv[1])), "127.0.0.1", int(sys.argv[2]))
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with home(tmp_path / "home") as opened:
        yield opened


class Running:
    """A server process."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self.process, self.url, self._log = process, url, log

    def log(self) -> str:
        """What it wrote."""
        return self._log.read_text()

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return self.process.wait(UP_SECONDS)


@contextmanager
def running(app: App, *, file_bytes_max: int = 0) -> Iterator[Running]:
    """A server on a free port of this machine, gone at the end whatever happens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    log = app.settings.home / "tmp" / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(app.settings.home), str(port), str(file_bytes_max)],
            stderr=out,
            stdout=out,
            env={**os.environ, "RECOUP_REGISTER_URL": app.settings.register_url},
        )
    found = Running(process, f"http://127.0.0.1:{port}", log)
    try:
        wait_for(lambda: is_up(found))
        yield found
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def is_up(server: Running) -> bool:
    """Whether it answers."""
    assert server.process.poll() is None, server.log()
    with suppress(httpx.TransportError):
        return httpx.get(f"{server.url}/health", timeout=2).status_code == 200
    return False


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    until = time.monotonic() + UP_SECONDS
    while not is_so():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def send(client: httpx.Client, url: str, number: int, *, secret: str = stripe.SECRET) -> int:
    """Post one signed event."""
    message = signed(created(number), secret=secret)
    return client.post(url + DOOR, content=message.body, headers=message.headers, timeout=30).status_code


def disputes(app: App) -> set[str]:
    """The disputes of the register."""
    with app.register.reading() as view:
        return {row[0] for row in view.rows(select(schema.dispute.c.partner_dispute_id))}


def test_webhooks_become_disputes_while_the_server_runs_and_it_stops_in_order(
    tmp_path: Path, register_url: str
) -> None:
    """From a socket to the register, told in the metrics; at the end nothing waits and nothing is left running."""
    with home(tmp_path / "home", register_url) as app:
        _from_socket_to_register(app)


def _from_socket_to_register(app: App) -> None:
    with running(app) as server, httpx.Client() as client:
        assert [send(client, server.url, n) for n in range(1, 21)] == [200] * 20
        assert send(client, server.url, 99, secret="whsec_of_somebody_else") == 401
        wait_for(lambda: disputes(app) == {f"dp_{n}" for n in range(1, 21)})
        wait_for(lambda: 'outcome="read",partner="stripe"} 20.0' in client.get(f"{server.url}/metrics").text)
        # The first check may still be at work when the last message is read.
        checked = 'recoup_loop_last_success_timestamp_seconds{loop="check"}'
        wait_for(lambda: checked in client.get(f"{server.url}/metrics").text)
        assert client.get(f"{server.url}/ready").json()["status"] == "ready"
        assert server.end(signal.SIGTERM) in (0, -signal.SIGTERM)
        assert "Traceback" not in server.log()
        assert "Fatal" not in server.log()
    inbox = app.open_inbox()
    assert inbox.waiting() == (0, None)
    inbox.close()


def test_killed_after_an_acknowledgement_the_bytes_are_there(app: App) -> None:
    """Nothing that was acknowledged is lost, wherever the kill hits; what was taken in twice is there once."""
    acknowledged: set[str] = set()
    for turn in range(3):
        with running(app) as server, httpx.Client() as client:
            killed_at = time.monotonic() + 0.3 + 0.2 * turn
            number = 1_000 * turn
            with suppress(httpx.TransportError):
                while True:
                    number += 1
                    if time.monotonic() > killed_at and server.process.poll() is None:
                        server.process.kill()
                    if send(client, server.url, number) == 200:
                        acknowledged.add(f"dp_{number}")
            server.process.wait(UP_SECONDS)
    assert len(acknowledged) > 10
    inbox = app.open_inbox()
    drain = Drain(inbox, app.take)
    while inbox.waiting()[0]:
        drain.round()
    inbox.close()
    assert disputes(app) >= acknowledged
    with app.register.reading() as view:
        names = [row[0] for row in view.rows(select(schema.delivery.c.name))]
        told = view.rows(select(schema.observation.c.partner_dispute_id))
    assert len(names) == len(set(names))
    assert len(told) == len(set(told))


def test_a_worker_that_was_killed_is_started_again(app: App) -> None:
    """Emptying the inbox goes on; the door has not noticed."""
    with running(app) as server, httpx.Client() as client:
        assert send(client, server.url, 1) == 200
        wait_for(lambda: disputes(app) == {"dp_1"})
        (worker,) = children(server.process.pid)
        os.kill(worker, signal.SIGKILL)
        assert send(client, server.url, 2) == 200
        wait_for(lambda: disputes(app) == {"dp_1", "dp_2"})
        assert "recoup_worker_starts_total 2.0" in client.get(f"{server.url}/metrics").text


def test_a_worker_ends_with_the_server_that_started_it(app: App) -> None:
    """A server that was killed leaves nobody behind who works on its home."""
    with running(app) as server:
        wait_for(lambda: len(children(server.process.pid)) == 1)
        (worker,) = children(server.process.pid)
        server.end(signal.SIGKILL)
        wait_for(lambda: not Path(f"/proc/{worker}/cmdline").exists() or not is_alive(worker))


def test_a_full_disk_is_not_acknowledged(app: App) -> None:
    """The kernel refuses to let the file grow: 503 until there is room, and what was acknowledged is there."""
    app.open_inbox().close()
    size = max(path.stat().st_size for path in app.settings.home.glob("*.db*"))
    with running(app, file_bytes_max=size + 400_000) as server, httpx.Client() as client:
        answers = [send(client, server.url, number) for number in range(1, 2_001)]
    assert set(answers) == {200, 503}
    inbox = app.open_inbox()
    kept = {a.body for a in inbox.take(10_000)}
    inbox.close()
    drained = disputes(app)
    for number, status in enumerate(answers, start=1):
        assert status == 503 or created(number) in kept or f"dp_{number}" in drained


def test_a_hundred_senders_at_once_are_all_answered(app: App) -> None:
    """Real connections, equal messages and different ones, in one instant."""

    async def run(url: str) -> list[int]:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=100), timeout=30) as client:
            messages = [signed(created(1 + n % 2)) for n in range(100)]
            posts = [client.post(url + DOOR, content=m.body, headers=m.headers) for m in messages]
            return [answer.status_code for answer in await asyncio.gather(*posts)]

    with running(app) as server:
        assert asyncio.run(run(server.url)) == [200] * 100
        wait_for(lambda: disputes(app) == {"dp_1", "dp_2"})
    with app.register.reading() as view:
        assert len(view.rows(select(schema.observation.c.observation))) == 2


def test_there_is_no_server_without_a_home(tmp_path: Path) -> None:
    """It says so before it listens."""
    with pytest.raises(HomeMissing):
        build(Settings(tmp_path, f"sqlite:///{tmp_path / 'register.db'}"))


def children(pid: int) -> list[int]:
    """The processes that a process started and that still run."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    threads = Path(f"/proc/{pid}/task").iterdir()
    found = {int(c) for t in threads for c in (t / "children").read_text().split()} | {int(c) for c in text.split()}
    return sorted(found)


def is_alive(pid: int) -> bool:
    """Whether a process runs, rather than waits to be buried."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False
