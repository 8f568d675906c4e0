import threading
from pathlib import Path

import pytest

from recoup.errors import StorageProblem
from recoup.storage.turns import Turns


def test_one_thread_at_a_time_has_the_turn(tmp_path: Path) -> None:
    """Threads of one process exclude each other, with one `Turns` or with several on one file."""
    inside: list[int] = []
    seen: list[int] = []

    def work(turns: Turns) -> None:
        for _ in range(50):
            with turns.take():
                inside.append(1)
                seen.append(len(inside))
                inside.pop()

    shared = Turns(tmp_path / "lock")
    threads = [threading.Thread(target=work, args=(turns,)) for turns in (shared, shared, Turns(tmp_path / "lock"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 150


def test_the_turn_is_given_back_on_an_exception(tmp_path: Path) -> None:
    """Whoever fails does not keep others waiting."""
    turns = Turns(tmp_path / "lock")
    with pytest.raises(ValueError, match="x"), turns.take():
        raise ValueError("x")
    with turns.take():
        pass


def test_a_thread_does_not_wait_for_itself(tmp_path: Path) -> None:
    """Taking the turn twice is a slip in the program, and said so at once."""
    turns = Turns(tmp_path / "lock")
    with turns.take(), pytest.raises(StorageProblem, match=r"a second write batch.*\[storage.problem\]"), turns.take():
        pass
