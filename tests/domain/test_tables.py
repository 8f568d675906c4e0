"""The rule tables hold together, every row of the fact sheets is accounted for, a bad row is refused with its line."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import available_timezones

import msgspec
import pytest

from recoup.domain import tables
from recoup.domain.rows import DATABLE, Row
from recoup.errors import TableInvalid

FACTS = {
    "reason_codes": 194,
    "stage_clocks": 77,
    "ach_return_codes": 71,
    "sepa_reason_codes": 27,
    "monitoring_programs": 27,
    "regulation_clocks": 36,
}
"""How many rows each fact sheet has."""
CURRENCY_HEADER = "code,numeric,exponent,kind,name,source,grade\n"
REASON_HEADER = (
    "fact_row,network,code,valid_from,valid_to,name,category,flow,inquiry_first,status,successor,aliases,region,"
    "filing_days,filing_days_alternative,filing_grade,response_length,response_alternative,response_unit,"
    "response_grade,grade,source,note\n"
)


def reason_row(valid_from: str = "", valid_to: str = "", filing: str = "120,,S") -> str:
    return f",visa,10.4,{valid_from},{valid_to},Fraud,fraud,allocation,no,active,,,,{filing},,,,,S,a guide,\n"


def fact_rows(name: str) -> set[object]:
    return {getattr(row, "fact_row", None) for row in tables.TABLES[name]()}


@pytest.mark.parametrize(("name", "count"), FACTS.items())
def test_every_row_of_a_fact_sheet_has_a_place_in_its_table(name: str, count: int) -> None:
    """No row is dropped: the numbers of the fact sheet's rows are all there."""
    assert fact_rows(name) - {None} == set(range(1, count + 1))


def test_tables_that_need_one_row_per_fact_have_no_second() -> None:
    """Codes and programmes are one row each; only clocks of several values became several rows."""
    for name in ("reason_codes", "ach_return_codes", "sepa_reason_codes", "monitoring_programs"):
        assert len(tables.TABLES[name]()) == FACTS[name]
    assert len(tables.stage_clocks()) == 87
    assert len(tables.regulation_clocks()) == 46


def test_every_cell_without_a_type_names_a_row_that_exists() -> None:
    """What could not be typed is listed with table, row, column, text and why."""
    for cell in tables.untyped():
        assert cell.fact_row in fact_rows(cell.table)
        assert cell.key
        assert cell.column
        assert cell.why
    assert len(tables.untyped()) == 124


def test_a_clock_without_a_length_is_listed_or_says_that_there_is_none() -> None:
    """An absent figure is never silent."""
    listed = {(cell.table, cell.fact_row) for cell in tables.untyped()}
    for clock in tables.stage_clocks():
        if clock.unit == "unknown":
            assert ("stage_clocks", clock.fact_row) in listed, clock.id
    for program in tables.monitoring_programs():
        if program.basis != "measured":
            assert ("monitoring_programs", program.fact_row) in listed, program.id


def test_all_tables_hold_together() -> None:
    """The check that `recoup doctor` runs passes, and counts what it read."""
    checked = tables.check_all()
    assert set(checked.rows) == {*tables.TABLES, "moves"}
    assert all(checked.rows.values())
    assert checked.untyped == tables.untyped()
    assert checked.unverified["reason_codes"] == 194


def test_every_row_has_a_source_and_a_grade() -> None:
    """Each number can be walked back to where it was read."""
    for name, table in tables.TABLES.items():
        for row in table():
            if isinstance(row, Row):
                assert row.grade in ("V", "S", "U", "C")
                assert name in ("monitoring_thresholds", "monitoring_fees") or bool(getattr(row, "source", None))


def test_a_table_is_read_once() -> None:
    """The second call gives the same rows, not equal ones."""
    assert tables.reason_codes() is tables.reason_codes()


def test_the_zones_of_calendars_exist() -> None:
    """Each calendar counts its days in a zone of the IANA database."""
    assert {span.zone for span in tables.calendars()} <= available_timezones()


def test_numbers_of_currencies_are_unique() -> None:
    """No two codes share a number, so a clearing file's number names one currency."""
    numbers = [row.numeric for row in tables.currencies()]
    assert len(numbers) == len(set(numbers)) == 178


def test_metals_and_units_of_account_have_no_exponent() -> None:
    """What has no minor units cannot be an amount."""
    without = {row.code for row in tables.currencies() if row.exponent is None}
    assert {"XAU", "XAG", "XDR", "XTS", "XXX"} <= without
    assert not without & {"EUR", "USD", "JPY", "CLF"}


def test_several_values_in_a_cell_became_rows_with_conditions() -> None:
    """Visa's filing days 120|75 are four rows, each with its codes."""
    filing = {row.codes: row.length for row in tables.stage_clocks() if row.network == "visa" and row.step == "dispute"}
    assert filing == {
        "10.*": 120,
        "11.*": 75,
        "12.1 12.2 12.3 12.4 12.5 12.6.1 12.6.2 13.*": 120,
        "12.7": 75,
    }


def test_conflicting_figures_keep_the_earlier_in_the_column() -> None:
    """Where two sources differ in the same unit, the alternative is the later one."""
    for clock in tables.stage_clocks():
        if clock.grade == "C" and clock.alternative_unit == clock.unit and clock.length and clock.alternative_length:
            assert clock.length < clock.alternative_length, clock.id


def test_the_visa_threshold_falls_on_its_day() -> None:
    """The merchant tier is 2.20% until 2026-03-31 and 1.50% from 2026-04-01."""
    ratio = {t.program: t.value for t in tables.monitoring_thresholds() if t.measure == "ratio"}

    def on(day: dt.date) -> list[int]:
        tier = ("visa", "merchant", "excessive", "VAMP")
        return [
            ratio[p.id]
            for p in tables.monitoring_programs()
            if (p.network, p.level, p.tier, p.program) == tier and p.holds(day)
        ]

    assert on(dt.date(2026, 3, 31)) == [220]
    assert on(dt.date(2026, 4, 1)) == [150]


def test_new_return_code_is_not_in_force_before_its_day() -> None:
    """R90 begins on 2028-03-17."""
    r90 = next(row for row in tables.ach_return_codes() if row.code == "R90")
    assert not r90.holds(dt.date(2028, 3, 16))
    assert r90.holds(dt.date(2028, 3, 17))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("EUR,978,x,money,Euro,iso,V", "currencies.csv:2: exponent 'x'; wanted an integer."),
        ("EUR,978,２,money,Euro,iso,V", "currencies.csv:2: exponent '２'; wanted an integer."),
        ("EUR,978,9,money,Euro,iso,V", "currencies.csv:2: exponent 9; wanted 0 to 4."),
        ("EUR,978,2,money,Euro,iso,A", "currencies.csv:2: grade 'A'; wanted one of V, S, U, C."),
        ("EUR,978,2,money,Euro,,V", "currencies.csv:2: source empty; wanted a value."),
        ("EUR,978,2,money, Euro,iso,V", "currencies.csv:2: name ' Euro'; wanted no blanks around a value."),
        ("EUR,978,2,money,Euro,iso,V,x", "currencies.csv:2: 8 cells; wanted 7."),
        ("eur,978,2,money,Euro,iso,V", "currencies.csv:2: code eur; wanted three capital letters."),
        ("XAU,959,2,metal,Gold,iso,V", "currencies.csv:2: exponent 2 for kind metal;"),
        ("EUR,978,2,money,Euro,iso,V\nEUR,978,2,money,Euro,iso,V", "currencies.csv:3: EUR twice;"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(row: str, message: str) -> None:
    """The message names file and line, what was found and what was wanted."""
    with pytest.raises(TableInvalid) as refused:
        tables.currencies.read(CURRENCY_HEADER + row + "\n")
    assert str(refused.value).startswith(message)


def test_a_missing_column_is_refused() -> None:
    """A table whose columns are not those of its type is refused at line 1."""
    with pytest.raises(TableInvalid, match=r"currencies.csv:1: columns that differ in grade"):
        tables.currencies.read(CURRENCY_HEADER.replace(",grade", ""))


def test_a_unit_rule_needs_a_currency_that_exists() -> None:
    """A rule for a currency that is none is refused."""
    header = "partner,feed,currency,exponent,valid_from,valid_to,source,grade,note\n"
    with pytest.raises(TableInvalid, match="currency EUX"):
        tables.unit_rules.read(header + "adyen,*,EUX,2,,,a page,V,\n")


def test_one_code_may_stand_twice_where_its_days_do_not_overlap() -> None:
    """A code keeps its key over time; the second span begins after the first ends."""
    spans = reason_row("", "2020-12-31") + reason_row("2021-01-01", "")
    assert len(tables.reason_codes.read(REASON_HEADER + spans)) == 2


@pytest.mark.parametrize(
    "spans",
    [
        [("", ""), ("2021-01-01", "")],
        [("", "2021-01-01"), ("2021-01-01", "")],
        [("2020-01-01", "2022-01-01"), ("2021-01-01", "2021-06-01")],
    ],
)
def test_overlapping_days_of_one_code_are_refused(spans: Sequence[tuple[str, str]]) -> None:
    """On no day may a code have two rows."""
    with pytest.raises(TableInvalid, match="twice"):
        tables.reason_codes.read(REASON_HEADER + "".join(reason_row(*span) for span in spans))


def test_days_must_be_more_than_none_and_have_a_grade() -> None:
    """A length of 0 and a length without grade are refused."""
    with pytest.raises(TableInvalid, match="filing_days 0"):
        tables.reason_codes.read(REASON_HEADER + reason_row(filing="0,,S"))
    with pytest.raises(TableInvalid, match="both or neither"):
        tables.reason_codes.read(REASON_HEADER + reason_row(filing="120,,"))


def test_a_clock_counts_at_least_one_of_its_unit() -> None:
    """A length of 0 days, and a length beside a unit that is none, are refused."""
    header = (
        "id,fact_row,regime,rule,owes,starts,length,unit,calendar,cap_length,cap_unit,condition,applies_to,"
        "valid_from,valid_to,grade,source,note\n"
    )
    for length, unit in (("0", "calendar_days"), ("", "calendar_days"), ("3", "unlimited"), ("3", "banking_days")):
        with pytest.raises(TableInvalid, match=r"regulation_clocks.csv:2: (length|no calendar)"):
            tables.regulation_clocks.read(f"{header}a,,EU,refund,bank,debit,{length},{unit},,,,,all,,,V,a law,\n")


def test_a_successor_of_another_network_is_told() -> None:
    """The check of all tables against each other names row and code."""
    rows = tables.reason_codes()
    lost = [row for row in rows if row.code != "4808"]
    assert not list(tables.successor_problems(rows))
    assert {found for _, found, _ in tables.successor_problems(lost)} == {"successor 4808"}


def test_an_alias_of_two_codes_is_told() -> None:
    """A number that a network gives to two codes would be a coin toss."""
    rows = tables.reason_codes()
    twice = [msgspec.structs.replace(row, aliases="4863") if row.code == "UA01" else row for row in rows]
    assert not list(tables.alias_problems(rows))
    assert [found for _, found, _ in tables.alias_problems(twice)] == ["4863 names AT, UA01"]


def test_a_pattern_that_fits_no_code_is_told() -> None:
    """A clock for a code that does not exist would never run."""
    clocks = [clock for clock in tables.stage_clocks() if clock.network == "visa"]
    assert {found for _, found, _ in tables.pattern_problems(clocks, {"visa": ["10.4"]})} >= {
        "codes 11.*",
        "codes 13.*",
    }


def test_days_in_the_wrong_order_are_refused() -> None:
    """A row cannot end before it begins."""
    with pytest.raises(TableInvalid, match="before valid_from"):
        tables.reason_codes.read(REASON_HEADER + reason_row("2021-01-01", "2020-01-01"))


def test_every_datable_clock_has_a_start() -> None:
    """A length without an event to count from would be no clock."""
    for clock in tables.stage_clocks():
        if clock.unit in DATABLE:
            assert clock.starts is not None, clock.id


def test_calendar_days_are_weekdays() -> None:
    """Weekends are in the calendar's own row, not among its days."""
    assert all(row.day.weekday() < 5 for row in tables.calendar_days())
