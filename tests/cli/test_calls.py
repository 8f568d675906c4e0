"""`calls`, what the doctor says of asking, and APIs of a simulated world that are served."""

import json
from pathlib import Path

import httpx
import pytest

from recoup.app.serving_world import served_world
from recoup.domain.instants import parse_instant
from recoup.errors import SetupInvalid
from tests.fakes.command_line import run

WORLD = ("--seed", "5", "--days", "9", "--payments", "15", "--disputes", "900", "--partners", "klarna", "--calls")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world in which a key is refused from the sixth day on, and the home that lived through it."""
    room = tmp_path_factory.mktemp("asked")
    made = run(None, "simulate", *WORLD, "--faults", "P2@6", "--out", str(room / "world"))
    assert made.exit_code == 0, made.output
    assert run(room / "home", "score", str(room / "world")).exit_code == 0
    return room


def test_calls_say_what_is_wrong_with_asking(asked: Path) -> None:
    """As a table for a person, as one document for a program; of one partner alone, or of nobody."""
    shown = run(asked / "home", "calls")
    assert shown.exit_code == 0, shown.output
    assert "refused: status 401" in shown.stdout
    assert "GET /v4/payment/disputes" in shown.stdout
    (told,) = json.loads(run(asked / "home", "calls", "--partner", "klarna", "--json").stdout)
    assert (told["partner"], told["failure"], told["circuit"]) == ("klarna", "refused", "open")
    assert told["operations"][0]["refused"] > 0
    assert json.loads(run(asked / "home", "calls", "--partner", "mollie", "--json").stdout) == []


def test_the_doctor_says_it_too(asked: Path) -> None:
    """And exits 1, since somebody must do something."""
    found = run(asked / "home", "doctor", "--json")
    assert found.exit_code == 1
    (one,) = [check for check in json.loads(found.stdout)["checks"] if check["name"].startswith("calls ")]
    assert not one["is_ok"]
    assert "refused" in one["said"]
    assert "recoup calls" in one["remedy"]


def test_a_home_that_asks_nobody_says_so(small: Path) -> None:
    """And what to do about it."""
    assert "Nobody is asked" in run(small, "calls").stdout


def test_the_world_is_served_as_of_an_instant(asked: Path) -> None:
    """What its truth says: before the key was refused it opens the list, after it no more."""
    for day, status in (("2026-02-05", 200), ("2026-02-09", 401)):
        with served_world(asked / "world", parse_instant(f"{day}T09:00:00Z")) as accounts:
            (one,) = accounts
            answer = httpx.get(
                f"{one.api_url}/v4/payment/disputes",
                params={"updated_at_start": "2026-02-01T00:00:00.000Z"},
                headers={"authorization": f"Basic {one.key}"},
            )
        assert answer.status_code == status


def test_a_world_without_an_api_is_not_served(tmp_path: Path) -> None:
    """There is nobody in it who answers."""
    run(None, "simulate", "--days", "2", "--payments", "5", "--out", str(tmp_path / "world"))
    with pytest.raises(SetupInvalid, match="a partner whose API is simulated"), served_world(tmp_path / "world", None):
        pass
