"""Breaks of matching beside those of controls: one thing is one break, and what is not kept opens nothing."""

from typing import Any

from sqlalchemy import select

from recoup.controls.classes import BY_NAME
from recoup.controls.explain import Cause
from recoup.controls.matched import CLASSES, GROUPS_MAX, pooled
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.ids import derive
from recoup.matching.breaks import CLASSES as OF_MATCHING
from recoup.storage import schema
from tests.controls.home import ACCOUNT, Home, at, ours


def left_open(home: Home, item: str, *, legs: str = "[]", disputes: str = "[]", **more: Any) -> None:
    """A kept run leaves a line open."""
    told = {
        "match_break": derive("mbr", item),
        "pair": "dispute_money",
        "match_run": "mru_first",
        "class_": "missing_at_partner",
        "partner": "stripe",
        "account": ACCOUNT,
        "side": "left",
        "item": item,
        "rule": None,
        "things": 1,
        "amounts": '[{"currency":"USD","minor":5000}]',
        "since_on": "2026-03-02",
        "until_on": "2026-03-02",
        "owner": "disputes",
        "explanation": f"{item} of announced_legs has nothing on the other side.",
        "deliveries": "[]",
        "disputes": disputes,
        "legs": legs,
        "batches": "[]",
        **more,
    }
    with home.register.transaction("test", "match", "x", at(0)) as batch:
        batch.upsert(schema.match_break, [tuple(told[str(column.name)] for column in schema.match_break.columns)])


def test_without_a_kept_run_there_is_no_break_and_one_that_is_gone_closes(home: Home) -> None:
    """The check neither opens nor closes by accident."""
    home.check(1)
    assert home.breaks() == []
    left_open(home, "ent_1/1")
    assert home.check(2).opened == 1
    assert (home.check(3).opened, home.check(4).closed) == (0, 0)
    assert home.only().amounts == {"USD": 5000}
    with home.register.transaction("test", "match", "x", at(5)) as batch:
        batch.delete(schema.match_break, batch.rows(select(schema.match_break.c.match_break)))
    assert home.check(5).closed == 1


def test_what_a_control_sees_of_the_same_leg_is_one_break_with_its_money_once(home: Home) -> None:
    """A debit that was announced and never settled, seen by the control on legs and by matching."""
    home.clean_story(without=["settled", "fee_confirmed", "paid", "banked"])
    home.check(3)
    before = [(b.control, b.amounts) for b in home.breaks()]
    assert before == [("leg_unsettled", {"USD": 5000})]
    dispute = ours("dp_1")
    left_open(home, "ent_1/1", legs=f'["{dispute}:d1"]', disputes=f'["{dispute}"]')
    home.check(3)
    assert [(b.control, b.amounts) for b in home.breaks()] == before
    assert "It also explains a thing that matching left open" in home.only().explanation


def test_every_class_of_matching_has_causes_in_words() -> None:
    """The closed list of matching, and what changed."""
    assert set(CLASSES) == {*OF_MATCHING, "changed"}
    assert {name for names in CLASSES.values() for name in names} <= set(BY_NAME)


def of(account: str, number: int) -> Cause:
    """A cause of matching on an account."""
    cause = f"p:double:left:{account}-{number}"
    told: dict[str, Any] = {"partner": account, "account": account, "stakes": (Stake("line", cause, "EUR", number),)}
    return Cause(Symptom(control="match", kind="p", cause=cause, classes=("double",), seen="Seen", **told))


def test_however_many_accounts_there_are_the_number_of_breaks_is_bounded() -> None:
    """With too many groups, accounts and then partners are told together; nothing is lost of the money."""
    found = [of(f"acct_{at}", number) for at in range(GROUPS_MAX + 1) for number in range(30)]
    (one,) = pooled(found, ())
    assert one.root.things == len(found)
    assert sum(stake.minor for stake in one.root.stakes) == sum(c.root.stakes[0].minor for c in found)
    assert len(pooled(found[:60], ())) == 2
