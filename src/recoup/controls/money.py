"""Controls on the legs of a dispute: announced and not settled, settled and not announced, twice, or with a rest.

Legs are never netted here: two open legs that cancel are two breaks, and say so.
Reads: expectation, posting, money_line, dispute.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select

from recoup.controls.balances import Balance, unbalanced
from recoup.controls.keys import leg_key
from recoup.controls.moment import Moment
from recoup.controls.overdue import Overdue, overdue
from recoup.controls.symptom import Source, Stake, Symptom
from recoup.controls.told import tellers
from recoup.domain.instants import DAY, render_minute
from recoup.domain.legs import read_told
from recoup.domain.money import exponent, render
from recoup.intake.taking import BOOKED_AGAIN
from recoup.storage import schema
from recoup.storage.register import View

POWERS = (10, 100, 1000)


# --- waited for and not come ----------------------------------------------------------------


def leg_unsettled(view: View, moment: Moment) -> list[Symptom]:
    """Legs that were announced, and no money line has settled them in time."""
    found = overdue(view, moment, "leg_settled")
    twins = _twins(found)
    return [_unsettled(o, moment, is_twin=o.subject in twins) for o in found]


def _twins(found: Sequence[Overdue]) -> set[str]:
    """Open debits and credits of one account that cancel: the partner may have netted them."""
    sides: dict[tuple[Any, ...], dict[bool, list[str]]] = defaultdict(lambda: {True: [], False: []})
    for o in found:
        if o.closed_at is None and o.leg is not None:
            sides[o.partner, o.account, o.currency, o.amount_minor][o.leg.startswith("c")].append(o.subject)
    return {subject for side in sides.values() if side[True] and side[False] for s in side.values() for subject in s}


def _unsettled(o: Overdue, moment: Moment, *, is_twin: bool) -> Symptom:
    is_credit = (o.leg or "").startswith("c")
    classes: tuple[str, ...] = ("not_credited", "lost_event") if is_credit else ("not_debited", "kind_confused")
    if o.closed_at is not None:
        classes = ("timing", *classes)
    elif is_twin:
        classes = ("netting", *classes)
    return _waiting(
        o,
        moment,
        control="leg_unsettled",
        classes=classes,
        seen=f"{o.partner} announced {'a credit' if is_credit else 'a debit'} of {o.amount()} for "
        f"{o.partner_dispute_id} "
        f"({o.leg}), and no settlement line {'came in time' if o.closed_at else 'has come'}",
        waits_for=moment.own(o.partner, o.account, "settles"),
    )


def leg_unannounced(view: View, moment: Moment) -> list[Symptom]:
    """Legs that were settled, and nobody has announced them in time.

    Where the partner has spoken of the dispute since, and still calls it an inquiry, no message was lost: one of the
    two, its word or its money, is of another kind.
    """
    found = overdue(view, moment, "leg_announced")
    inquiries = _still_inquiries(view, [o for o in found if o.closed_at is None])
    return [_unannounced(o, moment, is_inquiry=o.subject in inquiries) for o in found]


def _unannounced(o: Overdue, moment: Moment, *, is_inquiry: bool) -> Symptom:
    told = "has announced it"
    classes: tuple[str, ...] = ("lost_event", "kind_confused")
    if o.closed_at is not None:
        classes, told = ("timing", "lost_event"), "announced it in time"
    elif is_inquiry:
        classes, told = ("kind_confused", "lost_event"), "has announced it: it is still told as an inquiry"
    return _waiting(
        o,
        moment,
        control="leg_unannounced",
        classes=classes,
        seen=f"{o.partner} settled {o.amount()} for {o.partner_dispute_id} ({o.leg}), and no message {told}",
        # What the partner has told otherwise since was not in a message that got lost.
        waits_for=() if is_inquiry else moment.own(o.partner, o.account, "announces"),
    )


def _still_inquiries(view: View, found: Sequence[Overdue]) -> set[str]:
    """Of legs that nobody announced, those of inquiries that the partner told of a day after the money or later."""
    disputes = sorted({o.dispute for o in found if o.dispute is not None})
    columns = [c.name for c in schema.dispute.columns]
    stage = columns.index("stage")
    inquiries = {row[0] for row in view.by_keys(schema.dispute, "dispute", disputes) if row[stage] == "inquiry"}
    told = tellers(view, inquiries)
    return {o.subject for o in found if o.dispute in told and told[o.dispute or ""].latest_at >= o.opened_at + DAY}


def credit_after_win(view: View, moment: Moment) -> list[Symptom]:
    """Disputes that were won, and the money has neither been announced nor given back in time."""
    return [
        _waiting(
            o,
            moment,
            control="credit_after_win",
            classes=("timing", "not_credited") if o.closed_at else ("not_credited", "lost_event", "outcome_conflict"),
            seen=f"{o.partner} says that {o.partner_dispute_id} is won, and {o.amount()} "
            f"{'was not given back in time' if o.closed_at else 'has not been given back'}",
            waits_for=moment.own(o.partner, o.account, "settles", "announces"),
        )
        for o in overdue(view, moment, "credit_after_win")
    ]


def _waiting(o: Overdue, moment: Moment, *, waits_for: tuple[Source, ...], **what: Any) -> Symptom:
    assert o.dispute is not None, "legs are of disputes"
    key = leg_key(o.dispute, o.leg or "")
    return Symptom(
        kind="money",
        cause=o.subject,
        partner=o.partner,
        account=o.account,
        feed=waits_for[0].feed if waits_for else None,
        waits_for=waits_for,
        disputes=(o.dispute,),
        legs=(key,),
        stakes=o.stakes("leg", key),
        since_on=moment.day(o.opened_at, o.partner, o.account),
        until_on=moment.day(o.due_at, o.partner, o.account),
        ended_at=o.closed_at,
        expected=f"It was due by {render_minute(o.due_at)} ({o.rule})",
        **what,
    )


# --- twice ----------------------------------------------------------------------------------


class _Line(msgspec.Struct, frozen=True, gc=False):
    id: str
    feed: str
    identity: str
    delivery: str
    effective_on: str
    gross_minor: int
    currency: str
    own_minor: int
    own_currency: str


def double_money(view: View, moment: Moment) -> list[Symptom]:
    """The same amount taken, or given, a second time for one dispute with nothing between that answers it."""
    m, d = schema.money_line.c, schema.dispute.c
    # Of a line that was converted the amount in the dispute's own currency counts: rates differ from day to day.
    own_minor = func.coalesce(m.original_minor, m.gross_minor)
    own_currency = func.coalesce(m.original_currency, m.currency)
    suspects = (
        select(m.dispute)
        .where(m.dispute.is_not(None), m.kind.in_(("dispute", "dispute_reversal")))
        .group_by(m.dispute, m.kind, own_minor, own_currency)
        .having(func.count(func.distinct(m.money_line)) > 1)
    )
    statement = (
        select(
            m.dispute,
            m.partner,
            m.account,
            d.partner_dispute_id,  # a line may name its payment alone
            m.money_line,
            m.feed,
            m.identity,
            m.delivery,
            m.effective_on,
            m.gross_minor,
            m.currency,
            own_minor,
            own_currency,
        )
        .join(schema.dispute, d.dispute == m.dispute)
        .where(m.dispute.in_(suspects), m.kind.in_(("dispute", "dispute_reversal")))
        .order_by(m.dispute, m.effective_on, m.identity, m.feed)
    )
    by_dispute: dict[tuple[str, str, str, str], dict[str, _Line]] = defaultdict(dict)
    for dispute, partner, account, theirs, *columns in view.rows(statement):
        line = _Line(*columns)
        if moment.preference(partner, line.feed) is not None:
            by_dispute[dispute, partner, account, theirs].setdefault(line.id, line)
    told = _told_twice(view, [key[0] for key in by_dispute])
    return [
        _double(key, first, second)
        for key, lines in by_dispute.items()
        for first, second in _doubles(list(lines.values()))
        if (key[0], _leg_kind(second)) not in told
    ] + _booked_again(view, moment)


def _doubles(lines: Sequence[_Line]) -> Iterator[tuple[_Line, _Line]]:
    """Lines in a row of one direction and amount. Days decide the order; within one a credit answers a debit."""
    before: _Line | None = None
    for line in sorted(lines, key=lambda x: (x.effective_on, x.gross_minor > 0, x.identity)):
        if before is not None and _moved(line) == _moved(before):
            yield before, line
        before = line


def _moved(line: _Line) -> tuple[bool, int, str]:
    return line.gross_minor > 0, abs(line.own_minor), line.own_currency


def _leg_kind(line: _Line) -> str:
    return "credit" if line.gross_minor > 0 else "debit"


def _told_twice(view: View, disputes: Sequence[str]) -> set[tuple[str, str]]:
    """Directions in which the partner itself announced more than one leg: a second chargeback is no double debit."""
    columns = [c.name for c in schema.observation.columns]
    legs, dispute = columns.index("legs"), columns.index("dispute")
    told: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in view.by_keys(schema.observation, "dispute", disputes):
        for leg in read_told(row[legs]):
            told[row[dispute], leg.leg].add(leg.cycle)
    return {key for key, cycles in told.items() if len(cycles) > 1}


def _double(key: tuple[str, str, str, str], first: _Line, second: _Line) -> Symptom:
    dispute, partner, account, theirs = key
    is_credit = second.gross_minor > 0
    amount = render(abs(second.gross_minor), second.currency)
    return Symptom(
        control="double_money",
        kind="money",
        cause=second.id,
        classes=("double_credit", "duplicate_rows") if is_credit else ("double_debit", "duplicate_rows"),
        partner=partner,
        account=account,
        feed=second.feed,
        disputes=(dispute,),
        deliveries=tuple(sorted({first.delivery, second.delivery})),
        stakes=(Stake("line", second.id, second.currency, abs(second.gross_minor)),),
        seen=f"{partner} {'gave' if is_credit else 'took'} {amount} twice for {theirs}: {first.identity} on "
        f"{first.effective_on} and {second.identity} on {second.effective_on}",
        expected=f"One {'credit' if is_credit else 'debit'} was expected before anything answers it",
    )


def _booked_again(view: View, moment: Moment) -> list[Symptom]:
    """Movements with one name of the partner's that came as money of two days; the books hold them once."""
    f, d = schema.finding.c, schema.dispute.c
    columns = (f.dispute, f.delivery, f.feed, f.where_, f.found, f.wanted, d.partner, d.account, d.partner_dispute_id)
    statement = (
        select(*columns)
        .join(schema.dispute, d.dispute == f.dispute)
        .where(f.check_ == BOOKED_AGAIN, f.landed_at <= moment.as_of)
        .order_by(f.landed_at, f.finding)
    )
    found = view.rows(statement)
    names = schema.money_line.columns.keys()
    at = [names.index(n) for n in ("partner", "identity", "feed", "money_line", "delivery", "net_minor", "currency")]
    lines = {}
    for row in view.by_keys(schema.money_line, "dispute", sorted({told[0] for told in found})):
        partner, identity, feed, *rest = (row[i] for i in at)
        lines[f"{partner} {identity}", feed] = rest
    return [_again(told, lines[told[3], told[2]]) for told in found if (told[3], told[2]) in lines]


def _again(told: tuple[Any, ...], line: Sequence[Any]) -> Symptom:
    dispute, delivery, feed, _, second, first, partner, account, theirs = told
    money_line, own_delivery, net_minor, currency = line
    is_credit = net_minor > 0
    return Symptom(
        control="double_money",
        kind="money",
        cause=f"{money_line}:{delivery}",
        classes=("double_credit", "restatement") if is_credit else ("double_debit", "restatement"),
        partner=partner,
        account=account,
        feed=feed,
        disputes=(dispute,),
        deliveries=tuple(sorted({own_delivery, delivery})),
        stakes=(Stake("line", f"{money_line}:{delivery}", currency, abs(net_minor)),),
        seen=f"{partner} booked the same {'credit' if is_credit else 'debit'} of {render(abs(net_minor), currency)} "
        f"twice for {theirs}: {second}",
        expected=f"Wanted was {first}; the books hold one",
    )


# --- a rest ---------------------------------------------------------------------------------


def leg_residue(view: View, moment: Moment) -> list[Symptom]:
    """Legs that were announced and settled, with different amounts: what is left on partner_clearing."""
    found = [b for b in unbalanced(view, ("partner_clearing",)) if b.is_two_sided and b.dispute is not None]
    names = partner_ids(view, [b.dispute for b in found if b.dispute is not None])
    return [_residue(b, names) for b in found]


def partner_ids(view: View, disputes: Sequence[str]) -> Mapping[str, str]:
    """The partner's own ids of disputes."""
    at = [c.name for c in schema.dispute.columns].index("partner_dispute_id")
    return {row[0]: row[at] for row in view.by_keys(schema.dispute, "dispute", disputes)}


def residue_classes(left_minor: int, right_minor: int, currency: str) -> tuple[str, ...]:
    """What two amounts that should be equal look like; both positive, in one currency."""
    small, large = sorted((left_minor, right_minor))
    if small and any(large == small * power for power in POWERS):
        # Two decimals too many or too few is how units go wrong; other powers of ten may be a part of the amount.
        return ("minor_unit", "amount_differs")
    if large == 2 * small:
        return ("double_debit", "amount_differs")
    if large - small == 1 and exponent(currency) > 0:
        return ("rounding", "amount_differs")
    return ("amount_differs", "fx", "fee_wrong")


def _residue(b: Balance, names: Mapping[str, str]) -> Symptom:
    assert b.dispute is not None, "chosen so"
    is_credit = (b.leg or "").startswith("c")
    told, settled = (b.debit_minor, b.credit_minor) if is_credit else (b.credit_minor, b.debit_minor)
    classes = residue_classes(told, settled, b.currency)
    if is_credit:
        classes = tuple("double_credit" if name == "double_debit" else name for name in classes)
    key = leg_key(b.dispute, b.leg or "")
    return Symptom(
        control="leg_residue",
        kind="money",
        cause=f"{key}:{b.currency}",
        classes=classes,
        partner=b.partner,
        account=b.partner_account,
        disputes=(b.dispute,),
        legs=(key,),
        stakes=(Stake("leg", key, b.currency, abs(b.balance_minor)),),
        since_on=b.since_on,
        seen=f"{b.partner} announced {render(told, b.currency)} for {names.get(b.dispute, b.dispute)} ({b.leg}) and "
        "settled "
        f"{render(settled, b.currency)}: {render(abs(b.balance_minor), b.currency)} are left on partner_clearing",
        expected="What is announced and what is settled should be equal, leg by leg",
    )
