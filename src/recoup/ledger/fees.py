"""Fees: which part of what a line cost is the fee for the dispute, of which kind, and who bears it.

A line's whole cost is what moved the balance beside its gross. How it splits is
the contract's word; without one the whole is the fee of its step. Who bears it
is the allocation's word, else the contract's; where neither says, it is ours.
"""

from collections.abc import Sequence

import msgspec

from recoup.domain.legs import Leg
from recoup.domain.money_line import MoneyLine
from recoup.domain.terms import FeeTerm, Terms
from recoup.ledger.facts import Bearer


class Cost(msgspec.Struct, frozen=True, gc=False):
    """What one line cost, in its currency; a fee that comes back is negative."""

    fee: int = 0
    kind: str = "received"
    processing: int = 0
    tax: int = 0


NO_COST = Cost()
_RECEIVING = {"return": "bank_return", "alert": "alert", "resolution": "alert"}


def receiving(dispute_kind: str) -> str:
    """The kind of fee that comes with the debit of a dispute of this kind."""
    return _RECEIVING.get(dispute_kind, "received")


def cost_of(line: MoneyLine, terms: Terms, kind: str, is_debit: bool, taxes: Sequence[Leg] = ()) -> Cost:
    """The cost within a line that settles a debit or a credit.

    Args:
      line: The line; its cost is `gross - net`, whatever the partner calls fee.
      terms: The agreement on the line's day.
      kind: The kind of fee that comes with a debit (`receiving`).
      is_debit: True for a withdrawal: what exceeds the agreed fee is processing. A reversal costs only processing,
        and what it gives back is the dispute's fee.
      taxes: Legs that the partner told as tax within this line.
    """
    total = line.gross_minor - line.net_minor
    if not total:
        return NO_COST
    tax = sum(leg.amount_minor for leg in taxes)
    total -= tax
    if not is_debit and total > 0:
        return Cost(kind=kind, processing=total, tax=tax)
    agreed = _agreed(terms, kind, line.currency)
    if is_debit and agreed is not None and total > agreed:
        return Cost(fee=agreed, kind=kind, processing=total - agreed, tax=tax)
    return Cost(fee=total, kind=kind, tax=tax)


def kind_of(line: MoneyLine, terms: Terms, kind: str, has_received: bool) -> str:
    """The kind of a fee that comes as a line of its own: the one agreed at its amount, else by its place.

    Args:
      line: The fee's line.
      terms: The agreement on the line's day.
      kind: The kind of fee that comes with a debit (`receiving`).
      has_received: The fee for receiving the dispute came with a debit, so this is one for answering.
    """
    fitting = {f.kind for f in terms.fees if (f.amount_minor, f.currency) == (abs(line.net_minor), line.currency)}
    if has_received:
        fitting.discard(kind)
    if len(fitting) == 1:
        return fitting.pop()
    return "countered" if has_received else kind


def is_passed_on(kind: str, terms: Terms, bearer: Bearer) -> bool:
    """Whether the merchant bears a fee; where neither allocation nor contract says so, nobody charged it."""
    term = terms.fee(kind)
    if kind != "processing" and bearer.fee is not None:
        return bearer.fee == "merchant"
    return term is not None and term.borne_by == "merchant"


def _agreed(terms: Terms, kind: str, currency: str) -> int | None:
    term: FeeTerm | None = terms.fee(kind)
    if term is None or term.amount_minor is None or term.currency != currency:
        return None
    return term.amount_minor
