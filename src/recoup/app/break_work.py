"""Work on breaks as use cases: which ones are meant, what is decided, who has to agree; one batch for all of them."""

from collections.abc import Sequence

import msgspec

from recoup.controls import decisions
from recoup.controls.breaks import CLOSED, OPEN, Break, read_break
from recoup.controls.decisions import Said
from recoup.controls.moment import agreements, limits_of
from recoup.domain.break_work import (
    SNOOZE_DAYS,
    Decision,
    Standing,
    Verb,
    grown,
    is_too_long,
    needs_approval,
    standing,
)
from recoup.domain.card_numbers import mask
from recoup.domain.instants import local_day
from recoup.enquiry import break_work, lists
from recoup.enquiry.selector import Breaks
from recoup.errors import WorkRefused
from recoup.storage import schema
from recoup.storage.register import Register, View

_SEE = "See them with: recoup breaks --all"
_OVER_REFUSES: tuple[Verb, ...] = ("snooze", "known", "close")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants to decide."""

    verb: Verb
    value: str | None = None
    until_at: int | None = None
    reason: str | None = None
    minutes: int | None = None


class Work:
    """What a person can do with the breaks of one home."""

    def __init__(self, register: Register, *, actor: str, now: int, recorded_at: int) -> None:
        self._register, self._actor, self._now, self._recorded_at = register, actor, now, recorded_at

    def chosen(self, ids: Sequence[str], which: Breaks) -> list[lists.BreakRow]:
        """Give the breaks that are meant: those of these ids or their beginnings, or those that fit.

        Raises:
          WorkRefused: An id is nobody's, or the beginning of several.
        """
        with self._register.reading() as view:
            if not ids:
                return lists.breaks(view, which, self._now)
            return [self._one(view, begins) for begins in dict.fromkeys(ids)]

    def _one(self, view: View, begins: str) -> lists.BreakRow:
        found = lists.breaks(view, Breaks(id=begins), self._now)
        exact = [row for row in found if row.id == begins] or found
        if len(exact) != 1:
            wanted = "the id of one break, or its beginning"
            raise WorkRefused(begins, f"{len(exact)} breaks that begin so", wanted, _SEE)
        return exact[0]

    def decide(self, breaks: Sequence[str], wanted: Wanted) -> list[lists.BreakRow]:
        """Decide one thing about these breaks, all or none; gives them as they stand then.

        Raises:
          WorkRefused: A break is over, or would be snoozed for too long; nothing waits for approval, or it was this
            person who asked for it, or the break has grown since; a decision to take back does not exist.
        """
        subject = f"{len(breaks)} breaks" if len(breaks) != 1 else breaks[0]
        with self._register.transaction(self._actor, wanted.verb, subject, self._recorded_at) as batch:
            known = [read_break(row) for row in batch.by_keys(schema.break_, "break_", breaks)]
            before = break_work.decisions(batch, breaks)
            day = local_day(self._now, "UTC").isoformat()
            limits = limits_of(agreements(batch), ((b.partner, b.account) for b in known), day)
            asks = needs_approval(wanted.verb, [decisions.shown(b) for b in known], limits)
            made = [(b, self._decided(b, before.get(b.id, []), wanted, asks)) for b in known]
            decisions.write(batch, made, self._recorded_at, wanted.minutes)
            batch.upsert(schema.break_, [_after(b, before.get(b.id, []), one).row() for b, one in made])
        with self._register.reading() as view:
            return [row for key in breaks for row in lists.breaks(view, Breaks(id=key), self._now)]

    def _decided(self, b: Break, before: Sequence[Decision], wanted: Wanted, asks: bool) -> Decision:
        now = standing(before)
        self._check(b, now, wanted)
        waits = now.waiting if wanted.verb == "approve" else None
        said = Said(
            verb=wanted.verb,
            actor=self._actor,
            at=self._now,
            value=None if wanted.value is None else mask(wanted.value),
            until_at=wanted.until_at,
            reason=None if wanted.reason is None else mask(wanted.reason),
            needs_approval=asks,
            approves=None if waits is None else waits.decision,
        )
        return decisions.decided(b, before, said)

    def _check(self, b: Break, now: Standing, wanted: Wanted) -> None:
        if wanted.verb in _OVER_REFUSES and b.status == CLOSED:
            raise WorkRefused(b.id, "a break that is over", "one that is not", _SEE)
        if wanted.verb == "snooze" and is_too_long(wanted.until_at, self._now):
            remedy = "Call it known or close it instead; where much money is in question a second person approves."
            raise WorkRefused(b.id, "a snooze until long after", f"{SNOOZE_DAYS} days at most", remedy)
        if wanted.verb == "reopen" and now.holds is None and now.waiting is None:
            raise WorkRefused(
                b.id, "a break of which nothing was decided", "one that is snoozed, known or closed", _SEE
            )
        if wanted.verb == "approve":
            self._check_approval(b, now.waiting)

    def _check_approval(self, b: Break, waits: Decision | None) -> None:
        if waits is None:
            raise WorkRefused(b.id, "nothing that waits for approval", "a break that somebody called known or closed")
        if waits.actor == self._actor:
            remedy = f"Another person runs: recoup break approve {b.id}"
            raise WorkRefused(b.id, f"{self._actor}, who asked for it", "a second person", remedy)
        if (why := grown(waits.shown, decisions.shown(b))) is not None:
            remedy = "Decide again about the break as it is now."
            raise WorkRefused(b.id, f"a break that has grown since: {why}", "the break as it was decided about", remedy)


def _after(b: Break, before: Sequence[Decision], said: Decision) -> Break:
    """The break as it stands with one more decision; what a person had closed, the fold alone says."""
    was = standing(before)
    bare = b if was.holds is None else msgspec.structs.replace(b, status=OPEN, closed_at=None)
    return decisions.as_decided(bare, standing([*before, said]))
