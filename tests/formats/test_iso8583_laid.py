"""An IPM file for a person: every record, element and PDS by name and place, with what is wrong beside it."""

import io

from hypothesis import given
from hypothesis import strategies as st

from recoup.formats.iso8583_laid import lay_out
from recoup.formats.laid import Laid
from tests.fakes.ipm_files import FILE_ID, blocked, chargeback, logical, message, pds, sale, vbs

TOLD = [("1240", sale(1)), ("1442", chargeback())]


def laid(data: bytes) -> list[Laid]:
    """All records of a file."""
    return list(lay_out(io.BytesIO(data)))


def values(record: Laid) -> dict[str, tuple[str, str]]:
    """Name and raw value of each field by its place."""
    return {field.at: (field.name, field.raw) for field in record.fields}


def test_every_record_is_shown_with_its_place() -> None:
    """A blocked EBCDIC file as easily as a plain one."""
    records = laid(blocked(vbs(logical(TOLD, encoding="cp500"))))
    assert [record.kind for record in records] == [
        "1644-697 file header",
        "1240-200",
        "1442-450",
        "1644-695 file trailer",
    ]
    assert (records[0].at, records[0].number) == ("byte 0", 1)
    assert values(records[0])["file"] == ("Framing", "1014-blocked (0x4040), EBCDIC read as cp500")
    assert values(records[0])["PDS 0105"] == ("File ID", FILE_ID)
    assert values(records[2])["DE 95"] == ("Card issuer reference data", "0000000042")
    assert all(record.findings == () for record in records)


def test_an_unknown_pds_is_shown_by_its_number() -> None:
    """Nothing is left out for want of a name."""
    record = laid(vbs([message("1644", {24: "693", 48: pds(("9999", "new"))})]))[0]
    assert values(record)["PDS 9999"] == ("PDS 9999", "new")


def test_what_is_no_pds_is_shown_as_it_is() -> None:
    """The run up to the fault, then the rest."""
    record = laid(vbs([message("1644", {24: "693", 48: pds(("0023", "CT6")) + "0025ABC"})]))[0]
    assert values(record)["PDS 0023"][1] == "CT6"
    assert values(record)["DE 48 from character 11"][1] == "0025ABC"
    assert "iso8583.pds" in [finding.check for finding in record.findings]


def test_chip_data_are_shown_by_tag_and_cards_in_them_are_not() -> None:
    """Half bytes of a card number are no text that a mask knows."""
    chip = bytes.fromhex("9f360200ff" + "5a085555555555554444" + "9f0206000000001234")
    shown = values(laid(vbs([message("1240", sale() | {55: chip})]))[0])
    assert shown["DE 55 9F36"] == ("Chip tag 9F36", "00ff")
    assert shown["DE 55 5A"][1] == "card data, not shown"
    assert shown["DE 55 9F02"][1] == "000000001234"
    broken = values(laid(vbs([message("1240", sale() | {55: b"\x9f"})]))[0])
    assert broken["DE 55 from byte 1"][1] == "1 bytes, no chip tag"


def test_a_total_that_is_not_the_counted_one_stands_beside_the_trailer() -> None:
    """A person sees both numbers."""
    trailer = laid(vbs(logical(TOLD, sum_off=5)))[-1]
    assert [(f.check, f.found, f.wanted) for f in trailer.findings] == [
        ("iso8583.total", "PDS 0301 checksum of DE 4: 2240 stated", "2235, as counted")
    ]


def test_what_shows_at_the_end_has_a_record_of_its_own() -> None:
    """A cut file ends with what is wrong with its end."""
    last = laid(vbs(logical(TOLD))[:-30])[-1]
    assert last.kind == "end of file"
    assert [finding.check for finding in last.findings] == ["iso8583.truncated", "iso8583.no_trailer"]


def test_another_file_is_no_record_and_one_finding() -> None:
    """Neither fields nor a guess."""
    (only,) = laid(b"transaction,amount\n1,2\n" * 100)
    assert (only.fields, [finding.check for finding in only.findings]) == ((), ["iso8583.framing"])


@given(st.binary(max_size=900), st.integers(0, 3))
def test_no_file_makes_it_raise(noise: bytes, place: int) -> None:
    """Whatever lies over a good record."""
    records = logical([("1240", sale() | {55: bytes.fromhex("9f360200ff")}), *TOLD[1:]])
    records[place] = records[place][:20] + noise
    laid(vbs(records))
    laid(noise)
