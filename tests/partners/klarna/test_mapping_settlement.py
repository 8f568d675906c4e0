"""Klarna's settlement reports: rows to money, totals and the payout proven, anything odd refused."""

import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.money_line import MoneyLine
from recoup.partners.contract import Control
from recoup.partners.klarna.layout import lay_out
from recoup.partners.klarna.mapping_settlement import PART_ROWS
from recoup.partners.klarna.wire import ROWS, TOTALS
from tests.partners.klarna.sent import DISPUTE, is_refused, read, report, row, whole

TOTAL_OF = {
    "sale": "1000.00",
    "return": "50.00",
    "reversal": "114.00",
    "fee": "42.50",
    "tax": "2.50",
    "credit": "14.00",
    "fee_refund": "10.00",
    "holdback": "5.00",
    "settlement": "810.00",
}
ROWS_OF = [
    row("SALE", "1000.00"),
    row("RETURN", "50.00", detailed_type="PURCHASE_RETURN"),
    row("REVERSAL", "114.00", reversal_reference=DISPUTE, order_id="o2"),
    row("FEE", "32.50", detailed_type="PURCHASE_FEE_PERCENTAGE"),
    row("FEE", "10.00", detailed_type="DISPUTE_FEE"),
    row("CREDIT", "14.00", detailed_type="CORRECTION_DISPUTE", reversal_reference=DISPUTE),
    row("FEE_REFUND", "10.00", detailed_type="DISPUTE_FEE_REFUND"),
    row("HOLDBACK", "5.00", detailed_type="ROLLING_RESERVE"),
]
TOLD = report(TOTAL_OF, ROWS_OF)


def short(line: MoneyLine) -> tuple[str, int, int]:
    """Kind, fee and net of a line."""
    return line.kind, line.fee_minor, line.net_minor


def test_rows_and_totals_make_the_payout() -> None:
    """Everything with its sign, and together nothing is left at Klarna."""
    reading = whole(TOLD)
    assert (reading.records, reading.accepted, reading.findings, reading.held) == (9, 9, [], None)
    assert [short(line) for line in reading.money_lines] == [
        ("payout", 0, -81000),
        ("charge", 0, 100000),
        ("refund", 0, -5000),
        ("dispute", 0, -11400),
        ("fee", 3250, -3250),
        ("dispute_fee", 1000, -1000),
        ("dispute_reversal", 0, 1400),
        ("dispute_fee", -1000, 1000),
        ("reserve", 0, -500),
        ("fee", 250, -250),
    ]
    assert sum(line.net_minor for line in reading.money_lines) == 0
    assert all(control.stated == control.computed for control in reading.controls)
    assert {line.batch for line in reading.money_lines} == {"PAYREF1"}


def test_a_dispute_line_names_its_dispute_and_its_order() -> None:
    """A fee names the order alone."""
    lines = whole(TOLD).money_lines
    assert (lines[3].partner_dispute_id, lines[3].payment_ref) == (DISPUTE, "o2")
    assert (lines[5].partner_dispute_id, lines[5].payment_ref) == (None, "c504a9bb-1948-46d5")
    assert (lines[3].partner_kind, lines[5].partner_kind) == ("REVERSAL", "FEE/DISPUTE_FEE")


def test_money_moves_when_it_is_paid() -> None:
    """On the day of our zone; the day that the report covers is Klarna's."""
    reading = whole(TOLD)
    assert {line.effective_on for line in reading.money_lines} == {"2026-01-06"}
    assert reading.covers_on == "2026-01-05"


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_any_delimiter_gives_the_same(delimiter: str) -> None:
    """The file was never seen in bytes."""
    assert whole(report(TOTAL_OF, ROWS_OF, delimiter)) == whole(TOLD)


def test_what_we_pay_may_be_written_below_zero() -> None:
    """In the totals, in the rows, or in both: the lines are the same."""
    costs = ("return", "reversal", "fee", "tax", "holdback")
    totals = {name: f"-{amount}" if name in costs else amount for name, amount in TOTAL_OF.items()}
    rows = [one | {"amount": f"-{one['amount']}"} if one["type"].lower() in costs else one for one in ROWS_OF]
    for told in (report(totals, rows), report(totals, ROWS_OF), report(TOTAL_OF, rows)):
        assert [short(line) for line in whole(told).money_lines] == [short(line) for line in whole(TOLD).money_lines]
        assert not is_refused(told)


@pytest.mark.parametrize("total", [name for name, _ in TOTALS])
def test_a_total_that_is_a_cent_off_is_refused(total: str) -> None:
    """Whichever it is."""
    amount = TOTAL_OF.get(total, "0.00")
    assert is_refused(report(TOTAL_OF | {total: f"{amount[:-1]}1"}, ROWS_OF))


@pytest.mark.parametrize("place", range(len(ROWS_OF)))
def test_a_row_that_is_a_cent_off_or_missing_or_twice_is_refused(place: int) -> None:
    """Each total is its rows'."""
    off = ROWS_OF[place] | {"amount": f"{ROWS_OF[place]['amount'][:-1]}1"}
    for rows in ([off], [], [ROWS_OF[place]] * 2):
        assert is_refused(report(TOTAL_OF, [*ROWS_OF[:place], *rows, *ROWS_OF[place + 1 :]]))


def test_a_payout_that_is_a_cent_off_is_refused() -> None:
    """By the equation that Klarna publishes."""
    reading = whole(report(TOTAL_OF | {"settlement": "810.01"}, ROWS_OF))
    assert Control("total_settlement_amount", 81001, 81000, "SEK") in reading.controls


@pytest.mark.parametrize("end", range(1, TOLD.count(b"\r\n")))
def test_a_report_cut_after_any_line_is_refused(end: int) -> None:
    """Even after the names of its rows."""
    lines = TOLD.splitlines(keepends=True)
    assert is_refused(b"".join(lines[:end]))


def test_a_report_cut_anywhere_before_its_last_cells_is_refused() -> None:
    """What is cut from words at the very end cannot be known."""
    last = TOLD.rindex(b"5.00")
    assert all(is_refused(TOLD[:end]) for end in range(0, last, 11))


def test_two_reports_in_a_file_are_refused() -> None:
    """And one twice in a file."""
    assert is_refused(TOLD + TOLD)


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"\r\n\r\n",
        TOLD.decode().encode("utf-16"),
        TOLD.replace(b"order 1", b"order \xe5"),
        TOLD.replace(b"order 1", b"order \0"),
        TOLD.replace(b"order 1", b'"order 1'),
        TOLD.replace(b"810.00", b"9" * 400),
        TOLD.replace(b"810.00", b"810,00"),
        TOLD.replace(b"SEK;2026", b"XXX;2026"),
        TOLD.replace(b"23:30:00Z", b"23:30:00"),
        TOLD.replace(b"K123456", b"K999999"),
        TOLD.replace(b"PAYREF1", b""),
        TOLD.replace(b"total_settlement_amount", b"total_settlement"),
        TOLD.replace(b"total_fee_amount", b"total_tax_amount"),
        TOLD.replace(b"short_order_id;", b"short_order_id;;"),
        b"x" * (2 << 20),
    ],
)
def test_what_is_no_report_of_ours_is_held(told: bytes) -> None:
    """With the place and the rule."""
    held = read(told)[-1].held
    assert held is not None
    assert held.check.startswith("klarna.")


def test_a_row_that_cannot_be_read_is_named_and_the_report_held_by_its_total() -> None:
    """What an unreadable amount was worth is not known, so nothing adds up."""
    rows = [row("SALE", "1000.00"), row("SALE", "1,00")]
    told = report({"sale": "1001.00", "settlement": "1001.00"}, rows)
    assert [(bad.position, bad.finding.check) for bad in whole(told).quarantined] == [(3, "klarna.amount")]
    assert is_refused(told)


def test_money_in_another_currency_is_no_part_of_a_settlement() -> None:
    """Quarantined, and the total says whether it was counted."""
    rows = [row("SALE", "1000.00"), row("SALE", "1.00", posting_currency="EUR")]
    reading = whole(report({"sale": "1000.00", "settlement": "1000.00"}, rows))
    assert (reading.accepted, [bad.finding.check for bad in reading.quarantined]) == (2, ["klarna.currency"])


@pytest.mark.parametrize(("settled", "net"), [("1010.00", 1000), ("990.00", -1000)])
def test_an_unknown_type_goes_the_way_in_which_the_report_adds_up(settled: str, net: int) -> None:
    """With a finding, and never as something known."""
    told = report({"sale": "1000.00", "settlement": settled}, [row("SALE", "1000.00"), row("MOON_TAX", "10.00")])
    reading = whole(told)
    assert short(reading.money_lines[-1]) == ("unknown", 0, net)
    assert [finding.check for finding in reading.findings] == ["vocabulary.unknown"]
    assert not is_refused(told)
    assert is_refused(told.replace(settled.encode(), b"1001.00"))


def test_debts_and_what_fees_gave_back_are_told_by_the_summary() -> None:
    """A settlement below zero pays nothing and becomes a debt."""
    told = report(
        {"return": "100.00", "fee_correction": "30.00", "deposit": "70.00", "settlement": "0.00"},
        [row("RETURN", "100.00")],
    )
    reading = whole(told)
    assert [(line.partner_kind, line.net_minor, line.identity) for line in reading.money_lines[1:]] == [
        ("fee_correction", 3000, "PAYREF1|fee_correction"),
        ("deposit", 7000, "PAYREF1|deposit"),
    ]
    assert not is_refused(told)


def test_the_balance_of_the_debt_is_proven_too() -> None:
    """Opening, less repaid, plus grown."""
    names = b"total_settlement_amount;opening_debt_balance;closing_debt_balance"
    base = report({"sale": "100.00", "repay": "60.00", "settlement": "40.00"}, [row("SALE", "100.00")])
    told = base.replace(b"total_settlement_amount", names).replace(b";40.00\r\n", b";40.00;200.00;140.00\r\n")
    assert not is_refused(told)
    assert is_refused(told.replace(b"140.00", b"140.01"))


def test_corrections_go_both_ways_and_are_within_their_total() -> None:
    """What of the total is in no row is a movement of its own."""
    rows = [row("CORRECTION", "-5.00"), row("CORRECTION", "2.00")]
    reading = whole(report({"fee_correction": "1.00", "settlement": "1.00"}, rows))
    assert [line.net_minor for line in reading.money_lines] == [-100, -500, 200, 400]


def test_merchant_protection_lowers_the_reversals() -> None:
    """Gross is taken, net is given."""
    rows = [
        row("REVERSAL", "125.00", detailed_type="FRAUD_POLICY_CHARGE"),
        row("REVERSAL_MERCHANT_PROTECTION", "100.00"),
    ]
    told = report({"reversal": "25.00", "settlement": "-25.00"}, rows)
    assert [line.kind for line in whole(told).money_lines] == ["payout", "dispute", "dispute_reversal"]
    assert not is_refused(told)
    warned = [(finding.check, finding.severity) for finding in whole(told).findings]
    assert warned == [("klarna.dispute", "warn")]


def test_an_empty_settlement_is_one_record() -> None:
    """With totals of zero, and no rows."""
    told = report({}, [])
    assert (whole(told).records, whole(told).money_lines) == (1, [])
    assert not is_refused(told)


def test_equal_rows_are_two_movements_and_a_report_read_again_is_none() -> None:
    """Rows have no ids."""
    told = report({"fee": "4.00", "settlement": "-4.00"}, [row("FEE", "2.00"), row("FEE", "2.00")])
    first, again = ([line.id for line in whole(told, delivery=name).money_lines] for name in ("a", "b"))
    assert len(set(first)) == 3
    assert first == again


def test_a_long_report_comes_in_parts() -> None:
    """The last one states the totals."""
    count = 2 * PART_ROWS + 1
    rows = [row("SALE", "1.00", order_id=f"o{n}") for n in range(count)]
    told = report({"sale": f"{count}.00", "settlement": f"{count}.00"}, rows)
    parts = read(told)
    assert [part.records for part in parts] == [PART_ROWS, PART_ROWS, 2]
    assert [bool(part.controls) for part in parts] == [False, False, True]
    assert not is_refused(told)
    positions = [line.position for part in parts for line in part.money_lines]
    assert all(two == one + 1 for one, two in pairwise(positions))


_CENTS = st.integers(min_value=0, max_value=10**9)


@given(st.lists(st.tuples(st.sampled_from(sorted(ROWS)), _CENTS), max_size=30))
def test_whatever_is_settled_adds_up(told: list[tuple[str, int]]) -> None:
    """Rows of any types and amounts: the lines of a payout leave nothing."""
    totals = dict.fromkeys((name for name, _ in TOTALS), 0)
    ways = dict(TOTALS)
    for kind, cents in told:
        total, way = ROWS[kind]
        totals[total] += ways[total] * (way or 1) * cents
    settled = sum(ways[name] * cents for name, cents in totals.items())
    written = {name: _major(cents) for name, cents in (totals | {"settlement": settled}).items()}
    made = report(written, [row(kind, _major(cents)) for kind, cents in told])
    assert sum(line.net_minor for line in whole(made).money_lines) == 0
    assert not is_refused(made)


def test_a_person_is_shown_every_line() -> None:
    """With the meaning of its type; a fault is the last thing shown."""
    shown = list(lay_out(io.BytesIO(TOLD)))
    assert [laid.kind for laid in shown[:4]] == ["summary names", "summary", "transaction names", "transaction"]
    assert (shown[7].fields[0].raw, shown[7].fields[0].meaning) == ("FEE", "dispute_fee")
    assert [laid.kind for laid in lay_out(io.BytesIO(TOLD + TOLD))][-1] == "unreadable"


def _major(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"
