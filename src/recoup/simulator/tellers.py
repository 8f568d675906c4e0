"""Who tells what: the wire writers of each profile, behind one shape.

A teller is told the sales of each day in the zone of its partner's account, then that the day is over, and in the end
writes all else. Read a partner's `teller.py` next.
"""

import datetime as dt
from collections.abc import Callable
from typing import Protocol

from recoup.simulator.adyen.teller import Teller as Adyen
from recoup.simulator.bank_wire import Credit
from recoup.simulator.channel import Channel
from recoup.simulator.jpmorgan.teller import Teller as JpMorgan
from recoup.simulator.klarna.teller import Teller as Klarna
from recoup.simulator.mollie.teller import Teller as Mollie
from recoup.simulator.payments import Sales
from recoup.simulator.sepa.teller import Teller as Sepa
from recoup.simulator.stripe.teller import Teller as Stripe
from recoup.simulator.world import World


class Teller(Protocol):
    """All that one partner sends of one world."""

    def take(self, sales: Sales) -> None:
        """Take the sales of one day in the account's zone, warm-up days among them."""

    def close(self, day: dt.date) -> None:
        """A day of the plan is over: pay out, close batches, report."""

    def finish(self) -> list[Credit]:
        """Send all that does not hang on single days; give what arrives at the bank."""


TELLERS: dict[str, Callable[[World, Channel], Teller]] = {
    "stripe": Stripe,
    "adyen": Adyen,
    "sepa": Sepa,
    "mollie": Mollie,
    "klarna": Klarna,
    "jpmorgan": JpMorgan,
}
