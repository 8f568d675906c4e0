"""A file of ISO 20022 is shown as it lies there: every field with its path, every record with what is wrong with it."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.formats.iso20022_laid import lay_out
from recoup.formats.iso20022_statement import DETAILS_MAX
from recoup.formats.laid import Laid
from tests.formats.test_iso20022 import ONE_RETURN, SOUND, balance, detail, entry, returns, statement


def laid(body: bytes | str) -> list[Laid]:
    """All records of a file."""
    return list(lay_out(io.BytesIO(body.encode() if isinstance(body, str) else body)))


def test_head_entries_and_statement_are_records_in_their_order() -> None:
    """The statement comes at its end, with its balances and whether they hold."""
    found = laid(SOUND)
    assert [(record.number, record.kind) for record in found] == [(1, "camt.053 001.08"), (2, "Ntry"), (3, "Stmt")]
    assert [finding for record in found for finding in record.findings] == []
    fields = {field.at: field.raw for field in found[1].fields}
    assert fields["NtryDtls/TxDtls/Refs/EndToEndId"] == "E2E-1"
    assert (fields["Amt"], fields["Amt/@Ccy"]) == ("10.00", "EUR")
    assert {field.at: field.raw for field in found[2].fields}["Bal[2]/Amt"] == "90.00"


def test_a_value_has_the_meaning_that_the_schema_gives_it() -> None:
    """A direction and a kind of balance are words for people."""
    found = {(field.at, field.raw): field.meaning for record in laid(SOUND) for field in record.fields}
    assert found["CdtDbtInd", "DBIT"] == "from the account"
    assert found["Bal[1]/Tp/CdOrPrtry/Cd", "OPBD"] == "opening balance, booked"


def test_transactions_of_one_entry_are_numbered() -> None:
    """Fields that stand several times carry their number."""
    (record,) = [r for r in laid(statement(entry("20.00", inner=detail(1) + detail(2)))) if r.kind == "Ntry"]
    names = {f.at: f.raw for f in record.fields if f.name == "EndToEndId"}
    assert names == {
        "NtryDtls/TxDtls[1]/Refs/EndToEndId": "E2E-1",
        "NtryDtls/TxDtls[2]/Refs/EndToEndId": "E2E-2",
    }


def test_what_does_not_hold_stands_with_the_statement() -> None:
    """A balance that is wrong by one is shown where it is stated."""
    (wrong,) = [f for record in laid(SOUND.replace("90.00", "90.01")) for f in record.findings]
    assert (wrong.check, wrong.found) == ("iso20022.total", "closing balance stated 90.01 EUR, computed 90.00 EUR")


def test_a_return_is_one_record_with_the_head_before_it() -> None:
    """Every field of the message is somewhere."""
    found = laid(returns(ONE_RETURN))
    assert [record.kind for record in found] == ["pacs.004 001.09", "TxInf"]
    assert {f.at: f.raw for f in found[1].fields}["RtrRsnInf/AddtlInf[2]"] == "second"


def test_an_entry_with_very_many_transactions_is_shown_in_parts() -> None:
    """Nothing is left out, and nothing is kept until the end."""
    count = DETAILS_MAX * 2 + 5
    body = statement(entry(f"{10 * count}.00", inner="".join(detail(n) for n in range(count))))
    shown = [f.raw for record in laid(body) for f in record.fields if f.name == "EndToEndId"]
    assert shown == [f"E2E-{n}" for n in range(count)]


@pytest.mark.parametrize("body", ["", "no XML", "<a/>", "<!DOCTYPE a><a/>", SOUND[:400]])
def test_a_file_that_cannot_be_read_says_why(body: str) -> None:
    """The last record has the reason; none is never shown."""
    assert laid(body)[-1].findings


@given(st.binary(max_size=40), st.integers(0, len(SOUND)), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_no_file_makes_it_raise(come: bytes, at: int, gone: int) -> None:
    """Whatever stands in it."""
    body = SOUND.encode()
    assert laid(body[:at] + come + body[at + gone :])


def test_balances_are_shown_though_they_stand_after_the_entries() -> None:
    """Some banks write them last."""
    found = laid(statement(entry() + balance("OPBD", "100.00") + balance("CLBD", "90.00")))
    assert found[-1].kind == "Stmt"
    assert found[-1].findings == ()
