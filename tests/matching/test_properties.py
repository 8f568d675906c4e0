"""What must be true of every run, whatever the lines: worlds that hypothesis makes, few names and amounts in them."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from recoup.matching.run import Decision
from recoup.storage.engine import Engine
from tests.matching.test_run import BATCHED, BY_AMOUNT, LUMP, NEAR
from tests.matching.world import BY_REFERENCE, DAY, PAIR, Found, line, matched, rules
from tests.matching.worlds import Side, everything, sides, sums, used

SUPPORTS = """
[[rule]]
name = "supports"
says = "One batch, and it adds up: somebody may look"
kind = "group"
keys = [{ left = "batch", right = "batch" }]
suggests = true
"""
BY_ITEM = """
[[rule]]
name = "by_item"
says = "Both sides call it the same, which they never do"
keys = [{ left = "item", right = "item" }]
"""
PACKS = {
    "all": (BY_REFERENCE, NEAR, BATCHED, BY_AMOUNT, LUMP),
    "loose": (NEAR, LUMP.replace("window", "suggests = true\nwindow"), SUPPORTS),
    "none": (BY_ITEM,),
}
CROSSES = PAIR.replace('within = ["account", "currency"]', 'within = ["account"]')
Matching = Callable[..., Found]
few = settings(
    max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def run(duckdb_engine: Engine, tmp_path: Path) -> Matching:
    """Match two sides in a folder of their own."""

    def matching(left: Side, right: Side, pack: str = "all", **more: object) -> Found:
        folder = Path(mkdtemp(dir=tmp_path))
        told = rules(*PACKS[pack], pair=str(more.pop("pair", PAIR)))
        return matched(duckdb_engine, folder, told, left, right, **more)  # type: ignore[arg-type]

    return matching


packs = st.sampled_from(sorted(PACKS))
pairs = st.sampled_from([PAIR, CROSSES, PAIR.replace("identity", "# identity"), PAIR + 'sign = "opposite"\n'])


@few
@given(world=sides(), pack=packs, pair=pairs)
def test_every_line_has_one_fate_and_the_money_adds_up(
    run: Matching, world: tuple[Side, Side], pack: str, pair: str
) -> None:
    """A line is confirmed once, or in one break; what breaks say is what the sides differ by."""
    left, right = world
    found = run(left, right, pack, pair=pair)
    every = [row["item"] for row in (*left, *right)]
    confirmed = used(found.matches)
    assert set(confirmed.values()) <= {1}
    assert not confirmed.keys() & (used(found.suggested).keys() | found.ambiguous)
    in_breaks = [row["item"] for row in found.lines]
    assert sorted([*confirmed, *in_breaks]) == sorted(every)
    of = found.outcome
    unsure = {item for item in every if item in found.ambiguous}
    assert of.left_lines + of.right_lines == len(confirmed) + len(unsure) + of.unmatched
    assert sum(of.by_class.values()) == of.breaks == len(found.breaks)
    for row in found.breaks.values():
        _money_of_a_break(found, row, [*left, *right], is_opposite="opposite" in pair)


def _money_of_a_break(found: Found, row: dict[str, object], lines: Side, *, is_opposite: bool) -> None:
    """Its two amounts are the sums of its own lines, and what explains it is what its sentence names."""
    own = {side: [] for side in ("left", "right")}  # type: dict[str, list[str]]
    for told in found.lines:
        if (told["break_item"], told["break_side"]) == (row["item"], row["side"]) and not told["is_related"]:
            own[told["side"]].append(told["item"])
    for side, currency in (("left", "currency"), ("right", "right_currency")):
        if own[side]:
            sign = -1 if is_opposite and side == "right" else 1
            assert {row[currency]: row[f"{side}_minor"]} == {c: sign * n for c, n in sums(lines, own[side]).items()}
        else:
            assert row[f"{side}_minor"] is None
    related = [t["item"] for t in found.lines if t["break_item"] == row["item"] and t["is_related"]]
    assert all(item in str(row["related"]).split() for item in related)


@few
@given(world=sides(), pack=packs)
def test_a_second_run_changes_nothing(run: Matching, world: tuple[Side, Side], pack: str) -> None:
    """Matches, candidates, suggestions and breaks of the same lines are the same; none is new, and none falls."""
    first = run(*world, pack)
    again = run(*world, pack, kept=first.folder)
    assert everything(again) == everything(first)
    assert again.outcome.new == again.outcome.dropped == 0


@few
@given(world=sides(), pack=packs, seed=st.integers(0, 9))
def test_the_order_of_lines_changes_nothing(run: Matching, world: tuple[Side, Side], pack: str, seed: int) -> None:
    """Files are read in any order."""
    shuffled = [Random(seed).sample(side, len(side)) for side in world]
    assert everything(run(*shuffled, pack)) == everything(run(*world, pack))


@few
@given(world=sides(), pack=packs)
def test_a_line_that_has_nothing_to_do_with_the_others_changes_nothing(
    run: Matching, world: tuple[Side, Side], pack: str
) -> None:
    """It is one break more, and all else stays."""
    left, right = world
    before, after = run(left, right, pack), run([*left, line("far", 70, "f-9", currency="CHF")], right, pack)
    assert (after.matches, after.suggested, after.ambiguous) == (before.matches, before.suggested, before.ambiguous)
    assert {item: row for item, row in after.breaks.items() if item != "far"} == before.breaks


@few
@given(world=sides(), seed=st.integers(0, 99))
def test_apart_and_back_is_as_if_nothing_was_said(run: Matching, world: tuple[Side, Side], seed: int) -> None:
    """A person takes a match apart and thinks better of it; what stands after is what stood before, to the last row."""
    before = run(*world)
    if not before.pairs:
        return
    left, right = Random(seed).choice(sorted(before.pairs))
    held = run(*world, kept=before.folder, decisions=[Decision(left, right, is_together=False)])
    assert (left, right) not in held.pairs
    assert everything(run(*world, kept=before.folder)) == everything(before)


@few
@given(world=sides())
def test_nothing_that_is_written_is_a_fraction(run: Matching, world: tuple[Side, Side]) -> None:
    """No float stands in any file of a run."""
    found = run(*world)
    for path in sorted(found.folder.rglob("*.parquet")):
        assert not [f for f in pq.read_schema(path) if pa.types.is_floating(f.type) or pa.types.is_decimal(f.type)]


@settings(few, max_examples=2)
@given(world=sides(lines_max=9), pair=pairs)
def test_both_engines_say_the_same_of_any_world(
    run: Matching, spark_engine: Engine, tmp_path: Path, world: tuple[Side, Side], pair: str
) -> None:
    """Row for row, whatever the lines are."""
    left, right = world
    on_duckdb = run(left, right, pair=pair)
    on_spark = matched(spark_engine, Path(mkdtemp(dir=tmp_path)), rules(*PACKS["all"], pair=pair), left, right)
    assert everything(on_spark) == everything(on_duckdb)


def test_two_currencies_under_one_name_are_never_added(run: Matching) -> None:
    """10.00 EUR and 5.00 USD against 10.00 EUR and 4.00 USD: one difference, of 1.00 USD."""
    left = [line("l1", 1000, "1"), line("l2", 500, "1", currency="USD")]
    right = [line("r1", 1000, "1", on_day=DAY), line("r2", 400, "1", currency="USD")]
    found = run(left, right, "none")
    assert found.breaks["l2"]["stake_minor"] == 100
    assert found.breaks["l2"]["class"] == "amount"
    assert found.breaks["l1"]["stake_minor"] == 0
