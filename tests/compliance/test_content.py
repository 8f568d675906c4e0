import shutil
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recoup.storage.register import open_register
from tests.compliance.days import hashes
from tests.controls.home import Home, iso

Step = Callable[[Home], object]
STEPS: tuple[Step, ...] = (
    lambda home: home.payment("ch_dp_1"),
    lambda home: home.opened("dp_1"),
    lambda home: home.settled("dp_1"),
    lambda home: home.sold(),
    lambda home: home.confirmed("dp_1"),
    lambda home: home.confirmed("dp_1", kind="dispute_fee", minor=-1500),
    lambda home: home.paid(),
    lambda home: home.banked(),
    lambda home: home.answered("dp_1"),
    lambda home: home.won("dp_1"),
    lambda home: home.settled("dp_1", day=8, gross=5000, fee=0, batch="po_2"),
    lambda home: home.confirmed("dp_1", day=8, kind="dispute_credit", minor=5000),
    lambda home: home.opened("dp_2", day=1, minor=700),
)
EXAMPLES = 10
"""Each makes a home of its own."""
TWICE = st.sets(st.integers(0, len(STEPS) - 1), max_size=3)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(STEPS))), twice=TWICE)
def test_no_order_of_arrival_and_no_repetition_shows_in_what_is_sealed(
    order: list[int], twice: set[int], tmp_path: Path, migrated_file: Path
) -> None:
    """The same facts, the same hash of every day of every account."""
    told = [
        told_in(order + sorted(twice), tmp_path, migrated_file),
        told_in(list(range(len(STEPS))), tmp_path, migrated_file),
    ]
    assert told[0] == told[1]


def told_in(order: list[int], tmp_path: Path, migrated_file: Path) -> dict[tuple[str, str, str], str]:
    """The hashes of the days of a home that was told the steps in this order."""
    path = tmp_path / "register.db"
    for leftover in tmp_path.glob("register.db*"):
        leftover.unlink()
    shutil.copy(migrated_file, path)
    register = open_register(f"sqlite:///{path}")
    home = Home(register)
    for step in order:
        STEPS[step](home)
    found = hashes(home)
    register.close()
    return found


def test_another_amount_is_another_hash_on_its_day_alone(home_with: Callable[..., Home]) -> None:
    """Both the line and what is booked of it are facts of the day on which it moved."""
    one, other = home_with(), home_with()
    one.clean_story()
    other.clean_story(without=("settled",))
    other.settled(gross=-5001, identity="txn_dp_1_1_-5000")
    here, there = hashes(one), hashes(other)
    assert {key[2] for key in here if here[key] != there[key]} == {iso(1)}
