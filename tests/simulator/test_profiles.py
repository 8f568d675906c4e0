"""Partners of a world are chosen, and none changes what another sends."""

import hashlib
import json
from itertools import pairwise
from pathlib import Path

import pytest

from recoup.errors import SetupInvalid
from recoup.simulator import simulate
from recoup.simulator.profiles import PROFILES, USUAL, chosen_partners
from recoup.simulator.tellers import TELLERS
from tests.simulator.conftest import SEED

SHARED = {"house", "bank"}
DAYS = 12


def told_by(folder: Path, partner: str) -> dict[str, str]:
    """The files of one partner, and what is in them."""
    files = [path for path in sorted((folder / partner).rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def arrivals(folder: Path, partner: str) -> list[str]:
    lines = (folder / "deliveries.jsonl").read_text().splitlines()
    return [line for line in lines if json.loads(line)["partner"] == partner]


@pytest.fixture(scope="module")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world with all partners."""
    out = tmp_path_factory.mktemp("all") / "world"
    simulate(SEED, DAYS, out, (), 30, disputes_per_10k=400, partners=tuple(PROFILES))
    return out


@pytest.mark.parametrize("partner", list(PROFILES))
def test_a_partner_sends_the_same_alone_and_among_all(partner: str, everyone: Path, tmp_path: Path) -> None:
    """Bytes, names and times; only the house's files tell of everyone."""
    simulate(SEED, DAYS, tmp_path / "alone", (), 30, disputes_per_10k=400, partners=(partner,))
    assert told_by(tmp_path / "alone", partner) == told_by(everyone, partner) != {}
    assert arrivals(tmp_path / "alone", partner) == arrivals(everyone, partner)
    told = {path.name for path in (tmp_path / "alone").iterdir() if path.is_dir()}
    assert {partner, "house"} <= told <= {partner, *SHARED}


def test_each_profile_has_a_teller_and_names_of_its_own() -> None:
    """No two payments, statements or bank accounts of two partners can be taken for one another."""
    assert PROFILES.keys() == TELLERS.keys()
    assert len({profile.letter for profile in PROFILES.values()}) == len(PROFILES)
    banks = [bank for profile in PROFILES.values() for bank in profile.banks]
    assert len({bank.account for bank in banks}) == len(banks)
    numbers = sorted(bank.first_statement for bank in banks)
    assert all(later - earlier >= 400 for earlier, later in pairwise(numbers))
    assert all(len(profile.brands) == 8 for profile in PROFILES.values())


def test_partners_are_read_as_a_person_names_them() -> None:
    """In any order, each once; the order of the world is that of the registry."""
    assert chosen_partners("adyen, stripe,adyen") == ("stripe", "adyen")
    assert chosen_partners("all") == tuple(PROFILES)
    assert set(USUAL) <= PROFILES.keys()


@pytest.mark.parametrize(("text", "found"), [("stripe,nobody", "'nobody'"), ("", "none"), (" , ", "none")])
def test_a_partner_without_profile_is_refused(text: str, found: str) -> None:
    """And so is a world in which nobody takes payments."""
    with pytest.raises(SetupInvalid, match=found):
        chosen_partners(text)


def test_a_fault_of_a_partner_who_is_not_there_is_refused_or_left_out(tmp_path: Path) -> None:
    """Asked for by name it is a mistake; among all faults it is not."""
    with pytest.raises(SetupInvalid, match="a world without adyen"):
        simulate(SEED, 5, tmp_path / "a", ["F1"], 20, partners=("stripe",))
    assert simulate(SEED, 5, tmp_path / "b", ["F1?", "F5?"], 20, partners=("stripe",)).faults == 0
