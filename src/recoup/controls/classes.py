"""The closed list of fault classes: what a break can be caused by, in words for a person.

A break ranks classes, the likeliest first. `unknown` is honest and counts as
unexplained. The ids in `faults` are those of the project's list of faults that
a simulated partner can show.
"""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

UNKNOWN = "unknown"


class FaultClass(msgspec.Struct, frozen=True):
    """One kind of cause. `cause` completes "The likeliest cause: …"; `look` says where to look next."""

    name: str
    cause: str
    look: str
    faults: str = ""


_DELIVERIES = (
    'recoup sql "select name, landed_at, status, records from deliveries'
    " where partner = '{partner}' and feed = '{feed}' order by landed_at\""
)
_CALLS = "recoup calls --partner {partner}"
_QUARANTINE = "recoup quarantine list"
_TRACE = "recoup trace {dispute}"
_CLEARING = "recoup books clearing --partner {partner}"

CLASSES: tuple[FaultClass, ...] = (
    # files and feeds
    FaultClass(
        "missing_file", "the partner did not send the file, or it lies where we do not look", _DELIVERIES, "F1 P6"
    ),
    FaultClass("outage", "the partner is out, as a person told", "recoup outage list", "P5"),
    FaultClass("late_file", "the partner sent the file after its time", _DELIVERIES, "F2"),
    FaultClass("truncated_file", "the file broke off on its way", _DELIVERIES, "F5"),
    FaultClass(
        "control_total", "lines are missing or wrong: the file's own totals do not fit them", _DELIVERIES, "F6 F8 Q9"
    ),
    FaultClass("duplicate_rows", "the partner wrote the same records twice", _DELIVERIES, "F4 F8"),
    FaultClass("restatement", "the partner sent the same period again with other content", _DELIVERIES, "F7"),
    FaultClass("format_drift", "the partner changed the layout or the encoding", _DELIVERIES, "F10 P1 W11"),
    FaultClass("wrong_recipient", "the file is for another account, or from a test environment", _DELIVERIES, "F9"),
    FaultClass("bad_record", "single records do not say what the layout promises", _QUARANTINE, "F10 W11"),
    FaultClass("hostile_input", "the content goes beyond every sensible limit", _DELIVERIES, "F12"),
    # messages
    FaultClass("lost_event", "the partner's message was lost, or never sent", _TRACE, "W1 W2 M7 F6"),
    FaultClass("same_id_other_body", "the partner used one id for two different contents", _TRACE, "W6"),
    FaultClass("forged", "somebody else signed it, or an old message was replayed", _DELIVERIES, "W8 W9"),
    FaultClass(
        "partner_clock", "the partner's clock is wrong, or its times are in another zone than they say", _TRACE, "P3"
    ),
    FaultClass("stale_content", "the partner answers with an old copy of what it has", _DELIVERIES, "P5"),
    FaultClass("key_rotated", "the partner signs with a key that we do not have yet", _DELIVERIES, "W10"),
    # asking
    FaultClass(
        "credential", "the key or certificate that opens the partner's API has ended, or lost a right", _CALLS, "P2"
    ),
    FaultClass("throttled", "we ask the partner more often than it allows", _CALLS, "P4"),
    FaultClass("partner_outage", "the partner's API is down, slow, or answers with errors", _CALLS, "P5"),
    FaultClass("api_moved", "the partner's API is at another address", _CALLS, "P6"),
    FaultClass("wrong_scope", "we ask in another account than the one in which it lies", _CALLS, "I7"),
    FaultClass("list_gap", "the partner's list leaves out what it has", _CALLS, "W12"),
    # meaning
    FaultClass("unknown_status", "the partner uses a status that is in no vocabulary", _TRACE, "M2"),
    FaultClass("unknown_reason", "the partner uses a reason code that is in no vocabulary", _TRACE, "M3"),
    FaultClass("unknown_word", "the partner uses a word that is in no vocabulary", _TRACE, "M2 M3"),
    FaultClass("outcome_missing", "the partner closed the dispute and did not say how it ended", _TRACE, "M4"),
    FaultClass("status_regression", "the partner sent an old state after a final one", _TRACE, "M1"),
    FaultClass("stage_jump", "a step between was never told", _TRACE, "M6"),
    FaultClass(
        "outcome_conflict", "what the partner says of the outcome and what its money says disagree", _TRACE, "M5 M8"
    ),
    FaultClass("told_otherwise", "what a person wrote down and what the partner sent are not the same", _TRACE, "P7"),
    FaultClass("kind_confused", "an inquiry was taken for a chargeback, or the reverse", _TRACE, "M9"),
    # identity
    FaultClass("wrong_merchant", "the account or the payment is mapped to another merchant", _TRACE, "I4 Q15"),
    FaultClass("wrong_account", "the payment was taken through another account", _TRACE, "I6"),
    FaultClass("orphan_payment", "the payment is in none of the house's files", _TRACE, "I5"),
    FaultClass("two_ids", "the partner tells one case under two ids", _TRACE, "I3"),
    # money
    FaultClass("minor_unit", "the amount is off by a power of ten: minor units are counted differently", _TRACE, "Q1"),
    FaultClass("currency", "the currency on the record is not the amount's own", _TRACE, "Q2"),
    FaultClass(
        "amount_above_payment",
        "the dispute is for more than the payment, or linked to another payment",
        _TRACE,
        "Q10 I6",
    ),
    FaultClass("amount_differs", "the partner settled another amount than it announced", _TRACE, "Q10 Q12"),
    FaultClass("sign_flip", "debit and credit are turned round", _TRACE, "Q12"),
    FaultClass("fee_missing", "the partner did not charge a fee that the contract names", _CLEARING, "Q4"),
    FaultClass("fee_wrong", "the partner charged another fee than the contract names", _CLEARING, "Q5"),
    FaultClass("not_credited", "the partner has not given the money back", _TRACE, "Q6"),
    FaultClass(
        "not_debited",
        "the partner told of a debit, or of a dispute that takes one, and has not taken it",
        _TRACE,
        "F6 M9",
    ),
    FaultClass("double_debit", "the partner took the same money twice", _TRACE, "Q7"),
    FaultClass("double_credit", "the partner gave the same money twice", _TRACE, "Q8"),
    FaultClass("double_movement", "the same money is told twice on one side", _CLEARING, "Q7 Q8 F4"),
    FaultClass("missing_at_partner", "our side tells of it and the partner's side does not", _CLEARING, "F1 F6 Q6 Q9"),
    FaultClass("missing_in_books", "the partner's side tells of it and our side does not", _CLEARING, "W1 W2 O1"),
    FaultClass(
        "netting", "the partner set movements off against each other, or left a line out of the net", _CLEARING, "Q9"
    ),
    FaultClass("not_paid_out", "the partner has not paid the batch out", _CLEARING, "Q9"),
    FaultClass("not_banked", "the payout has not reached the bank", _CLEARING, "Q9"),
    FaultClass("refund_and_chargeback", "the payment was refunded and charged back", _TRACE, "Q11"),
    FaultClass("unreferenced_lump", "one line stands for several disputes that it does not name", _CLEARING, "Q13"),
    FaultClass(
        "rounding", "the partner rounds line by line where we round the total, or the reverse", _CLEARING, "Q14"
    ),
    FaultClass("fx", "the partner converted at another rate", _TRACE, "Q3"),
    FaultClass("timing", "it is only late", _TRACE, "F2"),
    # our own side
    FaultClass("house_not_booked", "our own ledger has not charged or credited the merchant", _TRACE, "O1"),
    FaultClass("house_amount", "our own ledger charged or credited another amount", _TRACE, "O1 O7"),
    FaultClass("late_fact", "the partner told of the day after it was sealed", "recoup seal list", "F2"),
    FaultClass("opening_wrong", "the opening was agreed on other figures, or a fact of before came later", _CLEARING),
    FaultClass("opening_missing", "the account went live without an agreed opening", _CLEARING),
    FaultClass("still_used", "the partner still uses an account that we gave up", "recoup partner life", "P6"),
    FaultClass("books_broken", "the program or the database is at fault, not the data", "recoup doctor", "O3 O9"),
    FaultClass("reader_fails", "our reader fails on what the partner sent", _DELIVERIES, "O2"),
    FaultClass("loop_silent", "a loop of the worker hangs, fails, or was killed", "recoup doctor", "O4 O5"),
    FaultClass("control_blind", "a change put the control out of action", "recoup doctor", "O4"),
    FaultClass("clock_jumped", "the clock of this machine was set, or its source is wrong", "recoup doctor", "O6"),
    FaultClass("page_undelivered", "where pages go nobody answers, or refuses them", "recoup notices", "O8"),
    # time
    FaultClass("late_notice", "the partner told us when most of the time was over", _TRACE, "T9"),
    FaultClass("deadline_missing", "the partner set no time that can be read", _TRACE, "T4"),
    FaultClass("deadline_near", "nobody has answered yet", _TRACE, "T10"),
    FaultClass(
        "deadline_passed", "nobody answered in time, and the partner has not closed the dispute", _TRACE, "T10 W1"
    ),
    FaultClass("deadline_moved", "the partner changed the time within one stage", _TRACE, "T1 T2 T3"),
    FaultClass("no_contract", "nobody told Recoup what was agreed (recoup setup)", "recoup doctor"),
    FaultClass("calendar_ending", "the table of business days ends soon", "recoup doctor"),
    FaultClass(UNKNOWN, "nothing that we know of fits", _TRACE),
)
BY_NAME: Mapping[str, FaultClass] = MappingProxyType({known.name: known for known in CLASSES})

_BY_WORD: tuple[tuple[str, str], ...] = (
    ("set_aside", "reader_fails"),
    ("truncat", "truncated_file"),
    ("incomplete", "truncated_file"),
    ("short_row", "truncated_file"),
    ("unclosed", "truncated_file"),
    ("control_total", "control_total"),
    ("record_count", "control_total"),
    ("total", "control_total"),
    ("booked_again", "double_debit"),
    ("doubled", "duplicate_rows"),
    ("repeated", "duplicate_rows"),
    ("duplicate", "duplicate_rows"),
    ("identity_twice", "duplicate_rows"),
    ("restated", "restatement"),
    ("other_content", "same_id_other_body"),
    ("other_body", "same_id_other_body"),
    ("conflict", "same_id_other_body"),
    ("signature", "forged"),
    ("environment", "wrong_recipient"),
    ("wrong_account", "wrong_recipient"),
    ("foreign", "wrong_recipient"),
    ("livemode", "wrong_recipient"),
    ("reason", "unknown_reason"),
    ("nature", "unknown_reason"),  # a vocabulary of reason codes by what they mean for a bank debit
    ("status", "unknown_status"),
    ("vocabulary", "unknown_word"),
    ("unknown", "unknown_word"),
    ("regression", "status_regression"),
    ("jump", "stage_jump"),
    ("minor_unit", "minor_unit"),
    ("exponent", "minor_unit"),
    ("currency", "currency"),
    ("doctype", "hostile_input"),
    ("json.depth", "hostile_input"),
    ("json.size", "hostile_input"),
    ("column", "format_drift"),
    ("layout", "format_drift"),
    ("table.missing", "format_drift"),
    ("encoding", "format_drift"),
    ("delimiter", "format_drift"),
    ("header", "format_drift"),
    ("drift", "format_drift"),
)


def class_of_finding(check: str, wanted: str) -> str:
    """The class of a finding; what kind of word a reader did not know stands in what it wanted."""
    found = class_of_check(check)
    if found != "unknown_word":
        return found
    named = class_of_check(wanted)
    return named if named in ("unknown_reason", "unknown_status") else found


def class_of_check(check: str) -> str:
    """The likeliest class behind a finding, by the words in its code (`<room>.<what>`): the code's last part first."""
    what = check.rpartition(".")[2]
    for text in (what, check):
        for word, name in _BY_WORD:
            if word in text:
                return name
    return "bad_record"
