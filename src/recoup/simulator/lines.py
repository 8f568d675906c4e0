"""Two sides of a simulated ledger with the truth of what belongs together: millions of lines in seconds.

For measuring how fast and how right matching is; the lines have the columns of a side and nothing to do with a partner.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from recoup.matching.rule import SIDE_COLUMNS
from recoup.storage.engine import connect

_LINES = (Path(__file__).parent / "sql" / "lines.sql").read_text(encoding="utf-8")


class Odds(msgspec.Struct, frozen=True):
    """How often what happens, in ten thousand things; all else is told once on each side, with one reference."""

    batch: int = 300
    """Blocks of eight lines that one line of the other side pays together, under the name of a batch."""
    lump: int = 100
    """Blocks with two to four lines that one line without a name is the sum of."""
    unnamed: int = 100
    near: int = 100
    wrong: int = 50
    doubled: int = 20
    missing_left: int = 50
    missing_right: int = 50


class Lines(msgspec.Struct, frozen=True):
    """Where the lines are."""

    left: Path
    right: Path
    truth: Path
    """Columns side, item, thing, fate: lines of one thing belong together."""
    columns: tuple[str, ...]
    counts: Mapping[str, int]
    """Lines by side."""


def write_lines(
    folder: Path, things: int, odds: Odds, *, seed: int = 1, days: int = 90, price_points: int = 0
) -> Lines:
    """Write both sides and the truth as Parquet.

    Args:
      folder: Where to.
      things: How many things there are to tell of; about as many lines are on each side.
      odds: What happens how often.
      seed: The same seed gives the same lines.
      days: Over how many days they are spread.
      price_points: How many amounts there are, as in a shop; 0 for amounts of all kinds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix="spill-") as spill,
        connect(Path(spill), memory="4GiB", is_ordered=False) as connection,
    ):
        given = {"seed": seed, "things": things, "days": days, "price_points": price_points}
        parameters = {**given, **msgspec.structs.asdict(odds)}
        connection.execute(f"create temp table line as {_LINES}", parameters)
        counts = {}
        for side in ("left", "right"):
            connection.execute(
                f"copy (select {', '.join(map(_as_told, SIDE_COLUMNS))} from line where side = '{side}')"
                f" to '{folder / side}.parquet' (format parquet, compression zstd)"
            )
            rows = connection.execute("select count(*) from line where side = $side", {"side": side}).fetchall()
            counts[side] = int(rows[0][0])
        connection.execute(
            f"copy (select side, item, thing, fate from line) to '{folder / 'truth'}.parquet' (format parquet)"
        )
    return Lines(
        folder / "left.parquet", folder / "right.parquet", folder / "truth.parquet", tuple(SIDE_COLUMNS), counts
    )


def _as_told(column: str) -> str:
    made = {
        "partner": "cast('partner' as varchar)",
        "fee_minor": "cast(0 as bigint)",
        "other_reference": "cast(null as varchar)",
        "text": "cast(null as varchar)",
    }
    return f"{made.get(column, column)} as {column}"
