"""Nacha files as a bank writes them: entries in, controls computed; each part can be told wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field

ORIGINATOR = "12104288"
"""Our bank: the originating one of the original entries."""
RECEIVER = "23138010"
"""The payer's bank, which returns."""
ACCOUNT_NUMBER = "744-5678-99"
NAME = "Receiver Name"
IDENTIFICATION = "location #23"


@dataclass(frozen=True)
class Entry:
    """One entry: what is needed to write it, and its addenda, ready but for the trace number at their end."""

    code: str = "26"
    amount: int = 12_345
    receiver: str = ORIGINATOR
    trace: str = f"{RECEIVER}0000001"
    addenda: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The entry and its addenda."""
        indicator = "1" if self.addenda else "0"
        text = f"6{self.code}{self.receiver}{check_digit(self.receiver)}{ACCOUNT_NUMBER:17}{self.amount:010}"
        return [f"{text}{IDENTIFICATION:15}{NAME:22}  {indicator}{self.trace}", *self.addenda]


@dataclass(frozen=True)
class Batch:
    """One batch of entries."""

    entries: Sequence[Entry]
    number: int = 1
    entry_class: str = "PPD"
    settled: str = "   "
    company: str = "121042882"
    originator: str = RECEIVER
    service: str = "200"

    def lines(self) -> list[str]:
        """Header, entries, control."""
        rows = [line for entry in self.entries for line in entry.lines()]
        tail = f"{self.originator}{self.number:07}"
        header = f"5{self.service}{'Company Name':16}{'':20}{self.company:10}{self.entry_class}{'VENDOR PAY':10}"
        sums = f"{len(rows):06}{entry_hash(self.entries):010}{debits(self.entries):012}{credits_(self.entries):012}"
        return [
            f"{header}{'':6}260130{self.settled}1{tail}",
            *rows,
            f"8{self.service}{sums}{self.company:10}{'':25}{tail}",
        ]


@dataclass(frozen=True)
class File:
    """One file, with its last block filled up."""

    batches: Sequence[Batch] = field(default_factory=tuple)
    created: str = "260202"
    modifier: str = "A"

    def lines(self) -> list[str]:
        """Every record."""
        rows = [line for batch in self.batches for line in batch.lines()]
        entries = [entry for batch in self.batches for entry in batch.entries]
        records = sum(len(entry.lines()) for entry in entries)
        blocks = -(-(len(rows) + 2) // 10)
        hashed = sum(entry_hash(batch.entries) for batch in self.batches) % 10**10
        header = (
            f"101 {ORIGINATOR}2 {RECEIVER}4{self.created}0930{self.modifier}094101{'Our Bank':23}{'The Network':23}"
        )
        sums = f"{records:08}{hashed:010}{debits(entries):012}{credits_(entries):012}"
        control = f"9{len(self.batches):06}{blocks:06}{sums}"
        filler = ["9" * 94] * (-(len(rows) + 2) % 10)
        return [header.ljust(94), *rows, control.ljust(94), *filler]

    def data(self, end: str = "\n") -> bytes:
        """The file's bytes, each record with this end; the empty one is a file without ends of lines."""
        return "".join(f"{line}{end}" for line in self.lines()).encode("ascii")


def returned(
    reason: str = "R01",
    amount: int = 12_345,
    sequence: int = 1,
    original: str | None = None,
    code: str = "26",
) -> Entry:
    """A return of one of our entries."""
    trace = f"{RECEIVER}{sequence:07}"
    original = original or f"{ORIGINATOR}{sequence:07}"
    return Entry(code, amount, ORIGINATOR, trace, (f"799{reason}{original}{'':6}{RECEIVER}{'':44}{trace}",))


def dishonored(reason: str = "R68", amount: int = 12_345, sequence: int = 1, of: str = "10") -> Entry:
    """Our dishonour of the return with this sequence, of reason R10 as a rule."""
    trace = f"{ORIGINATOR}{5_000_000 + sequence:07}"
    original, return_trace = f"{ORIGINATOR}{sequence:07}", f"{RECEIVER}{sequence:07}"
    told = f"799{reason}{original}{'':6}{RECEIVER}   {return_trace}033{of}{'':21}{trace}"
    return Entry("26", amount, RECEIVER, trace, (told,))


def contested(reason: str = "R73", amount: int = 12_345, sequence: int = 1, of: str = "10") -> Entry:
    """The receiving bank's contest of that dishonour."""
    trace = f"{RECEIVER}{7_000_000 + sequence:07}"
    original, return_trace = f"{ORIGINATOR}{sequence:07}", f"{RECEIVER}{sequence:07}"
    dishonor = f"{ORIGINATOR}{5_000_000 + sequence:07}"
    told = f"799{reason}{original}260202{RECEIVER}030{return_trace}033{of}{dishonor}03568 {trace}"
    return Entry("26", amount, ORIGINATOR, trace, (told,))


def changed(code: str = "C01", data: str = "1918171614", sequence: int = 1) -> Entry:
    """A notification of change of one of our entries."""
    trace = f"{RECEIVER}{sequence:07}"
    original = f"{ORIGINATOR}{sequence:07}"
    return Entry("26", 0, ORIGINATOR, trace, (f"798{code}{original}{'':6}{RECEIVER}{data:29}{'':15}{trace}",))


def forward(code: str = "27", amount: int = 12_345, sequence: int = 1) -> Entry:
    """An entry as its originator sends it, with one addenda of payment information."""
    trace = f"{ORIGINATOR}{sequence:07}"
    return Entry(code, amount, RECEIVER, trace, (f"705{'invoice 1':80}0001{trace[8:]}",))


def check_digit(routing: str) -> str:
    """The ninth digit of a routing number."""
    weighed = sum(int(digit) * weight for digit, weight in zip(routing, (3, 7, 1, 3, 7, 1, 3, 7), strict=True))
    return str(-weighed % 10)


def entry_hash(entries: Sequence[Entry]) -> int:
    """The ten rightmost digits of the sum of receivers."""
    return sum(int(entry.receiver) for entry in entries) % 10**10


def debits(entries: Sequence[Entry]) -> int:
    """The sum of all entries that debit their receiver."""
    return sum(entry.amount for entry in entries if entry.code[1] in "56789")


def credits_(entries: Sequence[Entry]) -> int:
    """The sum of all entries that credit it."""
    return sum(entry.amount for entry in entries if entry.code[1] in "1234")
