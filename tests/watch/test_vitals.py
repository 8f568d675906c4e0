"""What the worker stands on: the disk, and a sign to the outside that goes only while all is well."""

from collections.abc import Callable
from pathlib import Path

import pytest

from recoup.errors import DiskShort
from recoup.settings import WatchSettings
from recoup.storage import schema
from recoup.storage.disk import FREE_BYTES_MIN, Disk, look
from recoup.storage.register import Register
from recoup.watch.checkups import checkups
from recoup.watch.vitals import Vitals, check_disk
from tests.controls.home import at

ADDRESS = "https://watch.example/1"
NOW = at(1)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home's directory."""
    (tmp_path / "tmp").mkdir()
    return tmp_path


def answers(status: int, asked: list[str]) -> Callable[[str], int]:
    """An outside watcher."""

    def ping(url: str) -> int:
        asked.append(url)
        return status

    return ping


def vitals(register: Register, place: Path, asked: list[str], status: int = 200, url: str | None = ADDRESS) -> Vitals:
    """A look at a home."""
    return Vitals(place, register, lambda: NOW, url, answers(status, asked))


def test_while_all_is_well_the_outside_watcher_hears_it(register: Register, place: Path) -> None:
    """Each time; and nobody is asked where nobody is named."""
    asked: list[str] = []
    vitals(register, place, asked).round()
    vitals(register, place, asked).round()
    vitals(register, place, asked, url=None).round()
    assert asked == [ADDRESS] * 2


def test_an_outside_watcher_that_refuses_fails_the_round(register: Register, place: Path) -> None:
    """So that the loop's own silence tells of it."""
    with pytest.raises(OSError, match="status 410"):
        vitals(register, place, [], 410).round()


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("heartbeat", ("drain", 1, at(0), None, None, None, None, at(1), None)),
        ("clock_jump", (at(1), 60_000_000, 1)),
    ],
)
def test_whatever_is_wrong_keeps_the_sign_back(
    register: Register, place: Path, table: str, row: tuple[object, ...]
) -> None:
    """A loop that is silent, a clock that jumped."""
    with register.noting() as batch:
        batch.upsert(schema.metadata.tables[table], [row])
    asked: list[str] = []
    vitals(register, place, asked).round()
    assert asked == []


def test_a_disk_is_short_before_it_is_full(place: Path) -> None:
    """Below a gibibyte, or where nothing can be written."""
    check_disk(place, Disk(FREE_BYTES_MIN, FREE_BYTES_MIN * 2, is_writable=True))
    with pytest.raises(DiskShort, match="1023 MiB free"):
        check_disk(place, Disk(FREE_BYTES_MIN - 1, FREE_BYTES_MIN * 2, is_writable=True))
    with pytest.raises(DiskShort, match="cannot be written to"):
        check_disk(place, Disk(FREE_BYTES_MIN, FREE_BYTES_MIN * 2, is_writable=False))


def test_a_look_at_a_disk_leaves_nothing(place: Path) -> None:
    """And says so where there is no place to write."""
    assert look(place).is_writable
    assert list((place / "tmp").iterdir()) == []
    (place / "tmp").rmdir()
    assert not look(place).is_writable


def test_the_doctor_tells_of_each_part_of_the_watch(register: Register, place: Path) -> None:
    """Well in a home where no worker ever ran; a loop that is silent is named, with what to do."""
    found = {c.name: c for c in checkups(place, WatchSettings(), register, NOW)}
    assert [name for name, c in found.items() if name != "disk" and not c.is_ok] == []
    assert set(found) == {"worker", "canaries", "clock", "pages", "disk"}
    with register.noting() as batch:
        batch.upsert(schema.heartbeat, [("sweep", 1, at(0), None, None, None, None, NOW, None)])
    told = {c.name: c for c in checkups(place, WatchSettings(), register, NOW)}["worker"]
    assert (told.is_ok, told.remedy) == (False, "Look at its log, and start it again.")
    assert told.said.startswith("No round of the loop sweep has gone well since")
