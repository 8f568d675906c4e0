"""One worker at a time, and an old one that wakes up writes nothing: on both databases."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from recoup.errors import LeaseLost, StorageProblem
from recoup.storage import schema
from recoup.storage.lease import Lease
from recoup.storage.register import Register


class Watch:
    """Elapsed seconds as a test wants them."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """Say how many have passed."""
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def lease_at(register: Register, tmp_path: Path, watch: Watch) -> Callable[[str], Lease]:
    """A worker of its own at a place; workers of one place are on one machine."""

    def make(place: str) -> Lease:
        (tmp_path / place).mkdir(exist_ok=True)
        return Lease(register, tmp_path / place, lambda: 7, elapsed=watch)

    return make


def test_one_takes_it_and_others_wait(lease_at: Callable[[str], Lease]) -> None:
    """As long as the holder lives."""
    first, second = lease_at("here"), lease_at("here")
    assert first.try_take()
    assert not second.try_take()
    first.renew()
    assert not second.try_take()


def test_given_back_it_is_free_at_once_and_the_token_grows(lease_at: Callable[[str], Lease]) -> None:
    """No token is used twice."""
    first, second = lease_at("here"), lease_at("there")
    first.try_take()
    first.release()
    assert second.try_take()
    assert (first.token, second.token) == (1, 2)


def test_a_death_on_this_machine_is_known_at_once(lease_at: Callable[[str], Lease]) -> None:
    """The kernel gives the lock of a dead process back."""
    first, second = lease_at("here"), lease_at("here")
    first.try_take()
    assert first._lock is not None
    first._lock.close()  # what the kernel does for a process that was killed
    assert second.try_take()


def test_a_silent_holder_is_passed_over_by_the_watchers_own_time(
    lease_at: Callable[[str], Lease], watch: Watch
) -> None:
    """Its row must stand still for a minute; that it is renewed in between starts the minute again."""
    first, second = lease_at("here"), lease_at("there")
    first.try_take()
    assert not second.try_take()
    watch.seconds = 59
    first.renew()
    assert not second.try_take()
    watch.seconds = 61
    assert not second.try_take(), "it was renewed two seconds ago"
    watch.seconds = 119
    assert second.try_take()


def test_one_that_wakes_up_writes_nothing(
    lease_at: Callable[[str], Lease], watch: Watch, register: Register, tmp_path: Path
) -> None:
    """Neither a renewal nor a batch of facts, whatever it had begun to work out."""
    first, second = lease_at("here"), lease_at("there")
    first.try_take()
    second.try_take()
    watch.seconds = 60
    assert second.try_take()
    with pytest.raises(LeaseLost):
        first.renew()
    zombie = Register(register.database)
    zombie.stand_behind(first.check)
    with (
        pytest.raises(LeaseLost, match="token 2 holds it; wanted token 1"),
        zombie.transaction("serve", "land", "one", 0) as batch,
    ):
        batch.upsert(schema.setting, [("who", "zombie")])
    first.release()
    second.renew()
    live = Register(register.database)
    live.stand_behind(second.check)
    with live.transaction("serve", "land", "one", 0) as batch:
        batch.upsert(schema.setting, [("who", "live")])
    with register.reading() as view:
        assert view.rows(select(schema.setting)) == [("who", "live")]


def test_of_many_at_once_one_gets_it(lease_at: Callable[[str], Lease]) -> None:
    """Eight workers start in the same moment."""
    workers = [lease_at("here") for _ in range(8)]
    got: list[bool] = []
    threads = [threading.Thread(target=lambda w=w: got.append(w.try_take())) for w in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 7 + [True]


def test_a_note_holds_no_facts(register: Register) -> None:
    """What leaves no audit row may write only where nothing is a fact; the rest is refused whole."""
    with pytest.raises(StorageProblem, match="a note in setting"), register.noting() as batch:
        batch.upsert(schema.setting, [("a", "b")])
    with register.reading() as view:
        assert view.rows(select(schema.setting)) == []
        before = len(view.rows(select(schema.audit)))
    with register.noting() as batch:
        batch.upsert(schema.clock_jump, [(1, 2, 3)])
    with register.reading() as view:
        assert len(view.rows(select(schema.audit))) == before
