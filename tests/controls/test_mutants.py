"""A control that does not look is missed: for each one there is a small world in which nothing else says the same.

The worlds are the canaries that an installation shows its own controls every day.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from recoup.controls.run import CONTROLS, Control, check
from recoup.partners.installed import partners_of
from recoup.storage import schema
from recoup.storage.register import Register, open_register
from recoup.watch.canaries import CANARIES, Canary
from recoup.watch.canary_home import CanaryHome, at

WORLDS = {control.__name__: control for control in CONTROLS}


@contextmanager
def world(canary: Canary, migrated_file: Path, room: Path) -> Iterator[Register]:
    """The canary's world, told and not looked at."""
    path = room / "register.db"
    shutil.copy(migrated_file, path)
    register = open_register(f"sqlite:///{path}")
    try:
        canary.plant(CanaryHome(register, partners_of(room), canary.terms))
        yield register
    finally:
        register.close()


def said(register: Register, canary: Canary, room: Path, controls: tuple[Control, ...]) -> dict[str, str]:
    """The breaks that these controls open, by what they are about; with what they say."""
    now = at(canary.day, 23)
    check(
        register,
        now,
        partners_of(room),
        actor="test",
        recorded_at=now,
        rates=canary.rates,
        controls=controls,
    )
    b = schema.break_.c
    with register.reading() as view:
        found = view.rows(select(b.control, b.cause, b.explanation).where(b.last_seen_at == now))
        return {f"{control}:{cause}": told for control, cause, told in found}


def test_every_control_has_its_world() -> None:
    """Whoever adds a control adds a canary to `recoup.watch.canaries`: else nobody notices that it sees nothing."""
    assert WORLDS.keys() == CANARIES.keys()


@pytest.mark.parametrize("name", list(WORLDS))
def test_without_a_control_something_is_not_said(name: str, migrated_file: Path, tmp_path: Path) -> None:
    """Looked at by all but one first, and then by all: what is said then is more, or other."""
    canary = CANARIES[name]
    others = tuple(control for control in CONTROLS if control is not WORLDS[name])
    with world(canary, migrated_file, tmp_path) as register:
        without = said(register, canary, tmp_path, others)
        assert said(register, canary, tmp_path, CONTROLS) != without
