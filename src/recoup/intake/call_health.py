"""How well partners' APIs answer us, from the rounds that were written down: what fails, since when, how fast.

Error budgets are burnt over three spans (Google, SRE Workbook, "Alerting on SLOs": 14.4 times over an hour, 6 times
over six, once over three days), and only where enough went wrong to mean something. Reads: sweep_round, call_tally,
credential_expiry. Values only; `controls/calls.py` makes breaks of them, the console and `/metrics` show them.
"""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Table, select

from recoup.domain.canonical import parse
from recoup.domain.instants import DAY, HOUR, MINUTE
from recoup.storage import schema
from recoup.storage.register import View

Owner = tuple[str, str]
"""A partner and our account there."""
KEPT = 92 * DAY
"""How long rounds are kept: a quarter, for those who compare."""
BAD_MIN = 10
"""Fewer failures than these say nothing about a rate."""
BUDGET_PCT = 1
"""Of all tries so many may fail."""
SPANS: tuple[tuple[int, int], ...] = ((1 * HOUR, 144), (6 * HOUR, 60), (3 * DAY, 10))
"""Span, and tenths of the budget's own rate at which it may not be burnt there."""
RESTS_AFTER = 3
"""So many failures in a row, and the account is left alone for a while."""
REST, REST_MAX = 5 * MINUTE, 1 * HOUR
"""For how long, doubled with each further failure, and at most."""
_RESTS = frozenset({"refused", "throttled", "failed", "unreachable"})
"""Outcomes after which asking again at once is no use."""


class RoundSeen(msgspec.Struct, frozen=True):
    """One row of `sweep_round`."""

    partner: str
    account: str
    began_at: int
    ended_at: int
    is_list: int
    is_complete: int
    pages: int
    held: int
    objects: int
    missed: str
    found: int
    absent: str
    failure: str | None
    said: str | None

    @property
    def missing(self) -> list[str]:
        """Disputes that the list should have shown."""
        return list(parse(self.missed))

    @property
    def not_there(self) -> list[str]:
        """Disputes that the partner says it does not have."""
        return list(parse(self.absent))


class TallySeen(msgspec.Struct, frozen=True):
    """One row of `call_tally`."""

    partner: str
    account: str
    began_at: int
    operation: str
    tries: int
    refused: int
    absent: int
    throttled: int
    failed: int
    unreachable: int
    elsewhere: int
    rejected: int
    slow: int
    slowest: int
    clock_offset: int | None

    @property
    def bad(self) -> int:
        """Tries that failed by no fault of what was asked, and those that took too long."""
        return self.refused + self.throttled + self.failed + self.unreachable + self.slow


class Circuit(msgspec.Struct, frozen=True):
    """Whether an account is asked: `closed`, `half_open` (failed, and asked once more), `open` (left alone)."""

    state: str
    failures: int = 0
    """Rounds in a row that broke off."""
    rests_until: int = 0

    def at(self, now: int) -> str:
        """The state at an instant."""
        return "half_open" if self.state == "open" and now >= self.rests_until else self.state


class Burn(msgspec.Struct, frozen=True):
    """How fast the error budget is burnt over one span."""

    span: int
    tries: int
    bad: int
    limit_tenths: int

    @property
    def tenths(self) -> int:
        """The rate, in tenths of that at which the budget would just last."""
        return self.bad * 1000 // (self.tries * BUDGET_PCT) if self.tries else 0

    @property
    def is_too_fast(self) -> bool:
        """Whether somebody should look."""
        return self.bad >= BAD_MIN and self.tenths >= self.limit_tenths


def rounds(view: View, until: int, since: int = 0, owner: Owner | None = None) -> list[RoundSeen]:
    """The rounds that began between two instants and are over, in order of beginning."""
    r = schema.sweep_round.c
    ours = () if owner is None else (r.partner == owner[0], r.account == owner[1])
    found = select(schema.sweep_round).where(r.began_at >= since, r.began_at <= until, *ours)
    return [RoundSeen(*row) for row in view.rows(found.order_by(r.began_at, r.partner, r.account))]


def tallies(view: View, until: int, since: int) -> list[TallySeen]:
    """What operations came to in the rounds that began between two instants, in order of beginning."""
    t = schema.call_tally.c
    found = select(schema.call_tally).where(t.began_at >= since, t.began_at <= until)
    return [TallySeen(*row) for row in view.rows(found.order_by(t.began_at, t.partner, t.account, t.operation))]


def circuit(view: View, partner: str, account: str) -> Circuit:
    """Whether an account may be asked, by how its latest rounds ended."""
    r = schema.sweep_round.c
    latest = (
        select(r.failure, r.ended_at)
        .where(r.partner == partner, r.account == account)
        .order_by(r.began_at.desc())
        .limit(_LOOKED_AT)
    )
    return circuit_of(view.rows(latest))


_LOOKED_AT = 12
"""Rounds that decide about a circuit: more failures in a row lengthen no rest."""


def circuit_of(latest: Sequence[Sequence[object]]) -> Circuit:
    """The circuit that failures and ends of rounds make, the latest first."""
    failures = 0
    for failure, _ in latest:
        if failure not in _RESTS:
            break
        failures += 1
    if failures < RESTS_AFTER:
        return Circuit("half_open" if failures else "closed", failures)
    rest = min(REST_MAX, REST << (failures - RESTS_AFTER))
    return Circuit("open", failures, int(str(latest[0][1])) + rest)


def burns(seen: Iterable[TallySeen], now: int) -> list[Burn]:
    """How fast one account burnt its budget by an instant, over each span."""
    seen = list(seen)
    return [_burn([t for t in seen if t.began_at > now - span], span, limit) for span, limit in SPANS]


def _burn(seen: Sequence[TallySeen], span: int, limit: int) -> Burn:
    return Burn(span, sum(t.tries for t in seen), sum(t.bad for t in seen), limit)


def outlived(view: View, table: Table, partner: str, account: str, now: int) -> list[tuple[object, ...]]:
    """The keys of rows of an account that nobody needs any more."""
    keys = [table.c[column.name] for column in table.primary_key]
    where = (table.c.partner == partner, table.c.account == account, table.c.began_at < now - KEPT)
    return [tuple(row) for row in view.rows(select(*keys).where(*where))]


class Ending(msgspec.Struct, frozen=True):
    """Something of an account that ends by itself."""

    partner: str
    account: str
    name: str
    expires_on: str


def endings(view: View) -> list[Ending]:
    """What ends by itself, the soonest first."""
    e = schema.credential_expiry
    found = view.rows(select(e).order_by(e.c.expires_on, e.c.partner, e.c.account, e.c.name))
    return [Ending(*row) for row in found]
