"""Klarna telling a world: signed messages, a settlement report per payout, what our daily look at its list fetched."""

import datetime as dt

from recoup.partners.klarna import actions
from recoup.simulator.bank_wire import Credit
from recoup.simulator.channel import Channel
from recoup.simulator.klarna import wire
from recoup.simulator.klarna.api import office
from recoup.simulator.klarna.profile import PROFILE
from recoup.simulator.klarna.settlement import Till, arriving
from recoup.simulator.looks import Looker
from recoup.simulator.office import troubled
from recoup.simulator.payments import Sales
from recoup.simulator.truth import Case
from recoup.simulator.world import World

_ENDS = ("won", "upheld", "accepted_loss")


class Teller:
    """All that Klarna sends of one world, and what it is asked for."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._world = world
        self._channel = channel
        self._till = Till(world, channel)

    def take(self, sales: Sales) -> None:
        """Take the sales of one day in the account's zone."""
        self._till.take(sales)

    def close(self, day: dt.date) -> None:
        """Pay out what is due."""
        self._till.close(day)

    def finish(self) -> list[Credit]:
        """Send messages, and pages where nobody asks later; give what arrives at the bank."""
        wire.write_webhooks(self._world, self._channel)
        if not self._world.plan.calls:
            looker = Looker(self._world, self._channel, troubled(self._world, office(self._world)))
            looker.look(actions.sweep, actions.fetch, (), _ends_at)
        bank = PROFILE.banks[0].account
        paid = arriving(self._till.payouts)
        return [Credit(bank, p.arrives_on, p.amount_minor, p.reference, text, p.reference) for p, text in paid]


def _ends_at(case: Case) -> int | None:
    """When nothing more happens to a dispute."""
    return max((step.at for step in case.steps if step.word in _ENDS), default=None)
