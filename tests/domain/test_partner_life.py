"""What was ruled about an account folds into its phase, and into the day from which on it is booked."""

import pytest

from recoup.domain.partner_life import (
    FROM_THE_FIRST,
    Balance,
    Life,
    OpeningSaid,
    Phase,
    PhaseSaid,
    life,
    write_said,
)
from recoup.domain.ruling import Ruling, Standing, standing


def phases(*said: tuple[Phase, str], waiting: tuple[Phase, str] | None = None) -> Standing:
    """Rulings on a phase, one a day, that hold at once; the last may wait."""
    every = [*said, *([waiting] if waiting else [])]
    return standing(
        Ruling(
            ruling=f"rul_{at}",
            kind="account_phase",
            subject="stripe/acct_1",
            sequence=at,
            value=write_said(PhaseSaid(phase, on)),
            reason="agreed",
            actor="mo",
            at=at,
            needs_approval=waiting is not None and at == len(every),
        )
        for at, (phase, on) in enumerate(every, 1)
    )


def agreed(on: str) -> Standing:
    """One opening that holds."""
    said = OpeningSaid(on, "statement 7", (Balance("partner_balance", "EUR", 100),))
    told = Ruling(
        ruling="rul_o",
        kind="account_opening",
        subject="stripe/acct_1",
        sequence=1,
        value=write_said(said),
        reason="agreed",
        actor="mo",
        at=5,
    )
    return standing([told])


@pytest.mark.parametrize(
    ("initial", "said", "phase", "books_from"),
    [
        ("live", (), "live", FROM_THE_FIRST),
        ("shadow", (), "shadow", None),
        ("closing", (), "closing", FROM_THE_FIRST),
        ("shadow", (("live", "2026-03-01"),), "live", "2026-03-01"),
        ("shadow", (("live", "2026-03-01"), ("closing", "2026-04-01")), "closing", "2026-03-01"),
        ("shadow", (("live", "2026-03-01"), ("closing", "2026-04-01"), ("live", "2026-05-01")), "live", "2026-03-01"),
        ("shadow", (("live", "2026-03-01"), ("shadow", "2026-04-01")), "shadow", None),
        ("shadow", (("live", "2026-03-01"), ("shadow", "2026-03-04"), ("live", "2026-04-01")), "live", "2026-04-01"),
        ("live", (("closing", "2026-04-01"), ("closed", "2026-05-01")), "closed", FROM_THE_FIRST),
        ("live", (("shadow", "2026-04-01"),), "shadow", None),
        ("live", (("shadow", "2026-04-01"), ("live", "2026-04-02")), "live", "2026-04-02"),
    ],
)
def test_the_phase_and_the_first_booked_day_follow_from_what_was_ruled(
    initial: str, said: tuple[tuple[Phase, str], ...], phase: str, books_from: str | None
) -> None:
    """What was closed and opened again is booked as before; what was in trial again begins anew."""
    now = life(initial, phases(*said), Standing())
    assert (now.phase, now.books_from) == (phase, books_from)


def test_what_waits_changes_nothing() -> None:
    """A second person has not said so yet."""
    now = life("shadow", phases(waiting=("live", "2026-03-01")), Standing())
    assert (now.phase, now.books_from, [w.by for w in now.waiting]) == ("shadow", None, ["mo"])


def test_an_account_ends_on_the_day_that_was_ruled_and_takes_no_dispute_since_its_closing() -> None:
    """Set up as closing, nobody ruled a day: then any dispute may come."""
    now = life("live", phases(("closing", "2026-04-01"), ("closed", "2026-05-01")), Standing())
    assert (now.closes_on, now.ends_on) == ("2026-04-01", "2026-05-01")
    assert (life("closing", Standing(), Standing()).closes_on, Life("live").ends_on) == (None, None)


def test_an_opening_is_the_latest_that_was_agreed() -> None:
    """It is there before the account is live."""
    now = life("shadow", Standing(), agreed("2026-03-01"))
    assert now.opening is not None
    assert (now.opening.said.on, now.books_from) == ("2026-03-01", None)
