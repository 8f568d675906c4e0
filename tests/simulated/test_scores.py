"""Every fault that can be simulated, alone in a world of its own: found, explained, and nothing beside it."""

from pathlib import Path

import pytest

from recoup.app.scoring import score_directory
from recoup.simulator import FAULTS, simulate
from recoup.simulator.faults import partners_of
from recoup.simulator.score import Score
from tests.fakes.command_line import settings_of

SEED, DAYS = 5, 26
SAMPLE = ("F1", "M2", "Q6")
"""One of files, one of messages, one of money: the rest takes minutes."""
NOT_YET: dict[str, str] = {}
"""Faults that are missed or explained otherwise, and what is missing."""
BY_FILE_ALONE = ("jpmorgan", "sepa")
"""Partners of which a late file or an odd word in one is a break that names no dispute of it yet."""


def scored(room: Path, fault: str) -> Score:
    """The score of a world with this fault, of the partners that are usual, or of the one that it befalls."""
    out, calls = room / "world", FAULTS[fault].needs_calls
    simulate(SEED, DAYS, out, (fault,), 40, disputes_per_10k=350, partners=partners_of(fault), calls=calls)
    return score_directory(room / "world", settings_of(room / "home"))


def assert_met(found: Score) -> None:
    """The one fault was met as it should be, without false alarm."""
    (row,) = found.per_fault
    assert found.alarms == []
    assert row.verdict != "missed", row.replay
    assert row.twin != "differs", "nothing of it is left"
    assert set(found.value_explained_pct.values()) <= {100.0}
    assert set(found.clearing_explained_pct.values()) <= {100.0}, found.clearing_explained_pct
    if row.verdict == "found":
        assert row.class_place == 1, (row.cause, row.class_, row.control)
        assert row.is_in_time, row.latency_minutes
        assert row.disputes_more == 0 or row.disputes_true > 1
        assert found.affected_precision_pct in (None, 100.0), row.affected
        assert row.partner in BY_FILE_ALONE or found.affected_recall_pct in (None, 100.0), row.affected


@pytest.mark.parametrize("fault", SAMPLE)
def test_a_fault_is_found_and_named(fault: str, tmp_path: Path) -> None:
    """A break with the right partner and cause, about what was hit, within minutes of the first evening or due time."""
    assert_met(scored(tmp_path, fault))


@pytest.mark.slow
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in (*SAMPLE, *NOT_YET)])
def test_every_fault_is_found_and_named(fault: str, tmp_path: Path) -> None:
    """As the sample, for all others."""
    assert_met(scored(tmp_path, fault))


@pytest.mark.slow
@pytest.mark.parametrize("fault", list(NOT_YET))
@pytest.mark.xfail(strict=True, reason="known not to be met yet: see NOT_YET")
def test_what_is_not_met_yet_is_known(fault: str, tmp_path: Path) -> None:
    """Whoever mends one takes it from the list."""
    assert_met(scored(tmp_path, fault))


def test_partners_that_are_asked_are_lived_through(tmp_path: Path) -> None:
    """Sweeps of our own fetch what a directory does not hold; a key that is refused is found within minutes."""
    simulate(
        *(SEED, 9, tmp_path / "world", ("P2@6",), 15), disputes_per_10k=900, partners=("klarna",), calls=True
    )  # fmt: skip
    found = score_directory(tmp_path / "world", settings_of(tmp_path / "home"))
    assert_met(found)
    assert found.per_fault[0].latency_minutes == 5
