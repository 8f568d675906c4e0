"""How fast a large world is written: `python -m benchmarks.bench_simulate [--payments N] [--days N] [--partners LIST]`.

Prints lines of payments and settlement per second, and what ten millions of them take at that speed.
"""

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

from recoup.simulator import simulate
from recoup.simulator.profiles import chosen_partners

WANTED_LINES = 10_000_000


def main() -> None:
    """Write a world and print how fast that went."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--payments", type=int, default=50_000, help="a day at each partner")
    asked.add_argument("--days", type=int, default=3)
    asked.add_argument("--disputes", type=int, default=10, help="for each 10,000 payments")
    asked.add_argument("--partners", default="stripe,adyen")
    asked.add_argument("--out", type=Path, default=None, help="where to; else a directory that is thrown away")
    given = asked.parse_args()
    room = Path(tempfile.mkdtemp(dir=given.out, prefix="bench-simulate-"))
    try:
        begun, computed = time.perf_counter(), time.process_time()
        made = simulate(
            *(1, given.days, room / "world", (), given.payments),
            disputes_per_10k=given.disputes,
            partners=chosen_partners(given.partners),
        )
        seconds, computed = time.perf_counter() - begun, time.process_time() - computed
        lines = sum(_lines(path) for path in (room / "world").rglob("*.csv"))
    finally:
        shutil.rmtree(room)
    told = {
        "payments": made.payments,
        "disputes": made.disputes,
        "deliveries": made.deliveries,
        "lines": lines,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(computed, 1),
        "lines_per_second": int(lines / seconds),
        "seconds_for_10_million_lines": round(WANTED_LINES * seconds / lines, 1),
        "cpu_seconds_for_10_million_lines": round(WANTED_LINES * computed / lines, 1),
    }
    print(json.dumps(told, indent=1))


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


if __name__ == "__main__":
    main()
