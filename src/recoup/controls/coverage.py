"""The control on disputes that no money goes with: known to us, at a stage that takes it, and nobody told of a debit.

A debit that was announced is waited for as an expectation; here not even that came, so the partner's own table of
outcome and money says what was due, and the contract by when. Money without a dispute is the other way round: see
`lumps.py`, and `leg_unannounced` in `money.py`.
Reads: dispute, posting, observation, delivery; each partner's own table of outcome and money.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec
from sqlalchemy import exists, select, tuple_

from recoup.controls.keys import leg_key
from recoup.controls.moment import Moment
from recoup.controls.overdue import sources_of
from recoup.controls.symptom import Stake, Symptom
from recoup.controls.told import NOBODY, Tellers, connected, tellers
from recoup.domain.instants import Instant, render_minute
from recoup.domain.legs import read_legs
from recoup.domain.outages import hold_of
from recoup.domain.outcome_money import OutcomeMoney
from recoup.domain.outcome_money import expected as outcome_row
from recoup.intake.expectations import due_by
from recoup.storage import schema
from recoup.storage.register import View

_ANNOUNCED = "chargeback_announced"
"""A notification tells beforehand of a debit that has a time of its own."""
_FIRST = "d1"


class _Case(msgspec.Struct, frozen=True, gc=False):
    """An undecided dispute without a debit in the books."""

    dispute: str
    partner: str
    account: str
    partner_dispute_id: str
    stage: str
    amount_minor: int | None
    currency: str | None
    opened_at: Instant | None
    moved_at: Instant
    legs: str

    def stakes(self) -> tuple[Stake, ...]:
        if self.amount_minor is None or self.currency is None:
            return ()
        return (Stake("leg", leg_key(self.dispute, _FIRST), self.currency, abs(self.amount_minor)),)


def case_without_money(view: View, moment: Moment) -> list[Symptom]:
    """Undecided disputes at a stage that takes money, of which no feed has told a debit within its time.

    Either the row or message with the debit was left out, or it was never taken. A partner that was asked for nothing
    before, whose disputes of earlier days were settled without us, is not meant.
    """
    cases = [case for case in _cases(view, moment) if not any(leg.leg == "debit" for leg in read_legs(case.legs))]
    begun = _begun(view, moment, cases)
    told = tellers(view, begun)
    since = connected(view) if begun else {}
    return [
        symptom
        for case in cases
        if case.dispute in begun
        and since.get((case.partner, case.account), moment.as_of) < (case.opened_at or begun[case.dispute])
        for symptom in _symptoms(case, begun[case.dispute], told.get(case.dispute, NOBODY), moment)
    ]


def _row(partner: str, stage: str, moment: Moment) -> OutcomeMoney | None:
    """What the partner's table says of an undecided dispute at a stage, where that is a debit with a time."""
    row = outcome_row(moment.outcome_money.get(partner, ()), stage, None)
    return row if row is not None and row.debits and row.by is not None else None


def _cases(view: View, moment: Moment) -> list[_Case]:
    rows = [(name, row.stage) for name, table in moment.outcome_money.items() for row in table if row.outcome is None]
    asked = sorted((name, stage) for name, stage in rows if stage is not None and _row(name, stage, moment) is not None)
    if not asked:
        return []
    d, p, e = schema.dispute.c, schema.posting.c, schema.entry.c
    booked = (p.dispute == d.dispute, p.account == "partner_clearing", p.leg.like("d%"))
    has_debit = exists().where(*booked, e.entry == p.entry, e.is_active == 1)
    statement = (
        select(*(d[name] for name in _Case.__struct_fields__))
        .where(d.outcome.is_(None), d.kind.in_(("dispute", "return")), ~has_debit)
        .where(tuple_(d.partner, d.stage).in_(asked))
        .order_by(d.dispute)
    )
    return [_Case(*row) for row in view.rows(statement)]


def _begun(view: View, moment: Moment, cases: list[_Case]) -> Mapping[str, Instant]:
    """When each dispute was first told to be at its stage; none for one that was only announced to come there."""
    stages = {case.dispute: case.stage for case in cases}
    columns = schema.observation.columns.keys()
    at = [columns.index(name) for name in ("dispute", "move", "occurred_at")]
    found: dict[str, list[Instant]] = defaultdict(list)
    for row in view.by_keys(schema.observation, "dispute", sorted(stages)):
        dispute, move, occurred_at = (row[i] for i in at)
        known = moment.moves.get(move)
        if known is not None and known.stage == stages[dispute] and move != _ANNOUNCED:
            found[dispute].append(occurred_at)
    return {dispute: min(times) for dispute, times in found.items()}


def _symptoms(case: _Case, begun_at: Instant, told: Tellers, moment: Moment) -> Iterator[Symptom]:
    """The one symptom of a case whose time is over."""
    row = _row(case.partner, case.stage, moment)
    assert row is not None, "chosen so"
    day = moment.day(begun_at, case.partner, case.account)
    due = due_by(moment.terms_of(case.partner, case.account), day, row.by or "")
    due_at = _held_until(case, due[0], moment) if due is not None else None
    if due is None or due_at is None or due_at >= moment.as_of:
        return
    yield Symptom(
        control="case_without_money",
        kind="money",
        cause=case.dispute,
        classes=("not_debited", "lost_event", "kind_confused"),
        partner=case.partner,
        account=case.account,
        feed=told.feed,
        deliveries=told.deliveries,
        disputes=(case.dispute,),
        legs=(leg_key(case.dispute, _FIRST),),
        stakes=case.stakes(),
        since_on=min(day, moment.day(case.opened_at or begun_at, case.partner, case.account)),
        until_on=moment.day(due_at, case.partner, case.account),
        waits_for=moment.own(case.partner, case.account, "announces", "settles"),
        is_note=row.grade in ("U", "C"),
        seen=f"{case.partner} has told of {case.partner_dispute_id} at {case.stage} since {day}, and neither a message "
        "nor a report has told of its debit",
        expected=f"{case.partner} takes the money at this stage ({row.source}), by {render_minute(due_at)} ({due[1]})",
    )


def _held_until(case: _Case, due_at: Instant, moment: Moment) -> Instant | None:
    """When it is due: later where an outage holds what the partner has to tell, None while it does."""
    sources = sources_of("credit_after_win", case.partner, case.account, None, moment)
    hold = hold_of(sources, due_at, moment.outages)
    if hold is None:
        return due_at
    return hold.until_at if hold.is_over(moment.as_of) else None
