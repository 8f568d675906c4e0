"""What partners with fixed-width files share: from the parts of a file to readings, and an installation's own layouts.

A partner gives a `Taker` that hears each record in its order. Counting, quarantine of what the layout does not know,
controls and holding are the same for all. Read `recoup.formats.fixed_width` for what a part is.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Protocol

from recoup.domain.findings import Finding
from recoup.errors import InstantRefused, MoneyRefused
from recoup.formats import fixed_width
from recoup.formats.fixed_width import UNKNOWN, Record, Tie
from recoup.formats.fixed_width_layout import FileLayout
from recoup.partners.contract import Arrived, Control, Partner, Quarantined, Reading

PART_RECORDS = 2_000
"""Records of one reading: enough to be quick, few enough to be small."""
UNKNOWN_MAX = 1_000
"""After so many records of no known kind, more than half of all, a file is of another kind than its header says."""
_COUNTED = frozenset({"detail"})

LayoutText = Callable[[str, str], tuple[str, str] | None]
"""(partner, file name) to (text, where it lies), None where the installation has none."""


class Taker(Protocol):
    """Hears the records of one file, in order."""

    def take(self, record: Record, reading: Reading) -> None:
        """Add what one record says, whatever its role; refuse it by `quarantine`."""

    def settle(self, reading: Reading) -> None:
        """Nothing more comes for the record before: add what was waiting."""


def readings(arrived: Arrived, stream: BinaryIO, layout: FileLayout, taker: Taker) -> Iterator[Reading]:
    """Give the readings of a file; a fatal flaw holds the whole delivery and ends it."""
    reading = Reading()
    records = unknown = 0
    for part in fixed_width.read(stream, layout, arrived.name):
        if isinstance(part, Record):
            if part.layout.role in _COUNTED or part.layout is UNKNOWN:
                taker.settle(reading)
                if reading.records >= PART_RECORDS:
                    yield _closed(reading)
                    reading = Reading()
                reading.records += 1
                records += 1
                unknown += part.layout is UNKNOWN
                if unknown > UNKNOWN_MAX and unknown * 2 > records:
                    yield Reading(held=_strange(arrived, part, unknown))
                    return
            _take(arrived, part, taker, reading)
        elif isinstance(part, Tie):
            reading.controls.append(Control(part.name, part.stated, part.computed))
        elif part.is_fatal:
            yield Reading(held=part.finding, findings=reading.findings)
            return
        else:
            reading.findings.append(part.finding)
    taker.settle(reading)
    yield _closed(reading)


def quarantine(arrived: Arrived, record: Record, reading: Reading, check: str, found: str, wanted: str) -> None:
    """Refuse one record with its place and reason."""
    where = f"{arrived.name}:{record.number} {record.layout.title}"
    reading.quarantined.append(Quarantined(record.number, Finding(check, where, found, wanted)))


def _take(arrived: Arrived, record: Record, taker: Taker, reading: Reading) -> None:
    if record.layout is UNKNOWN:
        wanted = "a record that the layout describes"
        quarantine(arrived, record, reading, "fixed_width.unknown_record", "a record of no known kind", wanted)
        return
    if record.flaw is not None:
        if record.layout.role in _COUNTED:
            reading.quarantined.append(Quarantined(record.number, record.flaw))
        else:
            reading.findings.append(record.flaw)
        return
    try:
        taker.take(record, reading)
    except (MoneyRefused, InstantRefused) as error:
        quarantine(arrived, record, reading, f"{arrived.partner}.value", error.found, error.wanted)


def _strange(arrived: Arrived, record: Record, unknown: int) -> Finding:
    where = f"{arrived.name}:{record.number}"
    return Finding("fixed_width.strange", where, f"{unknown} records of no known kind", "records of the layout")


def _closed(reading: Reading) -> Reading:
    reading.accepted = reading.records - len(reading.quarantined)
    return reading


def with_own_layouts(known: Mapping[str, Partner], text_of: LayoutText) -> dict[str, Partner]:
    """Give the partners, each that reads by layouts with those that the installation has in their place.

    A partner's module `partner` says by `LAYOUT_FILES` which files it takes, and gives itself anew by `with_layouts`.

    Args:
      known: The partners by name.
      text_of: Opens an installation's file: `layouts_in(home / "contracts")` finds `contracts/visa/layout.toml`.
    Raises:
      SetupInvalid: A layout does not hold together.
    """
    found = dict(known)
    for name in known:
        module = _module(name)
        files = getattr(module, "LAYOUT_FILES", ())
        texts = {file: text for file in files if (text := text_of(name, file)) is not None}
        if texts:
            found[name] = module.with_layouts(texts)  # type: ignore[attr-defined]
    return found


def layouts_in(folder: Path) -> LayoutText:
    """Give what opens an installation's layouts: `folder/<partner>/<file>`, where such a file is there."""

    def text_of(partner: str, file: str) -> tuple[str, str] | None:
        path = folder / partner / file
        return (path.read_text(encoding="utf-8"), str(path)) if path.is_file() else None

    return text_of


def _module(name: str) -> object:
    try:
        return import_module(f"recoup.partners.{name}.partner")
    except ModuleNotFoundError:
        return None  # a partner of another package, or a declared one: it has layouts of its own
