"""Histories of one dispute as a partner, its settlement and the house could tell them: hypothesis strategies.

A history is a set of tellings: observations (a life drawn from MOVES, told by
webhooks, fetched again as snapshots), money lines (settled legs, on one feed or
two) and lines of the house's ledger. Which of them exist is drawn; what they say
holds together as little or as much as the draw gives, since the wrong has to be
as stable as the right.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

import msgspec
from hypothesis import strategies as st

from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import DAY, HOUR, local_day
from recoup.domain.legs import Told
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation, Said, observe
from recoup.ledger.facts import HouseLine

_Told = TypeVar("_Told")

PARTNER, ACCOUNT, CASE, ZONE = "stripe", "acct_1", "dp_1", "America/New_York"
START = 1_769_990_400_000_000  # 2026-02-02T00:00:00Z: an instant to count from, nothing hangs on it
MOVES = (
    "inquiry_opened",
    "inquiry_closed",
    "chargeback_announced",
    "chargeback_opened",
    "chargeback_under_review",
    "evidence_submitted",
    "chargeback_reversed",
    "second_chargeback",
    "pre_arbitration_opened",
    "pre_arbitration_lost",
    "won",
    "lost",
    "accepted",
    "expired",
    "closed_unknown",
    "reopened",
    "unknown",
)
_LEGS = {
    "chargeback_opened": ("debit", 1, False),
    "chargeback_reversed": ("credit", 1, True),
    "won": ("credit", 1, False),
    "second_chargeback": ("debit", 2, False),
}


class History(msgspec.Struct, frozen=True):
    """Everything that was told of one dispute."""

    observations: tuple[Observation, ...]
    lines: tuple[MoneyLine, ...]
    house: tuple[HouseLine, ...]

    def shuffled(self, seed: int) -> "History":
        """The same tellings in another order, some of them twice."""
        chance = random.Random(seed)
        return History(
            _shuffled(self.observations, chance), _shuffled(self.lines, chance), _shuffled(self.house, chance)
        )


def _shuffled(told: Sequence[_Told], chance: random.Random) -> tuple[_Told, ...]:
    mixed = [*told, *chance.sample(list(told), chance.randint(0, len(told)))]
    chance.shuffle(mixed)
    return tuple(mixed)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A history of one dispute with up to eight observations, six money lines and three lines of the house."""
    amount = draw(st.integers(1, 500_000))
    currency = draw(st.sampled_from(("USD", "JPY", "KWD")))
    steps = draw(st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 6)), min_size=1, max_size=8))
    observations = [_observation(at, move, lag, amount, currency) for at, (move, lag) in enumerate(steps)]
    lines = draw(st.lists(_lines(amount, currency), max_size=6, unique_by=lambda line: (line.id, line.feed)))
    house = draw(st.lists(_house_lines(amount, currency), max_size=3, unique_by=lambda line: line.id))
    return History(tuple(observations), tuple(lines), tuple(house))


def _observation(at: int, move: str, lag: int, amount: int, currency: str) -> Observation:
    # Several steps may share an instant: the rank in MOVES, then the id, must decide.
    occurred_at = START + (at // 2) * DAY
    leg = _LEGS.get(move)
    said = Said(
        partner_dispute_id=CASE,
        form="event" if at % 3 else "snapshot",
        occurred_at=occurred_at,
        move=move,
        record_id=f"evt_{at}" if at % 3 else None,
        kind="dispute",
        partner_status=move,
        amount_minor=amount,
        currency=currency,
        payment_ref="ch_1",
        network="visa",
        reason_code="10.4",
        due_at=occurred_at + (7 + at) * DAY,
        due_state="said",
        legs=(Told(leg[0], leg[1], amount, currency, None, leg[2]),) if leg else (),  # type: ignore[arg-type]
    )
    return observe(
        said,
        partner=PARTNER,
        account=ACCOUNT,
        feed="webhook",
        delivery=f"del_{at}",
        position=1,
        landed_at=occurred_at + lag * HOUR,
        trust="signed",
    )


@st.composite
def _lines(draw: st.DrawFn, amount: int, currency: str) -> MoneyLine:
    number = draw(st.integers(0, 3))
    is_debit = draw(st.booleans())
    fee = draw(st.sampled_from((0, 1500)))
    gross = -amount if is_debit else amount
    occurred_at = START + number * DAY
    identity = f"txn_{'d' if is_debit else 'c'}{number}"
    return MoneyLine(
        id=money_line_id(PARTNER, ACCOUNT, identity),
        partner=PARTNER,
        account=ACCOUNT,
        feed=draw(st.sampled_from(("payout_report", "balance_transactions"))),
        delivery=f"del_m{number}",
        position=1,
        identity=identity,
        kind="dispute" if is_debit else "dispute_reversal",
        partner_kind=None,
        dispute=dispute_id(PARTNER, ACCOUNT, CASE),
        partner_dispute_id=CASE,
        payment_ref="ch_1",
        cycle=None,
        batch="po_1",
        gross_minor=gross,
        fee_minor=fee,
        net_minor=gross - fee,
        currency=currency,
        original_minor=None,
        original_currency=None,
        occurred_at=occurred_at,
        effective_on=local_day(occurred_at, ZONE).isoformat(),
        reference=None,
        landed_at=occurred_at + DAY,
    )


@st.composite
def _house_lines(draw: st.DrawFn, amount: int, currency: str) -> HouseLine:
    number = draw(st.integers(0, 5))
    kind = draw(st.sampled_from(("dispute_debit", "dispute_credit", "dispute_fee")))
    signed = -amount if kind == "dispute_debit" else amount if kind == "dispute_credit" else -1500
    return HouseLine(
        id=f"led_{number}",
        merchant="m_1",
        kind=kind,
        amount_minor=signed,
        short_minor=0,
        currency=currency,
        effective_on=local_day(START + number * DAY, ZONE).isoformat(),
        landed_at=START + (number + 1) * DAY,
    )
