"""Adyen telling a world: notifications, reports of each day, a settlement file for each batch."""

import datetime as dt

from recoup.simulator.adyen import reports, settlement, wire
from recoup.simulator.adyen.profile import PROFILE
from recoup.simulator.bank_wire import Credit
from recoup.simulator.channel import Channel
from recoup.simulator.payments import Sales
from recoup.simulator.world import World


class Teller:
    """All that Adyen sends of one world."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._world = world
        self._channel = channel
        self._till = settlement.Till(world, channel)
        self._accounting = reports.Accounting(world, channel)

    def take(self, sales: Sales) -> None:
        """Take the sales of one day in the account's zone."""
        self._till.take(sales)
        self._accounting.take(sales)

    def close(self, day: dt.date) -> None:
        """Close the batches that are due."""
        self._till.close(day)

    def finish(self) -> list[Credit]:
        """Send notifications and reports of disputes; give what arrives at the bank."""
        wire.write_webhooks(self._world, self._channel)
        reports.write_dispute_reports(self._world, self._channel)
        return [_credit(batch) for batch in self._till.batches]


def _credit(batch: settlement.Batch) -> Credit:
    bank = next(bank.account for bank in PROFILE.banks if bank.currency == batch.currency)
    text, key = settlement.payout_reference(batch), settlement.batch_key(batch)
    return Credit(bank, batch.arrives_on, batch.amount_minor, str(batch.number), text, key)
