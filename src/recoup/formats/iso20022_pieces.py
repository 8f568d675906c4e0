"""What an ISO 20022 file of returns, recalls or statements is made of: typed pieces, in the order of the file.

A piece says what its elements say; what it means, partners decide. Amounts are minor units of ISO
4217; an amount that is none is None, with a finding on the piece. Times are text as sent: with
offset, without, or a day alone. Sources: the schemas of iso20022.org (camt.052 to 054 versions
001.01 to 001.13, pain.002, pacs.002, pacs.004, pacs.007, camt.029, camt.056).
"""

import msgspec

from recoup.domain.findings import Finding


class Money(msgspec.Struct, frozen=True, gc=False):
    """An amount as sent, and what it comes to. `minor` is None where it is no amount of its currency."""

    text: str
    currency: str | None
    minor: int | None


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why something was returned, rejected, recalled or refused."""

    code: str | None = None
    """`Rsn/Cd`: of the external code lists."""
    proprietary: str | None = None
    originator_name: str | None = None
    """`Orgtr/Nm`: in SEPA a customer who began it."""
    originator_bic: str | None = None
    """`Orgtr/Id/OrgId/BICOrBEI` or `AnyBIC`: in SEPA a bank that began it."""
    information: str | None = None
    """`AddtlInf`, its lines joined by blanks."""


class Charge(msgspec.Struct, frozen=True, gc=False):
    """One charge beside an amount."""

    amount: Money
    is_debit: bool | None = None
    is_included: bool | None = None
    """`ChrgInclInd`: whether the amount it stands beside includes it; None where nothing says so."""


class Header(msgspec.Struct, frozen=True, gc=False):
    """The message: of which type, by which id, made when, which page of how many."""

    message: str
    """`camt.053`, whatever the version."""
    version: str | None
    """`001.08`; None where no namespace names it."""
    line: int
    number: int
    """From 1: a file may hold several messages."""
    id: str | None
    created_at: str | None
    page: int | None = None
    is_last_page: bool | None = None
    case: str | None = None
    """The case of a recall (`Case/Id`) or of the answer to one (`RslvdCase/Id`)."""
    confirmation: str | None = None
    """`Sts/Conf` of a camt.029: the answer as a whole."""
    is_possible_duplicate: bool = False
    """The business header before it says so."""


class Statement(msgspec.Struct, frozen=True, gc=False):
    """The head of a statement, report or notification about one account."""

    header: Header
    line: int
    number: int
    """From 1, in the file."""
    id: str | None
    electronic_sequence: int | None
    legal_sequence: int | None
    copy: str | None
    """`CpyDplctInd`: COPY, CODU or DUPL."""
    account: str | None
    """IBAN, else the other identification."""
    currency: str | None
    """Of the account."""
    from_at: str | None
    to_at: str | None
    created_at: str | None
    page: int | None
    is_last_page: bool | None


class Detail(msgspec.Struct, frozen=True, gc=False):
    """One transaction within an entry: `TxDtls`."""

    number: int
    """From 1, in its entry."""
    amount: Money | None
    """`Amt`, in old versions `AmtDtls/TxAmt/Amt`."""
    is_credit: bool | None
    instructed: Money | None
    """`AmtDtls/InstdAmt/Amt`: what was instructed first."""
    end_to_end: str | None
    transaction: str | None
    instruction: str | None
    payment_information: str | None
    mandate: str | None
    servicer_reference: str | None
    bank_code: str | None
    remittance: str | None
    reason: Reason | None
    """None where there is no `RtrInf`."""
    charges: tuple[Charge, ...] = ()


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One booking on the account, or a part of one with very many transactions.

    Parts share number and head; `is_last` marks the part with which the entry ends, and only there `details` and
    `details_minor` are of the whole entry.
    """

    statement: Statement
    number: int
    """From 1, in the file: the record's position."""
    line: int
    reference: str | None
    servicer_reference: str | None
    amount: Money
    is_credit: bool | None
    is_reversal: bool | None
    """None where nothing says so."""
    status: str | None
    """BOOK, PDNG, INFO, FUTR, or a word of the bank's own."""
    booked_at: str | None
    value_at: str | None
    bank_code: str | None
    """`PMNT/IDDT/UPDD`, or the bank's own code."""
    information: str | None
    batch_message: str | None
    batch_payment_information: str | None
    stated_transactions: int | None
    """`Btch/NbOfTxs`, summed where there are several."""
    transactions: tuple[Detail, ...]
    charges: tuple[Charge, ...]
    is_first: bool
    is_last: bool
    details: int
    details_minor: int | None
    """Sum of the transactions, signed as the entry is; None where one has no amount, or another currency."""


class Balance(msgspec.Struct, frozen=True, gc=False):
    """One balance of a statement."""

    kind: str | None
    """OPBD, CLBD, PRCD, ITBD and others; `INTM` after a stroke where it is intermediate."""
    amount: Money
    is_credit: bool | None
    on: str | None


class Group(msgspec.Struct, frozen=True, gc=False):
    """What a status report says of a whole original message or batch."""

    header: Header
    line: int
    level: str
    """`message` or `batch`."""
    original: str | None
    original_message: str | None
    """Type of the original message."""
    status: str | None
    reasons: tuple[Reason, ...]
    stated_transactions: str | None
    stated_sum: str | None
    transactions: int
    """How many of its transactions the report lists."""


class Transaction(msgspec.Struct, frozen=True, gc=False):
    """One transaction of a report of status, return, reversal, recall or answer."""

    header: Header
    number: int
    """From 1, in the file: the record's position."""
    line: int
    id: str | None
    """The report's own: `RtrId`, `RvslId`, `CxlId`, `CxlStsId`, `StsId`."""
    status: str | None
    """`TxSts` or `TxCxlSts`."""
    group_status: str | None
    """What is said of the batch or message that the original came in: `PmtInfSts`, `GrpSts` and their like."""
    original_message_id: str | None
    original_message: str | None
    """Type of the message that the original came in: `pain.008.001.02`, `pacs.003.001.02`."""
    original_batch: str | None
    instruction: str | None
    end_to_end: str | None
    transaction: str | None
    mandate: str | None
    scheme: str | None
    """`LclInstrm/Cd`: CORE, B2B."""
    original: Money | None
    returned: Money | None
    """`RtrdIntrBkSttlmAmt` or `RvsdIntrBkSttlmAmt`."""
    compensation: Money | None
    charges: tuple[Charge, ...]
    settled_on: str | None
    """When what this message does settles."""
    original_settled_on: str | None
    """When the original settled, or was to be collected."""
    reasons: tuple[Reason, ...]


class Total(msgspec.Struct, frozen=True, gc=False):
    """A stated total beside the computed one, in minor units of `currency`, or as a count."""

    where: str
    name: str
    stated: int
    computed: int
    currency: str | None = None


class Ended(msgspec.Struct, frozen=True, gc=False):
    """The end of a statement, with its balances."""

    statement: Statement
    balances: tuple[Balance, ...]
    entries: int


class Unread(msgspec.Struct, frozen=True, gc=False):
    """A record that cannot be taken for what it should be: quarantined by whoever reads it."""

    number: int
    finding: Finding


class Broken(msgspec.Struct, frozen=True, gc=False):
    """Why the whole file cannot be trusted; nothing follows."""

    finding: Finding


Piece = Header | Statement | Entry | Ended | Group | Transaction | Total | Unread | Broken | Finding
