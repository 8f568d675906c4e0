"""What Mollie's balance transactions and settlements say: one money line per movement of our balance.

A settlement is known by its own id on both feeds, every other movement by that of its transaction. Only a
transfer to the bank names its settlement, so Mollie is a partner with a running balance.
"""

from typing import Any, get_args

from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import local_day
from recoup.domain.money_line import DISPUTE_KINDS, LineKind, MoneyLine
from recoup.errors import MoneyRefused
from recoup.formats.plain_text import reference
from recoup.partners.contract import Reading
from recoup.partners.mollie.telling import NAME, amount, meaning, needed
from recoup.partners.mollie.wire import BalanceTransaction, Settlement
from recoup.partners.telling import Telling, refuse, shaped

_LINE_KINDS: dict[str, LineKind] = {kind: kind for kind in get_args(LineKind)}
_PREVIEWS = frozenset({"open", "next"})
"""Ids of settlements that are none yet."""


def take_balance_transaction(telling: Telling, record: Any, reading: Reading) -> None:
    """Add one movement of our balance."""
    txn = shaped(telling, record, BalanceTransaction, reading)
    if txn is None:
        return
    name = reference(txn.id)
    if name is None:
        refuse(telling, reading, "mollie.transaction_id", "no id", "the id of a balance transaction, baltr_…")
        return
    at = needed(txn.createdAt, "createdAt")
    kind = _kind(telling, txn, at, reading)
    settlement = _about(txn, "settlementId")
    line = _line(
        telling,
        identity=settlement if kind == "payout" and settlement else name,
        kind=kind,
        partner_kind=reference(txn.type),
        partner_dispute_id=_about(txn, "chargebackId") if kind in DISPUTE_KINDS else None,
        payment_ref=_about(txn, "paymentId"),
        batch=settlement,
        occurred_at=at,
        **_amounts(telling, txn, at),
    )
    if line.net_minor != line.gross_minor - line.fee_minor:
        notes = telling.notes(name)
        notes.add(
            "mollie.net", "resultAmount", f"{line.net_minor}", f"{line.gross_minor} less {line.fee_minor}", "warn"
        )
        reading.findings.extend(notes.found)
    reading.money_lines.append(line)


def take_settlement(telling: Telling, record: Any, reading: Reading) -> None:
    """Add a settlement that was paid out, as the movement that left our balance; others move nothing yet."""
    settlement = shaped(telling, record, Settlement, reading)
    if settlement is None or settlement.id in _PREVIEWS:
        return
    name = reference(settlement.id)
    if name is None:
        refuse(telling, reading, "mollie.settlement_id", "no id", "the id of a settlement, stl_…")
        return
    if not _is_paid(telling, name, settlement, reading):
        return
    at = needed(settlement.settledAt or settlement.createdAt, "settledAt")
    paid, currency = amount(telling, settlement.amount, "amount", at)
    line = _line(
        telling,
        identity=name,
        kind="payout",
        partner_kind="settlement",
        batch=name,
        gross_minor=-paid,
        fee_minor=0,
        net_minor=-paid,
        currency=currency,
        occurred_at=at,
        reference=reference(settlement.reference),
    )
    reading.money_lines.append(line)


def _is_paid(telling: Telling, name: str, settlement: Settlement, reading: Reading) -> bool:
    """Whether money left: by the status, and where there is none by the time of settling."""
    if settlement.status is None:
        return settlement.settledAt is not None
    said = meaning("settlement_status", settlement.status, local_day(telling.at, "UTC"))
    if said is None:
        notes = telling.notes(name)
        notes.unknown("status", settlement.status, "settlement_status")
        reading.findings.extend(notes.found)
    return said == "payout"


def _kind(telling: Telling, txn: BalanceTransaction, at: int, reading: Reading) -> LineKind:
    kind = meaning("transaction_type", txn.type, local_day(at, "UTC"))
    if kind not in _LINE_KINDS:
        notes = telling.notes(txn.id or "")
        notes.unknown("type", txn.type, "transaction_type")
        reading.findings.extend(notes.found)
        return "unknown"
    return _LINE_KINDS[kind]


def _about(txn: BalanceTransaction, name: str) -> str | None:
    """An id of the context, which stands in it or in an object of it."""
    context = txn.context or {}
    told = [context.get(name), *(part.get(name) for part in context.values() if isinstance(part, dict))]
    return next((reference(one) for one in told if isinstance(one, str)), None)


def _amounts(telling: Telling, txn: BalanceTransaction, at: int) -> dict[str, Any]:
    gross, currency = amount(telling, txn.initialAmount, "initialAmount", at)
    net, net_currency = amount(telling, txn.resultAmount, "resultAmount", at)
    deducted, fee_currency = amount(telling, txn.deductions, "deductions", at) if txn.deductions else (0, currency)
    if {net_currency, fee_currency} != {currency}:
        raise MoneyRefused("", f"{net_currency} and {fee_currency} beside {currency}", "amounts of one currency")
    return {"gross_minor": gross, "fee_minor": -deducted, "net_minor": net, "currency": currency}


def _line(telling: Telling, **told: Any) -> MoneyLine:
    """A money line with what every line of this feed shares; what is not told is absent."""
    arrived = telling.arrived
    absent = ("partner_dispute_id", "payment_ref", "original_minor", "original_currency", "reference")
    told = dict.fromkeys(absent) | told
    named = told["partner_dispute_id"]
    return MoneyLine(
        id=money_line_id(NAME, arrived.account, told["identity"]),
        partner=NAME,
        account=arrived.account,
        feed=arrived.feed,
        delivery=arrived.delivery,
        position=telling.position,
        dispute=None if named is None else dispute_id(NAME, arrived.account, named),
        cycle=None,
        effective_on=local_day(told["occurred_at"], arrived.zone).isoformat(),
        landed_at=arrived.landed_at,
        **told,
    )
