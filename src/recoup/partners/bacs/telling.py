"""What every report of Bacs needs: whose it is, its days and amounts, and what its codes mean to us."""

import re
from pathlib import Path
from typing import get_args

import msgspec

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Finding, excerpt
from recoup.domain.instants import day_start, local_day, parse_day
from recoup.domain.money import check_currency, parse_major
from recoup.domain.observation import Nature
from recoup.errors import InstantRefused, MoneyRefused
from recoup.formats.xml_tree import Node, parse
from recoup.partners.contract import Arrived, Quarantined, Reading

NAME = "bacs"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "bacs/codes.csv")
POUNDS = "GBP"
ANY_ACCOUNT = "default"
"""The account of a delivery when nobody has named ours; it takes them all."""
BYTES_MAX = 48 << 20
"""A day's report of a hundred thousand items; Bacs' largest users get some thousands."""
_NATURES: dict[str, Nature] = {nature: nature for nature in get_args(Nature)}
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{2})?")
_USER_NUMBER = re.compile(rb"""(?:userNumber|user-number)\s*=\s*["']\s*([0-9]{6})|<ServiceUserNumber>\s*([0-9]{6})""")


class Record(msgspec.Struct, frozen=True):
    """One element that is a record, and its place among those of the file."""

    arrived: Arrived
    node: Node
    position: int

    @property
    def where(self) -> str:
        """File and line, as findings name them."""
        return f"{self.arrived.name}:{self.node.line}"

    def said(self, name: str) -> str:
        """Give the text of an attribute, or of a child of this name; empty where there is neither."""
        if name in self.node.attributes:
            return self.node.attributes[name].strip()
        child = self.node.child(name)
        return "" if child is None else child.text.strip()

    def refuse(self, reading: Reading, check: str, found: str, wanted: str) -> None:
        """Quarantine the record."""
        reading.quarantined.append(Quarantined(self.position, Finding(f"bacs.{check}", self.where, found, wanted)))

    def know(self, reading: Reading, vocabulary: str, word: str) -> str | None:
        """Give what a word means, or None with a finding."""
        meaning = CODES.meaning(vocabulary, word)
        if meaning is None:
            said = excerpt(word) if word else "nothing"
            wanted = f"a word of the vocabulary {vocabulary}"
            reading.findings.append(Finding("vocabulary.unknown", self.where, said, wanted, "warn"))
        return meaning


def document(arrived: Arrived, body: bytes, root: str) -> Node | Finding:
    """Give what stands in the data of a report; a finding where it is another document."""
    found = parse(body, arrived.name, BYTES_MAX)
    if isinstance(found, Finding):
        return found
    data = found.child("Data") if found.name == root else None
    if data is None:
        return Finding("bacs.document", arrived.name, f"a document {excerpt(found.name)}", f"{root} with its Data")
    return data


def foreign(arrived: Arrived, stated: str) -> Finding | None:
    """Say that a report is for another service user than the delivery's, where it is."""
    if arrived.account in (ANY_ACCOUNT, stated):
        return None
    found = f"service user number {excerpt(stated)}" if stated else "no service user number"
    return Finding("bacs.account", arrived.name, found, "that of this account")


def account_of(body: bytes) -> str | None:
    """Give the service user number that a report names first."""
    found = _USER_NUMBER.search(body[:65536])
    return (found[1] or found[2]).decode() if found else None


def amount(text: str, currency: str = POUNDS) -> int:
    """Read an amount, thousands set apart by commas or not.

    Raises:
      MoneyRefused: Anything else.
    """
    bare = text.strip()
    return parse_major(bare.replace(",", "") if _GROUPED.fullmatch(bare) else bare, check_currency(currency))


def amount_or_none(text: str, currency: str = POUNDS) -> int | None:
    """The same; None for anything that is no amount."""
    try:
        return amount(text, currency)
    except MoneyRefused:
        return None


def day_or_none(text: str) -> str | None:
    """Give an ISO day; None for anything else."""
    try:
        return parse_day(text.strip()).isoformat()
    except InstantRefused:
        return None


def begins_at(arrived: Arrived, day: str) -> int:
    """Give when a day begins in the account's zone."""
    return day_start(parse_day(day), arrived.zone)


def advised_on(arrived: Arrived) -> str:
    """Give the day on which we were told, for reports that do not date themselves."""
    return local_day(arrived.landed_at, arrived.zone).isoformat()


def nature(meaning: str | None) -> Nature | None:
    """Give the nature that a meaning names; None where it is left open."""
    return _NATURES.get(meaning or "")


class Names:
    """Names for records that have none of their own: what they say, and their place among those that say the same."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def name(self, told: str) -> str:
        """Give the name of the next record that says this."""
        count = self._seen[told] = self._seen.get(told, 0) + 1
        return told if count == 1 else f"{told}/{count}"
