"""SEPA direct debit as a bank speaks it: status reports (pain.002) and statements (camt.053) in XML.

Shapes follow the schemas of ISO 20022, pain.002.001.03 and camt.053.001.08; see `recoup/partners/sepa/README.md`.
Amounts are decimals of euro with a point. Both messages carry the number and sum of what is in them.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

import msgspec

from recoup.simulator.days import offset_text, two
from recoup.simulator.sepa.profile import ACCOUNT, CURRENCY, ZONE
from recoup.simulator.truth import Case, Movement

BANK = "MARKDEFFXXX"
_BY_DEBTOR = frozenset({"MD01", "MD06"})
"""Reasons that the payer gives, whose name then stands as originator; all others are the bank's."""


class Order(msgspec.Struct):
    """One message with which we ordered the collections of a day."""

    day: dt.date
    count: int = 0
    sum_minor: int = 0

    @property
    def message(self) -> str:
        """Its id; it holds one batch of the same name."""
        return f"SDD-{self.day:%Y%m%d}"


class Booking(msgspec.Struct, frozen=True):
    """One entry of a statement; a debit is negative."""

    amount_minor: int
    code: str
    """Domain, family and subfamily of the bank transaction code."""
    inner: str = ""
    """`NtryDtls`, where it has any."""
    text: str = ""
    is_reversal: bool = False


def _document(schema: str, inner: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{schema}">\n'
        f"{inner}</Document>\n"
    ).encode()


def _amount(minor: int) -> str:
    return f'<Amt Ccy="{CURRENCY}">{two(abs(minor))}</Amt>'


def _side(minor: int) -> str:
    return f"<CdtDbtInd>{'DBIT' if minor < 0 else 'CRDT'}</CdtDbtInd>"


def _day(name: str, day: dt.date) -> str:
    return f"<{name}><Dt>{day}</Dt></{name}>"


# --- status reports ----------------------------------------------------------------------------


def status_report(order: Order, cases: Sequence[Case], collected: dt.date, created_at: int, number: int) -> bytes:
    """What became of some collections of one order, on the day that the bank heard of it."""
    told = "".join(_refused(case, collected) for case in cases)
    return _document(
        "pain.002.001.03",
        "<CstmrPmtStsRpt>\n"
        f"<GrpHdr><MsgId>STS-{order.message}-{number}</MsgId><CreDtTm>{offset_text(created_at, ZONE)}</CreDtTm>"
        f"<CdtrAgt><FinInstnId><BIC>{BANK}</BIC></FinInstnId></CdtrAgt></GrpHdr>\n"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{order.message}</OrgnlMsgId><OrgnlMsgNmId>pain.008.001.02</OrgnlMsgNmId>"
        f"<OrgnlNbOfTxs>{order.count}</OrgnlNbOfTxs><OrgnlCtrlSum>{two(order.sum_minor)}</OrgnlCtrlSum>"
        "<GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>\n"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{order.message}</OrgnlPmtInfId>"
        f"{''.join(_per_status(cases))}\n"
        f"{told}</OrgnlPmtInfAndSts>\n</CstmrPmtStsRpt>\n",
    )


def _per_status(cases: Sequence[Case]) -> Iterator[str]:
    """Number and sum of each status."""
    for status in sorted({_status(case) for case in cases}):
        amounts = [case.said_amount() for case in cases if _status(case) == status]
        yield (
            f"<NbOfTxsPerSts><DtldNbOfTxs>{len(amounts)}</DtldNbOfTxs><DtldSts>{status}</DtldSts>"
            f"<DtldCtrlSum>{two(sum(amounts))}</DtldCtrlSum></NbOfTxsPerSts>"
        )


def _status(case: Case) -> str:
    return case.status_told.get(case.steps[0].word) or "RJCT"


def _refused(case: Case, collected: dt.date) -> str:
    return (
        f"<TxInfAndSts><StsId>ST{case.id}</StsId><OrgnlEndToEndId>{case.id}</OrgnlEndToEndId><TxSts>{_status(case)}</TxSts>\n"
        f"<StsRsnInf>{_originator(case)}<Rsn><Cd>{_code(case)}</Cd></Rsn></StsRsnInf>\n"
        f'<OrgnlTxRef><Amt><InstdAmt Ccy="{case.currency}">{two(case.said_amount())}</InstdAmt></Amt>'
        f"<ReqdColltnDt>{collected}</ReqdColltnDt><PmtTpInf><LclInstrm><Cd>CORE</Cd></LclInstrm></PmtTpInf>"
        f"<MndtRltdInf><MndtId>{_mandate(case)}</MndtId></MndtRltdInf></OrgnlTxRef></TxInfAndSts>\n"
    )


def _code(case: Case) -> str:
    return escape(case.network_code if case.code_told is None else case.code_told)


def _originator(case: Case, bic: str = "BICOrBEI") -> str:
    if case.network_code in _BY_DEBTOR:
        return "<Orgtr><Nm>PAYER</Nm></Orgtr>"
    return f"<Orgtr><Id><OrgId><{bic}>{BANK}</{bic}></OrgId></Id></Orgtr>"


def _mandate(case: Case) -> str:
    return f"MNDT-{case.payment.id[4:]}"


# --- statements --------------------------------------------------------------------------------


def collected(order: Order, count: int, sum_minor: int) -> Booking:
    """The collections of one order, booked in one sum."""
    inner = f"<Btch><PmtInfId>{order.message}</PmtInfId><NbOfTxs>{count}</NbOfTxs></Btch>"
    return Booking(sum_minor, "PMNT/IDDT/ESDD", inner)


def returned(debits: Sequence[tuple[Case, Movement]]) -> Booking:
    """The returns of a day, booked in one sum with each of them named."""
    told = "".join(_returned(case, debit.fee_minor, -debit.net_minor) for case, debit in debits)
    inner = f"<Btch><NbOfTxs>{len(debits)}</NbOfTxs></Btch>\n{told}"
    return Booking(sum(debit.net_minor for _, debit in debits), "PMNT/IDDT/UPDD", inner, is_reversal=True)


def _returned(case: Case, fee_minor: int, taken_minor: int) -> str:
    charge = (
        f"<Chrgs><Rcrd>{_amount(fee_minor)}<CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>"
    )
    return (
        f"<TxDtls><Refs><EndToEndId>{case.id}</EndToEndId><MndtId>{_mandate(case)}</MndtId></Refs>"
        f"{_amount(taken_minor)}<CdtDbtInd>DBIT</CdtDbtInd>"
        f"<AmtDtls><InstdAmt>{_amount(taken_minor - fee_minor)}</InstdAmt></AmtDtls>{charge if fee_minor else ''}"
        f"<RtrInf>{_originator(case, 'AnyBIC')}<Rsn><Cd>{_code(case)}</Cd></Rsn></RtrInf></TxDtls>\n"
    )


def refunded(reference: str, amount_minor: int) -> Booking:
    """A refund of ours, which goes out as a credit transfer."""
    inner = (
        f"<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>{_amount(amount_minor)}"
        "<CdtDbtInd>DBIT</CdtDbtInd></TxDtls>"
    )
    return Booking(-amount_minor, "PMNT/ICDT/ESCT", inner)


def account_fee(minor: int) -> Booking:
    """What the bank takes for the account."""
    return Booking(-minor, "ACMT/MDOP/CHRG", text="Account fee")


def statement(day: dt.date, number: int, opening_minor: int, bookings: Sequence[Booking], created_at: int) -> bytes:
    """The statement of one booking day."""
    named, created = f"STM-{day:%Y%m%d}", offset_text(created_at, ZONE)
    closing_minor = opening_minor + sum(booking.amount_minor for booking in bookings)
    entries = "".join(_entry(booking, day, f"{named}-{place}") for place, booking in enumerate(bookings, start=1))
    return _document(
        "camt.053.001.08",
        f"<BkToCstmrStmt>\n<GrpHdr><MsgId>{named}</MsgId><CreDtTm>{created}</CreDtTm></GrpHdr>\n"
        f"<Stmt><Id>{named}-1</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{created}</CreDtTm>\n"
        f"<Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>{CURRENCY}</Ccy></Acct>\n"
        f"{_balance('OPBD', opening_minor, day)}{_balance('CLBD', closing_minor, day)}{_summary(bookings)}"
        f"{entries}</Stmt>\n</BkToCstmrStmt>\n",
    )


def _balance(kind: str, minor: int, day: dt.date) -> str:
    told = f"<Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{_amount(minor)}{_side(minor)}{_day('Dt', day)}"
    return f"<Bal>{told}</Bal>\n"


def _summary(bookings: Sequence[Booking]) -> str:
    sides = (("TtlNtries", 0), ("TtlCdtNtries", 1), ("TtlDbtNtries", -1))
    return f"<TxsSummry>{''.join(_total(name, side, bookings) for name, side in sides)}</TxsSummry>\n"


def _total(name: str, side: int, bookings: Iterable[Booking]) -> str:
    amounts = [abs(b.amount_minor) for b in bookings if not side or (b.amount_minor < 0) == (side < 0)]
    return f"<{name}><NbOfNtries>{len(amounts)}</NbOfNtries><Sum>{two(sum(amounts))}</Sum></{name}>"


def _entry(booking: Booking, day: dt.date, reference: str) -> str:
    domain, family, sub = booking.code.split("/")
    return (
        f"<Ntry>{_amount(booking.amount_minor)}{_side(booking.amount_minor)}"
        f"{'<RvslInd>true</RvslInd>' if booking.is_reversal else ''}<Sts><Cd>BOOK</Cd></Sts>"
        f"{_day('BookgDt', day)}{_day('ValDt', day)}<AcctSvcrRef>{reference}</AcctSvcrRef>\n"
        f"<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>\n"
        f"{f'<NtryDtls>{booking.inner}</NtryDtls>' if booking.inner else ''}"
        f"{f'<AddtlNtryInf>{booking.text}</AddtlNtryInf>' if booking.text else ''}</Ntry>\n"
    )
