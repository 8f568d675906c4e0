"""Legs that one side has told and the other has not, and those of them that a sum of money is made of.

Reads: posting (partner_clearing). Read `lumps.py` for money that names nothing, `tie_out.py` for lines that are not
there.
"""

from collections.abc import Sequence
from itertools import combinations

import msgspec

from recoup.controls.balances import Balance, unbalanced
from recoup.controls.moment import Moment
from recoup.storage.register import View

CANDIDATES_MAX = 40
"""Open legs that are tried, the oldest first: 40 give some 100,000 sums of four."""


class Sum(msgspec.Struct, frozen=True):
    """Money that open legs may make up. `minor` as it stands in the books: what debits took is positive."""

    partner: str
    account: str
    currency: str
    minor: int
    on: str
    """What was announced after this ISO day cannot be in it."""


def open_legs(view: View) -> list[Balance]:
    """Legs that were announced and not settled, or settled and not announced."""
    return [b for b in unbalanced(view, ("partner_clearing",)) if not b.is_two_sided and b.dispute is not None]


def fee_of(sum_: Sum, moment: Moment) -> int:
    """The agreed fee for a dispute received, which each debit in a sum may have cost; 0 where nothing was agreed."""
    term = moment.terms_of(sum_.partner, sum_.account).on(sum_.on).fee("received")
    return (term.amount_minor or 0) if term is not None and term.currency == sum_.currency else 0


def made_of(sum_: Sum, legs: Sequence[Balance], fee_minor: int, size: int) -> list[tuple[Balance, ...]]:
    """Every choice of so many legs of the account that adds up to a sum exactly, with or without a fee a debit."""
    fitting = [
        leg
        for leg in sorted(legs, key=lambda leg: (leg.since_on, leg.dispute or "", leg.leg or ""))
        if (leg.partner, leg.partner_account, leg.currency) == (sum_.partner, sum_.account, sum_.currency)
        and (leg.balance_minor > 0) != (sum_.minor > 0)
        and leg.since_on <= sum_.on
    ][:CANDIDATES_MAX]
    return [choice for choice in combinations(fitting, size) if _is_sum(choice, sum_.minor, fee_minor)]


def _is_sum(legs: Sequence[Balance], minor: int, fee_minor: int) -> bool:
    """Whether legs, which stand on the other side, make up a sum; of debits each may have cost the fee."""
    left = minor + sum(leg.balance_minor for leg in legs)
    return left == 0 or (minor > 0 and left == fee_minor * len(legs))
