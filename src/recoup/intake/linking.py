"""From a folded dispute to the house: its payment, its merchant, its clocks.

The fold knows only what the partner said. Here it meets our own records: the
payment by the partner's reference, the merchant who stands behind payment or
account, the rule tables' ceiling for the present stage.
"""

from collections.abc import Sequence

import msgspec

from recoup.domain import clocks
from recoup.domain.dispute import Dispute
from recoup.domain.instants import local_day
from recoup.domain.terms import Terms, terms_on
from recoup.errors import CalendarExhausted


class Payment(msgspec.Struct, frozen=True, gc=False):
    """One payment of the house, in minor units of its own currency."""

    id: str
    merchant: str
    partner: str
    account: str
    payment_ref: str
    captured_minor: int
    currency: str
    captured_at: int
    delivery: str
    landed_at: int


class Standing(msgspec.Struct, frozen=True, gc=False):
    """Who stands behind an account, MID or SUN; days ISO, `valid_to` excluded."""

    partner: str
    account: str
    merchant: str
    valid_from: str
    valid_to: str | None


class Link(msgspec.Struct, frozen=True, gc=False):
    """What the house adds to a dispute."""

    merchant: str | None = None
    payment: str | None = None
    ceiling_due_at: int | None = None
    act_by_at: int | None = None
    due_source: str | None = None


def link(
    dispute: Dispute, payment: Payment | None, standing: Sequence[Standing], terms: Sequence[Terms], zone: str
) -> Link:
    """The house's side of a dispute: the payment's merchant, else who stood behind the account on the day it opened."""
    merchant = payment.merchant if payment else _stood(dispute, standing, zone)
    ceiling = _ceiling(dispute, zone)
    is_running = _is_ours(dispute)
    # Asked for an answer and told that none is allowed: the two cannot both be, so the rules' own limit counts.
    state = "unsaid" if _is_asked_and_barred(dispute) else dispute.due_state
    act_by = clocks.act_by(dispute.partner_due_at, state, dispute.is_slot_spent, ceiling, _lead(terms, dispute, zone))
    return Link(
        merchant=merchant,
        payment=payment.id if payment else None,
        ceiling_due_at=ceiling.due_at if ceiling else None,
        act_by_at=act_by.at if is_running else None,
        due_source=_source(dispute, act_by.source, ceiling) if is_running else None,
    )


def _is_ours(dispute: Dispute) -> bool:
    """Whether a clock of ours runs: undecided, our turn, and the one answer not yet given."""
    return dispute.outcome is None and dispute.turn in ("merchant", "us", "unknown") and not dispute.is_slot_spent


def _is_asked_and_barred(dispute: Dispute) -> bool:
    is_asked = dispute.kind == "dispute" and dispute.turn in ("merchant", "us") and _is_ours(dispute)
    return is_asked and dispute.due_state == "none_allowed"


def _ceiling(dispute: Dispute, zone: str) -> clocks.Deadline | None:
    if dispute.network is None or not _is_ours(dispute):
        return None
    began = local_day(dispute.staged_at, zone)
    try:
        return clocks.ceiling_due(dispute.network, dispute.stage, dispute.reason_code, dispute.staged_at, None, began)
    except CalendarExhausted:
        # Past a calendar's last year no date is computed; the watch on calendars says so long before.
        return None


def _lead(terms: Sequence[Terms], dispute: Dispute, zone: str) -> int:
    if not terms:
        return 0
    return clocks.parse_lead(terms_on(tuple(terms), local_day(dispute.moved_at, zone).isoformat()).cut_off)


def _source(dispute: Dispute, acting: str | None, ceiling: clocks.Deadline | None) -> str | None:
    """Where the shown due time comes from: partner | rule | computed | none_allowed, None where nobody said."""
    found = acting or ("computed" if ceiling else None)
    is_barred = dispute.due_state == "none_allowed"
    return "none_allowed" if is_barred and not (found and _is_asked_and_barred(dispute)) else found


def _stood(dispute: Dispute, standing: Sequence[Standing], zone: str) -> str | None:
    day = local_day(dispute.opened_at or dispute.moved_at, zone).isoformat()
    fitting = {s.merchant for s in standing if s.valid_from <= day and (s.valid_to is None or day < s.valid_to)}
    # Two merchants behind one account on one day: the payment alone could tell them apart. Not guessed.
    return fitting.pop() if len(fitting) == 1 else None
