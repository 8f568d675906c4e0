"""Clearing files as Visa's public positions have them: synthetic, since no real one is public."""

import datetime as dt

from recoup.domain.tables import currencies
from recoup.formats.fixed_width_layout import RecordLayout
from recoup.partners.visa.wire import public_layout

DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
CARD = "4111111111111111"
"""A published test number."""


def record(name: str, **values: str) -> str:
    """One record of the layout with these fields, blanks elsewhere."""
    return written(public_layout().records[name], 168, **values)


def written(layout: RecordLayout, length: int, **values: str) -> str:
    """One record with these fields, each of exactly its width."""
    line = [" "] * length
    for start, end, options in layout.when:
        line[start:end] = sorted(options)[0]
    for name, value in values.items():
        field = layout.fields[name]
        assert len(value) == field.end - field.start, f"{name}: {value!r} for {field.at}"
        line[field.start : field.end] = value
    return "".join(line)


def arn(bin_: str = "412345", day: str = "6070", sequence: int = 1) -> str:
    """An acquirer reference number with its check digit."""
    body = f"2{bin_}{day}{sequence:011d}"
    digits = [int(digit) for digit in reversed(body)]
    total = sum(DOUBLED[digit] for digit in digits[0::2]) + sum(digits[1::2])
    return f"{body}{-total % 10}"


def draft(
    code: str,
    *,
    reference: str,
    usage: str = "1",
    minor: int = 1000,
    currency: str = "EUR",
    purchase: str = "0311",
    processed: str = "6073",
    reason: str = "00",
) -> list[str]:
    """A transaction of TCR 0 and TCR 1, the same amount on both sides."""
    number = next(row.numeric for row in currencies() if row.code == currency)
    amounts = {"destination_amount": f"{minor:012d}", "source_amount": f"{minor:012d}"}
    head = record(
        "draft",
        transaction_code=code,
        qualifier="0",
        sequence="0",
        account_number=CARD,
        acquirer_reference=reference,
        purchase_date=purchase,
        destination_currency=number,
        source_currency=number,
        usage_code=usage,
        reason_code=reason,
        processing_date=processed,
        **amounts,
    )
    more = record("draft_1", transaction_code=code, qualifier="0", sequence="1", chargeback_reference="000042")
    return [head, more]


def fee(code: str = "10", minor: int = 500, source: str = "400001", destination: str = "412345") -> list[str]:
    """A fee of one TCR, in euro."""
    return [
        record(
            "fee",
            transaction_code=code,
            sequence="0",
            destination_bin=destination,
            source_bin=source,
            reason_code="0220",
            account_number=CARD,
            destination_amount=f"{minor:012d}",
            destination_currency="978",
            source_amount=f"{minor:012d}",
            source_currency="978",
            processing_date="6073",
        )
    ]


def other(code: str, sequence: str = "0") -> list[str]:
    """A transaction of which only its code is public."""
    return [f"{code}0{sequence}".ljust(168)]


def logical_file(
    *transactions: list[str], on: dt.date = dt.date(2026, 3, 14), file_id: str = "001", counts_itself: bool = True
) -> list[str]:
    """A header, one batch with its trailer, and the file's trailer, all totals right."""
    day = f"{on:%y%j}"
    details = [line for transaction in transactions for line in transaction]
    header = record("file_header", center="412345", processing_date=day, file_id=file_id)
    batch = _trailer("batch_trailer", transactions, day, 1 if counts_itself else 0)
    whole = _trailer("file_trailer", transactions, day, 2 if counts_itself else 0)
    return [header, *details, batch, whole]


def _trailer(name: str, transactions: tuple[list[str], ...], day: str, own: int) -> str:
    money = [t[0] for t in transactions if t[0][:2] not in ("33", "40", "46", "52")]
    place = {"10": (46, 61), "20": (46, 61)}
    sums = {"destination": 0, "source": 0}
    for line in money:
        first, second = place.get(line[:2], (61, 76))
        sums["destination"] += int(line[first : first + 12])
        sums["source"] += int(line[second : second + 12])
    return record(
        name,
        transaction_code="91" if name == "batch_trailer" else "92",
        qualifier="0",
        sequence="0",
        center="412345",
        processing_date=day,
        destination_amount=f"{sums['destination']:015d}",
        source_amount=f"{sums['source']:015d}",
        monetary_count=f"{len(money):012d}",
        batch_number="000001",
        tcr_count=f"{sum(len(t) for t in transactions) + own:012d}",
        transaction_count=f"{len(transactions) + own:09d}",
    )
