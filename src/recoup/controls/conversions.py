"""The control on rates: what a partner converted, compared with rates of a source outside, which the house declares.

Without a rate of the pair and day nothing is said here, and `contracts.py` says that nothing could be. Reads:
money_line.
"""

import datetime as dt
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.instants import Instant
from recoup.domain.money import render
from recoup.domain.rates import Fraction
from recoup.storage import schema
from recoup.storage.register import View

MOVED = ("dispute", "dispute_reversal")
BAND_BPS = 250
"""How far a rate may lie from the outside one where no mark-up was agreed: days move by less, mark-ups start there."""
NOISE_BPS = 60
"""Within a day rates move by so much, and no source is another: it is added to an agreed mark-up."""
OTHER_DAYS = 14
"""A rate is looked for among those of so many days before and after."""
SAME_BPS = 15
"""So near a rate is taken for that rate."""


class Conversion(msgspec.Struct, frozen=True, gc=False):
    """One movement about a dispute in two currencies; the original amount is the dispute's own."""

    money_line: str
    feed: str
    partner: str
    account: str
    dispute: str | None
    identity: str
    delivery: str
    occurred_at: Instant
    on: str
    """The ISO day, in the account's zone, on which it happened: that of its rate. It may be settled days later."""
    original_minor: int
    original_currency: str
    gross_minor: int
    currency: str

    @property
    def pair(self) -> tuple[str, str]:
        """From which currency to which."""
        return self.original_currency, self.currency

    def off_bps(self, rate: Fraction) -> int:
        """How far it lies from a rate."""
        return rate.off_bps(abs(self.original_minor), abs(self.gross_minor))


def conversions(view: View, moment: Moment) -> list[Conversion]:
    """Converted movements about disputes, each as the preferred feed tells it."""
    m = schema.money_line.c
    statement = (
        select(*(m[name] for name in Conversion.__struct_fields__ if name != "on"))
        .where(m.original_minor.is_not(None), m.original_currency.is_not(None), m.original_currency != m.currency)
        .where(m.kind.in_(MOVED), m.original_minor != 0, m.gross_minor != 0)
        .order_by(m.partner, m.account, m.occurred_at, m.identity, m.feed)
    )
    best: dict[str, tuple[int, Conversion]] = {}
    for row in view.rows(statement):
        one = _conversion(row, moment)
        rank = moment.preference(one.partner, one.feed)
        if rank is not None and (one.money_line not in best or rank < best[one.money_line][0]):
            best[one.money_line] = (rank, one)
    return [one for _, one in best.values()]


def _conversion(row: tuple[Any, ...], moment: Moment) -> Conversion:
    told = dict(zip((n for n in Conversion.__struct_fields__ if n != "on"), row, strict=True))
    return Conversion(**told, on=moment.day(told["occurred_at"], told["partner"], told["account"]))


def rate_conformance(view: View, moment: Moment) -> list[Symptom]:
    """Movements that were converted at a rate further from the outside one than was agreed."""
    if not moment.rates:
        return []
    found = [(one, off) for one in conversions(view, moment) if (off := _off(one, moment)) is not None]
    return [_symptom(one, off, moment) for one, off in found if off > _allowed(one, moment)[0]]


def _off(one: Conversion, moment: Moment) -> int | None:
    """How far it lies from the nearest source's rate of its day; None where no source has one."""
    rates = moment.rates.get((*one.pair, one.on), ())
    return min(map(one.off_bps, rates), default=None)


def _allowed(one: Conversion, moment: Moment) -> tuple[int, str]:
    """How far a rate may lie off, in hundredths of a percent, and why."""
    terms = moment.terms_of(one.partner, one.account).on(one.on)
    if terms.fx_markup_bps is None:
        return BAND_BPS, f"no mark-up was agreed, and within {percent(BAND_BPS)} no rate is asked about"
    agreed = f"the contract from {terms.valid_from} agrees on a mark-up of {percent(terms.fx_markup_bps)}"
    return terms.fx_markup_bps + NOISE_BPS, agreed


def percent(bps: int) -> str:
    """Hundredths of a percent as a person writes them."""
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02} %"


def _hint(one: Conversion, moment: Moment) -> str:
    """What rate it may have been instead: turned round, or that of another day."""
    today = moment.rates[(*one.pair, one.on)]
    if any(one.off_bps(rate.turned(*one.pair)) <= BAND_BPS for rate in today):
        return "; it fits the rate turned round"
    on = dt.date.fromisoformat(one.on)
    for apart in range(1, OTHER_DAYS + 1):
        for day in (on - dt.timedelta(days=apart), on + dt.timedelta(days=apart)):
            rates = moment.rates.get((*one.pair, day.isoformat()), ())
            if any(one.off_bps(rate) <= SAME_BPS for rate in rates):
                return f"; it fits the rate of {day}"
    return ""


def _symptom(one: Conversion, off: int, moment: Moment) -> Symptom:
    rate = min(moment.rates[(*one.pair, one.on)], key=one.off_bps)
    fair_minor, moved_minor = rate.fair(abs(one.original_minor)), abs(one.gross_minor)
    about = one.dispute or one.money_line
    return Symptom(
        control="rate_conformance",
        kind="money",
        cause=one.money_line,
        classes=("fx", "amount_differs", "minor_unit"),
        partner=one.partner,
        account=one.account,
        feed=one.feed,
        deliveries=(one.delivery,),
        disputes=(one.dispute,) if one.dispute else (),
        stakes=(Stake("line", about, one.currency, abs(moved_minor - fair_minor)),),
        seen=f"{one.partner} converted {render(abs(one.original_minor), one.original_currency)} into "
        f"{render(moved_minor, one.currency)} with {one.identity} on {one.on}, {percent(off)} off the rate "
        f"of {rate.source}{_hint(one, moment)}",
        expected=f"At that rate it comes to {render(fair_minor, one.currency)}; {_allowed(one, moment)[1]}",
    )
