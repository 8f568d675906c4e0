"""The reports there are, by what each says of itself: read at once, since no question of theirs is looked at.

Those of the pack are checked whole by the tests, and say in `answers_known_at` what their questions can. `library.py`
checks a report whole.
"""

import tomllib
from pathlib import Path

import msgspec

from recoup.errors import RecoupError, ReportInvalid
from recoup.reports.definition import FILE, Definition
from recoup.reports.schedule import check_schedule, slots

PACK = Path(__file__).with_name("pack")
OWN = "reports"
"""The folder of a home with its own reports."""


class Listed(msgspec.Struct, frozen=True):
    """One report as it says of itself."""

    name: str
    place: str
    """Where it was read from."""
    is_own: bool
    definition: Definition

    @property
    def answers_known_at(self) -> bool:
        """Whether every question of it can be asked as we knew it at an instant."""
        return bool(self.definition.answers_known_at)

    @property
    def is_by_merchant(self) -> bool:
        """Whether a schedule asks for it once for each merchant, of whom there may be none."""
        return any(parameter.default is None for parameter in self.definition.parameter)


def pack() -> list[Listed]:
    """Give the reports that ship with Recoup, in order of name."""
    return [Listed(folder.name, f"pack/{folder.name}", False, read_definition(folder)) for folder in folders(PACK)]


def has_own(home: Path) -> bool:
    """Say whether a home has reports of its own."""
    return bool(folders(home / OWN))


def scheduled(home: Path) -> list[Listed]:
    """Give the reports of the pack and of a home that have a schedule; what cannot be read is left to who makes it."""
    found = pack()
    for folder in folders(home / OWN):
        try:
            definition = read_definition(folder)
            if definition.schedule is not None:
                check_schedule(definition.schedule, folder.name)
        except RecoupError:
            continue
        found.append(Listed(folder.name, f"{OWN}/{folder.name}", True, definition))
    return [report for report in found if report.definition.schedule is not None]


def due_slot(report: Listed, latest: int | None, now: int) -> int | None:
    """Give the last time a schedule asks for after the latest that is kept; None where there is none.

    Args:
      report: One with a schedule.
      latest: The latest time for which a run is kept.
      now: The present.
    """
    assert report.definition.schedule is not None, "only reports with a schedule are asked"
    try:
        return max(slots(report.definition.schedule, latest, now), default=None)
    except RecoupError:
        return None


def folders(place: Path) -> list[Path]:
    """Give the folders of reports at a place, in order of name."""
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if path.is_dir() and not path.name.startswith((".", "__")))


def read_definition(folder: Path) -> Definition:
    """Read what a report says of itself.

    Raises:
      ReportInvalid: There is no such file, or a key or value in it that is none.
    """
    where = f"{OWN if folder.parent != PACK else 'pack'}/{folder.name}/{FILE}"
    try:
        return msgspec.convert(tomllib.loads((folder / FILE).read_text(encoding="utf-8")), Definition)
    except FileNotFoundError as problem:
        raise ReportInvalid(where, "no such file", "one that says what the report is") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as problem:
        said = " ".join(str(problem).split())[:200].rstrip(".")
        raise ReportInvalid(where, said, "keys and values as the guide on reports lists them") from problem
