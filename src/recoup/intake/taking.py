"""Write what was read: deliveries, quarantine, findings, observations, money lines, house records; each once.

Runs inside one write batch of the register and gives back what was touched, so
that `deriving.py` can fold and book exactly that.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.domain.findings import Finding
from recoup.domain.money_line import BOOKED_ONE_BY_ONE, DISPUTE_KINDS
from recoup.intake.merging import Identity, merge
from recoup.intake.parts import Part
from recoup.intake.reading import Taken, shown_name
from recoup.intake.rows import (
    Row,
    finding_row,
    money_line_row,
    money_line_told,
)
from recoup.storage import schema
from recoup.storage.register import Batch, View

BOOKED_AGAIN = "money.booked_again"
"""The check of a movement of a dispute that a partner tells twice, as money of two days."""
_OBSERVATION = Identity(
    schema.observation,
    "observation",
    key=lambda row: row[0],
    told=lambda row: row[28],
    owner=lambda row: (row[11], row[8], row[9]),
)
_MONEY_LINE = Identity(
    schema.money_line,
    "money_line",
    key=lambda row: (row[0], row[1]),
    told=money_line_told,
    owner=lambda row: (row[23], row[5], row[6]),
    fill=13,  # batch: a line is told before its payout is known
)


class Batched(msgspec.Struct, frozen=True, gc=False, order=True):
    """One payout or batch of one account."""

    partner: str
    account: str
    batch: str


class BankDay(msgspec.Struct, frozen=True, gc=False, order=True):
    """One day of one bank account in one currency: what one statement tells of it, another may tell too."""

    partner: str
    account: str
    currency: str
    on: str
    """ISO day of booking."""


class Touched(msgspec.Struct):
    """What a batch of deliveries touched, and what it counted."""

    disputes: set[str] = set()
    fresh: dict[str, list[Row]] = {}
    """Rows of observations new to the register, by dispute."""
    batches: set[Batched] = set()
    observations_new: int = 0
    observations_known: int = 0
    money_lines: int = 0
    retotal: set[str] = set()
    """Small deliveries whose owned lines changed."""
    totalled: set[str] = set()
    """Large deliveries whose totals came or changed."""
    came: set[str] = set()
    """Large deliveries that are new: what they tell may be told by others, too."""
    single_lines: set[str] = set()
    """Lines about no dispute that are booked one by one."""
    bank_days: set[BankDay] = set()
    """Days of which a line of a statement came, went or changed."""
    movements: set[str] = set()
    """Lines of a dispute's kind: which one they are about may have to be found (`attribution`)."""
    landed_at: int = 0
    """The latest landing of the batch."""
    new: list[Taken] = []
    """Deliveries that had not come before."""
    parted: list[Taken] = []
    """New deliveries of which the parts are still to be written."""
    forgotten: set[Row] = set()
    """What was taken back in this batch, so that it may be told again: (id, content) of observations, (id, feed) of
    money lines."""

    def add(self, other: "Touched") -> None:
        """Touch what another batch touched, too."""
        self.disputes |= other.disputes
        self.batches |= other.batches
        self.retotal |= other.retotal
        self.totalled |= other.totalled
        self.came |= other.came
        self.single_lines |= other.single_lines
        self.bank_days |= other.bank_days
        self.movements |= other.movements
        self.landed_at = max(self.landed_at, other.landed_at)

    def count(self, other: "Touched") -> None:
        """Count what another part of the same deliveries counted."""
        self.observations_new += other.observations_new
        self.observations_known += other.observations_known
        self.money_lines += other.money_lines


def write(batch: Batch, taken: Sequence[Taken], recorded_at: int, forgotten: Collection[Row] = ()) -> Touched:
    """Write everything these readings say but for their parts; what was told before stays as it is.

    Args:
      batch: The write batch.
      taken: The readings.
      recorded_at: When this runs; in no hash.
      forgotten: What was taken back in this batch: telling it again is telling what is known.
    """
    touched = Touched(landed_at=max((t.landed.arrival.landed_at for t in taken), default=0))
    new = batch.insert_new(schema.delivery, [_delivery_row(t, recorded_at) for t in taken])
    # An arrival that is known to the letter (same bytes, name and time) has nothing more to say.
    fresh = [taken[at] for at in new]
    batch.insert_new(schema.quarantine, [row for t in fresh for row in _quarantine_rows(t, t.quarantined)])
    batch.insert_new(schema.finding, [finding_row(f, _place(t)) for t in fresh for f in t.findings])
    batch.insert_new(schema.finding, [finding_row(f, _place(t)) for t in fresh for f in elsewhere(t)])
    _write_observations(batch, [o for t in fresh for o in t.observations], touched, forgotten)
    _write_lines(batch, [money_line_row(line) for t in fresh for line in t.money_lines], touched, forgotten)
    touched.new = fresh
    touched.parted = [t for t in fresh if t.parts is not None]
    # A name that waits already is asked for again: it was told of another change.
    batch.upsert(schema.fetch_wanted, [row for t in fresh if t.fetch for row in _fetch_rows(t)])
    for t in fresh:
        _write_totals(batch, t, touched)
    _write_house(batch, fresh, touched)
    return touched


def write_part(batch: Batch, taken: Taken, part: Part, forgotten: Collection[Row] = ()) -> Touched:
    """Write one part of a large file whose delivery was written."""
    touched = Touched(landed_at=taken.landed.arrival.landed_at)
    batch.insert_new(schema.quarantine, _quarantine_rows(taken, part.quarantined))
    batch.insert_new(schema.finding, [finding_row(f, _place(taken)) for f in part.findings])
    _write_observations(batch, part.observations, touched, forgotten)
    _write_lines(batch, part.money_lines, touched, forgotten)
    if taken.lake_file is not None:
        touched.retotal.discard(taken.landed.delivery)  # its totals came ready-made
    return touched


def _write_observations(
    batch: Batch, observations: Sequence[Row], touched: Touched, forgotten: Collection[Row]
) -> None:
    merged = merge(batch, _OBSERVATION, observations)
    touched.observations_new = sum((row[0], row[28]) not in forgotten for row in merged.new)
    touched.observations_known = len(observations) - touched.observations_new
    for row in (*merged.new, *merged.replaced):
        touched.disputes.add(row[1])
    # A row may have come twice in this batch, its earlier landing second: that one counts.
    standing = {row[0]: row for row in (*merged.new, *merged.replaced)}
    for row in standing.values():
        touched.fresh.setdefault(row[1], []).append(row)
    batch.insert_new(schema.finding, [_conflict(row, known) for row, known in merged.conflicts])


def _write_lines(batch: Batch, lines: Sequence[Row], touched: Touched, forgotten: Collection[Row]) -> None:
    merged = merge(batch, _MONEY_LINE, lines)
    touched.money_lines = sum(row[:2] not in forgotten for row in merged.new)
    # The delivery that a line leaves must be summed again as well as the one that owns it now.
    for row in (*merged.new, *merged.replaced, *merged.before):
        touched.retotal.add(row[5])
        touch_line(row, touched)
    for row, known in merged.conflicts:
        touched.retotal.update((row[5], known[5]))
    batch.insert_new(schema.finding, [_restated(row, known) for row, known in merged.conflicts])


def touch_line(row: Row, touched: Touched) -> None:
    """Note what follows from a money line: its dispute, its batch, or the line itself."""
    dispute, batch = row[9], row[13]
    if dispute is not None:
        touched.disputes.add(dispute)
    if batch is not None:
        touched.batches.add(Batched(row[2], row[3], batch))
    if row[7] in DISPUTE_KINDS:
        touched.movements.add(row[0])
    if row[7] == "bank":
        touched.bank_days.add(BankDay(row[2], row[3], row[17], row[21]))
    if dispute is None and row[7] in BOOKED_ONE_BY_ONE:
        touched.single_lines.add(row[0])


def _write_totals(batch: Batch, taken: Taken, touched: Touched) -> None:
    """Totals of a large file come ready-made; a small delivery's are summed from the lines it owns (`deriving`)."""
    batch.insert_new(schema.settlement_total, taken.totals)
    if taken.totals:
        touched.totalled.add(taken.landed.delivery)
        touched.came.add(taken.landed.delivery)
    arrival, account = taken.landed.arrival, taken.landed.account
    for row in taken.totals:
        touched.batches.add(Batched(arrival.partner, account, str(row[1])))


def _write_house(batch: Batch, taken: Sequence[Taken], touched: Touched) -> None:
    for name, table in _HOUSE.items():
        rows = [row for t in taken for row in t.house.get(name, ())]
        if not rows:
            continue
        # The house corrects its records by saying them again: the latest word on a record counts, and what the
        # earlier one touched is touched again.
        changed, before = _latest(rows, batch, name)
        batch.upsert(table, changed)
        touched.disputes |= _touched_by_house(batch, name, [*changed, *before])


def everything(view: View) -> Touched:
    """Every batch, report and single line that the register knows."""
    line, total = schema.money_line.c, schema.settlement_total.c
    of_line = view.rows(select(line.partner, line.account, line.batch).where(line.batch.is_not(None)).distinct())
    of_total = view.rows(select(total.partner, total.account, total.batch).where(total.batch != "").distinct())
    is_single = (line.kind.in_(sorted(BOOKED_ONE_BY_ONE)), line.dispute.is_(None))
    return Touched(
        batches={Batched(*row) for row in (*of_line, *of_total)},
        totalled={row[0] for row in view.rows(select(total.delivery).distinct())},
        single_lines={row[0] for row in view.rows(select(line.money_line).where(*is_single))},
    )


_HOUSE: Mapping[str, Any] = {
    "merchant": schema.merchant,
    "account_merchant": schema.account_merchant,
    "payment": schema.payment,
    "refund": schema.refund,
    "allocation": schema.allocation,
    "house_line": schema.house_line,
}


def _latest(rows: Iterable[Row], batch: Batch, name: str) -> tuple[list[Row], list[Row]]:
    """Of several rows of one record the one that landed last, whatever order we read them in.

    Returns:
      The rows that are new or changed, and the rows that they replace.
    """
    table = _HOUSE[name]
    width = len(table.primary_key.columns)
    columns = table.columns.keys()
    places = [columns.index(c) for c in ("landed_at", "delivery", "position") if c in columns]
    known = {r[:width]: r for r in batch.by_keys(table, columns[0], {str(r[0]) for r in rows})}
    best = dict(known)
    for row in rows:
        held = best.get(row[:width])
        if held is None or [row[at] for at in places] >= [held[at] for at in places]:
            best[row[:width]] = row
    changed = {key: row for key, row in best.items() if known.get(key) != row}
    return list(changed.values()), [known[key] for key in changed if key in known]


def _touched_by_house(batch: Batch, name: str, rows: Sequence[Row]) -> set[str]:
    """Disputes whose links or money these records change."""
    if name == "payment":
        return _disputes_of(batch, "payment_ref", {row[4] for row in rows})
    if name == "house_line":
        named = {row[4] for row in rows if row[4] is not None}
        return _disputes_of(batch, "partner_dispute_id", named)
    if name == "allocation":
        return _disputes_of(batch, "payment", {row[1] for row in rows})
    if name == "account_merchant":
        return _disputes_of(batch, "account", {row[1] for row in rows})
    return set()


def _disputes_of(batch: Batch, column: str, keys: set[str]) -> set[str]:
    return {row[0] for row in batch.by_keys(schema.dispute, column, keys)} if keys else set()


def _place(taken: Taken) -> dict[str, Any]:
    landed = taken.landed
    arrival = landed.arrival
    return {
        "partner": arrival.partner,
        "account": landed.account,
        "feed": arrival.feed,
        "delivery": landed.delivery,
        "landed_at": arrival.landed_at,
    }


def _delivery_row(taken: Taken, recorded_at: int) -> Row:
    landed, arrival = taken.landed, taken.landed.arrival
    return (
        landed.delivery,
        landed.object,
        arrival.partner,
        landed.account,
        arrival.feed,
        shown_name(arrival.name),
        arrival.landed_at,
        recorded_at,
        int(taken.is_verified),
        int(landed.is_repeat),
        taken.status,
        taken.records,
        taken.accepted,
        taken.refused,
        taken.lake_file,
        taken.covers_on,
        taken.sequence,
        taken.headers,
    )


def _fetch_rows(taken: Taken) -> list[Row]:
    landed, arrival = taken.landed, taken.landed.arrival
    return [(arrival.partner, landed.account, name, landed.delivery, arrival.landed_at) for name in taken.fetch]


def _quarantine_rows(taken: Taken, refused: Sequence[tuple[int, Finding]]) -> list[Row]:
    landed_at, delivery = taken.landed.arrival.landed_at, taken.landed.delivery
    return [(delivery, at, f.check, f.found, f.wanted, landed_at, None, None) for at, f in refused]


def elsewhere(taken: Taken) -> list[Finding]:
    """The same bytes for two accounts: one of them is probably a slip."""
    landed, arrival = taken.landed, taken.landed.arrival
    if landed.elsewhere is None:
        return []
    found = Finding(
        "intake.other_account",
        f"{arrival.partner}/{arrival.feed}/{shown_name(arrival.name)}",
        f"bytes that came for account {landed.elsewhere} before",
        f"the same bytes for one account; now {landed.account}",
        "warn",
    )
    return [found]


def _conflict(row: Row, known: Row) -> Row:
    """The same record id with other content."""
    found = Finding(
        "observation.same_id_other_content",
        f"{row[2]} {row[4]}",
        f"record {row[6] or row[0]} with content {row[28][:12]}",
        f"content {known[28][:12]} as in {known[8]}:{known[9]}",
    )
    return finding_row(found, _at(row[2], row[3], row[7], row[8], row[11]), dispute=row[1])


def _restated(row: Row, known: Row) -> Row:
    """The same money line with other content on the same feed: corrected, or the same money a second time."""
    where, place = f"{row[2]} {row[4]}", f"{known[5]}:{known[6]}"
    if _is_booked_again(row, known):
        found = Finding(BOOKED_AGAIN, where, f"again {_booking(row)}", f"once, {_booking(known)} as in {place}")
    else:
        found = Finding("money.restated", where, _line_said(row), f"{_line_said(known)} as in {place}")
    return finding_row(found, _at(row[2], row[3], row[1], row[5], row[23]), dispute=row[9])


def _is_booked_again(row: Row, known: Row) -> bool:
    """Whether equal amounts of a dispute were booked under two references on two days.

    A correction tells the same booking otherwise: the day or the reference stays, and an amount is another.
    """
    same = (7, 9, 14, 15, 16, 17)  # kind, dispute, gross, fee, net, currency
    is_alike = row[7] in DISPUTE_KINDS and all(row[at] == known[at] for at in same)
    return is_alike and row[21] != known[21] and row[13] != known[13] and None not in (row[9], row[13], known[13])


def _line_said(row: Row) -> str:
    return f"{row[7]} net {row[16]} {row[17]}, batch {row[13]}"


def _booking(row: Row) -> str:
    return f"under {row[13]} on {row[21]}"


def _at(partner: str, account: str, feed: str, delivery: str, landed_at: int) -> dict[str, Any]:
    return {"partner": partner, "account": account, "feed": feed, "delivery": delivery, "landed_at": landed_at}
