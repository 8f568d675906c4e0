"""The control on payouts whose report was never read: it is past due, or nothing of it was accepted.

What keeps the report away has a break of its own, a missing or a held file, and explains this; here stands which
payouts nobody can say yet what they are made of. A report that was read and has no line: `tie_out.py`.

Reads: posting, expectation (kind file), delivery, settlement_total.
"""

from sqlalchemy import select

from recoup.controls.balances import summed
from recoup.controls.deliveries import covered_day
from recoup.controls.keys import batch_key
from recoup.controls.moment import Moment
from recoup.controls.overdue import overdue
from recoup.controls.symptom import Symptom
from recoup.controls.tie_out import Tie, ties, untold
from recoup.domain.money import render
from recoup.storage import schema
from recoup.storage.register import View


def payout_unreported(view: View, moment: Moment) -> list[Symptom]:
    """Payouts of which no line tells, though the report of their day is past due or was set aside whole."""
    bare = untold(view, ties(view))
    if not bare:
        return []
    missing = [o for o in overdue(view, moment, "file") if o.closed_at is None]
    late = {(o.partner, o.account, o.feed, covered_day(o)) for o in missing}
    return [_symptom(tie, moment) for tie in bare if _is_late(tie, late, moment) or _is_set_aside(view, tie, moment)]


def _feeds(tie: Tie, moment: Moment) -> list[str]:
    return [source.feed for source in moment.own(tie.partner, tie.account, "settles")]


def _is_late(tie: Tie, late: set[tuple[str, str, str | None, str]], moment: Moment) -> bool:
    return any((tie.partner, tie.account, feed, tie.until_on) in late for feed in _feeds(tie, moment))


def _is_set_aside(view: View, tie: Tie, moment: Moment) -> bool:
    """Whether reports of the payout's day were read, and every record of them is in quarantine."""
    d = schema.delivery.c
    reports = (
        select(summed(d.records), summed(d.accepted))
        .where(d.partner == tie.partner, d.account == tie.account, d.feed.in_(_feeds(tie, moment)))
        .where(d.covers_on == tie.until_on, d.status == "read", d.landed_at <= moment.as_of)
    )
    records, accepted = view.rows(reports)[0]
    return bool(records) and not accepted


def _symptom(tie: Tie, moment: Moment) -> Symptom:
    key = batch_key(tie.partner, tie.account, tie.batch)
    feeds = moment.own(tie.partner, tie.account, "settles")
    # No stake: the money was paid, and only what it is made of is unknown.
    return Symptom(
        control="payout_unreported",
        kind="settlement",
        cause=f"{key}:{tie.currency}",
        classes=("missing_file", "control_total"),
        partner=tie.partner,
        account=tie.account,
        feed=feeds[0].feed if feeds else None,
        batches=(key,),
        since_on=tie.until_on,
        until_on=tie.until_on,
        waits_for=feeds,
        seen=f"{tie.partner} paid out {render(-tie.paid_minor, tie.currency)} ({tie.batch}) on {tie.until_on}, and no "
        "report that was read tells of it",
        expected="The report of a payout's day tells its lines",
    )
