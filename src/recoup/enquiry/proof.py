"""The four-way proof of one dispute: partner's object, partner's money, house ledger, and a batch that ties out.

Each side is read from its own rows, so that no side is checked against itself; our books carry what is left, and what
is left has a name. A dispute is proved when its legs agree on all sides, its batches tie out and nothing is left.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import and_, select

from recoup.domain.legs import Leg, leg_name, read_legs
from recoup.domain.money_line import DISPUTE_KINDS
from recoup.enquiry import books
from recoup.enquiry.books import EntryRow
from recoup.enquiry.partner_day import balances_of
from recoup.enquiry.residual import Balance, Name, named, read_facts
from recoup.storage import schema
from recoup.storage.register import View

SETTLING = ("settlement_clearing", "bank", "partner_balance")
"""An entry that touches a leg's partner_clearing and one of these says that money moved."""
CONFIRMING = ("house_ledger", "merchant_receivable")
"""An entry that touches a leg's merchant_clearing and one of these is the house's own word."""
BATCH_ACCOUNTS = ("settlement_clearing", "payout_clearing")


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
    account: str
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
    merchant: str | None
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
    residuals = _residuals(view, dispute_id, batches, now)
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
    return [_tied(partner, account, batch, currency, touched) for currency in currencies]


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


def _tied(
    partner: str, account: str, batch: str, currency: str, touched: Iterable[list[tuple[str, str, int]]]
) -> BatchProof:
    reported = paid = banked = 0
    for entry in touched:
        sums = {name: sum(m for n, c, m in entry if n == name and c == currency) for name, _, _ in entry}
        if "settlement_clearing" in sums and "payout_clearing" in sums:
            paid += sums["payout_clearing"]
        elif "settlement_clearing" in sums:
            reported += sums["settlement_clearing"]
        else:
            banked -= sums["payout_clearing"]
    return BatchProof(partner, account, batch, currency, reported, paid, banked)


def _is_tied(batch: BatchProof) -> bool:
    return batch.reported_minor == batch.paid_out_minor == batch.banked_minor


# --- what is left ---------------------------------------------------------------------------


def _residuals(view: View, dispute_id: str, batches: Sequence[BatchProof], now: int) -> tuple[Residual, ...]:
    """Name what is left on the dispute's own balances, money in suspense among it, and on those of its batches."""
    posting = schema.posting.c
    left = balances_of(view, [posting.dispute == dispute_id])
    for partner, account, names in _by_account(batches):
        whose = (posting.partner == partner, posting.partner_account == account)
        is_theirs = and_(posting.account.in_(BATCH_ACCOUNTS), *whose, posting.batch.in_(names))
        left += balances_of(view, [posting.dispute.is_(None), is_theirs])
    facts = read_facts(view, left, now)
    return tuple(_residual(balance, *named(balance, facts)) for balance in left)


def _by_account(batches: Sequence[BatchProof]) -> list[tuple[str, str, list[str]]]:
    found: dict[tuple[str, str], list[str]] = {}
    for batch in batches:
        found.setdefault((batch.partner, batch.account), []).append(batch.batch)
    return [(*key, sorted(set(names))) for key, names in sorted(found.items())]


def _residual(row: Balance, name: Name, why: str) -> Residual:
    return Residual(row.account, row.merchant, row.leg, row.batch, row.currency, row.balance_minor, name, why)
