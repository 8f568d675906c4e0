"""Which dispute settled money is about, where its report names only the payment: the only dispute of that payment.

Some partners' reports never name a case. A line about a dispute that was told without one belongs to the only
dispute of its payment on its account, and to none while there are none or several. Another feed may tell the same
movement with its case: then that counts. So the answer follows from the set of facts; whenever a line of a movement
or a dispute of a payment comes, goes or changes, it is given anew. What was told stays as it was told: found is
`dispute` alone, never `partner_dispute_id`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import Select, select, text

from recoup.domain.money_line import DISPUTE_KINDS, MoneyLine
from recoup.intake.rows import Row, money_line_from
from recoup.intake.taking import Touched
from recoup.storage import schema
from recoup.storage.register import Batch, View

NOT_OF_MONEY = frozenset({"notice", "alert"})
"""Kinds of disputes that move nothing, and so have no lines."""
_NAMES_AT_ONCE = 500
_LINE, _DISPUTE = schema.money_line.c, schema.dispute.c
# Written out as the index has it, not bound: only then do databases see that the partial index fits.
_IS_UNNAMED = text(schema.UNNAMED)
_ID, _PARTNER, _ACCOUNT, _KIND, _REF = (
    schema.dispute.columns.keys().index(name) for name in ("dispute", "partner", "account", "kind", "payment_ref")
)
_LINE_ID, _LINE_KIND, _LINE_NAMED = (
    schema.money_line.columns.keys().index(name) for name in ("money_line", "kind", "partner_dispute_id")
)


class Paid(msgspec.Struct, frozen=True, order=True):
    """One payment, as a partner's account knows it."""

    partner: str
    account: str
    ref: str


def about(told: Iterable[MoneyLine], disputes: Mapping[Paid, Collection[str]]) -> str | None:
    """Say which dispute one movement is about, None where nothing says so or several do.

    Args:
      told: The movement as each feed tells it; whatever is told with a case counts before payments.
      disputes: The disputes of each payment that move money.
    """
    lines = list(told)
    named = {line.dispute for line in lines if line.partner_dispute_id is not None}
    found = named or {dispute for paid in _payments(lines) for dispute in disputes.get(paid, ())}
    return next(iter(found)) if len(found) == 1 else None


def changed(before: Mapping[str, Row], after: Iterable[Row], gone: Iterable[str]) -> set[Paid]:
    """The payments of which a dispute came, went or became another kind.

    Args:
      before: Rows of table dispute as they stood, by dispute.
      after: Those that are new or were written anew.
      gone: Disputes that are no more.
    """
    moved = [before[key] for key in gone if key in before]
    for row in after:
        old = before.get(row[_ID])
        if old is None:
            moved.append(row)
        elif old[_KIND] != row[_KIND] or old[_REF] != row[_REF]:
            moved += (old, row)
    return {Paid(row[_PARTNER], row[_ACCOUNT], row[_REF]) for row in moved if row[_REF] is not None}


def unnamed(view: View) -> set[str]:
    """Every movement about a dispute that some feed tells without one."""
    return {row[0] for row in view.rows(select(_LINE.money_line).where(_IS_UNNAMED))}


def attribute(batch: Batch, movements: Collection[str], payments: Collection[Paid]) -> Touched:
    """Find the disputes of these movements, and of all that name these payments, anew.

    Args:
      batch: The write batch in which lines and disputes were written.
      movements: Ids of money lines of which a telling came, went or changed.
      payments: Those of which a dispute did.
    Returns:
      What is to be derived again: disputes that gained or lost a line, and those that stood in the way.
    """
    told = _told(batch, {*movements, *_naming(batch, payments)})
    disputes = _disputes(batch, {paid for lines in told.values() for paid in _payments(lines)})
    touched = Touched()
    changes: list[Row] = []
    for key, lines in sorted(told.items()):
        found = about(lines, disputes)
        moved = [line for line in lines if line.partner_dispute_id is None and line.dispute != found]
        if moved:
            changes += [(key, line.feed, found) for line in moved]
            touched.single_lines.add(key)
            touched.disputes |= {line.dispute for line in moved if line.dispute is not None}
            # All that the payment has: what made the difference may be a dispute that now has none of the lines.
            touched.disputes |= {dispute for paid in _payments(lines) for dispute in disputes.get(paid, ())}
            touched.disputes |= set() if found is None else {found}
    batch.update(schema.money_line, ("dispute",), changes)
    return touched


def _payments(lines: Iterable[MoneyLine]) -> set[Paid]:
    return {Paid(line.partner, line.account, line.payment_ref) for line in lines if line.payment_ref is not None}


def _naming(view: View, payments: Collection[Paid]) -> Iterator[str]:
    """Movements that some feed tells with one of these payments and no dispute."""
    for some in _in_parts({paid.ref for paid in payments}):
        columns = (_LINE.money_line, _LINE.partner, _LINE.account, _LINE.payment_ref)
        for key, *paid in view.rows(select(*columns).where(_IS_UNNAMED, _LINE.payment_ref.in_(some))):
            if Paid(*paid) in payments:
                yield key


def _told(view: View, movements: Collection[str]) -> dict[str, list[MoneyLine]]:
    """The tellings of those of these movements that are about a dispute and that some feed tells without one."""
    told: dict[str, list[Row]] = defaultdict(list)
    for row in view.by_keys(schema.money_line, "money_line", movements) if movements else ():
        if row[_LINE_KIND] in DISPUTE_KINDS:
            told[row[_LINE_ID]].append(row)
    return {
        key: [money_line_from(row) for row in rows]
        for key, rows in told.items()
        if any(row[_LINE_NAMED] is None for row in rows)
    }


def _disputes(view: View, payments: Collection[Paid]) -> dict[Paid, list[str]]:
    found: dict[Paid, list[str]] = defaultdict(list)
    for partner in sorted({paid.partner for paid in payments}):
        for some in _in_parts({paid.ref for paid in payments if paid.partner == partner}):
            for dispute, account, kind, ref in view.rows(_of_payments(partner, some)):
                if kind not in NOT_OF_MONEY:
                    found[Paid(partner, account, ref)].append(dispute)
    return found


def _of_payments(partner: str, refs: Sequence[str]) -> Select[tuple[str, str, str, str]]:
    columns = (_DISPUTE.dispute, _DISPUTE.account, _DISPUTE.kind, _DISPUTE.payment_ref)
    return select(*columns).where(_DISPUTE.partner == partner, _DISPUTE.payment_ref.in_(refs))


def _in_parts(names: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(names)
    for start in range(0, len(ordered), _NAMES_AT_ONCE):
        yield ordered[start : start + _NAMES_AT_ONCE]
