"""What Stripe's balance transactions and payouts say: one money line per movement of our balance.

A payout is known by its own id on every feed, every other movement by that of its balance
transaction. What is told again must read the same, so nothing that a later telling may change is
taken into a line.
"""

from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import from_epoch_seconds, local_day
from recoup.domain.money import canonical_currency
from recoup.domain.money_line import DISPUTE_KINDS, LineKind, MoneyLine
from recoup.formats.plain_text import reference
from recoup.partners.contract import Arrived, Reading
from recoup.partners.stripe.telling import NAME, meaning
from recoup.partners.stripe.wire import REQUEST_HEADER, BalanceTransaction, Expanded, Payout, identifier
from recoup.partners.telling import Telling, minor, refuse, shaped

_LINE_KINDS: dict[str, LineKind] = {kind: kind for kind in get_args(LineKind)}


def take_balance_transaction(telling: Telling, record: Any, reading: Reading) -> None:
    """Add one movement of our balance."""
    txn = shaped(telling, record, BalanceTransaction, reading)
    if txn is None:
        return
    source, kind = reference(identifier(txn.source)), _kind(telling, txn, reading)
    identity = source if kind == "payout" and source else reference(txn.id)
    if identity is None:
        refuse(telling, reading, "stripe.transaction_id", "no id", "the id of a balance transaction, txn_…")
        return
    original, original_currency = _original(telling, txn)
    line = _line(
        telling,
        identity=identity,
        kind=kind,
        partner_kind=reference(txn.reporting_category or txn.type),
        partner_dispute_id=source if kind in DISPUTE_KINDS else None,
        payment_ref=source if kind in ("charge", "refund") else None,
        batch=source if kind == "payout" else asked_payout(telling.arrived),
        original_minor=original,
        original_currency=original_currency,
        **_amounts(telling, txn),
    )
    if line.net_minor != line.gross_minor - line.fee_minor:
        notes = telling.notes(identity)
        notes.add("stripe.net", "net", f"{line.net_minor}", f"{line.gross_minor} less {line.fee_minor}", "warn")
        reading.findings.extend(notes.found)
    reading.money_lines.append(line)


def take_payout(telling: Telling, record: Any, reading: Reading) -> None:
    """Add a payout as the movement that left our balance, and its return where it failed or was canceled.

    The object does not say when it failed, so both carry the time it was created: told again, it is the same line.
    """
    payout = shaped(telling, record, Payout, reading)
    if payout is None:
        return
    name = reference(payout.id)
    if name is None:
        refuse(telling, reading, "stripe.payout_id", "no id", "the id of a payout, po_…")
        return
    at, currency = from_epoch_seconds(payout.created), canonical_currency(payout.currency)
    left = -minor(telling, payout.amount, currency, at)
    moved: list[tuple[str, LineKind, int]] = [(name, "payout", left)]
    if _payout_meaning(telling, name, payout, reading) == "payout_failure":
        returned = reference(identifier(payout.failure_balance_transaction)) or f"{name}:returned"
        moved.append((returned, "payout_failure", -left))
    reading.money_lines += [
        _line(
            telling,
            identity=identity,
            kind=kind,
            partner_kind=kind,
            batch=name,
            gross_minor=net,
            fee_minor=0,
            net_minor=net,
            currency=currency,
            occurred_at=at,
            reference=reference(payout.statement_descriptor),
        )
        for identity, kind, net in moved
    ]


def asked_payout(arrived: Arrived) -> str | None:
    """Give the payout that a page of balance transactions was asked for, from its request line; else None."""
    line = arrived.start_line if arrived.start_line.startswith("GET ") else arrived.headers.get(REQUEST_HEADER, "")
    words = line.split(" ")
    asked = parse_qs(urlsplit(words[1]).query).get("payout", []) if len(words) > 1 else []
    return reference(asked[0]) if len(asked) == 1 else None


def _kind(telling: Telling, txn: BalanceTransaction, reading: Reading) -> LineKind:
    """The kind that the reporting category names; `type` alone does not tell a withdrawal from its return."""
    kind = meaning("reporting_category", txn.reporting_category, local_day(telling.at, "UTC"))
    if kind not in _LINE_KINDS:
        notes = telling.notes(txn.id)
        notes.unknown("reporting_category", txn.reporting_category, "reporting_category")
        reading.findings.extend(notes.found)
        return "unknown"
    return _LINE_KINDS[kind]


def _amounts(telling: Telling, txn: BalanceTransaction) -> dict[str, Any]:
    currency, at = canonical_currency(txn.currency), from_epoch_seconds(txn.created)
    gross, fee = minor(telling, txn.amount, currency, at), minor(telling, txn.fee, currency, at)
    net = gross - fee if txn.net is None else minor(telling, txn.net, currency, at)
    return {"gross_minor": gross, "fee_minor": fee, "net_minor": net, "currency": currency, "occurred_at": at}


def _original(telling: Telling, txn: BalanceTransaction) -> tuple[int | None, str | None]:
    """Amount and currency of the source itself, where it was expanded and stands in another currency."""
    source = txn.source
    if not isinstance(source, Expanded) or source.amount is None or source.currency is None:
        return None, None
    own = canonical_currency(source.currency)
    if own == canonical_currency(txn.currency):
        return None, None
    return minor(telling, source.amount, own, telling.at), own


def _payout_meaning(telling: Telling, name: str, payout: Payout, reading: Reading) -> str | None:
    said = meaning("payout_status", payout.status, local_day(telling.at, "UTC"))
    if said is None:
        notes = telling.notes(name)
        notes.unknown("status", payout.status, "payout_status")
        reading.findings.extend(notes.found)
    return said


def _line(telling: Telling, **told: Any) -> MoneyLine:
    """A money line with what every line of this feed shares; what is not told is absent."""
    arrived, account = telling.arrived, telling.account or telling.arrived.account
    absent = ("partner_dispute_id", "payment_ref", "original_minor", "original_currency", "reference")
    told = dict.fromkeys(absent) | told
    named = told["partner_dispute_id"]
    return MoneyLine(
        id=money_line_id(NAME, account, told["identity"]),
        partner=NAME,
        account=account,
        feed=arrived.feed,
        delivery=arrived.delivery,
        position=telling.position,
        dispute=None if named is None else dispute_id(NAME, account, named),
        cycle=None,
        effective_on=local_day(told["occurred_at"], arrived.zone).isoformat(),
        landed_at=arrived.landed_at,
        **told,
    )
