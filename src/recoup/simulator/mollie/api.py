"""Mollie's API as it answers: chargebacks, balances and what moved them, settlements; each newest first, by a cursor.

Shapes follow mollie-api-python `tests/responses/`; see `recoup/partners/mollie/README.md`.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from recoup.simulator.chance import Chance
from recoup.simulator.days import utc_text
from recoup.simulator.mollie.balance import Balance, euros
from recoup.simulator.mollie.profile import ACCOUNT, API_KEY, BALANCE, PARTNER, RETURNED, ZONE
from recoup.simulator.office import Answer, Asked, Office, Seen, json_answer
from recoup.simulator.truth import Case
from recoup.simulator.world import World

ADDRESS = "https://api.mollie.com"
PAGE_MAX = 25
"""A tenth of what Mollie gives, so that small worlds have lists of several pages."""
_RETURNS = ("AM04", "MD06", "AC04", "MD01", "MS03")
Document = dict[str, Any]


def chargeback(case: Case, now: int) -> Document:
    """A chargeback as the API shows it at an instant."""
    reversed_at = case.step_at("win")
    is_reversed = reversed_at is not None and reversed_at <= now
    return {
        "resource": "chargeback",
        "id": case.id,
        "amount": euros(case.said_amount()),
        "settlementAmount": euros(-case.said_amount()),
        "reason": _reason(case),
        "createdAt": utc_text(case.opened_at),
        "reversedAt": utc_text(reversed_at) if is_reversed and reversed_at is not None else None,
        "paymentId": case.payment.ref,
    }


def _reason(case: Case) -> Document | None:
    """Why a bank debit came back; card schemes give none."""
    return {"code": Chance("reason", case.id).pick(_RETURNS)} if case.life == RETURNED else None


class MollieApi:
    """What Mollie has, asked as of an instant."""

    def __init__(self, world: World, balance: Balance) -> None:
        self._cases = sorted(world.cases_at(PARTNER), key=lambda case: (case.opened_at, case.id))
        self._balance = balance

    def __call__(self, asked: Asked, now: int, seen: Seen) -> Answer:
        """Answer one request."""
        parts = asked.path.strip("/").split("/")
        match parts:
            case ["v2", "chargebacks"]:
                return self._chargebacks(asked, self._cases, now, seen)
            case ["v2", "payments", payment, "chargebacks"]:
                ours = [case for case in self._cases if case.payment.ref == payment and case.opened_at <= now]
                return self._chargebacks(asked, ours, now, Seen()) if ours and not seen.is_elsewhere else not_found()
            case ["v2", "balances"]:
                return json_answer(page("balances", [{"resource": "balance", "id": BALANCE}], None, asked))
            case ["v2", "balances", str(), "transactions"]:
                moved = self._balance.moved
                return _listed(asked, "balance_transactions", moved, now, lambda m: m.id, lambda m: m.document(), seen)
            case ["v2", "settlements"]:
                paid = self._balance.settlements
                return _listed(asked, "settlements", paid, now, lambda s: s.id, lambda s: s.document(), seen)
        return not_found()

    def _chargebacks(self, asked: Asked, cases: Sequence[Case], now: int, seen: Seen) -> Answer:
        if asked.query.get("limit") == "1" and "from" in asked.query:
            # One that is asked for by its id, as a list that begins with it and ends there.
            found = [case for case in cases if case.id == asked.query["from"] and case.opened_at <= now]
            if not found or seen.is_elsewhere:
                return not_found()
            return json_answer(page("chargebacks", [chargeback(found[0], now)], None, asked))
        shown = [case for case in cases if _is_shown(case, now, seen)]
        return _listed(asked, "chargebacks", shown, now, lambda c: c.id, lambda c: chargeback(c, now), seen)


def _is_shown(case: Case, now: int, seen: Seen) -> bool:
    is_reached = seen.reach is None or case.opened_at >= now - seen.reach
    return case.opened_at <= now - seen.lag and is_reached and case.id not in seen.hidden


def _at(thing: Any) -> int:
    return int(thing.opened_at if isinstance(thing, Case) else thing.at)


def _listed(
    asked: Asked,
    many: str,
    things: Sequence[Any],
    now: int,
    named: Callable[[Any], str],
    shown: Callable[[Any], Document],
    seen: Seen,
) -> Answer:
    """One page of things that are in order of time, the newest first, from the one that the cursor names."""
    known = [] if seen.is_bare or seen.is_elsewhere else things[: bisect_right(things, now, key=_at)]
    limit = min(int(asked.query.get("limit", "50")), PAGE_MAX)
    end = len(known)
    if "from" in asked.query:
        end = next((at + 1 for at in range(end - 1, -1, -1) if named(known[at]) == asked.query["from"]), 0)
        if not end:
            return not_found()
    begin = max(0, end - limit)
    # A list that is doubled turns to a page that begins with what the last one ended with.
    following = begin + 1 if seen.is_doubled and begin else begin
    cursor = named(known[following - 1]) if begin else None
    return json_answer(page(many, [shown(one) for one in reversed(known[begin:end])], cursor, asked))


def page(many: str, things: Sequence[Document], cursor: str | None, asked: Asked) -> Document:
    """One page of a list, with the address of the next."""
    limit = asked.query.get("limit", "50")
    link = None if cursor is None else {"href": f"{ADDRESS}{asked.path}?from={cursor}&limit={limit}"}
    return {"count": len(things), "_embedded": {many: list(things)}, "_links": {"next": link}}


def fault(status: int) -> bytes:
    """What is said when something is wrong."""
    title = {401: "Unauthorized Request", 404: "Not Found", 429: "Too Many Requests"}.get(status, "Error")
    return msgspec.json.encode({"status": status, "title": title})


def not_found() -> Answer:
    """There is no such thing."""
    return Answer(404, fault(404))


def office(world: World, balance: Balance | None = None) -> Office:
    """The office of Mollie in a world."""
    api = MollieApi(world, balance or Balance(world))
    return Office(PARTNER, ACCOUNT, ZONE, ("authorization", f"Bearer {API_KEY}"), api, fault)
