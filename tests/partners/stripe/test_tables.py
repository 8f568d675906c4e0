"""Stripe's itemised reports, in the layouts that production exports have."""

from pathlib import Path

import pytest

from tests.fakes.tables import REPORT_HEADER, TRANSACTION, lines, read, report

DISPUTE = (
    "txn_d{n},,dp_{n},ch_{n},2026-01-30 12:00:00,2026-02-01 00:00:00,2026-02-02 00:00:00,USD,-30,15,-45,dispute,"
    "Chargeback withdrawal for ch_{n},po_1"
)
PAYOUT = (
    "txn_p,,po_1,,2026-02-02 00:00:00,2026-02-02 00:00:00,2026-02-02 00:00:00,USD,-24.05,0,-24.05,payout,STRIPE PAYOUT,"
)


def test_a_dispute_line_is_amount_and_fee(tmp_path: Path) -> None:
    """-30.00 with a fee of 15.00 moves -45.00; its source is the dispute, its charge the payment."""
    (line,) = read("stripe", "payout_report", report(DISPUTE.format(n=1)), tmp_path).money_lines
    assert (line.gross_minor, line.fee_minor, line.net_minor, line.currency) == (-3000, 1500, -4500, "USD")
    assert (line.kind, line.partner_dispute_id, line.payment_ref, line.batch) == ("dispute", "dp_1", "ch_1", "po_1")
    assert (line.identity, line.cycle) == ("txn_d1", None)


def test_currencies_are_told_in_any_case(tmp_path: Path) -> None:
    """One export has `usd` and `USD`."""
    reading = read("stripe", "payout_report", report(TRANSACTION.format(n=1), DISPUTE.format(n=2)), tmp_path)
    assert [line.currency for line in reading.money_lines] == ["USD", "USD"]


def test_a_payout_is_paid_in_itself(tmp_path: Path) -> None:
    """The row names no automatic payout: its source is one, and its identity as on every feed."""
    line = read("stripe", "payout_report", report(TRANSACTION.format(n=1), PAYOUT), tmp_path).money_lines[1]
    assert (line.kind, line.identity, line.batch, line.net_minor) == ("payout", "po_1", "po_1", -2405)


def test_net_is_what_moved_even_where_gross_less_fee_is_not(tmp_path: Path) -> None:
    """Reversals of lost disputes and payouts were published so: taken with the net as told, and said."""
    told = [TRANSACTION.format(n=1), TRANSACTION.format(n=2).replace("24.05", "25")]
    reading = read("stripe", "payout_report", report(*told), tmp_path, name="r.csv")
    assert [(line.gross_minor, line.fee_minor, line.net_minor) for line in reading.money_lines][1] == (2500, 95, 2500)
    (finding,) = reading.findings
    assert (finding.check, finding.where, finding.severity) == ("table.net", "r.csv record 2", "warn")
    assert finding.found == "net 2500 in minor units, and in 0 further records another one than gross less fee"


def test_fee_rows_carry_their_cost_in_gross(tmp_path: Path) -> None:
    """As the exports have it: gross -0.50, fee 0."""
    told = TRANSACTION.format(n=1).replace("25,0.95,24.05,charge", "-0.5,0,-0.5,fee").replace("ch_1,ch_1", ",")
    (line,) = read("stripe", "payout_report", report(told), tmp_path).money_lines
    assert (line.kind, line.gross_minor, line.fee_minor, line.net_minor, line.payment_ref) == ("fee", -50, 0, -50, None)


@pytest.mark.parametrize(("zone", "day"), [("UTC", "2026-01-30"), ("America/Los_Angeles", "2026-01-29")])
def test_created_is_utc_and_the_day_is_the_accounts(tmp_path: Path, zone: str, day: str) -> None:
    """Reports run in UTC unless another zone is asked for."""
    told = report(TRANSACTION.format(n=1).replace("10:00:00", "05:00:00"))
    (line,) = read("stripe", "payout_report", told, tmp_path, zone=zone).money_lines
    assert (line.occurred_at, line.effective_on) == (1_769_749_200_000_000, day)


def test_created_utc_goes_before_created(tmp_path: Path) -> None:
    """A report run in another zone has both."""
    told = lines(f"{REPORT_HEADER},created_utc", f"{TRANSACTION.format(n=1)},2026-01-30 18:00:00")
    (line,) = read("stripe", "activity_report", told, tmp_path).money_lines
    assert line.occurred_at == 1_769_796_000_000_000


def test_users_own_columns_are_no_drift_and_others_are(tmp_path: Path) -> None:
    """`payment_metadata[...]` is theirs to name."""
    assert read("stripe", "payout_report", report(TRANSACTION.format(n=1)), tmp_path).findings == []
    told = lines(f"{REPORT_HEADER},moon", f"{TRANSACTION.format(n=1)},full")
    assert [f.check for f in read("stripe", "payout_report", told, tmp_path).findings] == ["contract.drift"]


def test_a_payout_report_needs_the_payout_and_an_activity_report_does_not(tmp_path: Path) -> None:
    """Without it a payout report cannot say what it reports."""
    header = REPORT_HEADER.removesuffix(",automatic_payout_id")
    told = lines(header, TRANSACTION.format(n=1).removesuffix(",po_1"))
    held = read("stripe", "payout_report", told, tmp_path).held
    assert held is not None
    assert held.found.endswith("without automatic_payout_id")
    (line,) = read("stripe", "activity_report", told, tmp_path).money_lines
    assert line.batch is None


def test_zero_decimal_currencies_have_no_cents(tmp_path: Path) -> None:
    """2500 JPY is 2500."""
    told = TRANSACTION.format(n=1).replace("usd,25,0.95,24.05", "jpy,2500,95,2405")
    (line,) = read("stripe", "payout_report", report(told), tmp_path).money_lines
    assert (line.gross_minor, line.currency) == (2500, "JPY")


def test_a_cut_payout_id_is_not_taken_for_another(tmp_path: Path) -> None:
    """The file broke off within its last field, all columns there: held, not read as payout `po_`."""
    told = report(TRANSACTION.format(n=1), TRANSACTION.format(n=2))
    held = read("stripe", "payout_report", told[:-2], tmp_path).held
    assert held is not None
    assert held.check == "delimited.truncated"


def test_the_day_in_the_files_name_is_the_day_it_covers(tmp_path: Path) -> None:
    """The last one, where there are two."""
    told = report(TRANSACTION.format(n=1))
    assert read("stripe", "payout_report", told, tmp_path, name="payouts_2026-01-30.csv").covers_on == "2026-01-30"
    named = "balance_2026-01-30_2026-01-31.csv"
    assert read("stripe", "activity_report", told, tmp_path, name=named).covers_on == "2026-01-31"
