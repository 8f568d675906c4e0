"""A person sees what the codes of a file count as."""

import io

from recoup.partners.sepa.layout import lay_out
from tests.partners.sepa.sent import sample


def meanings(name: str) -> dict[tuple[str, str], str | None]:
    """Meaning by name and value of every field."""
    found = lay_out(io.BytesIO(sample(name).encode()))
    return {(field.name, field.raw): field.meaning for record in found for field in record.fields}


def test_a_reason_is_shown_with_its_name_and_nature() -> None:
    """So that a refund is not taken for a failure."""
    shown = meanings("returns/20260206.xml")
    assert (shown["Cd", "MD06"] or "").endswith("(refund_right)")
    assert (shown["Cd", "AC04"] or "").startswith("Closed account number")


def test_a_status_and_an_answer_are_shown_in_words() -> None:
    """What nobody knows is shown as it is."""
    assert meanings("status/20260203.xml")["TxSts", "RJCT"] == "rejected"
    assert meanings("sent/20260211.xml")["Conf", "RJCR"] == "inquiry_closed"
