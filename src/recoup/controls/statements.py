"""Controls on statements of one bank account in several formats: what they tell of one day goes together.

One of them books the day (`intake/statements.py`), and the others corroborate. They name one movement differently, so
days are compared: by their sums, and where these differ by the amounts that one tells and the other does not. A notice
of some movements within the day, all of which the statement tells too, is no difference.

Reads: money_line.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select

from recoup.controls.balances import summed
from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.money import render
from recoup.storage import schema
from recoup.storage.register import View

_M = schema.money_line.c


class _Day(msgspec.Struct, frozen=True, gc=False, order=True):
    """What one feed tells of one day of an account in a currency."""

    partner: str
    account: str
    currency: str
    on: str
    feed: str
    lines: int
    net_minor: int


def statements_differ(view: View, moment: Moment) -> list[Symptom]:
    """Days of a bank account of which two feeds tell movements that do not go together."""
    found = []
    for days in _told_twice(view, moment):
        order = moment.roles[days[0].partner]["banks"]
        booked, *others = sorted(days, key=lambda day: (-day.lines, order.index(day.feed)))
        for other in others:
            if other.net_minor != booked.net_minor and (odd := _amounts(view, other) - _amounts(view, booked)):
                found.append(_differ(view, booked, other, sorted(odd.elements())))
    return found


def _told_twice(view: View, moment: Moment) -> list[list[_Day]]:
    accounts = _accounts(view, moment)
    groups: dict[tuple[str, str, str, str], list[_Day]] = defaultdict(list)
    for partner, account, feeds in accounts:
        columns = (_M.partner, _M.account, _M.currency, _M.effective_on, _M.feed)
        statement = (
            select(*columns, func.count(), summed(_M.net_minor))
            .where(_M.partner == partner, _M.account == account, _M.kind == "bank", _M.feed.in_(sorted(feeds)))
            .group_by(*columns)
        )
        for row in view.rows(statement):
            day = _Day(*row)
            groups[day.partner, day.account, day.currency, day.on].append(day)
    return [days for _, days in sorted(groups.items()) if len(days) > 1]


def _accounts(view: View, moment: Moment) -> list[tuple[str, str, set[str]]]:
    """The bank accounts of which more than one feed has told; there are few, and of others nothing is read."""
    d = schema.delivery.c
    partners = sorted(partner for partner, roles in moment.roles.items() if len(roles.get("banks", ())) > 1)
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    statement = select(d.partner, d.account, d.feed).where(d.partner.in_(partners), d.status == "read").distinct()
    for partner, account, feed in view.rows(statement):
        if feed in moment.roles[partner]["banks"]:
            told[partner, account].add(feed)
    return [(*at, feeds) for at, feeds in sorted(told.items()) if len(feeds) > 1]


def _amounts(view: View, day: _Day) -> Counter[int]:
    return Counter(row[0] for row in view.rows(select(_M.net_minor).where(*_of(day))))


def _of(day: _Day) -> tuple[Any, ...]:
    return (
        _M.effective_on == day.on,
        _M.partner == day.partner,
        _M.account == day.account,
        _M.feed == day.feed,
        _M.currency == day.currency,
        _M.kind == "bank",
    )


def _deliveries(view: View, day: _Day) -> set[str]:
    return {row[0] for row in view.rows(select(_M.delivery).where(*_of(day)).distinct())}


def _differ(view: View, booked: _Day, other: _Day, odd: Sequence[int]) -> Symptom:
    apart = abs(booked.net_minor - other.net_minor)
    key = f"{booked.partner}:{booked.account}:{booked.currency}:{booked.on}"
    return Symptom(
        control="statements_differ",
        kind="settlement",
        cause=f"{key}:{booked.feed}:{other.feed}",
        classes=("restatement", "amount_differs", "missing_file"),
        partner=booked.partner,
        account=booked.account,
        feed=other.feed,
        deliveries=tuple(sorted(_deliveries(view, booked) | _deliveries(view, other))),
        stakes=(Stake("payout", key, booked.currency, apart),),
        since_on=booked.on,
        until_on=booked.on,
        seen=f"For {booked.on} {booked.partner} {booked.feed} tells {booked.lines} movements of together "
        f"{render(booked.net_minor, booked.currency)}, and {other.feed} tells {other.lines} of "
        f"{render(other.net_minor, other.currency)}, with {render(odd[0], other.currency)} among them that the first "
        "does not tell",
        expected=f"Statements of one account tell the same movements of a day; {booked.feed} is booked",
    )
