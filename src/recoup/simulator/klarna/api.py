"""Klarna's API as it answers: disputes by their last update, each page after the last item of another."""

from collections.abc import Sequence
from urllib.parse import unquote

import msgspec

from recoup.domain.instants import parse_instant
from recoup.simulator.klarna.profile import ACCOUNT, API_KEY, PARTNER, ZONE
from recoup.simulator.klarna.wire import dispute
from recoup.simulator.office import Answer, Asked, Office, Seen, json_answer
from recoup.simulator.truth import Case
from recoup.simulator.world import World

PATH = "/v4/payment/disputes"
PAGE_SIZE = 10
"""How many are on a page was not read anywhere; few, so that there is a next one."""
_SAID = {400: "BAD_REQUEST", 401: "UNAUTHORIZED", 404: "NOT_FOUND", 429: "TOO_MANY_REQUESTS"}


class KlarnaApi:
    """What Klarna has, asked as of an instant."""

    def __init__(self, world: World) -> None:
        self._cases = world.cases_at(PARTNER)

    def __call__(self, asked: Asked, now: int, seen: Seen) -> Answer:
        """Answer one request."""
        if asked.path == PATH:
            return self._list(asked, now, seen)
        name = unquote(asked.path.removeprefix(f"{PATH}/"))
        found = next((case for case in self._cases if case.id == name and case.opened_at <= now), None)
        if found is None or seen.is_elsewhere:
            return Answer(404, fault(404))
        return json_answer(dispute(found, now))

    def _list(self, asked: Asked, now: int, seen: Seen) -> Answer:
        since = max(parse_instant(asked.query["updated_at_start"]), 0 if seen.reach is None else now - seen.reach)
        shown = [] if seen.is_bare or seen.is_elsewhere else self._shown(since, now - seen.lag, seen.hidden)
        begin = 0
        if "starting_after" in asked.query:
            names = [case.id for case in shown]
            if asked.query["starting_after"] not in names:
                return Answer(400, fault(400))
            begin = names.index(asked.query["starting_after"]) + (0 if seen.is_doubled else 1)
        on_page = shown[begin : begin + PAGE_SIZE + (1 if seen.is_doubled and begin else 0)]
        has_more = begin + len(on_page) < len(shown)
        last = on_page[-1].id if has_more and on_page else None
        told = {"disputes": [dispute(case, now) for case in on_page]}
        return json_answer(told | {"pagination": {"count": len(on_page), "last_item": last}})

    def _shown(self, since: int, now: int, hidden: frozenset[str]) -> Sequence[Case]:
        """The cases that changed since an instant, in order of their last change."""
        changed = [(_changed_at(c, now), c.id, c) for c in self._cases if c.opened_at <= now and c.id not in hidden]
        return [case for at, _, case in sorted(changed, key=lambda one: one[:2]) if at >= since]


def _changed_at(case: Case, now: int) -> int:
    return max(step.at for step in case.steps if step.at <= now)


def fault(status: int) -> bytes:
    """What is said when something is wrong."""
    return msgspec.json.encode({"error_code": _SAID.get(status, "INTERNAL_ERROR")})


def office(world: World) -> Office:
    """The office of Klarna in a world."""
    return Office(PARTNER, ACCOUNT, ZONE, ("authorization", f"Basic {API_KEY}"), KlarnaApi(world), fault)
