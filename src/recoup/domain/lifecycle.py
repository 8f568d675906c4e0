"""MOVES: which steps a dispute can take, as a table.

The rows are in `tables/moves.csv`. A move names where it leads (stage, turn,
outcome, finality), from where it is expected, and its rank, which orders moves
told for the same instant. This module reads rows and answers questions; the
fold in `dispute.py` takes the steps.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from recoup.errors import TableInvalid

Stage = Literal[
    "inquiry",
    "collaboration",
    "chargeback",
    "representment",
    "second_chargeback",
    "pre_arbitration",
    "arbitration",
    "appeal",
    "return",
    "dishonored",
    "contested",
    "unknown",
]
Turn = Literal["merchant", "us", "partner", "issuer", "network", "nobody", "unknown"]
Outcome = Literal[
    "won", "lost", "split", "accepted", "expired", "withdrawn", "refunded", "prevented", "closed_no_debit", "unknown"
]
Step = Literal["legal", "same", "jump", "regression"]

STAGES: tuple[str, ...] = Stage.__args__  # type: ignore[attr-defined]
TURNS: tuple[str, ...] = Turn.__args__  # type: ignore[attr-defined]
OUTCOMES: tuple[str, ...] = Outcome.__args__  # type: ignore[attr-defined]
KEEP = "="
ANY = "*"


class Position(msgspec.Struct, frozen=True, gc=False):
    """Where a dispute stands; None means that nothing has been said yet."""

    stage: str | None = None
    turn: str = "unknown"
    outcome: str | None = None
    finality: str | None = None
    rank: int = -1
    """Rank of the latest move taken."""


START = Position()


class Move(msgspec.Struct, frozen=True, gc=False):
    """One row of MOVES."""

    name: str
    rank: int
    stage: str | None
    turn: str | None
    outcome: str | None
    finality: str | None
    from_stages: frozenset[str]
    from_outcomes: frozenset[str]
    note: str

    def leads_to(self, at: Position) -> Position:
        """The position after this move: `=` keeps what there was, or says `unknown` where nothing was said."""
        stage = (at.stage or "unknown") if self.stage == KEEP and self.name != "unknown" else self.stage
        return Position(
            stage=at.stage if stage == KEEP else stage,
            turn=at.turn if self.turn == KEEP else (self.turn or "unknown"),
            outcome=at.outcome if self.outcome == KEEP else self.outcome,
            finality=at.finality if self.finality == KEEP else self.finality,
            rank=at.rank if self.outcome == KEEP else self.rank,
        )

    def step(self, at: Position) -> Step:
        """Say what kind of step this move is from here.

        `jump` skips steps forward: it is taken, with a finding. `regression`
        goes back to where a dispute cannot return: it is not taken.
        """
        target = self.leads_to(at)
        if (target.stage, target.turn, target.outcome) == (at.stage, at.turn, at.outcome):
            return "same"
        if self._expects(at):
            return "legal"
        return "jump" if self.rank >= at.rank else "regression"

    def _expects(self, at: Position) -> bool:
        stage = at.stage or "start"
        outcome = at.outcome if at.outcome not in (None, "unknown") else "open"
        stage_fits = ANY in self.from_stages or stage in self.from_stages or stage == "unknown"
        return stage_fits and (ANY in self.from_outcomes or outcome in self.from_outcomes)


Moves = Mapping[str, Move]


def read_moves(rows: Iterable[Mapping[str, str]]) -> dict[str, Move]:
    """The MOVES table by name.

    Raises:
      TableInvalid: A stage, turn, outcome or finality outside the vocabulary, or a move named twice.
    """
    moves: dict[str, Move] = {}
    for row in rows:
        move = _read(row)
        if move.name in moves:
            raise _invalid(row, f"move {move.name} twice", "each move once")
        moves[move.name] = move
    return moves


def _read(row: Mapping[str, str]) -> Move:
    _check(row, "stage", (*STAGES, KEEP, ""))
    _check(row, "turn", (*TURNS, KEEP, ""))
    _check(row, "outcome", (*OUTCOMES, KEEP, ""))
    _check(row, "finality", ("provisional", "final", KEEP, ""))
    return Move(
        name=row["move"],
        rank=int(row["rank"]),
        stage=row["stage"] or None,
        turn=row["turn"] or None,
        outcome=row["outcome"] or None,
        finality=row["finality"] or None,
        from_stages=_set(row, "from_stages", (*STAGES, "start", ANY)),
        from_outcomes=_set(row, "from_outcomes", (*OUTCOMES, "open", ANY)),
        note=row["note"],
    )


def _set(row: Mapping[str, str], column: str, vocabulary: tuple[str, ...]) -> frozenset[str]:
    words = frozenset(row[column].split("|"))
    if unknown := words.difference(vocabulary):
        raise _invalid(row, f"{column} {sorted(unknown)}", f"some of {', '.join(vocabulary)}")
    return words


def _check(row: Mapping[str, str], column: str, vocabulary: tuple[str, ...]) -> None:
    if row[column] not in vocabulary:
        raise _invalid(row, f"{column} {row[column]!r}", f"one of {', '.join(vocabulary)}")


def _invalid(row: Mapping[str, str], found: str, wanted: str) -> TableInvalid:
    return TableInvalid(where=f"moves.csv, move {row['move']}", found=found, wanted=wanted, remedy="Mend the table.")
