"""Adyen's settlement details and payments accounting reports, as the published examples have them."""

from pathlib import Path

import pytest

from recoup.partners.adyen.tables import account_of_report
from tests.fakes.tables import CHARGEBACK, SALE, SETTLEMENT_HEADER, lines, read, settlement, shown

ACCOUNTING_HEADER = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Payment Method Variant,"
    "Booking Date,TimeZone,Record Type,Modification Psp Reference,Main Currency,Main Amount,Payment Currency,"
    "Received (PC),Exchange Rate,Authorised (PC),Captured (PC),Settlement Currency,Payable (SC),Commission (SC),"
    "Markup (SC),Scheme Fees (SC),Interchange (SC),Processing Fee Currency,Processing Fee (FC),"
    "Modification Merchant Reference,Original Amount"
)
# A chargeback of 2000 JPY settled in USD, with the amounts of a published report.
ACCOUNTED = (
    "Recoup,RecoupCOM,PSP1,order-1,visa,visaclassic,2026-03-01 10:00:00,PST,{kind},DSP1,USD,23.87,JPY,,153.7,,,USD,"
    "{payable},,10.65,0.21,,,,,2000"
)


def test_a_chargeback_carries_its_fee_and_its_dispute(tmp_path: Path) -> None:
    """Gross 5.00, markup 10.65, net 15.65: the fee is inside the net; the modification reference is the dispute."""
    reading = read("adyen", "settlement_detail", settlement(CHARGEBACK.format(n=9)), tmp_path)
    (line,) = reading.money_lines
    assert (line.kind, line.partner_kind, line.cycle) == ("dispute", "Chargeback", 1)
    assert (line.gross_minor, line.fee_minor, line.net_minor, line.currency) == (-500, 1065, -1565, "EUR")
    assert (line.partner_dispute_id, line.payment_ref) == ("DSP0000000000009", "PSP0000000000009")
    assert line.identity == "DSP0000000000009|Chargeback|7"
    assert line.batch == "7"


def test_a_reversal_gives_the_amount_back_and_keeps_the_fee(tmp_path: Path) -> None:
    """Credit 5.00, markup 0.11, net 4.89."""
    told = (
        CHARGEBACK.format(n=9)
        .replace("Chargeback", "ChargebackReversed")
        .replace("EUR,5.00,,1,EUR,15.65,,,10.65", "EUR,,5.00,1,EUR,,4.89,,0.11")
    )
    (line,) = read("adyen", "settlement_detail", settlement(told), tmp_path).money_lines
    assert (line.kind, line.cycle, line.gross_minor, line.fee_minor, line.net_minor) == (
        "dispute_reversal",
        1,
        500,
        11,
        489,
    )


def test_a_second_chargeback_says_its_cycle(tmp_path: Path) -> None:
    """The partner's word names it."""
    told = CHARGEBACK.format(n=9).replace("Chargeback", "SecondChargeback")
    (line,) = read("adyen", "settlement_detail", settlement(told), tmp_path).money_lines
    assert (line.kind, line.cycle) == ("dispute", 2)


def test_the_payout_is_the_batch(tmp_path: Path) -> None:
    """Negative, since money leaves; its text is what the bank will show."""
    reading = read("adyen", "settlement_detail", settlement(SALE.format(n=1), payout="9.50"), tmp_path)
    payout = reading.money_lines[-1]
    assert (payout.identity, payout.kind, payout.net_minor, payout.batch) == ("batch 7", "payout", -950, "7")
    assert payout.reference == "TX1 batch 7, RecoupCOM"


def test_a_converted_line_keeps_the_amount_in_its_own_currency(tmp_path: Path) -> None:
    """Gross in yen, net in euros: the gross in euros is net and fees."""
    told = SALE.format(n=1).replace("EUR,,10.00,1,EUR,,9.50", "JPY,,1600,0.00625,EUR,,9.50")
    (line,) = read("adyen", "settlement_detail", settlement(told), tmp_path).money_lines
    assert (line.original_minor, line.original_currency) == (1600, "JPY")
    assert (line.gross_minor, line.fee_minor, line.net_minor, line.currency) == (1000, 50, 950, "EUR")


def test_lines_without_a_payment_are_known_by_text_time_and_amount(tmp_path: Path) -> None:
    """Fees and corrections of one batch with one text are two lines; the same line twice is one."""
    fee = "Recoup,RecoupCOM,,,,2026-05-12 03:00:00,CEST,Fee,Transaction Fees May,,,,,EUR,{net},,,,,,,,7,,"
    told = [fee.format(net="1.00"), fee.format(net="2.00"), fee.format(net="1.00")]
    reading = read("adyen", "settlement_detail", settlement(*told), tmp_path)
    assert [(line.kind, line.net_minor) for line in reading.money_lines] == [("fee", -100), ("fee", -200)]
    assert [q.finding.check for q in reading.quarantined] == ["table.duplicate"]


def test_a_line_settled_elsewhere_moves_nothing_here(tmp_path: Path) -> None:
    """No net amount: accepted, counted, and no money line."""
    told = SALE.format(n=1).replace("Settled", "SettledExternally").replace("EUR,,9.50,,0.30,0.15,0.05", ",,,,,,")
    reading = read("adyen", "settlement_detail", settlement(told, SALE.format(n=2)), tmp_path)
    assert (reading.records, reading.accepted, len(reading.money_lines)) == (2, 2, 1)


@pytest.mark.parametrize(
    ("zone", "minutes"), [("CEST", 120), ("CET", 60), ("PDT", -420), ("UTC", 0), ("NOPE", 120), ("CST", 120)]
)
def test_instants_follow_the_named_zone_else_the_accounts(tmp_path: Path, zone: str, minutes: int) -> None:
    """An abbreviation with two meanings, or none, is read as the account's own zone."""
    (line,) = read(
        "adyen", "settlement_detail", settlement(SALE.format(n=1).replace("CEST", zone)), tmp_path
    ).money_lines
    noon = 1_778_414_400_000_000  # 2026-05-10T12:00:00Z
    assert line.occurred_at == noon - minutes * 60_000_000


def test_the_booking_date_is_the_day_where_there_is_one(tmp_path: Path) -> None:
    """Else the creation date, in the zone of the account, as the report writes it."""
    told = lines(f"{SETTLEMENT_HEADER},Booking Date", f"{SALE.format(n=1)},2026-05-12 10:00:00", f"{SALE.format(n=2)},")
    days = [line.effective_on for line in read("adyen", "settlement_detail", told, tmp_path).money_lines]
    assert days == ["2026-05-12", "2026-05-10"]


def test_the_2025_layout_is_known_without_a_note(tmp_path: Path) -> None:
    """More columns, metadata among them; nothing is drift."""
    more = "Booking Date,Metadata,Balance Currency,Net Debit (BC),Net Credit (BC),ARN,Settlement Flow"
    told = lines(f"{SETTLEMENT_HEADER},{more}", f'{SALE.format(n=1)},,"{{""a"":""b,c""}}",,,,2.47E+22,')
    reading = read("adyen", "settlement_detail", told, tmp_path)
    assert (reading.accepted, reading.findings) == (1, [])


def test_a_batch_number_that_the_file_leaves_out_stands_in_its_name(tmp_path: Path) -> None:
    """Older samples have the column and nothing in it."""
    told = settlement(SALE.format(n=1).replace(",,7,,", ",,,,"))
    reading = read("adyen", "settlement_detail", told, tmp_path, name="settlement_detail_report_batch_31.csv")
    assert reading.sequence == 31
    assert [line.batch for line in reading.money_lines] == ["31"]


def test_accounting_is_net_of_fees_and_names_no_batch(tmp_path: Path) -> None:
    """Payable -23.87 USD with fees of 10.86 is 13.01 USD, which is 2000 JPY."""
    told = lines(ACCOUNTING_HEADER, ACCOUNTED.format(kind="Chargeback", payable="-23.87"))
    reading = read("adyen", "payments_accounting", told, tmp_path, name="payments_accounting_report_2026_03_01.csv")
    (line,) = reading.money_lines
    assert (line.gross_minor, line.fee_minor, line.net_minor, line.currency) == (-1301, 1086, -2387, "USD")
    assert (line.original_minor, line.original_currency) == (-2000, "JPY")
    assert (line.partner_dispute_id, line.batch, line.cycle) == ("DSP1", None, 1)
    assert (reading.covers_on, line.effective_on) == ("2026-03-01", "2026-03-01")


def test_accounting_of_steps_without_money_is_silent(tmp_path: Path) -> None:
    """An authorisation is accepted and moves nothing; an unknown step without money is quarantined."""
    told = [ACCOUNTED.format(kind=kind, payable="") for kind in ("Authorised", "SentForSettle", "Sparkled")]
    reading = read("adyen", "payments_accounting", lines(ACCOUNTING_HEADER, *told), tmp_path)
    assert (reading.accepted, reading.money_lines) == (2, [])
    assert shown(reading) == ['3: Record Type "Sparkled"; wanted a word of codes.csv, or an amount [table.word]']


def test_a_report_names_our_account() -> None:
    """In its first line; other bytes name none."""
    assert account_of_report(settlement(SALE.format(n=1)).encode()) == "RecoupCOM"
    assert account_of_report(settlement().encode()) is None
    assert account_of_report(b"{}") is None
