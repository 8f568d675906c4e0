from typing import Any

from recoup.storage import rulings
from recoup.storage.register import Batch, Register

KIND: Any = "books_locked_through"
REST: Any = {"reason": "closed", "actor": "mo", "recorded_at": 9}


def ruled(batch: Batch, subject: str, value: str | None, at: int, **more: Any) -> Any:
    """One more ruling."""
    return rulings.add(batch, KIND, subject, value=value, at=at, **REST, **more)


def test_rulings_come_back_as_they_were_said_by_subject(register: Register) -> None:
    """Each subject counts its own, and what is added is what stands."""
    with register.transaction("mo", "lock", "x", 0) as batch:
        asked = ruled(batch, "main", "2026-01-31", 5, needs_approval=True)
        assert (asked.value, asked.waiting.sequence) == (None, 1)
        approved = ruled(batch, "main", None, 6, approves=asked.waiting.ruling)
        other = ruled(batch, "other", "2026-02-28", 7)
    with register.reading() as view:
        assert rulings.standings(view, KIND) == {"main": approved, "other": other}
        assert [said.sequence for said in rulings.rulings(view, KIND, "main")] == [1, 2]
    assert (approved.value, approved.held[0].since_at) == ("2026-01-31", 6)
