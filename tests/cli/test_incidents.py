"""`incidents` as a person calls it, and the runbook beside a break."""

from pathlib import Path

import pytest
from sqlalchemy import select

from recoup.app import create_home
from recoup.storage import schema
from recoup.storage.register import open_register
from tests.controls.home import Home
from tests.fakes.command_line import answer, run, settings_of

AS_OF = ("--as-of", "2026-03-06T23:00:00Z")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home in which the house has not charged the merchant."""
    settings = settings_of(tmp_path / "home")
    create_home(settings)
    register = open_register(settings.register_url)
    home = Home(register)
    home.clean_story(without=["confirmed"])
    home.check(4)
    register.close()
    return settings.home


def test_an_incident_is_listed_and_shown_with_timeline_and_runbook(place: Path) -> None:
    """By the beginning of its id."""
    (row,) = answer(place, "incidents", *AS_OF)
    assert (row["partner"], row["status"], row["breaks_open"], row["timeline"]) == ("house", "open", 1, [])
    assert "1 open break of 1" in run(place, "incidents", *AS_OF).stdout
    (told,) = answer(place, "incidents", row["id"][:12], *AS_OF)
    assert told["runbook"]["do"]
    assert [event["kind"] for event in told["timeline"]] == ["break", "alert"]
    shown = run(place, "incidents", row["id"], *AS_OF).stdout
    assert "What happened" in shown
    assert told["runbook"]["do"][0][:30] in shown
    assert run(place, "incidents", "inc_none", *AS_OF).exit_code == 2


def test_each_cause_of_an_incident_has_its_runbook(place: Path) -> None:
    """Two matters in one place are looked at in two ways."""
    register = open_register(settings_of(place).register_url)
    with register.transaction("test", "plant", "break", 0) as batch:
        (row,) = batch.rows(select(schema.break_))
        at = [str(column.name) for column in schema.break_.columns]
        other = dict(zip(at, row, strict=True)) | {"break_": "brk_other", "classes": '["double_debit"]'}
        batch.insert(schema.break_, [tuple(other[name] for name in at)])
        (member,) = batch.rows(select(schema.incident_break))
        batch.insert(schema.incident_break, [("brk_other", *member[1:])])
    register.close()
    (told,) = answer(place, "incidents", "inc_", *AS_OF)
    assert [book["name"] for book in told["runbooks"]] == told["classes"]
    shown = run(place, "incidents", "inc_", *AS_OF).stdout
    for name in told["classes"]:
        assert f"what to do: {name}" in shown


def test_a_break_that_is_asked_for_tells_its_runbook(place: Path) -> None:
    """In the list it would be noise."""
    (row,) = answer(place, "breaks", *AS_OF)
    assert "runbook" not in row
    (told,) = answer(place, "breaks", row["id"], *AS_OF)
    assert told["runbook"]["name"] in told["classes"]
    assert told["runbook"]["look"][0][:30] in run(place, "breaks", row["id"], *AS_OF).stdout
