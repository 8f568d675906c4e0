"""A settlement file tells what moved our balance and what was paid, one logical file per payee."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.formats.fixed_width_values import overpunched
from recoup.partners.amex.partner import PARTNER
from recoup.partners.contract import Arrived, FileFeed, Reading
from tests.fakes.amex_files import (
    CARD,
    adjustment,
    case,
    chargeback,
    charges,
    notifications,
    other_fee,
    payment,
    punched,
    settled,
)


def read(lines: list[str], feed_name: str = "settlement") -> Reading:
    """One file."""
    feed = PARTNER.feeds[feed_name]
    assert isinstance(feed, FileFeed)
    arrived = Arrived("del_1", "amex", "default", feed_name, "epraw.txt", 1, "America/New_York")
    (whole,) = feed.read(arrived, io.BytesIO("".join(line + "\n" for line in lines).encode()))
    assert whole.held is not None or whole.records == whole.accepted + len(whole.quarantined)
    return whole


def untied(reading: Reading) -> list[str]:
    """Names of totals that do not tie."""
    return [control.name for control in reading.controls if control.stated != control.computed]


def checks(reading: Reading) -> set[str]:
    """Codes of what was noticed."""
    return {finding.check for finding in reading.findings}


def test_a_payment_is_what_its_records_move() -> None:
    """Charges less discount, chargebacks with their discount given back, adjustments, fees."""
    details = (charges(20000, 580), chargeback(-6720, -192), adjustment(-1235), other_fee(-56))
    paid = 20000 - 580 - 6720 + 192 - 1235 - 56
    reading = read(settled(payment(paid), *details))
    assert (reading.held, untied(reading), checks(reading), reading.quarantined) == (None, [], set(), [])
    assert [(line.kind, line.gross_minor, line.fee_minor, line.net_minor) for line in reading.money_lines] == [
        ("payout", -paid, 0, -paid),
        ("charge", 20000, 580, 19420),
        ("dispute", -6720, -192, -6528),
        ("dispute", -1235, 0, -1235),
        ("fee", -56, 0, -56),
    ]
    assert {line.batch for line in reading.money_lines} == {"1116725407/2026186V6412"}
    assert sum(line.net_minor for line in reading.money_lines) == 0
    assert [line.effective_on for line in reading.money_lines][:2] == ["2026-07-08", "2026-07-05"]


def test_a_payment_that_is_not_the_sum_of_its_records_is_a_finding_and_no_more() -> None:
    """An opening debit balance may lie between them."""
    reading = read(settled(payment(19421), charges(20000, 580)))
    assert (reading.held, untied(reading), checks(reading)) == (None, [], {"amex.payment_sum"})


def test_an_adjustment_has_the_number_of_its_notification() -> None:
    """So the leg that is announced and the line that settles it can be laid side by side."""
    (line,) = read(settled(adjustment(-1235))).money_lines
    (placed,) = read(notifications(case()), "cbnot").observations
    assert [leg.ref for leg in placed.said.legs] == [line.identity]


@pytest.mark.parametrize(("gross", "card", "kind"), [
    (-1235, CARD, "dispute"), (1235, CARD, "dispute_reversal"), (-1235, "", "adjustment"), (1235, "0", "adjustment"),
])  # fmt: skip
def test_an_adjustment_without_a_card_is_about_the_account(gross: int, card: str, kind: str) -> None:
    """One with a card is about a charge."""
    assert [line.kind for line in read(settled(adjustment(gross, card=card))).money_lines] == [kind]


def test_a_positive_chargeback_gives_money_back() -> None:
    """Of a submission of credits."""
    assert [line.kind for line in read(settled(chargeback(3677, 105))).money_lines] == ["dispute_reversal"]


def test_equal_lines_of_one_file_are_two() -> None:
    """They have no number of their own; their place among equal ones names them."""
    lines = read(settled(charges(100, 3), charges(100, 3), charges(100, 3))).money_lines
    assert len({line.identity for line in lines}) == 3


def test_several_payees_come_in_one_file_each_whole() -> None:
    """Each logical file has its own count."""
    first, second = settled(charges(100, 3)), settled(charges(200, 6), charges(300, 9), payee="1116754639")
    both = read(first + second)
    assert (both.held, untied(both), len(both.money_lines)) == (None, [], 3)
    assert [(control.name, control.stated) for control in both.controls] == [
        ("records", 3),
        ("records of file 2", 4),
    ]
    assert untied(read(first + second[:1] + second[2:])) == ["records of file 2"]


@pytest.mark.parametrize("wrong", [-1, 1])
def test_a_count_off_by_one_does_not_tie(wrong: int) -> None:
    """It counts header and trailer, too."""
    assert untied(read(settled(charges(100, 3), wrong_by=wrong))) == ["records"]


def test_cut_and_doubled_files_are_held() -> None:
    """At every record, and the same file twice."""
    lines = settled(payment(97), charges(100, 3))
    for count in range(len(lines)):
        assert read(lines[:count]).held is not None
    held = read(lines + lines).held
    assert held is not None
    assert held.check == "fixed_width.twice"


def test_an_amount_that_is_none_quarantines_its_record() -> None:
    """The good rest goes on."""
    bad = charges(100, 3)
    reading = read(settled(bad[:65] + "00000001X0{" + bad[76:], charges(200, 6)))
    assert [q.finding.check for q in reading.quarantined] == ["amex.amount"]
    assert len(reading.money_lines) == 1


def test_records_of_charge_and_pricing_move_nothing_and_unknown_ones_are_quarantined() -> None:
    """Parts of a summary, and what nobody describes."""
    key = charges(100, 3)
    pricing = key[:43] + "12" + key[45:]
    record_of_charge = key[:42] + "311" + key[45:]
    strange = key[:43] + "77" + key[45:]
    reading = read(settled(key, pricing, record_of_charge, strange))
    assert (reading.held, untied(reading), len(reading.money_lines)) == (None, [], 1)
    assert [q.finding.check for q in reading.quarantined] == ["fixed_width.unknown_record"]


@given(st.integers(-999_999_999, 999_999_999))
def test_a_punched_amount_reads_back(amount: int) -> None:
    """Sign and last digit in one."""
    assert overpunched(punched(amount, 11)) == amount


def test_no_card_number_is_in_what_is_said() -> None:
    """Adjustments name one."""
    reading = read(settled(adjustment(-1235), adjustment(-1235, number="      ")))
    for thing in (*reading.money_lines, *reading.findings):
        assert CARD not in str(thing)
