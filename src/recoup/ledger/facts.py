"""What is booked from: everything known about one dispute or one batch, as values.

The caller gathers these from the register; `book.py` and `batches.py` say which
entries they ask for. Amounts are minor units, instants microseconds UTC, days
ISO text in the account's zone.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from recoup.domain import terms as agreements
from recoup.domain.dispute import Dispute
from recoup.domain.legs import leg_name
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation
from recoup.domain.terms import Terms
from recoup.ledger.posting_rules import Chain, Preset

DECIDED = "outcome"
FINAL = "final"
"""Keys of `told_at` for the decision and for its finality, beside the names of the legs."""


class Bearer(msgspec.Struct, frozen=True, gc=False):
    """Who bears what of one payment's disputes. None: as the contract says."""

    principal: agreements.Bearer = "merchant"
    fee: agreements.Bearer | None = None
    fx: agreements.Bearer | None = None


MERCHANT_BEARS = Bearer()


class HouseLine(msgspec.Struct, frozen=True, gc=False):
    """One movement on a merchant's balance in the house's own ledger."""

    id: str
    merchant: str
    kind: str
    """dispute_debit | dispute_credit | dispute_fee | fee_credit | other."""
    amount_minor: int
    """As the merchant sees it: a debit is negative."""
    short_minor: int
    """The part of a debit that the merchant could not pay; positive."""
    currency: str
    effective_on: str
    landed_at: int


class Share(msgspec.Struct, frozen=True, gc=False):
    """The part of an unexplained line that a person linked to one dispute: to a leg, or to a fee of it."""

    line: str
    """Identity of the line that lies in suspense."""
    amount_minor: int
    """Signed as the line is: what was taken from us is negative."""
    currency: str
    effective_on: str
    landed_at: int
    leg: str | None = None
    fee: str | None = None
    """Kind of fee, where the share is a fee and no leg."""


class ReceivableMove(msgspec.Struct, frozen=True, gc=False):
    """What became of money that a merchant could not pay."""

    id: str
    kind: Literal["written_off", "recovered"]
    merchant: str | None
    amount_minor: int
    currency: str
    effective_on: str
    landed_at: int


class DisputeFacts(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Everything that the entries about one dispute follow from; any order within, any repetition."""

    dispute: Dispute
    zone: str
    book: str = "main"
    preset: Preset = "platform"
    chain: Chain = "payout"
    terms: tuple[Terms, ...] = ()
    """All agreements about the account; each line is read by the one in force on its day."""
    merchant: str | None = None
    payment_currency: str | None = None
    """The currency in which the merchant is paid; None where the payment is not known."""
    bearer: Bearer = MERCHANT_BEARS
    told_at: Mapping[str, int] = {}
    """Since when each leg as it stands, the decision and its finality are known (`first_told`)."""
    lines: tuple[MoneyLine, ...] = ()
    """The money lines that name this dispute, each identity as the preferred feed tells it."""
    house: tuple[HouseLine, ...] = ()
    shares: tuple[Share, ...] = ()
    receivables: tuple[ReceivableMove, ...] = ()


class Total(msgspec.Struct, frozen=True, gc=False):
    """The lines of one report that are not booked one by one, summed by batch, kind and currency."""

    report: str
    """An id of the report, the same however often it is delivered: the object's hash, say."""
    batch: str | None
    kind: str
    currency: str
    net_minor: int
    effective_on: str
    landed_at: int


class BankLine(msgspec.Struct, frozen=True, gc=False):
    """One line of a bank statement, and the payout that its reference names, where one does."""

    line: MoneyLine
    payout: MoneyLine | None = None
    is_elsewhere: bool = False
    """The payout is of an account that is not in these books on that day."""


class BatchFacts(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Everything that entries about no dispute follow from, for one account. Any part may be left empty."""

    partner: str
    account: str
    book: str = "main"
    preset: Preset = "platform"
    chain: Chain = "payout"
    totals: tuple[Total, ...] = ()
    payouts: tuple[MoneyLine, ...] = ()
    """Lines of kind payout and payout_failure."""
    lumps: tuple[MoneyLine, ...] = ()
    """Lines of a dispute's kind that name no dispute."""
    bank: tuple[BankLine, ...] = ()


def first_told(observations: Iterable[Observation], dispute: Dispute) -> Mapping[str, int]:
    """Since when each leg as it now stands, the decision and its finality are known: the earliest landing that said so.

    Args:
      observations: Those that `dispute` was folded from.
      dispute: The fold.
    """
    stands = {
        (leg.leg, leg.cycle, leg.amount_minor, leg.currency, leg.is_provisional): leg.name for leg in dispute.legs
    }
    told: dict[str, int] = {}
    for observation in observations:
        landed_at = observation.landed_at
        for key, at in ((DECIDED, dispute.decided_at), (FINAL, dispute.final_at)):
            if observation.said.occurred_at == at:
                told[key] = min(landed_at, told.get(key, landed_at))
        for t in observation.said.legs:
            if (t.leg, t.cycle, t.amount_minor, t.currency, t.is_provisional) in stands:
                name = leg_name(t.leg, t.cycle)
                told[name] = min(landed_at, told.get(name, landed_at))
    return told
