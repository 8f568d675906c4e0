"""J.P. Morgan telling a world: one report of disputes for each day, come what may."""

import datetime as dt
from collections import defaultdict

from recoup.domain.instants import local_day
from recoup.simulator.bank_wire import Credit
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.days import ONE_DAY, at_local
from recoup.simulator.jpmorgan import wire
from recoup.simulator.jpmorgan.profile import ACCOUNT, PARTNER, PROFILE, ZONE
from recoup.simulator.payments import Sales
from recoup.simulator.truth import Case, Step
from recoup.simulator.world import World


class Teller:
    """All that J.P. Morgan sends of one world."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._channel = channel
        self._told: dict[dt.date, list[tuple[Case, Step]]] = defaultdict(list)
        for case in world.cases_at(PARTNER):
            for step in case.steps:
                if step.word in wire.CATEGORIES and case.status_told.get(step.word, "") is not None:
                    late = case.told_late_by if step is case.steps[0] else 0
                    self._told[local_day(step.at + late, ZONE)].append((case, step))

    def take(self, sales: Sales) -> None:
        """Sales are not told: the house knows them."""

    def close(self, day: dt.date) -> None:
        """Report the day on the morning after, also where nothing happened."""
        told = sorted(self._told[day], key=lambda t: (t[1].at, t[0].id))
        keys = {day.isoformat(), *(case.id for case, _ in told), *(step.word for _, step in told)}
        name = f"dispute_report_{day:%Y%m%d}.csv"
        at = at_local(day + ONE_DAY, PROFILE.report_clock, ZONE)
        sent = Sent(f"{PARTNER}/dispute_report/{name}", PARTNER, "dispute_report", at, ACCOUNT, frozenset(keys))
        self._channel.send(sent, wire.report(day, told))

    def finish(self) -> list[Credit]:
        """What moves, moves on our account at the same bank: nothing is paid out."""
        return []
