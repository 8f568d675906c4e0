from collections.abc import Callable
from decimal import Decimal

import msgspec
from sqlalchemy import select

from recoup.controls.breaks import read_break
from recoup.controls.explained import breaks_explained, clearing_explained, value_explained_pct
from recoup.storage import schema
from tests.controls.home import BANK_ACCOUNT, DAILY, TERMS, Home, at, iso


def test_money_of_open_breaks_with_a_class_is_explained(home: Home) -> None:
    """Per currency, by amount and by rows."""
    home.clean_story(without=["confirmed", "fee_confirmed"])
    home.check(5)
    with home.register.reading() as view:
        (usd,) = breaks_explained(view)
    assert (usd.currency, usd.minor, usd.explained_minor, usd.rows, usd.explained_rows) == ("USD", 6500, 6500, 2, 2)
    assert (usd.amount_pct, usd.rows_pct) == (Decimal("100.00"), Decimal("100.00"))


def test_a_break_without_a_class_is_not_explained(home: Home) -> None:
    """Unknown is honest, and counts."""
    home.clean_story(without=["confirmed", "fee_confirmed"])
    home.check(5)
    with home.register.transaction("test", "bend", "class", at(5)) as batch:
        rows = batch.rows(select(schema.break_))
        (fee,) = [b for b in map(read_break, rows) if '"minor":1500' in b.amounts]
        batch.upsert(schema.break_, [msgspec.structs.replace(fee, classes='["unknown"]').row()])
    with home.register.reading() as view:
        assert value_explained_pct(view) == {"USD": Decimal("76.92")}
        assert breaks_explained(view)[0].rows_pct == Decimal("50.00")


def test_without_open_breaks_there_is_nothing_to_explain(home: Home) -> None:
    """No currency, no percentage."""
    home.clean_story()
    home.check(5)
    with home.register.reading() as view:
        assert value_explained_pct(view) == {}


def test_a_balance_that_waits_in_time_is_explained_by_its_expectation(home: Home) -> None:
    """Announced today: open, and nothing is wrong."""
    home.payment("ch_dp_1")
    home.opened()
    home.check(0)
    with home.register.reading() as view:
        (usd,) = clearing_explained(view, at(0))
        assert (usd.rows, usd.explained_rows, usd.minor) == (2, 2, 10_000)
        (late,) = clearing_explained(view, at(10))
        assert late.explained_rows == 0, "past due, and not yet checked"
    home.check(10)
    with home.register.reading() as view:
        assert clearing_explained(view, at(10))[0].explained_rows == 2


def test_money_that_a_break_explains_is_explained_batch_by_batch(home_with: Callable[..., Home]) -> None:
    """A bank line in suspense, of a file that never came; one of another account is not."""
    home = home_with(msgspec.structs.replace(TERMS, schedules=(DAILY,)))
    home.report(1, [], covers_on=iso(0))
    home.banked("po_unknown", day=2)
    home.check(6)
    with home.register.reading() as view:
        (usd,) = clearing_explained(view, at(6, 23))
    assert (usd.rows, usd.explained_minor, usd.minor) == (1, 93_500, 93_500)
    with home.register.transaction("test", "bend", "symptoms", at(6)) as batch:
        rows = [read_break(row) for row in batch.rows(select(schema.break_))]
        bent = [b for b in rows if BANK_ACCOUNT in b.symptoms]
        assert [b.control for b in bent] == ["missing_file"]
        symptoms = bent[0].symptoms.replace(BANK_ACCOUNT, "another")
        batch.upsert(schema.break_, [msgspec.structs.replace(bent[0], symptoms=symptoms).row()])
    with home.register.reading() as view:
        assert clearing_explained(view, at(6, 23))[0].explained_minor == 0


def test_money_at_the_bank_is_waited_for_as_long_as_its_payout_may_be_told(home: Home) -> None:
    """Three days, as the control on it says; then its break explains it."""
    home.banked("po_unknown", day=0)
    for day in (0, 3, 4):
        home.check(day)
        with home.register.reading() as view:
            assert clearing_explained(view, at(day, 23))[0].explained_rows == 1
    with home.register.reading() as view:
        assert clearing_explained(view, at(3, 23))[0].explained_rows == 1, "the break of the fourth day names it"


def test_a_payout_waits_for_the_report_of_its_day(home_with: Callable[..., Home]) -> None:
    """Until that is due; what it is made of then, the missing file explains."""
    home = home_with(msgspec.structs.replace(TERMS, schedules=(DAILY,)))
    home.clean_story()
    home.paid("po_2", day=3, minor=10_000)
    home.banked("po_2", day=4, minor=10_000)
    for day, hour in ((3, 23), (4, 23)):
        home.check(day, hour)
        with home.register.reading() as view:
            told = clearing_explained(view, at(day, hour))
        assert [(e.currency, e.explained_rows) for e in told] == [("USD", told[0].rows)]
    with home.register.reading() as view:
        before = clearing_explained(view, at(4, 12))
    assert before[0].explained_rows == before[0].rows
