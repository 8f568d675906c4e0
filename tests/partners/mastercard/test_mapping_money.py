"""Which messages of the clearing file are settlement money, and what they move."""

import io

import pytest

from recoup.domain.instants import parse_instant
from recoup.domain.money_line import MoneyLine
from recoup.partners.contract import Arrived, Reading
from recoup.partners.mastercard.mapping import read_clearing
from tests.fakes.ipm_files import ARN, FILE_ID, SETTLED, Told, chargeback, logical, pds, vbs

LANDED_AT = parse_instant("2026-02-01T12:00:00Z")


def of(told: Told, account: str = "acq_1") -> tuple[list[MoneyLine], list[str]]:
    """The lines of a file with one message, and its findings."""
    arrived = Arrived("del_1", "mastercard", account, "clearing", "T112.ipm", LANDED_AT, "UTC")
    parts: list[Reading] = list(read_clearing(arrived, io.BytesIO(vbs(logical([told])))))
    assert all(part.held is None for part in parts)
    return [line for part in parts for line in part.money_lines], [f.check for part in parts for f in part.findings]


def line(told: Told, account: str = "acq_1") -> MoneyLine:
    """The one line, of a file without findings."""
    (only,), findings = of(told, account)
    assert findings == []
    return only


def test_a_settled_chargeback_is_money_taken() -> None:
    """In the batch that Mastercard names, on its settlement date."""
    told = line(("1442", chargeback()))
    assert (told.kind, told.gross_minor, told.fee_minor, told.net_minor, told.currency) == (
        "dispute",
        -1234,
        0,
        -1234,
        "EUR",
    )
    assert (told.batch, told.effective_on) == ("US00000001/2026-02-01/01/EUR", "2026-02-01")
    assert (told.identity, told.cycle, told.partner_dispute_id) == (f"{FILE_ID}/00000002", 1, f"{ARN}/0000000042")


@pytest.mark.parametrize(
    ("told", "kind", "moved"),
    [
        (("1240", chargeback("205")), "dispute_reversal", 1234),
        (("1442", chargeback("450", p_0025="R260131")), "dispute_reversal", 1234),
        (("1442", chargeback("451")), "dispute", -1234),
    ],
)
def test_money_comes_back_and_is_taken_again(told: Told, kind: str, moved: int) -> None:
    """By second presentment, by reversal; by arbitration chargeback."""
    assert (line(told).kind, line(told).net_minor) == (kind, moved)


def test_a_converted_line_keeps_the_disputes_own_amount() -> None:
    """Settled in dollars, disputed in yen; each in its own scale."""
    told = line(("1442", chargeback(de_4="000000000500", de_49="392", de_50="840", p_0148="39208402")))
    assert (told.net_minor, told.currency, told.original_minor, told.original_currency) == (-1234, "USD", 500, "JPY")


@pytest.mark.parametrize(
    "changes", [{"p_0159": ""}, {"p_0165": "C"}, {"de_5": ""}, {"p_0159": SETTLED[:59] + "      01"}]
)
def test_what_mastercard_did_not_settle_makes_no_line(changes: dict[str, str]) -> None:
    """A message that we sent, or one that is settled outside: announced alone."""
    assert of(("1442", chargeback(**changes))) == ([], [])


def test_an_unknown_settlement_indicator_makes_no_line() -> None:
    """Bilateral settlement has a word that was not read anywhere."""
    assert of(("1442", chargeback(p_0165="B"))) == ([], ["vocabulary.unknown"])


def test_an_amount_without_scale_makes_no_line() -> None:
    """The dispute's currency has its decimals, that of the settlement has none."""
    lines, findings = of(("1442", chargeback(de_50="840")))
    assert (lines, findings) == ([], ["mastercard.reconciliation"])


def test_interchange_is_told_and_not_taken() -> None:
    """Its direction was not verified."""
    (only,), findings = of(("1442", chargeback(p_0146="001900978000000000012978000000000012")))
    assert (only.net_minor, findings) == (-1234, ["mastercard.interchange"])


def fee(processing: str, function: str = "700", originator: str = "002108") -> Told:
    """A settled fee collection of 15.00 EUR."""
    return "1740", {
        2: "5555555555554444",
        3: f"{processing}0000",
        4: "000000001500",
        5: "000000001500",
        24: function,
        25: "7800",
        48: pds(("0137", "00000000000000000099"), ("0148", "9782"), ("0159", SETTLED), ("0165", "M")),
        49: "978",
        50: "978",
        93: "009999",
        94: originator,
    }


def test_a_fee_goes_as_its_processing_code_says() -> None:
    """To the one who collects it, or from him; where we collect, the other way round."""
    assert (line(fee("19")).kind, line(fee("19")).net_minor, line(fee("19")).dispute) == ("fee", -1500, None)
    assert line(fee("29")).net_minor == 1500
    assert line(fee("19"), account="2108").net_minor == 1500
    assert line(fee("19")).reference == "00000000000000000099"


@pytest.mark.parametrize("told", [fee("00"), fee("19", "780"), fee("19", "790")])
def test_a_fee_whose_direction_is_not_known_is_told(told: Told) -> None:
    """Returns and transfers: who is the originator there was not read anywhere."""
    assert of(told) == ([], ["mastercard.direction"])
