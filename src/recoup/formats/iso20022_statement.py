"""Statements, reports and notifications (camt.053, .052, .054): entries, their transactions, and the proof.

The proof of a camt.053: opening balance and booked entries come to the closing balance, in each
currency that has one of both. Stated numbers and sums of entries are compared in every message that
states them. A statement that spans several pages is not proved by one of them, and says so.
"""

from collections.abc import Sequence
from typing import Any

from recoup.domain.findings import Finding, excerpt
from recoup.formats.iso20022_elements import (
    CHARGES,
    Fields,
    Shape,
    charges,
    choice,
    direction,
    flag,
    gather,
    in_namespace,
    indicator,
    local_name,
    money,
    namespace,
    reason,
    text_of,
    whole_number,
)
from recoup.formats.iso20022_header import header_of
from recoup.formats.iso20022_pieces import (
    Balance,
    Broken,
    Detail,
    Ended,
    Entry,
    Header,
    Money,
    Piece,
    Statement,
    Unread,
)
from recoup.formats.iso20022_proof import Proof, problem_of

DETAILS_MAX = 1000
"""Transactions of an entry that are given in one part."""


def bank_code(element: Any) -> str | None:
    """`PMNT/IDDT/UPDD`; the bank's own code where it gives that first."""
    if not len(element):
        return None
    first = element[0]
    if len(first) == _DOMAIN and len(family := first[1]) == _DOMAIN:
        return "/".join(filter(None, (first[0].text, family[0].text, family[1].text))) or None
    parts = [text for inner in first.iter() if not len(inner) and (text := (inner.text or "").strip())]
    return (parts[0] if parts and local_name(first.tag) == "Prtry" else "/".join(parts)) or None


_DOMAIN = 2
"""A domain is a code and a family; a family is a code and a sub-family."""


def remittance(element: Any) -> str | None:
    """Give the text for people, its lines joined by blanks; without one the creditor's reference."""
    texts = [text for line in element if (text := line.text) and local_name(line.tag) == "Ustrd"]
    if not texts:
        texts = [text_of(found) for found in element.iterfind("{*}Strd/{*}CdtrRefInf/{*}Ref")]
    return " ".join(filter(None, map(str.strip, texts))) or None


_NO_FIELDS: Fields = {}
_NO_MONEY = Money("", None, None)
_STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
_PAGES: Shape = {"PgNb": "page", "LastPgInd": "is_last_page"}
_STATEMENT: Shape = {
    "Id": "id",
    "StmtPgntn": _PAGES,
    "RptPgntn": _PAGES,
    "NtfctnPgntn": _PAGES,
    "ElctrncSeqNb": "electronic",
    "LglSeqNb": "legal",
    "CreDtTm": "created",
    "CpyDplctInd": "copy",
    "FrToDt": {"FrDtTm": "from", "ToDtTm": "to", "FrDt": "from", "ToDt": "to"},
    "Acct": {"Id": {"IBAN": "account", "Othr": {"Id": "account"}, "PrtryAcct": {"Id": "account"}}, "Ccy": "currency"},
    "Bal": [
        "balances",
        {
            "Tp": {"CdOrPrtry": {"Cd": "kind", "Prtry": "kind"}, "Cd": "kind", "SubTp": {"Cd": "sub"}},
            "Amt": ("amount", money),
            "CdtDbtInd": ("is_credit", direction),
            "Dt": ("day", choice),
        },
    ],
    "TxsSummry": {
        "TtlNtries": {
            "NbOfNtries": "count",
            "Sum": "sum",
            "TtlNetNtryAmt": "net",
            "CdtDbtInd": ("net_is_credit", direction),
            "TtlNetNtry": {"Amt": "net", "CdtDbtInd": ("net_is_credit", direction)},
        },
        "TtlCdtNtries": {"NbOfNtries": "credit_count", "Sum": "credit_sum"},
        "TtlDbtNtries": {"NbOfNtries": "debit_count", "Sum": "debit_sum"},
    },
}
_ENTRY: Shape = {
    "NtryRef": "reference",
    "Amt": ("amount", money),
    "CdtDbtInd": ("is_credit", direction),
    "RvslInd": ("is_reversal", indicator),
    "Sts": ("status", choice),
    "BookgDt": ("booked", choice),
    "ValDt": ("value", choice),
    "AcctSvcrRef": "servicer",
    "BkTxCd": ("bank_code", bank_code),
    "Chrgs": ["charges", CHARGES],
    "AddtlNtryInf": "information",
}
_BATCHES: Shape = {"Btch": ["batches", {"MsgId": "message", "PmtInfId": "payment", "NbOfTxs": "count"}]}
_DETAIL: Shape = {
    "Refs": {
        "EndToEndId": "end_to_end",
        "TxId": "transaction",
        "InstrId": "instruction",
        "PmtInfId": "payment",
        "MndtId": "mandate",
        "AcctSvcrRef": "servicer",
    },
    "Amt": ("amount", money),
    "CdtDbtInd": ("is_credit", direction),
    "AmtDtls": {"InstdAmt": {"Amt": ("instructed", money)}, "TxAmt": {"Amt": ("amount", money)}},
    "BkTxCd": ("bank_code", bank_code),
    "Chrgs": ["charges", CHARGES],
    "RmtInf": ("remittance", remittance),
    "RtrInf": ("reason", reason),
}

_ENTRY_HEAD: Shape = {**_ENTRY, **_BATCHES, "NtryDtls": _BATCHES}
_INNER: Shape = {**_BATCHES, "TxDtls": ["details", _DETAIL]}
_WHOLE_ENTRY: Shape = {**_ENTRY, **_INNER, "NtryDtls": _INNER}


class StatementReader:
    """One message with its statements; `take` is given the ends of elements."""

    def __init__(
        self, where: str, message: str, holder: Any, number: int, statements: int = 0, records: int = 0
    ) -> None:
        self.holder = holder
        self.statements = statements
        self.records = records
        self.is_possible_duplicate = False
        self._where = where
        self._message = message
        self._number = number
        uri = namespace(holder.tag)
        self._statement_shape = in_namespace(_STATEMENT, uri)
        self._whole_entry_shape = in_namespace(_WHOLE_ENTRY, uri)
        self._entry_head_shape = in_namespace(_ENTRY_HEAD, uri)
        self._detail_shape = in_namespace(_DETAIL, uri)
        self._batches_shape = in_namespace(_BATCHES, uri)
        self._of_details, self._of_detail = (f"{{{uri}}}{name}" if uri else name for name in ("NtryDtls", "TxDtls"))
        self._header: Header | None = None
        self._statement: Statement | None = None
        self._last_entry: Any = None
        self._begin_statement()
        self._begin_entry()

    def take(self, name: str, element: Any, pieces: list[Piece]) -> None:
        """Add the pieces that the end of an element completes."""
        if name in _STATEMENTS:
            self._end_statement(element, pieces)
        elif name == "Ntry":
            self._give_entry(element, pieces, is_last=True)
            self._begin_entry()
            # The one before is over for good; of this one the parser may yet write the blanks that follow it.
            # It may be gone already, with a document that was closed around it.
            if (last := self._last_entry) is not None and (parent := last.getparent()) is not None:
                parent.remove(last)
            self._last_entry = element

    def relieve(self, pieces: list[Piece]) -> bool:
        """Give the transactions of an entry that goes on, all but the last, which may not be complete."""
        entry = self._open_entry()
        known = [] if entry is None else list(entry.iter(self._of_detail))
        if len(known) <= DETAILS_MAX:
            return False
        for element in known[:-1]:
            self._details.append(gather(element, self._detail_shape, {}))
            element.getparent().remove(element)
        for around in list(entry.iterchildren(self._of_details))[:-1]:
            self._add_batches(gather(around, self._batches_shape, {}).get("batches", ()))
            entry.remove(around)
        self._give_entry(entry, pieces, is_last=False)
        return True

    def _open_entry(self) -> Any:
        """The last entry there is, if it has not ended."""
        statement = next(self.holder.iterchildren(reversed=True), None)
        last = None if statement is None else next(statement.iterchildren(reversed=True), None)
        return last if last is not None and last is not self._last_entry and local_name(last.tag) == "Ntry" else None

    def end(self, pieces: list[Piece]) -> None:
        """Add what the end of the message completes: its head, where it had no statement."""
        if self._header is None:
            self._head(pieces)
            found = Finding(
                "iso20022.statement", f"{self._where}, line {self.holder.sourceline}", "no statement", "one at least"
            )
            pieces.append(Broken(found))

    # --- heads --------------------------------------------------------------------------------------------------------

    def _head(self, pieces: list[Piece]) -> Header:
        self._header, findings = header_of(
            self._where, self._message, self.holder, self._number, is_possible_duplicate=self.is_possible_duplicate
        )
        pieces += [self._header, *findings]
        return self._header

    def _open_statement(self, element: Any, pieces: list[Piece]) -> Statement:
        """The head of the statement, before its first entry or, without one, at its end."""
        header = self._header or self._head(pieces)
        self.statements += 1
        told = gather(element, self._statement_shape, {})
        statement = self._statement = Statement(
            header=header,
            line=element.sourceline or 0,
            number=self.statements,
            id=told.get("id"),
            electronic_sequence=whole_number(told.get("electronic")),
            legal_sequence=whole_number(told.get("legal")),
            copy=told.get("copy"),
            account=told.get("account"),
            currency=told.get("currency"),
            from_at=told.get("from"),
            to_at=told.get("to"),
            created_at=told.get("created"),
            page=whole_number(told.get("page")) or header.page,
            is_last_page=header.is_last_page if "is_last_page" not in told else flag(told["is_last_page"]),
        )
        pieces.append(statement)
        if statement.copy is not None:
            where, found = f"{self._where}, line {statement.line}", f"a copy or duplicate, {excerpt(statement.copy)}"
            pieces.append(Finding("iso20022.duplicate", where, found, "an original", "note"))
        return statement

    # --- entries ------------------------------------------------------------------------------------------------------

    def _begin_entry(self) -> None:
        self._is_going_on = False
        self._details: list[Fields] = []
        self._told_details = 0
        self._details_minor: int | None = 0
        self._batches = 0
        self._stated_transactions: int | None = 0

    def _give_entry(self, element: Any, pieces: list[Piece], *, is_last: bool) -> None:
        statement = self._statement or self._open_statement(element.getparent(), pieces)
        is_first, self._is_going_on = not self._is_going_on, True
        if is_first:
            self.records += 1
        told = gather(element, self._whole_entry_shape if is_last else self._entry_head_shape, {})
        self._details += told.get("details", ())
        if is_last:
            self._add_batches(told.get("batches", ()))
        entry = self._made(statement, element.sourceline or 0, told, is_first=is_first, is_last=is_last)
        self._details = []
        if is_last:
            self._proof.count(entry)
        problem = problem_of(entry)
        if problem is None:
            pieces.append(entry)
        elif is_last:
            where = f"{self._where}, line {entry.line}, entry {entry.number}"
            pieces.append(Unread(entry.number, Finding("iso20022.entry", where, *problem)))

    def _add_batches(self, batches: Sequence[Fields]) -> None:
        self._batches += len(batches)
        for batch in batches:
            count = whole_number(batch.get("count"))
            stated = self._stated_transactions
            self._stated_transactions = None if count is None or stated is None else stated + count

    def _made(self, statement: Statement, line: int, told: Fields, *, is_first: bool, is_last: bool) -> Entry:
        amount = told.setdefault("amount", _NO_MONEY)
        details = tuple([_detail(fields, self._told_details + n) for n, fields in enumerate(self._details, start=1)])
        self._told_details += len(details)
        self._add_details(details, amount, told.get("is_credit"))
        batch = told["batches"][0] if self._batches == 1 and "batches" in told else _NO_FIELDS
        field = told.get
        return Entry(
            statement,
            self.records,
            line,
            field("reference"),
            field("servicer"),
            amount,
            field("is_credit"),
            field("is_reversal"),
            field("status"),
            field("booked"),
            field("value"),
            field("bank_code"),
            field("information"),
            batch.get("message"),
            batch.get("payment"),
            self._stated_transactions if self._batches else None,
            details,
            charges(told) if "charges" in told else (),
            is_first,
            is_last,
            self._told_details,
            self._details_minor if self._told_details else None,
        )

    def _add_details(self, details: Sequence[Detail], amount: Money, credit: bool | None) -> None:
        """Sum the transactions as the entry is signed: one of the other direction counts against it."""
        for detail in details:
            told = detail.amount
            if self._details_minor is None or told is None or told.minor is None or told.currency != amount.currency:
                self._details_minor = None
                return
            is_against = detail.is_credit is not None and credit is not None and detail.is_credit != credit
            self._details_minor += -told.minor if is_against else told.minor

    # --- the end of a statement ---------------------------------------------------------------------------------------

    def _end_statement(self, element: Any, pieces: list[Piece]) -> None:
        statement = self._statement or self._open_statement(element, pieces)
        told = gather(element, self._statement_shape, {})
        balances = tuple(_balance(fields) for fields in told.get("balances", ()))
        if statement.page not in (None, 1) or statement.is_last_page is False:
            found = f"page {statement.page or 1}{'' if statement.is_last_page else ', and more follow'}"
            wanted = "all pages, to be proved together"
            pieces.append(Finding("iso20022.page", f"{self._where}, line {statement.line}", found, wanted, "warn"))
        else:
            pieces += self._proof.totals(statement, told, balances)
        pieces.append(Ended(statement, balances, self._proof.entries))
        element.clear()
        self._begin_statement()

    def _begin_statement(self) -> None:
        self._statement = None
        self._last_entry = None
        self._proof = Proof(self._where)


def _detail(told: Fields, number: int) -> Detail:
    field = told.get
    return Detail(
        number,
        field("amount"),
        field("is_credit"),
        field("instructed"),
        field("end_to_end"),
        field("transaction"),
        field("instruction"),
        field("payment"),
        field("mandate"),
        field("servicer"),
        field("bank_code"),
        field("remittance"),
        field("reason"),
        charges(told) if "charges" in told else (),
    )


def _balance(told: Fields) -> Balance:
    kind = told.get("kind")
    return Balance(
        kind=f"{kind}/{told['sub']}" if kind and "sub" in told else kind,
        amount=told.get("amount") or _NO_MONEY,
        is_credit=told.get("is_credit"),
        on=told.get("day"),
    )
