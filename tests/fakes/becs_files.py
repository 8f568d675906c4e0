"""Files of returned direct entry items, by public positions: synthetic."""

from recoup.partners.becs.wire import public_layout
from tests.fakes.visa_files import written


def record(name: str, **values: str) -> str:
    """One record of 120 characters."""
    return written(public_layout().records[name], 120, **values)


def header(day: str = "301026", user: str = "614409") -> str:
    """The descriptive record."""
    return record(
        "header",
        reel="01",
        institution="NAB",
        user_name="EXAMPLE PTY LTD".ljust(26),
        user_id=user,
        description="RETURNS".ljust(12),
        processed_on=day,
    )


def item(cents: int, code: str = "6", lodgement: str = "INV-1", transaction: str = "13", day: str = "24") -> str:
    """One returned item."""
    return record(
        "debit" if transaction == "13" else "credit",
        bsb="082-914",
        account="645934243",
        return_code=code,
        transaction_code=transaction,
        amount=f"{cents:010d}",
        title="A PAYER".ljust(32),
        lodgement=lodgement.ljust(18),
        trace_bsb="112-949",
        trace_account="  1234567",
        remitter="EXAMPLE PTY LTD ",
        original_day=day,
        original_user="614409",
    )


def total(debit: int, credit: int, count: int) -> str:
    """The total record."""
    return record(
        "trailer",
        filler="999-999",
        net=f"{abs(debit - credit):010d}",
        credit=f"{credit:010d}",
        debit=f"{debit:010d}",
        count=f"{count:06d}",
    )


def returns(*items: str, day: str = "301026", user: str = "614409") -> list[str]:
    """A file with its totals."""
    debit = sum(int(line[20:30]) for line in items if line[18:20] == "13")
    credit = sum(int(line[20:30]) for line in items if line[18:20] != "13")
    return [header(day, user), *items, total(debit, credit, len(items))]
