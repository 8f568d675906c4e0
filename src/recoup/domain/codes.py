"""What codes mean: a partner's vocabularies, and the reason codes of networks.

A partner's `codes.csv` comes as text from its folder; nothing is opened here. A code that is in no
vocabulary has no meaning: the answer is None, never a default, and the reader raises a finding.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cache

from recoup.domain import tables
from recoup.domain.rows import Dated, ReasonCode
from recoup.domain.table import Problem, Table

_SAME_NETWORK: Mapping[str, tuple[str, ...]] = {"amex": ("amex", "amex_intl")}
"""Networks whose codes stand in two lists, for the US and Canada and for the rest of the world."""


class Word(Dated, frozen=True, kw_only=True, gc=False):
    """One row of a partner's `codes.csv`: what one word of one of its vocabularies means to us, from when to when."""

    vocabulary: str
    code: str
    meaning: str
    source: str
    note: str = ""


class Vocabulary:
    """All vocabularies of one partner."""

    def __init__(self, words: tuple[Word, ...]) -> None:
        self._words: dict[tuple[str, str], list[Word]] = {}
        for word in words:
            self._words.setdefault((word.vocabulary, word.code), []).append(word)

    def meaning(self, vocabulary: str, code: str | None, on: dt.date | None = None) -> str | None:
        """Give what a code means on a day; without a day, what it means now that no later row replaces it.

        None: there is no code, or it, or the vocabulary, is not known on that day. Codes are compared as written.
        """
        word = None if code is None else self.word(vocabulary, code, on)
        return None if word is None else word.meaning

    def word(self, vocabulary: str, code: str, on: dt.date | None = None) -> Word | None:
        """Give the row that `meaning` reads, with its grade and source."""
        for word in self._words.get((vocabulary, code), ()):
            if word.valid_to is None if on is None else word.holds(on):
                return word
        return None

    def known(self, vocabulary: str) -> frozenset[str]:
        """Give every code of a vocabulary, whenever it was valid."""
        return frozenset(code for name, code in self._words if name == vocabulary)

    def vocabularies(self) -> frozenset[str]:
        """Give the names of the vocabularies."""
        return frozenset(name for name, _ in self._words)


def read_vocabulary(text: str, where: str) -> Vocabulary:
    """Read the text of a `codes.csv`: vocabulary, code, meaning, valid_from, valid_to, source, grade, note.

    Args:
      text: The file's text.
      where: The file's name for messages, `stripe/codes.csv`.
    Raises:
      TableInvalid: A column, cell or row does not hold together, or a code stands twice on one day.
    """
    name = where.removesuffix(".csv")
    return Vocabulary(Table(name, Word, lambda word: (word.vocabulary, word.code), _check_word, lambda _: text)())


def reason_as_stated(network: str, raw_code: str, on: dt.date) -> ReasonCode | None:
    """Give the row of a network's reason code as it was stated, blanks and aliases aside; None if unknown.

    Args:
      network: As in the tables: visa, mastercard, amex, discover, ...
      raw_code: What the partner wrote; some put a blank before the code.
      on: The day whose codes count.
    """
    code = raw_code.strip(" \t\r\n")
    for name in _SAME_NETWORK.get(network, (network,)):
        for row in _reasons().get((name, code), ()):
            if row.holds(on):
                return row
    return None


def reason(network: str, raw_code: str, on: dt.date) -> ReasonCode | None:
    """Give the row that holds now for a network's reason code: a retired code leads to its successor.

    A retired or legacy code whose successor is not known, or not one alone, gives its own row.
    """
    row = reason_as_stated(network, raw_code, on)
    seen: set[str] = set()
    while row is not None and row.status in ("retired", "legacy") and row.successor and row.code not in seen:
        seen.add(row.code)
        row = reason_as_stated(row.network, row.successor, on) or row
    return row


@cache
def _reasons() -> dict[tuple[str, str], tuple[ReasonCode, ...]]:
    found: dict[tuple[str, str], tuple[ReasonCode, ...]] = {}
    for row in tables.reason_codes():
        for name in (row.code, *(row.aliases or "").split()):
            found[row.network, name] = (*found.get((row.network, name), ()), row)
    return found


def _check_word(word: Word) -> Iterator[Problem]:
    if word.valid_from and word.valid_to and word.valid_to < word.valid_from:
        yield f"valid_to {word.valid_to} before valid_from {word.valid_from}", "a span of days"
