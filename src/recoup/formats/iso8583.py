"""Mastercard IPM files (ISO 8583): messages with their elements and PDSs, and what each logical file states of itself.

A reader of our own: cardutil reads the format, but takes a file that is cut between two records for a whole one,
never compares header and trailer, keeps only the last of a repeated PDS, and stops at the first bad record. Here
every record comes out, bad ones with their findings; what a file states (count, checksum, number of each message) is
compared when its trailer comes; and memory stays flat. Nothing raises on bad data.

Read `iso8583_framing.py` for how records are found in bytes, `iso8583_elements.py` for lengths and names,
`iso8583_laid.py` for how a person is shown a file.

Source:
  cardutil 0.7.3 (MIT) for layout and types; three public generators of IPM files for what the trailer states: PDS
  0301 is the plain sum of DE 4 whatever the currency, PDS 0306 counts header and trailer.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding, Severity, excerpt
from recoup.formats.iso8583_elements import ELEMENTS, PDS_ELEMENTS, Element
from recoup.formats.iso8583_framing import RECORD_BYTES_MIN, Frames

HEADER, TRAILER = "1644-697", "1644-695"
FINDINGS_MAX = 100
"""Most findings about the file as a whole that are kept: one is enough to hold it."""
FILES_MAX = 1000
"""Most logical files in one; a real one has a few."""
_NEEDED = frozenset({4, 24, 71})
"""Numeric elements without which neither meaning nor totals can be had: wrong ones make the record unreadable."""
_BITS = 128
_LENGTHS: Mapping[str, Mapping[str, int]] = {
    "ll": {f"{length:02}": length for length in range(100)},
    "lll": {f"{length:03}": length for length in range(1000)},
}
"""Only ASCII digits are a length: `int` would read a sign, a blank or an underscore as well."""
_FILE_ID_CHARACTERS = 25
_FROM_EBCDIC = bytes(range(256)).decode("cp500").encode("latin-1")
"""Every character of cp500 is one of latin-1: a table of bytes does in a tenth of the time what its codec does."""

Pds = tuple[tuple[str, str], ...]
"""Tags and values in the order of the message; a tag may stand more than once."""
_Step = tuple[int, Mapping[str, int] | None, int, int, bool, bool]
"""Element, its length words, their width, its length, numeric, binary."""


class Message(msgspec.Struct, frozen=True, gc=False):
    """One record, split. Binary elements are hexadecimal; an unreadable message has what came before the fault."""

    position: int
    """Of the record in the physical file, from 1."""
    at: int
    """Byte of the file at which its length word stands."""
    mti: str
    elements: Mapping[int, str]
    pds: Pds = ()
    findings: tuple[Finding, ...] = ()

    @property
    def kind(self) -> str:
        """Message type and function code: `1442-450`."""
        return f"{self.mti}-{self.elements.get(24, '')}"

    @property
    def is_readable(self) -> bool:
        """Whether all of it was read: no finding of severity error."""
        return not self.findings or all(finding.severity != "error" for finding in self.findings)

    def pds_value(self, tag: str) -> str | None:
        """The value of a PDS, the first where it stands more than once; None where it is absent."""
        return next((value for found, value in self.pds if found == tag), None)


class LogicalFile(msgspec.Struct):
    """One header to its trailer: what was counted, and what the trailer states; None where it states nothing."""

    file_id: str
    """PDS 0105: type 3, date YYMMDD 6, processor 11, sequence 5."""
    position: int
    """Of the header."""
    messages: int = 0
    amount: int = 0
    """Plain sum of DE 4: a checksum over mixed currencies, no money."""
    messages_stated: int | None = None
    amount_stated: int | None = None

    @property
    def totals(self) -> tuple[tuple[str, int, int], ...]:
        """What the trailer states beside what was counted: (name, stated, counted)."""
        told = (
            ("PDS 0306 messages", self.messages_stated, self.messages),
            ("PDS 0301 checksum of DE 4", self.amount_stated, self.amount),
        )
        return tuple((name, stated, counted) for name, stated, counted in told if stated is not None)


class IpmFile:
    """The messages of one physical file, in one pass; files and findings are complete when the pass is."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._name = name
        self._frames = Frames(stream, name)
        self.framing = self._frames.framing
        self.files: list[LogicalFile] = []
        self._found: list[Finding] = []
        self._ids: set[str] = set()
        self._open: LogicalFile | None = None
        self._last_number = 0
        self._position = 0
        self._is_outside = False

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the file as a whole; one of severity error means that nothing of it can be trusted."""
        return [*self._frames.findings, *self._found]

    def __iter__(self) -> Iterator[Message]:
        """Give the messages in order."""
        encoding = self.framing.encoding if self.framing else "latin-1"
        for position, (at, record) in enumerate(self._frames, start=1):
            self._position = position
            message = split(record, encoding, position, at, self._name)
            self._count(message)
            yield message
        self._finish()

    def file_of(self, message: Message) -> LogicalFile | None:
        """The logical file that the message just given stands in; its trailer still does."""
        known = self.files[-1] if self.files else None
        return known if known is not None and (known is self._open or message.kind == TRAILER) else None

    def _count(self, message: Message) -> None:
        kind = message.kind
        if kind == HEADER:
            self._begin(message)
        if self._open is None:
            self._say_outside(message)
            return
        self._open.messages += 1
        amount = message.elements.get(4)
        if amount is not None and amount.isdecimal():
            self._open.amount += int(amount)
        self._check_number(message)
        if kind == TRAILER:
            self._close(message, self._open)

    def _begin(self, message: Message) -> None:
        self._check_closed(f"another header at record {message.position}")
        file_id = message.pds_value("0105") or ""
        if len(file_id) != _FILE_ID_CHARACTERS:
            self._find("iso8583.file_id", message, f"a file ID {excerpt(file_id)}", "25 characters in PDS 0105")
        elif file_id in self._ids:
            self._find("iso8583.file_twice", message, f"file ID {file_id} a second time", "each logical file once")
        if len(self.files) >= FILES_MAX:
            self._find("iso8583.files", message, f"more than {FILES_MAX} logical files", "a few")
            self._open = None
            return
        self._ids.add(file_id)
        self._open = LogicalFile(file_id, message.position)
        self.files.append(self._open)
        self._last_number = 0

    def _close(self, message: Message, file: LogicalFile) -> None:
        file_id = message.pds_value("0105")
        if file_id != file.file_id:
            found = f"file ID {excerpt(file_id or '')} in the trailer"
            self._find("iso8583.other_trailer", message, found, f"that of the header, {excerpt(file.file_id)}")
        file.messages_stated = self._stated(message, "0306", if_absent="error")
        file.amount_stated = self._stated(message, "0301", if_absent="warn")
        self._open = None
        for name, stated, counted in file.totals:
            if stated != counted:
                self._find("iso8583.total", message, f"{name}: {stated} stated", f"{counted}, as counted")

    def _stated(self, message: Message, tag: str, if_absent: Severity) -> int | None:
        value = message.pds_value(tag)
        if value is not None and value.isdecimal():
            return int(value)
        if value is None:
            self._find("iso8583.trailer", message, f"no PDS {tag}", "what the file holds", if_absent)
        else:
            self._find("iso8583.trailer", message, f"{excerpt(value)} in PDS {tag}", "a number")
        return None

    def _check_number(self, message: Message) -> None:
        """DE 71 rises by 1 from 1; a number left out is told, and the trailer's count says whether one is lost."""
        text = message.elements.get(71, "")
        if not text.isdecimal():
            return
        number = int(text)
        if number <= self._last_number:
            found = f"message number {number} after {self._last_number}"
            self._find("iso8583.message_number", message, found, "numbers that rise")
        elif number != self._last_number + 1:
            found = f"message number {number} after {self._last_number}"
            self._find("iso8583.message_gap", message, found, f"{self._last_number + 1}", "warn")
        self._last_number = max(number, self._last_number)

    def _say_outside(self, message: Message) -> None:
        if not self._is_outside:
            self._is_outside = True
            self._find("iso8583.no_header", message, f"a message {message.kind} outside a file", "a header 1644-697")

    def _check_closed(self, found: str) -> None:
        if self._open is not None:
            wanted = f"the trailer 1644-695 of the file that begins at record {self._open.position}"
            self._tell("iso8583.no_trailer", self._position, found, wanted)
            self._open = None

    def _finish(self) -> None:
        """What can only be said at the end of the stream."""
        if self.framing is None:
            return
        self._check_closed("the end of the file")
        if not self._frames.ends and not self._frames.findings:
            found, wanted = "an end without a length of zero", "a length of zero behind the last record"
            self._tell("iso8583.no_end", self._position, found, wanted, "warn")

    def _find(self, check: str, message: Message, found: str, wanted: str, severity: Severity = "error") -> None:
        self._tell(check, message.position, found, wanted, severity)

    def _tell(self, check: str, position: int, found: str, wanted: str, severity: Severity = "error") -> None:
        if len(self._found) < FINDINGS_MAX:
            self._found.append(Finding(check, f"{self._name}:{position}", found, wanted, severity))


def split(record: bytes, encoding: str, position: int, at: int, name: str) -> Message:
    """Split one record into its elements and PDSs; what is wrong with it comes with it."""
    if len(record) < RECORD_BYTES_MIN:
        found = Finding("iso8583.record", f"{name}:{position}", f"{len(record)} bytes", "a message type and bitmaps")
        return Message(position, at, "", {}, (), (found,))
    text = decoded(record, encoding)
    findings: list[Finding] = []
    mti = text[:4]
    where = f"{name}:{position}"
    if not mti.isdecimal():
        findings.append(Finding("iso8583.mti", where, f"0x{record[:4].hex()}", f"four digits in {encoding}"))
    elements = _elements(record, text, where, findings)
    pds = _pds(elements, where, findings)
    return Message(position, at, mti, elements, pds, tuple(findings))


def decoded(record: bytes, encoding: str) -> str:
    """Give the text of a record, one character for each byte."""
    return (record.translate(_FROM_EBCDIC) if encoding == "cp500" else record).decode("latin-1")


def split_pds(text: str) -> tuple[list[tuple[str, str]], int]:
    """Split the PDSs of one element; gives them, and how many characters of them hold together."""
    lengths = _LENGTHS["lll"]
    found: list[tuple[str, str]] = []
    at, end = 0, len(text)
    while at < end:
        length = lengths.get(text[at + 4 : at + 7], -1)
        stop = at + 7 + length
        if length < 0 or stop > end:
            return found, at
        found.append((text[at : at + 4], text[at + 7 : stop]))
        at = stop
    return found, at


def _elements(record: bytes, text: str, where: str, findings: list[Finding]) -> dict[int, str]:
    """The elements that the bitmaps name, as far as lengths are known and hold."""
    elements: dict[int, str] = {}
    at, end = RECORD_BYTES_MIN, len(text)
    for number, lengths, width, longest, is_numeric, is_binary in _plan(record[4:20]):
        length = longest
        if lengths is not None:
            at += width
            length = lengths.get(text[at - width : at], -1)
        stop = at + length
        if length < 0 or stop > end:
            findings.append(_misfit(where, number, longest, length, end - at))
            return elements
        elements[number] = value = record[at:stop].hex() if is_binary else text[at:stop]
        if length > longest or (is_numeric and not value.isdecimal()):
            findings.append(_wrong(where, number, value))
        at = stop
    if at != end:
        found = f"{end - at} bytes behind the last element"
        findings.append(Finding("iso8583.bitmap", where, found, "none: the bitmaps name every element"))
    return elements


def _pds(elements: Mapping[int, str], where: str, findings: list[Finding]) -> Pds:
    found: list[tuple[str, str]] = []
    for number in PDS_ELEMENTS:
        if (text := elements.get(number)) is None:
            continue
        run, good = split_pds(text)
        found += run
        if good != len(text):
            wanted = "a tag, a length and as many characters"
            findings.append(Finding("iso8583.pds", f"{where} DE {number}", f"no PDS at character {good + 1}", wanted))
    tags = [tag for tag, _ in found]
    if len(set(tags)) != len(tags):
        twice = ", ".join(sorted({tag for tag in tags if tags.count(tag) > 1}))
        findings.append(Finding("iso8583.pds_twice", where, f"PDS {twice} more than once", "each once", "warn"))
    return tuple(found)


@lru_cache(maxsize=4096)
def _plan(bitmap: bytes) -> tuple[_Step, ...]:
    """The steps to take through a record with these bitmaps; one of unknown length ends them.

    A file has some dozens of bitmaps, and a hostile one shall not fill the memory with them.
    """
    return tuple(_steps(bitmap))


def _steps(bitmap: bytes) -> Iterator[_Step]:
    bits = int.from_bytes(bitmap, "big")
    if not bits >> (_BITS - 1):  # without its first bit there is no second bitmap, which IPM always has
        yield (1, None, 0, -1, False, False)
        return
    for number in range(2, _BITS + 1):
        if bits >> (_BITS - number) & 1:
            element = ELEMENTS.get(number)
            yield _step(element) if element else (number, None, 0, -1, False, False)
            if element is None:
                return


def _step(element: Element) -> _Step:
    lengths = _LENGTHS.get(element.kind)
    width = 0 if lengths is None else len(element.kind)
    return element.number, lengths, width, element.length, element.is_numeric, element.is_binary


def _misfit(where: str, number: int, longest: int, length: int, left: int) -> Finding:
    place = f"{where} DE {number}"
    if longest < 0:
        return Finding("iso8583.element", place, "an element of unknown length", "elements of the published table")
    if length < 0:
        return Finding("iso8583.length", place, "no length", "digits that say how long the element is")
    return Finding("iso8583.length", place, f"{max(left, 0)} bytes left", f"{length}, as its length says")


def _wrong(where: str, number: int, value: str) -> Finding:
    element = ELEMENTS[number]
    place, many = f"{where} DE {number}", f"{len(value)} characters"
    if element.is_numeric and not value.isdecimal():
        return Finding(
            "iso8583.digits", place, f"{many}, not all digits", "digits", "error" if number in _NEEDED else "warn"
        )
    return Finding("iso8583.long", place, many, f"at most {element.length}", "warn")
