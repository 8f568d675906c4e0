"""Histories that give the same state in any order: how many were tried, how many differed.

Ten thousand drawn histories of one dispute go through fold, book and expect in
memory, each in its own order and in another with repetitions. Two hundred more,
as signed Stripe webhooks, swept pages and settlement pages in directories of
deliveries, go through the register and the command line, and are compared by
`state-hash` and `books trial`.

    python -m benchmarks.bench_permutations [--in-memory 10000] [--command-line 200]

Prints one JSON document; anything but 0 under `differing` is a defect.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from recoup.domain.instants import render_instant
from recoup.formats.http_message import HttpMessage, write
from recoup.intake.arrival import Arrival
from tests.fakes import stripe_messages as stripe
from tests.fakes.command_line import answer, empty_home
from tests.fakes.histories import History, histories
from tests.intake.test_permutations import derived

SETUP = f"""
[[account]]
partner = "stripe"
account = "{stripe.ACCOUNT}"
zone = "America/New_York"
[[account.key]]
name = "one"
secret = "{stripe.SECRET}"
[[account.contract]]
valid_from = "2024-01-01"
calendar = "fed"
[account.contract.days]
announce_to_settle = 5
win_to_credit = 7
"""


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--in-memory", type=int, default=10_000)
    parser.add_argument("--command-line", type=int, default=200)
    given_ = parser.parse_args()
    figures = {"in_memory": in_memory(given_.in_memory), "command_line": through_the_register(given_.command_line)}
    print(json.dumps(figures, indent=2))


def in_memory(count: int) -> dict[str, Any]:
    """Fold, book and expect that many drawn histories in two orders each."""
    tried = differing = 0

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(), st.integers(0, 2**32))
    def compare(history: History, seed: int) -> None:
        nonlocal tried, differing
        tried += 1
        straight, mixed = derived(history), derived(history.shuffled(seed))
        differing += [sorted(map(repr, part)) for part in straight[1:]] != [
            sorted(map(repr, part)) for part in mixed[1:]
        ] or straight[0] != mixed[0]

    started = time.perf_counter()
    compare()
    return {"histories": tried, "differing": differing, "seconds": round(time.perf_counter() - started, 1)}


def through_the_register(count: int) -> dict[str, Any]:
    """Take that many histories in twice through the command line, in order and in disorder."""
    differing = 0
    started = time.perf_counter()
    for seed in range(count):
        with tempfile.TemporaryDirectory(prefix="recoup-bench-") as name:
            differing += _differs(Path(name), seed)
        print(f"\r{seed + 1} of {count}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return {"histories": count, "differing": differing, "seconds": round(time.perf_counter() - started, 1)}


def _differs(room: Path, seed: int) -> bool:
    chance = random.Random(seed)
    told = life(chance)
    mixed = [*told, *chance.sample(told, chance.randint(0, len(told)))]
    chance.shuffle(mixed)
    return _state(room / "straight", [told]) != _state(room / "mixed", [mixed[::2], mixed[1::2]])


def life(chance: random.Random) -> list[Arrival]:
    """A dispute as Stripe could tell it: some steps lost, some at one instant, swept in between, settled or not."""
    statuses = [s for s in ("warning_needs_response", "needs_response", "under_review") if chance.random() < 0.8]
    statuses.append(chance.choice(("won", "lost", "needs_response", "a_new_word")))
    told: list[Arrival] = []
    at = stripe.START
    for number, status in enumerate(statuses):
        at += chance.choice((0, 60, stripe.DAY))
        moved = [stripe.withdrawal()] if number and chance.random() < 0.7 else []
        moved += [stripe.reversal()] if status == "won" and chance.random() < 0.7 else []
        body = stripe.dispute(status=status, balance_transactions=moved)
        kind = "charge.dispute.created" if number == 0 else "charge.dispute.updated"
        told.append(stripe.webhook(stripe.event(f"evt_{number}", kind, at, body), at, lag=chance.randint(1, 250)))
        if chance.random() < 0.5:
            told.append(stripe.fetched("disputes", stripe.page(body), at + chance.randint(1, stripe.DAY), f"d{number}"))
        if moved:
            told.append(stripe.fetched("balance_transactions", stripe.page(*moved), at + stripe.DAY, f"m{number}"))
    return told


def _state(place: Path, parts: Sequence[Sequence[Arrival]]) -> tuple[Any, Any]:
    home = empty_home(place / "home")
    for number, part in enumerate(parts):
        if not part:
            continue
        folder = place / f"part-{number}"
        _write_directory(folder, part)
        answer(home, "ingest", str(folder))
    return answer(home, "state-hash"), answer(home, "books", "trial")


def _write_directory(folder: Path, arrivals: Sequence[Arrival]) -> None:
    folder.mkdir(parents=True)
    (folder / "setup.toml").write_text(SETUP)
    lines = []
    for number, a in enumerate(arrivals):
        path = f"{a.partner}/{a.feed}/{number}/{a.name}.http"
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_bytes(write(HttpMessage(a.start_line, a.headers, a.body or b"")))
        line = {"path": path, "partner": a.partner, "feed": a.feed, "received_at": render_instant(a.landed_at)}
        lines.append(json.dumps(line))
    (folder / "deliveries.jsonl").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
