"""What every statement format of a bank needs: whose account it is, what names a movement, how it becomes a money line.

A movement is named by the bank's own reference, which is the same in every format that tells it. Not every bank gives
one, and some use one again. So a reference counts as a name only where it can be one: long enough, with a digit, and
for the first time in this file. Else the name is made of what the statement says, so that the same bytes, landed
again, name the same movement, and two movements that look alike stay two.
"""

import datetime as dt
import hashlib
import re
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Finding, excerpt
from recoup.domain.ids import money_line_id
from recoup.domain.instants import day_start
from recoup.domain.money_line import MoneyLine
from recoup.formats.plain_text import REFERENCE_CHARACTERS, reference
from recoup.partners.contract import Arrived, Quarantined, Reading

NAME = "bank"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "bank/codes.csv")
ANY_ACCOUNT = "default"
"""The account of a delivery when nobody has named ours; it takes them all."""
LINES_AT_ONCE = 2_000
REFERENCES_MAX = 500_000
"""References of one file that are remembered to know one again; about 50 MB."""
FINDINGS_MAX = 1_000
"""Findings of one file that are kept."""
_NAMES_SHORTEST = 6
_PLACEHOLDERS = frozenset(
    ("NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOREF", "KREF+", "EREF", "PREF", "MARF", "NONE", "UNKNOWN")
)
"""What banks write where there is no reference."""
_DIGIT = re.compile(r"[1-9]")


def named(text: str) -> str | None:
    """Give a reference that somebody gave; None for what stands in place of one."""
    return None if text.upper() in _PLACEHOLDERS else reference(text)


def is_ours(arrived: Arrived, stated: str, currency: str | None) -> bool:
    """Say whether an account in a file is the delivery's: the same, blanks and a currency at its end aside."""
    ours = arrived.account
    if ours in (ANY_ACCOUNT, stated):
        return True
    bare, wanted = stated.replace(" ", ""), ours.replace(" ", "")
    return bare == wanted or (currency is not None and bare == wanted + currency)


class Telling:
    """Makes the reading of one delivery, in parts, and knows each movement's name."""

    def __init__(self, arrived: Arrived) -> None:
        self.arrived = arrived
        self.reading = Reading()
        self.position = 0
        self.foreign = 0
        self._seen: set[int] = set()
        self._alike: dict[bytes, int] = {}
        self._findings = 0
        self._unknown: set[tuple[str, str]] = set()

    def count(self) -> None:
        """Begin the next record."""
        self.position += 1
        self.reading.records += 1

    def accept(self) -> None:
        """The record is read, and says nothing about money."""
        self.reading.accepted += 1

    def refuse(self, finding: Finding) -> None:
        """Quarantine the record."""
        self.reading.quarantined.append(Quarantined(self.position, finding))

    def refuse_account(self, line: int, stated: str) -> None:
        """Quarantine a record of an account that is not the delivery's."""
        self.foreign += 1
        found = f"account ending in {stated[-4:]}" if stated else "no account"
        self.refuse(Finding("bank.account", f"{self.arrived.name}:{line}", found, "the account of this delivery"))

    def find(self, *findings: Finding) -> None:
        """Add findings, up to as many as anyone reads."""
        room = max(0, FINDINGS_MAX - self._findings)
        self.reading.findings += findings[:room]
        self._findings += len(findings)

    def know(self, vocabulary: str, word: str, line: int) -> None:
        """Note a word that is in no vocabulary, once: it is kept as written, and nothing follows from it."""
        if CODES.word(vocabulary, word) is None and (vocabulary, word) not in self._unknown:
            if len(self._unknown) < FINDINGS_MAX:
                self._unknown.add((vocabulary, word))
            wanted = f"a word of the vocabulary {vocabulary}"
            where = f"{self.arrived.name}:{line}"
            self.find(Finding("vocabulary.unknown", where, excerpt(word), wanted, "warn"))

    def hold(self, finding: Finding | None) -> None:
        """Hold the delivery; the first reason counts."""
        self.reading.held = self.reading.held or finding

    def is_full(self) -> bool:
        """Whether this part of the reading is long enough to be given."""
        return self.reading.records >= LINES_AT_ONCE

    def part(self) -> Reading:
        """Give the reading so far, and begin its next part."""
        given, self.reading = self.reading, Reading()
        return given

    def line(
        self,
        *,
        bank_reference: str,
        told: tuple[object, ...],
        minor: int,
        currency: str,
        on: str,
        kind: str,
        end_to_end: str | None,
        text: str,
    ) -> None:
        """Add a booked movement.

        Args:
          bank_reference: The bank's own reference of it, as written.
          told: All that tells it from others in the statement, where the reference does not.
          minor: Signed as our balance moves.
          currency: ISO 4217.
          on: The day of booking.
          kind: The bank's words for what it is.
          end_to_end: What the payer gave along, where there is one.
          text: The text for people.
        """
        arrived = self.arrived
        identity = self._identity(bank_reference, (*told, minor, currency, on))
        self.reading.accepted += 1
        self.reading.money_lines.append(
            MoneyLine(
                id=money_line_id(NAME, arrived.account, identity),
                partner=NAME,
                account=arrived.account,
                feed=arrived.feed,
                delivery=arrived.delivery,
                position=self.position,
                identity=identity,
                kind="bank",
                partner_kind=reference(kind),
                dispute=None,
                partner_dispute_id=None,
                payment_ref=None,
                cycle=None,
                batch=end_to_end,
                gross_minor=minor,
                fee_minor=0,
                net_minor=minor,
                currency=currency,
                original_minor=None,
                original_currency=None,
                occurred_at=day_start(dt.date.fromisoformat(on), arrived.zone),
                effective_on=on,
                reference=one_line(text),
                landed_at=arrived.landed_at,
            )
        )

    def _identity(self, bank_reference: str, told: tuple[object, ...]) -> str:
        """The bank's reference where it is a name and new in this file; else a name made of what was told."""
        name = named(bank_reference)
        if name is not None and len(name) >= _NAMES_SHORTEST and _DIGIT.search(name):
            key = hash(name)
            if key not in self._seen and len(self._seen) < REFERENCES_MAX:
                self._seen.add(key)
                return name
        digest = hashlib.sha256("\x1f".join(map(str, (bank_reference, *told))).encode()).digest()[:12]
        count = self._alike.get(digest, 0) + 1
        if count > 1 or len(self._alike) < REFERENCES_MAX:
            self._alike[digest] = count
        return f"stated:{digest.hex()}" + (f":{count}" if count > 1 else "")


def one_line(text: str) -> str | None:
    """Give text for people as one printable line, cut where it is too long to be kept."""
    joined = " ".join(text.split())
    return reference("".join(letter for letter in joined[:REFERENCE_CHARACTERS] if letter.isprintable()))
