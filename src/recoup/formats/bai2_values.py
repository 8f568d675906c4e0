"""The fields of BAI2: groups, accounts with their summaries, transactions with the money's availability.

Amounts have no decimal point: they count the minor units of their currency, which the account states, else the group,
else it is US dollars. A transaction's amount has no sign; its type code says the direction.

Source:
  BAI2 as banks' public manuals repeat it: types 100 to 399 are credits, 400 to 699 debits; status (002 to 099) and
  summary codes stand in 03 records; 700 to 799 are loans, 900 to 999 each bank's own.
"""

import datetime as dt
import re

import msgspec

from recoup.domain.findings import Finding, excerpt
from recoup.domain.money import MINOR_MAX, exponent
from recoup.errors import MoneyRefused

DEFAULT_CURRENCY = "USD"
_AMOUNT = re.compile(r"([+-]?)([0-9]{1,18})")
_TYPE = re.compile(r"[0-9]{3}")
_DAY = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})")
_FIXED_FUNDS = {"": 0, "0": 0, "1": 0, "2": 0, "Z": 0, "S": 3, "V": 2}
"""How many fields follow a funds type; D says itself how many pairs."""
_PAIRS_MAX = 100


class Group(msgspec.Struct, frozen=True):
    """What a 02 record says of the accounts below it."""

    originator: str = ""
    as_of_on: str | None = None
    currency: str = DEFAULT_CURRENCY
    status: str = ""
    """1 update, 2 deletion, 3 correction, 4 test."""
    modifier: str = ""
    """1 interim and 2 final of the previous day, 3 interim and 4 final of the same day."""


class Heading(msgspec.Struct, frozen=True):
    """What a 03 record says: the account, and amounts by type code, in minor units."""

    line: int
    account: str
    currency: str | None
    """None where it is none."""
    group: Group = Group()
    summary: tuple[tuple[str, int], ...] = ()
    sum_minor: int = 0


class Transaction(msgspec.Struct, frozen=True, gc=False):
    """One 16 record. Amount in minor units, signed as our balance moves."""

    line: int
    heading: Heading
    kind: str
    """Type code, three digits: 165 is an ACH credit, 557 a returned one."""
    minor: int
    currency: str
    on: str
    """The day that the group reports on."""
    value_on: str | None
    """The day of availability, where it is stated as one (funds type V)."""
    funds: str
    bank_reference: str
    customer_reference: str
    text: str
    """The text, continuations on lines of their own."""


class Refused(msgspec.Struct, frozen=True, gc=False):
    """A record that cannot be read, with its amount as stated where that can."""

    line: int
    finding: Finding
    minor: int | None = None
    """Signed as our balance moves."""
    is_transaction: bool = False


def group_of(fields: list[str]) -> Group:
    """Read the fields of a 02 record; what is not there is empty."""
    padded = [field.strip() for field in fields] + [""] * 7
    return Group(padded[1], day_of(padded[3]), padded[5] or DEFAULT_CURRENCY, padded[2], padded[6])


def day_of(text: str) -> str | None:
    """Give `YYMMDD` as an ISO day, None where it is none; years from 80 on are of the last century."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    try:
        return dt.date(year + (1900 if year > 79 else 2000), month, day).isoformat()
    except ValueError:
        return None


def amount_of(text: str) -> int | None:
    """Give an amount, empty as 0; None for anything but digits with a sign, within 64 bits."""
    if text.isdecimal() and text.isascii() and len(text) < 19:
        return int(text)
    bare = text.strip()
    if not bare:
        return 0
    found = _AMOUNT.fullmatch(bare)
    if found is None:
        return None
    minor = int(found[2])
    return None if minor > MINOR_MAX else -minor if found[1] == "-" else minor


def account_of(name: str, line: int, parts: list[str], group: Group) -> tuple[Heading, Finding | None]:
    """Read a 03 record with its continuations; the finding says what of it cannot be read."""
    fields = [field.strip() for field in ",".join(parts).split(",")]
    account, stated = fields[0], (fields[1] if len(fields) > 1 else "") or group.currency
    currency = stated if _is_currency(stated) else None
    problem = None if currency else _wrong("currency", name, line, stated, "a currency in force")
    summary: list[tuple[str, int]] = []
    at = 2
    while at < len(fields):
        kind, amount = fields[at], amount_of(fields[at + 1] if at + 1 < len(fields) else "")
        if amount is None:
            problem = problem or _wrong("amount", name, line, fields[at + 1], "digits, and a sign")
            amount = 0
        if kind:
            summary.append((kind, amount))
        elif amount:
            problem = problem or _wrong("type", name, line, "an amount without type", "a type code before each amount")
        at += 3
        at += _funds_fields(fields, at)
    return Heading(line, account, currency, group, tuple(summary), sum(amount for _, amount in summary)), problem


def _funds_fields(fields: list[str], at: int) -> int:
    """How many fields the funds type at `at` takes, itself included."""
    funds = fields[at] if at < len(fields) else ""
    if funds == "D":
        pairs = fields[at + 1] if at + 1 < len(fields) else ""
        return 2 + 2 * (min(int(pairs), _PAIRS_MAX) if pairs.isdecimal() else 0)
    return 1 + _FIXED_FUNDS.get(funds, 0)


def transaction(name: str, line: int, parts: list[str], heading: Heading) -> Transaction | Refused:
    """Read a 16 record with its continuations: type, amount, funds, bank's and our reference, text."""
    head, rest = _head(parts)
    kind, amount, funds, value, bank, ours, text = head
    minor = amount_of(amount)
    if minor is None or minor < 0:
        return Refused(line, _wrong("amount", name, line, amount, "digits alone"), None, True)
    sign = direction(kind)
    if sign is None:
        wanted = "a type code of a credit (100 to 399) or debit (400 to 699)"
        finding = _wrong("type", name, line, kind, wanted)
        return Refused(line, finding, 0 if minor == 0 else None, True)
    currency, on = heading.currency, heading.group.as_of_on
    if currency is None:
        finding = Finding("bai2.currency", f"{name}:{line}", "no currency in force", "one in its account or group")
        return Refused(line, finding, sign * minor, True)
    if on is None:
        finding = Finding("bai2.day", f"{name}:{line}", "a group without a day", "its as-of date, YYMMDD")
        return Refused(line, finding, sign * minor, True)
    whole = text if not rest else "\n".join([text, *rest] if text else rest)
    return Transaction(
        line, heading, kind, sign * minor, currency, on, value, funds, bank.strip(), ours.strip(), whole.strip()
    )


def direction(kind: str) -> int | None:
    """1 for a credit, -1 for a debit, None where the type code does not say."""
    if len(kind) == 3 and kind.isdecimal() and kind.isascii():
        return 1 if "100" <= kind <= "399" else -1 if "400" <= kind <= "699" else None
    return None


def _head(parts: list[str]) -> tuple[tuple[str, str, str, str | None, str, str, str], list[str]]:
    """The fields before the text, and the continuations of the text.

    The fields may go on in 88 records too; what stands in 88 records after them is text.
    """
    told, at = parts[0], 1
    skip, after = 0, [""]
    while True:
        fields = told.split(",", 3)
        if len(fields) == 4:
            skip = _funds_width(fields[2], fields[3])
            after = fields[3].split(",", skip + 2)
            if len(after) >= skip + 3 or at == len(parts):
                break
        if at == len(parts):
            fields += [""] * (4 - len(fields))
            skip, after = 0, fields[3].split(",", 2)
            break
        if len(fields) == 4 and len(after) == skip + 2:
            after.append("")  # all fields before the text are there: what follows is text
            break
        told += "," + parts[at]
        at += 1
    after += [""] * (skip + 3 - len(after))
    value = day_of(after[0].strip()) if fields[2] == "V" else None
    kind, amount, funds = fields[0].strip(), fields[1], fields[2].strip()
    return (kind, amount, funds, value, after[skip], after[skip + 1], after[skip + 2]), parts[at:]


def _funds_width(funds: str, after: str) -> int:
    if funds == "D":
        pairs = after.partition(",")[0]
        return 1 + 2 * (min(int(pairs), _PAIRS_MAX) if pairs.isdecimal() and len(pairs) < 4 else 0)
    return _FIXED_FUNDS.get(funds.strip(), 0)


_CURRENCIES: dict[str, bool] = {}


def _is_currency(code: str) -> bool:
    if code not in _CURRENCIES:
        try:
            exponent(code)
        except MoneyRefused:
            return False
        _CURRENCIES[code] = True
    return True


def _wrong(check: str, name: str, line: int, found: str, wanted: str) -> Finding:
    return Finding(f"bai2.{check}", f"{name}:{line}", excerpt(found), wanted)
