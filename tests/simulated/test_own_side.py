"""Faults of our own side, each brought about in the running program: found, said, and nothing lost by it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recoup.app import App
from recoup.controls.run import check
from recoup.domain.instants import MINUTE, SECOND
from recoup.errors import StorageProblem
from recoup.intake.arrival import Arrival
from recoup.intake.inbox_drain import Drain
from recoup.intake.pipeline import Report
from recoup.intake.setting_aside import past_failures
from recoup.simulator.known import known_faults
from recoup.storage import inbox as inboxes
from recoup.storage import schema
from recoup.storage.register import open_register
from recoup.watch.checkups import checkups, complaints
from recoup.watch.vitals import Vitals
from tests.controls.home import Home, at
from tests.fakes import stripe_messages as stripe
from tests.fakes.command_line import answer, empty_home, run
from tests.fakes.homes import home
from tests.fakes.served import DOOR, created, now, post, signed, waiting

SECONDS_MAX = 120
HERE = {"O2", "O3", "O4", "O5", "O6", "O8"}
"""The faults of this file."""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with home(tmp_path / "home") as opened:
        yield opened


def test_the_list_of_known_faults_says_that_these_are_tried_here() -> None:
    """No more and no less."""
    assert {fault.fault for fault in known_faults() if fault.state == "on_us"} == HERE


def wait_for(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    until = time.monotonic() + SECONDS_MAX
    while not is_so():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)


def put(app: App, *numbers: int) -> None:
    """Acknowledge messages without a server."""
    opened = app.open_inbox()
    sign = stripe.signature
    opened.put_many(
        [
            inboxes.Arrival(DOOR, now() * SECOND, (("stripe-signature", sign(created(n), now())),), created(n))
            for n in numbers
        ]
    )
    opened.close()


def disputes(app: App) -> set[str]:
    """The disputes of the register."""
    with app.register.reading() as view:
        return {row[0] for row in view.rows(select(schema.dispute.c.partner_dispute_id))}


def breaks(app: App) -> list[tuple[str, str, str]]:
    """Control, likeliest class and severity of what is open."""
    b = schema.break_.c
    with app.register.reading() as view:
        rows = view.rows(select(b.control, b.classes, b.severity).where(b.status == "open").order_by(b.control))
    return [(control, classes.split('"')[1], severity) for control, classes, severity in rows]


def checked_later(app: App, minutes: int) -> None:
    """Somebody checks by hand, some minutes from now by the wall."""
    wall = now() * SECOND + minutes * MINUTE
    check(app.register, wall, app.partners, actor="test", recorded_at=wall)


# --- O2: a message on which the reader fails --------------------------------------------------


def test_a_poisoned_message_is_set_aside_and_the_queue_goes_on(app: App) -> None:
    """Three tries, then it is held with its bytes and found; those behind it have long been read."""
    put(app, *range(1, 8))

    def take(arrivals: Sequence[Arrival]) -> Report:
        if any(arrival.body == created(1) and arrival.broken is None for arrival in arrivals):
            raise ZeroDivisionError("in a reader of ours")
        return app.take(arrivals)

    opened = app.open_inbox()
    drain = Drain(opened, take)
    drain.round()
    assert disputes(app) == {f"dp_{n}" for n in range(2, 8)}, "the others do not wait for it"
    for _ in range(3):
        drain.round()
    assert opened.waiting().arrivals == 0
    opened.close()
    checked_later(app, 0)
    assert ("held_delivery", "reader_fails", "ticket") in breaks(app)
    with app.register.reading() as view:
        (digest,) = view.rows(select(schema.delivery.c.object).where(schema.delivery.c.status == "held"))[0]
    app.again(digest)
    assert "dp_1" in disputes(app), "once the reader is mended its bytes are read again"


def test_a_poisoned_page_of_a_sweep_is_set_aside_and_the_others_come(app: App) -> None:
    """It would else be fetched and fail again in every round; trouble of the disk is nobody's fault and goes on up."""
    pages = [stripe.webhook(created(n), stripe.START, name=f"page-{n}") for n in range(1, 8)]

    def take(arrivals: Sequence[Arrival]) -> Report:
        if any(arrival.body == created(3) and arrival.broken is None for arrival in arrivals):
            raise ZeroDivisionError("in a reader of ours")
        return app.take(arrivals)

    report = past_failures(take)(pages)
    assert (report.deliveries, report.held) == (7, 1)
    assert disputes(app) == {f"dp_{n}" for n in (1, 2, 4, 5, 6, 7)}
    checked_later(app, 0)
    assert ("held_delivery", "reader_fails", "ticket") in breaks(app)

    def no_disk(arrivals: Sequence[Arrival]) -> Report:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        past_failures(no_disk)(pages)


# --- O3: a release that reads otherwise -------------------------------------------------------


def test_a_mapping_that_means_other_things_is_shown_before_it_is_followed(empty: Path) -> None:
    """The replay beside the register says which disputes would change, and the register stands as it was."""
    assert run(None, "partner", "new", "acme", "--dir", str(empty / "partners")).exit_code == 0
    folder = empty / "partners" / "acme"
    given = ("--partner", "acme", "--account", "ours", "--received-at", "2026-03-04T05:00:00Z")
    sample = folder / "samples" / "disputes_2026-03-02.csv"
    answer(empty, "ingest", str(sample), "--feed", "disputes", *given)
    before = answer(empty, "state-hash")
    assert answer(empty, "replay", "--check")["differences"] == []
    codes = folder / "codes.csv"
    codes.write_text(codes.read_text().replace("status,OPEN,chargeback_opened", "status,OPEN,chargeback_lost"))
    told = run(empty, "replay", "--check", "--json")
    assert told.exit_code == 1
    found = {d["part"]: d for d in json.loads(told.stdout)["differences"]}
    assert found["disputes"]["only_before"] == found["disputes"]["only_after"] > 0
    assert all(example.startswith("dis_") for example in found["disputes"]["examples"])
    assert answer(empty, "state-hash") == before
    assert "disputes" in run(empty, "replay", "--check").stdout


# --- O4: a worker that is silent --------------------------------------------------------------


@contextmanager
def worker(app: App) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process on a home, gone at the end whatever happens."""
    command = [sys.executable, "-m", "recoup.portal.worker", "--home", str(app.settings.home)]
    log = app.settings.home.with_name(f"worker-{time.monotonic_ns()}.log")
    with log.open("wb") as out, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()


def token(app: App) -> int:
    """The token of the lease; 0 before anybody took it."""
    with app.register.reading() as view:
        return max((row[0] for row in view.rows(select(schema.lease.c.token))), default=0)


def beats(app: App) -> list[Any]:
    """When a round of each loop last went well."""
    with app.register.reading() as view:
        return [row[0] for row in view.rows(select(schema.heartbeat.c.succeeded_at)) if row[0] is not None]


def test_a_worker_that_was_killed_is_missed_and_the_outside_watcher_hears_nothing(app: App) -> None:
    """While it beats all is well; a quarter of an hour later it is a page, and no sign goes out."""
    told: list[str] = []
    with worker(app) as process:
        wait_for(lambda: len(beats(app)) >= 3)
        vitals = Vitals(app.settings.home, app.register, lambda: now() * SECOND, "https://watch.example/", said(told))
        vitals.round()
        assert told == ["https://watch.example/"]
        process.kill()
        process.wait()
    later = now() * SECOND + 20 * MINUTE
    Vitals(app.settings.home, app.register, lambda: later, "https://watch.example/", said(told)).round()
    assert len(told) == 1, "silence is what the outside watcher hears"
    checked_later(app, 20)
    assert breaks(app) == [("heartbeat_stale", "loop_silent", "page")]
    with app.register.reading() as view:
        assert len(view.rows(select(schema.notice.c.notice))) == 1, "somebody is woken"
        assert any("The worker gave its last sign of life" in text for text in complaints(view, later))


def said(told: list[str]) -> Callable[[str], int]:
    """An outside watcher who writes down that it was told."""

    def ping(url: str) -> int:
        told.append(url)
        return 200

    return ping


def test_a_worker_that_was_told_to_stop_is_not_missed(app: App) -> None:
    """Nobody is woken because a server was shut down."""
    with worker(app) as process:
        wait_for(lambda: len(beats(app)) >= 3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS_MAX) == 0
    checked_later(app, 60)
    assert breaks(app) == []


# --- O5: a disk without room ------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no file system may be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_on_a_full_disk_nothing_is_acknowledged_that_is_not_kept(small_disk: Path) -> None:
    """Every answer is 2xx with its bytes on the disk, or 503; with room again the door takes what is sent again."""
    with home(small_disk / "home") as app:
        filler = small_disk / "filler"
        messages = [signed(created(number)) for number in range(1, 30)]
        answers = [answer.status_code for answer in post(app, *messages, between=lambda: fill(filler))]
        assert answers[0] == 200
        assert set(answers) == {200, 503}
        disk = {c.name: c for c in checkups(app.settings.home, app.settings.watch, app.register, now() * SECOND)}
        assert not disk["disk"].is_ok
        with pytest.raises(StorageProblem):
            Vitals(app.settings.home, app.register, lambda: now() * SECOND, None, said([])).round()
        filler.unlink()
        kept = {arrival.body for arrival in waiting(app)}
        assert {m.body for m, status in zip(messages, answers, strict=True) if status == 200} <= kept
        assert {answer.status_code for answer in post(app, *messages)} == {200}


def fill(path: Path) -> None:
    """Write until the disk has no room."""
    with path.open("wb") as file:
        try:
            while True:
                file.write(b"\x00" * 65_536)
                file.flush()
        except OSError:
            pass


# --- O6: two workers, and a clock that jumps --------------------------------------------------


def test_of_two_workers_one_works_and_the_other_takes_over_when_it_dies(app: App) -> None:
    """What arrives is read once, whoever lives; the second is at work within seconds of the death."""
    with worker(app) as first:
        wait_for(lambda: token(app) == 1 and bool(beats(app)))
        with worker(app):
            put(app, 1)
            wait_for(lambda: disputes(app) == {"dp_1"})
            assert token(app) == 1, "the second stands by"
            first.kill()
            first.wait()
            wait_for(lambda: token(app) == 2)
            put(app, 2)
            wait_for(lambda: disputes(app) == {"dp_1", "dp_2"})


@pytest.mark.slow
def test_a_worker_that_was_stopped_and_wakes_up_writes_nothing(app: App) -> None:
    """Passed over after a minute of silence; when it wakes it sees that, and ends."""
    with worker(app) as first:
        wait_for(lambda: token(app) == 1 and bool(beats(app)))
        with worker(app):
            stop_between_batches(app, first)
            wait_for(lambda: token(app) == 2)
            put(app, 1)
            wait_for(lambda: disputes(app) == {"dp_1"})
            first.send_signal(signal.SIGCONT)
            assert first.wait(SECONDS_MAX) != 0
            put(app, 2)
            wait_for(lambda: disputes(app) == {"dp_1", "dp_2"})
    with app.register.reading() as view:
        names = [row[0] for row in view.rows(select(schema.delivery.c.name))]
    assert len(names) == len(set(names)) == 2


def stop_between_batches(app: App, process: subprocess.Popen[bytes]) -> None:
    """Stop a worker while it does not hold the turn to write, which nobody could take from it."""
    with app.register.noting():
        os.kill(process.pid, signal.SIGSTOP)


# --- O8: noise of our own ---------------------------------------------------------------------


def test_hundreds_of_alarms_of_one_cause_are_one_page(home_of_money: Home) -> None:
    """Each is a break of its own, and one person is woken once."""
    for number in range(300):
        home_of_money.confirmed(f"dp_ghost_{number}", day=0, minor=-20_000)
    home_of_money.check(4)
    assert len(home_of_money.breaks()) == 300
    with home_of_money.register.reading() as view:
        assert len(view.rows(select(schema.incident.c.incident))) == 1
        assert len(view.rows(select(schema.notice.c.notice))) == 1


def test_pages_over_the_budget_are_counted_by_one(home_of_money: Home) -> None:
    """With a budget of one a day the second matter is told as what was held back, and nothing is dropped."""
    home_of_money.payment("ch_dp_1", 2_000_000)
    home_of_money.opened(minor=2_000_000)
    home_of_money.answered()
    home_of_money.settled("dp_2", gross=-3_000_000, fee=0, batch="po_9")
    home_of_money.banked("po_unknown", day=0, minor=4_000_000)
    partners = home_of_money.partners
    check(home_of_money.register, at(8), partners, actor="test", recorded_at=at(8), pages_a_day=1)
    i, n = schema.incident.c, schema.notice.c
    with home_of_money.register.reading() as view:
        held_back = view.rows(select(i.partner, i.family).where(i.is_over_budget == 1))
        told = view.rows(select(n.partner, n.family, n.incidents).where(n.incident.is_(None)))
        paged = view.rows(select(n.partner).where(n.incident.is_not(None)))
    assert held_back, "more than one matter of one partner would page"
    assert sum(count for _, _, count in told) == len(held_back)
    assert {(partner, family) for partner, family, _ in told} == set(held_back)
    assert len(paged) == len(set(paged)), "one page for each partner"


@pytest.fixture
def home_of_money(tmp_path: Path, migrated_file: Path) -> Iterator[Home]:
    """A home that is told facts of money."""
    shutil.copy(migrated_file, tmp_path / "register.db")
    register = open_register(f"sqlite:///{tmp_path / 'register.db'}")
    yield Home(register)
    register.close()


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A home with nothing in it."""
    return empty_home(tmp_path / "home")
