"""Small reports, row by row, or held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.findings import Finding
from recoup.formats.csv_rows import Rows, read_rows


def rows(body: bytes) -> Rows:
    """The rows, where there are any to be had."""
    found = read_rows(body, "r.csv")
    assert isinstance(found, Rows), found
    return found


def test_rows_are_named_by_the_header_in_any_order() -> None:
    """Blanks around a cell are none of it; a quoted comma is."""
    found = rows(b'\xef\xbb\xbfb, a\r\n 1 ,"x, y"\r\n\r\n2,z\r\n')
    assert found.columns == ("b", "a")
    assert [(row.position, dict(row.cells)) for row in found.rows] == [
        (1, {"b": "1", "a": "x, y"}),
        (2, {"b": "2", "a": "z"}),
    ]


def test_header_alone_is_a_quiet_day() -> None:
    """No rows, nothing wrong."""
    assert rows(b"a,b\n") == Rows(("a", "b"), ())


def test_row_of_another_width_is_broken_and_the_rest_goes_through() -> None:
    """By its number, with its line."""
    found = rows(b"a,b\n1,2\n1,2,3\n4,5\n")
    assert [row.position for row in found.rows] == [1, 3]
    ((position, finding),) = found.broken
    assert (position, finding.where, finding.found) == (2, "r.csv:3", "3 cells")


@pytest.mark.parametrize(
    ("body", "check"),
    [
        (b"", "csv_rows.empty"),
        (b"\n\n", "csv_rows.empty"),
        (b'a,b\n1,"2\n3,4\n', "csv_rows.quotes"),
        (b'a,b\n1,"2"x\n', "csv_rows.quotes"),
        (b"a,b\n1,2\n3", "csv_rows.truncated"),
        (b"a,a\n1,2\n", "csv_rows.header"),
        (b"a,b\n1,\xe4\n", "csv_rows.encoding"),
        ("a,b\n1,2\n".encode("utf-16"), "csv_rows.encoding"),
    ],
)
def test_file_that_cannot_be_trusted_is_held(body: bytes, check: str) -> None:
    """One unclosed quote would read four rows as two."""
    found = read_rows(body, "r.csv")
    assert isinstance(found, Finding)
    assert found.check == check


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_a_finding(body: bytes) -> None:
    """No input raises."""
    read_rows(body, "r.csv")
