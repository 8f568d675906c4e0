"""Statements of MT940 read beside the `mt-940` package, in the same run, by the CPU time of one process.

Ours reads, checks every field, proves every page by its balances and takes the text of `:86:` apart; the package reads
and takes the text apart. Then a longer stream, made while it is read, shows that memory does not grow with it. Prints
one JSON document; wanted are a ratio of at least 3 and a growth of less than 32 MiB.

    python -m benchmarks.bench_mt940 [--movements 20000] [--mebibytes 128]
"""

import argparse
import importlib
import io
import json
import random
import resource
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from recoup.formats import mt940
from recoup.formats.mt940_details import parse

MOVEMENTS_EACH = 40
PEER_SHARE = 4
"""The package is given a quarter of the movements: its rate does not depend on how many there are."""
RATIO_WANTED = 3
GROWTH_WANTED_MIB = 32
MIB = 1 << 20
LINE = (
    ":61:2601050105{mark}{major},{cents:02d}NTRFNONREF//{reference:012d}\r\n"
    ":86:166?00GUTSCHRIFT?109310?20EREF+E2E-{number:08d}-ABCDEF012345?21MREF+M-{number:06d}?22CRED+DE98ZZZ09999999\r\n"
    "999?23SVWZ+RECHNUNG {number:06d} KUNDENN?24UMMER 4711 VIELEN DANK?30\r\n"
    "BYLADEM1001?31DE02120300000000202051?32MUSTER GMBH\r\n"
)


class Endless:
    """A file of statements that is made while it is read, until it has some length."""

    def __init__(self, length: int) -> None:
        self._left = length
        self._statements = statements(random.Random(7))
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Give the next bytes; the last statement is whole."""
        while len(self._rest) < size and self._left > 0:
            made = next(self._statements)
            self._left -= len(made)
            self._rest += made
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def statements(chance: random.Random) -> Iterator[bytes]:
    """Give statements that follow each other and prove themselves."""
    balance, number = 10_000_000, 0
    while True:
        number += 1
        head = f":20:STARTUMS\r\n:25:10020030/1234567890\r\n:28C:{number:05d}/001\r\n:60F:{_balance(balance)}\r\n"
        lines = []
        for line in range(MOVEMENTS_EACH):
            minor, is_credit = chance.randint(1, 99_999), chance.random() < 0.7
            balance += minor if is_credit else -minor
            told = {"mark": "CR" if is_credit else "DR", "major": minor // 100, "cents": minor % 100}
            lines.append(LINE.format(**told, reference=chance.randint(1, 10**12 - 1), number=line))
        yield "".join([head, *lines, f":62F:{_balance(balance)}\r\n-\r\n"]).encode()


def _balance(minor: int) -> str:
    whole, cents = divmod(abs(minor), 100)
    return f"{'C' if minor >= 0 else 'D'}260105EUR{whole},{cents:02d}"


def read(stream: BinaryIO) -> int:
    """Read all movements and their texts; everything must be proved."""
    count = 0
    for item in mt940.read(stream, "statements"):
        if isinstance(item, mt940.Movement):
            parse(item.details)
            count += 1
        elif isinstance(item, mt940.Page):
            assert item.broken is None, item.broken
    return count


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--movements", type=int, default=20_000)
    parser.add_argument("--mebibytes", type=int, default=128)
    asked = parser.parse_args()
    growth = _growth_mib(asked.mebibytes * MIB)  # before anything else has made the process large
    made = statements(random.Random(1))
    parts = [next(made) for _ in range(asked.movements // MOVEMENTS_EACH)]
    ours = _rate(lambda: read(io.BytesIO(b"".join(parts))))
    peer = importlib.import_module("mt940")  # a requirement of the benchmarks alone
    few = b"".join(parts[: len(parts) // PEER_SHARE]).decode()
    theirs = _rate(lambda: len(peer.parse(few)))
    print(
        json.dumps(
            {
                "benchmark": "mt940",
                "movements": asked.movements,
                "ours_per_second": round(ours),
                "mt-940_per_second": round(theirs),
                "ratio": round(ours / theirs, 2),
                "wanted_ratio": RATIO_WANTED,
                "streamed_mib": asked.mebibytes,
                "memory_growth_mib": growth,
                "wanted_growth_mib": GROWTH_WANTED_MIB,
            },
            indent=2,
        )
    )


def _rate(work: Callable[[], int]) -> float:
    began = time.process_time()
    count = work()
    return count / (time.process_time() - began)


def _growth_mib(length: int) -> int:
    read(cast(BinaryIO, Endless(4 * MIB)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read(cast(BinaryIO, Endless(length)))
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024


if __name__ == "__main__":
    main()
