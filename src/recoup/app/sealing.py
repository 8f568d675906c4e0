"""Seals and proofs of partner-days as use cases: `compliance` decides, each change is one batch of the register."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select

from recoup.compliance import close, corrections, readiness, seals
from recoup.compliance.content import Arrived, arrived, contents, first_day, last_day
from recoup.compliance.corrections import Correction
from recoup.compliance.readiness import Readiness
from recoup.compliance.seals import Seal, Signature
from recoup.domain.card_numbers import mask
from recoup.domain.instants import DAY, HOUR, parse_day
from recoup.enquiry.partner_day import DayProof, Which, prove_days
from recoup.enquiry.partner_day_sides import Account, Days, Roles, our_accounts
from recoup.errors import SealRefused, UsageProblem
from recoup.partners.contract import Partner
from recoup.storage import schema
from recoup.storage.register import Batch, Register, View

COMPARED_AT = "seals_compared_at"
"""The setting that says up to which `recorded_at` sealed days were compared with what came later."""
OVERLAP = HOUR
"""What is recorded is stamped before its batch has its turn: so much is looked at again."""
NOTHING_CAME = Arrived(0, 0)


class Sealing:
    """What can be done with the partner-days of one home."""

    def __init__(
        self, register: Register, partners: Mapping[str, Partner], *, actor: str, now: int, recorded_at: int
    ) -> None:
        self._register = register
        self.books: Roles = {
            name: {str(role): feeds for role, feeds in p.books.items()} for name, p in partners.items()
        }
        self._actor, self._now, self._recorded_at = actor, now, recorded_at

    def prove(self, which: Which) -> list[DayProof]:
        """Prove partner-days four ways."""
        with self._register.reading() as view:
            return prove_days(view, which, self.books, self._now)

    def due(self, partner: str | None = None, account: str | None = None) -> list[Readiness]:
        """Give the days that are over and not sealed, with what each waits for."""
        with self._register.reading() as view:
            return [day for ours in _live(view, partner, account) for day in self._unsealed(view, ours)]

    def _unsealed(self, view: View, ours: Account) -> list[Readiness]:
        first, last = first_day(view, ours), last_day(ours, self._now)
        if first is None or first > last:
            return []
        s = schema.seal.c
        sealed = {seal.covers_on for seal in seals.latest(view, [s.partner == ours.partner, s.account == ours.account])}
        days = readiness.readiness(view, ours, Days(first, last), self.books, self._now)
        return [day for day in days if day.covers_on not in sealed]

    def seal_day(self, partner: str, day: str, account: str | None = None, reason: str | None = None) -> Seal:
        """Seal one day; with a reason also where it waits for something.

        Raises:
          SealRefused: No such account or several, a day that is not over or is sealed, or one that waits without a
            reason.
        """
        parse_day(day)
        with self._register.transaction(self._actor, "seal", f"{partner} {day}", self._recorded_at) as batch:
            ours = _the_account(batch, partner, account)
            where = f"{ours.partner}/{ours.account} {day}"
            if day > last_day(ours, self._now):
                raise SealRefused(where, "a day that is not over", "a day in the past of the account's zone")
            if (sealed := seals.one(batch, ours, day)) is not None:
                remedy = "What came later is a correction: run recoup check, then recoup seal show."
                raise SealRefused(where, f"sealed already as {sealed.seal}", "a day that is not sealed", remedy)
            [ready] = readiness.readiness(batch, ours, Days(day, day), self.books, self._now)
            if ready.waits and not reason:
                told = "; ".join(wait.what for wait in ready.waits[:3])
                more = f"; and {len(ready.waits) - 3} more" if len(ready.waits) > 3 else ""
                remedy = (
                    f'To seal it all the same: recoup seal day {partner} {day} --account {ours.account} --reason "…"'
                )
                raise SealRefused(where, f"{told}{more}", "nothing that the day waits for", remedy)
            return self._seal(batch, ours, [ready], reason)[0]

    def seal_due(self, partner: str | None = None, account: str | None = None) -> list[Seal]:
        """Seal every day that waits for nothing."""
        with self._register.transaction(self._actor, "seal", "all that is due", self._recorded_at) as batch:
            found: list[Seal] = []
            for ours in _live(batch, partner, account):
                ready = [day for day in self._unsealed(batch, ours) if not day.waits]
                found += self._seal(batch, ours, ready, None) if ready else []
            return found

    def _seal(self, batch: Batch, ours: Account, days: Sequence[Readiness], reason: str | None) -> list[Seal]:
        span = Days(days[0].covers_on, days[-1].covers_on)
        found, came = contents(batch, ours, span, self.books), arrived(batch, ours, span)
        signed = Signature(self._actor, self._now, self._recorded_at, reason and mask(reason))
        made = [
            seals.made(found[d.covers_on], came.get(d.covers_on, NOTHING_CAME), d.waits, None, signed) for d in days
        ]
        seals.write(batch, made)
        return made

    def accept(self, correction: str, reason: str) -> Seal:
        """Accept what later facts did to a sealed day: seal it again, linked to the seal before.

        Raises:
          SealRefused: No open correction begins so, several do, or the day has changed again since.
        """
        with self._register.transaction(self._actor, "accept", correction, self._recorded_at) as batch:
            found = _the_correction(batch, correction)
            ours = _the_account(batch, found.partner, found.account)
            former = seals.one(batch, ours, found.covers_on)
            days = Days(found.covers_on, found.covers_on)
            content = contents(batch, ours, days, self.books)[found.covers_on]
            if content.hash != found.content:
                wanted, remedy = (
                    "the day as the correction found it",
                    "Run: recoup check, and accept the newest correction.",
                )
                raise SealRefused(found.correction, "a day that has changed again", wanted, remedy)
            [ready] = readiness.readiness(batch, ours, days, self.books, self._now)
            signed = Signature(self._actor, self._now, self._recorded_at, mask(reason), found.correction)
            came = arrived(batch, ours, days).get(found.covers_on, NOTHING_CAME)
            made = seals.made(content, came, ready.waits, former, signed)
            seals.write(batch, [made])
            return made

    def correct(self, *, is_whole: bool = False) -> list[Correction]:
        """Write down what later facts did to sealed days since the last look; `is_whole` looks at every sealed day."""
        with self._register.reading() as view:
            if not view.rows(select(schema.seal.c.seal).limit(1)):
                return []
            since = None if is_whole else _compared_at(view)
            if not corrections.differing_days(view, self.books, since) and not self._is_long_ago(since):
                return []
        with self._register.transaction(self._actor, "correct", "sealed days", self._recorded_at) as batch:
            told = {"now": self._now, "recorded_at": self._recorded_at}
            found = corrections.record(batch, self.books, since=since, **told)
            batch.upsert(schema.setting, [(COMPARED_AT, str(self._recorded_at - OVERLAP))])
        return found

    def _is_long_ago(self, since: int | None) -> bool:
        return since is None or self._recorded_at - since > DAY

    def seals(self, partner: str | None = None, account: str | None = None) -> list[Seal]:
        """Give the latest seal of each sealed day."""
        with self._register.reading() as view:
            return [s for s in seals.latest(view) if partner in (None, s.partner) and account in (None, s.account)]

    def corrections(self, partner: str | None = None, account: str | None = None) -> list[Correction]:
        """Give the corrections that nobody has accepted."""
        with self._register.reading() as view:
            found = corrections.unaccepted(view)
        return [c for c in found if partner in (None, c.partner) and account in (None, c.account)]

    def find(self, begins: str) -> tuple[Seal, list[Correction]]:
        """Give the one seal whose id, or whose correction's id, begins so, with its corrections.

        Raises:
          SealRefused: None does, or several do.
        """
        with self._register.reading() as view:
            every, after = seals.seals(view), corrections.standing(view)
        found = [s for s in every if any(key.startswith(begins) for key in _keys(s, after))]
        if len(found) != 1:
            wanted = "the id of one seal or correction, or its beginning"
            raise SealRefused(begins, f"{len(found)} that begin so", wanted, "See them with: recoup seal list")
        return found[0], after.get(found[0].seal, [])

    def month(self, text: str) -> close.Month:
        """Say what is missing to close a month.

        Raises:
          UsageProblem: It is no month.
        """
        try:
            close.month_of(text)
        except ValueError as problem:
            raise UsageProblem("MONTH", repr(text[:20]), "a month like 2026-03") from problem
        with self._register.reading() as view:
            return close.month(view, text, our_accounts(view), self.books, self._now)

    def broken(self) -> list[tuple[Seal, str]]:
        """Give the seals whose links do not hold."""
        with self._register.reading() as view:
            return seals.broken(view)


def _keys(seal: Seal, after: Mapping[str, Sequence[Correction]]) -> list[str]:
    return [seal.seal, *(correction.correction for correction in after.get(seal.seal, ()))]


def _live(view: View, partner: str | None, account: str | None) -> Iterator[Account]:
    return (ours for ours in our_accounts(view, partner, account) if ours.is_booked)


def _the_account(view: View, partner: str, account: str | None) -> Account:
    found = our_accounts(view, partner, account)
    if len(found) == 1:
        return found[0]
    if not found:
        known = ", ".join(f"{ours.partner}/{ours.account}" for ours in our_accounts(view)) or "none is set up"
        raise SealRefused(f"{partner}/{account or ''}", "no such account", f"one of ours: {known}")
    names = ", ".join(ours.account for ours in found)
    raise SealRefused(partner, f"accounts {names}", "one account", "Name it with --account.")


def _the_correction(view: View, begins: str) -> Correction:
    found = [c for c in corrections.unaccepted(view) if c.correction.startswith(begins)]
    if len(found) == 1:
        return found[0]
    wanted = "the id of one correction that nobody has accepted, or its beginning"
    raise SealRefused(begins, f"{len(found)} open corrections that begin so", wanted, "See them with: recoup seal list")


def _compared_at(view: View) -> int | None:
    found = view.rows(select(schema.setting.c.value).where(schema.setting.c.name == COMPARED_AT))
    return int(found[0][0]) if found else None
