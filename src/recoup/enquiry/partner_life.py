"""How our accounts stand in their lives, and what is left of one that is to be closed: disputes and balances."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, cast, func, or_, select

from recoup.domain.money import render
from recoup.domain.partner_life import OpeningSaid, PhaseSaid
from recoup.ledger.accounts import chart
from recoup.ledger.lives import lives
from recoup.storage import schema
from recoup.storage.register import View, total
from recoup.storage.types import Whole

SHOWN = 20
_MUST_BE_ZERO = tuple(
    name
    for name, row in chart().items()
    if row.group in ("returns to zero", "zero when final") or name in ("partner_balance", "partner_held")
)


class Waits(msgspec.Struct, frozen=True):
    """What a second person has to approve."""

    ruling: str
    what: str
    by: str
    at: int
    reason: str
    missing: tuple[str, ...]


class LifeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One account in its life."""

    partner: str
    account: str
    phase: str
    since_on: str | None
    """None where it was set up so."""
    initial: str
    books_from: str | None
    """The first day that is booked, "" from the first fact; None in trial."""
    opening: OpeningSaid | None
    disputes_open: int
    history: tuple["Step", ...]
    waiting: tuple[Waits, ...]


class Step(msgspec.Struct, frozen=True):
    """One ruling that held."""

    at: int
    what: str
    by: str
    approved_by: str | None
    reason: str
    missing: tuple[str, ...]


def life_rows(view: View, now: int, partner: str | None = None, account: str | None = None) -> list[LifeRow]:
    """How accounts stand as of now, those that fit, by partner and name."""
    open_ = {(p, a): n for p, a, n in view.rows(_open_disputes())}
    found = []
    for (owner, name), one in sorted(lives(view).items()):
        if partner not in (None, owner) or account not in (None, name):
            continue
        steps = [
            *(Step(o.at, _opening(o.said), o.by, o.approved_by, o.reason, ()) for o in one.openings),
            *(Step(c.at, _phase(c.said), c.by, c.approved_by, c.reason, c.said.missing) for c in one.changes),
        ]
        waiting = [
            Waits(
                w.ruling,
                _opening(w.what) if isinstance(w.what, OpeningSaid) else _phase(w.what),
                w.by,
                w.at,
                w.reason,
                () if isinstance(w.what, OpeningSaid) else w.what.missing,
            )
            for w in one.waiting
        ]
        found.append(
            LifeRow(
                partner=owner,
                account=name,
                phase=one.phase,
                since_on=one.since_on,
                initial=one.initial,
                books_from=one.books_from,
                opening=one.opening.said if one.opening else None,
                disputes_open=open_.get((owner, name), 0),
                history=tuple(sorted((step for step in steps if step.at <= now), key=lambda step: step.at)),
                waiting=tuple(waiting),
            )
        )
    return found


def _opening(said: OpeningSaid) -> str:
    return f"opens on {said.on} with {len(said.balances)} balances of statement {said.statement}"


def _phase(said: PhaseSaid) -> str:
    return f"{said.phase} from {said.from_on}"


def _open_disputes() -> Select[Any]:
    d = schema.dispute.c
    return select(d.partner, d.account, func.count()).where(_is_open()).group_by(d.partner, d.account)


def _is_open() -> ColumnElement[bool]:
    d = schema.dispute.c
    return and_(d.kind != "notice", or_(d.outcome.is_(None), d.finality == "provisional"))


class Left(msgspec.Struct, frozen=True):
    """What is left of an account: open disputes by the partner's id, and balances that are not zero."""

    disputes: tuple[str, ...]
    balances: tuple[tuple[str, str, int], ...]
    """Account of the chart, currency, minor units debit positive."""

    def told(self) -> tuple[str, ...]:
        """As a person reads it."""
        named = ", ".join(self.disputes[:SHOWN])
        more = f" and {len(self.disputes) - SHOWN} more" if len(self.disputes) > SHOWN else ""
        disputes = [f"{len(self.disputes)} open disputes: {named}{more}"] if self.disputes else []
        return (*disputes, *(f"{name} is {render(minor, code)}" for name, code, minor in self.balances))


def left_of(view: View, partner: str, account: str) -> Left:
    """What is left of an account, in order."""
    d, p, e = schema.dispute.c, schema.posting.c, schema.entry.c
    ours = select(d.partner_dispute_id).where(d.partner == partner, d.account == account, _is_open())
    summed = total(p.amount_minor)
    # Legs are never netted: what is left is counted by what each account is kept by.
    kept = (
        select(p.account, p.currency, func.abs(summed).label("minor"))
        .join(schema.entry, e.entry == p.entry)
        .where(e.is_active == 1, p.partner == partner, p.partner_account == account, p.account.in_(_MUST_BE_ZERO))
        .group_by(p.account, p.currency, p.merchant, p.dispute, p.leg, p.batch)
        .having(summed != 0)
        .subquery()
    )
    sums: Select[Any] = select(kept.c.account, kept.c.currency, cast(func.sum(kept.c.minor), Whole))
    sums = sums.group_by(kept.c.account, kept.c.currency)
    return Left(
        tuple(sorted(row[0] for row in view.rows(ours))),
        tuple(sorted((str(name), str(code), int(minor)) for name, code, minor in view.rows(sums))),
    )
