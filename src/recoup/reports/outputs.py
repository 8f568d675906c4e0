"""Outputs: the files of one run, in a folder that is there whole or not at all.

A folder is `<report>-<what was chosen>-<run>` and holds the formats asked for and `stamp.json`. It is written beside
its place under a name that begins with a point, and renamed when every file is on the disk.
"""

import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from recoup.reports.answers import Answer
from recoup.reports.csv_file import write_csv
from recoup.reports.definition import Figures, Format
from recoup.reports.json_file import write_json, write_stamp
from recoup.reports.library import Report
from recoup.reports.page import write_page
from recoup.reports.parquet_file import write_parquet
from recoup.reports.spreadsheet import write_spreadsheet
from recoup.reports.stamp import Stamp
from recoup.storage.files import sync

STAMP = "stamp.json"
_RUN_SHOWN = 12
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.-]+")


class Run(msgspec.Struct, frozen=True):
    """A report that was made, before it is written: what was asked, what came, and the stamp on it."""

    report: Report
    answers: tuple[Answer, ...]
    stamp: Stamp


Writer = Callable[[Run, Path, Path], None]
"""Writes a run in one format into a folder, with a further folder of fonts."""


def write(
    run: Run, formats: tuple[Format, ...], folder: Path, fonts: Path, writers: Mapping[Format, Writer] | None = None
) -> Path:
    """Write a run into a folder of its own below `folder`; gives that folder.

    Args:
      run: What to write.
      formats: In which.
      folder: Where runs are put; made when missing.
      fonts: A folder with further fonts, which need not be there.
      writers: What writes each format; `WRITERS` by default.
    Raises:
      FormatMissing: The library that writes a format is not installed; nothing is written then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / _folder_name(run.stamp)
    temporary = folder / f".{place.name}.{secrets.token_hex(8)}"
    temporary.mkdir()
    try:
        for form in dict.fromkeys(formats):
            (writers or WRITERS)[form](run, temporary, fonts)
        write_stamp(temporary / STAMP, run.stamp)
        for file in temporary.iterdir():
            sync(file)
        _put(temporary, place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return place


def _put(temporary: Path, place: Path) -> None:
    """Rename into place; what an attempt that was cut off left there goes away."""
    if place.exists():
        old = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
        place.replace(old)
        shutil.rmtree(old, ignore_errors=True)
    temporary.replace(place)
    sync(place.parent)


def _folder_name(stamp: Stamp) -> str:
    values = [value for value in stamp.asked.parameters.values() if value is not None]
    words = [stamp.report, *(_NOT_IN_NAMES.sub("_", value)[:40].strip("._") for value in values)]
    return "-".join([*(word for word in words if word), stamp.run[:_RUN_SHOWN]])


def _csv(run: Run, folder: Path, _fonts: Path) -> None:
    for answer in run.answers:
        write_csv(folder / f"{answer.question.name}.csv", answer)


def _parquet(run: Run, folder: Path, _fonts: Path) -> None:
    for answer in run.answers:
        write_parquet(folder / f"{answer.question.name}.parquet", answer, run.stamp)


def _json(run: Run, folder: Path, _fonts: Path) -> None:
    write_json(folder / f"{run.report.name}.json", run.answers, run.stamp)


def _xlsx(run: Run, folder: Path, _fonts: Path) -> None:
    write_spreadsheet(folder / f"{run.report.name}.xlsx", run.answers, run.stamp, dict(_titles(run.report)))


def _pdf(run: Run, folder: Path, fonts: Path) -> None:
    write_page(folder / f"{run.report.name}.pdf", run.report, run.answers, run.stamp, fonts)


def _titles(report: Report) -> Iterator[tuple[str, str]]:
    """Give the title of each question: that of the first section that asks it."""
    for section in reversed(report.definition.section):
        yield section.question, section.title or ("Figures" if isinstance(section, Figures) else section.question)


WRITERS: Mapping[Format, Writer] = {
    "csv": _csv,
    "parquet": _parquet,
    "json": _json,
    "xlsx": _xlsx,
    "pdf": _pdf,
}
