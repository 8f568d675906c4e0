"""What people accept of feeds as use cases: a shape that is another than it was, a schedule that was learnt.

Each is one ruling, dated and with a reason, so that a replay follows it as well.
"""

from collections.abc import Mapping, Sequence

import msgspec

from recoup.controls.drift import EVERYTHING, SHAPE, VERSION, Drift, drifts, today
from recoup.controls.moment import Accepted as AcceptedSchedule
from recoup.controls.moment import Moment, load_moment
from recoup.controls.silence import Habit, habits
from recoup.domain import tables
from recoup.domain.canonical import canonical
from recoup.domain.card_numbers import mask
from recoup.domain.ruling import Kind
from recoup.domain.terms import Schedule
from recoup.errors import AcceptRefused
from recoup.partners.contract import Partner
from recoup.storage import rulings
from recoup.storage.register import Register, View

SCHEDULE: Kind = "schedule"


class Feed(msgspec.Struct, frozen=True):
    """Which feed is meant; without an account the only one that has it."""

    partner: str
    feed: str
    account: str | None = None

    def is_it(self, partner: str, account: str, feed: str) -> bool:
        """Say whether this is the feed that is meant."""
        return (partner, feed) == (self.partner, self.feed) and self.account in (None, account)


class Ruled(msgspec.Struct, frozen=True):
    """What was accepted, from which day on."""

    partner: str
    account: str
    feed: str
    since_on: str
    accepted: tuple[str, ...]
    """Fields, or the schedule in words."""


class Accepting:
    """What can be seen and accepted of the feeds of one home."""

    def __init__(
        self, register: Register, partners: Mapping[str, Partner], *, actor: str, now: int, recorded_at: int
    ) -> None:
        self._register, self._partners = register, partners
        self._actor, self._now, self._recorded_at = actor, now, recorded_at

    def drifts(self, partner: str | None = None) -> list[Drift]:
        """Give every feed with what of its shape is other than what was accepted."""
        with self._register.reading() as view:
            found = drifts(view, self._moment(view), with_shifts=True)
        return [one for one in found if partner in (None, one.scope.partner)]

    def habits(self, partner: str | None = None) -> list[Habit]:
        """Give every feed of files with when its files are expected, and by whose word."""
        with self._register.reading() as view:
            found = habits(view, self._moment(view))
        return [one for one in found if partner in (None, one.partner)]

    def accept_shape(self, feed: Feed, field: str | None, reason: str) -> Ruled:
        """Accept what is other on a feed: a field, or everything; it is learnt from the day on that it began.

        Raises:
          AcceptRefused: Nothing of that feed or field is other than what was accepted, or several accounts have it.
        """
        with self._register.reading() as view:
            moment = self._moment(view)
            found = [d for d in drifts(view, moment) if d.changes and feed.is_it(*_feed_of(d))]
        owners = {_feed_of(d) for d in found}
        changes = [(day, c.path) for d in found for day, c in d.changes if field in (None, c.path)]
        remedy = "See: recoup drift"
        if not changes:
            what = f"field {field}" if field else "feed"
            raise AcceptRefused(_name(feed), f"no {what} that has another shape", "one that has", remedy)
        owner = _only(feed, owners, remedy)
        since_on = min(day for day, _ in changes)
        paths = sorted({path for _, path in changes})
        since = {path: since_on if path != VERSION else today(moment) for path in paths}
        said = {path: since[path] for path in paths} if field or VERSION in paths else {EVERYTHING: since_on}
        self._rule(SHAPE, owner, [canonical({"path": p, "since_on": on}) for p, on in said.items()], reason)
        return Ruled(*owner, since_on, tuple(paths))

    def accept_schedule(self, feed: Feed, reason: str, *, is_none: bool = False) -> Ruled:
        """Accept the schedule that was learnt of a feed, or say that its files have none.

        Raises:
          AcceptRefused: Nothing was learnt of that feed, or several accounts have it.
        """
        remedy = "See: recoup expectations"
        open_ = [one for one in self.habits() if feed.is_it(one.partner, one.account, one.feed)]
        owner = _only(feed, {(one.partner, one.account, one.feed) for one in open_}, remedy)
        habit = next(one for one in open_ if (one.partner, one.account, one.feed) == owner)
        if habit.source == "contract":
            raise AcceptRefused(_name(feed), "a schedule in the contract", "a feed without one", remedy)
        schedule = Schedule(feed.feed, "none", is_learnt=True) if is_none else habit.schedule
        if schedule is None:
            raise AcceptRefused(
                _name(feed), f"a feed that is {habit.source}", "one of which a schedule is learnt", remedy
            )
        with self._register.reading() as view:
            moment = self._moment(view)
        since_on = moment.day(self._now, owner[0], owner[1])
        body = canonical(msgspec.to_builtins(AcceptedSchedule(since_on, schedule)))
        self._rule(SCHEDULE, owner, [body], reason)
        return Ruled(*owner, since_on, ("no schedule" if is_none else habit.pattern,))

    def _rule(self, kind: Kind, owner: tuple[str, str, str], values: Sequence[str], reason: str) -> None:
        subject = canonical(list(owner))
        with self._register.transaction(self._actor, "accept", f"{kind} {'/'.join(owner)}", self._recorded_at) as batch:
            for value in values:
                rulings.add(
                    batch,
                    kind,
                    subject,
                    value=value,
                    reason=mask(reason),
                    actor=self._actor,
                    at=self._now,
                    recorded_at=self._recorded_at,
                )

    def _moment(self, view: View) -> Moment:
        return load_moment(view, self._now, tables.moves(), self._partners)


def _feed_of(drift: Drift) -> tuple[str, str, str]:
    return drift.scope.partner, drift.scope.account, drift.scope.feed


def _name(feed: Feed) -> str:
    return f"{feed.partner}/{feed.feed}" if feed.account is None else f"{feed.partner}/{feed.account}/{feed.feed}"


def _only(feed: Feed, owners: set[tuple[str, str, str]], remedy: str) -> tuple[str, str, str]:
    if len(owners) != 1:
        found = f"{len(owners)} accounts with that feed" if owners else "no such feed of files"
        raise AcceptRefused(_name(feed), found, "one; name it with --account", remedy)
    return next(iter(owners))
