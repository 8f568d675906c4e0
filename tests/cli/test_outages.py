"""An outage as a person opens and closes it: held, at risk, one incident, a pack to work by hand."""

import csv
import io
import zipfile
from pathlib import Path

import pytest

from recoup.app import create_home, open_app
from recoup.domain.terms import Contact
from recoup.storage.register import open_register
from tests.controls.home import DAILY, TERMS, Home, at, iso
from tests.fakes.command_line import answer, run, settings_of

WHY = ("--reason", "their status page says so")


def as_of(day: int, hour: int = 20) -> tuple[str, str]:
    return "--as-of", f"{iso(day)}T{hour:02}:00:00Z"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home with a daily file that comes once, and a dispute that has to be answered on day 4."""
    import msgspec

    desk = Contact("disputes", "portal", "https://portal.example/d/{dispute}?p={payment}")
    terms = msgspec.structs.replace(TERMS, schedules=(DAILY,), contacts=(desk,))
    settings = settings_of(tmp_path / "home")
    create_home(settings)
    register = open_register(settings.register_url)
    home = Home(register, terms)
    home.report(1, [], covers_on=iso(0))
    home.payment("ch_dp_1")
    home.opened(payment_ref="ch_dp_1", due_at=at(4), due_state="said")
    register.close()
    return settings.home


def controls(place: Path, *words: str) -> set[str]:
    return {b["control"] for b in answer(place, "breaks", *words) if b["partner"] == "stripe"}


def opened(place: Path, *words: str) -> str:
    found = answer(place, "outage", "open", "stripe", "--from", f"{iso(1)}T12:00:00Z", *WHY, *words)
    return str(found["id"])


def test_what_is_due_within_an_outage_is_held_and_not_overdue(place: Path) -> None:
    """Three files are missing; told as an outage they are held, and one break stands for all."""
    answer(place, "check", *as_of(4))
    assert "missing_file" in controls(place, *as_of(4))
    key = opened(place, *as_of(4))
    assert "missing_file" not in controls(place, *as_of(4))
    assert "partner_out" in controls(place, *as_of(4))
    row = answer(place, "outage", "show", key[:12], *as_of(4))
    assert {held["kind"] for held in row["held"]} >= {"file"}
    assert all(held["until_at"] is None for held in row["held"])
    today = answer(place, "today", *as_of(4))
    assert [one["id"] for one in today["outages"]] == [key]
    assert [late for late in today["late"] if (late["kind"], late["partner"]) == ("file", "stripe")] == []
    assert f"held, 1 dispute at risk: recoup outage show {key[:12]}" in " ".join(
        run(place, "today", *as_of(4)).stdout.split()
    )


def test_an_outage_with_a_known_end_is_open_until_then(place: Path) -> None:
    """And one that is still to come is planned, and listed."""
    span = ("--from", f"{iso(3)}T00:00:00Z", "--to", f"{iso(5)}T00:00:00Z")
    key = answer(place, "outage", "open", "stripe", *span, *WHY, *as_of(2))["id"]
    for day, stands in ((2, "planned"), (4, "open"), (5, "ended"), (7, "over")):
        assert answer(place, "outage", "show", key, *as_of(day))["status"] == stands
    listed = answer(place, "outage", "list", *as_of(2))["outages"]
    assert [one["id"] for one in listed] == [key]


def test_what_will_be_due_before_a_known_end_is_held_too(place: Path) -> None:
    """A person who opens it sees what it covers, and not only what is late already."""
    open_ended = opened(place, *as_of(2))
    assert {h["due_at"] <= f"{iso(2)}T20" for h in answer(place, "outage", "show", open_ended, *as_of(2))["held"]} == {
        True
    }
    to = ("--to", f"{iso(9)}T00:00:00Z")
    row = answer(place, "outage", "change", open_ended, *to, *WHY, *as_of(2))
    assert [h["kind"] for h in row["held"] if h["due_at"] > f"{iso(2)}T20"] == ["leg_settled"]


def test_after_its_end_and_the_grace_what_has_not_come_is_overdue_again(place: Path) -> None:
    """And what came within it is not late."""
    key = opened(place, *as_of(2))
    closed = answer(place, "outage", "close", key, "--to", f"{iso(3)}T00:00:00Z", *WHY, *as_of(3, 1))
    assert (closed["status"], closed["released_at"]) == ("ended", f"{iso(4)}T00:00:00.000000Z")
    assert "missing_file" not in controls(place, *as_of(3, 1))
    answer(place, "check", *as_of(4, 1))
    found = [
        b for b in answer(place, "breaks", *as_of(4, 1)) if (b["control"], b["partner"]) == ("missing_file", "stripe")
    ]
    assert len(found) == 1
    assert answer(place, "outage", "show", key, *as_of(4, 1))["status"] == "over"
    assert "partner_out" not in controls(place, *as_of(4, 1))


def test_what_it_brings_is_one_incident(place: Path) -> None:
    """The deadline at risk is the outage's; a refused message of the same days joins it."""
    key = opened(place, *as_of(2))
    answer(place, "check", *as_of(3))
    assert "clock_headroom" not in controls(place, *as_of(3))
    incidents = answer(place, "incidents", *as_of(3))
    (mine,) = [i for i in incidents if "outage" in i["classes"]]
    assert mine["disputes"] == 1
    assert mine["severity"] == "page"
    assert key in answer(place, "outage", "list", *as_of(3))["outages"][0]["id"]


def test_the_pack_has_what_people_need_and_the_same_bytes_twice(place: Path, tmp_path: Path) -> None:
    """Disputes with their ids, times, amounts and the portal's address; forms and texts; nothing is sent."""
    key = opened(place, *as_of(3))
    answer(place, "outage", "pack", key, "--out", str(tmp_path / "pack"), *as_of(3))
    answer(place, "outage", "pack", key, "--out", str(tmp_path / "one.zip"), *as_of(3))
    answer(place, "outage", "pack", key, "--out", str(tmp_path / "two.zip"), *as_of(3))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    (row,) = csv.DictReader(io.StringIO((tmp_path / "pack" / "disputes.csv").read_text(encoding="utf-8")))
    assert (row["partner's dispute id"], row["amount"], row["currency"]) == ("dp_1", "50.00", "USD")
    assert row["answer at"] == "https://portal.example/d/dp_1?p=ch_dp_1"
    assert (tmp_path / "pack" / row["form"]).read_text().count('dispute = "dp_1"') == 1
    assert "dp_1" in (tmp_path / "pack" / "notices" / "partner.txt").read_text()
    with zipfile.ZipFile(tmp_path / "one.zip") as packed:
        names = {name.partition("/")[0] for name in packed.namelist()}
    assert names == {"disputes.csv", "what-to-do.md", "notices", "forms"}
    assert run(place, "outage", "pack", key, "--out", str(tmp_path / "pack"), *as_of(3)).exit_code == 1


def test_a_form_of_the_pack_can_be_recorded_once_the_time_is_filled_in(place: Path, tmp_path: Path) -> None:
    """It is a form of recoup record."""
    key = opened(place, *as_of(3))
    answer(place, "outage", "pack", key, "--out", str(tmp_path / "pack"), *as_of(3))
    (form,) = (tmp_path / "pack" / "forms").iterdir()
    form.write_text(form.read_text().replace('seen_at = ""', f'seen_at = "{iso(3)}T10:00:00Z"'))
    told = answer(place, "record", "--partner", "stripe", "--file", str(form), *as_of(3))
    assert told["partner_dispute_id"] == "dp_1"


def test_the_story_of_a_dispute_tells_of_the_outage(place: Path) -> None:
    """Since when it was told, and since when the partner was out."""
    key = opened(place, *as_of(3))
    moments = [m for m in answer(place, "trace", "dp_1", *as_of(3))["timeline"] if m["kind"] == "outage"]
    assert [(m["id"], m["occurred_at"][:13]) for m in moments] == [(key, f"{iso(1)}T12")]


def test_several_feeds_that_are_late_at_once_are_proposed_and_nobody_opens_them(place: Path) -> None:
    """One late feed is a lost file; a person judges the rest."""
    settings = settings_of(place)
    with open_app(settings) as app:
        from recoup.enquiry.outages import proposals

        with app.register.reading() as view:
            assert proposals(view, at(4)) == []
    assert answer(place, "outage", "list", *as_of(4)) == {"outages": [], "proposals": []}


@pytest.mark.parametrize(
    "words",
    [
        ("open", "nobody", *WHY),
        ("open", "stripe", "--feed", "telegram", *WHY),
        ("open", "stripe", "--from", "2026-03-05T00:00:00Z", "--to", "2026-03-04T00:00:00Z", *WHY),
        ("show", "out_of_nobody"),
        ("close", "out_of_nobody", *WHY),
    ],
)
def test_what_does_not_hold_together_is_refused(place: Path, words: tuple[str, ...]) -> None:
    """Before anything is said."""
    assert run(place, "outage", *words, *as_of(4)).exit_code == 1


def test_a_withdrawn_outage_was_none(place: Path) -> None:
    """Nothing more can be said of it; without a reason nothing at all."""
    key = opened(place, *as_of(4))
    assert run(place, "outage", "open", "stripe", *WHY, *as_of(4)).exit_code == 1
    assert run(place, "outage", "withdraw", key).exit_code == 2
    row = answer(place, "outage", "withdraw", key, *WHY, *as_of(4))
    assert (row["status"], row["held"], row["at_risk"]) == ("withdrawn", [], [])
    assert "missing_file" in controls(place, *as_of(4))
    assert run(place, "outage", "close", key, *WHY, *as_of(4)).exit_code == 1
    assert len(answer(place, "outage", "list", "--all", *as_of(4))["outages"]) == 1
