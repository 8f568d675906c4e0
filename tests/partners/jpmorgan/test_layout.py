"""How a person is shown a report."""

import io

from recoup.partners.jpmorgan.layout import lay_out_dfr, layout_of
from tests.partners.jpmorgan.sent import SAMPLES, dispute, report


def test_every_line_of_a_report_is_shown_with_names_and_meanings() -> None:
    """And what a spreadsheet destroyed."""
    laid = list(layout_of("dispute_details")(io.BytesIO(report(dispute(acquirer="7.45E+22")))))
    assert [one.kind for one in laid] == [
        "first or closing line",
        "what the report is",
        "column names",
        "row",
        "first or closing line",
    ]
    shown = {field.name: (field.at, field.raw, field.meaning) for field in laid[3].fields}
    assert shown["Dispute Category Code"] == ("column 4", "RECD", "received")
    assert shown["Acquirer Reference Number"] == ("column 2", "7.45E+22", "destroyed by a spreadsheet")
    assert laid[3].at == "line 4"


def test_every_record_of_a_delimited_file_is_shown() -> None:
    """With the names of its fields."""
    laid = list(lay_out_dfr(io.BytesIO((SAMPLES / "dfr/chargebacks.dfr").read_bytes())))
    assert [one.kind for one in laid][:3] == ["*DFRBEG", "HPDE0017", "RPDE0017S"]
    shown = {field.name: field.raw for field in laid[4].fields}
    assert (shown["Dispute Transaction Sequence Number"], shown["unnamed"]) == ("700000001", "VI")
    assert not any(one.findings for one in laid)


def test_what_is_out_of_order_is_shown_where_it_shows() -> None:
    """And nothing raises."""
    body = report(dispute())
    laid = list(layout_of("dispute_details")(io.BytesIO(body + body)))
    assert [one.number for one in laid if one.findings] == [6]
    for bad in (b"\0", b"\xff", b'a,"b', b""):
        assert all(one.number for one in layout_of("dispute_details")(io.BytesIO(bad)))
        assert all(one.number for one in lay_out_dfr(io.BytesIO(bad)))


def test_report_of_another_feed_says_so_in_its_second_line() -> None:
    """So that a file finds its own feed."""
    laid = list(layout_of("fee_details")(io.BytesIO(report(dispute()))))
    assert [(one.number, found.check) for one in laid for found in one.findings] == [(2, "jpmorgan.report")]
