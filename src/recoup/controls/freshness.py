"""Controls on stamps: when a partner says that something happened against when we heard it, and how old a page is.

A partner's clock that runs ahead, or is shown in another zone, mixes the order of events up. A page that comes today
and was made days ago looks like a sweep and is none. Reads: observation, delivery.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
from sqlalchemy import func, or_, select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Symptom
from recoup.domain.canonical import parse
from recoup.domain.instants import DAY, HOUR, MINUTE, SECOND, Instant, render_minute
from recoup.storage import schema
from recoup.storage.register import View

AHEAD = MINUTE
"""So far ahead of ours a partner's clock may run, and ours behind: both are set by the network, to the second."""
ROW_AHEAD = DAY
"""A row of a report may name a whole day by its end."""
SHIFTED_EVENTS = 5
"""So many messages of a day, hours apart, that all come late by the same whole hours, tell of a zone, not of luck."""
SHIFTED_SPAN = 3 * HOUR
SHIFTED_WITHIN = 5 * MINUTE
"""A message takes at most this long when nothing is wrong."""
STALE = HOUR
"""A page older than this when it is fetched was not made for us."""
LOOK_BACK = 40 * DAY
"""Pages before that are no longer looked at: what they held back has been told since, or is another control's."""
OURS = ("manual", "sent")
REQUEST, DATE = "recoup-request", "date"


# --- the partner's clock --------------------------------------------------------------------


class _Stamped(msgspec.Struct, frozen=True, gc=False):
    partner: str
    account: str
    feed: str
    dispute: str
    delivery: str
    occurred_at: Instant
    landed_at: Instant


def partner_clock(view: View, moment: Moment) -> list[Symptom]:
    """Messages stamped with a time to come, and days whose messages all come late by the same whole hours."""
    ahead: dict[tuple[str, str, str, str], list[_Stamped]] = defaultdict(list)
    for one in _stamped(view, moment):
        ahead[one.partner, one.account, one.feed, moment.day(one.landed_at, one.partner, one.account)].append(one)
    return [*(_ahead(day, found) for (*_, day), found in ahead.items()), *_shifted(view, moment)]


def _stamped(view: View, moment: Moment) -> list[_Stamped]:
    o = schema.observation.c
    leads = o.occurred_at - o.landed_at
    statement = (
        select(*(o[name] for name in _Stamped.__struct_fields__))
        .where(o.landed_at <= moment.as_of, o.feed.not_in(OURS))
        .where(or_(leads > ROW_AHEAD, (o.form == "event") & (leads > AHEAD)))
        .order_by(o.landed_at, o.observation)
    )
    return [_Stamped(*row) for row in view.rows(statement)]


def _ahead(day: str, found: Sequence[_Stamped]) -> Symptom:
    first = found[0]
    count = "One message" if len(found) == 1 else f"{len(found)} messages"
    return _clock(
        first.partner,
        first.account,
        first.feed,
        day,
        deliveries=tuple(sorted({one.delivery for one in found})),
        disputes=tuple(sorted({one.dispute for one in found})),
        seen=f"{count} on {first.partner} {first.feed} of {day} {'is' if len(found) == 1 else 'are'} stamped with a "
        f"time to come; the first came at {render_minute(first.landed_at)} and says {render_minute(first.occurred_at)}",
        expected="What happened is told after it happened",
    )


def _clock(partner: str, account: str, feed: str, day: str, **what: Any) -> Symptom:
    return Symptom(
        control="partner_clock",
        kind="lifecycle",
        cause=f"{partner}:{account}:{feed}:{day}",
        classes=("partner_clock", "format_drift", "timing"),
        partner=partner,
        account=account,
        feed=feed,
        since_on=day,
        until_on=day,
        **what,
    )


def _shifted(view: View, moment: Moment) -> Iterator[Symptom]:
    o = schema.observation.c
    lag, day = o.landed_at - o.occurred_at, o.landed_at // DAY
    key = (o.partner, o.account, o.feed, day)
    span = func.max(o.occurred_at) - func.min(o.occurred_at)
    statement = (
        select(*key[:3], func.min(o.landed_at), func.count(), func.min(lag), func.max(lag))
        .where(o.landed_at <= moment.as_of, o.form == "event", o.feed.not_in(OURS))
        .group_by(*key)
        .having(func.count() >= SHIFTED_EVENTS, func.min(lag) >= HOUR, func.max(lag) < DAY, span >= SHIFTED_SPAN)
        .order_by(*key)
    )
    for partner, account, feed, landed_at, count, least, most in view.rows(statement):
        hours, rest = divmod(least, HOUR)
        if most - hours * HOUR <= SHIFTED_WITHIN and rest <= SHIFTED_WITHIN:
            on = moment.day(landed_at, partner, account)
            yield _clock(
                partner,
                account,
                feed,
                on,
                seen=f"All {count} messages on {partner} {feed} of {on} came {hours} hour{'s' if hours > 1 else ''} "
                "after what they tell, to within minutes",
                expected="Messages come within minutes, or late by different times; the same whole hours are a zone",
            )


# --- the age of a page ----------------------------------------------------------------------


class _Page(msgspec.Struct, frozen=True, gc=False):
    """One answer that we fetched, and when the partner says that it made it."""

    delivery: str
    name: str
    landed_at: Instant
    made_at: Instant

    @property
    def is_stale(self) -> bool:
        """Whether it was made long before it was fetched."""
        return self.landed_at - self.made_at > STALE


def stale_page(view: View, moment: Moment) -> list[Symptom]:
    """Runs of fetched pages that were made long before, on feeds that gave fresh ones; over with the next fresh one."""
    pages: dict[tuple[str, str, str], list[_Page]] = defaultdict(list)
    d = schema.delivery.c
    statement = (
        select(d.partner, d.account, d.feed, d.delivery, d.name, d.landed_at, d.headers)
        .where(d.landed_at <= moment.as_of, d.landed_at > moment.as_of - LOOK_BACK, d.status.in_(("read", "known")))
        .where(d.headers.like(f'%"{REQUEST}"%'))
        .order_by(d.landed_at, d.delivery)
    )
    for partner, account, feed, delivery, name, landed_at, headers in view.rows(statement):
        made_at = _made_at(parse(headers).get("headers", {}))
        if made_at is not None:
            pages[partner, account, feed].append(_Page(delivery, name, landed_at, made_at))
    return [_stale(feed, *run) for feed, found in pages.items() for run in _runs(found)]


def _made_at(headers: Mapping[str, str]) -> Instant | None:
    try:
        return int(parsedate_to_datetime(headers[DATE]).timestamp()) * SECOND
    except (KeyError, ValueError, TypeError):
        return None


def _runs(pages: Sequence[_Page]) -> Iterator[tuple[list[_Page], _Page | None]]:
    """Stale pages in a row after a fresh one, with the fresh one that ends them; before any was fresh none is meant."""
    run: list[_Page] = []
    has_fresh = False
    for page in pages:
        if page.is_stale and has_fresh:
            run.append(page)
        elif not page.is_stale:
            if run:
                yield run, page
            run, has_fresh = [], True
    if run:
        yield run, None


def _stale(key: tuple[str, str, str], run: Sequence[_Page], fresh: _Page | None) -> Symptom:
    partner, account, feed = key
    first = run[0]
    pages = f"The page {first.name} was" if len(run) == 1 else f"{len(run)} pages from {first.name} on were"
    return Symptom(
        control="stale_page",
        kind="delivery",
        cause=first.delivery,
        classes=("stale_content", "missing_file"),
        partner=partner,
        account=account,
        feed=feed,
        deliveries=tuple(page.delivery for page in run),
        ended_at=fresh.landed_at if fresh else None,
        seen=f"{pages} fetched from {partner} {feed} and made long before: fetched at "
        f"{render_minute(first.landed_at)}, made at {render_minute(first.made_at)}",
        expected=f"A page is made when it is fetched, and not more than {STALE // HOUR} hour before",
    )
