"""The four-way proof of one dispute: partner's object, partner's money, house ledger, and a batch that ties out.

Each side is read from its own rows, so that no side is checked against itself; our books carry what is left, and what
is left has a name. A dispute is proved when its legs agree on all sides, its batches tie out and nothing is left.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import select

from recoup.domain.legs import Leg, leg_name, read_legs
from recoup.domain.money_line import DISPUTE_KINDS
from recoup.enquiry import books
from recoup.enquiry.books import ClearingRow, EntryRow
from recoup.storage import schema
from recoup.storage.register import View

Name = Literal["timing", "fee", "fx", "lost_event", "double", "netting", "rounding", "unknown"]

SETTLING = ("settlement_clearing", "bank", "partner_balance")
"""An entry that touches a leg's partner_clearing and one of these says that money moved."""
CONFIRMING = ("house_ledger", "merchant_receivable")
"""An entry that touches a leg's merchant_clearing and one of these is the house's own word."""
ROUNDING_MINOR_MAX = 1


class LegProof(msgspec.Struct, frozen=True):
    """One leg on every side, positive minor units; None where a side says nothing."""

    leg: str
    currency: str
    announced_minor: int | None
    """As the partner's object says."""
    settled_minor: int | None
    """As the partner's money lines moved it, in the currency of the leg."""
    charged_minor: int | None
    """As we charged or credited the merchant."""
    confirmed_minor: int | None
    """As the house ledger says."""


class BatchProof(msgspec.Struct, frozen=True):
    """One batch in which money of the dispute was paid, signed as it moves our balance; minor units."""

    partner: str
    batch: str
    currency: str
    reported_minor: int
    paid_out_minor: int
    banked_minor: int


class SideTotal(msgspec.Struct, frozen=True):
    """What one side's own rows say the dispute has moved altogether: money to us is positive, fees left out."""

    side: Literal["partner_object", "partner_money", "house_ledger"]
    currency: str
    minor: int


class Residual(msgspec.Struct, frozen=True):
    """A balance that has not returned to zero, and why."""

    account: str
    leg: str | None
    batch: str | None
    currency: str
    balance_minor: int
    name: Name
    why: str


class Proof(msgspec.Struct, frozen=True):
    """Everything that proves one dispute, or says what is missing."""

    is_proved: bool
    sides: tuple[SideTotal, ...]
    legs: tuple[LegProof, ...]
    batches: tuple[BatchProof, ...]
    residuals: tuple[Residual, ...]


def prove(view: View, dispute_id: str, now: int) -> Proof:
    """Give the four-way proof of one dispute that there is.

    Args:
      view: One unchanging view of the register.
      dispute_id: Our id.
      now: The present, which tells what is late from what may still come.
    """
    dispute = view.rows(select(schema.dispute.c.legs).where(schema.dispute.c.dispute == dispute_id))
    announced = read_legs(dispute[0][0]) if dispute else ()
    lines = _lines(view, dispute_id)
    house = _house_lines(view, dispute_id)
    standing = [entry for entry in books.entries_about(view, dispute_id) if entry.is_active]
    batches = _batches(view, lines)
    residuals = _residuals(view, dispute_id, batches, standing, lines, now)
    legs = tuple(_legs(announced, standing))
    return Proof(
        is_proved=not residuals and all(map(_is_agreed, legs)) and all(map(_is_tied, batches)),
        sides=(*_announced_total(announced), *_money_total(lines), *_house_total(house)),
        legs=legs,
        batches=batches,
        residuals=residuals,
    )


def _lines(view: View, dispute_id: str) -> list[dict[str, Any]]:
    """Give the money lines about a dispute, each movement once, as whichever feed told it first."""
    names = [column.name for column in schema.money_line.columns]
    rows = [dict(zip(names, row, strict=True)) for row in view.by_keys(schema.money_line, "dispute", [dispute_id])]
    rows.sort(key=lambda row: (row["landed_at"], row["feed"]), reverse=True)
    once = {row["money_line"]: row for row in rows}
    return sorted(once.values(), key=lambda row: (row["effective_on"], row["identity"]))


def _house_lines(view: View, dispute_id: str) -> list[tuple[str, int, str]]:
    house, dispute = schema.house_line, schema.dispute
    joined = house.join(
        dispute,
        (dispute.c.partner == house.c.partner) & (dispute.c.partner_dispute_id == house.c.partner_dispute_id),
    )
    columns = (house.c.kind, house.c.amount_minor, house.c.currency)
    rows = view.rows(select(*columns).select_from(joined).where(dispute.c.dispute == dispute_id))
    return [(kind, amount, currency) for kind, amount, currency in rows]


# --- sides ----------------------------------------------------------------------------------


def _announced_total(legs: Iterable[Leg]) -> list[SideTotal]:
    signs = {"debit": -1, "credit": 1}
    return _totals(
        "partner_object", ((leg.currency, signs[leg.leg] * leg.amount_minor) for leg in legs if leg.leg in signs)
    )


def _money_total(lines: Iterable[dict[str, Any]]) -> list[SideTotal]:
    moved = [line for line in lines if line["kind"] in DISPUTE_KINDS and line["kind"] != "dispute_fee"]
    return _totals("partner_money", (_in_own_currency(line) for line in moved))


def _in_own_currency(line: dict[str, Any]) -> tuple[str, int]:
    if line["original_minor"] is None or line["original_currency"] is None:
        return line["currency"], line["gross_minor"]
    sign = 1 if line["gross_minor"] >= 0 else -1
    return line["original_currency"], sign * abs(line["original_minor"])


def _house_total(lines: Iterable[tuple[str, int, str]]) -> list[SideTotal]:
    principal = ("dispute_debit", "dispute_credit")
    return _totals("house_ledger", ((currency, amount) for kind, amount, currency in lines if kind in principal))


def _totals(side: Any, moved: Iterable[tuple[str, int]]) -> list[SideTotal]:
    sums: dict[str, int] = {}
    for currency, minor in moved:
        sums[currency] = sums.get(currency, 0) + minor
    return [SideTotal(side, currency, minor) for currency, minor in sorted(sums.items())]


# --- legs -----------------------------------------------------------------------------------


def _legs(announced: Iterable[Leg], standing: Sequence[EntryRow]) -> list[LegProof]:
    told = {(leg_name(leg.leg, leg.cycle), leg.currency): leg.amount_minor for leg in announced}
    settled = _moved(standing, "partner_clearing", SETTLING, is_answer=True)
    charged = _moved(standing, "merchant_clearing", CONFIRMING, is_answer=False)
    confirmed = _moved(standing, "merchant_clearing", CONFIRMING, is_answer=True)
    keys = sorted({*told, *settled, *charged, *confirmed}, key=lambda key: (key[0][1:], key[0], key[1]))
    sides = (told, settled, charged, confirmed)
    return [LegProof(*key, *(side.get(key) for side in sides)) for key in keys]


def _moved(
    standing: Sequence[EntryRow], account: str, answering: Sequence[str], *, is_answer: bool
) -> dict[tuple[str, str], int]:
    """Sum by leg and currency what one account was posted by entries that answer, or that do not."""
    sums: dict[tuple[str, str], int] = {}
    for entry in standing:
        answers = any(posting.account in answering for posting in entry.postings)
        for posting in entry.postings:
            if posting.account == account and posting.leg is not None and answers == is_answer:
                key = (posting.leg, posting.currency)
                sums[key] = sums.get(key, 0) + posting.amount_minor
    return {key: abs(minor) for key, minor in sums.items()}


def _is_agreed(leg: LegProof) -> bool:
    said = {leg.announced_minor, leg.settled_minor, leg.charged_minor, leg.confirmed_minor} - {None}
    return _is_charge(leg) or (leg.settled_minor is not None and len(said) == 1)


def _is_charge(leg: LegProof) -> bool:
    """A fee passed on is between us and the house alone."""
    return leg.announced_minor is None and leg.settled_minor is None and leg.charged_minor == leg.confirmed_minor


# --- batches --------------------------------------------------------------------------------


def _batches(view: View, lines: Sequence[dict[str, Any]]) -> tuple[BatchProof, ...]:
    wanted = sorted({(line["partner"], line["account"], line["batch"]) for line in lines if line["batch"] is not None})
    return tuple(proof for key in wanted for proof in _batch(view, *key))


def _batch(view: View, partner: str, account: str, batch: str) -> list[BatchProof]:
    """Tie one batch: what was reported, paid out and banked, per currency, read off the entries that touch it."""
    touched = _touching(view, partner, account, batch)
    currencies = sorted({currency for entry in touched for _, currency, _ in entry})
    return [_tied(partner, batch, currency, touched) for currency in currencies]


def _touching(view: View, partner: str, account: str, batch: str) -> list[list[tuple[str, str, int]]]:
    entry, posting = schema.entry, schema.posting
    statement = (
        select(posting.c.entry, posting.c.account, posting.c.currency, posting.c.amount_minor)
        .join(entry, entry.c.entry == posting.c.entry)
        .where(
            posting.c.account.in_(("settlement_clearing", "payout_clearing")),
            posting.c.partner == partner,
            posting.c.partner_account == account,
            posting.c.batch == batch,
            entry.c.is_active == 1,
        )
    )
    by_entry: dict[str, list[tuple[str, str, int]]] = {}
    for key, name, currency, minor in view.rows(statement):
        by_entry.setdefault(key, []).append((name, currency, minor))
    return list(by_entry.values())


def _tied(partner: str, batch: str, currency: str, touched: Iterable[list[tuple[str, str, int]]]) -> BatchProof:
    reported = paid = banked = 0
    for entry in touched:
        sums = {name: sum(m for n, c, m in entry if n == name and c == currency) for name, _, _ in entry}
        if "settlement_clearing" in sums and "payout_clearing" in sums:
            paid += sums["payout_clearing"]
        elif "settlement_clearing" in sums:
            reported += sums["settlement_clearing"]
        else:
            banked -= sums["payout_clearing"]
    return BatchProof(partner, batch, currency, reported, paid, banked)


def _is_tied(batch: BatchProof) -> bool:
    return batch.reported_minor == batch.paid_out_minor == batch.banked_minor


# --- what is left ---------------------------------------------------------------------------


def _residuals(
    view: View,
    dispute_id: str,
    batches: Sequence[BatchProof],
    standing: Sequence[EntryRow],
    lines: Sequence[dict[str, Any]],
    now: int,
) -> tuple[Residual, ...]:
    own = books.clearing(view, books.Which(dispute=dispute_id), now)
    left = [row for row in own if row.batch is None]
    waiting = _waiting(view, dispute_id, now)
    named = [_residual(row, *_named(row, left, waiting, standing, lines)) for row in left]
    return (*named, *(residual for batch in batches for residual in _untied(batch)))


def _waiting(view: View, dispute_id: str, now: int) -> set[str | None]:
    """The legs for which something is still expected and not past due."""
    table = schema.expectation
    statement = select(table.c.leg).where(
        table.c.dispute == dispute_id, table.c.closed_at.is_(None), table.c.due_at >= now
    )
    return {row[0] for row in view.rows(statement)}


def _named(
    row: ClearingRow,
    left: Sequence[ClearingRow],
    waiting: set[str | None],
    standing: Sequence[EntryRow],
    lines: Sequence[dict[str, Any]],
) -> tuple[Name, str]:
    """Name what is left on one balance; the first name that fits counts, the surest first."""
    size = abs(row.balance_minor)
    if row.leg in waiting:
        return "timing", "still expected, and not past due"
    if row.account == "fx_position":
        return "fx", "one leg in two currencies, and the movement that answers it is not settled"
    if size <= ROUNDING_MINOR_MAX:
        return "rounding", "one minor unit"
    if size in {abs(line["fee_minor"]) for line in lines if line["fee_minor"]}:
        return "fee", "the size of a fee on one of its lines"
    moves = _movements(row, standing)
    if (len(moves) > len(set(moves)) and size in map(abs, moves)) or _is_taken_twice(row, lines):
        return "double", "the same amount was moved twice"
    if any(other.account == row.account and other.balance_minor == -row.balance_minor for other in left):
        return "netting", "another leg is open by the same amount the other way"
    if len(moves) == 1:
        return "lost_event", "one side was told and the other was not"
    return "unknown", "no rule explains it"


def _is_taken_twice(row: ClearingRow, lines: Sequence[dict[str, Any]]) -> bool:
    """Say whether a debit came again before anything answered the one before it."""
    if row.account != "partner_clearing" or row.leg is None or row.leg[0] != "d" or row.balance_minor <= 0:
        return False
    debits = [line for line in lines if line["kind"] == "dispute" and -line["gross_minor"] == row.balance_minor]
    if len(debits) < 2:
        return False
    first, again = debits[0]["effective_on"], debits[-1]["effective_on"]
    answers = [line for line in lines if line["kind"] == "dispute_reversal"]
    return not any(first <= line["effective_on"] <= again for line in answers)


def _movements(row: ClearingRow, standing: Sequence[EntryRow]) -> list[int]:
    return [
        posting.amount_minor
        for entry in standing
        for posting in entry.postings
        if (posting.account, posting.leg, posting.currency) == (row.account, row.leg, row.currency)
    ]


def _residual(row: ClearingRow, name: Name, why: str) -> Residual:
    return Residual(row.account, row.leg, row.batch, row.currency, row.balance_minor, name, why)


def _untied(batch: BatchProof) -> list[Residual]:
    """What a batch leaves: reported and not paid out, paid out and not banked."""
    steps = (
        ("settlement_clearing", batch.reported_minor - batch.paid_out_minor, batch.paid_out_minor, "paid out"),
        ("payout_clearing", batch.paid_out_minor - batch.banked_minor, batch.banked_minor, "at the bank"),
    )
    return [
        Residual(
            account,
            None,
            batch.batch,
            batch.currency,
            balance,
            *(("timing", f"not {told} yet") if not came else ("unknown", f"another amount is {told}")),
        )
        for account, balance, came, told in steps
        if balance
    ]
