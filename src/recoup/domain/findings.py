"""A finding: the data is wrong, said as a value, so that all checks run before anyone stops.

Wrong *records* become findings, kept and counted; wrong *programs* raise
(`recoup.errors`). A finding never holds a secret, a card number or a whole
payload: only a short scrubbed excerpt and the place in the landed bytes.
"""

from typing import Literal

import msgspec

Severity = Literal["note", "warn", "error"]

EXCERPT_CHARACTERS = 80
"""Longest excerpt of a partner's text in a message: enough to recognise, too short to leak a record."""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One thing that is wrong with one place in the data.

    `check` is a stable code, `<room>.<what>`; `where` names file and position;
    `found` and `wanted` complete the sentence "<found>; wanted <wanted>".
    """

    check: str
    where: str
    found: str
    wanted: str
    severity: Severity = "error"


def excerpt(text: str) -> str:
    """A partner's text, quoted and short enough for a message."""
    short = text if len(text) <= EXCERPT_CHARACTERS else text[: EXCERPT_CHARACTERS - 1] + "…"
    return '"' + short.replace('"', "'") + '"'


class Notes(msgspec.Struct):
    """What is wrong with one record, gathered while it is read: the record goes on, its findings beside it."""

    where: str
    """File and position; each note adds the field."""
    found: list[Finding] = []

    def add(self, check: str, field: str, found: str, wanted: str, severity: Severity = "error") -> None:
        """Note one thing that is wrong with one field."""
        self.found.append(Finding(check, f"{self.where} {field}", found, wanted, severity))

    def unknown(self, field: str, word: str | None, vocabulary: str) -> None:
        """Note that a word of the partner, or its absence, has no meaning in a vocabulary."""
        said = "nothing" if word is None else excerpt(word)
        self.add("vocabulary.unknown", field, said, f"a word of the vocabulary {vocabulary}")
