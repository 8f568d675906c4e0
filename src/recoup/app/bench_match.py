"""`recoup bench match`: five rules over two sides of simulated lines, beside DuckDB's bare join of the same files.

The bare join is the floor of the work: a full outer join on the same normalised key, all columns of both sides written
to Parquet. Each part runs in a process of its own, so that its peak of memory is its own.
"""

import datetime as dt
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from recoup.matching.load import read_rules
from recoup.matching.normal import written
from recoup.matching.rule import SIDE_COLUMNS
from recoup.matching.run import Outcome, Run
from recoup.settings import EngineSettings
from recoup.simulator import lines as simulated
from recoup.storage.engine import connect
from recoup.storage.engines import open_engine

RULES = Path(simulated.__file__).parent / "lines.toml"
ON_DAY = dt.date(2026, 4, 30)
MEMORY = "5GiB"
KIB = 1024
Part = Literal["bare", "match"]
Progress = Callable[[str], None]


class Work(msgspec.Struct, frozen=True):
    """What one process is told to do."""

    part: Part
    folder: str
    engine: str = "duckdb"


class Took(msgspec.Struct, frozen=True):
    """What it took."""

    seconds: float
    peak_mib: int
    outcome: Outcome | None = None


class RuleQuality(msgspec.Struct, frozen=True):
    """How right the confirmed matches of a rule are, held against the truth; shares in parts of ten thousand."""

    confirmed: int
    right: int
    precision_bps: int
    recall_bps: int | None
    """Of the things that are there for this rule; None where the truth does not say."""


def bench(
    things: int, *, seed: int = 1, price_points: int = 0, engine: str = "duckdb", progress: Progress | None = None
) -> dict[str, Any]:
    """Simulate, join, match, and compare.

    Args:
      things: About as many lines are on each side.
      seed: Of the simulated lines.
      price_points: How many amounts there are; 0 for amounts of all kinds.
      engine: What computes the match; the bare join is DuckDB's always.
      progress: Hears what is being done.
    """
    say = progress or (lambda said: None)
    with tempfile.TemporaryDirectory(prefix="recoup-bench-") as place:
        folder = Path(place)
        say("simulating")
        made = simulated.write_lines(folder, things, simulated.Odds(), seed=seed, price_points=price_points)
        say("bare join")
        bare = _in_process(Work("bare", place))
        say("matching")
        match = _in_process(Work("match", place, engine))
        say("holding against the truth")
        quality = _quality(folder)
    assert match.outcome is not None, "a match has one"
    return {
        "lines": dict(made.counts),
        "price_points": price_points,
        "engine": engine,
        "bare_join_seconds": round(bare.seconds, 2),
        "match_seconds": round(match.seconds, 2),
        "ratio_to_bare_join": round(match.seconds / bare.seconds, 2),
        "microseconds_per_line": round(match.seconds * 1e6 / sum(made.counts.values()), 2),
        "peak_mib": match.peak_mib,
        "bare_join_peak_mib": bare.peak_mib,
        "matched": match.outcome.matched,
        "ambiguous": match.outcome.ambiguous,
        "suggested": match.outcome.suggested,
        "breaks": match.outcome.by_class,
        "by_rule": {name: msgspec.to_builtins(found) for name, found in quality.items()},
    }


def _in_process(work: Work) -> Took:
    command = [sys.executable, "-m", "recoup.app.bench_match"]
    done = subprocess.run(command, input=msgspec.json.encode(work), stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Took)


def _work(work: Work) -> Took:
    folder, started = Path(work.folder), time.perf_counter()
    outcome = None
    if work.part == "bare":
        _bare(folder)
    else:
        outcome = _match(folder, work.engine)
    seconds = time.perf_counter() - started
    return Took(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB, outcome)


def _bare(folder: Path) -> None:
    """Join both files on the rule's own key and write all columns of both."""
    key = written("reference", ("trim", "upper", "unpad"))
    columns = [f"{side[0]}.{name} as {side}_{name}" for side in ("left", "right") for name in SIDE_COLUMNS]
    left, right = (f"(select *, {key} as k from read_parquet('{folder / side}.parquet'))" for side in ("left", "right"))
    with connect(folder / "spill-bare", memory=MEMORY, is_ordered=False) as connection:
        connection.execute(
            f"copy (select {', '.join(columns)} from {left} as l full join {right} as r on l.k = r.k)"
            f" to '{folder / 'bare.parquet'}' (format parquet, compression zstd)"
        )


def _match(folder: Path, engine: str) -> Outcome:
    settings = EngineSettings(memory=MEMORY, threads=2)
    opened = open_engine(engine, settings, folder / "spill-match")
    try:
        run = Run(opened, read_rules(RULES.name, RULES.read_bytes()), folder / "found", ON_DAY)
        for side in ("left", "right"):
            run.attach_side(side, [folder / f"{side}.parquet"])
        run.attach_ground([], [])
        return run.match()
    finally:
        opened.close()


_FATES = {"by_reference": "exact", "nearly": "near", "by_batch": "batch", "by_amount": "unnamed", "lump": "lump"}
"""The rule that is there for what happened to a thing."""


def _quality(folder: Path) -> dict[str, RuleQuality]:
    """Hold confirmed matches against the truth: right if all lines are of one thing."""
    with connect(folder / "spill-truth", memory=MEMORY, is_ordered=False) as connection:
        connection.execute(f"create view truth as select * from read_parquet('{folder / 'truth.parquet'}')")
        found = folder / "found"
        connection.execute(f"create view match as select * from read_parquet('{found / 'match' / '*.parquet'}')")
        connection.execute(f"create view line as select * from read_parquet('{found / 'line' / '*.parquet'}')")
        rows = connection.execute(_RIGHT).fetchall()
        there = dict(connection.execute("select fate, count(distinct thing) from truth group by fate").fetchall())
    return {rule: _rule_quality(confirmed, right, there.get(_FATES.get(rule, ""))) for rule, confirmed, right in rows}


_RIGHT = """
with told as (
  select m.match, m.rule, 'left' as side, m.left_item as item from match as m
  where m.left_lines = 1 and m.right_lines = 1
  union all
  select m.match, m.rule, 'right', m.right_item from match as m where m.left_lines = 1 and m.right_lines = 1
  union all
  select m.match, m.rule, l.side, l.item from match as m join line as l on l.match = m.match
)
select rule, count(*) as confirmed, count(*) filter (where things = 1) as right_ones
from (
  select t.match, t.rule, count(distinct truth.thing) as things
  from told as t join truth on truth.side = t.side and truth.item = t.item group by t.match, t.rule
)
group by rule order by rule
"""


def _rule_quality(confirmed: int, right: int, there: int | None) -> RuleQuality:
    recall = None if there is None else right * 10_000 // max(there, 1)
    return RuleQuality(confirmed, right, right * 10_000 // max(confirmed, 1), recall)


def main() -> None:
    """Do the work that standard input tells; say on standard output what it took."""
    work = msgspec.json.decode(sys.stdin.buffer.read(), type=Work)
    sys.stdout.buffer.write(msgspec.json.encode(_work(work)))


if __name__ == "__main__":
    main()
