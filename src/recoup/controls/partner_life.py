"""Controls on the lives of accounts: an opening that is not what our facts carry in, and what comes after the end.

Reads: posting (opening_clearing), dispute, delivery; the rulings on accounts are in the moment.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from recoup.controls.balances import Balance, unbalanced
from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.money import render
from recoup.domain.partner_life import Life
from recoup.storage import schema
from recoup.storage.register import View

SHOWN = 5


def opening_differs(view: View, moment: Moment) -> list[Symptom]:
    """Accounts whose opening balances, as agreed, are not what the facts of before carry in: one symptom each."""
    by_owner: dict[tuple[str, str], list[Balance]] = defaultdict(list)
    for balance in unbalanced(view, ("opening_clearing",)):
        by_owner[balance.partner, balance.partner_account].append(balance)
    return [_differs(owner, left, moment) for owner, left in sorted(by_owner.items())]


def _differs(owner: tuple[str, str], left: Sequence[Balance], moment: Moment) -> Symptom:
    partner, account = owner
    now = moment.lives.get(owner, Life())
    opening = now.opening
    is_agreed = opening is not None and opening.said.on == now.books_from
    named = ", ".join(f"{b.batch} by {render(-b.balance_minor, b.currency)}" for b in left[:SHOWN])
    more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    statement = opening.said.statement if opening is not None else ""
    return Symptom(
        control="opening_differs",
        kind="books",
        cause=f"{partner}:{account}:{now.books_from}",
        classes=("opening_wrong", "late_fact") if is_agreed else ("opening_missing", "opening_wrong"),
        partner=partner,
        account=account,
        stakes=tuple(
            Stake("line", f"{partner}:{account}:{b.batch}:{b.currency}", b.currency, abs(b.balance_minor)) for b in left
        ),
        since_on=now.books_from,
        seen=f"Our own facts of before {now.books_from} carry other balances into {partner}/{account} than "
        f"{f'statement {statement} was agreed with' if is_agreed else 'anybody agreed'}: {named}{more}",
        expected="What is carried in, account by account and currency by currency, is what was agreed",
    )


def after_closing(view: View, moment: Moment) -> list[Symptom]:
    """Disputes that were opened on an account that is closing, and deliveries for one that is closed."""
    return [symptom for owner, now in sorted(moment.lives.items()) for symptom in _after(view, moment, owner, now)]


def _after(view: View, moment: Moment, owner: tuple[str, str], now: Life) -> Iterator[Symptom]:
    closes_on, ends_on = now.closes_on, now.ends_on
    if closes_on is not None:
        late = [row for row in _disputes(view, owner) if moment.day(row[2], *owner) >= closes_on]
        if late:
            names = ", ".join(row[1] for row in late[:SHOWN])
            more = f" and {len(late) - SHOWN} more" if len(late) > SHOWN else ""
            seen = f"{owner[0]} opened {names}{more} on {owner[1]}, which is {now.phase} since {closes_on}"
            yield _still_used(owner, seen, since_on=closes_on, disputes=tuple(row[0] for row in late))
    if ends_on is not None:
        came = [key for key, at in _deliveries(view, moment, owner) if moment.day(at, *owner) >= ends_on]
        if came:
            seen = f"{len(came)} deliveries with records came for {owner[0]}/{owner[1]}, closed since {ends_on}"
            yield _still_used(owner, seen, since_on=ends_on, deliveries=tuple(came))


def _still_used(owner: tuple[str, str], seen: str, *, since_on: str, **what: tuple[str, ...]) -> Symptom:
    partner, account = owner
    return Symptom(
        control="after_closing",
        kind="lifecycle",
        cause=f"{partner}:{account}:{'disputes' if 'disputes' in what else 'deliveries'}",
        classes=("still_used", "wrong_account"),
        partner=partner,
        account=account,
        since_on=since_on,
        seen=seen,
        expected="An account that is closing gets no new dispute, and one that is closed gets nothing",
        disputes=what.get("disputes", ()),
        deliveries=what.get("deliveries", ()),
    )


def _disputes(view: View, owner: tuple[str, str]) -> list[tuple[str, str, int]]:
    d = schema.dispute.c
    opened_at = func.coalesce(d.opened_at, d.moved_at)
    ours = (d.partner == owner[0], d.account == owner[1], d.kind != "notice")
    rows = view.rows(select(d.dispute, d.partner_dispute_id, opened_at).where(*ours).order_by(d.dispute))
    return [(str(key), str(theirs), int(at)) for key, theirs, at in rows]


def _deliveries(view: View, moment: Moment, owner: tuple[str, str]) -> list[tuple[str, int]]:
    d = schema.delivery.c
    ours = (d.partner == owner[0], d.account == owner[1], d.records > 0, d.landed_at <= moment.as_of)
    is_read = d.status.in_(("read", "held"))
    rows = view.rows(select(d.delivery, d.landed_at).where(*ours, is_read).order_by(d.landed_at, d.delivery))
    return [(str(key), int(at)) for key, at in rows]
