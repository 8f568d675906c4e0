"""What is foretold is what an ingest then says: the same counts, the same reason to hold."""

import json
from pathlib import Path

import pytest

from recoup.intake.conformance.samples import read_samples
from recoup.intake.foretelling import foretell
from recoup.partners.registry import partners
from tests.fakes.command_line import answer, empty_home

SAMPLES = Path(__file__).parents[1] / "contract" / "samples"
FILES = (
    ("mastercard", 2),
    ("ach", 2),
    ("adyen", 3),
    ("bank", 3),
    ("paypal", 2),
)


@pytest.mark.parametrize(("name", "most"), FILES)
def test_what_is_foretold_comes_true(tmp_path: Path, name: str, most: int) -> None:
    """For sound samples, and for the same without their ends."""
    home = empty_home(tmp_path / "home")
    files = [one for one in read_samples(SAMPLES / name).sample if not one.file.endswith(".http")][:most]
    assert files
    for sample in files:
        whole = (SAMPLES / name / sample.file).read_bytes()
        for cut, body in (("whole", whole), ("cut", whole[: len(whole) * 2 // 3])):
            path = tmp_path / cut / (sample.name or Path(sample.file).name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(body)
            told = foretell(partners()[name], sample.feed, path.name, body)
            came = answer(home, "ingest", str(path), "--partner", name, "--feed", sample.feed, "--account", "default")
            if came["duplicate_deliveries"]:
                continue  # cut, it is what another one was
            assert (told.held is not None) == bool(came["held"]), (sample.file, cut)
            if told.held is None:
                assert (told.records, told.accepted, len(told.quarantined)) == tuple(
                    came[key] for key in ("records", "accepted", "quarantined")
                ), (sample.file, cut)
            else:
                codes = {problem["code"] for problem in came["problems"]}
                assert told.held.check in codes, (sample.file, cut)


def test_nothing_that_is_foretold_holds_a_card_number() -> None:
    """Nor a token in its place, which would mean nothing anywhere."""
    report = "4111111111111111"
    body = json.dumps({"object": "list", "data": [{"id": report, "object": "dispute"}], "has_more": False}).encode()
    told = foretell(partners()["stripe"], "disputes", f"page {report}.json", body)
    assert report not in str(told)
    assert "tok_" not in str(told)
