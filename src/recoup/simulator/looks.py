"""Our own looks at a partner's API, written down as pages: what a sweep of ours would have fetched, day by day.

For a world that nobody asks later. The sweeps are the partner's own (`partners/<name>/actions.py`); an office answers.
"""

from collections.abc import Callable, Iterable, Sequence

from recoup.domain.instants import DAY, HOUR, SECOND
from recoup.partners.contract import Message, Request, Send, Swept
from recoup.simulator.channel import Channel, Sent, http_message
from recoup.simulator.days import at_local, days_from
from recoup.simulator.office import Asked, Office
from recoup.simulator.profiles import PROFILES
from recoup.simulator.truth import Case
from recoup.simulator.world import World

LOOK_CLOCK = "08:10"
"""Local time of our daily look."""
_OVERLAP = HOUR
Hint = tuple[int, str, str]
"""When we look, what we ask for, the case that it is about."""


class Looker:
    """Looks at one partner, and sends what it is shown."""

    def __init__(self, world: World, channel: Channel, office: Office) -> None:
        self._world = world
        self._channel = channel
        self._office = office
        self._profile = PROFILES[office.partner]

    def look(
        self,
        sweep: Callable[[Send, int, int], Iterable[Swept]],
        fetch: Callable[[Send, str], Swept],
        hints: Sequence[Hint],
        ends_at: Callable[[Case], int | None],
    ) -> None:
        """List every day, fetch what messages named, and once a day what is still open.

        Args:
          sweep: The partner's own.
          fetch: The same.
          hints: What messages named.
          ends_at: When nothing more happens to a case; None for never.
        """
        for at, name, about in hints:
            self._send(fetch(self._asking(at), name), at, {about}, f"-{at // SECOND}")
        since = at_local(self._world.plan.first_day, LOOK_CLOCK, self._profile.zone) - 180 * DAY
        for day in days_from(self._world.plan.first_day, self._world.plan.days):
            now = at_local(day, LOOK_CLOCK, self._profile.zone)
            keys = {day.isoformat()}
            for number, page in enumerate(sweep(self._asking(now), since - _OVERLAP, now)):
                self._send(page, now + number * SECOND, keys)
            for case in self._open(now, ends_at):
                self._send(fetch(self._asking(now), case.id), now + 5 * SECOND, keys | {case.id}, f"-{day}")
            since = now

    def _open(self, now: int, ends_at: Callable[[Case], int | None]) -> list[Case]:
        """Cases that a daily look before this one may have left open."""
        cases = [c for c in self._world.cases_at(self._profile.partner) if c.opened_at + c.told_late_by <= now - DAY]
        return [c for c in cases if (end := ends_at(c)) is None or end > now - DAY]

    def _asking(self, now: int) -> Send:
        header = self._office.header

        def send(request: Request) -> Message:
            headers = dict([header]) | dict(request.headers)
            answer = self._office.answer(Asked(request.method, request.path, request.query, headers), now)
            return Message(f"HTTP/1.1 {answer.status} {_SAID.get(answer.status, '')}", answer.headers, answer.body)

        return send

    def _send(self, page: Swept, at: int, keys: set[str], tail: str = "") -> None:
        """Send a page as it was fetched; what is asked for stands in a header of ours."""
        asked = page.message.start_line.rpartition(" ")[0]
        headers = dict(page.message.headers) | {"recoup-request": asked}
        name = f"{page.name.removesuffix('.http')}{tail}.http".replace(":", "")
        partner = self._profile.partner
        sent = Sent(f"{partner}/{page.feed}/{name}", partner, page.feed, at, self._profile.account, frozenset(keys))
        self._channel.send(sent, http_message("HTTP/1.1 200 OK", headers, page.message.body))


_SAID = {200: "OK"}
