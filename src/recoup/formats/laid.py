"""A file as it lies there: records and fields with names, places and raw values, for a person to read.

Each format gives `lay_out(stream)` beside its reader. The reader is the fast way
to values; this is the slow way to understanding: it never stops at a record that
is wrong, but shows it with what is wrong. Partners add meanings to their codes.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding


class Field(msgspec.Struct, frozen=True, gc=False):
    """One field of a record."""

    name: str
    """As the format's standard calls it: "Amount, transaction", "Return reason code", "EndToEndId"."""
    at: str
    """Where in the record: "1-3", "DE 4", "PDS 0158", "NtryDtls/TxDtls/Refs/EndToEndId", "column 7"."""
    raw: str
    """The value as sent, as text; bytes that are none as hexadecimal."""
    meaning: str | None = None
    """What the value says, in words; None where it speaks for itself, or nobody knows."""


class Laid(msgspec.Struct, frozen=True):
    """One record, header and trailer among them."""

    number: int
    """From 1, in the order of the file."""
    kind: str
    """What record it is: "1644-697 file header", "6 entry detail", "Ntry"."""
    at: str
    """Where it begins: "byte 1014", "line 7"."""
    fields: tuple[Field, ...] = ()
    findings: tuple[Finding, ...] = ()


LayOut = Callable[[BinaryIO], Iterator[Laid]]
"""A file, from its first byte, to its records; flat in memory, and no file makes it raise."""
