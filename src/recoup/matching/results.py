"""What a run found, read back from its folder: the match of a line, breaks, suggestions; all of it by an engine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from recoup.matching.breaks import BREAK_COLUMNS, BREAK_LINE_COLUMNS
from recoup.matching.compiling import LINE_COLUMNS, MATCH_COLUMNS, UNSURE_COLUMNS
from recoup.matching.kept import CHANGED_COLUMNS
from recoup.storage.engine import Engine

WAITING = "class = 'timing' and lines = 1"
"""A line that is alone, and not yet for long: no break, it only waits."""
SUGGESTED_LINES = {
    "match": "VARCHAR",
    "side": "VARCHAR",
    "item": "VARCHAR",
    "rule": "VARCHAR",
    "is_part": "BOOLEAN",
}


REST_COLUMNS = dict.fromkeys(
    ("class", "partner", "account", "currency", "things", "stake_minor", "since_on", "until_on", "owner")
)


class Line(msgspec.Struct, frozen=True):
    """What became of one line."""

    item: str
    side: str
    status: str
    """`confirmed`, `suggested`, `ambiguous`, `too_common` or `open`."""
    match: dict[str, Any] | None
    others: tuple[str, ...]
    """The lines that it is matched with, or that may be it."""
    candidates: int | None
    explanation: str | None


class Results:
    """The results of one run."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        """Attach the files of a run's folder."""
        self._engine = engine
        for name, columns, files in (
            ("match", MATCH_COLUMNS, sorted((folder / "match").glob("*.parquet"))),
            ("line", LINE_COLUMNS, sorted((folder / "line").glob("*.parquet"))),
            ("suggested", MATCH_COLUMNS, [folder / "suggested.parquet"]),
            ("suggested_line", SUGGESTED_LINES, [folder / "suggested_line.parquet"]),
            ("unsure", UNSURE_COLUMNS, [folder / "unsure.parquet"]),
            ("break_", BREAK_COLUMNS, [folder / "break.parquet"]),
            ("break_line", BREAK_LINE_COLUMNS, [folder / "break_line.parquet"]),
            ("changed", CHANGED_COLUMNS, [path for path in (folder / "changed.parquet",) if path.exists()]),
        ):
            engine.attach_files(f"found_{name}", columns, files)

    def breaks(self, rows: int, of_class: str | None = None) -> list[dict[str, Any]]:
        """Give breaks: the largest of each currency, then the second of each, as nothing is converted here."""
        chosen = " where class = $of_class" if of_class else ""
        turn = "row_number() over (partition by currency order by stake_minor desc, item, side)"
        sql = (
            f"select {', '.join(BREAK_COLUMNS)} from (select *, {turn} as turn from found_break_{chosen}) as b\n"
            f"order by turn, currency limit {rows:d}"
        )
        return list(_named(BREAK_COLUMNS, self._engine.rows(sql, {"of_class": of_class} if of_class else None)))

    def largest(self, rows: int) -> list[dict[str, Any]]:
        """Give the breaks that do not only wait, those with the most money first, whatever the currency."""
        sql = (
            f"select {', '.join(BREAK_COLUMNS)} from found_break_ where not ({WAITING})\n"
            f"order by stake_minor desc, item, side limit {rows:d}"
        )
        return list(_named(BREAK_COLUMNS, self._engine.rows(sql)))

    def rest(self, rows: int) -> list[dict[str, Any]]:
        """Give what comes after the largest, in total for each class, partner, account and currency."""
        kept_by = "class, partner, account, currency"
        sql = (
            f"select {kept_by}, count(*) as things,\n"
            "  cast(sum(cast(stake_minor as decimal(38,0))) as bigint) as stake_minor,\n"
            "  min(on_day) as since_on, max(on_day) as until_on, min(owner) as owner\n"
            "from (\n"
            "  select *, row_number() over (order by stake_minor desc, item, side) as place from found_break_\n"
            f"  where not ({WAITING})\n"
            f") as b where place > {rows:d} group by {kept_by} order by {kept_by}"
        )
        return list(_named(REST_COLUMNS, self._engine.rows(sql)))

    def lines_of(self, breaks: int) -> list[tuple[str, str, str]]:
        """Give the lines of the largest breaks: name and side of the break, and the line."""
        chosen = (
            f"select item, side from found_break_ where not ({WAITING})\n"
            f"order by stake_minor desc, item, side limit {breaks:d}"
        )
        sql = (
            "select l.break_item, l.break_side, l.item from found_break_line as l\n"
            f"semi join (\n{chosen}\n) as b on b.item = l.break_item and b.side = l.break_side\n"
            "order by l.break_item, l.break_side, l.item"
        )
        return [(str(name), str(side), str(item)) for name, side, item in self._engine.rows(sql)]

    def changed(self, rows: int) -> list[dict[str, Any]]:
        """Give lines of kept matches that say something else than they did, the most money first."""
        sql = (
            f"select {', '.join(CHANGED_COLUMNS)} from found_changed\n"
            f"order by stake_minor desc, match, side, item, why limit {rows:d}"
        )
        return list(_named(CHANGED_COLUMNS, self._engine.rows(sql)))

    def suggestions(self, rows: int) -> list[dict[str, Any]]:
        """Give suggested matches, those with the most money first."""
        sql = (
            f"select {', '.join(MATCH_COLUMNS)} from found_suggested\n"
            f"order by abs(left_minor) desc, match limit {rows:d}"
        )
        return list(_named(MATCH_COLUMNS, self._engine.rows(sql)))

    def lines(self, item: str) -> list[Line]:
        """Say what became of the line or lines of this name; none where the run saw none that is worth a word."""
        found = [*self._in_matches(item, "match", "line"), *self._in_matches(item, "suggested", "suggested_line")]
        return found or self._unsure(item) or self._open(item)

    def _in_matches(self, item: str, table: str, lines: str) -> Iterator[Line]:
        columns = ", ".join(f"m.{name}" for name in MATCH_COLUMNS)
        sql = (
            f"select {columns} from found_{table} as m where m.left_item = $item or m.right_item = $item\n"
            f"or m.match in (select l.match from found_{lines} as l where l.item = $item)"
        )
        for match in _named(MATCH_COLUMNS, self._engine.rows(sql, {"item": item})):
            both = self._sides(match, lines)
            side = "left" if item in both["left"] else "right"
            others = both["right" if side == "left" else "left"]
            yield Line(item, side, match["status"], match, tuple(others), match["candidates"], None)

    def _sides(self, match: Mapping[str, Any], lines: str) -> dict[str, list[str]]:
        sql = f"select side, item from found_{lines} where match = $match order by side, item"
        sides: dict[str, list[str]] = {"left": [], "right": []}
        for side, item in self._engine.rows(sql, {"match": match["match"]}):
            sides[side].append(item)
        return {side: items or [match[f"{side}_item"]] for side, items in sides.items()}

    def _unsure(self, item: str) -> list[Line]:
        sql = f"select {', '.join(UNSURE_COLUMNS)} from found_unsure where item = $item order by side"
        return [
            Line(
                item,
                row["side"],
                row["why"],
                None,
                (row["other_item"],) if row["other_item"] else (),
                row["candidates"],
                self._explained(item, row["side"]),
            )
            for row in _named(UNSURE_COLUMNS, self._engine.rows(sql, {"item": item}))
        ]

    def _open(self, item: str) -> list[Line]:
        sql = (
            "select l.side, case when b.item = l.item and b.side = l.side then b.other_item else b.item end as other,\n"
            "  b.explanation\nfrom found_break_line as l\n"
            "join found_break_ as b on b.item = l.break_item and b.side = l.break_side\n"
            "where l.item = $item order by l.side, b.item"
        )
        return [
            Line(item, side, "open", None, (other,) if other else (), None, explanation)
            for side, other, explanation in self._engine.rows(sql, {"item": item})
        ]

    def _explained(self, item: str, side: str) -> str | None:
        sql = (
            "select b.explanation from found_break_line as l\n"
            "join found_break_ as b on b.item = l.break_item and b.side = l.break_side\n"
            "where l.item = $item and l.side = $side order by b.explanation"
        )
        found = self._engine.rows(sql, {"item": item, "side": side})
        return str(found[0][0]) if found else None


def _named(columns: Iterable[str], rows: Sequence[Sequence[Any]]) -> Iterator[dict[str, Any]]:
    return (dict(zip(columns, row, strict=True)) for row in rows)
