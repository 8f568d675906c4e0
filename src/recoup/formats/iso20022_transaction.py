"""Reports about single payments: status (pain.002, pacs.002), return (pacs.004), reversal (pacs.007), recall (camt.056)
and its answer (camt.029).

Stated numbers and sums are compared where they are about what the message itself holds: of returns,
reversals and recalls the group's, of status reports the number per status, as soon as one
transaction of that status is listed. The number and sum of the *original* message say nothing about
the report. What a report says of a whole batch without naming a transaction is a `Group`.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from msgspec import structs

from recoup.domain.findings import Finding
from recoup.formats.iso20022_elements import (
    CHARGES,
    FRACTION_MAX,
    Fields,
    Shape,
    charges,
    decimals_of,
    gather,
    in_namespace,
    money,
    namespace,
    reason,
    scaled,
    whole_number,
)
from recoup.formats.iso20022_header import head_fields, header_of
from recoup.formats.iso20022_pieces import Group, Header, Money, Piece, Total, Transaction

_BY_STATUS: list[Any] = ["by_status", {"DtldNbOfTxs": "count", "DtldSts": "status", "DtldCtrlSum": "sum"}]
_ORIGINAL: Shape = {
    "IntrBkSttlmAmt": ("original", money),
    "Amt": {"InstdAmt": ("original", money), "EqvtAmt": {"Amt": ("original", money)}},
    "IntrBkSttlmDt": "original_settled",
    "ReqdColltnDt": "original_settled",
    "PmtTpInf": {"LclInstrm": {"Cd": "scheme"}},
    "MndtRltdInf": {"MndtId": "mandate", "DrctDbtMndt": {"MndtId": "mandate"}},
}
_TRANSACTION: Shape = {
    "RtrId": "id",
    "RvslId": "id",
    "CxlId": "id",
    "CxlStsId": "id",
    "StsId": "id",
    "OrgnlGrpInf": {"OrgnlMsgId": "original_id", "OrgnlMsgNmId": "original_message"},
    "OrgnlPmtInfId": "batch",
    "OrgnlInstrId": "instruction",
    "OrgnlEndToEndId": "end_to_end",
    "OrgnlTxId": "transaction",
    "TxSts": "status",
    "TxCxlSts": "status",
    "OrgnlIntrBkSttlmAmt": ("original", money),
    "OrgnlInstdAmt": ("original", money),
    "OrgnlIntrBkSttlmDt": "original_settled",
    "OrgnlReqdColltnDt": "original_settled",
    "RtrdIntrBkSttlmAmt": ("returned", money),
    "RvsdIntrBkSttlmAmt": ("returned", money),
    "IntrBkSttlmDt": "settled",
    "CompstnAmt": ("compensation", money),
    "ChrgsInf": ["charges", CHARGES],
    "RtrRsnInf": ["reasons", reason],
    "StsRsnInf": ["reasons", reason],
    "RvslRsnInf": ["reasons", reason],
    "CxlRsnInf": ["reasons", reason],
    "CxlStsRsnInf": ["reasons", reason],
    "OrgnlTxRef": _ORIGINAL,
    "RslvdCase": {"Id": "case"},
    "Case": {"Id": "case"},
    "RsltnRltdInf": {"IntrBkSttlmAmt": ("resolved", money), "IntrBkSttlmDt": "settled"},
}
_GROUP: Shape = {
    "OrgnlMsgId": "original_id",
    "OrgnlMsgNmId": "original_message",
    "OrgnlPmtInfId": "batch",
    "GrpSts": "status",
    "PmtInfSts": "status",
    "GrpCxlSts": "status",
    "PmtInfCxlSts": "status",
    "OrgnlNbOfTxs": "count",
    "OrgnlCtrlSum": "sum",
    "StsRsnInf": ["reasons", reason],
    "CxlStsRsnInf": ["reasons", reason],
    "NbOfTxsPerSts": _BY_STATUS,
    "NbOfTxsPerCxlSts": _BY_STATUS,
    "OrgnlGrpInf": {"OrgnlMsgId": "original_id", "OrgnlMsgNmId": "original_message"},
    "RslvdCase": {"Id": "case"},
    "OrgnlGrpInfAndCxl": {"OrgnlMsgId": "original_id", "OrgnlMsgNmId": "original_message"},
    "OrgnlGrpInfAndSts": {
        "OrgnlMsgId": "original_id",
        "OrgnlMsgNmId": "original_message",
        "RslvdCase": {"Id": "case"},
    },
}
_RECORDS = ("TxInf", "TxInfAndSts")
_GROUPS = {"OrgnlPmtInfAndSts": "batch", "OrgnlGrpInfAndSts": "message"}


class TransactionReader:
    """One message with its transactions; `take` is given the ends of elements."""

    def __init__(self, where: str, message: str, holder: Any, number: int, records: int = 0) -> None:
        self.holder = holder
        self.records = records
        self.is_possible_duplicate = False
        self._where = where
        self._message = message
        self._number = number
        uri = namespace(holder.tag)
        self._shape = in_namespace(_TRANSACTION, uri)
        self._group_shape = in_namespace(_GROUP, uri)
        self._header: Header | None = None
        self._head: Fields = {}
        self._parent: Any = None
        self._parent_told: Fields = {}
        self._last: Any = None
        self._in_message = 0
        self._in_group = 0
        self._statuses: Counter[str] = Counter()
        self._group_statuses: Counter[str] = Counter()
        self._sums: dict[str, int] = {}
        self._is_summed = True
        self._whole: list[tuple[int, Fields]] = []
        """What is said of whole original messages, until the end shows how many transactions are listed."""

    def relieve(self, pieces: list[Piece]) -> bool:
        """No record goes on for long."""
        return False

    def take(self, name: str, element: Any, pieces: list[Piece]) -> None:
        """Add the pieces that the end of an element completes."""
        if name in _RECORDS:
            self._take_record(element, pieces)
        elif name == "OrgnlPmtInfAndSts":
            self._take_batch(element, pieces)
        elif name == "OrgnlGrpInfAndSts":
            self._whole.append((element.sourceline or 0, gather(element, self._group_shape, {})))

    def end(self, pieces: list[Piece]) -> None:
        """Add what the end of the message completes: groups, and the stated totals."""
        header = self._header or self._begin(pieces)
        for line, told in self._whole:
            pieces.append(self._group(header, "message", line, told, self._in_message))
            pieces += self._per_status(line, told, self._statuses)
        pieces += self._group_totals(head_fields(self.holder))

    # --- records ------------------------------------------------------------------------------------------------------

    def _begin(self, pieces: list[Piece]) -> Header:
        self._head = head_fields(self.holder)
        self._header, findings = header_of(
            self._where, self._message, self.holder, self._number, is_possible_duplicate=self.is_possible_duplicate
        )
        pieces += [self._header, *findings]
        return self._header

    def _take_record(self, element: Any, pieces: list[Piece]) -> None:
        header = self._header or self._begin(pieces)
        self._look_around(element.getparent())
        self.records += 1
        self._in_message += 1
        self._in_group += 1
        found = self._transaction(header, element)
        if found.status is not None:
            self._statuses[found.status] += 1
            self._group_statuses[found.status] += 1
        self._add(found.returned if self._message in ("pacs.004", "pacs.007") else found.original)
        pieces.append(found)
        element.clear()
        if self._last is not None and (parent := self._last.getparent()) is not None:
            parent.remove(self._last)
        self._last = element

    def _look_around(self, parent: Any) -> None:
        """What the element around the records says of all of them: the original batch, message or case."""
        if parent is self._parent:
            return
        self._parent, self._in_group, self._group_statuses = parent, 0, Counter()
        self._parent_told = {} if parent is self.holder else gather(parent, self._group_shape, {})

    def _transaction(self, header: Header, element: Any) -> Transaction:
        told = gather(element, self._shape, {})
        around, head = self._parent_told, self._head
        case = told.get("case") or around.get("case")
        if case is not None and header.case is None:
            header = structs.replace(header, case=case)
        return Transaction(
            header=header,
            number=self.records,
            line=element.sourceline or 0,
            id=told.get("id"),
            status=told.get("status"),
            group_status=_first("status", around, head),
            original_message_id=_first("original_id", told, around, head),
            original_message=_first("original_message", told, around, head),
            original_batch=told.get("batch") or around.get("batch"),
            instruction=told.get("instruction"),
            end_to_end=told.get("end_to_end"),
            transaction=told.get("transaction"),
            mandate=told.get("mandate"),
            scheme=told.get("scheme"),
            original=told.get("original") or told.get("resolved"),
            returned=told.get("returned"),
            compensation=told.get("compensation"),
            charges=charges(told),
            settled_on=told.get("settled") or head.get("settled"),
            original_settled_on=told.get("original_settled"),
            reasons=tuple(told.get("reasons", ())),
        )

    def _add(self, amount: Money | None) -> None:
        if amount is None or amount.minor is None or amount.currency is None:
            self._is_summed = False
        else:
            self._sums[amount.currency] = self._sums.get(amount.currency, 0) + amount.minor

    # --- groups and totals --------------------------------------------------------------------------------------------

    def _take_batch(self, element: Any, pieces: list[Piece]) -> None:
        header = self._header or self._begin(pieces)
        line, told = element.sourceline or 0, gather(element, self._group_shape, {})
        listed = self._in_group if element is self._parent else 0
        statuses = self._group_statuses if element is self._parent else Counter()
        pieces.append(self._group(header, "batch", line, told, listed))
        pieces += self._per_status(line, told, statuses)
        element.clear()
        if self._last is not None and self._last.getparent() is element:
            self._last = None

    def _group(self, header: Header, level: str, line: int, told: Fields, listed: int) -> Group:
        return Group(
            header=header,
            line=line,
            level=level,
            original=told.get("batch") if level == "batch" else told.get("original_id"),
            original_message=told.get("original_message") or self._head.get("original_message"),
            status=told.get("status"),
            reasons=tuple(told.get("reasons", ())),
            stated_transactions=told.get("count"),
            stated_sum=told.get("sum"),
            transactions=listed,
        )

    def _per_status(self, line: int, told: Fields, listed: Counter[str]) -> Iterator[Total]:
        where = f"{self._where}, line {line}"
        for stated in told.get("by_status", ()):
            status, count = stated.get("status"), whole_number(stated.get("count"))
            if status in listed and count is not None:
                yield Total(where, f"transactions with status {status}", count, listed[status])

    def _group_totals(self, head: Fields) -> Iterator[Total | Finding]:
        where = f"{self._where}, line {self.holder.sourceline or 0}"
        if self._message in ("pain.002", "pacs.002", "camt.029"):
            return
        if "count" in head:
            stated = whole_number(head["count"])
            if stated is None:
                yield Finding("iso20022.total", where, "a number of transactions that is none", "a whole number")
            else:
                yield Total(where, "number of transactions", stated, self._in_message)
        if ("sum" in head or "total" in head) and not self._is_summed:
            yield Finding("iso20022.proof", where, "amounts that cannot be read", "amounts, to prove the sum", "error")
        elif "sum" in head:
            yield self._summed(where, head["sum"])
        if "total" in head and self._is_summed:
            total = head["total"]
            own = self._sums.get(total.currency or "", 0)
            if total.minor is None:
                yield Finding("iso20022.total", where, "a total amount that is none", "an amount of its currency")
            else:
                yield Total(where, "total amount", total.minor, own, total.currency)

    def _summed(self, where: str, text: str) -> Total | Finding:
        """The hash sum of all amounts, whatever their currencies."""
        currency = next(iter(self._sums)) if len(self._sums) == 1 else None
        decimals = FRACTION_MAX if currency is None else decimals_of(currency) or 0
        stated = scaled(text, decimals)
        if stated is None:
            return Finding("iso20022.total", where, "a control sum that is none", f"a number of {decimals} decimals")
        computed = sum(minor * 10 ** (decimals - (decimals_of(ccy) or 0)) for ccy, minor in self._sums.items())
        return Total(where, "control sum", stated, computed, currency)


def _first(slot: str, *tables: Fields) -> str | None:
    return next((table[slot] for table in tables if table.get(slot)), None)
