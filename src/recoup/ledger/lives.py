"""The lives of our accounts, read from the register: the phase each was set up with, and what was ruled since.

Reads: account (one row per account of ours), ruling (one row per thing that a person ruled).
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from recoup.domain.partner_life import Life, life
from recoup.domain.ruling import Kind, Standing
from recoup.ledger.opening import Beginning
from recoup.storage import rulings, schema
from recoup.storage.register import Batch, View

Owner = tuple[str, str]
"""A partner and our account there."""
PHASE: Kind = "account_phase"
OPENING: Kind = "account_opening"


def subject(partner: str, account: str) -> str:
    """What a ruling on an account is about."""
    return f"{partner}/{account}"


def lives(view: View, initial: Mapping[Owner, str] | None = None) -> dict[Owner, Life]:
    """How every account stands.

    Args:
      view: One unchanging view of the register.
      initial: The phases that accounts were set up with, where the caller has them.
    """
    if initial is None:
        a = schema.account.c
        initial = {(partner, name): phase for partner, name, phase in view.rows(select(a.partner, a.account, a.phase))}
    phases, openings_ = rulings.standings(view, PHASE), rulings.standings(view, OPENING)
    return {
        owner: life(phase, phases.get(about, Standing()), openings_.get(about, Standing()))
        for owner, phase in initial.items()
        for about in (subject(*owner),)
    }


def beginning(now: Life) -> Beginning | None:
    """From when on an account is booked, with the balances agreed for that day; None from the first, or not at all."""
    began, opening = now.began, now.opening
    if began is None:
        return None
    if opening is None or opening.said.on != began.said.from_on:
        return Beginning(began.said.from_on, began.at)
    return Beginning(began.said.from_on, began.at, opening.ruling, opening.said.balances, opening.at)


def write(batch: Batch, owners: Iterable[Owner]) -> None:
    """Write beside these accounts how they stand now, for whoever asks by SQL; nothing is derived from it."""
    stand = lives(batch)
    rows = [(*owner, stand[owner].phase, stand[owner].books_from or None) for owner in sorted(set(owners))]
    batch.update(schema.account, ("phase_now", "books_from"), rows)


def openings(view: View) -> list[str]:
    """The rulings that an opening entry may be about."""
    return [said.ruling for said in rulings.rulings(view, OPENING)]
