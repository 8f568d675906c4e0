import re
from pathlib import Path
from typing import Any

import pypdfium2
from pypdf import PdfReader

from recoup.reports.definition import Chart, Figures, TableOf
from recoup.reports.page import page, write_page
from tests.reports.conftest import Maker, money, run_of

TABLE = TableOf("question", "Amounts", columns=("partner", "amount_minor"), totals=("amount_minor",))


def text_of(path: Path) -> str:
    """Give the words of a page, as somebody who searches in it finds them."""
    return re.sub(r"\s+", " ", " ".join(part.extract_text() for part in PdfReader(path).pages))


def test_a_page_says_what_was_asked_what_came_and_what_it_hashes_to(maker: Maker, tmp_path: Path) -> None:
    """Words that can be searched, fonts inside, and a stamp."""
    run = maker.run("ageing")
    write_page(tmp_path / "a.pdf", run.report, run.answers, run.stamp, tmp_path / "fonts")
    text = text_of(tmp_path / "a.pdf")
    assert "Ageing of open balances" in text
    assert run.stamp.run in text
    assert run.stamp.rows_hash in text
    assert "Open balances, oldest first" in text
    resources: list[Any] = [part["/Resources"] for part in PdfReader(tmp_path / "a.pdf").pages]
    names = {str(font.get_object()["/BaseFont"]) for resource in resources for font in resource["/Font"].values()}
    assert names
    assert all("Inter" in name and "+" in name for name in names), "a part of our own font, put into the file"


def test_a_page_can_be_looked_at(maker: Maker, tmp_path: Path) -> None:
    """Every page has ink on it, inside its margins."""
    run = maker.run("daily_operations")
    write_page(tmp_path / "a.pdf", run.report, run.answers, run.stamp, tmp_path / "fonts")
    document = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    for number in range(len(document)):
        bitmap = document[number].render(scale=0.5, grayscale=True)
        rows = [
            bytes(bitmap.buffer)[at : at + bitmap.width]
            for at in range(0, bitmap.stride * bitmap.height, bitmap.stride)
        ]
        assert any(min(row) < 128 for row in rows)
        assert all(min(row[:15]) == 255 and min(row[-15:]) == 255 for row in rows), "nothing runs over the edge"


def test_no_text_is_read_as_markup(tmp_path: Path) -> None:
    """A merchant may be called what it likes."""
    name = '#panic() $x$ *b* <a> @c // \\ "q" [d] 日本'
    run = run_of(money((name, -1234567, "KWD")), TABLE)
    write_page(tmp_path / "a.pdf", run.report, run.answers, run.stamp, tmp_path / "fonts")
    text = text_of(tmp_path / "a.pdf")
    assert '#panic() $x$ *b* <a> @c // \\ "q" [d]' in text
    assert "\N{MINUS SIGN}1,234.567 KWD" in text


def test_totals_are_per_currency_and_charts_too() -> None:
    """A picture each, and never a sum of two currencies."""
    answer = money(("a", 500, "EUR"), ("b", 700, "EUR"), ("c", 9, "JPY"))
    chart = Chart("question", "By partner", "columns", label="partner", value="amount_minor")
    run = run_of(answer, TABLE, chart)
    table, pictures = page(run.report, run.answers, run.stamp)["sections"]
    assert [[cell["text"] + cell["unit"] for cell in row] for row in table["totals"]] == [
        ["Total", "12.00EUR"],
        ["", "9JPY"],
    ]
    assert [picture["title"] for picture in pictures["pictures"]] == ["EUR", "JPY"]
    assert "from a to b; the largest is b with 7.00 EUR" in pictures["pictures"][0]["says"]


def test_more_rows_than_a_page_should_hold_are_counted() -> None:
    """They stand in the other formats."""
    answer = money(*((f"p{number}", number, "EUR") for number in range(30)))
    run = run_of(answer, TableOf("question", "Amounts", rows_max=10))
    (table,) = page(run.report, run.answers, run.stamp)["sections"]
    assert len(table["rows"]) == 10
    assert table["left-out"] == "and 20 more rows, in the other formats of this report"


def test_nothing_is_said_to_be_nothing() -> None:
    """An empty table and an empty chart say so, and break nothing."""
    chart = Chart("question", "By partner", "waterfall", label="partner", value="amount_minor")
    run = run_of(money(), TABLE, chart)
    table, pictures = page(run.report, run.answers, run.stamp)["sections"]
    assert (table["rows"], table["totals"], table["empty"]) == ([], [], "Nothing.")
    assert pictures["pictures"][0]["says"] == "By partner. No values."


def test_headline_figures_are_amounts_or_counts(maker: Maker) -> None:
    """Digits grouped, currency beside."""
    run = maker.run("partner_day_tie_out")
    figures = page(run.report, run.answers, run.stamp)["sections"][0]
    assert isinstance(run.report.definition.section[0], Figures)
    assert {row["unit"] for row in figures["rows"]} >= {"", "EUR", "USD"}
    assert all(re.fullmatch(r"[\N{MINUS SIGN}0-9,.]+", row["value"]) for row in figures["rows"])
