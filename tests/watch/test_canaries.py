"""Every control has its canary, sees it, and sees nothing where there is none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recoup.controls.moment import Moment
from recoup.controls.run import CONTROLS, Control
from recoup.controls.symptom import Symptom
from recoup.partners.installed import partners_of
from recoup.storage.register import View
from recoup.watch.aviary import Shown, show_all
from recoup.watch.canaries import CANARIES


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shown]:
    """What each control makes of its canary, with the partners as they are installed."""
    room = tmp_path_factory.mktemp("aviary")
    found = {one.control: one for one in show_all(room, partners_of(room))}
    assert list(room.iterdir()) == [], "a home that is thrown away is gone"
    return found


def test_every_control_has_a_canary_and_no_other() -> None:
    """A new control brings its own."""
    assert set(CANARIES) == {control.__name__ for control in CONTROLS}


def test_every_control_sees_its_canary(shown: dict[str, Shown]) -> None:
    """In this version, with its tables, alone in a home where nothing else is wrong."""
    assert {name: one.said for name, one in shown.items() if not one.is_seen} == {}
    assert set(shown) == set(CANARIES)


def blind(_view: View, _moment: Moment) -> list[Symptom]:
    """See nothing, as a control that was put out of action does."""
    return []


def broken(_view: View, _moment: Moment) -> list[Symptom]:
    """Fail, as a control does whose table is gone."""
    raise LookupError("with words that nobody should read in a register")


def restless(_view: View, moment: Moment) -> list[Symptom]:
    """See something wherever it looks."""
    seen = f"Something at {moment.as_of}"
    return [Symptom(control="double_money", kind="money", cause="x", classes=("timing",), partner="stripe", seen=seen)]


@pytest.fixture
def stand_ins() -> Iterator[tuple[Control, ...]]:
    """Controls under the name of a real one."""
    controls = {control: control.__name__ for control in (blind, broken, restless)}
    for control in controls:
        control.__name__ = "double_money"
    yield tuple(controls)
    for control, name in controls.items():
        control.__name__ = name


def test_a_control_that_is_blind_broken_or_restless_does_not_see_its_canary(
    tmp_path: Path, stand_ins: tuple[Control, ...]
) -> None:
    """Each is told apart, and no text of an error is kept."""
    partners = partners_of(tmp_path)
    found = [next(show_all(tmp_path, partners, [control])) for control in stand_ins[:2]]
    said = [(False, "nothing seen"), (False, "where nothing is wrong: failed: LookupError")]
    assert [(one.is_seen, one.said) for one in found] == said
    (told,) = show_all(tmp_path, partners, stand_ins[2:])
    assert not told.is_seen
    assert told.said.startswith("where nothing is wrong: Something at")


def test_a_control_without_a_canary_counts_as_blind(tmp_path: Path) -> None:
    """Nobody knows whether it sees anything."""
    (told,) = show_all(tmp_path, partners_of(tmp_path), [blind])
    assert (told.is_seen, told.said) == (False, "no canary is known for this control")
