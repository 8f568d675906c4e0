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
from recoup.intake.derivation import preferred
from recoup.intake.expectations import Agreed, Expected
from recoup.intake.ground import Ground
from recoup.intake.posting import post
from recoup.intake.rows import Row
from recoup.intake.taking import Batched, Touched
from recoup.ledger import lives
from recoup.ledger.batches import wanted_for_batch
from recoup.ledger.entry import Wanted
from recoup.ledger.facts import BankLine, BatchFacts, Total
from recoup.ledger.opening import agreed_entries, batch_subject, begun, carried_batch
from recoup.storage import schema
from recoup.storage.register import Batch, View

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
        *_wanted_lines(lines, ground),
        *_wanted_bank(batch, met, ground),
        *_wanted_carried(batch, scope.batches, ground),
    ]
    subjects = scope.lines | _reports(batch, scope.deliveries) | _carried_subjects(scope.batches, ground)
    landed_at = max(touched.landed_at, *(w.known_at for w in wanted), 0) or recorded_at
    post(batch, wanted, ground, subjects=subjects, landed_at=landed_at, recorded_at=recorded_at)
    _expect(batch, scope.batches, ground)


def asked(view: View, whole: Touched, ground: Ground) -> Iterator[Wanted]:
    """Every entry that totals, single lines, the bank and begun books ask for, as `settle` would have them now.

    Args:
      view: One unchanging view of the register.
      whole: Reports, lines and batches.
      ground: Accounts as they are, or as they might be.
    """
    lines = _single_lines(view, whole)
    met = _meet(view, lines)
    yield from _wanted_totals(view, Scope(deliveries=set(whole.totalled)), ground)
    yield from _wanted_lines(lines, ground)
    yield from _wanted_bank(view, met, ground)
    yield from _wanted_carried(view, whole.batches, ground)


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


def _booking(view: View, told: Sequence[Row], ground: Ground) -> _Booking:
    """The most preferred feed that tells a batch books it; lines in no batch, the most preferred that ever told any."""
    feeds: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in view.by_keys(_TOTAL, "batch", {row[1] for row in told if row[1]}):
        feeds[row[4], row[5], row[1]].add(row[6])
    for partner, account in {(row[4], row[5]) for row in told if not row[1]}:
        ours = (_TOTAL.c.partner == partner, _TOTAL.c.account == account)
        feeds[partner, account, ""] = {row[0] for row in view.rows(select(_TOTAL.c.feed).where(*ours).distinct())}
    return _Booking({key: _preferred_feed(ground, key[0], known) for key, known in feeds.items()})


def _preferred_feed(ground: Ground, partner: str, feeds: set[str]) -> str | None:
    return next((f for f in ground.partner(partner).books.get("settles", ()) if f in feeds), None)


def _wanted_totals(view: View, scope: Scope, ground: Ground) -> Iterable[Wanted]:
    told = view.by_keys(_TOTAL, "delivery", scope.deliveries)
    booking = _booking(view, told, ground)
    objects = _objects(view, {row[0] for row in told})
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


def _reports(view: View, deliveries: set[str]) -> set[str]:
    return set(_objects(view, deliveries).values())


def _objects(view: View, deliveries: set[str]) -> dict[str, str]:
    return {row[0]: row[1] for row in view.by_keys(schema.delivery, "delivery", deliveries)}


# --- payouts, lumps, the bank ----------------------------------------------------------------


def _single_lines(view: View, touched: Touched) -> list[MoneyLine]:
    """Touched lines that are booked one by one and about no dispute, or were; each as every feed tells it."""
    ids = touched.single_lines
    return [rows.money_line_from(row) for row in view.by_keys(schema.money_line, "money_line", ids)]


def _wanted_lines(lines: Sequence[MoneyLine], ground: Ground) -> Iterable[Wanted]:
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


def _meet(view: View, lines: Sequence[MoneyLine]) -> dict[str, MoneyLine | None]:
    """Bank lines that these lines concern, each with the one payout that its reference names."""
    bank = {line.id: line for line in lines if line.kind == "bank"}
    payouts = [line for line in lines if line.kind in _PAYOUT_KINDS]
    names = {name for p in payouts for name in _names_of_payout(p)}
    for column in ("batch", "reference"):
        bank |= {line.id: line for line in _of_kind(view, "bank", column, names)}
    by_name = _payouts_named(view, {name for line in bank.values() for name in _names_told(line)})
    return {key: _only(line, by_name) for key, line in sorted(bank.items())}


def _names_of_payout(payout: MoneyLine) -> set[str]:
    """What a bank may call a payout: by the partner's id of it, or by the text that goes with the transfer."""
    return {name for name in (payout.identity, payout.reference) if name}


def _names_told(bank: MoneyLine) -> tuple[str, ...]:
    """What a bank line says of its payer's reference: end to end first, then the remittance text."""
    return tuple(name for name in (bank.batch, bank.reference) if name)


def _payouts_named(view: View, names: set[str]) -> dict[str, dict[str, MoneyLine]]:
    found: dict[str, dict[str, MoneyLine]] = defaultdict(dict)
    for column in ("identity", "reference"):
        for payout in _of_kind(view, "payout", column, names):
            for name in _names_of_payout(payout) & names:
                found[name][payout.id] = payout
    return found


def _of_kind(view: View, kind: str, column: str, names: set[str]) -> Iterator[MoneyLine]:
    """Lines of one kind with one of these names, through the indexes that hold only that kind."""
    table = schema.money_line
    ordered = sorted(names)
    for start in range(0, len(ordered), _NAMES_AT_ONCE):
        some = ordered[start : start + _NAMES_AT_ONCE]
        # The kind is written out, not bound: only then do databases see that the partial index fits.
        is_kind = table.c.kind == literal_column(f"'{kind}'")
        for row in view.rows(select(table).where(is_kind, table.c[column].in_(some))):
            yield rows.money_line_from(row)


def _only(bank: MoneyLine, by_name: Mapping[str, dict[str, MoneyLine]]) -> MoneyLine | None:
    """The payout that a bank line names; two under one name, or two names for two, are none. Not guessed."""
    named = {key: payout for name in _names_told(bank) for key, payout in by_name.get(name, {}).items()}
    return next(iter(named.values())) if len(named) == 1 else None


def _wanted_bank(view: View, met: dict[str, MoneyLine | None], ground: Ground) -> Iterable[Wanted]:
    groups: dict[tuple[str, str], list[BankLine]] = defaultdict(list)
    told = [rows.money_line_from(row) for row in view.by_keys(schema.money_line, "money_line", met)]
    for line in statements.counted(told, statements.booking(view, told, ground), ground):
        groups[line.partner, line.account].append(_bank_line(line, met[line.id], ground))
    for (partner, account), bank in sorted(groups.items()):
        yield from _wanted(ground, partner, account, bank=tuple(bank))


def _bank_line(line: MoneyLine, payout: MoneyLine | None, ground: Ground) -> BankLine:
    """A bank's line as it is booked: the payout may be one of an account that is not booked on that day."""
    if payout is None:
        return BankLine(line)
    since = ground.account(payout.partner, payout.account).books_from
    return BankLine(line, payout, is_elsewhere=since is None or line.effective_on < since)


def _wanted(ground: Ground, partner: str, account: str, **facts: object) -> Iterable[Wanted]:
    ours = ground.account(partner, account)
    if ours.books_from is None:
        return ()
    book, chain = ground.book(ours), ground.partner(partner).chain
    wanted = wanted_for_batch(
        BatchFacts(
            partner=partner,
            account=account,
            book=book.name,
            preset=book.preset,
            chain=chain,
            **facts,  # type: ignore[arg-type]
        )
    )
    return wanted if ours.beginning is None else begun(wanted, ours.beginning, ours.books_of(book, chain))


# --- where books begin later than facts ------------------------------------------------------


def book_openings(batch: Batch, ground: Ground, recorded_at: int) -> None:
    """Book what was agreed with partners' statements for the days on which books begin, and nothing else of it."""
    openings = lives.openings(batch)
    if not openings:
        return
    wanted: list[Wanted] = []
    for ours in ground.accounts.values():
        if ours.beginning is not None:
            books = ours.books_of(ground.book(ours), ground.partner(ours.partner).chain)
            wanted += agreed_entries(ours.beginning, books)
    landed_at = max((w.known_at for w in wanted), default=recorded_at)
    post(batch, wanted, ground, subjects=openings, landed_at=landed_at, recorded_at=recorded_at)


def _carried_subjects(batches: set[Batched], ground: Ground) -> set[str]:
    """What entries may be about that carry these batches in; of accounts that were never in trial there are none."""
    return {
        batch_subject(ours.books_of(ground.book(ours), ground.partner(b.partner).chain), b.batch)
        for b in batches
        for ours in (ground.account(b.partner, b.account),)
        if ours.beginning is not None or ours.books_from is None
    }


def _wanted_carried(view: View, batches: set[Batched], ground: Ground) -> Iterable[Wanted]:
    begins = {b for b in batches if ground.account(b.partner, b.account).beginning is not None}
    if not begins:
        return
    names = {b.batch for b in begins}
    lines = _lines_of_batches(view, names)
    totals = _grouped_totals(view, names, ground)
    for b in sorted(begins):
        ours = ground.account(b.partner, b.account)
        partner = ground.partner(b.partner)
        told = lines.get(b, ())
        payouts = preferred((x for x in told if x.kind in _PAYOUT_KINDS), partner.books.get("pays", ()))
        others = preferred((x for x in told if x.kind not in _PAYOUT_KINDS), partner.books.get("settles", ()))
        met = statements.counted(bank := _bank_of(view, payouts), statements.booking(view, bank, ground), ground)
        assert ours.beginning is not None, "asked above"
        books = ours.books_of(ground.book(ours), partner.chain)
        yield from carried_batch(b.batch, (*others, *payouts), totals.get(b, ()), met, ours.beginning, books)


def _lines_of_batches(view: View, names: set[str]) -> dict[Batched, list[MoneyLine]]:
    """The lines of batches that are booked one by one, those about a dispute whatever their kind."""
    groups: dict[Batched, list[MoneyLine]] = defaultdict(list)
    for line in map(rows.money_line_from, view.by_keys(schema.money_line, "batch", names)):
        if line.kind != "bank" and (line.kind in BOOKED_ONE_BY_ONE or line.dispute is not None):
            groups[Batched(line.partner, line.account, line.batch or "")].append(line)
    return groups


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


def _bank_of(view: View, lines: Sequence[MoneyLine]) -> list[MoneyLine]:
    payouts = [line for line in lines if line.kind in _PAYOUT_KINDS]
    if not payouts:
        return []
    mine = {p.id for p in payouts}
    met = _meet(view, payouts)
    ids = {key for key, payout in met.items() if payout is not None and payout.id in mine}
    return [rows.money_line_from(row) for row in view.by_keys(schema.money_line, "money_line", ids)]


def _grouped_lines(view: View, names: set[str]) -> dict[Batched, list[MoneyLine]]:
    groups: dict[Batched, list[MoneyLine]] = defaultdict(list)
    for row in view.by_keys(schema.money_line, "batch", names):
        line = rows.money_line_from(row)
        if line.kind in BOOKED_ONE_BY_ONE and line.kind != "bank":
            groups[Batched(line.partner, line.account, line.batch or "")].append(line)
    return groups


def _grouped_totals(view: View, names: set[str], ground: Ground) -> dict[Batched, list[Total]]:
    groups: dict[Batched, list[Total]] = defaultdict(list)
    told = view.by_keys(_TOTAL, "batch", names)
    booking = _booking(view, told, ground)
    for row in told:
        if booking.counts(row):
            groups[Batched(row[4], row[5], row[1])].append(_total(row, row[0]))
    return groups
