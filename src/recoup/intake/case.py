"""Everything the register knows about one dispute, as rows: what a derivation needs, and nothing else.

Plain rows, so that a case can be packed and derived in another process. Loading
many cases is a dozen statements, however many they are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from recoup.intake.rows import Row
from recoup.storage import schema
from recoup.storage.register import View


def _place(table: str, column: str) -> int:
    names: list[str] = getattr(schema, table).columns.keys()
    return names.index(column)


_OBSERVED_REF, _OBSERVED_PARTNER, _OBSERVED_ID, _OBSERVED_LANDED = (
    _place("observation", name) for name in ("payment_ref", "partner", "partner_dispute_id", "landed_at")
)
_LINE_DISPUTE, _LINE_REF, _LINE_PARTNER, _LINE_ID, _LINE_LANDED = (
    _place("money_line", name) for name in ("dispute", "payment_ref", "partner", "partner_dispute_id", "landed_at")
)
_HOUSE_PARTNER, _HOUSE_ID = (_place("house_line", name) for name in ("partner", "partner_dispute_id"))
_PAYMENT_PARTNER, _PAYMENT_REF = (_place("payment", name) for name in ("partner", "payment_ref"))
_ALLOCATED = _place("allocation", "payment")
_EXPECTED = _place("expectation", "dispute")
_ENTRY_DISPUTE = _place("entry", "dispute")
_ENTRY_ACTIVE = _place("entry", "is_active")
_FOUND_DISPUTE = _place("finding", "dispute")


class Case(msgspec.Struct, array_like=True, gc=False):
    """One dispute: facts about it, what the house says of it, and what was derived of it before."""

    dispute: str
    stored: Row | None
    """Its row in table dispute; None for a dispute that is new."""
    observations: list[Row]
    lines: list[Row]
    fresh: list[Row]
    """Those of its observations that came with this batch."""
    house: list[Row] = []
    payments: list[Row] = []
    """Of every reference that it was told with, in order of the house's id."""
    allocations: list[Row] = []
    expectations: list[Row] = []
    findings: list[Row] = []
    entries: list[Row] = []
    postings: list[Row] = []
    """Of its active entries."""

    @property
    def at(self) -> tuple[str, str]:
        """Partner and account."""
        row = self.observations[0] if self.observations else self.lines[0]
        return row[2], row[3]

    @property
    def named(self) -> tuple[str, str | None]:
        """The partner, and the partner's id."""
        if self.observations:
            told = self.observations[0]
            return told[_OBSERVED_PARTNER], told[_OBSERVED_ID]
        # A line that names no dispute is here by its payment.
        named = (line for line in self.lines if line[_LINE_ID] is not None)
        return next(((line[_LINE_PARTNER], line[_LINE_ID]) for line in named), ("", None))

    @property
    def landed_at(self) -> int:
        """The latest landing of what is known of it."""
        return max((o[_OBSERVED_LANDED] for o in self.observations), default=0) or max(
            (line[_LINE_LANDED] for line in self.lines), default=0
        )

    def refs(self) -> set[str]:
        """Every payment reference that it was told with."""
        told = {o[_OBSERVED_REF] for o in self.observations} | {line[_LINE_REF] for line in self.lines}
        return {ref for ref in told if ref is not None}


def load(view: View, ids: Collection[str], fresh: Mapping[str, list[Row]]) -> list[Case]:
    """Load these disputes, in order of their ids.

    Args:
      view: The register, or a batch with its own changes.
      ids: Disputes.
      fresh: Observations written in this batch, where one wrote some; then all there are for a dispute that is new.
    """
    stored = {row[0]: row for row in view.by_keys(schema.dispute, "dispute", ids)}
    new = {dispute for dispute in fresh if dispute not in stored}
    told = _by(view.by_keys(schema.observation, "dispute", [i for i in ids if i not in new]), 1)
    lines = _by(view.by_keys(schema.money_line, "dispute", ids), _LINE_DISPUTE)
    cases = [
        Case(i, stored.get(i), fresh[i] if i in new else told.get(i, []), lines.get(i, []), fresh.get(i, []))
        for i in sorted(ids)
    ]
    _add_house(view, cases)
    _add_derived(view, [case for case in cases if case.stored is not None])
    return cases


def _add_house(view: View, cases: Sequence[Case]) -> None:
    names = [case.named for case in cases]
    house = _by_two(
        view.by_keys(schema.house_line, "partner_dispute_id", {name for _, name in names if name is not None}),
        _HOUSE_PARTNER,
        _HOUSE_ID,
    )
    refs = [case.refs() for case in cases]
    found = sorted(view.by_keys(schema.payment, "payment_ref", set().union(*refs)))
    payments = _by_two(found, _PAYMENT_PARTNER, _PAYMENT_REF)
    allocations = _by(view.by_keys(schema.allocation, "payment", [row[0] for row in found]), _ALLOCATED)
    if not house and not payments:
        return
    for case, name, told in zip(cases, names, refs, strict=True):
        case.house = house.get(name, [])
        case.payments = [row for ref in sorted(told) for row in payments.get((name[0], ref), ())]
        case.allocations = [row for payment in case.payments for row in allocations.get(payment[0], ())]


def _add_derived(view: View, cases: Sequence[Case]) -> None:
    """What was derived before; of a dispute that is new there is nothing."""
    ids = [case.dispute for case in cases]
    if not ids:
        return
    expectations = _by(view.by_keys(schema.expectation, "dispute", ids), _EXPECTED)
    findings = _by(view.by_keys(schema.finding, "dispute", ids), _FOUND_DISPUTE)
    entered = view.by_keys(schema.entry, "dispute", ids)
    entries = _by(entered, _ENTRY_DISPUTE)
    postings = _by(view.by_keys(schema.posting, "entry", [row[0] for row in entered if row[_ENTRY_ACTIVE]]), 0)
    for case in cases:
        case.expectations = expectations.get(case.dispute, [])
        case.findings = findings.get(case.dispute, [])
        case.entries = entries.get(case.dispute, [])
        case.postings = [row for entry in case.entries for row in postings.get(entry[0], ())]


def _by(rows: Iterable[Row], place: int) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[place]].append(row)
    return groups


def _by_two(rows: Iterable[Row], one: int, other: int) -> dict[tuple[str, str | None], list[Row]]:
    groups: dict[tuple[str, str | None], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[one], row[other]].append(row)
    return groups
