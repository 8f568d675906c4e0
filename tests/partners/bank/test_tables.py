"""Bank statements in our own layout: the proof by balances, and the payouts that lines name."""

import re
from pathlib import Path

import pytest

from recoup.partners import bank
from recoup.partners.bank.wire import STATEMENT
from tests.fakes.tables import lines, read, shown

README = (Path(bank.__file__).parent / "README.md").read_text()
OPENING = "opening,acc,31,2026-01-30,,1000.00,EUR,,,,"
LINE = "line,acc,31,2026-01-31,2026-01-31,{amount},EUR,BK-{n},po_{n},STRIPE PAYOUT,"
CLOSING = "closing,acc,31,2026-01-31,,{amount},EUR,,,,{count}"


def _statement(*told: str) -> str:
    return lines(",".join(STATEMENT), *told)


def test_the_documented_example_is_read(tmp_path: Path) -> None:
    """A line names its payout, by what the payer gave along; the text for people is its reference."""
    (example,) = re.findall(r"```csv\n(.*?)```", README, re.DOTALL)
    reading = read("bank", "statement", example, tmp_path, name="statement_2026-01-31_31.csv")
    assert (reading.held, reading.covers_on, reading.sequence) == (None, "2026-01-31", 31)
    (line,) = reading.money_lines
    assert (line.kind, line.identity, line.batch, line.reference) == ("bank", "BK-1", "po_1", "STRIPE PAYOUT")
    assert (line.net_minor, line.currency, line.effective_on) == (12345, "EUR", "2026-01-31")


def test_opening_and_lines_are_closing(tmp_path: Path) -> None:
    """Credits, debits, and none."""
    told = _statement(
        OPENING,
        LINE.format(n=1, amount="10.00"),
        LINE.format(n=2, amount="-2.50"),
        CLOSING.format(amount="1007.50", count=2),
    )
    reading = read("bank", "statement", told, tmp_path)
    assert (reading.held, [line.net_minor for line in reading.money_lines]) == (None, [1000, -250])
    quiet = _statement(OPENING, CLOSING.format(amount="1000.00", count=0))
    assert (read("bank", "statement", quiet, tmp_path).held, read("bank", "statement", quiet, tmp_path).records) == (
        None,
        0,
    )


@pytest.mark.parametrize(
    "told",
    [
        (OPENING, LINE.format(n=1, amount="10.00"), CLOSING.format(amount="1010.01", count=1)),
        (OPENING, LINE.format(n=1, amount="10.00"), CLOSING.format(amount="1010.00", count=2)),
        (OPENING, LINE.format(n=1, amount="10.00")),
        (LINE.format(n=1, amount="10.00"), CLOSING.format(amount="1010.00", count=1)),
        (OPENING, OPENING, LINE.format(n=1, amount="10.00"), CLOSING.format(amount="1010.00", count=1)),
        (OPENING, CLOSING.format(amount="1000.00", count=0).replace("1000.00", "1e3")),
    ],
)
def test_a_statement_that_does_not_prove_itself_is_held(tmp_path: Path, told: tuple[str, ...]) -> None:
    """Wrong balance, wrong number, no end, no beginning, two beginnings, a balance that is none."""
    reading = read("bank", "statement", _statement(*told), tmp_path)
    assert reading.held is not None
    assert reading.held.check == "intake.control_total"
    assert reading.money_lines == []


def test_two_statements_joined_are_held(tmp_path: Path) -> None:
    """A closing balance in the middle."""
    one = (OPENING, LINE.format(n=1, amount="10.00"), CLOSING.format(amount="1010.00", count=1))
    held = read("bank", "statement", _statement(*one, LINE.format(n=2, amount="1.00")), tmp_path).held
    assert held is not None
    assert held.check == "table.total_not_last"


def test_a_bad_line_is_quarantined_and_the_balance_is_said_to_be_open(tmp_path: Path) -> None:
    """The number of lines still holds."""
    told = _statement(
        OPENING,
        LINE.format(n=1, amount="10.00"),
        LINE.format(n=2, amount="ten"),
        CLOSING.format(amount="1020.00", count=2),
    )
    reading = read("bank", "statement", told, tmp_path)
    assert (reading.held, reading.records, reading.accepted) == (None, 2, 1)
    assert shown(reading) == [
        '3: amount "ten"; wanted an amount in digits, with a point and at most 2 decimals [table.amount]'
    ]
    assert [f.check for f in reading.findings] == ["table.total_unproven"]


def test_a_statement_of_another_account_is_held(tmp_path: Path) -> None:
    """Every line is somebody else's."""
    told = _statement(OPENING, LINE.format(n=1, amount="10.00"), CLOSING.format(amount="1010.00", count=1))
    held = read("bank", "statement", told, tmp_path, account="other").held
    assert held is not None
    assert held.check == "table.wrong_account"
