"""The text of an ISO 20022 file: UTF-8 whatever was declared, without a document type, its encoding faults named.

Banks declare UTF-8 and write Latin-1, or the other way round. Names of elements, amounts and codes
are ASCII in all of them, so only free text is in doubt: runs of other bytes are read as UTF-8 where
they are UTF-8 and as Latin-1 where they are not, and what was declared is not believed. A file of
UTF-16 is read as such, with a finding. A document type is refused before the parser sees it: no
message has one, and entities live there.
"""

import codecs
import re
from typing import BinaryIO

from recoup.domain.findings import Finding

BLOCK_BYTES = 1 << 16
PROLOG_BYTES_MAX = 1 << 16
"""Longest text before the first element; a licence in a comment has a few thousand."""

_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
_TAIL = re.compile(rb"[\x80-\xff]+\Z")
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_WIDE = (
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_UTF8 = frozenset({"utf-8", "utf8"})
_ONE_BYTE = frozenset({"iso-8859-1", "iso-8859-15", "latin1", "latin-1", "windows-1252", "cp1252"})
_ASCII = frozenset({"us-ascii", "ascii"})


class Text:
    """A stream of bytes as blocks of UTF-8; `findings` says afterwards what was wrong with its encoding."""

    def __init__(self, stream: BinaryIO, where: str) -> None:
        self._stream = stream
        self._where = where
        self._held = b""
        self._wide: codecs.IncrementalDecoder | None = None
        self._declared = "utf-8"
        self._read_bytes = 0
        self._odd: dict[str, int] = {}
        """Bytes where each kind of run that does not fit the declaration began first."""
        self.findings: list[Finding] = []

    def open(self) -> bytes | Finding:
        """Give the first block, up to the first element and beyond; or why this is no message."""
        head = self._stream.read(BLOCK_BYTES)
        self._begin(head)
        first = self._decoded(head)
        while (found := self._beyond_prolog(first)) is None:
            block = self._stream.read(BLOCK_BYTES)
            if not block:
                return self._finding("iso20022.syntax", "no element", "an XML document")
            first += self._decoded(block)
            if len(first) > PROLOG_BYTES_MAX:
                return self._finding("iso20022.size", "text without an element", f"at most {PROLOG_BYTES_MAX} bytes")
        return first if found == b"" else self._odd_prolog(found)

    def block(self) -> bytes:
        """Give the next block; empty at the end."""
        while block := self._stream.read(BLOCK_BYTES):
            if found := self._decoded(block):
                return found
        return self._last()

    def _begin(self, head: bytes) -> None:
        for mark, name in _WIDE:
            if head.startswith(mark):
                self._wide = codecs.getincrementaldecoder(name)(errors="replace")
                self.findings.append(self._finding("iso20022.encoding", name.upper(), "UTF-8", "warn"))
                return
        declared = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8))
        if declared:
            self._declared = declared.group(1).decode("ascii").lower()
        if self._declared not in _UTF8 | _ONE_BYTE | _ASCII:
            found = f"a declared encoding of {self._declared}"
            self.findings.append(self._finding("iso20022.encoding", found, "UTF-8", "warn"))

    def _beyond_prolog(self, text: bytes) -> bytes | None:
        """Empty where an element begins, what stands there instead, None where that is not known yet."""
        rest = text.removeprefix(codecs.BOM_UTF8)
        prolog = _PROLOG.match(rest)
        begins = rest[prolog.end() if prolog else 0 :][:9]
        is_cut = begins.startswith(b"<!") and len(begins) < 9
        if begins in (b"", b"<") or is_cut or begins.startswith((b"<!--", b"<?")):
            return None
        is_element = begins[:1] == b"<" and begins[1:2] not in (b"!", b"/", b" ")
        return b"" if is_element else begins

    def _odd_prolog(self, begins: bytes) -> Finding:
        if begins.upper().startswith(b"<!DOCTYPE"):
            return self._finding("iso20022.doctype", "a document type", "a message without one: no entities")
        return self._finding("iso20022.syntax", "other text than XML at its beginning", "an XML document")

    def _decoded(self, block: bytes) -> bytes:
        if self._wide is not None:
            self._read_bytes += len(block)
            return self._wide.decode(block).removeprefix("\ufeff").encode("utf-8")
        if not self._held and block.isascii():
            self._read_bytes += len(block)
            return block
        # A character may be cut by the end of the block: such a run waits for the next one.
        whole = self._held + block
        tail = _TAIL.search(whole)
        cut = tail.start() if tail and len(whole) - tail.start() < BLOCK_BYTES else len(whole)
        self._held = whole[cut:]
        found = _NOT_ASCII.sub(self._run, whole[:cut])
        self._read_bytes += cut
        return found

    def _run(self, match: re.Match[bytes]) -> bytes:
        run = match.group()
        try:
            run.decode("utf-8")
        except UnicodeDecodeError:
            if self._declared not in _ONE_BYTE:
                self._note("bytes that are not UTF-8, read as Latin-1", match.start())
            return run.decode("latin-1").encode("utf-8")
        if self._declared not in _UTF8 and not run.startswith(codecs.BOM_UTF8):
            self._note("bytes of UTF-8", match.start())
        return run

    def _note(self, kind: str, start: int) -> None:
        self._odd.setdefault(kind, self._read_bytes + start + 1)

    def _last(self) -> bytes:
        if self._wide is not None:
            return self._wide.decode(b"", final=True).encode("utf-8")
        found, self._held = _NOT_ASCII.sub(self._run, self._held), b""
        for kind, at in self._odd.items():
            where = f"{self._where}, byte {at}"
            wanted = f"the declared encoding, {self._declared.upper()}"
            self.findings.append(Finding("iso20022.encoding", where, kind, wanted, "warn"))
        self._odd.clear()
        return found

    def _finding(self, check: str, found: str, wanted: str, severity: str = "error") -> Finding:
        return Finding(check, self._where, found, wanted, "warn" if severity == "warn" else "error")
