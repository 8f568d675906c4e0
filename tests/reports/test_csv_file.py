from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.errors import OutputUnreadable
from recoup.reports.answers import rows_hash
from recoup.reports.csv_file import csv_text, guarded, read_csv, write_csv
from tests.reports.conftest import money

FORMULAS = ['=cmd|"/c calc"!A1', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1", "＝1+1", "-x"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    """A spreadsheet shows what begins with an apostrophe as it is."""
    assert guarded(text).startswith("'")


def test_numbers_stay_numbers() -> None:
    """A debit begins with a minus and is no formula."""
    found = csv_text(money(("x", -1234, "EUR")))
    assert found.splitlines()[1].startswith("x,-12.34,EUR,2026-03-01T12:34:56.789012Z,true,2026-03-01")


def test_lines_and_quotes_are_those_of_the_rfc() -> None:
    """CR LF ends a line; quotes are doubled; a comma, a quote or a line's end is quoted."""
    found = csv_text(money(('a "b", c\nd', 1, "JPY")))
    assert '\r\n"a ""b"", c\nd",1,JPY,' in found
    assert found.endswith("\r\n")


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)))
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    """Every text comes back as it was, so that its hash does too."""
    answer = money(*((name, 1, "EUR") for name in names))
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_csv(path, answer)
    heads, texts = read_csv(path)
    assert heads == answer.heads
    assert texts == [tuple(text or None for text in row) for row in answer.texts]
    assert rows_hash(heads, texts) == answer.rows_hash


@pytest.mark.parametrize("data", [b"", b"a,b\r\n1\r\n", b"a\r\n\xff\xfe\r\n", b'a\r\n"open'])
def test_what_no_report_wrote_is_refused(tmp_path: Path, data: bytes) -> None:
    """Empty, crooked, in another encoding, or cut off."""
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(OutputUnreadable):
        read_csv(tmp_path / "a.csv")
