"""Batches, payouts and the bank: what is booked and expected beside disputes.

Lines that are about no dispute are booked in total per report, payout, kind and
currency; payouts, bank lines and unreferenced lumps one by one. A bank line
meets its payout by the reference it carries, whichever of the two came first.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import literal_column, select

from recoup.domain.money_line import BOOKED_ONE_BY_ONE, DISPUTE_KINDS, MoneyLine
from recoup.intake import expectations, overlaps, rows, statements
from recoup.intake.derivation import SHADOW, preferred
from recoup.intake.expectations import Agreed, Expected
from recoup.intake.ground import Ground
from recoup.intake.posting import post
from recoup.intake.rows import Row
from recoup.intake.taking import Batched, Touched
from recoup.ledger.batches import wanted_for_batch
from recoup.ledger.entry import Wanted
from recoup.ledger.facts import BankLine, BatchFacts, Total
from recoup.storage import schema
from recoup.storage.register import Batch

_PAYOUT_KINDS = ("payout", "payout_failure")
_TOTAL = schema.settlement_total
_LAKE_FILE = schema.delivery.columns.keys().index("lake_file")
_NAMES_AT_ONCE = 500


class Scope(msgspec.Struct):
    """What is derived again: reports by their object, single lines by id, and batches."""

    deliveries: set[str] = set()
    lines: set[str] = set()
    batches: set[Batched] = set()


def settle(
    batch: Batch, touched: Touched, ground: Ground, recorded_at: int, large: overlaps.LargeLines | None = None
) -> None:
    """Bring totals, payouts, bank lines and what is expected of batches up to date."""
    retotal(batch, touched, overlaps.part(batch, touched, large))
    scope = Scope(set(touched.retotal) | set(touched.totalled), set(), set(touched.batches))
    _widen(batch, scope)
    lines = [*_single_lines(batch, touched), *statements.beside(batch, touched.bank_days, ground)]
    met = _meet(batch, lines)
    scope.batches |= {Batched(p.partner, p.account, p.batch) for p in met.values() if p is not None and p.batch}
    scope.lines |= {line.id for line in lines} | set(met)
    wanted = [
        *_wanted_totals(batch, scope, ground),
        *_wanted_lines(batch, lines, ground),
        *_wanted_bank(batch, met, ground),
    ]
    subjects = scope.lines | _reports(batch, scope.deliveries)
    landed_at = max(touched.landed_at, *(w.known_at for w in wanted), 0) or recorded_at
    post(batch, wanted, ground, subjects=subjects, landed_at=landed_at, recorded_at=recorded_at)
    _expect(batch, scope.batches, ground)


# --- totals ---------------------------------------------------------------------------------


def retotal(batch: Batch, touched: Touched, lost: Collection[str] = ()) -> None:
    """Sum again the lines that each touched small delivery owns and that are not booked one by one.

    Args:
      batch: The write batch.
      touched: What was touched.
      lost: Lines that a large delivery owns, though they stand here, too.
    """
    small = touched.retotal - touched.totalled
    # The totals of a large delivery came ready-made: its other lines are not in the register to be summed again.
    small -= {row[0] for row in batch.by_keys(schema.delivery, "delivery", small) if row[_LAKE_FILE] is not None}
    owned = batch.by_keys(schema.money_line, "delivery", small)
    sums: dict[tuple[str, str, str, str], list[MoneyLine]] = defaultdict(list)
    for line in map(rows.money_line_from, owned):
        if line.kind not in BOOKED_ONE_BY_ONE and line.dispute is None and line.id not in lost:
            sums[line.delivery, line.batch or "", line.kind, line.currency].append(line)
    stored = batch.by_keys(_TOTAL, "delivery", small)
    fresh = {key: _sum(key, lines) for key, lines in sums.items()}
    batch.delete(_TOTAL, [row[:4] for row in stored if row[:4] not in fresh])
    batch.upsert(_TOTAL, [row for row in fresh.values() if row not in set(stored)])


def _sum(key: tuple[str, str, str, str], lines: Sequence[MoneyLine]) -> Row:
    first = lines[0]
    return (
        *key,
        first.partner,
        first.account,
        first.feed,
        len(lines),
        sum(line.gross_minor for line in lines),
        sum(line.fee_minor for line in lines),
        sum(line.net_minor for line in lines),
        max(line.effective_on for line in lines),
        max(line.landed_at for line in lines),  # one of them may be known since an earlier delivery
    )


def _widen(batch: Batch, scope: Scope) -> None:
    """A more preferred feed takes the booking of a batch over: the other reports of that batch follow."""
    touched = batch.by_keys(_TOTAL, "delivery", scope.deliveries)
    scope.deliveries |= {row[0] for row in batch.by_keys(_TOTAL, "batch", {row[1] for row in touched if row[1]})}
    for partner, account in sorted({(row[4], row[5]) for row in touched}):
        # Lines that are in no batch yet wait for the preferred feed to say which, once there is one.
        unpaid = (_TOTAL.c.partner == partner, _TOTAL.c.account == account, _TOTAL.c.batch == "")
        scope.deliveries |= {row[0] for row in batch.rows(select(_TOTAL.c.delivery).where(*unpaid).distinct())}


class _Booking(msgspec.Struct, frozen=True):
    """Which feed books the totals of each batch of an account."""

    by_batch: Mapping[tuple[str, str, str], str | None]

    def counts(self, row: Row) -> bool:
        """Whether a row of settlement_total is told by the feed that books it."""
        return bool(self.by_batch.get((row[4], row[5], row[1])) == row[6])


def _booking(batch: Batch, told: Sequence[Row], ground: Ground) -> _Booking:
    """The most preferred feed that tells a batch books it; lines in no batch, the most preferred that ever told any."""
    feeds: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in batch.by_keys(_TOTAL, "batch", {row[1] for row in told if row[1]}):
        feeds[row[4], row[5], row[1]].add(row[6])
    for partner, account in {(row[4], row[5]) for row in told if not row[1]}:
        ours = (_TOTAL.c.partner == partner, _TOTAL.c.account == account)
        feeds[partner, account, ""] = {row[0] for row in batch.rows(select(_TOTAL.c.feed).where(*ours).distinct())}
    return _Booking({key: _preferred_feed(ground, key[0], known) for key, known in feeds.items()})


def _preferred_feed(ground: Ground, partner: str, feeds: set[str]) -> str | None:
    return next((f for f in ground.partner(partner).books.get("settles", ()) if f in feeds), None)


def _wanted_totals(batch: Batch, scope: Scope, ground: Ground) -> Iterable[Wanted]:
    told = batch.by_keys(_TOTAL, "delivery", scope.deliveries)
    booking = _booking(batch, told, ground)
    objects = _objects(batch, {row[0] for row in told})
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in told:
        groups[row[4], row[5]].append(row)
    for (partner, account), totals in sorted(groups.items()):
        counted = tuple(_total(row, objects[row[0]]) for row in sorted(totals) if booking.counts(row))
        yield from _wanted(ground, partner, account, totals=counted)


def _total(row: Row, report: str) -> Total:
    return Total(
        report=report,
        batch=row[1] or None,
        kind=row[2],
        currency=row[3],
        net_minor=row[10],
        effective_on=row[11],
        landed_at=row[12],
    )


def _reports(batch: Batch, deliveries: set[str]) -> set[str]:
    return set(_objects(batch, deliveries).values())


def _objects(batch: Batch, deliveries: set[str]) -> dict[str, str]:
    return {row[0]: row[1] for row in batch.by_keys(schema.delivery, "delivery", deliveries)}


# --- payouts, lumps, the bank ----------------------------------------------------------------


def _single_lines(batch: Batch, touched: Touched) -> list[MoneyLine]:
    """Touched lines that are booked one by one and about no dispute, or were; each as every feed tells it."""
    ids = touched.single_lines
    return [rows.money_line_from(row) for row in batch.by_keys(schema.money_line, "money_line", ids)]


def _wanted_lines(batch: Batch, lines: Sequence[MoneyLine], ground: Ground) -> Iterable[Wanted]:
    groups: dict[tuple[str, str], list[MoneyLine]] = defaultdict(list)
    for line in lines:
        if line.kind != "bank":
            groups[line.partner, line.account].append(line)
    for (partner, account), told in sorted(groups.items()):
        books = ground.partner(partner).books
        lumps = (line for line in told if line.kind in DISPUTE_KINDS)
        yield from _wanted(
            ground,
            partner,
            account,
            payouts=preferred((line for line in told if line.kind in _PAYOUT_KINDS), books.get("pays", ())),
            lumps=tuple(line for line in preferred(lumps, books.get("settles", ())) if line.dispute is None),
        )


def _meet(batch: Batch, lines: Sequence[MoneyLine]) -> dict[str, MoneyLine | None]:
    """Bank lines that these lines concern, each with the one payout that its reference names."""
    bank = {line.id: line for line in lines if line.kind == "bank"}
    payouts = [line for line in lines if line.kind in _PAYOUT_KINDS]
    names = {name for p in payouts for name in _names_of_payout(p)}
    for column in ("batch", "reference"):
        bank |= {line.id: line for line in _of_kind(batch, "bank", column, names)}
    by_name = _payouts_named(batch, {name for line in bank.values() for name in _names_told(line)})
    return {key: _only(line, by_name) for key, line in sorted(bank.items())}


def _names_of_payout(payout: MoneyLine) -> set[str]:
    """What a bank may call a payout: by the partner's id of it, or by the text that goes with the transfer."""
    return {name for name in (payout.identity, payout.reference) if name}


def _names_told(bank: MoneyLine) -> tuple[str, ...]:
    """What a bank line says of its payer's reference: end to end first, then the remittance text."""
    return tuple(name for name in (bank.batch, bank.reference) if name)


def _payouts_named(batch: Batch, names: set[str]) -> dict[str, dict[str, MoneyLine]]:
    found: dict[str, dict[str, MoneyLine]] = defaultdict(dict)
    for column in ("identity", "reference"):
        for payout in _of_kind(batch, "payout", column, names):
            for name in _names_of_payout(payout) & names:
                found[name][payout.id] = payout
    return found


def _of_kind(batch: Batch, kind: str, column: str, names: set[str]) -> Iterator[MoneyLine]:
    """Lines of one kind with one of these names, through the indexes that hold only that kind."""
    table = schema.money_line
    ordered = sorted(names)
    for start in range(0, len(ordered), _NAMES_AT_ONCE):
        some = ordered[start : start + _NAMES_AT_ONCE]
        # The kind is written out, not bound: only then do databases see that the partial index fits.
        is_kind = table.c.kind == literal_column(f"'{kind}'")
        for row in batch.rows(select(table).where(is_kind, table.c[column].in_(some))):
            yield rows.money_line_from(row)


def _only(bank: MoneyLine, by_name: Mapping[str, dict[str, MoneyLine]]) -> MoneyLine | None:
    """The payout that a bank line names; two under one name, or two names for two, are none. Not guessed."""
    named = {key: payout for name in _names_told(bank) for key, payout in by_name.get(name, {}).items()}
    return next(iter(named.values())) if len(named) == 1 else None


def _wanted_bank(batch: Batch, met: dict[str, MoneyLine | None], ground: Ground) -> Iterable[Wanted]:
    groups: dict[tuple[str, str], list[BankLine]] = defaultdict(list)
    told = [rows.money_line_from(row) for row in batch.by_keys(schema.money_line, "money_line", met)]
    for line in statements.counted(told, statements.booking(batch, told, ground), ground):
        groups[line.partner, line.account].append(BankLine(line, met[line.id]))
    for (partner, account), bank in sorted(groups.items()):
        yield from _wanted(ground, partner, account, bank=tuple(bank))


def _wanted(ground: Ground, partner: str, account: str, **facts: object) -> Iterable[Wanted]:
    ours = ground.account(partner, account)
    if ours.phase == SHADOW:
        return ()
    book = ground.book(ours)
    return wanted_for_batch(
        BatchFacts(
            partner=partner,
            account=account,
            book=book.name,
            preset=book.preset,
            chain=ground.partner(partner).chain,
            **facts,  # type: ignore[arg-type]
        )
    )


# --- expectations ---------------------------------------------------------------------------


def _expect(batch: Batch, batches: set[Batched], ground: Ground) -> None:
    if not batches:
        return
    names = {b.batch for b in batches}
    lines = _grouped_lines(batch, names)
    totals = _grouped_totals(batch, names, ground)
    expected: list[Expected] = []
    for b in sorted(batches):
        account = ground.account(b.partner, b.account)
        books = ground.partner(b.partner).books
        told = preferred(lines.get(b, ()), (*books.get("settles", ()), *books.get("pays", ())))
        met = _bank_of(batch, told)
        agreed = Agreed(b.partner, b.account, account.zone, account.terms)
        expected.extend(expectations.wanted_for_batch(b.batch, (*told, *met), totals.get(b, ()), agreed))
    stored = [
        row for row in batch.by_keys(schema.expectation, "batch", names) if Batched(row[3], row[4], row[8]) in batches
    ]
    upserts, gone = expectations.changes(expected, stored)
    batch.upsert(schema.expectation, upserts)
    batch.delete(schema.expectation, gone)


def _bank_of(batch: Batch, lines: Sequence[MoneyLine]) -> list[MoneyLine]:
    payouts = [line for line in lines if line.kind in _PAYOUT_KINDS]
    if not payouts:
        return []
    mine = {p.id for p in payouts}
    met = _meet(batch, payouts)
    ids = {key for key, payout in met.items() if payout is not None and payout.id in mine}
    return [rows.money_line_from(row) for row in batch.by_keys(schema.money_line, "money_line", ids)]


def _grouped_lines(batch: Batch, names: set[str]) -> dict[Batched, list[MoneyLine]]:
    groups: dict[Batched, list[MoneyLine]] = defaultdict(list)
    for row in batch.by_keys(schema.money_line, "batch", names):
        line = rows.money_line_from(row)
        if line.kind in BOOKED_ONE_BY_ONE and line.kind != "bank":
            groups[Batched(line.partner, line.account, line.batch or "")].append(line)
    return groups


def _grouped_totals(batch: Batch, names: set[str], ground: Ground) -> dict[Batched, list[Total]]:
    groups: dict[Batched, list[Total]] = defaultdict(list)
    told = batch.by_keys(_TOTAL, "batch", names)
    booking = _booking(batch, told, ground)
    for row in told:
        if booking.counts(row):
            groups[Batched(row[4], row[5], row[1])].append(_total(row, row[0]))
    return groups
