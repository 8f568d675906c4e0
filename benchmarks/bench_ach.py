"""ACH files read beside the `ach` package, in the same run, by the CPU time of one process.

The package cuts records into dictionaries and checks nothing; ours checks every record, count, hash and sum, and reads
from a stream. Files are of two kinds: debits with an addenda of payment information, and returns; the latter also
through the partner's feed, up to observations and money lines. Where a file is named, it is measured too. Then a larger
file, on disk, shows that memory does not grow with it. Prints one JSON document; wanted are a ratio of at least 0.5 for
both kinds and a growth of less than 32 MiB.

    python -m benchmarks.bench_ach [--entries 50000] [--larger 100] [--file CCD.ach.gz]
"""

import argparse
import gzip
import io
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from ach.parser import Parser

from recoup.formats.nacha import Nacha
from recoup.partners.ach.partner import PARTNER
from recoup.partners.contract import Arrived, FileFeed

EACH = 500
"""Entries of a batch."""
RATIO_WANTED = 0.5
GROWTH_WANTED_MIB = 32
MODULUS = 10**10
OURS, THEIRS = "12104288", "23138010"


def file(entries: int, *, is_returns: bool) -> Iterator[bytes]:
    """Give a file whose every control is right, batch by batch: of returns that came to us, or of debits we sent."""
    sender, receiver = (THEIRS, "121042882") if is_returns else (OURS, "231380104")
    code, hashed = ("26", int(OURS)) if is_returns else ("27", int(THEIRS))
    batches, debits, file_hash = entries // EACH, 0, 0
    yield f"101 {OURS}2 {THEIRS}42602020930A094101{'Our Bank':23}{'The Network':23}".ljust(94).encode() + b"\n"
    for batch in range(1, batches + 1):
        lines, total = [], 0
        for at in range(1, EACH + 1):
            number = (batch * EACH + at) % 10**7
            cents, trace = 100 + number % 90_000, f"{sender}{at:07}"
            total += cents
            name = f"{f'ID{number}':15}{'RECEIVER NAME':22}  "
            lines.append(f"6{code}{receiver}{'744-5678-99':17}{cents:010}{name}1{trace}")
            told = f"799R01{OURS}{number:07}{'':6}{THEIRS}{'':44}{trace}"
            lines.append(told if is_returns else f"705{f'INVOICE {number}':80}0001{trace[8:]}")
        batch_hash = hashed * EACH % MODULUS
        header = f"5200{'Company Name':36}{'121042882':10}PPD{'VENDOR PAY':10}{'':6}2601300331{sender}{batch:07}"
        sums = f"{2 * EACH:06}{batch_hash:010}{total:012}{0:012}"
        control = f"8200{sums}{'121042882':10}{'':25}{sender}{batch:07}"
        yield "".join(f"{line}\n" for line in (header, *lines, control)).encode()
        debits, file_hash = debits + total, (file_hash + batch_hash) % MODULUS
    records = batches * (2 * EACH + 2) + 2
    sums = f"{-(-records // 10):06}{2 * EACH * batches:08}{file_hash:010}{debits:012}{0:012}"
    yield f"9{batches:06}{sums}".ljust(94).encode() + b"\n" + (b"9" * 94 + b"\n") * (-records % 10)


def read(stream: BinaryIO) -> int:
    """Read all entries; everything must hold."""
    nacha = Nacha(stream)
    count = sum(1 for _ in nacha.entries())
    assert nacha.held is None, nacha.held
    assert not nacha.findings, nacha.findings[0]
    return count


def read_by_feed(stream: BinaryIO) -> int:
    """Read returns up to observations and money lines; nothing may be left out."""
    feed = PARTNER.feeds["returns"]
    assert isinstance(feed, FileFeed)
    count = 0
    for part in feed.read(Arrived("del_1", "ach", "us", "returns", "r.ach", 0, "America/New_York"), stream):
        count += len(part.observations)
        assert part.held is None, part.held
        assert not part.quarantined, part.quarantined[0]
        assert len(part.observations) == len(part.money_lines) == part.accepted
    return count


def read_by_peer(text: str) -> int:
    """The same by the package."""
    return sum(len(batch["entries"]) for batch in Parser(text).as_dict()["batches"])


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=50_000)
    parser.add_argument("--larger", type=int, default=100, help="how many times as large the file on disk is")
    parser.add_argument("--file", type=Path, help="a file to measure beside the generated ones, gzip or not")
    asked = parser.parse_args()
    growth = _growth(asked.entries * asked.larger)  # before anything else has made the process large
    told: dict[str, object] = {"benchmark": "ach", "unit": "records per second", "wanted_ratio": RATIO_WANTED}
    for name, is_returns in (("debits", False), ("returns", True)):
        told[name] = _beside(b"".join(file(asked.entries, is_returns=is_returns)))
    raw = b"".join(file(asked.entries, is_returns=True))
    seconds = _seconds(lambda: read_by_feed(io.BytesIO(raw)))
    told["returns_to_observations"] = {"ours_per_second": round(raw.count(b"\n") / seconds)}
    if asked.file is not None:
        bytes_ = asked.file.read_bytes()
        told[asked.file.name] = _beside(gzip.decompress(bytes_) if asked.file.suffix == ".gz" else bytes_)
    print(json.dumps(told | growth, indent=2))


def _beside(raw: bytes) -> dict[str, object]:
    """Both over the same bytes, in turns, each at its best: the machine is shared."""
    assert read(io.BytesIO(raw)) == read_by_peer(raw.decode())
    ours, theirs = [], []
    for _ in range(3):
        ours.append(_seconds(lambda: read(io.BytesIO(raw))))
        theirs.append(_seconds(lambda: read_by_peer(raw.decode())))
    records = raw.count(b"\n")
    return {
        "records": records,
        "ours_per_second": round(records / min(ours)),
        "ach_per_second": round(records / min(theirs)),
        "ratio": round(min(theirs) / min(ours), 2),
    }


def _seconds(work: Callable[[], int]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _growth(entries: int) -> dict[str, object]:
    with tempfile.TemporaryFile() as stream:
        size = sum(stream.write(part) for part in file(entries, is_returns=False))
        stream.seek(0)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        read(cast(BinaryIO, stream))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "streamed_mib": size >> 20,
        "memory_growth_mib": (peak - before) // 1024,
        "peak_memory_mib": peak // 1024,
        "wanted_growth_mib": GROWTH_WANTED_MIB,
    }


if __name__ == "__main__":
    main()
