"""Mollie telling a world: messages with an id, and what our daily look at its lists fetched."""

import datetime as dt

from recoup.domain.instants import MINUTE, SECOND
from recoup.partners.mollie import actions
from recoup.simulator.bank_wire import Credit
from recoup.simulator.chance import Chance
from recoup.simulator.channel import Channel, Sent, http_message
from recoup.simulator.looks import Looker
from recoup.simulator.mollie.api import office
from recoup.simulator.mollie.balance import Balance
from recoup.simulator.mollie.profile import ACCOUNT, PARTNER, PROFILE
from recoup.simulator.office import troubled
from recoup.simulator.payments import Sales
from recoup.simulator.truth import Case
from recoup.simulator.world import World

_TOLD = ("debit", "win")


class Teller:
    """All that Mollie sends of one world, and what it is asked for."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._world = world
        self._channel = channel
        self._balance = Balance(world)

    def take(self, sales: Sales) -> None:
        """The balance knows the sales."""

    def close(self, day: dt.date) -> None:
        """Nothing is sent at the end of a day."""

    def finish(self) -> list[Credit]:
        """Send messages, and pages where nobody asks later; give what arrives at the bank."""
        hints = [(at, case) for case in self._world.cases_at(PARTNER) for at in self._hints(case)]
        if not self._world.plan.calls:
            looker = Looker(self._world, self._channel, troubled(self._world, office(self._world, self._balance)))
            looker.look(actions.sweep, actions.fetch, [(at, case.payment.ref, case.id) for at, case in hints], _ends_at)
        bank = PROFILE.banks[0].account
        paid = self._balance.settlements
        return [Credit(bank, s.arrives_on, s.amount_minor, s.id, f"MOLLIE {s.reference}", s.id) for s in paid]

    def _hints(self, case: Case) -> list[int]:
        """Send a message for each thing that happens to a chargeback: it names the payment, and nothing else."""
        chance = Chance(self._world.plan.seed, "webhook", case.id)
        found = []
        for number, step in enumerate(case.steps, start=1):
            late = case.told_late_by if number == 1 else 0
            at = step.at + late + chance.between(5, 90) * SECOND + chance.below(SECOND)
            if step.word in _TOLD and send_hint(self._channel, case, at, number):
                found.append(at + MINUTE)
        return found


def _ends_at(case: Case) -> int | None:
    """When nothing more can happen to a chargeback; a card's may always be reversed."""
    return case.step_at("win")


def send_hint(channel: Channel, case: Case, at: int, number: int) -> Sent | None:
    """Send one classic message, which nobody signs; None after the last day."""
    headers = {"host": "hooks.marketplace.example", "content-type": "application/x-www-form-urlencoded"}
    path = f"mollie/webhook/{case.payment.ref}_{case.id}_{number}.http"
    step = case.steps[number - 1]
    sent = Sent(path, PARTNER, "webhook", at, ACCOUNT, frozenset({case.id, step.word}))
    body = f"id={case.payment.ref}".encode()
    return sent if channel.send(sent, http_message("POST /webhooks/mollie HTTP/1.1", headers, body)) else None
