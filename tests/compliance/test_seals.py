import sqlite3
from collections.abc import Callable

import msgspec
import pytest

from recoup.compliance import seals
from recoup.errors import SealRefused
from recoup.storage import schema
from recoup.storage.chain import GENESIS
from tests.compliance.days import sealing
from tests.controls.home import ACCOUNT, DAILY, START, TERMS, Home, at, iso


def test_a_complete_day_is_sealed_with_counts_sums_and_hashes(home: Home) -> None:
    """What it says is what the day moved; its own hash covers all of it, the seal before it too."""
    home.clean_story()
    seal = sealing(home).seal_day("stripe", iso(1))
    assert (seal.account, seal.sequence, seal.previous, seal.waits) == (ACCOUNT, 1, GENESIS, ())
    assert (seal.observations, seal.money_lines, seal.records) == (0, 1, 2)
    assert [dict(row) for row in seal.sums] == [
        {
            "currency": "USD",
            "object_minor": 0,
            "money_minor": -6500,
            "other_minor": 100_000,
            "house_minor": -6500,
            "paid_out_minor": 0,
            "banked_minor": 0,
        }
    ]
    assert seal.hash == seals.link(seal)
    assert seals.link(msgspec.structs.replace(seal, reason="another")) != seal.hash


def test_a_seal_is_never_changed_or_taken_back(home: Home) -> None:
    """The database itself refuses."""
    home.clean_story()
    seal = sealing(home).seal_day("stripe", iso(1))
    with pytest.raises(sqlite3.IntegrityError), home.register.transaction("test", "edit", "seal", START) as batch:
        batch.update(schema.seal, ["reason"], [(seal.seal, "it never was")])
    with pytest.raises(sqlite3.IntegrityError), home.register.transaction("test", "edit", "seal", START) as batch:
        batch.delete(schema.seal, [(seal.seal,)])


def test_every_day_that_waits_for_nothing_is_sealed_at_once(home: Home) -> None:
    """Of all accounts, the bank's and the house's among them; then nothing is due."""
    home.clean_story()
    made = sealing(home, 20).seal_due()
    assert {seal.partner for seal in made} == {"stripe", "bank", "house"}
    days = {seal.covers_on for seal in made if seal.partner == "stripe"}
    assert {iso(day) for day in range(17)} <= days
    assert all(day.waits for day in sealing(home, 20).due())
    assert sealing(home, 20).seal_due() == []


def test_sealing_is_one_link_of_the_audit_chain(home: Home) -> None:
    """Seals and their audit row are one transaction."""
    home.clean_story()
    sealing(home).seal_day("stripe", iso(1))
    with home.register.reading() as view:
        newest = view.rows(schema.audit.select().order_by(schema.audit.c.sequence.desc()).limit(1))[0]
    assert (newest[3], newest[4]) == ("seal", f"stripe {iso(1)}")
    assert '"seal":{"insert":1}' in newest[5]


@pytest.mark.parametrize(
    ("partner", "day", "account", "found"),
    [
        ("stripe", iso(40), None, "a day that is not over"),
        ("stripe", iso(1), "acct_none", "no such account"),
        ("nobody", iso(1), None, "no such account"),
    ],
)
def test_what_cannot_be_sealed_is_refused(home: Home, partner: str, day: str, account: str | None, found: str) -> None:
    """With what is wrong."""
    home.clean_story()
    with pytest.raises(SealRefused, match=found):
        sealing(home).seal_day(partner, day, account, "because")


def test_a_day_is_sealed_once(home: Home) -> None:
    """What comes after is a correction."""
    home.clean_story()
    sealing(home).seal_day("stripe", iso(1))
    with pytest.raises(SealRefused, match="sealed already"):
        sealing(home).seal_day("stripe", iso(1), reason="again")


def test_a_day_whose_time_is_not_over_waits_unless_a_person_says_why(home: Home) -> None:
    """The reason stands in the seal, and what was waited for beside it."""
    home.clean_story()
    with pytest.raises(SealRefused, match="by the contract what moved may be told until"):
        sealing(home, 2).seal_day("stripe", iso(1))
    seal = sealing(home, 2).seal_day("stripe", iso(1), reason="month's end")
    assert seal.reason == "month's end"
    assert len(seal.waits) == 1


def test_a_day_waits_for_its_file(home_with: Callable[..., Home]) -> None:
    """And for no other day's."""
    home = home_with(msgspec.structs.replace(TERMS, schedules=(DAILY,)))
    for day in range(3, 12):
        if day != 5:
            home.report(day + 1, [], landed_at=at(day + 1, 11), covers_on=iso(day))
    home.check(12)
    due = {day.covers_on: day.waits for day in sealing(home, 12).due("stripe")}
    assert due[iso(6)] == ()
    assert {wait.kind for wait in due[iso(5)]} == {"file", "break"}
    assert due[iso(5)][0].what.startswith(f"stripe payout_report of {iso(5)} has not come")


def test_a_day_waits_for_an_open_break_about_it(home: Home) -> None:
    """Money that nobody confirmed keeps open the days on which it moved."""
    home.clean_story(without=("confirmed",))
    home.check(20)
    waits = {day.covers_on: {wait.kind for wait in day.waits} for day in sealing(home, 20).due("stripe")}
    assert waits[iso(0)] == {"break"}
    assert waits[iso(9)] == set()


def test_a_day_waits_for_money_in_suspense(home: Home) -> None:
    """It came and belongs to nothing yet, whatever explains it."""
    home.banked("po_9", 3, 5000)
    home.check(20)
    due = {day.covers_on: day.waits for day in sealing(home, 20).due("bank")}
    assert [wait.what for wait in due[iso(3)] if wait.kind == "suspense"] == ["50.00 USD stands in suspense"]
    assert not any(wait.kind == "suspense" for wait in due.get(iso(4), ()))


def test_links_that_do_not_hold_are_named(home: Home) -> None:
    """An edit behind the program's back shows."""
    home.clean_story()
    held = sealing(home).seal_day("stripe", iso(1))
    assert sealing(home).broken() == []
    forged = msgspec.structs.replace(held, seal="sel_forged", covers_on=iso(2), content="0" * 64)
    with home.register.transaction("test", "forge", "seal", START) as batch:
        seals.write(batch, [forged])
    assert [(seal.seal, why) for seal, why in sealing(home).broken()] == [
        ("sel_forged", "its content does not give its hash")
    ]
