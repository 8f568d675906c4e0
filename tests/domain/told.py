"""Observations to fold, told in one line each."""

from typing import Any

from recoup.domain.instants import DAY
from recoup.domain.observation import Observation, Said, content_hash, observe
from recoup.domain.tables import moves

START_AT = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""
DISPUTE = "dp_1"


def told(move: str, day: int = 0, *, landed: int | None = None, name: str | None = None, **said: Any) -> Observation:
    """One observation: a move that happened on a day, landed an hour later or on the day given."""
    at = START_AT + day * DAY
    record = name or f"evt_{move}_{day}"
    form = said.pop("form", "event")
    amounts: dict[str, Any] = {"amount_minor": 5000, "currency": "USD"} | said
    what = Said(DISPUTE, form, at, move, record_id=None if form == "snapshot" else record, **amounts)
    return observe(
        what,
        partner="stripe",
        account="acct_1",
        feed="webhook",
        delivery=f"del_{content_hash(what)}",
        position=1,
        landed_at=at + 3_600_000_000 if landed is None else START_AT + landed * DAY,
        trust="signed",
    )


MOVES = moves()
