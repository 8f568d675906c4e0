"""BAI2: cash management balance reports, from bytes to transactions, account proofs and what is wrong.

`read` gives, in the order of the file, a `Transaction` for each 16 record that can be read, a `Refused` for each record
that cannot, an `Account` at the end of each account, and an `End` at the end of each logical file. Everything that a
report states about itself is checked at three levels: control totals and numbers of records of account, group and
file, numbers of accounts and groups, and, where both ledger balances are stated, opening plus transactions is closing.

Reports differ from the standard, and what is meant is read where it is certain: several records on a physical line,
texts that hold commas, slashes and line ends, missing slashes, a plus sign. Each is a finding. A record of no known
code is refused with its place and counted. The `bai2` package refuses five of six real samples for such reasons.

Read next: `bai2_tally.py` for the totals, `bai2_values.py` for the fields, `bai2_layout.py` for how a person is shown
a file.

Source:
  Cash Management Balance Reporting Specifications version 2 (BAI), as banks' public manuals repeat it; the samples of
  moov-io/bai2 (Apache-2.0).
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding, excerpt
from recoup.formats.bai2_tally import Account, End, Item, Tally
from recoup.formats.bai2_values import Group, Heading, Refused, Transaction, account_of, group_of, transaction
from recoup.formats.text_lines import TextLines

__all__ = ["Account", "End", "Item", "Record", "Refused", "Transaction", "read", "records"]

CODES = ("01", "02", "03", "16", "88", "49", "98", "99")
TEXT_LINES_MAX = 200
"""Most continuation records of one record that are kept; longest seen are some ten."""
_NEXT = re.compile(r"/\s+(?=(?:01|02|03|16|49|88|98|99),)")
_LOOKS_LIKE = re.compile(r"[0-9]{2},")
_MAY_GO_ON = ("16", "88")


class Record(msgspec.Struct, gc=False):
    """One record with its continuations. `parts` are its contents without code and closing slash."""

    line: int
    code: str
    parts: list[str]
    physical: int = 1
    """How many records of the file it is: itself and its 88s."""
    is_joined: bool = False
    """It began in the middle of a line."""
    is_broken: bool = False
    """A line of no code belongs to it."""


def read(stream: BinaryIO, name: str) -> Iterator[Item]:
    """Give transactions, refused records, accounts and ends of a file, in order.

    Args:
      stream: The file from its first byte.
      name: The file's name, for findings.
    """
    source = TextLines(stream)
    reader = Reader(name)
    for record in records(source):
        yield from reader.take(record)
    yield from reader.finish(source)


def records(source: TextLines) -> Iterator[Record]:
    """Give the records of a file, each with its continuations."""
    held: Record | None = None
    for first, lines in source.blocks():
        for number, text in enumerate(lines, first):
            code = text[:2]
            if code == "88" and text[2:3] == "," and held is not None and "/ " not in text:
                held.physical += 1
                if held.physical <= TEXT_LINES_MAX:
                    held.parts.append(_content(text))
                continue
            for at, piece in enumerate(_NEXT.split(text) if "/ " in text else (text,)):
                record = _record(number, piece.lstrip() if at else piece, held)
                if record is None:
                    continue
                if held is not None:
                    yield held
                record.is_joined = at > 0
                held = record
    if held is not None:
        yield held


def _record(number: int, text: str, held: Record | None) -> Record | None:
    """The record that a piece begins; None where it belongs to the one before, or is blank."""
    code = text[:2]
    if code in CODES and text[2:3] == ",":
        if code != "88" or held is None:
            return Record(number, code, [_content(text)])
        held.physical += 1
        if held.physical <= TEXT_LINES_MAX:
            held.parts.append(_content(text))
        return None
    if not text.strip(" \t\x1a"):
        return None
    if held is not None and held.code == "16" and not _LOOKS_LIKE.match(text):
        held.is_broken = True
        if held.physical <= TEXT_LINES_MAX:
            held.parts.append(text.rstrip().removesuffix("/"))
        return None
    return Record(number, "", [text])


def _content(text: str) -> str:
    """A record's content: what stands between its code and the slash that closes it."""
    if text[-1:] == "/":
        return text[3:-1]
    return text[3:].rstrip().removesuffix("/")


class Reader:
    """Puts records together to accounts, groups and files."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tally = Tally(name)
        self._group = Group()
        self._heading = Heading(0, "", None)
        self._is_joined_noted = False

    def take(self, record: Record) -> Iterator[Item]:
        """Take one record with its continuations."""
        tally, code = self._tally, record.code
        if record.is_joined and not self._is_joined_noted:
            self._is_joined_noted = True
            tally.note("joined", record.line, "a record in the middle of a line", "a line to each record")
        if record.is_broken:
            tally.note("wrapped", record.line, "a line of no record", "texts that go on in 88 records")
        if code == "16":
            tally.count(record.line, record.physical)
            yield tally.add(transaction(self._name, record.line, record.parts, self._heading))
        elif code == "03":
            yield from self._account(record)
        elif code == "":
            tally.count(record.line, record.physical)
            wanted = f"a record of {', '.join(CODES)}"
            yield tally.refuse(
                Refused(record.line, Finding("bai2.record", f"{self._name}:{record.line}", _short(record), wanted))
            )
        else:
            yield from self._envelope(record)

    def finish(self, source: TextLines) -> Iterator[Item]:
        """Give what is left at the end of the file."""
        if source.flaw is not None:
            self._tally.breaks("text", source.flaw.line, source.flaw.found, source.flaw.wanted)
        if source.latin_line is not None:
            line = source.latin_line
            self._tally.note("encoding", line, "bytes that are not UTF-8, read as Latin-1", "UTF-8", "note")
        yield from self._tally.finish()

    def _account(self, record: Record) -> Iterator[Item]:
        yield from self._tally.open_account(record.line, record.physical)
        account, problem = account_of(self._name, record.line, record.parts, self._group)
        self._heading = account
        self._tally.begin(account, problem)

    def _envelope(self, record: Record) -> Iterator[Item]:
        line, fields, physical = record.line, ",".join(record.parts).split(","), record.physical
        if record.code == "01":
            yield from self._tally.open_file(line, physical, fields)
        elif record.code == "02":
            self._group = group_of(fields)
            yield from self._tally.open_group(line, physical, self._group)
        elif record.code == "49":
            yield from self._tally.close_account(line, physical, fields)
        elif record.code == "98":
            yield from self._tally.close_group(line, physical, fields)
        elif record.code == "99":
            yield from self._tally.close_file(line, physical, fields)
        else:
            self._tally.count(line, physical)
            self._tally.breaks("order", line, "a continuation (88) of nothing", "a record before it")


def _short(record: Record) -> str:
    return excerpt(record.parts[0])
