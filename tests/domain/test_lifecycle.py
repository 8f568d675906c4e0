"""MOVES: what leads where, and from where it is expected."""

import pytest

from recoup.domain.lifecycle import OUTCOMES, STAGES, START, Position, read_moves
from recoup.errors import TableInvalid
from tests.domain.told import MOVES

HEADER = ("move", "rank", "stage", "turn", "outcome", "finality", "from_stages", "from_outcomes", "note")


def row(**cells: str) -> dict[str, str]:
    """A row of the table that says what is given, and nothing else."""
    plain = dict.fromkeys(HEADER, "") | {"move": "m", "rank": "1", "from_stages": "*", "from_outcomes": "*"}
    return plain | cells


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "unknown"])
def test_every_stage_is_reachable_by_expected_steps(stage: str) -> None:
    """A walk of moves that are expected where they are taken leads from nothing to each stage."""
    reached = {START}
    frontier = [START]
    while frontier:
        at = frontier.pop()
        ahead = {move.leads_to(at) for move in MOVES.values() if move.step(at) in ("legal", "same")}
        frontier.extend(ahead - reached)
        reached |= ahead
    assert stage in {at.stage for at in reached}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_some_moves_outcome(outcome: str) -> None:
    """No word of the vocabulary is dead."""
    assert outcome in {move.outcome for move in MOVES.values()}


def test_ranks_put_the_later_step_of_one_instant_last() -> None:
    """Told for the same second, a dispute is opened, then reviewed, then decided."""
    ranks = [MOVES[name].rank for name in ("inquiry_opened", "chargeback_opened", "chargeback_under_review", "won")]
    assert ranks == sorted(ranks)


def test_money_back_at_adyen_may_be_taken_again() -> None:
    """A reversal wins provisionally; only a decision wins finally."""
    at = MOVES["chargeback_reversed"].leads_to(Position(stage="chargeback"))
    assert (at.outcome, at.finality) == ("won", "provisional")


def test_keep_keeps_and_absent_becomes_unknown() -> None:
    """A decision on a dispute nobody announced stands at an unknown stage, not at a guessed one."""
    assert MOVES["lost"].leads_to(START).stage == "unknown"
    assert MOVES["lost"].leads_to(Position(stage="arbitration")).stage == "arbitration"
    assert MOVES["unknown"].leads_to(START) == START


@pytest.mark.parametrize(
    "cells",
    [{"stage": "limbo"}, {"turn": "cardholder"}, {"outcome": "draw"}, {"finality": "maybe"}, {"from_stages": "limbo"}],
)
def test_word_outside_the_vocabulary_stops_the_program(cells: dict[str, str]) -> None:
    """A wrong table is a wrong program; the message names the move."""
    with pytest.raises(TableInvalid, match="move m"):
        read_moves([row(**cells)])


def test_move_named_twice_stops_the_program() -> None:
    """Two rows of one name would make the order of the file matter."""
    with pytest.raises(TableInvalid, match="twice"):
        read_moves([row(), row()])
