"""Every partner of the registry passes the contract, over the samples that it brings: no test is written for one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recoup.intake.conformance.bench import Bench
from recoup.intake.conformance.contract import CHECKS, digest, look, opened, run
from recoup.intake.conformance.looked import Check, Looked
from recoup.intake.conformance.samples import FILE
from recoup.partners.registry import built_in

SAMPLES = Path(__file__).parent / "samples"
NAMES = sorted(path.parent.name for path in SAMPLES.glob(f"*/{FILE}"))
ALWAYS = frozenset({"capabilities", "feeds", "mapping", "card numbers", "determinism", "records", "duplicates"})
"""Checks that find something to look at in whatever samples there are."""


@pytest.fixture(scope="module", params=NAMES)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One partner and its samples; read once for all checks."""
    name = request.param
    partner = next(partner for partner in built_in() if partner.name == name)
    with opened(partner, SAMPLES / name, tmp_path_factory.mktemp(name), PLACES) as bench:
        yield bench


PLACES = 12
"""Of one sample; all of them in the slow test."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name.replace(" ", "_"))
def test_a_partner_keeps_the_contract(bench: Bench, check: Check) -> None:
    """Each sentence of it, with everything that is wrong in one message."""
    result = look(check, bench)
    assert not result.wrong, f"{bench.partner.name}: {check.says}\n" + "\n".join(result.wrong)
    assert result.times > 0 or check.name not in ALWAYS, f"{check.name} looked at nothing"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_partner_keeps_the_contract_in_all_places(name: str, tmp_path: Path) -> None:
    """The same with something changed wherever it can be."""
    partner = next(partner for partner in built_in() if partner.name == name)
    assert [result for result in run(partner, SAMPLES / name, tmp_path) if result.wrong] == []


def test_every_partner_has_samples_and_every_sample_a_partner() -> None:
    """A partner without samples is a promise that nobody looks at."""
    partners = {partner.name for partner in built_in()}
    assert sorted(partners - set(NAMES)) == []
    assert sorted(set(NAMES) - partners) == []


def test_another_process_reads_the_same(tmp_path: Path) -> None:
    """No order of a set or a hash is in what is read: two processes with other seeds agree on every partner."""
    said = {seed: _digests(seed, tmp_path / seed) for seed in ("1", "2")}
    assert said["1"] == said["2"]
    assert said["1"].count("\n") == len(NAMES)


def test_a_check_that_finds_something_wrong_says_it_once() -> None:
    """However often it was seen."""
    looked = Looked()
    for _ in range(3):
        looked.at(False, "wrong")
    assert (looked.times, looked.wrong) == (3, ["wrong"])


def _digests(seed: str, room: Path) -> str:
    """What another process makes of all samples: a line for each partner."""
    room.mkdir()
    done = subprocess.run(
        [sys.executable, __file__, str(SAMPLES), str(room)],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _main(samples: Path, room: Path) -> None:
    known = {partner.name: partner for partner in built_in()}
    for name in sorted(path.parent.name for path in samples.glob(f"*/{FILE}")):
        (room / name).mkdir()
        with opened(known[name], samples / name, room / name) as bench:
            sys.stdout.write(f"{name} {digest(bench)}\n")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), Path(sys.argv[2]))
