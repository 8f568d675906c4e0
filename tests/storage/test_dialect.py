import pytest

from recoup.errors import StorageProblem
from recoup.storage.dialect import ordering_of, parameters_of, shown_for_spark, tables_of, to_spark


def test_parameters_stay_parameters() -> None:
    """By name; only what bounds a range is written into the text, and only a whole number."""
    assert to_spark("select id from t where n > $least", {"least": 5}) == "SELECT `id` FROM `t` WHERE `n` > :least"
    assert "RANGE(0, 5)" in to_spark("select i from range($n) r(i)", {"n": 5})
    for value in ("5) r; drop table t --", True, None):
        with pytest.raises(StorageProblem, match="a whole number"):
            to_spark("select i from range($n) r(i)", {"n": value})


def test_a_statement_says_what_it_reads_and_takes() -> None:
    """Names made by `with` are its own; functions are no tables."""
    sql = "with a as (select x from t where y = $one) select a.x from a join u using (x), range($two) r(i)"
    assert tables_of(sql) == {"t", "u"}
    assert parameters_of(sql) == {"one", "two"}


def test_an_order_is_one_of_columns_of_the_result() -> None:
    """By name or place, so that it can be made again when parts of a file are brought together."""
    assert ordering_of("select id, n as m from t order by m desc, 1") == "ORDER BY m DESC, 1"
    assert ordering_of("select id from (select id from t order by n) as x") == ""
    for key in ("n", "abs(id)", "t.id"):
        with pytest.raises(StorageProblem, match="no column of the result"):
            ordering_of(f"select id from t order by {key}")


def test_people_see_a_statement_laid_out() -> None:
    """Quoted only where it must be, parameters by name."""
    shown = shown_for_spark('select i, "order" from range($n) r(i), t where i // 2 = 1 -- even and odd')
    assert "SELECT\n  i,\n  `order`\n" in shown
    assert "i DIV 2 = 1" in shown
    assert ":n" in shown


def test_the_first_problem_is_said_without_colours() -> None:
    """sqlglot marks the place for a terminal; a message is plain."""
    with pytest.raises(StorageProblem) as caught:
        to_spark("select from where")
    assert "\x1b" not in str(caught.value)
