import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sqlalchemy import select

from recoup.app import App
from recoup.intake.directory import AccountSetup, Key, Setup
from recoup.portal.loops import Told
from recoup.portal.worker import WorkerProcess, work
from recoup.storage import schema
from recoup.storage.inbox import Arrival
from tests.fakes import stripe_messages as stripe
from tests.fakes.homes import home
from tests.fakes.served import created, now

API_KEY = "sk_test_of_the_tests"
SECONDS_MAX = 60
AT_ONCE = {"drain", "sweep", "check", "notices", "vitals", "pulse"}
"""The loops that do not wait before their first round."""


@contextmanager
def api(*disputes: dict[str, object]) -> Iterator[tuple[str, list[str]]]:
    """Stripe's API on this machine: its address, and the paths it was asked for."""
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            is_let_in = self.headers["authorization"] == f"Bearer {API_KEY}"
            found = disputes if self.path.startswith("/v1/disputes?") else ()
            body = stripe.page(*found)
            self.send_response(200 if is_let_in else 401)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def swept_home(place: Path, url: str | None) -> Iterator[App]:
    """A home with one account whose API is at an address."""
    keys = (Key("one", stripe.SECRET), Key("api", API_KEY))
    account = AccountSetup("stripe", stripe.ACCOUNT, "UTC", key=keys, api_url=url)
    with home(place, setup=Setup(account=(account,))) as app:
        yield app


def put(app: App, *bodies: bytes) -> None:
    """Acknowledge messages without a server."""
    inbox = app.open_inbox()
    inbox.put_many(
        [
            Arrival("/webhooks/stripe", now() * 1_000_000, (("stripe-signature", stripe.signature(b, now())),), b)
            for b in bodies
        ]
    )
    inbox.close()


def disputes(app: App) -> set[str]:
    """The disputes of the register."""
    with app.register.reading() as view:
        return {row[0] for row in view.rows(select(schema.dispute.c.partner_dispute_id))}


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    until = time.monotonic() + SECONDS_MAX
    while not is_so():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_all_loops_do_their_work_and_stop(tmp_path: Path) -> None:
    """What was pushed is drained, what was not is swept, and what follows from both is checked."""
    with api(stripe.dispute(7)) as (url, asked), swept_home(tmp_path / "home", url) as app:
        put(app, created(1))
        told: list[Told] = []
        stop, inbox = threading.Event(), app.open_inbox()
        working = threading.Thread(target=work, args=(app, inbox, stop, told.append))
        working.start()
        wait_for(lambda: {t.loop for t in told} >= AT_ONCE and disputes(app) == {"dp_1", "dp_7"})
        stop.set()
        working.join(SECONDS_MAX)
        inbox.close()
        assert not working.is_alive()
        assert [t.failed for t in told if t.failed] == []
        assert any(path.startswith("/v1/disputes?") for path in asked)


def test_an_api_that_does_not_let_us_in_fails_the_sweep_alone(tmp_path: Path) -> None:
    """It is told; the inbox is emptied all the same."""
    with api() as (url, _), swept_home(tmp_path / "home", url) as app:
        keys = (Key("one", stripe.SECRET), Key("api", "sk_test_withdrawn"))
        app.apply(Setup(account=(AccountSetup("stripe", stripe.ACCOUNT, "UTC", key=keys, api_url=url),)))
        put(app, created(1))
        told: list[Told] = []
        stop, inbox = threading.Event(), app.open_inbox()
        working = threading.Thread(target=work, args=(app, inbox, stop, told.append))
        working.start()
        wait_for(lambda: any(t.loop == "sweep" for t in told) and disputes(app) == {"dp_1"})
        stop.set()
        working.join(SECONDS_MAX)
        inbox.close()
        assert {t.failed for t in told if t.loop == "sweep"} == {"PartnerUnreachable"}
        assert {t.failed for t in told if t.loop != "sweep"} == {""}


def test_the_process_tells_its_server_what_it_does_and_stops_when_asked(tmp_path: Path) -> None:
    """Started once, heard, stopped within its time."""
    with swept_home(tmp_path / "home", None) as app:
        put(app, created(1), created(2))
        heard: list[Told] = []
        starts: list[int] = []
        process = WorkerProcess(app.settings.home, heard.append, lambda: starts.append(1))
        process.start()
        try:
            wait_for(lambda: any(t.loop == "drain" and t.deliveries for t in heard))
        finally:
            began = time.monotonic()
            process.stop()
        assert time.monotonic() - began < 20
        assert starts == [1]
        assert disputes(app) == {"dp_1", "dp_2"}
        assert [t.deliveries for t in heard if t.deliveries] == [[("stripe", "webhook", "read", 2)]]


def test_a_worker_without_a_home_is_tried_again_slowly(tmp_path: Path) -> None:
    """It ends at once, and is not started again and again in a hurry."""
    starts: list[float] = []
    process = WorkerProcess(tmp_path / "nowhere", lambda _: None, lambda: starts.append(time.monotonic()))
    process.start()
    wait_for(lambda: len(starts) == 2)
    process.stop()
    assert starts[1] - starts[0] > 1
