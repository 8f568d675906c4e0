"""Values to register rows and back, in the column order of `storage/schema.py`.

Plain tuples on purpose: a batch of thousands goes through one compiled
statement. Nothing here decides; a test holds each pair against the schema.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from recoup.domain.dispute import Dispute
from recoup.domain.findings import Finding
from recoup.domain.ids import derive
from recoup.domain.legs import read_told, write_legs, write_told
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation, Said
from recoup.intake.linking import Link

Row = tuple[Any, ...]


def observation_row(o: Observation) -> Row:
    """Table observation."""
    s = o.said
    return (
        o.id,
        o.dispute,
        o.partner,
        o.account,
        s.partner_dispute_id,
        s.form,
        s.record_id,
        o.feed,
        o.delivery,
        o.position,
        s.occurred_at,
        o.landed_at,
        o.trust,
        s.kind,
        s.nature,
        s.move,
        s.partner_status,
        s.amount_minor,
        s.currency,
        s.payment_ref,
        s.case_ref,
        s.network,
        s.reason_code,
        s.due_at,
        s.due_state,
        s.opened_at,
        None if s.is_slot_spent is None else int(s.is_slot_spent),
        write_told(s.legs),
        o.content,
    )


def observation_from(row: Sequence[Any]) -> Observation:
    """The observation of a row of table observation."""
    said = Said(
        partner_dispute_id=row[4],
        form=row[5],
        occurred_at=row[10],
        move=row[15],
        record_id=row[6],
        kind=row[13],
        nature=row[14],
        partner_status=row[16],
        amount_minor=row[17],
        currency=row[18],
        payment_ref=row[19],
        case_ref=row[20],
        network=row[21],
        reason_code=row[22],
        due_at=row[23],
        due_state=row[24],
        opened_at=row[25],
        is_slot_spent=None if row[26] is None else bool(row[26]),
        legs=read_told(row[27]),
    )
    return Observation(
        id=row[0],
        dispute=row[1],
        partner=row[2],
        account=row[3],
        feed=row[7],
        delivery=row[8],
        position=row[9],
        landed_at=row[11],
        trust=row[12],
        content=row[28],
        said=said,
    )


OBSERVED_DELIVERY, OBSERVED_LANDED = 8, 11
"""Where an observation's row has its delivery, and when it landed."""


def money_line_row(line: MoneyLine) -> Row:
    """Table money_line."""
    return (
        line.id,
        line.feed,
        line.partner,
        line.account,
        line.identity,
        line.delivery,
        line.position,
        line.kind,
        line.partner_kind,
        line.dispute,
        line.partner_dispute_id,
        line.payment_ref,
        line.cycle,
        line.batch,
        line.gross_minor,
        line.fee_minor,
        line.net_minor,
        line.currency,
        line.original_minor,
        line.original_currency,
        line.occurred_at,
        line.effective_on,
        line.reference,
        line.landed_at,
    )


def money_line_from(row: Sequence[Any]) -> MoneyLine:
    """The money line of a row of table money_line."""
    return MoneyLine(
        id=row[0],
        feed=row[1],
        partner=row[2],
        account=row[3],
        identity=row[4],
        delivery=row[5],
        position=row[6],
        kind=row[7],
        partner_kind=row[8],
        dispute=row[9],
        partner_dispute_id=row[10],
        payment_ref=row[11],
        cycle=row[12],
        batch=row[13],
        gross_minor=row[14],
        fee_minor=row[15],
        net_minor=row[16],
        currency=row[17],
        original_minor=row[18],
        original_currency=row[19],
        occurred_at=row[20],
        effective_on=row[21],
        reference=row[22],
        landed_at=row[23],
    )


def money_line_told(row: Row) -> Row:
    """The columns of a money line that the partner told.

    The rest say where and when we read it, and which dispute it is about: that follows from the partner's id of it,
    or was found.
    """
    return (*row[7:9], *row[10:23])


def finding_row(found: Finding, at: Mapping[str, Any], dispute: str | None = None) -> Row:
    """Table finding; `at` has partner, account, feed, delivery and landed_at."""
    return (
        derive("fnd", found.check, at["delivery"], dispute, found.where, found.found),
        found.check,
        at["partner"],
        at["account"],
        at["feed"],
        at["delivery"],
        dispute,
        found.where,
        found.found,
        found.wanted,
        found.severity,
        at["landed_at"],
    )


def dispute_columns(d: Dispute, link: Link) -> Row:
    """The columns that tables dispute and dispute_version share, from `partner` to `legs`."""
    return (
        d.partner,
        d.account,
        d.partner_dispute_id,
        d.kind,
        d.nature,
        d.chain,
        link.merchant,
        link.payment,
        d.payment_ref,
        d.network,
        d.stage,
        d.turn,
        d.partner_status,
        d.outcome,
        d.finality,
        None,
        d.amount_minor,
        d.amount_won_minor,
        d.amount_lost_minor,
        d.currency,
        d.reason_code,
        d.partner_due_at,
        link.ceiling_due_at,
        link.act_by_at,
        link.due_source,
        int(d.is_slot_spent),
        d.opened_at,
        d.moved_at,
        write_legs(d.legs),
    )
