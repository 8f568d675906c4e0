"""What was ruled, whatever the order in which it is read."""

from itertools import permutations
from typing import Any

from recoup.domain.ruling import Ruling, Standing, ruling_id, standing


def said(sequence: int, value: str | None = None, **more: Any) -> Ruling:
    """The ruling of a number on the lock of one book."""
    key = ruling_id("books_locked_through", "main", sequence)
    told: dict[str, Any] = {"ruling": key, "subject": "main", "sequence": sequence, "value": value, "at": sequence * 10}
    return Ruling(kind="books_locked_through", reason="r", **(told | {"actor": f"p{sequence}"} | more))


def test_the_last_that_holds_counts_and_one_that_waits_does_not() -> None:
    """An approval lets it hold, from the approval's instant on."""
    first, asked = said(1, "2026-01-31"), said(2, None, needs_approval=True)
    approved = said(3, approves=asked.ruling)
    waits = standing([first, asked])
    assert (waits.value, waits.waiting) == ("2026-01-31", asked)
    for order in permutations((first, asked, approved)):
        now = standing(order)
        assert (now.value, now.waiting) == (None, None)
        assert [(held.since_at, held.approved_by) for held in now.held] == [(10, None), (30, "p3")]


def test_an_approval_of_what_waits_no_more_changes_nothing() -> None:
    """A newer request took its place."""
    old, new = said(1, "2026-01-31", needs_approval=True), said(2, "2026-02-28", needs_approval=True)
    assert standing([old, new, said(3, approves=old.ruling)]) == Standing((), new)
    assert standing([]) == Standing()
