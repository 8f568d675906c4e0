"""What codes and days of SEPA mean to us: why a collection came back, whether that is a dispute, and what it cost.

MD01 says two things. As a *return* the debtor's bank found no mandate: it comes within the days that a
bank has to return. As a *refund* the debtor says that it never authorised the debit: its own name stands
as originator, or it comes after the time of returns is over. Where neither is known, neither is said.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, get_args

import msgspec

from recoup.domain.calendar import add_business_days, business_day_from, calendar
from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Notes
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import day_start, local_day, parse_day, parse_instant, parse_local
from recoup.domain.legs import Told
from recoup.domain.money_line import LineKind, MoneyLine
from recoup.domain.observation import Nature, Said
from recoup.errors import CalendarExhausted, InstantRefused
from recoup.formats.iso20022_pieces import Charge, Money, Reason
from recoup.formats.plain_text import reference
from recoup.partners.contract import Arrived

NAME = "sepa"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "sepa/codes.csv")
RETURN_DAYS = {"CORE": 5, "B2B": 3}
"""TARGET days after settlement in which a bank may return (stage_clocks.csv, sepa-core-r-txn-return and sepa-b2b)."""
LATER = 5
"""Where the scheme is not known: the longer of the two."""

Step = Literal["reject", "return", "refund", "unsaid"]
"""What an R-transaction is: before settlement, after it by the bank, after it by the debtor; unsaid where the message
does not tell whether money had moved."""
_NATURES: dict[str, Nature] = {nature: nature for nature in get_args(Nature)}


class Amounts(msgspec.Struct, frozen=True, gc=False):
    """What came back, in minor units of `currency`: principal, the bank's fee within it, and compensation."""

    currency: str
    principal_minor: int
    fee_minor: int = 0
    compensation_minor: int = 0
    original: Money | None = None
    """The collection's own amount, where it is in another currency."""


class Returned(msgspec.Struct, frozen=True, gc=False):
    """One collection that came back, as one message tells it."""

    name: str
    position: int
    step: Step
    at: int
    record_id: str
    status: str
    reason: str | None
    nature: Nature | None
    amounts: Amounts | None
    has_moved: bool
    """The money is told to have moved; else only the return is."""
    batch: str | None = None
    reference: str | None = None


# --- why ------------------------------------------------------------------------------------------


def code_of(reasons: Sequence[Reason], notes: Notes) -> tuple[str | None, Reason]:
    """Give the reason code: as coded, else the bank's own, else the one code that the text for people holds."""
    first = reasons[0] if reasons else Reason()
    if len(reasons) > 1:
        notes.add("sepa.reasons", "Rsn", f"{len(reasons)} reasons", "one; the first is taken", "note")
    code = reference(first.code) or reference(first.proprietary)
    if code in (None, "NARR") and first.information:
        words = {word.strip(".,:;/()[]") for word in first.information.split()}
        told = sorted(words & CODES.known("nature"))
        if len(told) == 1:
            notes.add("sepa.reason_in_text", "AddtlInf", told[0], "the code in Rsn/Cd", "note")
            return told[0], first
    return code, first


def step_of(code: str | None, *, is_before: bool | None) -> Step:
    """Say what an R-transaction is; `is_before` whether it was told before settlement, None where that is not known."""
    kinds = CODES.meaning("step", code) if code is not None else None
    if kinds == "refund":
        return "refund"
    if is_before is True or kinds == "reject":
        return "reject"
    return "return" if is_before is False else "unsaid"


def nature_of(
    code: str | None, why: Reason, step: Step, scheme: str | None, is_late: bool | None, notes: Notes
) -> Nature | None:
    """Say why a collection came back; None where the code leaves it open, and with a note where nobody knows it.

    Args:
      code: Of the reason.
      why: The reason with its originator.
      step: A reject moved no money: whatever its reason, the payment failed.
      scheme: CORE or B2B, which knows no refund.
      is_late: After the days of returns were over; None where the days are not known.
      notes: For what nobody knows.
    """
    meaning = None if code is None else CODES.meaning("nature", code)
    if code is not None and meaning is None:
        notes.unknown("Rsn/Cd", code, "nature")
    if step == "reject":
        return "failure"
    if meaning != "by_originator":
        return _NATURES.get(meaning or "")
    if scheme == "B2B":
        return "administrative"
    if is_late or (why.originator_name is not None and why.originator_bic is None):
        return "unauthorised"
    return "administrative" if why.originator_bic is not None and is_late is False else None


def is_late(settled_on: dt.date | None, returned_on: dt.date | None, scheme: str | None) -> bool | None:
    """Say whether a return came after a bank's days for it; None where a day is not known, or no calendar has it."""
    if settled_on is None or returned_on is None:
        return None
    target = calendar("target")
    try:
        last = add_business_days(target, business_day_from(target, settled_on), RETURN_DAYS.get(scheme or "", LATER))
    except CalendarExhausted:
        return None
    return returned_on > last


# --- when -----------------------------------------------------------------------------------------


def day(text: str | None, zone: str) -> dt.date | None:
    """Give the day that a day or an instant falls on; None for none."""
    at = instant(text, zone)
    return None if at is None else local_day(at, zone)


def instant(text: str | None, zone: str) -> int | None:
    """Give the instant of a text: with its offset, else in the zone, a day as its beginning there; None for none."""
    if not text:
        return None
    try:
        if "T" not in text:
            return day_start(parse_day(text[:10]), zone)
        if text.endswith("Z") or text[-6:-5] in ("+", "-"):
            return parse_instant(text)
        return parse_local(text, zone)
    except InstantRefused:
        return None


# --- how much -------------------------------------------------------------------------------------


def split(
    returned: Money,
    original: Money | None,
    compensation: Money | None,
    charges: Iterable[Charge],
    notes: Notes,
    *,
    is_refund: bool,
) -> Amounts:
    """Split what came back into principal, fee and compensation, by what is stated and what adds up.

    A return of less than the original is a part of it. What exceeds it is compensation and charges where they come to
    the difference. Else it is noted: of a refund the rest is the debtor's compensation, which the scheme grants it and
    statements do not name; of a return it is a cost that nobody named.
    """
    currency, came = returned.currency or "", returned.minor or 0
    extra = _minor(compensation, currency, "CompstnAmt", notes)
    charged = sum(_minor(charge.amount, currency, "Chrgs", notes) for charge in charges if charge.is_debit is not False)
    if original is None or original.minor is None or original.currency != currency:
        if charged:
            notes.add("sepa.charges", "Chrgs", "charges, and no original amount", "whether they are within", "note")
        own = original if original is not None and original.currency != currency else None
        return Amounts(currency, came - extra, 0, extra, own)
    over = came - original.minor
    if over in (extra, extra + charged):
        return Amounts(currency, original.minor, over - extra, extra)
    if over <= 0:
        if over < 0:
            notes.add("sepa.part", "amount", f"{came} of {original.minor} {currency} came back", "the whole", "note")
        return Amounts(currency, came)
    found = f"{over} {currency} more than the original"
    notes.add("sepa.difference", "amount", found, f"{extra + charged} of compensation and charges", "warn")
    fee = min(over, charged) if is_refund else over - min(over, extra)
    return Amounts(currency, original.minor, fee, over - fee)


def _minor(amount: Money | None, currency: str, field: str, notes: Notes) -> int:
    if amount is None:
        return 0
    if amount.minor is None or amount.currency != currency:
        notes.add("sepa.currency", field, f"{amount.currency or 'no currency'}", f"an amount of {currency}", "warn")
        return 0
    return amount.minor


# --- what is told of it ---------------------------------------------------------------------------


def said(returned: Returned) -> Said:
    """The observation that a return is: decided where money moved, since the scheme gives the creditor no answer."""
    amounts, is_moved = returned.amounts, returned.step in ("return", "refund")
    return Said(
        partner_dispute_id=returned.name,
        form="event",
        occurred_at=returned.at,
        move=CODES.meaning("move", returned.step) or "unknown",
        record_id=returned.record_id,
        kind="return",
        nature=returned.nature,
        partner_status=returned.status,
        amount_minor=None if amounts is None else amounts.principal_minor,
        currency=None if amounts is None else amounts.currency,
        payment_ref=returned.name,
        case_ref=returned.name,
        network=NAME,
        reason_code=returned.reason,
        opened_at=returned.at,
        legs=_legs(returned, amounts) if amounts is not None and is_moved else (),
    )


def _legs(returned: Returned, amounts: Amounts) -> tuple[Told, ...]:
    if not amounts.principal_minor:
        return ()
    debit = Told("debit", 1, amounts.principal_minor, amounts.currency, identity(returned.name))
    if not amounts.compensation_minor:
        return (debit,)
    owed = amounts.compensation_minor
    return debit, Told("compensation", 1, owed, amounts.currency, identity(returned.name, "compensation"))


def identity(name: str, part: str = "return") -> str:
    """Name the movement by which a collection came back: a message between banks and a statement tell the same one."""
    return f"{name}|{part}"


def lines(returned: Returned, arrived: Arrived) -> list[MoneyLine]:
    """The money that came back, and the compensation beside it; nothing where no money is told to have moved."""
    amounts = returned.amounts
    if amounts is None or not returned.has_moved or returned.step not in ("return", "refund"):
        return []
    parts: list[tuple[str, LineKind, int, int]] = [
        ("return", "dispute", amounts.principal_minor, amounts.fee_minor),
        ("compensation", "adjustment", amounts.compensation_minor, 0),
    ]
    return [
        _line(returned, amounts, arrived, identity(returned.name, part), kind, gross, fee)
        for part, kind, gross, fee in parts
        if gross or fee
    ]


def _line(
    returned: Returned, amounts: Amounts, arrived: Arrived, named: str, kind: LineKind, gross: int, fee: int
) -> MoneyLine:
    original = amounts.original if kind == "dispute" else None
    return MoneyLine(
        id=money_line_id(NAME, arrived.account, named),
        partner=NAME,
        account=arrived.account,
        feed=arrived.feed,
        delivery=arrived.delivery,
        position=returned.position,
        identity=named,
        kind=kind,
        partner_kind=returned.status,
        dispute=dispute_id(NAME, arrived.account, returned.name),
        partner_dispute_id=returned.name,
        payment_ref=returned.name,
        cycle=1 if kind == "dispute" else None,
        batch=returned.batch,
        gross_minor=-gross,
        fee_minor=fee,
        net_minor=-gross - fee,
        currency=amounts.currency,
        original_minor=None if original is None or original.minor is None else original.minor,
        original_currency=None if original is None else original.currency,
        occurred_at=returned.at,
        effective_on=local_day(returned.at, arrived.zone).isoformat(),
        reference=returned.reference,
        landed_at=arrived.landed_at,
    )
