"""A file of returned items tells one return per item, by its nature where sources say one."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.dispute import fold
from recoup.domain.observation import observe
from recoup.domain.tables import moves
from recoup.partners.becs.partner import PARTNER
from recoup.partners.contract import Arrived, FileFeed, Reading
from tests.fakes.becs_files import header, item, returns, total


def read(lines: list[str], end: str = "\r\n") -> Reading:
    """One file."""
    feed = PARTNER.feeds["returns"]
    assert isinstance(feed, FileFeed)
    arrived = Arrived("del_1", "becs", "default", "returns", "dtret.txt", 1, "Australia/Sydney")
    (whole,) = feed.read(arrived, io.BytesIO("".join(line + end for line in lines).encode()))
    assert whole.held is not None or whole.records == whole.accepted + len(whole.quarantined)
    return whole


def untied(reading: Reading) -> list[str]:
    """Names of totals that do not tie."""
    return [control.name for control in reading.controls if control.stated != control.computed]


def test_a_returned_debit_is_a_return_and_its_money() -> None:
    """The debit is taken from our account on the file's day."""
    reading = read(returns(item(2000, "6")))
    assert (reading.held, untied(reading), reading.findings, reading.quarantined) == (None, [], [], [])
    (placed,), (line,) = reading.observations, reading.money_lines
    said = placed.said
    assert (said.kind, said.nature, said.move, said.reason_code) == ("return", "failure", "return_final", "6")
    assert (said.amount_minor, said.currency, said.partner_status) == (2000, "AUD", "Refer to customer")
    assert (said.payment_ref, said.case_ref) == ("INV-1", "614409/INV-1/2026-10-24")
    assert (line.kind, line.gross_minor, line.effective_on, line.batch) == (
        "dispute",
        -2000,
        "2026-10-30",
        "614409/2026-10-30",
    )
    assert [leg.ref for leg in said.legs] == [line.identity]
    assert line.partner_dispute_id == said.partner_dispute_id
    assert reading.covers_on == "2026-10-30"


def test_a_failure_ends_as_a_return_that_is_no_dispute() -> None:
    """The return is the decision."""
    (placed,) = read(returns(item(2000, "6"))).observations
    told = observe(
        placed.said,
        partner="becs",
        account="default",
        feed="returns",
        delivery="d",
        position=2,
        landed_at=1,
        trust="fetched",
    )
    dispute = fold([told], moves()).dispute
    assert (dispute.kind, dispute.nature, dispute.stage, dispute.outcome) == ("return", "failure", "return", "lost")


@pytest.mark.parametrize(
    ("code", "nature"),
    [
        ("1", "administrative"),
        ("2", None),
        ("3", "administrative"),
        ("4", "administrative"),
        ("5", "administrative"),
        ("6", "failure"),
        ("7", None),
        ("8", None),
        ("9", "failure"),
    ],
)
def test_the_nature_is_what_sources_say_and_else_unknown(code: str, nature: str | None) -> None:
    """A stopped payment is not said to be unauthorised, nor a failure."""
    (placed,) = read(returns(item(100, code))).observations
    assert placed.said.nature == nature


def test_an_unknown_code_stays_unknown() -> None:
    """With a finding; the money moved all the same."""
    reading = read(returns(item(100, "0")))
    assert reading.observations[0].said.move == "unknown"
    assert [finding.check for finding in reading.findings] == ["vocabulary.unknown"]
    assert reading.money_lines[0].gross_minor == -100


def test_two_equal_items_are_two_and_read_again_they_are_the_same_two() -> None:
    """An item has no number of its own."""
    lines = returns(item(100), item(100), item(100, lodgement="INV-2"))
    names = [placed.said.partner_dispute_id for placed in read(lines).observations]
    assert len(set(names)) == 3
    assert names == [placed.said.partner_dispute_id for placed in read(lines).observations]


def test_a_payment_of_ours_that_came_back_is_money_to_us() -> None:
    """And nobody's dispute; any other transaction code is quarantined."""
    reading = read(returns(item(500), item(300, transaction="50")))
    assert [(line.kind, line.gross_minor) for line in reading.money_lines] == [
        ("dispute", -500),
        ("refund_failure", 300),
    ]
    assert len(reading.observations) == 1
    assert untied(reading) == []
    odd = returns(item(500))
    odd[1] = odd[1][:18] + "99" + odd[1][20:]
    odd[-1] = total(0, 0, 1)
    assert [q.finding.check for q in read(odd).quarantined] == ["fixed_width.unknown_record"]


@pytest.mark.parametrize(
    ("last", "names"),
    [
        (total(301, 0, 2), ["debits", "net"]),
        (total(299, 0, 2), ["debits", "net"]),
        (total(300, 0, 3), ["returned items"]),
        (total(300, 0, 1), ["returned items"]),
        (total(1_133_134, 0, 1509), ["debits", "net", "returned items"]),
    ],
)
def test_a_trailer_that_does_not_tie_is_told(last: str, names: list[str]) -> None:
    """The last one is like the published file, whose digits were replaced."""
    assert untied(read([header(), item(100), item(200), last])) == names


def test_cut_doubled_and_joined_files_are_noticed() -> None:
    """Truncation at every record, one file twice, two days in one."""
    lines = returns(item(100), item(200))
    for count in range(len(lines)):
        assert read(lines[:count]).held is not None
    held = read(lines + lines).held
    assert held is not None
    assert held.check == "fixed_width.twice"
    two = read(lines + returns(item(300), day="311026"))
    assert (two.held, untied(two)) == (None, [])
    assert {p.said.partner_dispute_id.split("/")[1] for p in two.observations} == {"2026-10-30", "2026-10-31"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_line_ends_do_not_matter(end: str) -> None:
    """Nor whether there are any."""
    lines = returns(item(100), item(200))
    assert read(lines, end).observations == read(lines).observations


def test_a_header_without_a_day_holds_the_file() -> None:
    """Nothing else says when the items came back."""
    held = read(returns(item(100), day="311326")).held
    assert held is not None
    assert held.check == "becs.day"


def test_an_original_day_of_the_month_before_is_found() -> None:
    """The file has the day alone."""
    (placed,) = read(returns(item(100, day="31"), day="021126")).observations
    assert placed.said.case_ref == "614409/INV-1/2026-10-31"


@given(st.lists(st.integers(1, 9_999_999), max_size=20))
def test_the_lines_sum_to_what_the_file_states(cents: list[int]) -> None:
    """Whatever the amounts."""
    reading = read(returns(*(item(amount) for amount in cents)))
    assert untied(reading) == []
    assert sum(line.net_minor for line in reading.money_lines) == -sum(cents)


def test_laid_out_codes_have_their_words() -> None:
    """For a person."""
    feed = PARTNER.feeds["returns"]
    assert isinstance(feed, FileFeed)
    assert feed.lay_out is not None
    shown = list(feed.lay_out(io.BytesIO("\n".join(returns(item(100, "2"))).encode())))
    fields = {field.name: (field.at, field.raw, field.meaning) for field in shown[1].fields}
    assert fields["Return code"] == ("18", "2", "Payment stopped")
    assert fields["Transaction code"] == ("19-20", "13", "debit")
