import asyncio
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from recoup.errors import StorageProblem
from recoup.storage import inbox as inbox_room
from recoup.storage.inbox import Arrival, Inbox, open_inbox
from recoup.storage.keys import HomeKey

KEY = HomeKey(b"k" * 32)
HEADERS = (("Content-Type", "application/json"), ("Stripe-Signature", "t=1,v1=ab"), ("X", "1"), ("X", "2"))
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def inbox(register_url: str, tmp_path: Path) -> Iterator[Inbox]:
    """An empty inbox: a file of its own, or a table beside the register."""
    opened = open_inbox(register_url, tmp_path / "inbox.db", KEY)
    yield opened
    opened.close()


def arrival(number: int, body: bytes = b'{"id": "evt_1"}') -> Arrival:
    return Arrival("/webhooks/stripe/acct_1", 1_000 + number, HEADERS, body)


def put_all(inbox: Inbox, arrivals: list[Arrival]) -> list[BaseException | None]:
    async def put() -> list[BaseException | None]:
        return await asyncio.gather(*(inbox.put(a) for a in arrivals), return_exceptions=True)

    return asyncio.run(put())


def test_an_arrival_comes_out_as_it_went_in(inbox: Inbox) -> None:
    """Headers in their order and with their doubles, the body byte for byte, and a number."""
    put_all(inbox, [arrival(1, b"\x00\xff raw")])
    (taken,) = inbox.take(10)
    assert replace(taken, number=0) == arrival(1, b"\x00\xff raw")
    assert taken.number > 0


def test_many_at_once_all_stay(inbox: Inbox) -> None:
    """More than one group at once: each is there once, and everyone is told."""
    assert put_all(inbox, [arrival(n) for n in range(1_200)]) == [None] * 1_200
    assert inbox.waiting() == (1_200, 1_000)
    assert sorted(a.received_at for a in inbox.take(5_000)) == [1_000 + n for n in range(1_200)]


def test_exact_redeliveries_are_arrivals_of_their_own(inbox: Inbox) -> None:
    """The same bytes twice, even in the same instant, are two rows with two numbers."""
    put_all(inbox, [arrival(1), arrival(1)])
    one, two = inbox.take(10)
    assert one.number != two.number
    assert replace(one, number=0) == replace(two, number=0)


def test_taking_takes_nothing_away(inbox: Inbox) -> None:
    """What is not `done` comes again, oldest first, so a crash between landing and done loses nothing."""
    inbox.put_many([arrival(n) for n in range(5)])
    first = inbox.take(3)
    assert inbox.take(3) == first
    inbox.done([a.number for a in first])
    assert [a.received_at for a in inbox.take(3)] == [1_003, 1_004]


def test_done_twice_is_done_once(inbox: Inbox) -> None:
    """The drain may forget what it forgot already, and a number never comes back."""
    inbox.put_many([arrival(1)])
    (taken,) = inbox.take(1)
    inbox.done([taken.number])
    inbox.done([taken.number])
    inbox.done([])
    inbox.put_many([arrival(2)])
    (later,) = inbox.take(1)
    assert later.number > taken.number
    assert inbox.waiting() == (1, 1_002)


def test_an_empty_inbox_has_no_oldest(inbox: Inbox) -> None:
    """Nothing waits, and nothing is guessed."""
    assert inbox.waiting() == (0, None)
    assert inbox.take(10) == []


def test_no_body_or_header_is_readable_in_the_database(inbox: Inbox) -> None:
    """All that a sender said is sealed; another home's key does not open it."""
    inbox.put_many([arrival(1, b"cardholder"), arrival(1, b"cardholder")])
    with inbox._database.reading() as connection:
        rows = connection.execute(text("select sealed from inbox_arrival")).fetchall()
    sealed = [bytes(row[0]) for row in rows]
    assert not any(word in one for one in sealed for word in (b"cardholder", b"Signature"))
    assert sealed[0] != sealed[1]
    with pytest.raises(StorageProblem, match="bytes that the home's key does not open"):
        Inbox(inbox._database, HomeKey(b"o" * 32)).take(1)


def test_a_row_moved_to_another_endpoint_does_not_open(inbox: Inbox) -> None:
    """What arrived for one account cannot be passed off as another's."""
    inbox.put_many([arrival(1)])
    with inbox._database.writing() as connection:
        connection.execute(text("update inbox_arrival set endpoint = '/webhooks/stripe/acct_2'"))
    with pytest.raises(StorageProblem, match="does not open"):
        inbox.take(1)


def test_a_failure_to_write_reaches_everyone_who_waits(inbox: Inbox) -> None:
    """Nobody is told that it is safe, nobody hangs; and when the disk is back, so is the inbox."""
    with inbox._database.writing() as connection:
        connection.execute(text("alter table inbox_arrival rename to gone"))
    answers = put_all(inbox, [arrival(n) for n in range(20)])
    assert {str(type(answer).__name__) for answer in answers} == {"StorageProblem"}
    with inbox._database.writing() as connection:
        connection.execute(text("alter table gone rename to inbox_arrival"))
    assert put_all(inbox, [arrival(1)]) == [None]
    assert inbox.waiting().arrivals == 1


def test_too_many_waiting_are_refused(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk does not keep up, senders are told to try again before memory runs out."""
    monkeypatch.setattr(inbox_room, "WAITING_MAX", 0)
    (answer,) = put_all(inbox, [arrival(1)])
    assert "wanted a disk that keeps up" in str(answer)


def test_closing_writes_what_waits(register_url: str, tmp_path: Path) -> None:
    """An arrival that was accepted before the end is there afterwards."""

    async def put_and_close() -> None:
        closing = open_inbox(register_url, tmp_path / "inbox.db", KEY)
        waiting = [asyncio.ensure_future(closing.put(arrival(n))) for n in range(50)]
        await asyncio.sleep(0)
        await asyncio.to_thread(closing.close)
        await asyncio.gather(*waiting)

    asyncio.run(put_and_close())
    again = open_inbox(register_url, tmp_path / "inbox.db", KEY)
    assert again.waiting().arrivals == 50
    again.close()


def put_and_tell(path: Path, told: Path) -> None:
    inbox = open_inbox("sqlite:///unused", path, KEY)

    async def put() -> None:
        with open(told, "a", buffering=1) as file:
            for number in range(1_000_000):
                await inbox.put(arrival(number))
                file.write(f"{number}\n")

    asyncio.run(put())


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """Every arrival whose put returned is there after the process was killed."""
    told = tmp_path / "told"
    process = SPAWN.Process(target=put_and_tell, args=(tmp_path / "inbox.db", told))
    process.start()
    while not told.exists() or told.stat().st_size < 1_000:
        time.sleep(0.01)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    acknowledged = {1_000 + int(line) for line in told.read_text().split("\n")[:-1]}
    inbox = open_inbox("sqlite:///unused", tmp_path / "inbox.db", KEY)
    assert acknowledged <= {a.received_at for a in inbox.take(1_000_000)}
    inbox.close()
