"""`calls`, what the doctor says of asking, and APIs of a simulated world that are served."""

import datetime as dt
import json
import signal
import subprocess
import sys
import time
import tomllib
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from recoup.app.serving_world import served_world
from recoup.cli.calls import _apart
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
        with served_world(asked / "world", parse_instant(f"{day}T09:00:00Z")) as world:
            (one,) = world.accounts
            assert not world.is_live
            answer = httpx.get(
                f"{one.api_url}/v4/payment/disputes",
                params={"updated_at_start": "2026-02-01T00:00:00.000Z"},
                headers={"authorization": f"Basic {one.key}"},
            )
        assert answer.status_code == status


def test_the_setup_of_a_served_world_says_where_its_apis_are(asked: Path) -> None:
    """Beside that it is the one of its directory, so that one file sets a home up."""
    with served_world(asked / "world", None) as world:
        (one,) = world.accounts
        served = tomllib.loads(world.setup)
    written = tomllib.loads((asked / "world" / "setup.toml").read_text())
    (url, *others) = [account.pop("api_url", None) for account in served["account"]]
    assert (url, set(others)) == (one.api_url, {None})
    assert served == written


def test_a_world_of_these_days_goes_on_as_time_does(tmp_path: Path) -> None:
    """Its offices answer by the clock of this machine, and never beyond their last day."""
    began = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    made = run(
        None, "simulate", *WORLD[:2], "--days", "4", *WORLD[4:], "--first-day", str(began), "--out", str(tmp_path)
    )
    assert made.exit_code == 0, made.output
    with served_world(tmp_path, None) as world:
        before = time.time()
        said = httpx.get(f"{world.accounts[0].api_url}/v4/payment/disputes").headers["date"]
    assert world.is_live
    assert abs(parsedate_to_datetime(said).timestamp() - before) < 60
    with served_world(tmp_path, parse_instant(f"{began}T01:00:00Z")) as world:
        assert not world.is_live


def test_a_port_that_is_taken_is_said(asked: Path) -> None:
    """Which one, and that another may be left to us."""
    with served_world(asked / "world", None) as world:
        port = world.accounts[0].api_url.split(":")[2].partition("/")[0]
        refused = run(None, "simulate", "--serve", str(asked / "world"), "--port", port)
    assert refused.exit_code == 2
    assert f"--port: {port}: Address already in use" in " ".join(refused.output.split())


def test_serving_ends_with_ctrl_c(asked: Path) -> None:
    """The setup alone on standard output, as of when it answers beside it; then exit 0."""
    words = [sys.executable, "-m", "recoup.cli.main", "simulate", "--serve", str(asked / "world")]
    serving = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_listen_to_ctrl_c
    )
    assert serving.stderr is not None
    said = serving.stderr.readline()
    serving.send_signal(signal.SIGINT)
    out, rest = serving.communicate(timeout=30)
    assert (serving.returncode, rest) == (0, "")
    assert "api_url" in tomllib.loads(out)["account"][0]
    assert said == "Serving as of 2026-02-11 00:00, whatever the clock says; stop with Ctrl-C.\n"


def _listen_to_ctrl_c() -> None:
    """A test that runs in the background may have been told to ignore it, and so would its children."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_a_directory_without_truth_is_not_served(tmp_path: Path) -> None:
    """In words, and not in those of the operating system."""
    refused = run(None, "simulate", "--serve", str(tmp_path))
    assert refused.exit_code == 1
    assert "no such file or directory; wanted the truth" in " ".join(refused.output.split())


@pytest.mark.parametrize(
    ("offset", "said"),
    [(-3, "3 s behind"), (90, "90 s ahead of"), (-7200, "2 hours behind"), (24_353_104, "281 days ahead of")],
)
def test_how_far_a_clock_is_off_is_said_in_large_units(offset: int, said: str) -> None:
    """Seconds, where there are not two of a larger one."""
    assert _apart(offset * 1_000_000) == said


def test_a_world_without_an_api_is_not_served(tmp_path: Path) -> None:
    """There is nobody in it who answers."""
    run(None, "simulate", "--days", "2", "--payments", "5", "--out", str(tmp_path / "world"))
    with pytest.raises(SetupInvalid, match="a partner whose API is simulated"), served_world(tmp_path / "world", None):
        pass
