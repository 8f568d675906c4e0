"""A settled line that is told before its payout is known, and then in one payout or in several."""

import shutil
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recoup.intake.state_hash import state_hash
from recoup.intake.taking import BOOKED_AGAIN
from recoup.storage import schema
from recoup.storage.register import open_register
from tests.controls.home import Home, at, iso, ours

Telling = tuple[int, str | None]
"""The day on which it landed, and the payout that it names."""
FEED = "balance_transactions"
KINDS: dict[str, dict[str, Any]] = {
    "charge": {"kind": "charge", "gross_minor": 7000, "net_minor": 7000},
    "dispute": {"kind": "dispute", "gross_minor": -5000, "net_minor": -5000, "partner_dispute_id": "dp_1"},
}


def told(home: Home, kind: str, day: int, payout: str | None) -> None:
    line = {**KINDS[kind], "identity": "txn_1", "batch": payout, "effective_on": iso(0), "occurred_at": at(0)}
    home.report(day, [line], feed=FEED, landed_at=at(day), name=f"{day}_{payout}")


def state(template: Path, kind: str, tellings: Sequence[Telling]) -> tuple[str, list[tuple[Any, ...]]]:
    """What stands after these tellings, read in this order: its hash, and the line with what its totals are."""
    with TemporaryDirectory() as room:
        register = open_register(f"sqlite:///{shutil.copy(template, Path(room) / 'register.db')}")
        home = Home(register)
        for day, payout in tellings:
            told(home, kind, day, payout)
        with register.reading() as view:
            line, total = schema.money_line.c, schema.settlement_total.c
            rows = view.rows(select(line.batch, line.delivery, line.landed_at, line.gross_minor))
            rows += sorted(view.rows(select(total.delivery, total.batch, total.net_minor, total.landed_at)))
            found = state_hash(view, []), rows
        register.close()
        return found


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_of_two_payouts_the_earlier_told_counts_in_any_order(migrated_file: Path, kind: str) -> None:
    """Told without a payout, then in one, then in another: six orders of reading, one state."""
    tellings = [(1, None), (2, "po_b"), (3, "po_a")]
    states = [state(migrated_file, kind, order) for order in permutations(tellings)]
    assert all(found == states[0] for found in states)
    batch, _, landed_at, _ = states[0][1][0]
    assert (batch, landed_at) == ("po_b", at(1))


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(
        st.tuples(st.integers(0, 4), st.sampled_from([None, "po_a", "po_b"])), min_size=2, max_size=4, unique=True
    ),
    st.randoms(use_true_random=False),
)
def test_any_order_of_reading_gives_one_state(
    migrated_file: Path, kind: str, tellings: list[Telling], chance: Any
) -> None:
    """Whatever was told when, and however often."""
    other = [*tellings, *tellings[:1]]
    chance.shuffle(other)
    assert state(migrated_file, kind, other) == state(migrated_file, kind, tellings)


@pytest.mark.parametrize(
    ("day", "batch", "gross", "check"),
    [
        (4, "STM-2", -5000, BOOKED_AGAIN),
        (4, "STM-2", -5100, "money.restated"),
        (1, "STM-2", -5000, "money.restated"),
        (4, "STM-1", -5000, "money.restated"),
    ],
)
def test_equal_money_of_another_day_under_another_reference_is_booked_again(
    day: int, batch: str, gross: int, check: str, migrated_file: Path, tmp_path: Path
) -> None:
    """A correction keeps the day or the reference of what it corrects, or tells another amount; the books hold one."""
    register = open_register(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'register.db')}")
    home = Home(register)
    for on, name, minor in ((1, "STM-1", -5000), (day, batch, gross)):
        home.settled(day=on, gross=minor, fee=0, identity="dp_1|return", batch=name)
    with register.reading() as view:
        found = view.rows(select(schema.finding.c.check_, schema.finding.c.dispute))
        held = view.rows(select(schema.money_line.c.money_line))
    register.close()
    assert found == [(check, ours("dp_1"))]
    assert len(held) == 1


def test_two_payouts_of_one_line_stay_a_finding(migrated_file: Path, tmp_path: Path) -> None:
    """One of them counts; that they differ is said."""
    register = open_register(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'register.db')}")
    home = Home(register)
    for day, payout in ((1, None), (2, "po_b"), (3, "po_a")):
        told(home, "charge", day, payout)
    with register.reading() as view:
        found = view.rows(select(schema.finding.c.check_, schema.finding.c.found, schema.finding.c.wanted))
    register.close()
    assert [check for check, *_ in found] == ["money.restated"]
    assert ("batch po_a" in found[0][1], "batch po_b" in found[0][2]) == (True, True)
