"""`contract.toml` as values, or a message that names the place."""

from pathlib import Path

import pytest

import recoup.partners
from recoup.errors import SetupInvalid
from recoup.partners.agreements import read_terms

FOLDER = Path(recoup.partners.__file__).parent
EXAMPLES = sorted(FOLDER.glob("*/contract.toml"))
FROM_2024 = '[[contract]]\nvalid_from = "2024-01-01"\n'


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_example_of_each_partner_is_one(example: Path) -> None:
    """Copied into a home it is read; every fee says where it comes from."""
    terms = read_terms(example.read_text(encoding="utf-8"), example.name)
    assert terms
    assert all(fee.source for one in terms for fee in one.fees)


def test_stripes_example_states_the_fee_seen_in_real_exports() -> None:
    """15.00 USD when a dispute is received, kept on a win."""
    (terms,) = read_terms((FOLDER / "stripe/contract.toml").read_text(encoding="utf-8"), "contract.toml")
    fee = terms.fee("received")
    assert fee is not None
    assert (fee.amount_minor, fee.currency, fee.is_refunded_on_win) == (1500, "USD", False)
    countered = terms.fee("countered")
    assert countered is not None
    assert countered.amount_minor is None


def test_days_may_be_dates_or_text_and_come_in_order() -> None:
    """TOML has dates of its own."""
    text = '[[contract]]\nvalid_from = 2025-01-01\n[[contract]]\nvalid_from = "2024-01-01"\nvalid_to = 2025-01-01\n'
    assert [one.valid_from for one in read_terms(text, "c.toml")] == ["2024-01-01", "2025-01-01"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[contract]", "c.toml: "),
        ("", "contract"),
        ("[[contract]]\n", "valid_from"),
        ('[[contract]]\nvalid_from = "soon"', "c.toml, contract 1: valid_from 'soon'"),
        (FROM_2024 + 'valid_to = "2024-01-01"', "a day after 2024-01-01"),
        (FROM_2024 + "fee = 3", "fee"),
        (FROM_2024 + 'calendar = "moon"', "calendar 'moon'"),
        (FROM_2024 + 'cut_off = "late"', "cut_off 'late'"),
        (FROM_2024 + "days = {win_to_credit = -1}", "days.win_to_credit -1"),
        (FROM_2024 + 'fees = [{kind = "received", amount_minor = 15}]', "alone"),
        (
            FROM_2024 + 'fees = [{kind = "received", amount_minor = 1.5, currency = "USD"}]',
            "amount",
        ),
        (
            FROM_2024 + 'fees = [{kind = "received", amount_minor = -1, currency = "USD"}]',
            "of -1",
        ),
        (
            FROM_2024 + 'fees = [{kind = "received", amount_minor = 1, currency = "usd"}]',
            "'usd'",
        ),
        (
            FROM_2024 + 'fees = [{kind = "received"}, {kind = "received"}]',
            "received twice",
        ),
        (
            FROM_2024 + 'schedules = [{feed = "x", cadence = "daily", due_time = "25:00"}]',
            "due_time '25:00'",
        ),
        (
            FROM_2024 + '[[contract]]\nvalid_from = "2025-01-01"',
            "still hold on 2025-01-01",
        ),
    ],
)
def test_what_does_not_hold_together_stops_with_its_place(text: str, said: str) -> None:
    """A wrong fee would be a wrong claim."""
    with pytest.raises(SetupInvalid) as raised:
        read_terms(text, "c.toml")
    assert said in str(raised.value)
