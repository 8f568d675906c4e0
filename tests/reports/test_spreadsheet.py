import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from recoup.domain.money import render_major
from recoup.reports.spreadsheet import DIGITS_MAX, exact, write_spreadsheet
from tests.reports.conftest import money, run_of

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(path: Path) -> dict[str, tuple[str, str]]:
    """Give (type, what stands in the file) of each cell of the first sheet."""
    with zipfile.ZipFile(path) as book:
        shared = [
            "".join(part.itertext()) for part in etree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{MAIN}si")
        ]
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert not list(sheet.iter(f"{MAIN}f")), "no formula anywhere"
    found = {}
    for cell in sheet.iter(f"{MAIN}c"):
        kind, value = cell.get("t", "n"), cell.findtext(f"{MAIN}v")
        if value is not None:
            found[cell.get("r")] = (kind, shared[int(value)] if kind == "s" else value)
    return found


def test_amounts_are_numbers_where_a_spreadsheet_keeps_them_and_text_where_not(tmp_path: Path) -> None:
    """No decimals, three decimals, fifteen digits are numbers; sixteen are text, with every digit."""
    rows = [("a", 12345, "JPY"), ("b", -5, "KWD"), ("c", 123_456_789_012_345, "EUR"), ("d", 2**63 - 1, "USD")]
    answer = money(*rows)
    run = run_of(answer)
    write_spreadsheet(tmp_path / "a.xlsx", run.answers, run.stamp, {"question": "Money: all/of [it]"})
    found = cells(tmp_path / "a.xlsx")
    assert [found[f"B{number}"] for number in range(2, 6)] == [
        ("n", "12345"),
        ("n", "-0.005"),
        ("n", "1234567890123.45"),
        ("s", "92233720368547758.07"),
    ]


def test_texts_are_never_formulas_or_links(tmp_path: Path) -> None:
    """Whatever they begin with."""
    answer = money(("=1+1", 1, "EUR"), ("http://example.com", 1, "EUR"), ("0012", 1, "EUR"))
    run = run_of(answer)
    write_spreadsheet(tmp_path / "a.xlsx", run.answers, run.stamp, {})
    found = cells(tmp_path / "a.xlsx")
    assert [found[f"A{number}"] for number in range(2, 5)] == [
        ("s", "=1+1"),
        ("s", "http://example.com"),
        ("s", "0012"),
    ]


@pytest.mark.parametrize("currency", ["JPY", "EUR", "KWD", "CLF"])
@given(minor=st.integers(-(10**18), 10**18))
def test_a_number_in_the_file_is_the_amount_to_the_last_digit(currency: str, minor: int) -> None:
    """What is written reads back as the same decimal, or is not written as a number."""
    text = render_major(minor, currency)
    number = exact(text)
    if number is None:
        assert len(str(abs(minor)).rstrip("0")) > DIGITS_MAX
    else:
        assert Decimal(f"{number:.16G}") == Decimal(text)
        assert Decimal(f"{float(text):.15g}") == Decimal(text), "and so does the fraction of two that a reader makes"
