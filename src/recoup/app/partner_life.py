"""The life of an account as use cases: the gate measured, opening balances agreed, each change of phase one ruling.

A ruling that holds is followed by a derivation of everything; a home that was stopped between the two catches up with
its next check (`PENDING`).
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import msgspec
from sqlalchemy import select

from recoup.controls.gate import Asked, Gate, apart, gate, window
from recoup.controls.moment import load_moment
from recoup.domain import tables
from recoup.domain.card_numbers import mask
from recoup.domain.instants import local_day, parse_day
from recoup.domain.money import check_currency
from recoup.domain.partner_life import (
    SHADOW,
    Balance,
    Life,
    Opening,
    OpeningSaid,
    Phase,
    PhaseSaid,
    Waiting,
    write_said,
)
from recoup.domain.ruling import Kind
from recoup.enquiry import partner_life as closing
from recoup.enquiry.partner_life import LifeRow
from recoup.errors import LifeRefused, RecoupError, UnknownPartner
from recoup.intake import grounding, unbooked
from recoup.intake.ground import Account, Ground
from recoup.ledger import lives
from recoup.ledger.opening import carried_accounts, stated_accounts
from recoup.partners.contract import Partner
from recoup.storage import rulings, schema
from recoup.storage.register import Batch, Register, View

PENDING = "derive_after"
"""The setting that names the ruling of which not everything may have followed yet."""
WINDOW_DAYS = 30
SHOWN = 6
_GOES_FROM: Mapping[Phase, tuple[str, ...]] = {
    "live": (SHADOW, "closing"),
    SHADOW: ("live", "closing"),
    "closing": ("live",),
    "closed": ("closing",),
}


class Ruled(msgspec.Struct, frozen=True):
    """How an account stands after somebody ruled or approved."""

    partner: str
    account: str
    phase: str
    since_on: str | None
    books_from: str | None
    is_waiting: bool
    """What was ruled waits for a second person."""
    ruling: str
    missing: tuple[str, ...]
    """What was not complete when it was ruled all the same."""


class Draft(msgspec.Struct, frozen=True):
    """Opening balances as our own facts have them, for a person to lay beside the statement."""

    partner: str
    account: str
    on: str
    balances: tuple[Balance, ...]


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person writes down of a statement."""

    on: str
    statement: str
    balance: tuple[Balance, ...] = ()


class Reach(NamedTuple):
    """What ruling on accounts needs of a home."""

    register: Register
    partners: Mapping[str, Partner]
    derive: Callable[[], None]
    """Derive everything again."""


class Lives:
    """What can be done with the lives of the accounts of one home."""

    def __init__(self, home: Reach, *, actor: str, now: int, recorded_at: int) -> None:
        self._home, self._actor, self._now, self._recorded_at = home, actor, now, recorded_at

    # --- looking ----------------------------------------------------------------------------

    def listed(self, partner: str | None = None, account: str | None = None) -> list[LifeRow]:
        """Give how accounts stand, those that fit."""
        with self._home.register.reading() as view:
            return closing.life_rows(view, self._now, partner, account)

    def today(self, partner: str, account: str | None) -> str:
        """Give the ISO day of now in an account's zone."""
        with self._home.register.reading() as view:
            return self._today(self._account(view, partner, account)[1])

    def gate(self, partner: str, account: str | None, on: str | None = None, days: int = WINDOW_DAYS) -> Gate:
        """Measure an account: would it be live from a day on, today where none is given.

        Raises:
          LifeRefused: No such account, or several.
        """
        with self._home.register.reading() as view:
            ground, ours, now = self._account(view, partner, account)
            return self._gate(view, ground, ours, now, on or self._opening_day(now, ours), days)

    def _opening_day(self, now: Life, ours: Account) -> str:
        return now.opening.said.on if now.opening else self._today(ours)

    def _gate(self, view: View, ground: Ground, ours: Account, now: Life, on: str, days: int) -> Gate:
        parse_day(on)
        moment = load_moment(view, self._now, tables.moves(), self._home.partners)
        return gate(view, moment, ground, Asked(ours, now, on, *window(moment, ours, on, days)))

    def draft(self, partner: str, account: str | None, on: str) -> Draft:
        """Give the opening balances that our own facts carry into a day; nothing is ruled."""
        parse_day(on)
        with self._home.register.reading() as view:
            ground, ours, _ = self._account(view, partner, account)
            found = (*unbooked.carried(view, ground, ours, on), *unbooked.moved(view, ground, ours, on))
        return Draft(ours.partner, ours.account, on, tuple(found))

    # --- ruling -----------------------------------------------------------------------------

    def open_with(
        self, partner: str, account: str | None, form: Path, reason: str, statement: Path | None = None
    ) -> tuple[Ruled, list[tuple[str, str, int, int]]]:
        """Agree opening balances; they hold once a second person approves them.

        Returns:
          How the account stands, and where the agreed balances are not what our own facts carry in.
        Raises:
          LifeRefused: A form that does not hold together, an account that books already from another day, or none.
        """
        told = _read_form(form)
        said = OpeningSaid(told.on, mask(told.statement), told.balance, None if statement is None else _hash(statement))
        with self._ruling("open", f"{partner}/{account or ''}") as batch:
            ground, ours, now = self._account(batch, partner, account)
            self._check_day(ours, told.on)
            if now.books_from is not None and now.books_from != told.on:
                since = f"from {now.books_from}" if now.books_from else "from the first"
                raise LifeRefused(
                    lives.subject(ours.partner, ours.account),
                    f"an account that is booked {since}",
                    f"one in trial, or an opening on {now.books_from or 'no day'}",
                )
            ruled = self._rule(batch, ours, lives.OPENING, write_said(said), reason, needs_approval=True)
            again = msgspec.structs.replace(now, openings=(*now.openings, _as_agreed(said)))
            differing = apart(batch, ground, Asked(ours, again, told.on, told.on, told.on))
        return ruled, differing

    def promote(self, partner: str, account: str | None, on: str, reason: str, *, is_forced: bool = False) -> Ruled:
        """Make an account live from a day on: what happened then and later is booked.

        Raises:
          LifeRefused: It is live, the gate is not passed and nobody said so all the same, or the day is to come.
        """
        with self._ruling("promote", f"{partner}/{account or ''}") as batch:
            ground, ours, now = self._account(batch, partner, account)
            self._check(ours, now, "live", on)
            missing: Sequence[str] = ()
            if now.phase == SHADOW:
                missing = self._gate(batch, ground, ours, now, on, WINDOW_DAYS).missing
                if missing and not is_forced:
                    raise _not_passed(ours, on, missing)
            ruled = self._change(batch, ours, PhaseSaid("live", on, tuple(missing)), reason, is_forced=bool(missing))
        return self._settled(ruled)

    def back_to_trial(self, partner: str, account: str | None, reason: str) -> Ruled:
        """Take an account out of the books again; a second person approves it.

        Raises:
          LifeRefused: It is in trial, or closed.
        """
        with self._ruling("trial", f"{partner}/{account or ''}") as batch:
            _, ours, now = self._account(batch, partner, account)
            on = self._today(ours)
            self._check(ours, now, SHADOW, on)
            ruled = self._change(batch, ours, PhaseSaid(SHADOW, on), reason, is_forced=True)
        return self._settled(ruled)

    def close(self, partner: str, account: str | None, on: str, reason: str) -> Ruled:
        """Begin the closing of an account: no new dispute is expected from a day on.

        Raises:
          LifeRefused: It is not live, or the day is to come.
        """
        with self._ruling("close", f"{partner}/{account or ''}") as batch:
            _, ours, now = self._account(batch, partner, account)
            self._check(ours, now, "closing", on)
            left = closing.left_of(batch, ours.partner, ours.account)
            ruled = self._change(batch, ours, PhaseSaid("closing", on, left.told()), reason, is_forced=False)
        return self._settled(ruled)

    def end(
        self, partner: str, account: str | None, on: str, statement: str | None, reason: str, *, is_forced: bool = False
    ) -> Ruled:
        """Close an account for good: no dispute is open, every balance is zero, and the last statement has come.

        Raises:
          LifeRefused: It is not closing, or something is left and nobody said so all the same.
        """
        with self._ruling("end", f"{partner}/{account or ''}") as batch:
            _, ours, now = self._account(batch, partner, account)
            self._check(ours, now, "closed", on)
            left = closing.left_of(batch, ours.partner, ours.account)
            missing = (*left.told(), *([] if statement else ["no last statement was named"]))
            if missing and not is_forced:
                raise LifeRefused(
                    lives.subject(ours.partner, ours.account),
                    _some(missing),
                    "no open dispute, every balance at zero, and the last statement",
                    "To close it all the same, with a second person, add --anyway.",
                )
            said = PhaseSaid("closed", on, missing, None if statement is None else mask(statement))
            ruled = self._change(batch, ours, said, reason, is_forced=bool(missing))
        return self._settled(ruled)

    def approve(self, begins: str, reason: str) -> Ruled:
        """Let hold, as the second person, what waits.

        Raises:
          LifeRefused: Nothing waiting begins so, several do, or it was this person who asked for it.
        """
        with self._ruling("approve", begins) as batch:
            ours, kind, waits = self._waiting(batch, begins)
            if waits.by == self._actor:
                remedy = f'Another person runs: recoup partner approve {waits.ruling} --reason "…"'
                raise LifeRefused(waits.ruling, f"{self._actor}, who asked for it", "a second person", remedy)
            value = write_said(waits.what)
            ruled = self._rule(batch, ours, kind, value, reason, approves=waits.ruling)
        return self._settled(ruled)

    # --- the parts --------------------------------------------------------------------------

    def _ruling(self, verb: str, subject: str) -> AbstractContextManager[Batch]:
        return self._home.register.transaction(self._actor, verb, subject, self._recorded_at)

    def _account(self, view: View, partner: str, account: str | None) -> tuple[Ground, Account, Life]:
        if partner not in self._home.partners:
            raise UnknownPartner(partner, "no partner of that name", ", ".join(sorted(self._home.partners)))
        ground = grounding.load(view, self._home.partners, {})
        names = sorted(name for owner, name in ground.accounts if owner == partner)
        fitting = [name for name in names if account in (None, name)]
        if len(fitting) != 1:
            wanted = f"one of {', '.join(names)}" if names else "an account that was set up"
            remedy = "Name it with --account." if names else "See: recoup setup --help"
            raise LifeRefused(f"{partner}/{account or ''}", f"{len(fitting)} accounts that fit", wanted, remedy)
        ours = ground.accounts[partner, fitting[0]]
        return ground, ours, lives.lives(view, {(partner, ours.account): ours.phase})[partner, ours.account]

    def _today(self, ours: Account) -> str:
        return local_day(self._now, ours.zone).isoformat()

    def _check_day(self, ours: Account, on: str) -> None:
        parse_day(on)
        if on > (today := self._today(ours)):
            raise LifeRefused(on, "a day to come", f"{today} or a day before, in the account's zone")

    def _check(self, ours: Account, now: Life, phase: Phase, on: str) -> None:
        self._check_day(ours, on)
        if now.phase not in _GOES_FROM[phase]:
            raise LifeRefused(
                lives.subject(ours.partner, ours.account),
                f"an account that is {_named(now.phase)}",
                f"one that is {' or '.join(_named(one) for one in _GOES_FROM[phase])}",
                "See: recoup partner life",
            )
        if now.since_on is not None and on < now.since_on:
            raise LifeRefused(on, f"a day before {now.since_on}, since when it is {_named(now.phase)}", "a later day")

    def _change(self, batch: Batch, ours: Account, said: PhaseSaid, reason: str, *, is_forced: bool) -> Ruled:
        return self._rule(batch, ours, lives.PHASE, write_said(said), reason, said.missing, needs_approval=is_forced)

    def _rule(
        self,
        batch: Batch,
        ours: Account,
        kind: Kind,
        value: str,
        reason: str,
        missing: Sequence[str] = (),
        *,
        needs_approval: bool = False,
        approves: str | None = None,
    ) -> Ruled:
        about = lives.subject(ours.partner, ours.account)
        stands = rulings.add(
            batch,
            kind,
            about,
            value=value,
            reason=mask(reason),
            actor=self._actor,
            at=self._now,
            recorded_at=self._recorded_at,
            needs_approval=needs_approval,
            approves=approves,
        )
        ruling = stands.waiting.ruling if needs_approval and stands.waiting else stands.held[-1].said.ruling
        if not needs_approval:
            batch.upsert(schema.setting, [(PENDING, ruling)])
        lives.write(batch, [(ours.partner, ours.account)])
        now = lives.lives(batch, {(ours.partner, ours.account): ours.phase})[ours.partner, ours.account]
        return Ruled(
            ours.partner, ours.account, now.phase, now.since_on, now.books_from, needs_approval, ruling, tuple(missing)
        )

    def _waiting(self, view: View, begins: str) -> tuple[Account, Kind, Waiting]:
        ground = grounding.load(view, self._home.partners, {})
        stand = lives.lives(view, {owner: ours.phase for owner, ours in ground.accounts.items()})
        found = [
            (ground.accounts[owner], waits)
            for owner, now in sorted(stand.items())
            for waits in now.waiting
            if waits.ruling.startswith(begins)
        ]
        if len(found) != 1:
            wanted = "the id of one ruling that waits for approval, or its beginning"
            raise LifeRefused(begins, f"{len(found)} that begin so", wanted, "See: recoup partner life")
        ours, waits = found[0]
        return ours, lives.PHASE if isinstance(waits.what, PhaseSaid) else lives.OPENING, waits

    def _settled(self, ruled: Ruled) -> Ruled:
        """Have everything follow from a ruling that holds."""
        if ruled.is_waiting:
            return ruled
        self._follow()
        return self._as_it_stands(ruled)

    def _follow(self) -> None:
        self._home.derive()
        with self._home.register.transaction(self._actor, "derived", PENDING, self._recorded_at) as batch:
            batch.delete(schema.setting, [(PENDING,)])

    def follow_pending(self) -> bool:
        """Have everything follow from a ruling after which the home was stopped; says whether there was one."""
        with self._home.register.reading() as view:
            is_pending = bool(view.rows(select(schema.setting.c.value).where(schema.setting.c.name == PENDING)))
        if is_pending:
            self._follow()
        return is_pending

    def _as_it_stands(self, ruled: Ruled) -> Ruled:
        with self._home.register.reading() as view:
            now = lives.lives(view)[ruled.partner, ruled.account]
        return msgspec.structs.replace(ruled, phase=now.phase, since_on=now.since_on, books_from=now.books_from)


def _named(phase: str) -> str:
    return "in trial" if phase == SHADOW else phase


def _some(missing: Sequence[str]) -> str:
    more = f"; and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    return "; ".join(missing[:SHOWN]) + more


def _not_passed(ours: Account, on: str, missing: Sequence[str]) -> LifeRefused:
    words = f"{ours.partner} --account {ours.account} --on {on}"
    return LifeRefused(
        f"{ours.partner}/{ours.account}",
        f"a gate that is not passed: {_some(missing)}",
        "every check of the gate met",
        f"See: recoup partner gate {words}. To go live all the same, with a second person: "
        f'recoup partner promote {words} --anyway --reason "…"',
    )


def _as_agreed(said: OpeningSaid) -> Opening:
    return Opening("", said, 0, "", None, "")


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        raise LifeRefused(str(path), "no file that can be read", "the statement") from problem


def _read_form(path: Path) -> _Form:
    """The form of an opening, all that it says checked.

    Raises:
      LifeRefused: It is not TOML, has a field that a form does not have, or an account, currency or day that is none.
    """
    wanted = "a form as `recoup books open-with --draft` writes it"
    try:
        told = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Form)
        parse_day(told.on)
        for balance in told.balance:
            check_currency(balance.currency)
    except RecoupError as problem:
        raise LifeRefused(str(path), problem.found, problem.wanted) from problem
    except (OSError, ValueError, msgspec.ValidationError) as problem:
        raise LifeRefused(str(path), str(problem)[:200], wanted) from problem
    known = (*carried_accounts(), *stated_accounts())
    keys = [(balance.account, balance.currency) for balance in told.balance]
    for account, currency in keys:
        if account not in known:
            raise LifeRefused(f"{path} {account}", "an account that no opening entry has", f"one of {', '.join(known)}")
        if keys.count((account, currency)) > 1:
            raise LifeRefused(f"{path} {account} {currency}", "a balance twice", "each account and currency once")
    return told
