"""Matching two sides of ten million lines by five rules, beside a bare join, pandas and datacompy on the same files.

Each part runs in a process of its own, reading the same Parquet files. Prints one JSON document. Wanted: at most 5
times DuckDB's bare full outer join with all columns written, 4 times faster than a pandas outer merge, 1.2 times
faster than datacompy on Polars, under 8 GiB; the cost of a line within 25 % from 1 to 30 million; and on the price
points of a shop at least 99.9 % of what is confirmed is right.

    python -m benchmarks.bench_match [--lines 10000000] [--sizes 1000000,30000000] [--price-points 40] [--no-peers]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from recoup.app.bench_match import bench
from recoup.simulator.lines import Odds, write_lines

LINES = 10_000_000
RETAIL_LINES = 1_000_000
KIB = 1024
PEERS = ("pandas", "datacompy")


def main() -> None:
    """Run all of it, or one peer when told so by the parent."""
    arguments = _arguments()
    if arguments.peer:
        print(json.dumps(_peer(arguments.peer, Path(arguments.folder))))
        return
    found = bench(arguments.lines, progress=_said)
    peers = {} if arguments.no_peers else _peers(arguments.lines)
    for took in peers.values():
        took["times_slower_than_recoup"] = round(took["seconds"] / found["match_seconds"], 2)
    sizes = {size: bench(size, progress=_said) for size in arguments.sizes}
    per_line = {str(size): told["microseconds_per_line"] for size, told in [(arguments.lines, found), *sizes.items()]}
    retail = bench(RETAIL_LINES, price_points=arguments.price_points, progress=_said)
    told = {
        **found,
        "wanted": {"ratio_to_bare_join": 5, "pandas": 4, "datacompy": 1.2, "peak_mib": 8192, "retail_bps": 9990},
        "peers": peers,
        "microseconds_per_line_by_size": per_line,
        "peak_mib_by_size": {str(size): each["peak_mib"] for size, each in sizes.items()},
        "retail": {name: retail[name] for name in ("by_rule", "matched", "suggested", "ambiguous", "match_seconds")},
    }
    print(json.dumps(told, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--sizes", type=lambda text: [int(size) for size in text.split(",") if size], default="")
    parser.add_argument("--price-points", type=int, default=40)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def _said(said: str) -> None:
    print(said, file=sys.stderr)


def _peers(lines: int) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="recoup-bench-") as place:
        write_lines(Path(place), lines, Odds())
        return {name: _in_process(name, place) for name in PEERS}


def _in_process(peer: str, folder: str) -> dict[str, Any]:
    _said(peer)
    command = [sys.executable, "-m", "benchmarks.bench_match", "--peer", peer, "--folder", folder]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _peer(name: str, folder: Path) -> dict[str, Any]:
    """Read both files and do what the peer does for the same question: what is on both sides, and what differs."""
    started = time.perf_counter()
    rows = {"pandas": _pandas, "datacompy": _datacompy}[name](folder)
    seconds = time.perf_counter() - started
    return {
        "seconds": round(seconds, 2),
        "rows": rows,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB,
    }


def _pandas(folder: Path) -> int:
    """An outer merge on the normalised key, with an indicator of which side a row is on."""
    import pandas

    left, right = (pandas.read_parquet(folder / f"{side}.parquet") for side in ("left", "right"))
    for side in (left, right):
        side["k"] = side["reference"].str.strip().str.upper().str.lstrip("0")
    # Rows without a key meet nothing, as in SQL; pandas would join them all with each other.
    named = pandas.merge(left.dropna(subset="k"), right.dropna(subset="k"), on="k", how="outer", indicator=True)
    return len(named)


def _datacompy(folder: Path) -> int:
    """A comparison on the normalised key, which reports what is on one side alone and what differs."""
    import polars
    from datacompy import PolarsCompare

    key = polars.col("reference").str.strip_chars().str.to_uppercase().str.strip_chars_start("0").alias("k")
    left, right = (
        polars.read_parquet(folder / f"{side}.parquet").with_columns(key).drop_nulls("k") for side in ("left", "right")
    )
    compared = PolarsCompare(left, right, join_columns="k")
    return len(compared.intersect_rows) + len(compared.df1_unq_rows) + len(compared.df2_unq_rows)


if __name__ == "__main__":
    main()
