"""Stripe telling a world: messages, daily looks at its lists, payouts and the report of each."""

import datetime as dt

from recoup.simulator.bank_wire import Credit
from recoup.simulator.channel import Channel
from recoup.simulator.payments import Sales
from recoup.simulator.stripe import payouts, wire
from recoup.simulator.stripe.profile import PROFILE
from recoup.simulator.world import World


class Teller:
    """All that Stripe sends of one world."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._world = world
        self._channel = channel
        self._till = payouts.Till(world, channel)

    def take(self, sales: Sales) -> None:
        """Take the sales of one day in the account's zone."""
        self._till.take(sales)

    def close(self, day: dt.date) -> None:
        """Pay out what is due."""
        self._till.close(day)

    def finish(self) -> list[Credit]:
        """Send messages and pages; give what arrives at the bank."""
        wire.write_webhooks(self._world, self._channel)
        wire.write_sweeps(self._world, self._channel)
        payouts.write_payout_pages(self._world, self._channel, self._till.payouts)
        bank = PROFILE.banks[0].account
        return [Credit(bank, p.arrives_on, p.amount_minor, p.id, "STRIPE TRANSFER", p.id) for p in self._till.payouts]
