"""Files made to harm are refused, or read as the harmless text that they are, quickly and in little memory."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.made import all_files

ROOT = Path(__file__).parents[2]
FILES_MIN = 200
SECONDS_MAX = 2
MIB_MAX = 256
"""Beyond what the program itself takes before it reads anything."""
KEPT_CHARACTERS_MAX = 4_096
"""No text that is kept of a record is longer."""
PARTS = 16
SAMPLED = 29
"""Every so manieth in the quick run: a prime, so that families and feeds take turns."""


def told(numbers: Sequence[int]) -> list[dict[str, Any]]:
    """What became of some of the files, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile.child"],
        input=json.dumps(list(numbers)),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def wrong(said: dict[str, Any]) -> list[str]:
    """What is wrong with how one file was read."""
    if "failed" in said:
        return [f"{said['name']}: {said['failed']}"]
    checks = {
        f"{said['seconds']:.1f} s": said["seconds"] <= SECONDS_MAX,
        f"{said['mib']} MiB": said["mib"] <= MIB_MAX,
        f"{said['records']} records, {said['accounted']} accounted for": said["status"] != "read"
        or said["records"] == said["accounted"],
        f"records went missing: {said['uncounted']}": not said["uncounted"],
        "refused without a reason": said["status"] == "read" or said["findings"] > 0,
        f"a text of {said['longest']} characters kept": said["longest"] <= KEPT_CHARACTERS_MAX,
        "a file of ours in what was kept": "root:x:0" not in said["kept"],
        "a NUL kept, which no database holds": "\\u0000" not in said["kept"],
    }
    return [f"{said['name']}: {what}" for what, is_right in checks.items() if not is_right]


def test_there_are_enough_of_them() -> None:
    """Each with a name of its own."""
    names = [hostile.name for hostile in all_files()]
    assert len(names) >= FILES_MIN
    assert len(set(names)) == len(names)


def test_some_hostile_files_do_no_harm() -> None:
    """A few of each kind; all of them in the slow run."""
    numbers = range(0, len(all_files()), SAMPLED)
    found = told(numbers)
    assert len(found) == len(numbers)
    assert [line for said in found for line in wrong(said)] == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_hostile_file_does_harm(part: int) -> None:
    """Every one, in parts that run beside each other."""
    numbers = range(part, len(all_files()), PARTS)
    found = told(numbers)
    assert len(found) == len(numbers)
    assert [line for said in found for line in wrong(said)] == []
