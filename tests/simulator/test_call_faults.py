"""Faults of asking: they befall the partner's office and leave the files alone, and their labels tell the truth."""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from recoup.controls.classes import BY_NAME
from recoup.errors import SetupInvalid
from recoup.simulator import FAULTS, call_faults, simulate
from recoup.simulator.calls import OFFICES, sweeps
from recoup.simulator.run import bent_world
from recoup.simulator.score import Truth
from recoup.simulator.score import World as Again
from tests.simulator.conftest import SEED

DAYS, PAYMENTS, DISPUTES = 26, 40, 350
NAMES = [fault.id for fault in call_faults.FAULTS]
Bend = Callable[[str | None, str], Path]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Bend:
    """A world of one partner that is asked, with one fault or none, made once for each."""

    @cache
    def make(fault: str | None, partner: str) -> Path:
        out = tmp_path_factory.mktemp("calls") / "world"
        faults = [fault] if fault else []
        simulate(SEED, DAYS, out, faults, PAYMENTS, disputes_per_10k=DISPUTES, partners=(partner,), calls=True)
        return out

    return make


def files(folder: Path) -> dict[str, str]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "truth.json")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def truth(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "truth.json").read_text()))


@pytest.mark.parametrize("name", NAMES)
def test_a_fault_of_asking_leaves_the_files_alone(name: str, told: Bend) -> None:
    """Only lost messages, and what a setup declares, show in what lies in the directory."""
    partner = FAULTS[name].partner
    ours, twin = files(told(name, partner)), files(told(None, partner))
    changed = {path.rpartition("/")[0] for path in ours.keys() | twin.keys() if ours.get(path) != twin.get(path)}
    wanted = {"P2-ending": {""}, "W1-klarna": {"", "klarna/webhook"}, "W2-klarna": {"", "klarna/webhook"}}
    assert changed == wanted.get(name, set())


@pytest.mark.parametrize("name", NAMES)
def test_a_label_says_what_is_asked_in_vain(name: str, told: Bend) -> None:
    """The cause is a known word, the disputes are there, and it shows when somebody asks."""
    told_truth = truth(told(name, FAULTS[name].partner))
    (label,) = told_truth["faults"]
    assert label["cause"] in BY_NAME
    assert label["lost"]
    disputes = {one["partner_dispute_id"] for one in told_truth["disputes"]}
    assert set(label["disputes"]) <= disputes
    assert told_truth["world"]["asked"] == [name]
    assert "2026-02-02" < label["first_visible_at"] < told_truth["until"]


@pytest.mark.parametrize("name", [fault.id for fault in call_faults.FAULTS if fault.needs_calls])
def test_the_world_can_be_bent_again_from_its_truth(name: str, told: Bend) -> None:
    """Whoever scores it meets the same troubles at the same times."""
    world = Again(**truth(told(name, FAULTS[name].partner))["world"])
    one, other = (bent_world(world.plan, world.asked) for _ in range(2))
    assert one.troubles == other.troubles
    assert one.endings == other.endings
    assert one.troubles or one.endings


def test_a_fault_of_asking_wants_a_world_that_is_asked(tmp_path: Path) -> None:
    """By name it is a mistake; among all faults it is left out."""
    with pytest.raises(SetupInvalid, match="a world whose partners nobody asks"):
        simulate(SEED, 8, tmp_path / "a", ["P2"], 20, partners=("klarna",))
    assert simulate(SEED, 8, tmp_path / "b", ["P2?"], 20, partners=("klarna",)).faults == 0


@pytest.mark.parametrize("partner", list(OFFICES))
def test_a_world_that_is_asked_has_no_pages(partner: str, told: Bend) -> None:
    """What our sweeps would have fetched is not written down, and all else is the same."""
    feeds = {path.rpartition("/")[0] for path in files(told(None, partner))}
    assert f"{partner}/webhook" in feeds
    assert not feeds & {"mollie/chargebacks", "mollie/balance_transactions", "mollie/settlements", "klarna/disputes"}


def test_lists_are_asked_for_four_times_a_day(told: Bend) -> None:
    """From the first half hour on, and never after the end."""
    world = Again(**truth(told(None, "klarna"))["world"])
    instants = sweeps(world.plan)
    assert len(instants) == 4 * DAYS
    assert instants == sorted(instants)


def test_the_command_that_plays_it_again_says_that_partners_are_asked(told: Bend) -> None:
    """And the truth is what the scorer reads."""
    found = msgspec.json.decode((told("P2", "klarna") / "truth.json").read_bytes(), type=Truth)
    assert "--partners klarna --calls --faults P2 " in found.world.command("P2")
