"""A PayPal report shown record by record."""

import io

from recoup.formats.laid import Field, Laid
from recoup.partners.paypal.layout import layout_of
from recoup.partners.paypal.mapping_reports import MOVEMENT_COLUMNS
from tests.partners.paypal.sent import chargeback_report


def laid(sent: bytes) -> list[Laid]:
    """All records of a file."""
    return list(layout_of(MOVEMENT_COLUMNS)(io.BytesIO(sent)))


def test_every_record_is_shown_with_its_line() -> None:
    """Headers and footers among them."""
    shown = laid(chargeback_report())
    assert len(shown) == len(chargeback_report().splitlines())
    assert [one.kind[:2] for one in shown] == [line[:2].decode() for line in chargeback_report().splitlines()]
    assert (shown[4].at, shown[4].findings) == ("line 5", ())


def test_codes_and_signs_are_shown_with_their_meaning() -> None:
    """T1201 is a chargeback, DR a debit."""
    fields = laid(chargeback_report())[7].fields
    assert Field("Transaction Event Code", "column 6", "T1201", "Chargeback") in fields
    assert Field("Transaction Debit or Credit", "column 9", "DR", "debit") in fields
    assert Field("Gross credits", "column 3", "15900") in laid(chargeback_report())[9].fields


def test_total_that_is_off_is_shown_where_it_stands() -> None:
    """Beside the record that states it."""
    shown = laid(chargeback_report().replace(b"FF,5", b"FF,6").replace(b"SF,EUR,15900", b"SF,EUR,15901"))
    assert [one.kind[:2] for one in shown if one.findings] == ["SF", "FF"]


def test_record_out_of_order_and_what_is_no_text_are_shown_as_wrong() -> None:
    """And none raises."""
    shown = laid(b"RH,1\nFF,0\nSB,1\n")
    assert [len(one.findings) for one in shown] == [0, 1, 1]
    assert laid(b"RH,1\nFH,\xff\n")[-1].kind == "unreadable"
    assert laid(b"")[0].findings[0].check == "paypal.empty"


def test_report_with_other_columns_is_shown_as_another_report() -> None:
    """So that a person who is asked which feed it is gets the right one offered."""
    sent = chargeback_report()
    for wanted, unwanted in ((("Case ID",), ()), (MOVEMENT_COLUMNS, ("Invoice ID",))):
        shown = layout_of(wanted, unwanted)(io.BytesIO(sent))
        assert [one.kind[:2] for one in shown if one.findings] == ["CH"]
