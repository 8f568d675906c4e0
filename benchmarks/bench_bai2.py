"""Reports of BAI2 read beside the `bai2` package, in the same run, by the CPU time of one process.

Both check the totals of accounts, groups and the file; ours also proves the balances, and reads from a stream. Reports
are of two kinds: transactions on one line each, and with a continuation each. Then a larger file, on disk, shows that
memory does not grow with it. Prints one JSON document; wanted are a ratio of at least 1 for both kinds and a growth of
less than 32 MiB.

    python -m benchmarks.bench_bai2 [--transactions 40000] [--larger 20]
"""

import argparse
import importlib
import io
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from recoup.formats import bai2

EACH = 200
RATIO_WANTED = 1
GROWTH_WANTED_MIB = 32


def report(transactions: int, has_continuations: bool) -> Iterator[bytes]:
    """Give a report of one group whose every total is right, account by account."""
    chance = random.Random(1)
    total = records = 0
    accounts = transactions // EACH
    yield b"01,122099999,123456789,260105,0200,1,,,2/\n02,123456789,122099999,1,260104,2359,USD,2/\n"
    for account in range(accounts):
        lines, control = _account(chance, account, has_continuations)
        total += control
        records += len(lines)
        yield "".join(f"{line}\n" for line in lines).encode()
    yield f"98,{total},{accounts},{records + 2}/\n99,{total},1,{records + 4}/\n".encode()


def _account(chance: random.Random, number: int, has_continuations: bool) -> tuple[list[str], int]:
    opening, sums, lines = 100_000_000, {165: 0, 455: 0}, []
    for line in range(EACH):
        minor, kind = chance.randint(1, 99_999), 165 if chance.random() < 0.7 else 455
        sums[kind] += minor
        reference = chance.randint(10**11, 10**12 - 1)
        lines.append(f"16,{kind},{minor},Z,{reference},REF{line:08d},ACH ENTRY FROM CUSTOMER NUMBER {line}/")
        if has_continuations:
            lines.append(f"88,EREF: E2E-{line:08d}/")
    closing = opening + sums[165] - sums[455]
    head = [
        f"03,{1_000_000 + number},USD,010,{opening},,,015,{closing},,/",
        f"88,100,{sums[165]},,,400,{sums[455]},,/",
    ]
    total = opening + closing + 2 * (sums[165] + sums[455])
    return [*head, *lines, f"49,{total},{len(lines) + 3}/"], total


def read(stream: BinaryIO) -> int:
    """Read all transactions; everything must be proved."""
    count = 0
    for item in bai2.read(stream, "report"):
        if isinstance(item, bai2.Transaction):
            count += 1
        elif isinstance(item, bai2.End):
            assert item.broken is None, item.broken
            assert not item.findings, item.findings
    return count


def read_by_peer(text: str) -> int:
    """The same by the package."""
    peer = importlib.import_module("bai2.bai2")  # a requirement of the benchmarks alone
    file = peer.parse_from_string(text)
    return sum(len(account.children) for group in file.children for account in group.children)


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--transactions", type=int, default=40_000)
    parser.add_argument("--larger", type=int, default=20, help="how many times as large the file on disk is")
    asked = parser.parse_args()
    growth = _growth(asked.transactions * asked.larger)  # before anything else has made the process large
    told: dict[str, object] = {"benchmark": "bai2", "transactions": asked.transactions, "wanted_ratio": RATIO_WANTED}
    for name, has_continuations in (("one_line", False), ("continued", True)):
        raw = b"".join(report(asked.transactions, has_continuations))
        ours = _rate(lambda raw=raw: read(io.BytesIO(raw)))  # type: ignore[misc]
        theirs = _rate(lambda raw=raw: read_by_peer(raw.decode()))  # type: ignore[misc]
        told[name] = {
            "ours_per_second": round(ours),
            "bai2_per_second": round(theirs),
            "ratio": round(ours / theirs, 2),
        }
    print(json.dumps(told | growth, indent=2))


def _rate(work: Callable[[], int]) -> float:
    began = time.process_time()
    count = work()
    return count / (time.process_time() - began)


def _growth(transactions: int) -> dict[str, object]:
    with tempfile.TemporaryFile() as file:
        size = sum(file.write(part) for part in report(transactions, has_continuations=True))
        file.seek(0)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        read(cast(BinaryIO, file))
        growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    return {
        "streamed_mib": size >> 20,
        "memory_growth_mib": growth,
        "wanted_growth_mib": GROWTH_WANTED_MIB,
    }


if __name__ == "__main__":
    main()
