"""The check: schedules become expectations, every control looks, and what they see becomes breaks; one transaction.

Nothing is written when nothing changed, so that a check may run as often as
one likes. Read `explain.py` for how symptoms become causes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import func, select

from recoup.controls import (
    books,
    by_hand,
    calls,
    contracts,
    conversions,
    coverage,
    deadlines,
    decisions,
    deliveries,
    drift,
    freshness,
    held,
    house,
    identities,
    incidents,
    lifecycle,
    lumps,
    matched,
    mixes,
    money,
    outages,
    outcomes,
    partner_life,
    payments,
    reversals,
    sealed_days,
    self_watch,
    settlement,
    silence,
    statements,
    tie_out,
    twins,
    unreported,
    vocabulary,
    volumes,
)
from recoup.controls.breaks import Brief, Difference, compared, read_break, written_down
from recoup.controls.explain import causes
from recoup.controls.moment import Moment, load_moment
from recoup.controls.symptom import Symptom
from recoup.domain import tables
from recoup.domain.break_work import Standing, standing
from recoup.domain.incidents import PAGES_A_DAY
from recoup.domain.instants import Instant
from recoup.domain.rates import Rate
from recoup.enquiry import break_work
from recoup.intake.expectations import Came, Expected, changes, wanted_for_feed
from recoup.partners.contract import Partner
from recoup.storage import schema
from recoup.storage.register import Batch, Register, View

Control = Callable[[View, Moment], list[Symptom]]

CONTROLS: tuple[Control, ...] = (
    books.ledger_invariant,
    held.held_delivery,
    deliveries.missing_file,
    deliveries.sequence_gap,
    deliveries.refused_signature,
    deliveries.quarantined_records,
    deliveries.same_period_again,
    calls.call_refused,
    calls.calls_failing,
    calls.api_moved,
    calls.error_answers,
    calls.list_gap,
    calls.credential_ending,
    calls.clock_offset,
    freshness.stale_page,
    freshness.partner_clock,
    vocabulary.unknown_word,
    drift.contract_drift,
    silence.learnt_file_missing,
    lifecycle.same_id_other_content,
    identities.other_spelling,
    lifecycle.illegal_move,
    lifecycle.lost_event,
    lifecycle.outcome_missing,
    lifecycle.notice_without_end,
    lifecycle.data_finding,
    by_hand.told_by_hand,
    reversals.outcome_reversed,
    twins.two_ids,
    payments.amount_fit,
    payments.merchant_of_payment,
    payments.orphan_dispute,
    payments.returned_above_captured,
    money.double_money,
    money.credit_after_win,
    money.leg_unsettled,
    money.leg_unannounced,
    coverage.case_without_money,
    money.leg_residue,
    conversions.rate_conformance,
    lumps.suspense,
    outcomes.outcome_money,
    outcomes.provisional_left,
    settlement.feeds_disagree,
    tie_out.tie_out,
    settlement.batch_unpaid,
    settlement.payout_unbanked,
    unreported.payout_unreported,
    settlement.bank_differs,
    settlement.bank_unexpected,
    statements.statements_differ,
    settlement.fee_conformance,
    house.house_unconfirmed,
    house.house_residue,
    house.house_unexpected,
    house.wrong_house_merchant,
    deadlines.late_notice,
    deadlines.deadline_moved,
    deadlines.deadline_unreadable,
    deadlines.deadline_missing,
    deadlines.clock_headroom,
    contracts.no_contract,
    deadlines.calendar_ending,
    sealed_days.sealed_day_changed,
    self_watch.heartbeat_stale,
    self_watch.canary_missing,
    self_watch.clock_jumped,
    self_watch.page_undelivered,
    matched.match,
    volumes.low_volume,
    volumes.repeated_deliveries,
    volumes.intake_lag,
    mixes.mix_shift,
    mixes.amount_ratio,
    outages.partner_out,
    partner_life.opening_differs,
    partner_life.after_closing,
)
SCHEDULED = ("file", "sequence")
CHECKED_AT = "checked_at"
"""The setting that says as of when scheduled files were last expected; microseconds UTC."""


class CheckReport(msgspec.Struct, frozen=True):
    """What a check changed, and how many breaks are open now."""

    opened: int
    closed: int
    open: int


def check(
    register: Register,
    as_of: Instant,
    partners: Mapping[str, Partner],
    *,
    actor: str,
    recorded_at: Instant,
    pages_a_day: int = PAGES_A_DAY,
    rates: Iterable[Rate] = (),
    controls: Sequence[Control] = CONTROLS,
) -> CheckReport:
    """Open, update and close scheduled expectations and breaks.

    Args:
      register: Where everything lies.
      as_of: Now, for what is due and how old it is.
      partners: Their feeds' roles and tables are read, nothing else.
      actor: Who checks.
      recorded_at: When this runs, for the audit row and for the age of signs of life.
      pages_a_day: How many incidents of one partner may wake somebody within a day.
      rates: Reference rates that the house declares; conversions are compared with them.
      controls: Who looks; all, but where a test asks what is missed without one of them.
    """
    with register.transaction(actor, "check", "all", recorded_at) as batch:
        told = {"ran_at": recorded_at, "pages_a_day": pages_a_day}
        moment = load_moment(batch, as_of, tables.moves(), partners, **told, rates=rates)
        _schedule(batch, moment)
        outages.hold(batch, moment)
        difference = _compare(batch, moment, recorded_at, controls)
        batch.upsert(schema.break_, difference.rows)
        incidents.update(batch, moment)
    return CheckReport(difference.opened, difference.closed, difference.open)


def symptoms(view: View, moment: Moment, controls: Sequence[Control] = CONTROLS) -> list[Symptom]:
    """What controls see."""
    return [symptom for control in controls for symptom in control(view, moment)]


def _compare(batch: Batch, moment: Moment, recorded_at: Instant, controls: Sequence[Control]) -> Difference:
    said = break_work.decisions(batch)
    found = matched.pooled(causes(symptoms(batch, moment, controls)), said.keys())
    briefs = _briefs(batch, sorted({d for cause in found for s in cause.all for d in s.disputes}))
    seen = [written_down(cause, briefs, moment) for cause in found]
    known = [read_break(row) for row in batch.rows(select(schema.break_))]
    made = decisions.followed_up(seen, known, said, moment.as_of)
    decisions.write(batch, made, recorded_at)
    for b, one in made:
        said[b.id].append(one)
    stand = {key: standing(about) for key, about in said.items()}
    difference = compared([decisions.as_decided(b, stand.get(b.id, Standing())) for b in seen], known, moment.as_of)
    decisions.log(batch, [decisions.vanished(b, moment.as_of, recorded_at) for b in difference.gone])
    return difference


def _briefs(view: View, disputes: Sequence[str]) -> dict[str, Brief]:
    columns = [c.name for c in schema.dispute.columns]
    at = [columns.index(n) for n in ("dispute", "merchant", "outcome", "is_slot_spent", "turn", "act_by_at")]
    found = {}
    for row in view.by_keys(schema.dispute, "dispute", disputes):
        dispute, merchant, outcome, is_spent, turn, act_by_at = (row[i] for i in at)
        has_to_act = outcome is None and not is_spent and turn in deadlines.OUR_TURN
        found[dispute] = Brief(merchant, act_by_at if has_to_act else None)
    return found


# --- schedules ------------------------------------------------------------------------------


def _schedule(batch: Batch, moment: Moment) -> None:
    """Write the files that contracts, and schedules that people accepted, ask for until now."""
    e = schema.expectation
    wanted = [expected for key in _scheduled(moment) for expected in _wanted(batch, moment, *key)]
    stored = batch.rows(select(e).where(e.c.kind.in_(SCHEDULED)))
    upserts, gone = changes(wanted, stored)
    batch.upsert(e, upserts)
    batch.delete(e, gone)
    if upserts or gone:
        # A replay expects the files of the same span, so the home remembers up to when they were asked for.
        batch.upsert(schema.setting, [(CHECKED_AT, str(moment.as_of))])


def _scheduled(moment: Moment) -> list[tuple[str, str, str]]:
    """Partner, account and feed of every schedule that was agreed or accepted."""
    agreed = {(p, a, s.feed) for (p, a), told in moment.agreed.items() for t in told.terms for s in t.schedules}
    return sorted(agreed | {(p, a, s.feed) for (p, a), told in moment.accepted.items() for _, s in told})


def _wanted(view: View, moment: Moment, partner: str, account: str, feed: str) -> tuple[Expected, ...]:
    d = schema.delivery.c
    statement = select(d.delivery, d.landed_at, d.status, d.covers_on, d.sequence).where(
        d.partner == partner,
        d.account == account,
        d.feed == feed,
        d.status != "refused",
        d.landed_at <= moment.as_of,
    )
    came = [Came(*row) for row in view.rows(statement)]
    since = None if came else _first_delivery(view, moment, partner, account)
    now = moment.lives.get((partner, account))
    ends_on = None if now is None else now.ends_on
    return wanted_for_feed(feed, came, moment.expected_of(partner, account, feed), moment.as_of, since, ends_on)


def _first_delivery(view: View, moment: Moment, partner: str, account: str) -> int | None:
    d = schema.delivery.c
    ours = (d.partner == partner, d.account == account, d.status != "refused", d.landed_at <= moment.as_of)
    first: int | None = view.rows(select(func.min(d.landed_at)).where(*ours))[0][0]
    return first
