"""What was agreed with a partner about one account, dated: `contract.toml` as values.

Expectations, fee conformance and claims read these; where a term is None the
control says "no contract", never zero. All day counts are counted in `day_kind`
days of `calendar`, in the zone of the account.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

Bearer = Literal["merchant", "house"]
DayKind = Literal["calendar", "banking"]
Cadence = Literal["daily", "banking_daily", "weekdays", "monthly", "per_batch", "none"]


class FeeTerm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fee: what it costs, who bears it, whether a win gives it back."""

    kind: Literal["received", "countered", "arbitration", "alert", "programme", "bank_return", "processing"]
    amount_minor: int | None = None
    currency: str | None = None
    borne_by: Bearer = "merchant"
    is_refunded_on_win: bool = False
    source: str = ""


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a file of a feed is due: local time on each day of the cadence, plus grace."""

    feed: str
    cadence: Cadence
    due_time: str = "12:00"
    days_after: int = 1
    """Days from the day that the file covers to the day it is due on."""
    grace_hours: int = 2
    has_sequence: bool = False
    """The file names a number that grows by one."""
    weekdays: tuple[int, ...] = ()
    """Of cadence `weekdays`: the days of the week that files cover, Monday is 1."""
    holidays: tuple[str, ...] = ()
    """Of cadence `weekdays`: the calendars on whose holidays no file is due."""
    month_day: int = -1
    """Of cadence `monthly`: the day of the month that a file covers, -1 is the last."""
    is_learnt: bool = False
    """Nobody agreed on it: it was learnt, and a person accepted it."""


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many days each step may take, from the step before; None is "no contract"."""

    announce_to_settle: int | None = None
    settle_to_announce: int | None = None
    report_to_payout: int | None = None
    payout_to_bank: int | None = None
    announce_to_house: int | None = None
    win_to_credit: int | None = None
    notice_to_chargeback: int | None = None
    message_to_answer: int | None = None
    """From a message of ours to the partner's answer."""


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where messages to the partner go: a desk and its address, never a person."""

    desk: str
    by: Literal["mail", "portal", "phone", "other"]
    address: str
    step: int = 0
    """0 for the first message; each escalation goes to the next higher one."""


class WorkHour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an hour of a person's work costs; stands in the house's own contract."""

    minor: int
    currency: str


class MoneyLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An amount in one currency, in its minor units."""

    minor: int
    currency: str


PAGE_MINOR = 1_000_000
"""Money that pages where no contract says otherwise, in minor units of any currency: 10,000 EUR, 1,000,000 JPY, 1,000
KWD, some thousands of euros each; of a currency whose units are small it is far less, and a contract should say."""


GateCheck = Literal[
    "days_watched",
    "disputes_seen",
    "objects_known",
    "objects_agree",
    "legs_settled",
    "batches_paid",
    "payouts_banked",
    "legs_confirmed",
    "merchants_known",
    "files_overdue",
    "deliveries_held",
    "records_quarantined",
    "breaks_open",
    "contract_agreed",
    "banks_in_trial",
    "opening_agreed",
    "opening_apart",
]
"""What is measured before an account goes live; what each counts stands in `controls/tables/gate.csv`."""


class GateTerm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another threshold of the gate before an account goes live, instead of the usual one."""

    check: GateCheck
    value: int
    """Basis points, a count or days, as the check is measured."""


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dated agreement about one account."""

    valid_from: str
    valid_to: str | None = None
    source: str = ""
    settles_in: tuple[str, ...] = ()
    """The currencies that this account is settled in; empty where nobody said. A line in another one is not ours."""
    calendar: str = "target"
    day_kind: DayKind = "banking"
    cut_off: str = "00:00"
    """How long before a due time we must have acted, HH:MM."""
    days: Days = Days()
    fees: tuple[FeeTerm, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    release: Literal["on_final", "at_once"] = "on_final"
    """When a provisional credit is passed to the merchant."""
    fx_borne_by: Bearer = "house"
    contacts: tuple[Contact, ...] = ()
    work_hour: WorkHour | None = None
    gate: tuple[GateTerm, ...] = ()
    page_from: tuple[MoneyLimit, ...] = ()
    """From so much money in question on a break of the account wakes somebody, by currency; a tenth of it asks for a
    second person. In the house's own contract: for all accounts that say nothing of a currency."""
    fx_markup_bps: int | None = None
    """What the partner may add to an outside rate when it converts, in hundredths of a percent; None where nobody said.
    """

    def fee(self, kind: str) -> FeeTerm | None:
        """The term of one kind of fee, None where nothing was agreed."""
        return next((f for f in self.fees if f.kind == kind), None)

    def schedule(self, feed: str) -> Schedule | None:
        """When files of a feed are due, None where nothing was agreed."""
        return next((s for s in self.schedules if s.feed == feed), None)


NO_TERMS = Terms(valid_from="0001-01-01", source="no contract")


def terms_on(agreed: tuple[Terms, ...], day: str) -> Terms:
    """The terms in force on an ISO day; `NO_TERMS` where none are."""
    found = NO_TERMS
    for t in agreed:  # asked many times per dispute
        if found.valid_from < t.valid_from <= day and (t.valid_to is None or day < t.valid_to):
            found = t
    return found


def page_limits(house: Iterable[Terms], own: Iterable[Terms]) -> dict[str, int]:
    """From how much money on, by currency, a break pages: as the account's terms say, else as the house's do.

    Of several accounts the lowest counts; a currency of which nobody says anything is left out (`PAGE_MINOR`).
    """
    return _lowest(house) | _lowest(own)


def _lowest(terms: Iterable[Terms]) -> dict[str, int]:
    found: dict[str, int] = {}
    for limit in (limit for one in terms for limit in one.page_from):
        found[limit.currency] = min(limit.minor, found.get(limit.currency, limit.minor))
    return found
