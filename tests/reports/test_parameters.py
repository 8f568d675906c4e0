import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.instants import parse_instant
from recoup.errors import ParameterRefused
from recoup.reports.definition import Parameter, ParameterType
from recoup.reports.parameters import Known, Moment, chosen, literals

AUCKLAND = "Pacific/Auckland"
NOW = parse_instant("2026-03-01T00:30:00Z")  # in Auckland already the afternoon
KNOWN = Known(frozenset({"mer_o'brien"}), frozenset({"stripe"}), frozenset({"acct_1"}))


def pick(kind: ParameterType, value: str | None, zone: str = "UTC", default: str | None = None) -> str | None:
    parameters = (Parameter("it", kind, "It.", default),)
    return chosen(parameters, {} if value is None else {"it": value}, Moment(NOW, NOW, zone), KNOWN)["it"]


@pytest.mark.parametrize(
    ("kind", "word", "zone", "value"),
    [
        ("day", "today", "UTC", "2026-03-01"),
        ("day", "yesterday", "UTC", "2026-02-28"),
        ("day", "yesterday", "America/New_York", "2026-02-27"),
        ("day", "2026-02-03", "UTC", "2026-02-03"),
        ("month", "last month", "UTC", "2026-02"),
        ("month", "this month", "America/New_York", "2026-02"),
        ("month", "2025-12", "UTC", "2025-12"),
        ("partner", "stripe", "UTC", "stripe"),
        ("currency", "KWD", "UTC", "KWD"),
    ],
)
def test_words_become_values_in_the_zone_of_the_report(kind: ParameterType, word: str, zone: str, value: str) -> None:
    """Yesterday is another day in New York."""
    assert pick(kind, word, zone) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("day", "2026-02-30"),
        ("day", "last month"),
        ("day", "all"),
        ("month", "2026-13"),
        ("partner", "acme"),
        ("merchant", "mer_other"),
        ("currency", "usd"),
        ("currency", "all"),
        ("merchant", None),
    ],
)
def test_what_is_no_value_of_its_type_is_refused(kind: ParameterType, value: str | None) -> None:
    """With what would have been one."""
    with pytest.raises(ParameterRefused):
        pick(kind, value)


def test_all_leaves_open_what_may_be_left_open() -> None:
    """And is NULL in questions."""
    assert pick("partner", "all", default="all") is None
    assert pick("partner", None, default="all") is None


def test_a_parameter_that_nobody_declared_is_refused() -> None:
    """Rather than ignored."""
    with pytest.raises(ParameterRefused) as refused:
        chosen((Parameter("day", "day", "D.", "today"),), {"dya": "today"}, Moment(NOW, NOW, "UTC"), KNOWN)
    assert "'dya'" in str(refused.value)


def test_a_day_gives_the_instants_between_which_it_lies_in_its_zone() -> None:
    """The day on which clocks go forward has 23 hours."""
    parameters = (Parameter("day", "day", "D."),)
    found = literals(parameters, {"day": "2026-03-29"}, Moment(NOW, NOW, "Europe/Amsterdam"))
    assert found["day_from"] == "timestamp '2026-03-28 23:00:00.000000'"
    assert found["day_to"] == "timestamp '2026-03-29 22:00:00.000000'"


def test_a_month_gives_its_days_and_instants() -> None:
    """The month after December is in the next year."""
    found = literals((Parameter("month", "month", "M."),), {"month": "2026-12"}, Moment(NOW, NOW, "UTC"))
    assert found["month"] == "'2026-12'"
    assert (found["month_first"], found["month_next"]) == ("date '2026-12-01'", "date '2027-01-01'")
    assert found["month_to"] == "timestamp '2027-01-01 00:00:00.000000'"


@given(st.text(max_size=40).filter(lambda text: "\0" not in text))
def test_no_text_gets_out_of_its_quotes(text: str) -> None:
    """Whatever a merchant is called."""
    literal = literals((Parameter("m", "merchant", "M."),), {"m": text}, Moment(NOW, NOW, "UTC"))["m"]
    with duckdb.connect() as connection:
        assert connection.execute(f"select {literal}").fetchall() == [(text,)]
