"""A PayPal report as it lies there: every record with the names of its cells, for a person to read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from recoup.domain.findings import Finding
from recoup.formats.laid import Field, Laid, LayOut
from recoup.partners.paypal.report import SUMS, Proof, Record, key, read_records
from recoup.partners.paypal.telling import CODES

_KINDS: Mapping[str, str] = {
    "RH": "report header",
    "FH": "file header",
    "SH": "section header",
    "CH": "column names",
    "SB": "row",
    "SF": "section footer",
    "SC": "section count",
    "RF": "report footer",
    "RC": "report count",
    "FF": "file footer",
}
_FOOTER = (
    "Currency",
    *(name.capitalize() for name in SUMS),
    *(f"Balance {number} {what}" for number in (1, 2, 3, 4, 5, 6) for what in ("sign", "amount")),
    "Count",
)
"""Names of ours for the cells of SF and RF: what the six balances are was not verified."""
_NAMES: Mapping[str, tuple[str, ...]] = {
    "RH": ("Generated at", "Reporting window", "Account ID", "Report version"),
    "FH": ("File number",),
    "SH": ("From", "To", "Account ID"),
    "SF": _FOOTER,
    "RF": _FOOTER,
    "SC": ("Rows",),
    "RC": ("Rows",),
    "FF": ("Rows",),
}
_WORDS = {"Transaction Event Code": "event_code", "Transactional Status": "transactional_status"}
_SIGNS = {"CR": "credit", "DR": "debit"}


def layout_of(wanted: Sequence[str], unwanted: Sequence[str] = ()) -> LayOut:
    """Give how a report is shown whose sections have some columns, and have not others.

    Args:
      wanted: Columns, by PayPal's names, without which the file is another report.
      unwanted: Columns with which it is another report.
    """

    def lay_out(stream: BinaryIO) -> Iterator[Laid]:
        yield from _laid(stream, wanted, unwanted)

    return lay_out


def _laid(stream: BinaryIO, wanted: Sequence[str], unwanted: Sequence[str]) -> Iterator[Laid]:
    """Give every record; what is out of order, or does not add up, is shown with the record where it shows."""
    columns: tuple[str, ...] = ()
    proof = Proof("file", is_sum_stated=False, is_footer_wanted=False)
    for number, record in enumerate(read_records(stream, "file"), start=1):
        if isinstance(record, Finding):
            yield Laid(number, "unreadable", record.where.rpartition(":")[2], findings=(record,))
            return
        known = proof.fault
        proof.take(record)
        wrong = (proof.fault,) if proof.fault is not None and proof.fault is not known else ()
        if record.kind == "CH":
            columns = record.cells
            wrong = (*wrong, *_columns(proof, wanted, unwanted))
        kind = f"{record.kind} {_KINDS.get(record.kind, 'unknown record')}"
        yield Laid(number, kind, f"line {record.line}", tuple(_fields(record, columns)), (*wrong, *_told(proof)))


def _columns(proof: Proof, wanted: Sequence[str], unwanted: Sequence[str]) -> Iterator[Finding]:
    missing = [name for name in wanted if key(name) not in proof.columns]
    surplus = [name for name in unwanted if key(name) in proof.columns]
    if missing:
        yield Finding("paypal.columns", proof.where, f"no column {', '.join(missing)}", "the columns of this report")
    if surplus:
        yield Finding("paypal.columns", proof.where, f"a column {', '.join(surplus)}", "the columns of this report")


def _told(proof: Proof) -> tuple[Finding, ...]:
    """What the record's totals say against the rows, taken off the sheet so that it is shown once."""
    found = [
        Finding("paypal.total", proof.where, f"{c.name} {c.stated} {c.currency or ''}".strip(), f"{c.computed}")
        for c in proof.controls
        if c.stated != c.computed
    ]
    told = (*found, *proof.findings)
    proof.controls, proof.findings = [], []
    return told


def _fields(record: Record, columns: tuple[str, ...]) -> Iterator[Field]:
    names = columns if record.kind == "SB" else _NAMES.get(record.kind, ())
    names = ("Column",) * len(record.cells) if record.kind == "CH" else names
    for at, raw in enumerate(record.cells, start=1):
        if raw or at <= len(names):
            name = names[at - 1] if at <= len(names) else "unnamed"
            yield Field(name, f"column {at + 1}", raw, _meaning(name, raw))


def _meaning(name: str, raw: str) -> str | None:
    if name in _WORDS:
        word = CODES.word(_WORDS[name], raw)
        return None if word is None else word.note
    return _SIGNS.get(raw) if name.endswith(("Debit or Credit", "sign")) else None
