import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from recoup.app import App
from recoup.domain.instants import DAY, parse_instant
from recoup.domain.terms import FeeTerm, Schedule, Terms
from recoup.intake.checkup import Checkup, agreed
from recoup.intake.directory import AccountSetup, Key
from recoup.intake.ground import Account
from recoup.storage.chain import Head, read_head
from tests.fakes.homes import SETUP, home

NOON = parse_instant("2026-06-15T12:00:00Z")


def looked(app: App, *heads: Head) -> dict[str, Checkup]:
    """What the doctor says, by what was looked at."""
    return {checkup.name: checkup for checkup in app.doctor(heads)}


def cut(app: App, since: int) -> None:
    """Cut the end of the audit off, past the triggers, as only the database's own tools can."""
    with closing(sqlite3.connect(app.settings.home / "register.db")) as connection, connection:
        connection.execute("drop trigger audit_refuses_delete")
        connection.execute("delete from audit where sequence >= ?", (since,))


def kept(app: App) -> Head:
    """The head that stands in the home."""
    found = read_head((app.settings.home / "audit.head").read_text())
    assert found is not None
    return found


def test_an_end_that_was_cut_off_is_found_by_the_head_in_the_home(tmp_path: Path) -> None:
    """The chain that is left holds together, and the file names a link that it no longer has."""
    with home(tmp_path / "home") as app:
        head = kept(app)
        assert looked(app)["audit head"].is_ok
        cut(app, head.sequence)
        found = looked(app)
    assert found["audit chain"].is_ok
    assert not found["audit head"].is_ok
    assert f"the chain ends at link {head.sequence - 1}" in found["audit head"].said


def test_a_head_kept_elsewhere_is_looked_for_whatever_stands_in_the_home(tmp_path: Path) -> None:
    """Who can write in the home can shorten the chain and its file alike; a copy elsewhere still tells."""
    with home(tmp_path / "home") as app:
        head = kept(app)
        assert "1 head kept elsewhere found in it" in looked(app, head)["audit chain"].said
        cut(app, head.sequence)
        (app.settings.home / "audit.head").unlink()
        app.apply(msgspec.structs.replace(SETUP, account=(*SETUP.account, *another("acct_new"))))
        found = looked(app, head)
    assert found["audit head"].is_ok
    assert (found["audit chain"].is_ok, f"head {head} is not in the chain" in found["audit chain"].said) == (
        False,
        True,
    )


def test_a_head_that_is_gone_is_said(tmp_path: Path) -> None:
    """Until the next change writes it anew."""
    with home(tmp_path / "home") as app:
        (app.settings.home / "audit.head").unlink()
        assert not looked(app)["audit head"].is_ok
        app.apply(msgspec.structs.replace(SETUP, account=another("acct_new")))
        assert looked(app)["audit head"].is_ok


def test_tables_that_are_not_this_versions_are_found(tmp_path: Path) -> None:
    """The number of a revision alone does not say what somebody did to a table."""
    with home(tmp_path / "home") as app:
        assert looked(app)["tables"].is_ok
        with closing(sqlite3.connect(app.settings.home / "register.db")) as connection, connection:
            connection.execute("alter table book drop column locked_through")
        assert not looked(app)["tables"].is_ok


def another(name: str, **what: object) -> tuple[AccountSetup, ...]:
    return (msgspec.structs.replace(SETUP.account[0], account=name, **what),)


def test_each_account_says_what_was_agreed(tmp_path: Path) -> None:
    """That nothing was is said, and is no fault of the installation."""
    with home(tmp_path / "home") as app:
        app.apply(msgspec.structs.replace(SETUP, account=another("acct_new", contract=(), key=())))
        found = looked(app)
    assert found["contract stripe/acct_new"] == Checkup("contract stripe/acct_new", True, "no contract")
    assert found[f"contract stripe/{SETUP.account[0].account}"].said.startswith("from ")


TERMS = Terms("2026-01-01", fees=(FeeTerm("received"),), schedules=(Schedule("webhook", "none"),))


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ((), "no contract"),
        ((TERMS,), "from 2026-01-01; 1 fee, 1 schedule"),
        ((msgspec.structs.replace(TERMS, valid_to="2026-06-15"),), "no contract now: ended on 2026-06-15"),
        (
            (msgspec.structs.replace(TERMS, valid_to="2026-06-16"),),
            "from 2026-01-01 to 2026-06-16; 1 fee, 1 schedule",
        ),
        ((Terms("2026-07-01"),), "no contract now: begins on 2026-07-01"),
        ((TERMS, Terms("2026-07-01")), "from 2026-01-01; 1 fee, 1 schedule; another begins on 2026-07-01"),
        ((TERMS, Terms("2026-06-01")), "from 2026-06-01; 0 fees, 0 schedules"),
    ],
)
def test_contracts_are_told_as_of_the_homes_present(terms: tuple[Terms, ...], said: str) -> None:
    """In force, ended, or still to come, by the days of the account's zone."""
    assert agreed(Account("stripe", "acct_1", terms=terms), NOON) == said


def test_the_age_of_keys_is_told_and_nothing_of_what_they_hold(tmp_path: Path) -> None:
    """A key told again stays as old as it is; one with another secret is new, one left out is retired."""
    with home(tmp_path / "home") as app:
        age_by(app, 400)
        app.apply(SETUP, is_complete=True)
        said = looked(app)["secrets"].said
        assert "400 days old" in said
        assert SETUP.account[0].key[0].secret not in said
        name = SETUP.account[0].key[0].name
        app.apply(
            msgspec.structs.replace(SETUP, account=another(SETUP.account[0].account, key=(Key(name, "whsec_other"),))),
            is_complete=True,
        )
        assert "0 days old" in looked(app)["secrets"].said
        app.apply(msgspec.structs.replace(SETUP, account=another(SETUP.account[0].account, key=())), is_complete=True)
        assert looked(app)["secrets"].said == "1 retired"


def age_by(app: App, days: int) -> None:
    with closing(sqlite3.connect(app.settings.home / "register.db")) as connection, connection:
        connection.execute("update secret set added_at = added_at - ?", (days * DAY,))
