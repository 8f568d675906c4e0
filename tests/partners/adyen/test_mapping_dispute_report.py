"""The dispute report: rows by the header's names, times by their zone, the bad ones aside."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.instants import parse_instant
from recoup.domain.legs import Told
from recoup.domain.tables import moves
from recoup.partners.adyen.mapping_dispute_report import read_dispute_report
from recoup.partners.adyen.telling import CODES
from recoup.partners.contract import Reading
from tests.partners.adyen.sent import arrived, checks, only

ROW = {
    "Company Account": "Shop",
    "Merchant Account": "ShopNL",
    "Psp Reference": "9913333333333333",
    "Merchant Reference": "order-1",
    "Payment Method": "mc",
    "Record Date": "2026-01-01 12:00:00",
    "Record Date TimeZone": "CET",
    "Dispute Currency": "EUR",
    "Dispute Amount": "10.00",
    "Record Type": "Chargeback",
    "Dispute PSP Reference": "9915555555555555",
    "Dispute Reason": "Not as described",
    "CB Scheme Code": "mc",
    "CB Reason Code": " 4853",
    "NOF Scheme Code": "",
    "NOF Reason Code": "",
    "Dispute Arn": "",
    "Dispute End Date": "2026-01-31 03:03:07",
    "Dispute End Date TimeZone": "CET",
}


def report(*rows: dict[str, str]) -> bytes:
    """A report with the columns of its first row."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def read(*rows: dict[str, str], **told: Any) -> Reading:
    """What a report says."""
    return read_dispute_report(
        arrived("dispute_report", **{"name": "dispute_report_2026_01_01.csv"} | told), report(*rows)
    )


def test_row_is_the_event_in_another_spelling() -> None:
    """Same move, same leg, same payment as the webhook tells."""
    reading = read(ROW)
    placed = only(reading)
    said = placed.said
    assert (reading.covers_on, placed.account, said.form) == ("2026-01-01", "ShopNL", "row")
    assert (said.partner_dispute_id, said.payment_ref) == ("9915555555555555", "9913333333333333")
    assert (said.move, said.partner_status, said.network, said.reason_code) == (
        "chargeback_opened",
        "CHARGEBACK",
        "mastercard",
        "4853",
    )
    assert said.occurred_at == parse_instant("2026-01-01T11:00:00Z")
    assert (said.due_at, said.due_state) == (parse_instant("2026-01-31T02:03:07Z"), "said")
    assert said.legs == (Told("debit", 1, 1000, "EUR"),)
    assert checks(reading) == []


@pytest.mark.parametrize("record_type", sorted(CODES.known("record_type")))
def test_every_known_record_type_is_a_move(record_type: str) -> None:
    """Without a finding."""
    reading = read(ROW | {"Record Type": record_type})
    assert only(reading).said.move in moves()
    assert checks(reading) == []


def test_order_of_columns_does_not_matter() -> None:
    """It was never verified."""
    turned = dict(reversed(ROW.items()))
    assert only(read(turned)) == only(read(ROW))


def test_column_of_a_customer_is_let_through() -> None:
    """More columns than we know."""
    assert only(read(ROW | {"Their Own Column": "x"})) == only(read(ROW))


@pytest.mark.parametrize(
    "column", ["Dispute PSP Reference", "Record Type", "Record Date", "Psp Reference", "Merchant Account"]
)
def test_report_without_a_column_that_names_a_dispute_is_held(column: str) -> None:
    """Another report under this name, or a new layout."""
    reading = read({name: cell for name, cell in ROW.items() if name != column})
    assert reading.held is not None
    assert column in reading.held.found


@pytest.mark.parametrize(
    ("zone", "instant"),
    [("CET", "2026-01-01T11:00:00Z"), ("PST", "2026-01-01T20:00:00Z"), ("UTC", "2026-01-01T12:00:00Z")],
)
def test_time_is_local_with_its_zone_beside_it(zone: str, instant: str) -> None:
    """Whatever the account's zone is."""
    assert only(read(ROW | {"Record Date TimeZone": zone})).said.occurred_at == parse_instant(instant)


@pytest.mark.parametrize(("zone", "expected"), [("IST", ["vocabulary.unknown"]), ("", [])])
def test_zone_with_several_meanings_is_the_accounts(zone: str, expected: list[str]) -> None:
    """India, Israel or Ireland: the report is made in the account's zone, and a finding says that it was used."""
    reading = read(ROW | {"Record Date TimeZone": zone})
    assert only(reading).said.occurred_at == parse_instant("2026-01-01T11:00:00Z")
    assert checks(reading) == expected


def test_deadline_without_time_is_read_at_its_strictest() -> None:
    """The day's beginning in the account's zone."""
    said = only(read(ROW | {"Dispute End Date": "2026-01-31", "Dispute End Date TimeZone": ""})).said
    assert said.due_at == parse_instant("2026-01-30T23:00:00Z")


def test_deadline_counts_only_where_an_answer_is_awaited() -> None:
    """What the column means once a dispute is closed was never seen."""
    assert only(read(ROW | {"Record Type": "SecondChargeback"})).said.due_state == "unsaid"
    odd = read(ROW | {"Dispute End Date": "31/01/2026"})
    assert (only(odd).said.due_at, checks(odd)) == (None, ["adyen.instant"])


@pytest.mark.parametrize("amount", ["", "1_000", "10,00", "1e3", "-10.00", "10.005", "NaN", "１０"])
def test_amount_that_is_none_leaves_the_dispute_without(amount: str) -> None:
    """Refused by pattern before any conversion."""
    reading = read(ROW | {"Dispute Amount": amount})
    assert (only(reading).said.amount_minor, only(reading).said.legs) == (None, ())
    assert checks(reading) == ["adyen.amount"]


def test_zero_and_three_decimal_currencies_are_right() -> None:
    """Yen without decimals, dinars with three."""
    assert only(read(ROW | {"Dispute Currency": "JPY", "Dispute Amount": "500"})).said.amount_minor == 500
    assert only(read(ROW | {"Dispute Currency": "KWD", "Dispute Amount": "1.234"})).said.amount_minor == 1234


@pytest.mark.parametrize(
    "change", [{"Dispute PSP Reference": ""}, {"Record Date": ""}, {"Record Date": "01/02/2026 10:00"}]
)
def test_row_that_cannot_be_placed_is_quarantined_and_the_rest_goes_through(change: dict[str, str]) -> None:
    """By its number."""
    reading = read(ROW, ROW | change, ROW | {"Dispute PSP Reference": "9916666666666666"})
    assert (reading.records, reading.accepted, [bad.position for bad in reading.quarantined]) == (3, 2, [2])


def test_row_of_another_width_is_quarantined() -> None:
    """A shifted row never fills another column."""
    body = report(ROW) + b"only,three,cells\r\n"
    reading = read_dispute_report(arrived("dispute_report"), body)
    assert (reading.records, reading.accepted) == (2, 1)


@pytest.mark.parametrize(
    "cut", [b"", report(ROW)[:-30], report(ROW).replace(b"Not as described", b'"Not as described')]
)
def test_damaged_report_is_held_whole(cut: bytes) -> None:
    """Empty, broken off, or with a quote that never closes."""
    assert read_dispute_report(arrived("dispute_report"), cut).held is not None


def test_unknown_record_type_is_an_unknown_move() -> None:
    """With a finding; the dispute is there."""
    reading = read(ROW | {"Record Type": "ChargebackExternallyAdjudicated"})
    assert only(reading).said.move == "unknown"
    assert checks(reading) == ["vocabulary.unknown"]


def test_day_without_rows_is_a_report_all_the_same() -> None:
    """It closes the expectation for its day."""
    reading = read_dispute_report(
        arrived("dispute_report", name="dispute_report_2026_01_02.csv"), report(ROW).splitlines(keepends=True)[0]
    )
    assert (reading.records, reading.held, reading.covers_on) == (0, None, "2026-01-02")


@given(st.dictionaries(st.sampled_from(sorted(ROW)), st.text(max_size=12), max_size=5))
def test_any_text_in_any_cell_is_accounted_for(wild: dict[str, str]) -> None:
    """Never an exception, never a record lost."""
    reading = read(ROW | wild)
    assert reading.held is not None or reading.records == reading.accepted + len(reading.quarantined)
