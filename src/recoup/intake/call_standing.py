"""How asking each account's API stands, in a few values: for the doctor, the command line and `/metrics`.

Reads: sweep_round, call_tally, credential_expiry, account. Read `call_health.py` for what is counted as bad.
"""

import datetime as dt
from collections.abc import Sequence

import msgspec
from sqlalchemy import func, select

from recoup.domain.instants import DAY, local_day
from recoup.intake.call_health import (
    SPANS,
    Burn,
    Circuit,
    RoundSeen,
    TallySeen,
    burns,
    circuit,
    endings,
    rounds,
    tallies,
)
from recoup.intake.call_tally import nearer
from recoup.storage import schema
from recoup.storage.register import View

SHOWN = 1 * DAY
"""How far back operations are counted for those who look."""
Owner = tuple[str, str]


class Operation(msgspec.Struct):
    """How the tries of one operation went over the last day."""

    operation: str
    tries: int = 0
    done: int = 0
    refused: int = 0
    absent: int = 0
    throttled: int = 0
    failed: int = 0
    unreachable: int = 0
    elsewhere: int = 0
    rejected: int = 0
    slow: int = 0
    slowest: int = 0
    """Microseconds."""

    def add(self, seen: TallySeen) -> None:
        """Count those of one round."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(seen, name))
        self.done = self.tries - sum(getattr(self, name) for name in NOT_DONE)
        self.slowest = max(self.slowest, seen.slowest)


NOT_DONE = ("refused", "absent", "throttled", "failed", "unreachable", "elsewhere", "rejected")
COUNTED = ("tries", *NOT_DONE, "slow")


class Expires(msgspec.Struct, frozen=True):
    """What of an account ends by itself."""

    name: str
    expires_on: str
    days_left: int
    """Negative where it is over."""


class Standing(msgspec.Struct, frozen=True):
    """One account whose API is asked, or of which something ends."""

    partner: str
    account: str
    circuit: str
    """closed | half_open | open: whether it is asked."""
    rests_until: int | None
    rounds_failed: int
    """So many in a row."""
    asked_at: int | None
    """When the latest round began."""
    listed_at: int | None
    """When the latest list began that came whole."""
    failure: str | None
    said: str | None
    missed: Sequence[str]
    """Disputes that the latest whole list left out, by the partner's ids."""
    absent: Sequence[str]
    """Disputes that the partner said it does not have, in the latest round."""
    clock_offset: int | None
    """Microseconds; positive where the partner's clock is before ours."""
    burns: Sequence[Burn]
    operations: Sequence[Operation]
    expires: Sequence[Expires]

    @property
    def is_well(self) -> bool:
        """Whether nothing asks for somebody."""
        is_ending = any(one.days_left <= ENDS_SOON for one in self.expires)
        is_burning = any(burn.is_too_fast for burn in self.burns)
        return not (self.failure or self.missed or self.absent or is_ending or is_burning)


ENDS_SOON = 14
"""Days before an end from which on somebody should have begun."""


def standing(view: View, now: int) -> list[Standing]:
    """How asking stands at every account that is asked, or of which something ends, in order."""
    zones: dict[Owner, str] = {(p, a): zone for p, a, zone in view.rows(_ZONES)}
    facts: dict[Owner, _Facts] = {}
    for ending in endings(view):
        owner = (ending.partner, ending.account)
        left = _days_left(ending.expires_on, now, zones.get(owner, "UTC"))
        _of(facts, owner).expires.append(Expires(ending.name, ending.expires_on, left))
    for owner, listed_at in _listed_at(view).items():
        _of(facts, owner).listed_at = listed_at
    for seen in rounds(view, now, now - SPANS[-1][0]):
        _of(facts, (seen.partner, seen.account)).rounds.append(seen)
    for tally in tallies(view, now, now - SPANS[-1][0]):
        _of(facts, (tally.partner, tally.account)).tallies.append(tally)
    return [_standing(owner, facts[owner], circuit(view, *owner), now) for owner in sorted(facts)]


class _Facts(msgspec.Struct):
    """What is known of one account."""

    listed_at: int | None = None
    rounds: list[RoundSeen] = []
    tallies: list[TallySeen] = []
    expires: list[Expires] = []


def _of(facts: dict[Owner, _Facts], owner: Owner) -> _Facts:
    return facts.setdefault(owner, _Facts())


_ZONES = select(schema.account.c.partner, schema.account.c.account, schema.account.c.zone)


def _listed_at(view: View) -> dict[Owner, int]:
    r = schema.sweep_round.c
    whole = select(r.partner, r.account, func.max(r.began_at)).where(r.is_list == 1, r.is_complete == 1)
    return {(p, a): at for p, a, at in view.rows(whole.group_by(r.partner, r.account))}


def _days_left(expires_on: str, now: int, zone: str) -> int:
    return (dt.date.fromisoformat(expires_on) - local_day(now, zone)).days


def _standing(owner: Owner, facts: _Facts, of: Circuit, now: int) -> Standing:
    last = facts.rounds[-1] if facts.rounds else None
    whole = next((r for r in reversed(facts.rounds) if r.is_list and r.is_complete), None)
    offset: int | None = None
    for tally in facts.tallies:
        if last is not None and tally.began_at == last.began_at:
            offset = nearer(offset, tally.clock_offset)
    return Standing(
        partner=owner[0],
        account=owner[1],
        circuit=of.at(now),
        rests_until=of.rests_until if of.at(now) == "open" else None,
        rounds_failed=of.failures,
        asked_at=last.began_at if last else None,
        listed_at=facts.listed_at,
        failure=last.failure if last else None,
        said=last.said if last else None,
        missed=whole.missing if whole else (),
        absent=last.not_there if last else (),
        clock_offset=offset,
        burns=burns(facts.tallies, now),
        operations=_operations([t for t in facts.tallies if t.began_at > now - SHOWN]),
        expires=facts.expires,
    )


def _operations(seen: Sequence[TallySeen]) -> list[Operation]:
    found: dict[str, Operation] = {}
    for tally in seen:
        found.setdefault(tally.operation, Operation(tally.operation)).add(tally)
    return [found[name] for name in sorted(found)]
