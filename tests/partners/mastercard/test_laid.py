"""A clearing file for a person, with what its codes mean."""

import io

from recoup.partners.mastercard.laid import lay_out
from tests.fakes.ipm_files import chargeback, logical, vbs

RECORDS = list(lay_out(io.BytesIO(vbs(logical([("1442", chargeback(p_0025="R260131", de_25="4853"))])))))


def test_records_are_named_by_what_they_are() -> None:
    """Function code and reversal in words."""
    assert [record.kind for record in RECORDS] == [
        "1644-697 file header",
        "1442-450 first chargeback, full, reversal",
        "1644-695 file trailer",
    ]


def test_amounts_days_and_words_have_meanings() -> None:
    """In the currency and scale of the message itself."""
    meanings = {field.at: field.meaning for field in RECORDS[1].fields}
    assert meanings["DE 4"] == "12.34 EUR"
    assert meanings["DE 25"] == "Cardholder Dispute"
    assert meanings["DE 31"] == "acquirer 541333, day 6031, number 00000000001"
    assert meanings["DE 49"] == "EUR"
    assert meanings["PDS 0025"] == "a reversal"
    assert meanings["PDS 0148"] == "EUR 2"
    assert meanings["PDS 0159"] == "settled on 2026-02-01, cycle 01, service US00000001"
    assert meanings["PDS 0165"] == "cleared and settled by Mastercard"
    assert meanings["DE 2"] is None


def test_what_nobody_knows_has_no_meaning() -> None:
    """Unknown codes, scales and days are shown as they are."""
    odd = chargeback("459", de_25="9999", de_49="000", p_0159="?", p_0158="", p_0148="97")
    record = list(lay_out(io.BytesIO(vbs(logical([("1442", odd)])))))[1]
    meanings = {field.at: field.meaning for field in record.fields}
    assert record.kind == "1442-459"
    assert [meanings[at] for at in ("DE 4", "DE 24", "DE 25", "DE 49", "PDS 0148", "PDS 0159")] == [None] * 6
