"""What every control stands on: now, our accounts with their terms and zones, and who tells what.

Values only, loaded once per check; the wiring gives the partners, so that no
control knows one by name.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec
from sqlalchemy import select

from recoup.controls.symptom import Source
from recoup.domain.canonical import parse
from recoup.domain.incidents import PAGES_A_DAY
from recoup.domain.instants import Instant, local_day
from recoup.domain.lifecycle import Moves
from recoup.domain.outages import Outage
from recoup.domain.outcome_money import OutcomeMoney
from recoup.domain.partner_life import SHADOW, Life
from recoup.domain.rates import Rate, Reference, reference
from recoup.domain.terms import Schedule, Terms, page_limits, terms_on
from recoup.enquiry.outages import read_outages
from recoup.intake.expectations import Agreed
from recoup.ledger.lives import lives
from recoup.partners.contract import Feed, Partner, RecordFeed
from recoup.partners.known_fields import NOTHING_KNOWN, KnownFields, known_fields
from recoup.storage import schema
from recoup.storage.register import View
from recoup.storage.rulings import standings

HOUSE = "house"
Roles = Mapping[str, Mapping[str, tuple[str, ...]]]
"""For each partner, the feeds that book each role, the preferred first: `partners.contract.Partner.books`."""


class Moment(msgspec.Struct, frozen=True):
    """Now, and everything that is the same for all controls of one check."""

    as_of: Instant
    moves: Moves
    roles: Roles
    agreed: Mapping[tuple[str, str], Agreed]
    outcome_money: Mapping[str, tuple[OutcomeMoney, ...]]
    """For each partner, which legs an outcome goes with."""
    shadows: frozenset[tuple[str, str]]
    """Accounts in their trial phase: checked, and nobody is paged."""
    ran_at: Instant = 0
    """By the wall, when the check runs: how old signs of life are, whatever now is in this home."""
    pages_a_day: int = PAGES_A_DAY
    list_feeds: Mapping[str, str] = {}
    """For each partner with a list of disputes, the feed of its pages."""
    undated: frozenset[str] = frozenset()
    """Partners that never say until when they wait for us."""
    known: Mapping[str, KnownFields] = {}
    """For each partner, the fields that its folder knows."""
    files: frozenset[tuple[str, str]] = frozenset()
    """Partner and feed of everything that comes as a file."""
    pages: frozenset[tuple[str, str]] = frozenset()
    """Partner and feed of everything that is a page of an API: its records come again and again."""
    accepted: Mapping[tuple[str, str], tuple[tuple[str, Schedule], ...]] = {}
    """For each account, schedules that people accepted, each with the day from which on it holds."""
    rates: Reference = MappingProxyType({})
    """What currencies cost in each other by sources outside, as the house declares them; empty where it does not."""
    lives: Mapping[tuple[str, str], Life] = {}
    """How each account stands by what people decided about it."""

    outages: tuple[Outage, ...] = ()
    """Those that people told of by now."""

    def has_booked(self, partner: str, account: str, day: str) -> bool:
        """Whether what happened at an account on an ISO day is in the books."""
        now = self.lives.get((partner, account))
        return now is None or (now.books_from is not None and now.books_from <= day)

    def terms_of(self, partner: str, account: str) -> Agreed:
        """What was agreed about an account; without terms, and in UTC, where it is not known."""
        return self.agreed.get((partner, account)) or Agreed(partner, account, "UTC")

    def page_limits(self, *owners: tuple[str, str | None]) -> Mapping[str, int]:
        """From how much money on breaks of these accounts page, by currency, as contracts say it today."""
        return limits_of(self.agreed, owners, self.today().isoformat())

    def expected_of(self, partner: str, account: str, feed: str) -> Agreed:
        """When files of a feed are due: by the account's contract; where that says nothing, by what people accepted."""
        agreed = self.terms_of(partner, account)
        accepted = tuple(one for one in self.accepted.get((partner, account), ()) if one[1].feed == feed)
        return msgspec.structs.replace(agreed, terms=with_schedules(agreed.terms, accepted)) if accepted else agreed

    def known_fields(self, partner: str) -> KnownFields:
        """The fields that a partner's folder knows."""
        return self.known.get(partner, NOTHING_KNOWN)

    def day(self, instant: Instant, partner: str, account: str | None) -> str:
        """The ISO day of an instant in the account's zone."""
        zone = self.terms_of(partner, account or "").zone
        return local_day(instant, zone).isoformat()

    def today(self) -> dt.date:
        """The day of now, UTC."""
        return local_day(self.as_of, "UTC")

    def own(self, partner: str, account: str, *roles: str) -> tuple[Source, ...]:
        """The feeds of one account that book these roles."""
        books = self.roles.get(partner, {})
        return tuple(Source(partner, account, feed) for role in roles for feed in books.get(role, ()))

    def anyone(self, role: str) -> tuple[Source, ...]:
        """The feeds of all partners that book a role: any bank's statement, the house's ledger."""
        return tuple(
            Source(partner, None, feed) for partner, books in sorted(self.roles.items()) for feed in books.get(role, ())
        )

    def feeds_of(self, partner: str) -> tuple[str, ...]:
        """The feeds of a partner that tell something we may wait for, by name."""
        booking = {feed for feeds in self.roles.get(partner, {}).values() for feed in feeds}
        return tuple(sorted(booking | {feed for name, feed in self.files | self.pages if name == partner}))

    def preference(self, partner: str, feed: str) -> int | None:
        """The place of a feed among those that book settled lines, the preferred first; None where it only informs."""
        settling = self.roles.get(partner, {}).get("settles", ())
        return settling.index(feed) if feed in settling else None

    def corroborate(self, partner: str, one: str, other: str) -> bool:
        """Whether two feeds of a partner book one role, so that they must agree."""
        return any(one in feeds and other in feeds for feeds in self.roles.get(partner, {}).values())


def limits_of(
    agreed: Mapping[tuple[str, str], Agreed], owners: Iterable[tuple[str, str | None]], day: str
) -> Mapping[str, int]:
    """From how much money on breaks of these accounts page, by currency, on an ISO day; one without an account is of
    all accounts of its partner."""
    wanted = set(owners)
    own = [told for (p, a), told in sorted(agreed.items()) if (p, a) in wanted or (p, None) in wanted]
    house = [told for (p, _), told in sorted(agreed.items()) if p == HOUSE]
    return page_limits(*((terms_on(told.terms, day) for told in side) for side in (house, own)))


def with_schedules(terms: tuple[Terms, ...], accepted: Sequence[tuple[str, Schedule]]) -> tuple[Terms, ...]:
    """Give terms with schedules that hold beside them, each from its day on; what the terms say themselves stays."""
    dates = sorted({term.valid_from for term in terms} | {day for day, _ in accepted})
    found = []
    for day in dates:
        own = terms_on(terms, day)
        said = {schedule.feed: schedule for since, schedule in sorted(accepted, key=lambda a: a[0]) if since <= day}
        new = tuple(schedule for feed, schedule in sorted(said.items()) if own.schedule(feed) is None)
        found.append(msgspec.structs.replace(own, valid_from=day, schedules=(*own.schedules, *new)))
    return tuple(found)


def days_before(day: str, count: int) -> str:
    """The ISO day that lies so many days before an ISO day."""
    return (dt.date.fromisoformat(day) - dt.timedelta(days=count)).isoformat()


def load_moment(
    view: View,
    as_of: Instant,
    moves: Moves,
    partners: Mapping[str, Partner],
    *,
    ran_at: Instant | None = None,
    pages_a_day: int = PAGES_A_DAY,
    rates: Iterable[Rate] = (),
) -> Moment:
    """Read accounts and contracts; of partners take the roles of their feeds and their tables.

    Args:
      view: Where accounts and contracts stand.
      as_of: Now.
      moves: What each step means.
      partners: Of this installation.
      ran_at: The wall clock; `as_of` where nobody says.
      pages_a_day: How many incidents of one partner may wake somebody within a day.
      rates: What the house declares of exchange rates.
    """
    accounts = schema.account.c
    rows = view.rows(select(accounts.partner, accounts.account, accounts.phase))
    stand = lives(view, {(p, a): phase for p, a, phase in rows})
    return Moment(
        as_of=as_of,
        moves=moves,
        roles={name: {str(role): feeds for role, feeds in p.books.items()} for name, p in partners.items()},
        outcome_money={name: p.outcome_money for name, p in partners.items()},
        agreed=agreements(view),
        list_feeds={name: feed for name, p in partners.items() if (feed := _list_feed(p)) is not None},
        undated=frozenset(name for name, p in partners.items() if not p.capabilities.tells_due_times),
        files=_feeds(partners, is_file),
        pages=_feeds(partners, is_page),
        accepted=_accepted(view, as_of),
        known={name: known_fields(p) for name, p in partners.items()},
        ran_at=as_of if ran_at is None else ran_at,
        pages_a_day=pages_a_day,
        rates=reference(rates),
        shadows=frozenset(owner for owner, now in stand.items() if now.phase == SHADOW),
        lives=stand,
        outages=tuple(read_outages(view, as_of)),
    )


def _list_feed(partner: Partner) -> str | None:
    """The feed of the pages that a partner's disputes are listed on."""
    if partner.sweep is None:
        return None
    books = (partner.feeds.get(name) for name in partner.books.get("announces", ()))
    return next((f.name for f in books if isinstance(f, RecordFeed) and f.medium == "page"), None)


def _feeds(partners: Mapping[str, Partner], is_it: Callable[[Feed], bool]) -> frozenset[tuple[str, str]]:
    return frozenset((name, feed.name) for name, p in partners.items() for feed in p.feeds.values() if is_it(feed))


def is_file(feed: Feed) -> bool:
    """Say whether a feed is one of files: what has no schedule of its own, as messages and pages."""
    return not isinstance(feed, RecordFeed) or (feed.medium == "file" and feed.name not in ("manual", "sent"))


def is_page(feed: Feed) -> bool:
    """Say whether a feed is one of pages of an API."""
    return isinstance(feed, RecordFeed) and feed.medium == "page"


def _accepted(view: View, as_of: Instant) -> dict[tuple[str, str], tuple[tuple[str, Schedule], ...]]:
    found: dict[tuple[str, str], list[tuple[str, Schedule]]] = {}
    for subject, ruled in standings(view, "schedule").items():
        partner, account, _ = parse(subject)
        for held in ruled.held:
            if held.since_at <= as_of and held.said.value is not None:
                said = msgspec.json.decode(held.said.value, type=Accepted)
                found.setdefault((partner, account), []).append((said.valid_from, said.schedule))
    return {owner: tuple(said) for owner, said in found.items()}


class Accepted(msgspec.Struct, frozen=True):
    """What a ruling of kind `schedule` says: when files are due, from a day on; cadence `none` where they are not."""

    valid_from: str
    schedule: Schedule


def agreements(view: View) -> Mapping[tuple[str, str], Agreed]:
    """What was agreed about each account, with the zone of its days."""
    accounts = schema.account.c
    rows = view.rows(select(accounts.partner, accounts.account, accounts.zone))
    terms = _contracts(view)
    return {(p, a): Agreed(p, a, zone, terms.get((p, a), ())) for p, a, zone in rows}


def _contracts(view: View) -> dict[tuple[str, str], tuple[Terms, ...]]:
    c = schema.contract.c
    found: dict[tuple[str, str], list[Terms]] = {}
    for partner, account, body in view.rows(select(c.partner, c.account, c.body).order_by(c.valid_from)):
        found.setdefault((partner, account), []).append(msgspec.json.decode(body, type=Terms))
    return {key: tuple(terms) for key, terms in found.items()}
