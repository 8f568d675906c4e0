import datetime as dt
import io

import pytest

from recoup.formats.nacha import Nacha
from recoup.formats.nacha_records import Entry, day_of, day_of_year, return_kinds
from tests.fakes.nacha_files import Batch, File, changed, contested, dishonored, returned
from tests.fakes.nacha_files import Entry as Written

JANUARY = dt.date(2026, 1, 5)


def read(entry: Written, settled: str = "033") -> Entry:
    """The one entry of a file."""
    return next(iter(Nacha(io.BytesIO(File([Batch([entry], settled=settled)]).data())).entries()))


def test_a_return_names_the_entry_that_it_returns() -> None:
    """The code, the original trace number, and the bank that had received the original."""
    (told,) = read(returned("R10")).returns
    assert (told.tells, told.code, told.original_trace) == ("return", "R10", "121042880000001")
    assert (told.original_receiver, told.return_trace, told.trace) == ("23138010", None, "231380100000001")


def test_a_dishonour_names_the_return() -> None:
    """By its trace number and reason."""
    (told,) = read(dishonored("R68", of="10")).returns
    assert (told.tells, told.return_trace, told.return_code) == ("dishonored", "231380100000001", "R10")
    assert told.dishonored_trace is None


def test_a_contest_names_return_and_dishonour() -> None:
    """So that entry, return, dishonour and contest are one chain."""
    (told,) = read(contested("R73")).returns
    assert (told.tells, told.original_trace) == ("contested", "121042880000001")
    assert (told.return_trace, told.dishonored_trace) == ("231380100000001", "121042885000001")


def test_an_entry_keeps_all_its_addenda_99_in_order() -> None:
    """Return, dishonour and contest may stand under one entry: a history, the last of which is the news."""
    entry = contested("R71")
    history = (*returned("R07").addenda, *dishonored("R68").addenda, *entry.addenda)
    told = read(Written(entry.code, entry.amount, entry.receiver, entry.trace, history)).returns
    assert [addenda.tells for addenda in told] == ["return", "dishonored", "contested"]


def test_an_unknown_code_has_no_layout() -> None:
    """What it tells is not known, nor what stands where."""
    (told,) = read(returned("R99")).returns
    assert (told.tells, told.return_trace, told.dishonored_trace) == (None, None, None)


@pytest.mark.parametrize(("code", "is_refusal"), [("C01", False), ("C14", False), ("C61", True), ("C69", True)])
def test_a_change_is_told_from_its_refusal(code: str, is_refusal: bool) -> None:
    """By the range of its code."""
    (change,) = read(changed(code)).changes
    assert (change.code, change.is_refusal, change.original_trace) == (code, is_refusal, "121042880000001")


def test_kinds_of_returns_come_from_the_table_of_codes() -> None:
    """Seventy-one codes; the layouts of two ranges differ."""
    kinds = return_kinds()
    assert sorted(code for code, kind in kinds.items() if kind == "dishonored") == [
        *("R61", "R62", "R67", "R68", "R69", "R70"),
    ]
    assert sorted(code for code, kind in kinds.items() if kind == "contested") == [f"R{n}" for n in range(71, 78)]
    assert kinds["R01"] == kinds["R90"] == "return"


@pytest.mark.parametrize(
    ("text", "near", "day"),
    [
        ("033", dt.date(2026, 1, 31), dt.date(2026, 2, 2)),
        ("365", JANUARY, dt.date(2025, 12, 31)),
        ("002", dt.date(2025, 12, 31), dt.date(2026, 1, 2)),
        ("366", dt.date(2024, 12, 30), dt.date(2024, 12, 31)),
        ("366", dt.date(2026, 6, 1), None),
        ("000", JANUARY, None),
        ("   ", JANUARY, None),
        ("\u0660\u0661\u0662", JANUARY, None),
    ],
)
def test_a_day_of_the_year_is_that_of_the_nearest_year(text: str, near: dt.date, day: dt.date | None) -> None:
    """Settlement dates have no year: near its turn the file's own date decides."""
    assert day_of_year(text, near) == day


@pytest.mark.parametrize(("text", "day"), [("260131", dt.date(2026, 1, 31)), ("260231", None), ("      ", None)])
def test_a_date_is_a_day_or_nothing(text: str, day: dt.date | None) -> None:
    """YYMMDD, of this century."""
    assert day_of(text) == day
