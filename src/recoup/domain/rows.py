"""The rows of the rule tables: one type per table, one typed value per cell.

Nothing is opened here; `tables.py` reads the files and checks them, `tables/README.md`
says where the rows come from. An absent cell is None, or "" for free text: not stated, never
a default. `fact_row` is the line of the fact sheet a row was typed from; several rows may share
one, and a row added later has none.
"""

import datetime as dt
from typing import Literal

import msgspec

Grade = Literal["V", "S", "U", "C"]
"""V: read in a primary or official text. S: read in a secondary source. U: not verified. C: sources conflict."""

Unit = Literal[
    "hours", "calendar_days", "banking_days", "interbank_days", "working_days", "business_days",
    "weeks", "months", "years",
    "days", "billing_cycles", "real_time", "until_start", "unlimited", "no_clock", "unknown",
]  # fmt: skip
"""The first two lines are lengths that a date can be computed from. `days` is a count whose kind is not stated."""

Region = Literal[
    "global", "global_but_de_ch_li", "asia_pacific_acquirers", "australia", "europe", "mena", "outside_mena",
    "outside_us", "outside_us_ca", "us", "us_ca", "us_ca_eu_ap",
]  # fmt: skip

Edge = Literal["end_of_day", "opening_of_day", "opening_of_next_business_day"]
"""Which instant of the last day counts. An opening hour is not in any table: the start of that day stands for it."""

DATABLE: frozenset[str] = frozenset(
    {"hours", "calendar_days", "banking_days", "interbank_days", "working_days", "business_days", "weeks", "months"}
    | {"years"}
)
"""Units that a date can be computed from."""


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """What every table's rows share: where the row comes from and how sure it is."""

    grade: Grade

    @property
    def is_verified(self) -> bool:
        """True where the row was read in a primary text: only such a row may do more than inform."""
        return self.grade == "V"


class Dated(Row, frozen=True, kw_only=True, gc=False):
    """A row that holds from one day to another, both included; an absent end is open."""

    valid_from: dt.date | None = None
    valid_to: dt.date | None = None

    def holds(self, on: dt.date) -> bool:
        """Say whether the row is in force on this day."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


class Currency(Row, frozen=True, kw_only=True, gc=False):
    """One row: one code of ISO 4217 in force. `exponent` is None for metals, units of account and test codes."""

    code: str
    numeric: str
    exponent: int | None = None
    kind: Literal["money", "fund", "metal", "unit_of_account", "test", "none"]
    name: str
    source: str


class UnitRule(Dated, frozen=True, kw_only=True, gc=False):
    """One row: a partner's own number of decimals for a currency, on one feed or on all (`*`)."""

    partner: str
    feed: str
    currency: str
    exponent: int
    source: str
    note: str = ""


class ReasonCode(Dated, frozen=True, kw_only=True, gc=False):
    """One row: a network's reason code in one span of time. Filing is counted in calendar days."""

    fact_row: int | None = None
    network: str
    code: str
    name: str
    category: Literal[
        "fraud", "authorization", "processing_error", "consumer", "inquiry_outcome", "retrieval_outcome",
        "program", "compliance", "other",
    ]  # fmt: skip
    flow: Literal[
        "allocation", "collaboration", "first_chargeback", "inquiry_or_upfront", "ticket_retrieval_or_dispute",
        "chargeback", "dispute", "request_then_decision",
    ]  # fmt: skip
    inquiry_first: Literal["yes", "no", "possible"]
    status: Literal["active", "retired", "legacy", "unknown"]
    successor: str | None = None
    aliases: str | None = None
    region: Region | None = None
    filing_days: int | None = None
    filing_days_alternative: int | None = None
    filing_grade: Grade | None = None
    response_length: int | None = None
    response_alternative: int | None = None
    response_unit: Unit | None = None
    response_grade: Grade | None = None
    source: str
    note: str = ""


class StageClock(Dated, frozen=True, kw_only=True, gc=False):
    """One row: what is owed at a stage of a scheme's life, by whom, counted from what, and for how long.

    `at_stage` is where the dispute stands while the clock runs (None: before it exists, or a case of
    another kind); `codes` are reason codes or prefixes with `*`, None for all.
    """

    id: str
    fact_row: int | None = None
    network: str
    flow: str
    step: str
    at_stage: str | None = None
    to_stage: str | None = None
    owes: Literal[
        "acquirer", "merchant", "payee", "payee_bank", "issuer", "payer", "payer_bank", "network", "either", "loser"
    ]
    owed: Literal[
        "analyse", "answer_collaboration", "answer_dispute", "answer_inquiry", "answer_offer", "answer_pre_arbitration",
        "challenge", "claim_refund", "contest", "decide", "dishonor", "file_appeal", "file_arbitration",
        "file_compliance", "file_dispute", "file_pre_arbitration", "none", "pre_compliance", "refuse", "report_status",
        "request_refund", "resolve_or_escalate", "return_debit", "return_funds", "reverse", "review", "send_documents",
    ]  # fmt: skip
    starts: Literal[
        "advice_received", "before_compliance_filing", "capture", "charge", "chargeback_received",
        "chargeback_settled", "claim_opened", "collaboration_requested", "day_after_processing", "debit", "decision",
        "dishonored_settled", "dispute_opened", "dispute_processed", "due_date", "entry_settled", "evidence_sent",
        "inquiry_received", "notice_closed", "notified", "offer_made", "payment", "pre_arbitration_decided",
        "pre_arbitration_declined", "pre_arbitration_received", "preliminary_lost", "purchase", "representment",
        "request_received", "retrieval_received", "return_settled", "ruling", "settlement", "submitted",
        "transaction", "transaction_processed", "violation",
    ] | None = None  # fmt: skip
    length: int | None = None
    unit: Unit
    alternative_length: int | None = None
    alternative_unit: Unit | None = None
    calendar: str | None = None
    edge: Edge | None = None
    cap_length: int | None = None
    cap_unit: Unit | None = None
    cap_starts: str | None = None
    level: Literal["network", "acquirer", "psp", "own"]
    partner: str | None = None
    region: Region | None = None
    condition: Literal["personal_account", "business_account"] | None = None
    codes: str | None = None
    on_expiry: Literal[
        "acquirer_liable", "auto_debited", "chargeback", "chargeback_released", "claim_charged", "closed",
        "decided_for_payer", "final", "goes_to_dispute", "issuer_liable", "issuer_right_lost", "lost",
        "may_be_dishonored", "may_escalate", "not_allowed", "not_covered", "outside_scheme", "right_lost",
        "rule_violation", "stands",
    ] | None = None  # fmt: skip
    money: Literal["credit", "debit", "fees", "hold", "none"] | None = None
    """What moves when the step is taken, seen from us."""
    source: str
    note: str = ""


class AchReturnCode(Dated, frozen=True, kw_only=True, gc=False):
    """One row: a return reason code of the ACH network, its window and what may follow it."""

    fact_row: int | None = None
    code: str
    name: str
    initiator: Literal["rdfi", "odfi", "operator_or_rdfi", "federal_agency", "gateway", "rdfi_or_gateway"]
    window: Literal[
        "standard", "extended", "by_agreement", "next_file", "credit_refusal", "government_agency", "dishonor",
        "contest", "gateway", "sanctions",
    ]  # fmt: skip
    window_length: int | None = None
    window_unit: Unit | None = None
    window_starts: Literal["entry_settled", "credit_refused", "return_settled", "dishonored_settled"] | None = None
    window_grade: Grade | None = None
    rate_category: Literal["unauthorized", "administrative", "other", "dishonored", "contested"]
    is_in_overall_rate: bool
    needs_written_statement: bool
    retry: Literal["none", "re_present", "corrected_entry"]
    retry_count_max: int | None = None
    retry_count_grade: Grade | None = None
    retry_within_days: int | None = None
    retry_starts: Literal["entry_settled", "return_settled"] | None = None
    retry_grade: Grade | None = None
    source: str
    note: str = ""


class SepaReasonCode(Dated, frozen=True, kw_only=True, gc=False):
    """One row: a reason code of SEPA direct debit, with the R-transactions and schemes it occurs in."""

    fact_row: int | None = None
    code: str
    name: str
    is_reject: bool
    is_return: bool
    is_refund: bool
    is_reversal: bool
    is_refusal: bool
    in_core: bool
    in_b2b: bool
    meaning: str
    merchant_action: str = ""
    counts_as_dispute: Literal["yes", "no", "partial"]
    source: str
    note: str = ""


class MonitoringProgram(Dated, frozen=True, kw_only=True, gc=False):
    """One row: one tier of a programme that watches dispute or return rates; tests and fees are rows of their own."""

    id: str
    fact_row: int | None = None
    program: str
    network: str
    level: Literal["acquirer", "merchant", "both", "originator"]
    tier: str
    metric: Literal[
        "vamp_ratio", "enumeration_ratio", "dispute_ratio", "fraud_amount_ratio", "chargeback_ratio",
        "fraud_chargeback_ratio", "return_rate", "qualitative", "unknown",
    ]  # fmt: skip
    numerator: str | None = None
    denominator: str | None = None
    denominator_month: Literal["same", "previous", "trailing_60_days"] | None = None
    basis: Literal["measured", "not_public", "none_found"]
    formula: str = ""
    region: Region | None = None
    status: Literal["active", "retired", "unknown"]
    exit_months_below: int | None = None
    source: str
    note: str = ""


class MonitoringThreshold(Row, frozen=True, kw_only=True, gc=False):
    """One row: one test of a programme's tier; all tests of one region and condition must hold. Source: its programme.

    `unstated` is an operator that the source does not print. Ratios are in basis points, money in minor units.
    """

    program: str
    measure: Literal["ratio", "count", "amount", "fraud_amount", "online_transactions", "three_ds_share"]
    operator: Literal[">=", ">", "<", "<=", "unstated"]
    value: int
    unit: Literal["bps", "items", "minor"]
    currency: str | None = None
    region: Region | None = None
    condition: Literal["regulated", "not_regulated"] | None = None
    months_in_a_row: int


class MonitoringFee(Row, frozen=True, kw_only=True, gc=False):
    """One row: what a tier costs in the nth month in it, in one currency. Source: its programme."""

    program: str
    month_from: int
    month_to: int | None = None
    amount_minor: int
    currency: str
    per: Literal["month", "counted_item", "chargeback_above", "chargeback_above_ratio"]
    above_count: int | None = None
    valid_from: dt.date | None = None


class RegulationClock(Dated, frozen=True, kw_only=True, gc=False):
    """One row: a length of time that law gives to someone, under one condition."""

    id: str
    fact_row: int | None = None
    regime: str
    rule: str
    owes: Literal[
        "bank", "banks", "consumer", "creditor", "institution", "issuer", "payee_psp", "payer", "payer_psp", "psps"
    ]
    starts: Literal[
        "action", "aware", "claim", "contest", "credit_made", "cut_off_or_operation", "debit", "error_determined",
        "investigation_done", "noted_or_notified", "notice_received", "request", "reversal_notice", "statement_sent",
        "transaction",
    ] | None = None  # fmt: skip
    length: int | None = None
    unit: Unit
    calendar: str | None = None
    cap_length: int | None = None
    cap_unit: Unit | None = None
    condition: Literal[
        "abroad", "clock_stopped", "domestic", "foreign_initiated", "merchant_payment", "new_account",
        "not_merchant_payment", "not_new_account", "ordinary", "point_of_sale_debit",
    ] | None = None  # fmt: skip
    applies_to: str
    source: str
    note: str = ""


class CalendarSpan(Row, frozen=True, kw_only=True, gc=False):
    """One row: a calendar of business days, its zone and the years it covers.

    Years after `last_published_year` follow the known pattern, but nobody has published them yet.
    """

    calendar: str
    name: str
    zone: str
    weekend: str
    first_year: int
    last_year: int
    last_published_year: int
    source: str


class CalendarDay(Row, frozen=True, kw_only=True, gc=False):
    """One row: a weekday on which a calendar's institutions are closed."""

    calendar: str
    day: dt.date
    name: str
    source: str


class Untyped(msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True):
    """One row: a cell of the fact sheets that no column can hold, with its text and why."""

    table: str
    fact_row: int
    key: str
    column: str
    raw: str = ""
    why: str
