"""One run of a pair over an engine: pass by pass until a pass confirms nothing, then what is left is explained.

Rules run in order over the lines that are open. Lines that a rule found candidates for and could not decide are set
aside: only a rule of kind group, which takes all lines of a name together, looks at them again in that pass. Passes go
on until one confirms nothing new, so that a second run over the same lines changes nothing. What an earlier run
confirmed is kept while its lines are there and say the same.

Results are Parquet files of a folder, written rule by rule; a run that was stopped takes them for confirmed when it is
started again.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from recoup.domain.calendar import calendar, is_business_day
from recoup.domain.rates import Rate, scaled
from recoup.domain.tables import currencies
from recoup.errors import RulesInvalid
from recoup.matching.breaks import BREAK_COLUMNS, BREAK_LINE_COLUMNS, compile_breaks
from recoup.matching.compiling import (
    LINE_COLUMNS,
    MATCH_COLUMNS,
    UNSURE_COLUMNS,
    Compiled,
    Tables,
    named_side,
)
from recoup.matching.kept import CHANGED_COLUMNS, SAID_COLUMNS, changed, said, written_keys
from recoup.matching.rates import RATE_TABLE
from recoup.matching.reading import compile_rule
from recoup.matching.rule import SIDE_COLUMNS, Pair, Rule, RuleSet, SideName
from recoup.matching.sides import sides
from recoup.storage.engine import Engine, Value
from recoup.storage.steps import Step

PASSES_MAX = 12
"""A pass confirms at least one match, and nearly all are found in the first; more than this is a fault of a rule."""
BY_HAND = "by_hand"
KEYS = "keys.json"
"""What the rules of a run compared, by name: beside its results, for the run after it."""
_BEFORE = ("hand", "kept")
"""Results that are written anew by every run."""
_SIDES: tuple[SideName, SideName] = ("left", "right")
Progress = Callable[[str], None]


class Decision(msgspec.Struct, frozen=True):
    """What a person said of two lines: that they are one thing, or that they are not."""

    left_item: str
    right_item: str
    is_together: bool


class Counts(msgspec.Struct, frozen=True):
    """How many matches, and how many lines of either side are in them."""

    matches: int = 0
    left_lines: int = 0
    right_lines: int = 0


class Outcome(msgspec.Struct, frozen=True):
    """What a run found. Lines are of both sides together where it does not say which."""

    pair: str
    left_lines: int
    right_lines: int
    matched: int
    """Matches that are confirmed, those of earlier runs among them."""
    suggested: int
    ambiguous: int
    """Lines that have several candidates which are equally good, or too many."""
    unmatched: int
    """Lines in no confirmed match, ambiguous ones left out."""
    breaks: int
    by_rule: dict[str, Counts]
    by_class: dict[str, int]
    passes: int
    new: int
    """Matches that this run confirmed."""
    dropped: int
    """Matches of earlier runs whose lines are not as they were."""


@dataclass(slots=True)
class _State:
    """Where a run stands: names of tables."""

    tables: Tables
    confirmed: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    number: int = 0


class Run:
    """A run of one pair. Attach the data sources of its sides to the engine first."""

    def __init__(
        self,
        engine: Engine,
        rules: RuleSet,
        folder: Path,
        on_day: dt.date,
        progress: Progress | None = None,
        run_id: str = "run",
    ) -> None:
        """Prepare a run.

        Args:
          engine: Where it runs; the data sources of both sides are attached to it.
          rules: The pair and its rules.
          folder: Where results are written; it may hold those of a run that was stopped.
          on_day: The day from which ages are counted.
          progress: Hears what is being done.
          run_id: What its new matches say of where they are from.
        """
        self._engine = engine
        self._pair: Pair = rules.pair
        self._rules: tuple[Rule, ...] = rules.rules
        self._folder = folder
        self._on_day = on_day
        self._run_id = run_id
        self._progress = progress or (lambda said: None)
        self._by_rule: dict[str, Counts] = {}
        self._has_kept = False
        self._keys = written_keys(rules.pair, rules.rules)
        self._comparable = [rule for rule in rules.rules if rule.name in self._keys]

    def attach_side(self, side: SideName, files: Sequence[Path] = ()) -> None:
        """Make a side: the SELECT of its name over the data sources, or files that have a side's columns."""
        name = self._pair.left if side == "left" else self._pair.right
        if name == "file":
            self._engine.attach_files(f"{side}_side", SIDE_COLUMNS, files)
        else:
            self._run(Step(f"{side}_side", sides()[name].sql))

    def attach_ground(self, rates: Iterable[Rate], decisions: Iterable[Decision]) -> None:
        """Make what rules look up: calendars, decimals of currencies, rates, and what people decided."""
        names = {rule.window.calendar for rule in self._rules if rule.window} | {self._pair.waits.calendar}
        for name in sorted(name for name in names if name):
            self._engine.attach_rows(f"calendar_{name}", {"day": "DATE", "number": "BIGINT"}, _days(name))
        exponents = [(row.code, row.exponent) for row in currencies() if row.exponent is not None]
        self._engine.attach_rows("exponent", {"currency": "VARCHAR", "exponent": "BIGINT"}, exponents)
        told = list(rates)
        for source in sorted({rule.fx.source for rule in self._rules if rule.fx}):
            self._engine.attach_rows(f"rate_{source}", RATE_TABLE, scaled(told, source))
        said = list(decisions)
        pairs = {"left_item": "VARCHAR", "right_item": "VARCHAR"}
        self._engine.attach_rows("apart", pairs, [(d.left_item, d.right_item) for d in said if not d.is_together])
        self._engine.attach_rows("together", pairs, [(d.left_item, d.right_item) for d in said if d.is_together])

    def match(self, kept: Path | None = None) -> Outcome:
        """Run all rules, write the results, and count.

        Args:
          kept: The folder of the run before, whose confirmed matches stay.
        Raises:
          RulesInvalid: Two lines of one side have the same name.
        """
        left, right = (self._lines_of(side) for side in _SIDES)
        if self._pair.identity is not None:
            for side in _SIDES:
                self._run(Step(f"{side}_named", named_side(self._pair, side)))
        state = _State(Tables("left_side", "right_side"))
        begun = [path for path in sorted((self._folder / "match").glob("*.parquet")) if path.stem not in _BEFORE]
        self._take(state, "hand", self._by_hand())
        self._has_kept = kept is not None and any((kept / "match").glob("*.parquet"))
        if kept is not None and self._has_kept:
            self._compare_as(kept)
        dropped = self._keep(state, "kept", sorted((kept / "match").glob("*.parquet")) if kept else [])
        dropped += self._keep(state, "begun", begun)
        for path in begun:
            if path.stem != "begun":
                path.unlink()
                (self._folder / "line" / path.name).unlink(missing_ok=True)
        before = sum(self._by_rule[name].matches for name in self._by_rule)
        self._open(state)
        compiled, passes = self._pass_all(state)
        return self._conclude(state, compiled, left=left, right=right, passes=passes, before=before, dropped=dropped)

    # --- lines that are taken already -------------------------------------------------------

    def _lines_of(self, side: SideName) -> int:
        self._progress(f"reading {self._pair.left if side == 'left' else self._pair.right}")
        lines = self._count(f"{side}_side")
        # Half the time of a count of distinct names.
        shared = self._count(f"(select item from {side}_side group by item having count(*) > 1) as shared")
        if shared:
            raise RulesInvalid(
                f"pair {self._pair.name} {side}",
                f"{shared} names of more than one line",
                "each line by a name of its own",
            )
        return lines

    def _by_hand(self) -> str:
        """Matches that a person confirmed, of lines that are there."""
        self._run(
            Step(
                "hand__matches",
                f"select l.item as match, cast('{BY_HAND}' as varchar) as rule,\n"
                "  cast('confirmed' as varchar) as status,\n"
                "  l.item as left_item, r.item as right_item, cast(1 as bigint) as left_lines,\n"
                "  cast(1 as bigint) as right_lines, l.currency, l.amount_minor as left_minor,\n"
                "  r.amount_minor as right_minor, l.on_day as left_on, r.on_day as right_on,\n"
                "  cast(1 as bigint) as candidates, cast(null as bigint) as margin_minor,\n"
                "  cast(null as bigint) as margin_days, cast($run_id as varchar) as run\n"
                "from together as t join left_side as l on l.item = t.left_item\n"
                "join right_side as r on r.item = t.right_item",
            )
        )
        return "hand__matches"

    def _compare_as(self, kept: Path) -> None:
        """Compare only by keys that a rule had in the run before, too: other keys are no other word of a line."""
        note = kept / KEYS
        had = msgspec.json.decode(note.read_bytes(), type=dict[str, str]) if note.is_file() else {}
        self._comparable = [rule for rule in self._comparable if had.get(rule.name) == self._keys[rule.name]]

    def _keep(self, state: _State, tag: str, matches: Sequence[Path]) -> int:
        """Take over what was confirmed before; gives how many matches fell, as a line changed or a person said so.

        What a person confirmed is not among it: that is decided anew from the decisions.
        """
        if not matches:
            return 0
        self._progress("keeping what was confirmed")
        every = [path.parent.parent / "line" / path.name for path in matches]
        lines = [path for path in every if path.is_file()]
        self._engine.attach_files(f"{tag}__told", MATCH_COLUMNS, matches)
        self._engine.attach_files(f"{tag}__all_lines", LINE_COLUMNS, lines)
        # A run that was stopped twice may have written a match twice.
        chosen = "distinct *" if tag == "begun" else "*"
        self._run(Step(f"{tag}__all", f"select {chosen} from {tag}__told where rule <> '{BY_HAND}'", "view"))
        told = [path for path in (matches[0].parent.parent / "said.parquet",) if path.exists()]
        self._engine.attach_files(f"{tag}__said", SAID_COLUMNS, told)
        self._run(Step(f"{tag}__changed", changed(self._pair, self._rules, self._comparable, tag)))
        self._run(Step(f"{tag}__fallen", _fallen(tag)))
        self._run(Step(f"{tag}__matches", _left_of(f"{tag}__all", f"{tag}__fallen")))
        self._run(Step(f"{tag}__lines", _left_of(f"{tag}__all_lines", f"{tag}__matches", "semi")))
        self._take(state, tag, f"{tag}__matches", f"{tag}__lines")
        return self._count(f"{tag}__fallen")

    def _open(self, state: _State) -> None:
        """Open the lines that are in no match yet; where there are none, the sides themselves are open."""
        for side in _SIDES:
            self._run(Step(f"{side}_aside__0", f"select * from {side}_side where false"))
        left, right = "left_side", "right_side"
        if any(counts.matches for counts in self._by_rule.values()):
            left, right = (self._without(state, side, f"{side}_open__0") for side in _SIDES)
        state.tables = Tables(left, right, "left_aside__0", "right_aside__0")

    def _without(self, state: _State, side: SideName, name: str) -> str:
        used = "\nunion all\n".join(_used(side, m, n) for m, n in zip(state.confirmed, state.lines, strict=True))
        self._run(Step(name, f"select s.* from {side}_side as s anti join (\n{used}\n) as u on u.item = s.item"))
        return name

    def _take(
        self, state: _State, tag: str, matches: str, lines: str | None = None, *, is_written: bool = False
    ) -> int:
        """Count the confirmed matches of a table by rule, write them, and remember the table; gives how many."""
        if lines is None:
            lines = f"{tag}__no_lines"
            self._run(Step(lines, _empty(LINE_COLUMNS)))
        counted = self._engine.rows(
            "select rule, count(*) as matches, cast(sum(left_lines) as bigint) as left_lines,\n"
            "  cast(sum(right_lines) as bigint) as right_lines\n"
            f"from {matches} where status = 'confirmed' group by rule"
        )
        for rule, *numbers in counted:
            had = self._by_rule.get(rule, Counts())
            self._by_rule[rule] = Counts(
                *(int(a) + b for a, b in zip(numbers, msgspec.structs.astuple(had), strict=True))
            )
        found = sum(int(row[1]) for row in counted)
        if found and not is_written:
            self._copy(f"match/{tag}", f"select {', '.join(MATCH_COLUMNS)} from {matches} where status = 'confirmed'")
            self._copy(
                f"line/{tag}",
                f"select l.match, l.side, l.item, l.amount_minor from {lines} as l\n"
                f"semi join (select match from {matches} where status = 'confirmed') as m on m.match = l.match",
            )
        state.confirmed.append(matches)
        state.lines.append(lines)
        return found

    # --- the passes -------------------------------------------------------------------------

    def _pass_all(self, state: _State) -> tuple[list[Compiled], int]:
        compiled: list[Compiled] = []
        for number in range(1, PASSES_MAX + 1):
            found, compiled = 0, []
            for rule in self._rules:
                self._progress(f"{rule.name}" if number == 1 else f"{rule.name}, pass {number}")
                ready = compile_rule(self._pair, rule, state.tables, f"p{number}_{rule.name}", self._folder)
                for step in ready.steps:
                    self._run(step)
                taken = self._take(
                    state, f"p{number}_{rule.name}", ready.matches, ready.lines, is_written=ready.is_written
                )
                compiled.append(ready)
                self._close(state, rule, ready, taken)
                found += taken
            if found == 0:
                return compiled, number
            if number < PASSES_MAX:
                self._reopen(state)
        return compiled, PASSES_MAX

    def _close(self, state: _State, rule: Rule, ready: Compiled, found: int) -> None:
        """Take the lines that a rule confirmed from the open ones, and set those aside that it could not decide."""
        unsure = self._count(ready.unsure)
        if not found and not unsure:
            return
        state.number += 1
        left, left_aside = self._closed(state, "left", rule, ready, unsure)
        right, right_aside = self._closed(state, "right", rule, ready, unsure)
        state.tables = Tables(left, right, left_aside, right_aside)

    def _closed(self, state: _State, side: SideName, rule: Rule, ready: Compiled, unsure: int) -> tuple[str, str]:
        """Make the tables of one side: what is open now, and what is set aside.

        Only a group takes lines that were set aside; of the others, what one is unsure of is never what it confirms.
        """
        opened, aside = state.tables.of(side), state.tables.aside(side)
        used = f"({_used(side, ready.matches, ready.lines)}) as u on u.item = s.item"
        left = f"{side}_left__{state.number}"
        self._run(Step(left, f"select s.* from {opened} as s\nanti join {used}"))
        if rule.kind == "group":
            kept = f"{side}_kept__{state.number}"
            self._run(Step(kept, f"select s.* from {aside} as s\nanti join {used}"))
            aside = kept
        if not unsure:
            return left, aside
        items = f"(select distinct item from {ready.unsure} where side = '{side}') as w on w.item = s.item"
        next_open, next_aside = f"{side}_open__{state.number}", f"{side}_aside__{state.number}"
        self._run(Step(next_open, f"select s.* from {left} as s\nanti join {items}"))
        self._run(Step(next_aside, f"select * from {aside}\nunion all\nselect s.* from {left} as s semi join {items}"))
        return next_open, next_aside

    def _reopen(self, state: _State) -> None:
        state.number += 1
        for side in _SIDES:
            opened, aside = state.tables.of(side), state.tables.aside(side)
            self._run(Step(f"{side}_open__{state.number}", f"select * from {opened} union all select * from {aside}"))
            self._run(Step(f"{side}_aside__{state.number}", f"select * from {aside} where false"))
        at = state.number
        state.tables = Tables(f"left_open__{at}", f"right_open__{at}", f"left_aside__{at}", f"right_aside__{at}")

    # --- what is left -----------------------------------------------------------------------

    def _conclude(self, state: _State, compiled: Sequence[Compiled], **numbers: int) -> Outcome:
        self._progress("explaining what is left")
        tables = state.tables
        for side in _SIDES:
            both = f"select * from {tables.of(side)} union all select * from {tables.aside(side)}"
            self._run(Step(f"{side}_rest", both))
        self._run(Step("unsure_line", _unsure_lines(compiled, tables)))
        self._run(Step("suggested", _suggested(compiled, tables)))
        self._run(Step("suggested_line", _suggested_lines(compiled)))
        confirmed = "\nunion all\n".join(
            f"select {', '.join(MATCH_COLUMNS)} from {table} where status = 'confirmed'" for table in state.confirmed
        )
        if self._pair.compares_fees:
            self._run(Step("confirmed", confirmed))
        for step in compile_breaks(self._pair, self._rules):
            self._run(step)
        self._copy("suggested", f"select {', '.join(MATCH_COLUMNS)} from suggested")
        self._copy("suggested_line", "select match, side, item, rule, is_part from suggested_line")
        self._copy("unsure", f"select {', '.join(UNSURE_COLUMNS)} from unsure_line")
        self._copy("break", f"select {', '.join(BREAK_COLUMNS)} from break__all order by item, side")
        self._copy_kept()
        self._copy("break_line", f"select {', '.join(BREAK_LINE_COLUMNS)} from break__lines order by item, side")
        return self._outcome(**numbers)

    def _copy_kept(self) -> None:
        """Write what the lines of confirmed matches said, and which of the run before say something else now."""
        for name, columns in (("match", MATCH_COLUMNS), ("line", LINE_COLUMNS)):
            self._engine.attach_files(f"all_{name}", columns, sorted((self._folder / name).glob("*.parquet")))
        before = "kept__said" if self._has_kept else None
        self._copy("said", said(self._comparable, "all_match", "all_line", before))
        (self._folder / KEYS).write_bytes(msgspec.json.encode(self._keys))
        self._copy("changed", "select * from kept__changed" if self._has_kept else _empty(CHANGED_COLUMNS))

    def _outcome(self, *, left: int, right: int, passes: int, before: int, dropped: int) -> Outcome:
        matched = sum(counts.matches for counts in self._by_rule.values())
        lines = sum(counts.left_lines + counts.right_lines for counts in self._by_rule.values())
        ambiguous = self._count("unsure_line where why <> 'suggested'")
        classes = self._engine.rows("select class, count(*) as breaks from break__all group by class order by class")
        return Outcome(
            pair=self._pair.name,
            left_lines=left,
            right_lines=right,
            matched=matched,
            suggested=self._count("suggested"),
            ambiguous=ambiguous,
            unmatched=left + right - lines - ambiguous,
            breaks=self._count("break__all"),
            by_rule=dict(sorted(self._by_rule.items())),
            by_class={name: int(number) for name, number in classes},
            passes=passes,
            new=matched - before,
            dropped=dropped,
        )

    def _count(self, what: str) -> int:
        return int(self._engine.rows(f"select count(*) as rows from {what}")[0][0])

    # --- the engine -------------------------------------------------------------------------

    def _run(self, step: Step) -> None:
        if step.path is not None:
            step.path.parent.mkdir(parents=True, exist_ok=True)
        given: dict[str, Value] = {"on_day": self._on_day.isoformat(), "run_id": self._run_id}
        self._engine.run(step, {name: value for name, value in given.items() if f"${name}" in step.sql})
        if step.path is not None and step.path.parent.name == "match":
            self._engine.attach_files(step.name, MATCH_COLUMNS, [step.path])

    def _copy(self, name: str, sql: str) -> None:
        path = self._folder / f"{name}.parquet"
        self._run(Step(name.replace("/", "__"), sql, "copy", path))


def _used(side: SideName, matches: str, lines: str | None) -> str:
    """The lines of a side that are in confirmed matches of a table."""
    alone = f"select {side}_item as item from {matches} where status = 'confirmed'"
    if lines is None:
        return alone
    return (
        f"{alone} and {side}_item is not null\nunion all\nselect l.item from {lines} as l\n"
        f"semi join (select match from {matches} where status = 'confirmed') as m on m.match = l.match\n"
        f"where l.side = '{side}'"
    )


def _left_of(table: str, other: str, how: str = "anti") -> str:
    return f"select t.* from {table} as t {how} join {other} as o on o.match = t.match"


def _fallen(tag: str) -> str:
    """Matches of which a line is gone or says something else, or of which a person said that two lines are apart."""
    fallen = [f"select c.match from {tag}__changed as c semi join {tag}__all as m on m.match = c.match"]
    for side in _SIDES:
        fallen.append(
            f"select m.match from {tag}__all as m anti join {side}_side as s on s.item = m.{side}_item\n"
            "where m.left_lines = 1 and m.right_lines = 1"
        )
        fallen.append(
            f"select l.match from (select match, item from {tag}__all_lines where side = '{side}') as l\n"
            f"anti join {side}_side as s on s.item = l.item"
        )
    fallen.append(
        f"select m.match from {tag}__all as m\n"
        "join apart as z on z.left_item = m.left_item and z.right_item = m.right_item"
    )
    fallen.append(
        f"select a.match from {tag}__all_lines as a join {tag}__all_lines as b on b.match = a.match\n"
        "join apart as z on z.left_item = a.item and z.right_item = b.item where a.side = 'left' and b.side = 'right'"
    )
    for side in _SIDES:
        fallen.append(f"select m.match from {tag}__all as m join together as t on t.{side}_item = m.{side}_item")
        fallen.append(
            f"select l.match from {tag}__all_lines as l join together as t on t.{side}_item = l.item"
            f" where l.side = '{side}'"
        )
    every = "\nunion all\n".join(fallen)
    return f"select distinct match from (\n{every}\n) as fallen"


def _unsure_lines(compiled: Sequence[Compiled], tables: Tables) -> str:
    """Lines that are still set aside, each as the first rule that could not decide it saw it."""
    columns = ", ".join(UNSURE_COLUMNS)
    each = "\n  union all\n".join(
        f"  select {columns}, cast({number} as bigint) as turn from {ready.unsure}"
        for number, ready in enumerate(compiled)
    )
    still = (
        f"select cast('left' as varchar) as side, item from {tables.left_aside}\n  union all\n"
        f"  select cast('right' as varchar) as side, item from {tables.right_aside}"
    )
    return (
        f"select {columns} from (\n{each}\n) as u\n"
        f"semi join (\n  {still}\n) as s on s.side = u.side and s.item = u.item\n"
        "qualify row_number() over (partition by side, item order by turn, why, other_item) = 1"
    )


def _suggested(compiled: Sequence[Compiled], tables: Tables) -> str:
    """Suggested matches none of whose lines was confirmed after all."""
    columns = ", ".join(MATCH_COLUMNS)
    each = "\n  union all\n".join(f"  select {columns} from {ready.matches}" for ready in compiled)
    gone = []
    for side in _SIDES:
        rest = f"(select item from {tables.of(side)} union all select item from {tables.aside(side)})"
        for ready in compiled:
            if ready.lines is not None:
                gone.append(
                    f"  select l.match from {ready.lines} as l anti join {rest} as s on s.item = l.item"
                    f" where l.side = '{side}'"
                )
            else:
                gone.append(
                    f"  select m.match from {ready.matches} as m anti join {rest} as s on s.item = m.{side}_item"
                    " where m.status = 'suggested'"
                )
    lost = "\n  union all\n".join(gone)
    return (
        f"select {columns} from (\n{each}\n) as m\nanti join (\n{lost}\n) as g on g.match = m.match\n"
        "where m.status = 'suggested'"
    )


def _suggested_lines(compiled: Sequence[Compiled]) -> str:
    """Lines of suggested matches of several; parts are those on the side that has several."""
    each = [
        f"  select l.match, l.side, l.item, m.rule,\n"
        "    case when l.side = 'left' then m.left_lines > 1 else m.right_lines > 1 end as is_part\n"
        f"  from {ready.lines} as l join suggested as m on m.match = l.match"
        for ready in compiled
        if ready.lines is not None
    ]
    columns = {"match": "VARCHAR", "side": "VARCHAR", "item": "VARCHAR", "rule": "VARCHAR", "is_part": "BOOLEAN"}
    return "\nunion all\n".join([f"  {_empty(columns)}", *each])


def _empty(columns: Mapping[str, str]) -> str:
    listed = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items())
    return f"select * from (select {listed}) as nothing where false"


def _days(name: str) -> Iterable[tuple[dt.date, int]]:
    """Every day of a calendar with its number: a day that is closed has that of the business day before."""
    known, number = calendar(name), 0
    for ordinal in range(known.first_day.toordinal(), known.last_day.toordinal() + 1):
        day = dt.date.fromordinal(ordinal)
        number += is_business_day(known, day)
        yield day, number
