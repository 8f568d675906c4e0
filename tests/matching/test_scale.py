"""A hundred thousand lines: what is confirmed is right, and groups of many with many are found without a search."""

from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from recoup.app.bench_match import bench
from recoup.matching.run import Run
from recoup.storage.engine import DuckEngine, Engine, connect
from tests.matching.test_run import BATCHED
from tests.matching.world import BY_REFERENCE, TODAY, rules

THINGS = 100_000
RIGHT_BPS_MIN = 9_990
GROUPS = 5_000
OPEN = 100_000
"""Lines of each side that nothing on the other side answers."""
SECONDS_MAX = 10
SIDE = """
copy (
  select '{side}' || i as item, 'p' as partner, 'acct' as account, cast(null as varchar) as merchant,
    'EUR' as currency, cast({amount} as bigint) as amount_minor, cast(0 as bigint) as fee_minor,
    date '2026-01-12' as on_day, cast(null as varchar) as reference, cast(null as varchar) as other_reference,
    'batch' || (i // {lines}) as batch, cast(null as varchar) as text
  from range({groups} * {lines}) as r(i)
  union all
  select '{side}open' || i, 'p', 'acct', null, 'EUR', cast(1000000 + i as bigint), 0, date '2026-01-12',
    '{side}name' || i, null, null, null
  from range({opened}) as r(i)
) to '{path}' (format parquet)
"""


def test_what_is_confirmed_is_right_although_prices_repeat(record_property: Callable[[str, object], None]) -> None:
    """Forty prices for a hundred thousand things: of each rule at least 99.9 % right; the rest is left to a person."""
    found = bench(THINGS, price_points=40)
    for rule, quality in found["by_rule"].items():
        record_property(rule, quality)
        assert quality["precision_bps"] >= RIGHT_BPS_MIN, rule
    for rule in ("by_reference", "nearly", "by_batch"):
        assert found["by_rule"][rule]["recall_bps"] >= RIGHT_BPS_MIN, rule
    assert found["suggested"] + found["ambiguous"] > 0


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """DuckDB with little memory: what does not fit is spilled."""
    return DuckEngine(connect(tmp_path / "spill", memory="512MiB"))


def test_groups_of_many_with_many_among_a_hundred_thousand_open_lines(engine: Engine, tmp_path: Path) -> None:
    """Ten lines of one side are five of the other, five thousand times, among a hundred thousand open ones on each.

    One group is a cent short, and is one break; every open line is one, with its sentence.
    """
    files = {side: tmp_path / f"{side}.parquet" for side in ("left", "right")}
    with connect(tmp_path / "made") as made:
        one_short = "20 - case when i = 7 then 1 else 0 end"
        told = {"groups": GROUPS, "opened": OPEN}
        made.execute(SIDE.format(side="l", amount=10, lines=10, path=files["left"], **told))
        made.execute(SIDE.format(side="r", amount=one_short, lines=5, path=files["right"], **told))
    run = Run(engine, rules(BY_REFERENCE, BATCHED), tmp_path / "run", TODAY)
    # Of this process, so that it is the same however busy the machine is.
    began = process_time()
    for side in files:
        run.attach_side(side, [files[side]])  # type: ignore[arg-type]
    run.attach_ground([], [])
    found = run.match()
    assert process_time() - began < SECONDS_MAX
    assert found.by_rule["batched"].matches == GROUPS - 1
    assert found.by_rule["batched"].left_lines == 10 * (GROUPS - 1)
    assert found.unmatched == found.breaks == 2 * OPEN + 15
