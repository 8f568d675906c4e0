"""The frame of a report: what is read, what was cut, joined or is another report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.partners.jpmorgan.sent import DISPUTE, ENTITY, checks, dispute, lines, read, report

FEED = "dispute_details"
BODY = report(dispute(), dispute(sequence="700000002"))


def test_report_is_its_rows_and_its_day() -> None:
    """Empty lines at the end, padded lines and a byte order mark mean nothing."""
    plain = read(FEED, BODY)
    assert (plain.records, plain.accepted, plain.covers_on) == (2, 2, "2026-01-05")
    padded = b"\r\n".join(line + b",,," if b"=" in line else line for line in BODY.split(b"\r\n"))
    for body in (BODY + b"\r\n" * 5000, padded, b"\xef\xbb\xbf" + BODY, BODY.replace(b"\r\n", b"\n")):
        assert read(FEED, body).observations == plain.observations


def test_report_over_several_days_covers_none() -> None:
    """And is read all the same."""
    assert read(FEED, report(dispute(), to="2026-01-06")).covers_on is None


def test_report_without_rows_is_read() -> None:
    """A quiet day."""
    reading = read(FEED, report())
    assert (reading.records, checks(reading)) == (0, [])


@pytest.mark.parametrize("kept", range(5))
def test_report_cut_at_any_line_is_held(kept: int) -> None:
    """Its closing line is missing."""
    assert checks(read(FEED, b"".join(BODY.splitlines(keepends=True)[:kept]))) == ["jpmorgan.truncated"]


@given(st.integers(1, len(BODY) - 3))
def test_report_cut_at_any_byte_is_noticed(at: int) -> None:
    """Within the closing line too."""
    reading = read(FEED, BODY[:at])
    assert reading.held is not None


def test_two_reports_in_one_are_held() -> None:
    """Nothing is counted twice."""
    held = read(FEED, BODY + BODY).held
    assert held is not None
    assert (held.check, held.where) == ("jpmorgan.frame", "x.csv:7")


def test_closing_line_of_another_report_is_held() -> None:
    """Two files were joined in the middle."""
    other = BODY.rstrip().rpartition(b"\r\n")[0] + b"\r\nProcessingEntityId=2,Frequency=adhoc\r\n"
    assert checks(read(FEED, other)) == ["jpmorgan.frame"]


def test_report_for_another_entity_is_held_before_its_rows() -> None:
    """It is somebody else's; also where it has no rows, and where one cannot be read."""
    theirs = BODY.replace(b"100000000001", b"100000000999").replace(b"700000002", b"7.0E+08")
    for body in (theirs, report().replace(b"100000000001", b"100000000999")):
        reading = read(FEED, body)
        assert (checks(reading), reading.records) == (["jpmorgan.foreign_entity"], 0)
        assert reading.held is not None
        assert "0999" in reading.held.found
        assert "100000000999" not in reading.held.found


def test_an_account_that_is_no_number_says_nothing_of_entities() -> None:
    """And one that is not known takes them all."""
    for account in ("default", "jpm-us"):
        assert read(FEED, BODY, account=account).accepted == 2


def test_another_report_is_held_by_its_name() -> None:
    """Before a row of it is read."""
    held = read("fee_details", BODY).held
    assert held is not None
    assert (held.check, held.where, held.found) == ("jpmorgan.report", "x.csv:2", 'a report "disputedetails"')


def test_report_without_a_needed_column_is_held() -> None:
    """Its name is said."""
    column = "Dispute Transaction Sequence Number"
    less = {name: value for name, value in DISPUTE.items() if name != column}
    held = read(FEED, report(less)).held
    assert held is not None
    assert (held.check, held.found) == ("jpmorgan.columns", f"no column {column}")


@pytest.mark.parametrize(
    ("body", "check"),
    [
        (b"", "jpmorgan.truncated"),
        (b"hello\r\n", "jpmorgan.frame"),
        (BODY.decode().encode("utf-16"), "jpmorgan.line"),
        (BODY.decode().encode("utf-16-le"), "jpmorgan.line"),
        (BODY.replace(b"order-1001", b"order-\0", 1), "jpmorgan.line"),
        (BODY.replace(b"order-1001", b'"order', 1), "jpmorgan.quotes"),
        (BODY.replace(b"order-1001", b'"or"der', 1), "jpmorgan.quotes"),
        (BODY.replace(b"order-1001", b"\xff\xfe", 1), "jpmorgan.encoding"),
        (BODY.replace(b"order-1001", b"x" * (1 << 19), 1), "jpmorgan.line"),
        (BODY.replace(b"Activity Date", b"Dispute Due Date", 1), "jpmorgan.frame"),
        (lines([(ENTITY, "Frequency=adhoc"), (ENTITY, "ReportTypeName=DisputeDetails"), (ENTITY,)]), "jpmorgan.frame"),
    ],
    ids=range(11),
)
def test_what_is_no_report_is_held(body: bytes, check: str) -> None:
    """Encodings, NULs, quotes, lines without end, names twice."""
    assert checks(read(FEED, body)) == [check]


def test_row_that_is_too_long_is_quarantined_and_the_rest_read() -> None:
    """Which value is which is not known."""
    rows = BODY.splitlines(keepends=True)
    rows[3] = rows[3].rstrip() + b",more\r\n"
    reading = read(FEED, b"".join(rows))
    assert (reading.records, reading.accepted, checks(reading)) == (2, 1, ["jpmorgan.cells"])
    assert reading.quarantined[0].position == 1
