"""Outcome and money: how many debits and credits a dispute that stands somewhere must have, "none" included.

Each partner's folder has its table, `outcome_money.csv`, since partners differ in when they take
and give back. Nothing is opened here: the folder gives the text. A row that was not read in a
primary text informs a person; what it may do beyond that, its reader decides by the grade.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from recoup.domain.lifecycle import OUTCOMES, STAGES
from recoup.domain.rows import Row
from recoup.domain.table import Problem, Table

Term = Literal["announce_to_settle", "win_to_credit"]
"""The field of `terms.Days` that says by when the last of these legs is settled."""


class OutcomeMoney(Row, frozen=True, kw_only=True, gc=False):
    """One row: the legs that a dispute at this stage with this outcome has, counted by kind.

    An absent stage is a dispute without stage (resolved before it became one); an absent outcome
    is an open dispute.
    """

    stage: str | None = None
    outcome: str | None = None
    debits: int
    credits: int
    by: Term | None = None
    source: str
    note: str = ""


def read_outcome_money(text: str, where: str) -> tuple[OutcomeMoney, ...]:
    """Read the text of an `outcome_money.csv`; `where` names it in messages, `stripe/outcome_money.csv`.

    Raises:
      TableInvalid: A cell or row does not hold together, or a stage and outcome stand twice.
    """
    name = where.removesuffix(".csv")
    return Table(name, OutcomeMoney, lambda row: (row.stage, row.outcome), _check, lambda _: text)()


def expected(rows: Iterable[OutcomeMoney], stage: str | None, outcome: str | None) -> OutcomeMoney | None:
    """Give the row for a stage and outcome; None where the table does not say, which is not "none expected"."""
    return next((row for row in rows if row.stage == stage and row.outcome == outcome), None)


def _check(row: OutcomeMoney) -> Iterator[Problem]:
    if row.stage is not None and row.stage not in STAGES:
        yield f"stage {row.stage}", f"one of {', '.join(STAGES)}"
    if row.outcome is not None and row.outcome not in OUTCOMES:
        yield f"outcome {row.outcome}", f"one of {', '.join(OUTCOMES)}"
    if row.debits < 0 or row.credits < 0:
        yield f"{row.debits} debits, {row.credits} credits", "0 or more of each"
    if row.credits > row.debits:
        yield f"{row.credits} credits for {row.debits} debits", "no credit without the debit that it answers"
