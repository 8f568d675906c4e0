"""Two sides made by hand, matched, and what came of it as plain values."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq

from recoup.domain.rates import Rate
from recoup.matching.load import read_rules
from recoup.matching.results import Results
from recoup.matching.rule import SIDE_COLUMNS, RuleSet
from recoup.matching.run import Decision, Outcome, Run
from recoup.storage.engine import DuckEngine, Engine, connect
from recoup.storage.lake import arrow_table

DAY = dt.date(2026, 1, 12)
TODAY = dt.date(2026, 1, 30)
PAIR = """
[pair]
name = "theirs_ours"
says = "Their report against our export"
left = "file"
right = "file"
left_is = "partner"
right_is = "books"
within = ["account", "currency"]
waits = { days = 3 }
identity = { left = "reference", right = "reference", as = ["trim", "upper", "unpad"] }
"""
BY_REFERENCE = """
[[rule]]
name = "by_reference"
says = "One reference, one amount"
keys = [{ left = "reference", right = "reference", as = ["trim", "upper", "unpad"] }]
"""
_OF_LINE: Mapping[str, Any] = {
    "partner": "stripe",
    "account": "acct_1",
    "merchant": "mer_1",
    "currency": "EUR",
    "fee_minor": 0,
    "on_day": DAY,
}


class Found(msgspec.Struct):
    """What a run found."""

    outcome: Outcome
    matches: set[tuple[str, frozenset[str], frozenset[str]]]
    """Confirmed: rule, left lines, right lines."""
    suggested: set[tuple[str, frozenset[str], frozenset[str]]]
    ambiguous: set[str]
    breaks: dict[str, dict[str, Any]]
    """By their first line."""
    lines: list[dict[str, Any]]
    """Lines in no confirmed match, each with its break."""
    folder: Path

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """Confirmed matches of one with one."""
        return {(*left, *right) for _, left, right in self.matches if len(left) == len(right) == 1}  # type: ignore[misc]

    def classes(self) -> dict[str, str]:
        """The class of each break by its first line."""
        return {item: row["class"] for item, row in self.breaks.items()}


def line(item: str, amount_minor: int, reference: str | None = None, **more: Any) -> dict[str, Any]:
    """Give a line of a side."""
    return {**_OF_LINE, "item": item, "amount_minor": amount_minor, "reference": reference, **more}


def rules(*told: str, pair: str = PAIR, rate_sources: Sequence[str] = ()) -> RuleSet:
    """Read a pair and some rules."""
    return read_rules("test.toml", (pair + "".join(told)).encode(), rate_sources)


def write_side(path: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    """Write a side as the Parquet file that a person would hand in."""
    rows = [tuple(told.get(column) for column in SIDE_COLUMNS) for told in lines]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(arrow_table(SIDE_COLUMNS, rows), path)
    return path


def matched(
    engine: Engine,
    folder: Path,
    ruleset: RuleSet,
    left: Iterable[Mapping[str, Any]],
    right: Iterable[Mapping[str, Any]],
    *,
    kept: Path | None = None,
    decisions: Sequence[Decision] = (),
    rates: Sequence[Rate] = (),
    on_day: dt.date = TODAY,
) -> Found:
    """Run rules over two sides and read what they found."""
    run = Run(engine, ruleset, folder, on_day)
    run.attach_side("left", [write_side(folder / "in" / "left.parquet", left)])
    run.attach_side("right", [write_side(folder / "in" / "right.parquet", right)])
    run.attach_ground(rates, decisions)
    outcome = run.match(kept)
    return read(folder, outcome)


def read(folder: Path, outcome: Outcome) -> Found:
    """Read back the files of a run, whichever engine wrote them."""
    engine = DuckEngine(connect(folder / "tmp"))
    results = Results(engine, folder)
    breaks = {row["item"]: row for row in results.breaks(10_000)}
    ambiguous = {row[0] for row in engine.rows("select item from found_unsure where why <> 'suggested'")}
    return Found(
        outcome,
        _matches(engine, "match", "line"),
        _matches(engine, "suggested", "suggested_line"),
        ambiguous,
        breaks,
        pq.read_table(folder / "break_line.parquet").to_pylist(),
        folder,
    )


def _matches(engine: Engine, table: str, lines: str) -> set[tuple[str, frozenset[str], frozenset[str]]]:
    members: dict[str, dict[str, set[str]]] = {}
    for match, side, item in engine.rows(f"select match, side, item from found_{lines}"):
        members.setdefault(match, {"left": set(), "right": set()})[side].add(item)
    found = set()
    for match, rule, left, right in engine.rows(f"select match, rule, left_item, right_item from found_{table}"):
        both = members.get(match, {"left": {left}, "right": {right}})
        found.add((rule, frozenset(both["left"]), frozenset(both["right"])))
    return found
