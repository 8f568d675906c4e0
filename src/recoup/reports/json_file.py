"""JSON for programs: the stamp, and each answer by the names of its columns, amounts in minor units."""

from pathlib import Path
from typing import Any

import msgspec

from recoup.domain.instants import render_instant
from recoup.reports.answers import Answer
from recoup.reports.stamp import Stamp

_INSTANTS = ("as_of", "known_at", "made_at", "slot_at")


def write_json(path: Path, answers: tuple[Answer, ...], stamp: Stamp) -> None:
    """Write all answers of a run."""
    found = {"stamp": stamp_document(stamp), "answers": {a.question.name: a.objects() for a in answers}}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


def write_stamp(path: Path, stamp: Stamp) -> None:
    """Write the stamp alone."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(stamp_document(stamp)), indent=1) + b"\n")


def stamp_document(stamp: Stamp) -> dict[str, Any]:
    """Give the stamp as it is shown to programs: instants as text, like everywhere in JSON."""
    found: dict[str, Any] = msgspec.to_builtins(stamp)
    asked: dict[str, Any] = found.pop("asked")
    for name in _INSTANTS:
        asked[name] = None if asked[name] is None else render_instant(asked[name])
    return {"run": found.pop("run"), "report": found.pop("report"), "title": found.pop("title"), **asked, **found}
