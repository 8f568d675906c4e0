"""American Express files as their layouts have them: synthetic, signed as published samples are."""

from recoup.partners.amex.wire import CBNOT_FILE, SETTLEMENT_FILE, public_layout
from tests.fakes.visa_files import written

CARD = "378282246310005"
"""A published test number."""
POSITIVE, NEGATIVE = "{ABCDEFGHI", "}JKLMNOPQR"


def punched(amount: int, width: int) -> str:
    """An amount with its sign in the last digit."""
    digits = f"{abs(amount):0{width}d}"
    return digits[:-1] + (NEGATIVE if amount < 0 else POSITIVE)[int(digits[-1])]


def cbnot(name: str, **values: str) -> str:
    """One record of a notification file."""
    layout = public_layout(CBNOT_FILE)
    return written(layout.records[name], layout.record_length, **values)


def settlement(name: str, **values: str) -> str:
    """One record of a settlement file."""
    layout = public_layout(SETTLEMENT_FILE)
    return written(layout.records[name], layout.record_length, **values)


def case(
    number: str = "861AATK",
    reason: str = "R13",
    amount: str = "-0000000000012.35",
    previous: str = "",
    adjustment: str = "258226",
    on: str = "20260705",
) -> str:
    """One step of one case."""
    return cbnot(
        "detail",
        se_numb="1116725407",
        cm_acct_numb=CARD.ljust(19),
        current_case_number=number.ljust(11),
        previous_case_number=previous.ljust(11),
        resolution="N",
        date_of_adjustment=on,
        date_of_charge="20260601",
        case_type="SEDIS ",
        cb_reas_code=reason,
        cb_amount=amount.rjust(17),
        cb_adjustment_number=adjustment.ljust(6),
        ind_ref_number="0000251600018206".ljust(30),
    )


def notifications(*cases: str, said: str = "A00070", counts_all: bool = True, time: str = "0230516") -> list[str]:
    """A file of notifications with its counts."""
    count = f"{len(cases) + (2 if counts_all else 0):09d}"
    day = {"said": said, "datatype": "CBNOT", "ccyyddd": "2026186", "hhmmss": time, "file_creation_date": "20260705"}
    return [
        cbnot("header", **day),
        *cases,
        cbnot("trailer", amex_total_records=count, confirm_record_count=count, **day),
    ]


def _key(payment: str, establishment: str) -> dict[str, str]:
    return {
        "amex_payee_number": "1116725407",
        "amex_se_number": establishment,
        "payment_year": "2026",
        "payment_number": payment,
    }


def payment(amount: int, number: str = "186V6412") -> str:
    """The payment of a logical file."""
    key = _key(number, "0000000000")
    del key["amex_se_number"]
    return settlement(
        "summary", payment_date="2026189", payment_amount=punched(amount, 11), debit_balance_amount="00000000{", **key
    )


def charges(gross: int, discount: int, number: str = "186V6412", invoice: str = "000548") -> str:
    """A summary of charge."""
    return settlement(
        "soc",
        se_business_date="2026185",
        amex_process_date="2026186",
        soc_invoice_number=invoice,
        soc_amount=punched(gross, 11),
        discount_amount=punched(discount, 9),
        service_fee_amount=punched(0, 7),
        net_soc_amount=punched(gross - discount, 11),
        **_key(number, "1116725407"),
    )


def chargeback(gross: int, discount: int, number: str = "186V6412") -> str:
    """A chargeback of a submission."""
    return settlement(
        "chargeback",
        se_business_date="2026185",
        amex_process_date="2026186",
        soc_invoice_number="186375",
        soc_amount=punched(gross, 11),
        chargeback_amount=punched(gross, 9),
        discount_amount=punched(discount, 9),
        service_fee_amount=punched(0, 7),
        net_chargeback_amount=punched(gross - discount, 9),
        chargeback_reason="INVALID SUBMISSION DATA".ljust(280),
        **_key(number, "1116725407"),
    )


def adjustment(gross: int, number: str = "258226", card: str = CARD, batch: str = "186V6412") -> str:
    """An adjustment, about a card or about the account."""
    return settlement(
        "adjustment",
        amex_process_date="2026186",
        adjustment_number=number,
        adjustment_amount=punched(gross, 9),
        discount_amount=punched(0, 9),
        service_fee_amount=punched(0, 7),
        net_adjustment_amount=punched(gross, 9),
        cardmember_number=card.rjust(17, "0"),
        adjustment_reason="DEBIT ADJUSTMENT-NO REPLY RECEIVED TO OUR INQUIRY".ljust(280),
        **_key(batch, "1116725407"),
    )


def other_fee(amount: int, number: str = "186V6412") -> str:
    """A fee of the account."""
    return settlement(
        "fee",
        detail_record_type="50",
        amex_process_date="2026186",
        asset_billing_amount=punched(0, 9),
        other_fee_amount=punched(amount, 9),
        other_fee_description="NON-SWIPED ADJUSTMENT".ljust(80),
        **_key(number, "1116725407"),
    )


def settled(*details: str, payee: str = "1116725407", wrong_by: int = 0) -> list[str]:
    """One logical file with its count."""
    head = {"df_hdr_date": "07062026", "df_hdr_time": "0518", "df_hdr_file_id": "000000"}
    tail = {"df_trl_date": "07062026", "df_trl_time": "0518", "df_trl_file_id": "000000"}
    return [
        settlement("header", df_hdr_file_name="AMEX EXAMPLE".ljust(20), **head),
        *details,
        settlement(
            "trailer",
            df_trl_recipient_key=f"0000000000{payee}".ljust(40),
            df_trl_record_count=f"{len(details) + 2 + wrong_by:07d}",
            **tail,
        ),
    ]
