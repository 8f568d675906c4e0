import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from recoup.storage.register import open_register
from tests.fakes import stripe_messages as stripe
from tests.fakes.command_line import answer, empty_home, run, settings_of

SETUP = f"""
[[account]]
partner = "stripe"
account = "{stripe.ACCOUNT}"
zone = "America/New_York"
[[account.key]]
name = "one"
secret = "{stripe.SECRET}"
"""


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return empty_home(tmp_path / "home")


def test_setup_says_what_changed_and_what_is_missing(empty: Path, tmp_path: Path) -> None:
    """Line by line for each account; the second time nothing is new, and what is missing still is."""
    file = tmp_path / "setup.toml"
    file.write_text(SETUP)
    first, second = run(empty, "setup", str(file)).stdout, run(empty, "setup", str(file)).stdout
    assert f"stripe/{stripe.ACCOUNT}  new; key one added" in first
    assert "1 account, 1 changed" in first
    assert f"stripe/{stripe.ACCOUNT}  as before" in second
    assert all("no contract" in told and stripe.SECRET not in told for told in (first, second))


def test_setup_under_json_says_the_same(empty: Path, tmp_path: Path) -> None:
    """One object per account."""
    file = tmp_path / "setup.toml"
    file.write_text(SETUP)
    (account,) = answer(empty, "setup", str(file))["accounts"]
    assert (account["partner"], account["account"]) == ("stripe", stripe.ACCOUNT)
    assert account["news"] == ["new", "key one added"]
    assert account["missing"][0].startswith("no contract")


def test_the_doctor_tells_contracts_and_keys(empty: Path, tmp_path: Path) -> None:
    """An account without a contract is told, and is no fault."""
    file = tmp_path / "setup.toml"
    file.write_text(SETUP)
    run(empty, "setup", str(file))
    told = {check["name"]: check for check in answer(empty, "doctor")["checks"]}
    assert told[f"contract stripe/{stripe.ACCOUNT}"]["said"] == "no contract"
    assert told["secrets"]["said"] == f"stripe/{stripe.ACCOUNT} one 0 days old"


def test_a_head_kept_elsewhere_is_found_by_itself_and_by_its_file(empty: Path, tmp_path: Path) -> None:
    """A copy of `audit.head`, or what stands in it, from before later changes."""
    copy = Path(shutil.copy(empty / "audit.head", tmp_path / "elsewhere"))
    (tmp_path / "setup.toml").write_text(SETUP)
    run(empty, "setup", str(tmp_path / "setup.toml"))
    found = run(empty, "doctor", "--head", str(copy), "--head", copy.read_text().strip(), "--json")
    assert found.exit_code == 0, found.output
    chain = next(check for check in json.loads(found.stdout)["checks"] if check["name"] == "audit chain")
    assert "2 heads kept elsewhere found in it" in chain["said"]


def test_a_head_of_another_chain_exits_1(empty: Path) -> None:
    """Cut off, or written anew."""
    result = run(empty, "doctor", "--head", f"99:{'a' * 64}")
    assert result.exit_code == 1
    assert "the chain ends at link 1" in " ".join(result.stdout.split())


@pytest.mark.parametrize("given", ["12", "12:abc", "no-such-file", "x" * 5000])
def test_what_is_no_head_is_wrong_usage(empty: Path, given: str) -> None:
    """The message says where one stands."""
    result = run(empty, "doctor", "--head", given)
    assert (result.exit_code, "audit.head of a home" in result.stderr) == (2, True)


def test_an_upgrade_has_nothing_to_do_on_a_home_of_this_version(empty: Path) -> None:
    """Said so, in words and as a document."""
    assert "Nothing to do" in run(empty, "upgrade").stdout
    assert answer(empty, "upgrade") == {"before": "0001", "after": "0001", "is_changed": False}


@pytest.mark.parametrize("command", [["doctor"], ["disputes"], ["upgrade"]])
def test_a_home_of_a_later_version_is_refused_by_every_command(empty: Path, command: list[str]) -> None:
    """Before anything is read from tables that may mean something else."""
    register = open_register(settings_of(empty).register_url)
    with register.database.writing() as connection:
        connection.execute(text("update recoup_revision set version_num = '9999'"))
    register.close()
    result = run(empty, *command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("[home.revision]\n")
