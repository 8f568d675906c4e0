"""J.P. Morgan as it writes: the dispute report called PDE-17, in sections between two lines that name it.

Shapes follow jpmorgan-payments/online-payments `docs/reporting`; see `recoup/partners/jpmorgan/README.md`. Amounts are
decimals with eight places, signed as they add to the inventory: what is positive takes from us.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from recoup.domain.instants import local_day
from recoup.simulator.days import two
from recoup.simulator.jpmorgan.profile import ACCOUNT, CURRENCY, DIVISION, ZONE
from recoup.simulator.rows import csv_row
from recoup.simulator.truth import Case, Step

EDGE = f"EntityId={ACCOUNT},Frequency=daily"
SUMMARY = (
    "Record Type,Entity Type Code,Entity Identifier,Presentment Currency Code,Payment Method Type Code,Category,"
    "Financial Non-Financial Code,Count,Presentment Currency Amount,Settlement Currency Code,"
    "Settlement Currency Amount,Dispute Type Code"
)
DETAIL = (
    "Record Type,Entity Type Code,Entity Identifier,Issuer Dispute Presentment Currency Amount,"
    "Previous Partial Representment,Presentment Currency Code,Dispute Category Code,Status Flag Code,"
    "Dispute Transaction Sequence Number,Merchant Order Number,Account Number,Payment Brand Dispute Reason Code,"
    "Transaction Date,Dispute Initiate Date,Activity Date,Current Action Presentment Currency Amount,Fee Amount,"
    "Dispute Usage Code,Acquirer Reference Number,Settlement Currency Code,Issuer Dispute Settlement Currency Amount,"
    "Current Action Settlement Currency Amount,Payment Method Code,Authorization Date,Dispute Due Date,Ticket Number,"
    "Digital Token Method Code,Dispute Type Code"
)
CATEGORIES = {
    "debit": ("RECD", "FIN", 1),
    "hand": ("RTM", "NON", -1),
    "answer": ("RECRS", "NON", 1),
    "represent": ("REPR", "FIN", -1),
}
"""Steps that the report tells: its word, whether money moves, and what that adds to the inventory."""
_CLOCKED = frozenset({"debit", "hand"})
_BRANDS = {"visa": ("VI", "9", "411111XXXXXX1111"), "mc": ("MC", "1", "555555XXXXXX4444")}
"""Method of payment, usage code, a published test number with its middle masked."""


def report(day: dt.date, told: Sequence[tuple[Case, Step]]) -> bytes:
    """The report of one day, with all steps that were taken on it."""
    name = f"{ACCOUNT},Multiple,daily,{day},{day},{day + dt.timedelta(days=1)},05:30:00"
    rows = [DETAIL, *(_detail(case, step) for case, step in told)]
    return "\n".join([f"BEGIN,{EDGE}", name, SUMMARY, *_summary(told), *rows, f"END,{EDGE}", ""]).encode()


def _summary(told: Sequence[tuple[Case, Step]]) -> list[str]:
    groups: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for case, step in told:
        groups[_category(case, step)].append(case.said_amount())
    return [_group(*group, amounts) for group, amounts in sorted(groups.items())]


def _category(case: Case, step: Step) -> tuple[str, str, int]:
    category, money, sign = CATEGORIES[step.word]
    return case.status_told.get(step.word) or category, money, sign


def _group(category: str, money: str, sign: int, amounts: Sequence[int]) -> str:
    total = _decimal(sign * sum(amounts))
    return csv_row(
        [
            "RPDE0017S", "TD", DIVISION, CURRENCY, "CC", category, money, str(sign * len(amounts)), total, CURRENCY,
            total, "CB",
        ]
    )  # fmt: skip


def _detail(case: Case, step: Step) -> str:
    category, _, sign = _category(case, step)
    method, usage, number = _BRANDS[case.payment.brand]
    amount = _decimal(sign * case.said_amount())
    fee = _fee(case) if step is case.steps[0] else ""
    on = local_day(step.at, ZONE)
    return csv_row(
        [
            "RPDE0017D", "TD", DIVISION, amount, "", case.currency, category, "I" if sign > 0 else "C", case.id,
            case.payment.ref, number, _reason(case), str(case.payment.day), str(local_day(case.opened_at, ZONE)),
            str(on), amount, fee, usage, case.arn, CURRENCY, amount, amount, method, str(case.payment.day),
            _due_on(case, step), "", "0", "CB",
        ]
    )  # fmt: skip


def _fee(case: Case) -> str:
    debit = case.movement("d1")
    return _decimal(-debit.fee_minor) if debit is not None and debit.fee_minor else ""


def _reason(case: Case) -> str:
    """Of Mastercard's reason codes the last two digits are sent."""
    code = case.network_code if case.code_told is None else case.code_told
    return code[-2:] if case.payment.brand == "mc" else code


def _due_on(case: Case, step: Step) -> str:
    """The day by which to answer, Eastern and without a time; none once it is answered."""
    due_at = case.due_at(step.at)
    if step.word not in _CLOCKED or due_at is None or case.due_told == "zero":
        return ""
    return str(local_day(due_at, ZONE))


def _decimal(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{two(abs(minor))}000000"
