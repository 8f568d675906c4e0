from decimal import Decimal

import msgspec
from sqlalchemy import select

from recoup.controls.breaks import read_break
from recoup.controls.explained import breaks_explained, clearing_explained, value_explained_pct
from recoup.storage import schema
from tests.controls.home import Home, at


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
