"""Reads hostile files in processes that may not take much: one for all that is imported, a fork of it for each file.

Told on standard input which files, as positions in `made.all_files()`; answers on standard output a line of JSON each.
"""

import json
import os
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from recoup.enquiry.lens import recognise, records
from recoup.errors import FormatUnknown
from recoup.intake.conformance.bench import Bench, content
from recoup.intake.conformance.samples import Sample, Samples
from recoup.partners.registry import partners
from tests.hostile.made import Hostile, all_files

CPU_SECONDS_MAX = 20
DATA_BYTES_MAX = 2 << 30
"""Far above what is allowed: a file that goes beyond is stopped before it harms the machine, and told as failed."""
LENS_RECORDS = 50
RECEIVED_AT = "2026-03-01T12:00:00Z"


def main() -> None:
    """Read the files that were asked for."""
    known = partners()
    made = all_files()
    with tempfile.TemporaryDirectory(prefix="hostile-") as room:
        Bench(known["stripe"], Samples("default"), Path(room), Path(room)).close()
        for number in json.loads(sys.stdin.read()):
            sys.stdout.write(json.dumps(_in_fork(made[number], Path(room))) + "\n")
            sys.stdout.flush()


def _in_fork(hostile: Hostile, room: Path) -> dict[str, Any]:
    path = room / "file"
    path.write_bytes(hostile.make())
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out:
            out.write(json.dumps(_limited(hostile, path, room)))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answers:
        said = answers.read()
    _, status = os.waitpid(child, 0)
    return {"name": hostile.name, **(json.loads(said) if said else {"failed": f"ended with status {status}"})}


def _limited(hostile: Hostile, path: Path, room: Path) -> dict[str, Any]:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES_MAX, DATA_BYTES_MAX))
    signal.alarm(3 * CPU_SECONDS_MAX)
    Path("/proc/self/clear_refs").write_text("5")  # from here on the peak is this file's own
    before = _memory("VmRSS")
    began = time.process_time()
    try:
        said = _read(hostile, path, room)
        read_seconds = time.process_time() - began
        _look(path)
    except BaseException as problem:  # noqa: BLE001 whatever it is, it is what the test is about
        return {"failed": f"{type(problem).__name__}: {str(problem)[:300]}"}
    seconds = max(read_seconds, time.process_time() - began - read_seconds)
    return {**said, "seconds": seconds, "mib": (_memory("VmHWM") - before) // 1024}


def _read(hostile: Hostile, path: Path, room: Path) -> dict[str, Any]:
    """Read the file by its feed, as if a person had handed it in."""
    inner = Path(tempfile.mkdtemp(dir=room))
    bench = Bench(partners()[hostile.partner], Samples("default"), path.parent, inner)
    heard = bench.read(Sample(hostile.feed, path.name, RECEIVED_AT, 0, name=hostile.file), path.read_bytes())
    bench.close()
    return {
        "status": heard.status,
        "records": heard.records,
        "accounted": heard.accepted + len(heard.quarantined),
        "findings": len(heard.findings),
        "uncounted": bench.uncounted,
        "kept": json.dumps(content(heard), default=str)[: 1 << 20],
        "longest": _longest(content(heard)),
    }


def _memory(name: str) -> int:
    """How many KiB this process has, or had at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _look(path: Path) -> None:
    """Look at the first records through the lens, too."""
    try:
        for number, _ in enumerate(records(recognise(path, partners())), start=1):
            if number == LENS_RECORDS:
                return
    except FormatUnknown:
        return


def _longest(value: Any) -> int:
    """The length of the longest text that would be kept."""
    if isinstance(value, str):
        return len(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return max(map(_longest, inner), default=0)


if __name__ == "__main__":
    main()
