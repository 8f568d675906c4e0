"""Everything that follows from the facts about a set of disputes, brought up to date as differences.

What is known is loaded (`case.py`), what follows is derived (`derivation.py`),
here or in processes beside this one, and the difference is written. Batches and
payouts are next door (`settling.py`).
"""

from collections.abc import Collection, Mapping, Sequence

from recoup.intake import attribution, case
from recoup.intake.attribution import Paid
from recoup.intake.beside import HERE, Beside
from recoup.intake.case import Case
from recoup.intake.derivation import Derived, derive_cases
from recoup.intake.ground import Ground
from recoup.intake.packed import derive_packed, pack_cases, unpack_derived
from recoup.intake.rows import Row
from recoup.ledger import posting
from recoup.storage import schema
from recoup.storage.register import Batch

FROM_DISPUTES = 400
"""Below this it costs more to ask another process than it saves."""
PART_DISPUTES = 100
"""Disputes that are derived at once: some hundredths of a second, so that nobody waits long for the last part."""


def derive(
    batch: Batch,
    ids: Collection[str],
    fresh: Mapping[str, list[Row]],
    ground: Ground,
    recorded_at: int,
    beside: Beside = HERE,
) -> set[Paid]:
    """Bring everything derived about these disputes up to date.

    Args:
      batch: The write batch in which their facts were written.
      ids: Disputes whose facts, links or money changed.
      fresh: Observations written in this batch, where one wrote some; then all there are for a dispute that is new.
      ground: Moves, partners, accounts, terms.
      recorded_at: When this runs; in no hash.
      beside: Processes that may help.
    Returns:
      The payments of which a dispute came, went or became another kind.
    """
    if not ids:
        return set()
    cases = case.load(batch, ids, fresh)
    landed_at = max((known.landed_at for known in cases), default=0) or recorded_at
    derived = _derived(cases, ground, landed_at, recorded_at, beside)
    write(batch, derived)
    return _payments_changed(cases, derived)


def _payments_changed(cases: Sequence[Case], derived: Derived) -> set[Paid]:
    before = {known.dispute: known.stored for known in cases if known.stored is not None}
    rewritten = (row for _, row, _ in derived.rewritten if row is not None)
    return attribution.changed(before, [*derived.disputes, *derived.changed, *rewritten], derived.gone)


def _derived(cases: Sequence[Case], ground: Ground, landed_at: int, recorded_at: int, beside: Beside) -> Derived:
    for known in cases:
        if known.observations or known.lines:
            ground.account(*known.at)  # an account first seen is made here, so that it is written, whoever derives
    size = PART_DISPUTES if len(cases) >= FROM_DISPUTES else len(cases)
    parts = [cases[start : start + size] for start in range(0, len(cases), size)]
    asked = beside.ask(
        derive_packed,
        lambda at: pack_cases(parts[at], ground, landed_at, recorded_at),
        len(parts),
        lambda at: derive_cases(parts[at], ground, landed_at, recorded_at),
        unpack_derived,
    )
    whole = Derived()
    for derived in asked.answers():
        whole.add(derived)
    return whole


def write(batch: Batch, derived: Derived) -> None:
    """Write what was derived."""
    batch.insert(schema.dispute, derived.disputes)
    batch.upsert(schema.dispute, derived.changed)
    batch.insert(schema.dispute_version, derived.versions)
    _rewrite(batch, derived.rewritten)
    _forget(batch, derived.gone)
    batch.delete(schema.finding, derived.findings_gone)
    batch.insert_new(schema.finding, derived.findings)
    batch.upsert(schema.expectation, derived.expectations)
    batch.delete(schema.expectation, derived.expectations_gone)
    posting.write(batch, posting.Rows(derived.entries, derived.postings, derived.retired))


def _rewrite(batch: Batch, rewritten: Sequence[tuple[str, Row | None, list[Row]]]) -> None:
    """Tell the history of these disputes anew: something came that landed earlier, or at several times."""
    if not rewritten:
        return
    wanted = [row for _, _, before in rewritten for row in before]
    stored = batch.by_keys(schema.dispute_version, "dispute", [dispute for dispute, *_ in rewritten])
    old = {row[:2]: row for row in stored}
    batch.upsert(schema.dispute, [row for _, row, _ in rewritten if row is not None])
    batch.upsert(schema.dispute_version, [row for row in wanted if old.get(row[:2]) != row])
    batch.delete(schema.dispute_version, sorted(old.keys() - {row[:2] for row in wanted}))


def _forget(batch: Batch, gone: Sequence[str]) -> None:
    """A dispute that nothing tells of any more has no past either."""
    if not gone:
        return
    batch.delete(schema.dispute, [(key,) for key in sorted(gone)])
    stored = batch.by_keys(schema.dispute_version, "dispute", gone)
    batch.delete(schema.dispute_version, [row[:2] for row in stored])
