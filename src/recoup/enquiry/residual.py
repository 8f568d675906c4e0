"""Why a balance has not returned to zero: one name out of a closed list for each, the surest first.

The same naming serves the proof of a dispute (`proof.py`) and of a partner-day (`partner_day.py`): what a balance is
named by is read once for many balances together, and the naming itself is a pure function.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

import msgspec
from sqlalchemy import select

from recoup.domain.instants import local_day
from recoup.ledger.accounts import clearing_accounts
from recoup.storage import schema
from recoup.storage.register import View

Name = Literal["timing", "fee", "fx", "lost_event", "double", "netting", "wrong_merchant", "rounding", "unknown"]
NAMES: tuple[Name, ...] = (
    *("timing", "fee", "fx", "lost_event", "double", "netting", "wrong_merchant", "rounding", "unknown"),
)
UNKNOWN: Name = "unknown"

ROUNDING_MINOR_MAX = 1
BATCH_ROUNDING_MINOR_MAX = 99
"""Fractions of many lines add up to less than one unit of a two-decimal currency, or something else is wrong."""
NETTED_LINES_MAX = 200
"""A batch with more lines of disputes is not searched for the two that make its difference: too many pairs fit."""
BATCH_DAYS = 10
"""Days that a settled line may wait for the payout it is paid in: partners pay out at least weekly, holidays go by."""
NAMES_AT_ONCE = 500
PAYING = ("payout_made", "payout_failed")
WAITED_FOR: Mapping[str, tuple[str, ...]] = {
    "leg_settled": ("partner_clearing",),
    "leg_announced": ("partner_clearing", "merchant_clearing"),
    "credit_after_win": ("partner_clearing",),
    "leg_confirmed": ("merchant_clearing",),
    "paid_out": ("settlement_clearing",),
    "bank_credit": ("payout_clearing",),
}
"""Which account's balance each kind of expectation will close."""


class Balance(msgspec.Struct, frozen=True, gc=False):
    """One clearing balance that is not zero; debit positive, minor units."""

    account: str
    partner: str
    partner_account: str
    merchant: str | None
    """Whose balance it is, on accounts that are kept by merchant; two merchants' balances are never netted."""
    dispute: str | None
    leg: str | None
    batch: str | None
    """Batch, payout, or the line that nobody explained."""
    currency: str
    balance_minor: int
    opened_on: str
    """ISO day of its earliest entry."""
    entries: int


class Movement(msgspec.Struct, frozen=True, gc=False):
    """One posting on a balance."""

    balance: tuple[str, str | None, str | None, str]
    """Account, merchant, leg or batch, currency."""
    rule: str
    amount_minor: int


class Line(msgspec.Struct, frozen=True, gc=False):
    """One money line of a dispute or a batch, signed as it moves our balance."""

    identity: str
    kind: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    original_minor: int | None
    original_currency: str | None
    effective_on: str
    dispute: str | None

    @property
    def own_minor(self) -> int:
        """Its gross amount in the dispute's own currency, where the line was converted."""
        if self.original_minor is None or self.original_currency is None:
            return self.gross_minor
        return abs(self.original_minor) if self.gross_minor >= 0 else -abs(self.original_minor)

    @property
    def own_currency(self) -> str:
        """The dispute's own currency, where the line was converted."""
        return self.currency if self.original_minor is None else self.original_currency or self.currency


class Facts(msgspec.Struct):
    """What balances are named by, read for many at once."""

    now_on: str
    """The present day, UTC."""
    waiting: Mapping[tuple[str, str, str | None], int]
    """(account, dispute or batch, leg) to the due time of what is still expected of it."""
    movements: Mapping[str, Sequence[Movement]]
    """By dispute or batch."""
    lines: Mapping[str, Sequence[Line]]
    """By dispute or batch, each movement once."""
    undecided: frozenset[str]
    """Disputes without a final outcome."""
    awaited: frozenset[str]
    """Disputes and batches of which anything is still expected."""
    others: Mapping[tuple[str, str, str], Sequence[Balance]]
    """What else is open, by account, what it is about and currency."""
    unsettled: Mapping[tuple[str, str, str], Mapping[int, int]]
    """Per partner, its account and currency: the sizes of partner_clearing balances that are open, and how many."""

    def waits_until(self, balance: Balance) -> int | None:
        """Give the due time of what is still expected of a balance, None where nothing is."""
        return self.waiting.get((balance.account, about(balance), balance.leg if balance.dispute else None))


def about(balance: Balance) -> str:
    """Name the dispute or the batch that a balance is kept by."""
    return balance.dispute or balance.batch or ""


def named(balance: Balance, facts: Facts) -> tuple[Name, str]:
    """Name what is left on one balance, with a sentence why; the first name that fits counts."""
    if facts.waits_until(balance) is not None:
        return "timing", "still expected, and not past due"
    if balance.account == "fx_position":
        return _position(balance, facts)
    if balance.account == "suspense":
        return _suspended(balance, facts)
    return _of_leg(balance, facts) if balance.leg is not None else _of_batch(balance, facts)


def _position(balance: Balance, facts: Facts) -> tuple[Name, str]:
    if balance.dispute in facts.undecided or balance.dispute in facts.awaited:
        return "timing", "one leg in two currencies, and what answers it may still come"
    return "fx", "one leg in two currencies, and the movement that answers it is not settled"


def _suspended(balance: Balance, facts: Facts) -> tuple[Name, str]:
    sizes = facts.unsettled.get((balance.partner, balance.partner_account, balance.currency), {})
    size = abs(balance.balance_minor)
    if size in sizes:
        return "netting", "a line that names no dispute, by the amount of a leg that is open"
    if any(sizes.get(size - one, 0) > (one == size - one) for one in sizes):
        return "netting", "one line that names no dispute, by the amounts of two legs that are open"
    return "lost_event", "one line was told, and nothing says what it is about"


def _of_leg(balance: Balance, facts: Facts) -> tuple[Name, str]:
    size = abs(balance.balance_minor)
    lines = facts.lines.get(about(balance), ())
    if _is_of_another_merchant(balance, facts):
        return "wrong_merchant", "the same leg is open by the same amount the other way for another merchant"
    if size <= ROUNDING_MINOR_MAX:
        return "rounding", "one minor unit"
    moves = _moves(balance, facts)
    if _is_moved_twice(size, moves) or _is_taken_twice(balance, lines):
        return "double", "the same amount was moved twice"
    if len(moves) > 1 and size in {abs(line.fee_minor) for line in lines if line.fee_minor}:
        return "fee", "the size of a fee on one of its lines"
    if _is_netted(balance, facts):
        return "netting", "another leg is open by the same amount the other way"
    if _is_one_sided(moves):
        return "lost_event", "one side was told and the other was not"
    return UNKNOWN, _apart(moves)


def _of_batch(balance: Balance, facts: Facts) -> tuple[Name, str]:
    if not balance.batch:
        return _unpaid(balance, facts)
    size, lines, moves = abs(balance.balance_minor), facts.lines.get(balance.batch, ()), _moves(balance, facts)
    if _is_half_told(balance, moves):
        if balance.account == "settlement_clearing" and balance.balance_minor < 0:
            return "netting", "the batch takes more than it gives, and is set off against a later one"
        return "lost_event", "one side was told and the other was not"
    if size <= ROUNDING_MINOR_MAX or (not lines and size <= min(BATCH_ROUNDING_MINOR_MAX, len(moves))):
        return "rounding", "fractions of a minor unit"
    if _is_moved_twice(size, moves):
        return "double", "the same amount was moved twice"
    if _makes(balance.balance_minor, lines):
        return "netting", "lines of the batch are exactly the difference: they were left out or set off"
    if size in {abs(line.fee_minor) for line in lines if line.fee_minor}:
        return "fee", "the size of a fee on one of its lines"
    if lines and size <= min(BATCH_ROUNDING_MINOR_MAX, len(lines) // 2):
        return "rounding", "fractions of a minor unit, line by line"
    return UNKNOWN, "another amount was told on the other side"


def _unpaid(balance: Balance, facts: Facts) -> tuple[Name, str]:
    if balance.opened_on > _days_before(facts.now_on, BATCH_DAYS):
        return "timing", "in no payout yet"
    return "lost_event", f"in no payout after {BATCH_DAYS} days"


def _days_before(day: str, count: int) -> str:
    return (dt.date.fromisoformat(day) - dt.timedelta(days=count)).isoformat()


def _moves(balance: Balance, facts: Facts) -> list[Movement]:
    kept_by = balance.leg if balance.leg is not None else balance.batch
    key = (balance.account, balance.merchant, kept_by, balance.currency)
    return [move for move in facts.movements.get(about(balance), ()) if move.balance == key]


def _is_moved_twice(size: int, moves: Sequence[Movement]) -> bool:
    amounts = [move.amount_minor for move in moves]
    return any(abs(amount) == size and amounts.count(amount) > 1 for amount in amounts)


def _is_one_sided(moves: Sequence[Movement]) -> bool:
    return len({move.amount_minor > 0 for move in moves}) == 1


def _is_half_told(balance: Balance, moves: Sequence[Movement]) -> bool:
    """Say whether a batch was reported alone or paid out alone, a payout paid or banked alone."""
    if balance.account != "settlement_clearing":
        return _is_one_sided(moves)
    return len({move.rule in PAYING for move in moves}) == 1


def _apart(moves: Sequence[Movement]) -> str:
    """Say how far apart the two sides of a leg are, where that is a clue."""
    debit, credit = (abs(sum(m.amount_minor for m in moves if (m.amount_minor > 0) == way)) for way in (True, False))
    small, large = sorted((debit, credit))
    if small and large in (small * 10, small * 100, small * 1000):
        return f"one side says {large // small} times what the other says"
    return "the two sides say different amounts"


def _is_taken_twice(balance: Balance, lines: Sequence[Line]) -> bool:
    """Say whether a debit came again before anything answered the one before it."""
    if balance.account != "partner_clearing" or balance.leg is None or balance.leg[0] != "d":
        return False
    debits = [line for line in lines if line.kind == "dispute" and -line.own_minor == balance.balance_minor]
    if len(debits) < 2:
        return False
    first, again = debits[0].effective_on, debits[-1].effective_on
    answers = [line for line in lines if line.kind == "dispute_reversal"]
    return not any(first <= line.effective_on <= again for line in answers)


def _is_netted(balance: Balance, facts: Facts) -> bool:
    return any(other.leg != balance.leg for other in _opposite(balance, facts))


def _is_of_another_merchant(balance: Balance, facts: Facts) -> bool:
    return any(other.leg == balance.leg and other.merchant != balance.merchant for other in _opposite(balance, facts))


def _opposite(balance: Balance, facts: Facts) -> Iterator[Balance]:
    """Give what is open of the same dispute and account by the same amount the other way."""
    others = facts.others.get((balance.account, about(balance), balance.currency), ())
    return (other for other in others if other.balance_minor == -balance.balance_minor)


def _makes(balance_minor: int, lines: Sequence[Line]) -> bool:
    """Say whether one line of a batch, or two, are exactly what is left of it."""
    sizes = [line.net_minor for line in lines]
    if balance_minor in sizes:
        return True
    return len(sizes) <= NETTED_LINES_MAX and any(sum(two) == balance_minor for two in combinations(sizes, 2))


# --- reading --------------------------------------------------------------------------------


def read_facts(view: View, balances: Sequence[Balance], now: int) -> Facts:
    """Read what these balances are named by: a statement per table, whatever their number.

    Args:
      view: One unchanging view of the register.
      balances: Those to be named.
      now: The present, which tells what is late from what may still come.
    """
    waiting = _waiting(view, balances, now)
    left = [b for b in balances if (b.account, about(b), b.leg if b.dispute else None) not in waiting]
    disputes = sorted({b.dispute for b in left if b.dispute})
    batches = sorted({(b.partner, b.batch) for b in left if b.batch and b.dispute is None})
    return Facts(
        now_on=local_day(now, "UTC").isoformat(),
        waiting=waiting,
        movements=_movements(view, disputes, batches),
        lines=_lines(view, disputes, batches),
        undecided=_undecided(view, disputes),
        awaited=frozenset(key for _, key, _ in waiting),
        others=_others(balances),
        unsettled=_unsettled(balances),
    )


def _waiting(view: View, balances: Sequence[Balance], now: int) -> dict[tuple[str, str, str | None], int]:
    e = schema.expectation
    columns = [c.name for c in e.columns]
    at = [columns.index(n) for n in ("kind", "dispute", "batch", "leg", "due_at", "closed_at")]
    rows = [
        *view.by_keys(e, "dispute", sorted({b.dispute for b in balances if b.dispute})),
        *view.by_keys(e, "batch", sorted({b.batch for b in balances if b.batch})),
    ]
    found: dict[tuple[str, str, str | None], int] = {}
    for kind, dispute, batch, leg, due_at, closed_at in ([row[i] for i in at] for row in rows):
        if closed_at is None and due_at >= now:
            for account in WAITED_FOR.get(kind, ()):
                found[account, dispute or batch or "", leg] = due_at
    return found


def _movements(view: View, disputes: Sequence[str], batches: Sequence[tuple[str, str]]) -> dict[str, list[Movement]]:
    p = schema.posting
    columns = [c.name for c in p.columns]
    names = ("entry", "account", "merchant", "leg", "batch", "dispute", "currency", "amount_minor")
    at = [columns.index(n) for n in names]
    rows = [*view.by_keys(p, "dispute", disputes), *_of_batches(view, batches)]
    rules = _standing(view, {row[0] for row in rows})
    found: dict[str, list[Movement]] = defaultdict(list)
    for entry, account, merchant, leg, batch, dispute, currency, minor in ([row[i] for i in at] for row in rows):
        if entry in rules:
            key = (account, merchant, leg if leg is not None else batch, currency)
            found[dispute or batch or ""].append(Movement(key, rules[entry], minor))
    return found


def _of_batches(view: View, batches: Sequence[tuple[str, str]]) -> list[tuple[Any, ...]]:
    """Read the postings on these batches, through the index that begins with account and partner."""
    p = schema.posting
    found: list[tuple[Any, ...]] = []
    for partner in sorted({partner for partner, _ in batches}):
        names = [batch for whose, batch in batches if whose == partner]
        for start in range(0, len(names), NAMES_AT_ONCE):
            some = names[start : start + NAMES_AT_ONCE]
            where = (p.c.account.in_(clearing_accounts()), p.c.partner == partner, p.c.batch.in_(some))
            found += view.rows(select(p).where(*where, p.c.dispute.is_(None)))
    return found


def _standing(view: View, entries: set[str]) -> dict[str, str]:
    columns = [c.name for c in schema.entry.columns]
    key, rule, active = (columns.index(n) for n in ("entry", "rule", "is_active"))
    return {row[key]: row[rule] for row in view.by_keys(schema.entry, "entry", entries) if row[active]}


def _lines(view: View, disputes: Sequence[str], batches: Sequence[tuple[str, str]]) -> dict[str, list[Line]]:
    m = schema.money_line
    columns = [c.name for c in m.columns]
    names = ("money_line", "feed", "landed_at", "dispute", "batch", *Line.__struct_fields__[:-1])
    at = [columns.index(n) for n in names]
    rows = [*view.by_keys(m, "dispute", disputes), *view.by_keys(m, "batch", {batch for _, batch in batches})]
    told = [[row[i] for i in at] for row in rows]
    told.sort(key=lambda row: (row[2], row[1]), reverse=True)
    once = {row[0]: row for row in told}
    found: dict[str, list[Line]] = defaultdict(list)
    for _, _, _, dispute, batch, *said in once.values():
        line = Line(*(*said, dispute))
        if dispute is not None:
            found[dispute].append(line)
        if batch is not None and line.kind not in ("payout", "payout_failure", "bank"):
            found[batch].append(line)
    for lines in found.values():
        lines.sort(key=lambda line: (line.effective_on, line.identity))
    return found


def _undecided(view: View, disputes: Sequence[str]) -> frozenset[str]:
    columns = [c.name for c in schema.dispute.columns]
    key, outcome, finality = (columns.index(n) for n in ("dispute", "outcome", "finality"))
    rows = view.by_keys(schema.dispute, "dispute", disputes)
    return frozenset(row[key] for row in rows if row[outcome] is None or row[finality] == "provisional")


def _others(balances: Iterable[Balance]) -> dict[tuple[str, str, str], list[Balance]]:
    found: dict[tuple[str, str, str], list[Balance]] = defaultdict(list)
    for balance in balances:
        found[balance.account, about(balance), balance.currency].append(balance)
    return found


def _unsettled(balances: Sequence[Balance]) -> dict[tuple[str, str, str], dict[int, int]]:
    """Count the sizes of open legs, alone and with the fee that is open beside them: a lump may hold both."""
    fees = {
        (b.dispute, b.currency): abs(b.balance_minor)
        for b in balances
        if b.account == "merchant_clearing" and b.leg is not None and b.leg.startswith("f")
    }
    found: dict[tuple[str, str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for b in balances:
        if b.account == "partner_clearing":
            sizes = {abs(b.balance_minor), abs(b.balance_minor) + fees.get((b.dispute, b.currency), 0)}
            for size in sizes:
                found[b.partner, b.partner_account, b.currency][size] += 1
    return found
