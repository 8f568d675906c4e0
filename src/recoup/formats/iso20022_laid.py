"""An ISO 20022 file as it lies there: head, statements, entries and transactions with the path of every field.

A record comes when the reader has read it, so that it carries what the reader found wrong with it.
Balances and summary stand with the statement, whose end shows whether they hold. The transactions
of an entry with very many of them come in parts, each with what the reader took from it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from recoup.domain.findings import Finding
from recoup.domain.money import render_total
from recoup.formats.iso20022 import STATEMENTS, TRANSACTIONS, Event, MessageReader, Refused, Watch, events
from recoup.formats.iso20022_elements import local_name
from recoup.formats.iso20022_pieces import Broken, Detail, Entry, Header, Money, Piece, Total, Unread
from recoup.formats.iso20022_text import Text
from recoup.formats.laid import Field, Laid, LayOut

WHERE = "file"
MEANINGS = {
    ("CdtDbtInd", "CRDT"): "to the account",
    ("CdtDbtInd", "DBIT"): "from the account",
    ("RvslInd", "true"): "takes an earlier booking back",
    ("CpyDplctInd", "COPY"): "a copy",
    ("CpyDplctInd", "CODU"): "a copy of a duplicate",
    ("CpyDplctInd", "DUPL"): "a duplicate",
    ("Sts", "BOOK"): "booked",
    ("Sts", "PDNG"): "pending",
    ("Sts", "INFO"): "for information",
    ("Sts", "FUTR"): "to be booked later",
    ("CdOrPrtry", "OPBD"): "opening balance, booked",
    ("CdOrPrtry", "CLBD"): "closing balance, booked",
    ("CdOrPrtry", "PRCD"): "closing balance of the statement before",
    ("CdOrPrtry", "ITBD"): "interim balance, booked",
    ("CdOrPrtry", "OPAV"): "opening balance, available",
    ("CdOrPrtry", "CLAV"): "closing balance, available",
    ("CdOrPrtry", "ITAV"): "interim balance, available",
    ("CdOrPrtry", "FWAV"): "forward balance, available",
}
"""What the schemas themselves call these values: by element, or by the element around `Cd`."""
_MESSAGE = re.compile(r"[a-z]{4}\.[0-9]{3}(?: |$)")
"""How the kind of the record begins that opens a message."""
_CHOSEN = frozenset({"Cd", "Prtry"})
_RECORDS = ("Ntry", "TxInf", "TxInfAndSts")
_STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
_HEADS = ("GrpHdr", "Assgnmt", "Case", "RslvdCase", "Sts", "CtrlData", "OrgnlGrpInf", "OrgnlGrpInfAndSts")
_INSIDE = {"OrgnlPmtInfAndSts": ("TxInfAndSts",), "Stmt": ("Ntry",), "Rpt": ("Ntry",), "Ntfctn": ("Ntry",)}
"""Records that are laid by themselves, and not once more within what holds them."""


def lay_out(stream: BinaryIO) -> Iterator[Laid]:
    """Lay out a file; its last record says why it cannot be read on, where it cannot."""
    number = 0
    for number, laid in enumerate(_laid(stream), start=1):
        yield msgspec.structs.replace(laid, number=number)
    if not number:
        yield Laid(1, "file", "line 1")


def of_messages(messages: tuple[str, ...], lay: LayOut = lay_out) -> LayOut:
    """Lay out files of certain messages; a file of another one is shown, with that it is another."""

    def lay_out_only(stream: BinaryIO) -> Iterator[Laid]:
        for laid in lay(stream):
            if _MESSAGE.match(laid.kind) and not laid.kind.startswith(messages):
                other = Finding("iso20022.message", f"{WHERE}:{laid.at}", laid.kind, " or ".join(messages))
                laid = msgspec.structs.replace(laid, findings=(*laid.findings, other))
            yield laid

    return lay_out_only


def _laid(stream: BinaryIO) -> Iterator[Laid]:
    text, watch, reader = Text(stream, WHERE), Watch(WHERE), MessageReader(WHERE)
    pieces: list[Piece] = []
    try:
        for found in events(text, watch):
            for event in found:
                yield from _of_event(event, reader, pieces)
            if reader.relieve(pieces):
                watch.record_ended()
                yield from (laid for piece in pieces if isinstance(piece, Entry) for laid in _part(piece))
                pieces.clear()
    except Refused as refused:
        pieces.append(Broken(refused.finding))
    if found_wrong := (*text.findings, *_findings(pieces)):
        yield Laid(0, "file", "line 1", findings=found_wrong)


def _of_event(event: Event, reader: MessageReader, pieces: list[Piece]) -> Iterator[Laid]:
    name, element = event
    is_laid = name in _RECORDS or name in _STATEMENTS or name in _INSIDE
    line = f"line {element.sourceline or 0}"
    fields = tuple(leaves(element, _INSIDE.get(name, ()))) if is_laid else ()
    head = _holder(element) if is_laid else None
    reader.take(name, element, pieces)
    if not is_laid:
        # What a message or document says at its own end stays for the record that follows, or for the file.
        return
    for piece in pieces:
        if isinstance(piece, Header) and head is not None:
            yield Laid(0, f"{piece.message} {piece.version or ''}".strip(), f"line {piece.line}", tuple(_heads(head)))
    found = tuple(_findings(pieces))
    pieces.clear()
    yield Laid(0, name, line, fields, found)


def _holder(element: Any) -> Any:
    return next(
        (a for a in element.iterancestors() if local_name(a.tag) in STATEMENTS or local_name(a.tag) in TRANSACTIONS),
        None,
    )


def _heads(holder: Any) -> Iterator[Field]:
    for child in holder:
        if local_name(child.tag) in _HEADS:
            yield from leaves(child, (), f"{local_name(child.tag)}/")


def leaves(element: Any, left_out: tuple[str, ...], prefix: str = "") -> Iterator[Field]:
    """Give every field of an element with its path; of elements that stand several times the number in brackets."""
    names = [local_name(child.tag) for child in element]
    often, seen = Counter(names), Counter[str]()
    if not names:
        yield from _leaf(element, prefix.rstrip("/") or local_name(element.tag))
    for child, name in zip(element, names, strict=True):
        seen[name] += 1
        if name not in left_out:
            place = f"{prefix}{name}" + (f"[{seen[name]}]" if often[name] > 1 else "")
            yield from leaves(child, (), f"{place}/")


def _leaf(element: Any, path: str) -> Iterator[Field]:
    name, raw = local_name(element.tag), (element.text or "").strip()
    around = name if name not in _CHOSEN else path.rpartition("/")[0].rpartition("/")[2].partition("[")[0]
    yield Field(name, path, raw, MEANINGS.get((around, raw)))
    if (currency := element.get("Ccy")) is not None:
        yield Field("Ccy", f"{path}/@Ccy", currency)


def _part(entry: Entry) -> Iterator[Laid]:
    """The transactions of a part of a long entry, by what the reader took of them."""
    for detail in entry.transactions:
        yield Laid(0, "TxDtls", f"line {entry.line}", tuple(_fields(detail)))


def _fields(detail: Detail) -> Iterator[Field]:
    told = {
        "Amt": detail.amount,
        "EndToEndId": detail.end_to_end,
        "TxId": detail.transaction,
        "MndtId": detail.mandate,
        "AcctSvcrRef": detail.servicer_reference,
        "Cd": detail.reason.code if detail.reason else None,
    }
    for name, value in told.items():
        if value is not None:
            raw = value.text if isinstance(value, Money) else value
            yield Field(name, f"NtryDtls/TxDtls[{detail.number}]", raw)


def _findings(pieces: list[Piece]) -> Iterator[Finding]:
    for piece in pieces:
        if isinstance(piece, Finding):
            yield piece
        elif isinstance(piece, Unread | Broken):
            yield piece.finding
        elif isinstance(piece, Total) and piece.stated != piece.computed:
            yield total_finding(piece)


def total_finding(total: Total) -> Finding:
    """Say that a stated total is not what the records come to."""
    stated, computed = (render_total(value, total.currency) for value in (total.stated, total.computed))
    found = f"{total.name} stated {stated}, computed {computed}"
    return Finding("iso20022.total", total.where, found, "both equal")
