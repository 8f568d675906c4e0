"""The office of a simulated partner: what answers when its API is asked, as of an instant, and what goes wrong there.

An office knows a way in (one header), a limit to the number of questions, and its troubles; what the partner has and
how its pages look is in the `api.py` of its folder. Nothing here reads a clock: now is given.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from recoup.domain.instants import MINUTE, SECOND, day_start, local_day
from recoup.simulator.days import ONE_DAY, http_date
from recoup.simulator.truth import Trouble
from recoup.simulator.world import World

PER_MINUTE = 3_000
"""How many questions a minute are answered; no round of ours comes near it."""
RETRY_SECONDS = 60


class Asked(msgspec.Struct, frozen=True):
    """One request as it comes. Header names are lower-case."""

    method: str
    path: str
    """Without its query; percent signs as they came."""
    query: Mapping[str, str]
    headers: Mapping[str, str]


class Answer(msgspec.Struct, frozen=True):
    """What comes back."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    took: int = SECOND // 10
    """Microseconds until it is there."""


class Seen(msgspec.Struct, frozen=True):
    """What a list of disputes shows, where it does not show all."""

    hidden: frozenset[str] = frozenset()
    """Disputes that it leaves out."""
    lag: int = 0
    """Microseconds by which it is behind."""
    reach: int | None = None
    """Microseconds beyond which it does not go back, whatever is asked for."""
    is_doubled: bool = False
    """The last of a page comes first on the next one again."""
    is_bare: bool = False
    """Nothing is listed."""
    is_elsewhere: bool = False
    """The account that is asked has none of it: nothing is listed, and nothing is found by its id."""


ALL = Seen()
Api = Callable[[Asked, int, Seen], Answer]
"""What a partner answers at an instant: to whom it lets in, and has no troubles."""


class Office:
    """The API of one account."""

    def __init__(
        self, partner: str, account: str, zone: str, header: tuple[str, str], api: Api, fault: Callable[[int], bytes]
    ) -> None:
        """Open it.

        Args:
          partner: Whose.
          account: Our account there.
          zone: Where a day begins, for limits by the day.
          header: Name and value of what lets a request in.
          api: What it answers.
          fault: The body with which it says that something is wrong, by status.
        """
        self.partner = partner
        self.account = account
        self.troubles: Sequence[Trouble] = ()
        self._zone = zone
        self.header = header
        self._api = api
        self._fault = fault
        self._minute = (0, 0)

    def answer(self, asked: Asked, now: int) -> Answer:
        """Answer one request at an instant."""
        words = {trouble.word for trouble in self.troubles if trouble.since <= now < trouble.until}
        instead = self._instead(words, asked, now)
        found = instead or self._api(asked, now, self._seen(now))
        headers = {"date": http_date(now), "content-type": "application/json", **found.headers}
        return msgspec.structs.replace(found, headers=headers, took=_TAKES.get(min(words, default=""), found.took))

    def _instead(self, words: set[str], asked: Asked, now: int) -> Answer | None:
        """What comes in place of an answer, from the outside in."""
        if "down" in words:
            return self._no(503)
        if "moved" in words:
            return Answer(301, b"", {"location": f"https://api2.{self.partner}.example{asked.path}"})
        if "error_body" in words:
            return Answer(200, self._fault(500))
        if "quota" in words:
            return self._no(429, (day_start(local_day(now, self._zone) + ONE_DAY, self._zone) - now) // SECOND)
        if "throttle" in words or self._is_too_often(now):
            return self._no(429, RETRY_SECONDS)
        if "refuse" in words or asked.headers.get(self.header[0]) != self.header[1]:
            return self._no(401)
        is_turned = bool({"from", "starting_after"} & asked.query.keys())
        return self._no(400) if "cursor" in words and is_turned else None

    def _no(self, status: int, retry_seconds: int | None = None) -> Answer:
        wait = {} if retry_seconds is None else {"retry-after": str(retry_seconds)}
        return Answer(status, self._fault(status), wait)

    def _is_too_often(self, now: int) -> bool:
        minute, count = now // MINUTE, 1
        if self._minute[0] == minute:
            count += self._minute[1]
        self._minute = (minute, count)
        return count > PER_MINUTE

    def _seen(self, now: int) -> Seen:
        seen = ALL
        for trouble in self.troubles:
            if trouble.since <= now < trouble.until:
                seen = _narrowed(seen, trouble)
        return seen


_TAKES = {"slow": 25 * SECOND}


def _narrowed(seen: Seen, trouble: Trouble) -> Seen:
    changes: Mapping[str, Mapping[str, Any]] = {
        "hide": {"hidden": seen.hidden | trouble.about},
        "lag": {"lag": trouble.by},
        "window": {"reach": trouble.by},
        "double": {"is_doubled": True},
        "bare": {"is_bare": True},
        "elsewhere": {"is_elsewhere": True},
    }
    return msgspec.structs.replace(seen, **changes.get(trouble.word, {}))


def troubled(world: World, office: Office) -> Office:
    """Give an office the troubles that befall its partner in a world."""
    office.troubles = [trouble for trouble in world.troubles if trouble.partner == office.partner]
    return office


def json_answer(document: Any, status: int = 200) -> Answer:
    """An answer with a document."""
    return Answer(status, msgspec.json.encode(document))
