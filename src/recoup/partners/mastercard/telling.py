"""What every mapping of Mastercard's messages needs: its words, its amounts, whose message it is, and notes in sum."""

from pathlib import Path

import msgspec

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Finding, Severity
from recoup.domain.money import DECIMALS_MAX, MINOR_MAX, currency_of_number, exponent
from recoup.errors import MoneyRefused
from recoup.formats.iso8583 import Message
from recoup.partners.contract import Arrived
from recoup.partners.mastercard import wire

NAME = "mastercard"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "mastercard/codes.csv")
NOTES_MAX = 1000
"""Most different notes about one file; those beyond are counted together."""


class Sheet(msgspec.Struct):
    """What is odd in a file, each kind of it once: where it is first, and how often. A file may have it a million
    times."""

    name: str
    _seen: dict[tuple[str, str, str, Severity], list[int]] = {}

    def note(self, position: int, check: str, found: str, wanted: str, severity: Severity = "warn") -> None:
        """Note one thing at one record."""
        key = (check, found, wanted, severity)
        if key not in self._seen and len(self._seen) >= NOTES_MAX:
            key = ("mastercard.notes", "notes of other kinds", f"at most {NOTES_MAX} kinds", "warn")
        self._seen.setdefault(key, [position, 0])[1] += 1

    def findings(self) -> list[Finding]:
        """Give a finding for each kind."""
        return [
            Finding(check, f"{self.name}:{first}", found if count == 1 else f"{found}, {count} times", wanted, severity)
            for (check, found, wanted, severity), (first, count) in self._seen.items()
        ]


class Heard(msgspec.Struct, frozen=True):
    """One message of a file, and what it needs to be understood: its file, its day and our notes."""

    arrived: Arrived
    message: Message
    file_id: str
    at: int
    """The business day, where the message tells it, else that of the file; its first instant in the account's zone."""
    sheet: Sheet

    @property
    def kind(self) -> str:
        """Message type and function code; `/R` marks a reversal."""
        return f"{self.message.kind}/R" if self.is_reversal else self.message.kind

    @property
    def is_reversal(self) -> bool:
        """Whether the message takes back an earlier one."""
        return wire.is_reversal(self.pds("0025"))

    @property
    def record_id(self) -> str:
        """What names the message for ever: its file's id and its number there."""
        return f"{self.file_id}/{self.message.elements.get(71, '')}"

    @property
    def is_sent_by_us(self) -> bool:
        """Whether the originator is our account, where the account is named by its institution number."""
        return _is_same(self.arrived.account, self.message.elements.get(94))

    @property
    def is_sent_to_us(self) -> bool:
        """Whether the destination is our account, where the account is named by its institution number."""
        return _is_same(self.arrived.account, self.message.elements.get(93))

    def pds(self, tag: str) -> str:
        """Give the text of a PDS, empty where it is absent."""
        return self.message.pds_value(tag) or ""

    def note(self, check: str, found: str, wanted: str, severity: Severity = "warn") -> None:
        """Note something odd about the message."""
        self.sheet.note(self.message.position, check, found, wanted, severity)


def amount(message: Message, element: int, currency_element: int) -> tuple[int, str]:
    """Give an amount in minor units of ISO 4217, and its currency; the scale is the message's own (PDS 0148).

    Raises:
      MoneyRefused: No amount, no currency, no scale for it, or no whole number of minor units.
    """
    digits, number = message.elements.get(element), message.elements.get(currency_element)
    if digits is None or number is None:
        raise MoneyRefused("", f"no DE {currency_element if digits else element}", "an amount and its currency")
    currency = currency_of_number(number)
    decimals = wire.exponents(message.pds_value("0148") or "").get(number)
    if decimals is None or decimals > DECIMALS_MAX:
        raise MoneyRefused("", f"no decimals of {currency} in PDS 0148", "the scale of each amount")
    return scaled(int(digits), currency, decimals), currency


def scaled(value: int, currency: str, decimals: int) -> int:
    """Bring an amount with so many decimals to minor units of ISO 4217.

    Raises:
      MoneyRefused: No whole number of minor units, or too large a one.
    """
    shift = exponent(currency) - decimals
    whole, rest = divmod(value * 10 ** max(shift, 0), 10 ** max(-shift, 0))
    if rest or whole > MINOR_MAX:
        raise MoneyRefused("", f"{value} at {decimals} decimals", f"a whole number of minor units of {currency}")
    return int(whole)


def _is_same(account: str, institution: str | None) -> bool:
    return bool(institution) and account.isdecimal() and account.lstrip("0") == str(institution).lstrip("0")
