"""A file of BAI2 as it lies there: each record with its fields by name, and what is wrong where it stands.

The way of a person; `bai2.py` has that of a program.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding
from recoup.domain.money import render
from recoup.formats.bai2 import Account, End, Item, Reader, Record, Refused, records
from recoup.formats.bai2_values import direction
from recoup.formats.laid import Field, Laid
from recoup.formats.text_lines import TextLines

NAMES = {
    "01": "file header",
    "02": "group header",
    "03": "account identifier and summary",
    "16": "transaction detail",
    "49": "account trailer",
    "88": "continuation",
    "98": "group trailer",
    "99": "file trailer",
    "": "record of no known code",
}
_FIELDS: dict[str, tuple[str, ...]] = {
    "01": (
        "sender",
        "receiver",
        "file creation date",
        "file creation time",
        "file identification",
        "physical record length",
        "block size",
        "version",
    ),
    "02": (
        "ultimate receiver",
        "originator",
        "group status",
        "as-of date",
        "as-of time",
        "currency",
        "as-of date modifier",
    ),
    "49": ("account control total", "number of records"),
    "98": ("group control total", "number of accounts", "number of records"),
    "99": ("file control total", "number of groups", "number of records"),
}
_STATUS = {"1": "update", "2": "deletion", "3": "correction", "4": "test only"}
_MODIFIER = {
    "1": "interim, previous day",
    "2": "final, previous day",
    "3": "interim, same day",
    "4": "final, same day",
}
_SUMMARIES = {
    "010": "opening ledger balance",
    "015": "closing ledger balance",
    "040": "opening available balance",
    "045": "closing available balance",
    "100": "total credits",
    "400": "total debits",
}
_DIRECTION = {1: "credit", -1: "debit"}
SUMMARIES_MAX = 200
"""Most summaries of one account that are shown; an account of a bank has some twenty."""


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Give the records of a file, each with its continuations, and after each account and file its proof."""
    reader = Reader("file")
    source = TextLines(stream)
    number = 0
    for record in records(source):
        told = list(reader.take(record))
        number += 1
        found = tuple(item.finding for item in told if isinstance(item, Refused))
        yield Laid(number, _kind(record), f"line {record.line}", tuple(_fields(record)), found)
        for proof in _proofs(told):
            number += 1
            yield msgspec.structs.replace(proof, number=number)
    for proof in _proofs(reader.finish(source)):
        number += 1
        yield msgspec.structs.replace(proof, number=number)


def _kind(record: Record) -> str:
    return f"{record.code} {NAMES[record.code]}".strip()


def _fields(record: Record) -> Iterator[Field]:
    if record.code == "16":
        yield from _transaction(record)
    elif record.code == "03":
        yield from _account(record)
    else:
        names = _FIELDS.get(record.code, ())
        told = ",".join(record.parts).split(",") if names else record.parts
        for at, raw in enumerate(told):
            name = names[at] if at < len(names) else "field"
            yield Field(name, f"field {at + 2}", raw, _meaning(name, raw.strip()))


def _meaning(name: str, raw: str) -> str | None:
    words = {"group status": _STATUS, "as-of date modifier": _MODIFIER}.get(name, {})
    return words.get(raw)


def _account(record: Record) -> Iterator[Field]:
    told = ",".join(record.parts).split(",")
    yield Field("account", "field 2", told[0])
    if len(told) > 1:
        yield Field("currency", "field 3", told[1])
    names = ("type code", "amount", "item count", "funds type")
    for at, raw in enumerate(told[2 : 2 + 4 * SUMMARIES_MAX]):
        # A funds type with distributions shifts what follows; then the names are off, and the raw values are not.
        name = names[at % 4]
        yield Field(name, f"field {at + 4}", raw, _SUMMARIES.get(raw.strip()) if name == "type code" else None)


def _transaction(record: Record) -> Iterator[Field]:
    kind, *rest = record.parts[0].split(",", 3)
    yield Field("type code", "field 2", kind, _DIRECTION.get(direction(kind.strip()) or 0))
    for at, (name, raw) in enumerate(
        zip(("amount", "funds type", "availability, references, text"), rest, strict=False)
    ):
        yield Field(name, f"field {at + 3}", raw)
    for at, raw in enumerate(record.parts[1:], start=1):
        yield Field("continuation", f"88 number {at}", raw)


def _proofs(items: Iterable[Item]) -> Iterator[Laid]:
    for item in items:
        if isinstance(item, Account):
            yield Laid(0, "proof of the account above", f"line {item.line}", tuple(_balances(item)), item.findings)
        elif isinstance(item, End):
            broken: tuple[Finding, ...] = () if item.broken is None else (item.broken,)
            told = (Field("records", "counted", str(item.records)),)
            yield Laid(0, "proof of the file above", f"line {item.line}", told, (*broken, *item.findings))


def _balances(account: Account) -> Iterator[Field]:
    yield Field("transactions", "counted", str(account.transactions))
    told = (
        ("opening ledger balance", "010", account.opening_minor),
        ("sum of transactions", "computed", account.sum_minor),
        ("closing ledger balance", "015", account.closing_minor),
    )
    for name, at, minor in told:
        if minor is not None and account.currency:
            yield Field(name, at, render(minor, account.currency))
