"""What the summary of a dispute report states, group by group, beside what its rows add up to.

A group is one type and category of dispute of a division in one currency. Counts of what leaves the inventory are
negative. The rows of the inventory at the beginning are not in the report, only their totals. Two columns of the
preset report are swapped against their own names in the summary, and right in the rows.
"""

from collections.abc import Iterator

from recoup.domain.findings import Finding, excerpt
from recoup.partners.contract import Control
from recoup.partners.jpmorgan import dfr, wire
from recoup.partners.jpmorgan.report import Row
from recoup.partners.jpmorgan.telling import CODES, Refused, currency_of, minor

Group = tuple[str, str, str, str]
"""(division, type, category, currency)."""
UNLISTED = "BEGINV"
"""The category whose rows are in the report of the day before."""


class Summary:
    """Totals of one file."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.flags: dict[tuple[str, ...], str] = {}
        """Financial or not, as the summary says of each group."""
        self.fault: Finding | None = None
        self._stated: dict[Group, tuple[int, int]] = {}
        self._computed: dict[Group, list[int]] = {}
        """Of each group the rows, their amounts at the issuer, and the amounts of the action."""

    def state(self, row: Row, line: int) -> None:
        """Take one row of the summary; groups of several methods of payment are added."""
        group = _group(row)
        self.flags[group] = row.text(wire.FINANCIAL)
        try:
            currency = currency_of(group[3], wire.CURRENCY[0])
            total, count = minor(row.text(wire.TOTAL), currency, wire.TOTAL[0]), _count(row)
        except Refused as refused:
            where = f"{self.where}:{line} {refused.column}"
            self.fault = self.fault or Finding("jpmorgan.summary", where, refused.found, refused.wanted)
            return
        known = self._stated.get(group, (0, 0))
        self._stated[group] = (known[0] + count, known[1] + total)

    def add(self, row: Row) -> None:
        """Count one row of a dispute; an amount that is none adds nothing, and its total will tell."""
        sums = self._computed.setdefault(_group(row), [0, 0, 0])
        sums[0] += 1
        for at, field in ((1, wire.ISSUER_AMOUNT), (2, wire.ACTION_AMOUNT)):
            try:
                sums[at] += minor(row.text(field), currency_of(row.text(wire.CURRENCY), field[0]), field[0])
            except Refused:
                continue

    def controls(self) -> list[Control]:
        """Give stated and computed totals of every group; one that only one of them knows has nothing on the other."""
        return [control for group in self._groups() for control in self._controls(group)]

    def doubts(self) -> Iterator[Finding]:
        """Give the same as findings, for a report of which it was never read what its totals are the totals of."""
        for group in self._groups():
            for control in self._controls(group) if group in self._stated else ():
                if control.stated != control.computed:
                    found, wanted = f"{control.name} {control.stated}", f"{control.computed}, as the rows"
                    yield Finding("jpmorgan.total", self.where, found, wanted, "warn")

    def dfr_row(self, record: dfr.Record) -> Row:
        """Give a summary record of the Delimited File Report as a row."""
        cells = dict(zip(wire.DFR_SUMMARY, (*record.fields, *("",) * len(wire.DFR_SUMMARY)), strict=False))
        return Row(0, record.line, cells | {"Dispute Type Code": wire.DFR_TYPES[f"{record.type[:-1]}D"]}, "")

    def _groups(self) -> list[Group]:
        return sorted(group for group in {*self._stated, *self._computed} if group[2] != UNLISTED)

    def _controls(self, group: Group) -> Iterator[Control]:
        count, total = self._stated.get(group, (0, 0))
        rows, issuer, action = self._computed.get(group, (0, 0, 0))
        name = " ".join(part for part in group[:3] if part)
        yield Control(f"rows of {name}", abs(count), rows)
        # The total is of the disputes as received; of a partial action the reports that were read have none.
        yield Control(f"amount of {name}", total, issuer if total == issuer else action, group[3])


def _group(row: Row) -> Group:
    kind, category = row.text(wire.TYPE), row.text(wire.CATEGORY)
    if CODES.meaning("type", kind) is None and CODES.meaning("type", category) is not None:
        kind, category = category, kind
    return (row.text(wire.DIVISION), kind, category, row.text(wire.CURRENCY))


def _count(row: Row) -> int:
    text = row.text(wire.COUNT)
    digits = text.removeprefix("-")
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 12:
        raise Refused(wire.COUNT[0], excerpt(text), "an integer")
    return int(text)
