"""Whole histories of one dispute, drawn at random: what was told, settled and done by the house, sound or not."""

from typing import Any, Literal

from hypothesis import strategies as st

from recoup.domain.legs import LegKind, Told
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation
from recoup.domain.terms import FeeTerm, Terms
from recoup.ledger.facts import Bearer, DisputeFacts, HouseLine
from tests.ledger.facts import about, heard, house, leg, line

CURRENCIES = ("USD", "EUR")
LEG_KINDS: tuple[LegKind, ...] = (
    "debit",
    "debit",
    "credit",
    "credit",
    "hold",
    "release",
    "fee",
    "tax",
    "compensation",
)
BEARERS: tuple[Literal["merchant", "house"], ...] = ("merchant", "house")
MOVES = (
    "inquiry_opened",
    "chargeback_opened",
    "chargeback_reversed",
    "second_chargeback",
    "arbitration_opened",
    "won",
    "lost",
    "accepted",
    "split",
    "withdrawn",
    "unknown",
)
amounts = st.integers(1, 9_999)
days = st.integers(0, 20)
currencies = st.sampled_from(CURRENCIES)


@st.composite
def legs(draw: st.DrawFn) -> Told:
    """One leg of any kind, often of the first or second cycle."""
    kind: LegKind = draw(st.sampled_from(LEG_KINDS))
    ref = draw(st.none() | st.sampled_from(("l0", "l1", "l2")))
    is_provisional = kind == "credit" and draw(st.booleans())
    cycle = draw(st.integers(1, 3))
    return leg(kind, cycle, draw(amounts), draw(currencies), ref=ref, is_provisional=is_provisional)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    """One observation with up to two legs, landed any time."""
    told = draw(st.lists(legs(), max_size=2))
    return heard(draw(st.sampled_from(MOVES)), draw(days), *told, landed=draw(days))


@st.composite
def lines(draw: st.DrawFn, number: int) -> MoneyLine:
    """One line of any kind, converted or not, with or without a fee."""
    kind = draw(
        st.sampled_from(("dispute", "dispute", "dispute_reversal", "dispute_fee", "reserve", "adjustment", "refund"))
    )
    sign = 1 if kind == "dispute_reversal" else draw(st.sampled_from((-1, -1, 1)))
    gross = sign * draw(amounts)
    more: dict[str, Any] = {"gross_minor": gross, "currency": draw(currencies)}
    if draw(st.booleans()):
        more |= {"original_minor": draw(amounts), "original_currency": draw(currencies)}
    more |= {"cycle": draw(st.none() | st.integers(1, 2)), "batch": draw(st.sampled_from((None, "po_1", "po_2")))}
    net = gross - draw(st.sampled_from((0, 0, 1500, -1500, 1700)))
    return line(f"l{number}", kind, net, draw(days), **more)


@st.composite
def house_lines(draw: st.DrawFn, number: int) -> HouseLine:
    """One line of the house, of either currency."""
    kind = draw(st.sampled_from(("dispute_debit", "dispute_credit", "dispute_fee", "fee_credit", "other")))
    minor = draw(amounts) * draw(st.sampled_from((1, -1)))
    short = draw(st.integers(0, abs(minor))) if minor < 0 else 0
    return house(f"h{number}", kind, minor, draw(days), short_minor=short, currency=draw(currencies))


@st.composite
def contexts(draw: st.DrawFn) -> dict[str, Any]:
    """Everything around a dispute: book, chain, agreement, who bears what."""
    word = st.none() | st.sampled_from(BEARERS)
    fees = (FeeTerm(kind="received", amount_minor=1500, currency="USD", borne_by=draw(st.sampled_from(BEARERS))),)
    terms = Terms(
        valid_from="2024-01-01",
        fees=fees,
        release=draw(st.sampled_from(("on_final", "at_once"))),
        fx_borne_by=draw(st.sampled_from(BEARERS)),
    )
    return {
        "preset": draw(st.sampled_from(("platform", "merchant"))),
        "chain": draw(st.sampled_from(("payout", "bank", "balance"))),
        "zone": draw(st.sampled_from(("UTC", "America/Los_Angeles", "Asia/Tokyo"))),
        "payment_currency": draw(st.none() | currencies),
        "bearer": Bearer(draw(st.sampled_from(BEARERS)), draw(word), draw(word)),
        "terms": draw(st.sampled_from(((), (terms,)))),
    }


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Observation], list[MoneyLine], list[HouseLine], dict[str, Any]]:
    """One history, its parts in an order that means nothing."""
    told = draw(st.lists(observations(), min_size=1, max_size=5, unique_by=lambda o: o.id))
    settled = [draw(lines(n)) for n in range(draw(st.integers(0, 4)))]
    done = [draw(house_lines(n)) for n in range(draw(st.integers(0, 3)))]
    return told, settled, done, draw(contexts())


def facts(
    told: list[Observation], settled: list[MoneyLine], done: list[HouseLine], around: dict[str, Any]
) -> DisputeFacts:
    """The facts of one history."""
    return about(*told, lines=tuple(settled), house=tuple(done), **around)
