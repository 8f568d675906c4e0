"""Checkout.com's reports: what a settlement paid, the payouts, and every financial action."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.partners.checkout.sent import ENTITY, action, breakdown, paid, read, report

# The published anonymised fixture of one settlement, line by line: type, gross, net.
PUBLISHED = (
    ("Charge", "50.00", "48.5"),
    ("Charge", "25.00", "24.25"),
    ("Charge", "10.00", "9.7"),
    ("Charge", "0", "-0.25"),
    ("Void", "0", "-0.1"),
    ("Network Token Provisioning", "0", "-0.1"),
    ("Network Token Update", "0", "-0.2"),
    ("Account Updater", "0", "-0.3"),
    ("Merchant Payout", "0", "-2"),
)


def test_the_published_settlement_is_one_cent_below_its_payout(tmp_path: Path) -> None:
    """79.50 by its lines, 79.51 paid: the cent stays visible, and nobody rounds it away."""
    told = report(
        *[breakdown(kind, gross, net, **{"Payment ID": f"pay_{n}"}) for n, (kind, gross, net) in enumerate(PUBLISHED)]
    )
    lines = read("settlement_breakdown", told, tmp_path).money_lines
    (payout,) = read("payouts_report", report(paid()), tmp_path).money_lines
    assert sum(line.net_minor for line in lines) == 7950
    assert (payout.net_minor, payout.kind, payout.identity, payout.batch) == (
        -7951,
        "payout",
        "00000003K599",
        "00000003K599",
    )
    assert {line.batch for line in lines} == {payout.batch}


def test_a_charge_is_gross_and_fee(tmp_path: Path) -> None:
    """Net is what moved; the day is when it is available."""
    (line,) = read("settlement_breakdown", report(breakdown("Charge", "50.00", "48.5")), tmp_path).money_lines
    assert (line.gross_minor, line.fee_minor, line.net_minor, line.currency) == (5000, 150, 4850, "USD")
    assert (line.kind, line.partner_kind, line.payment_ref, line.effective_on) == (
        "charge",
        "Charge",
        "pay_Charge",
        "2026-01-03",
    )


def test_a_chargeback_names_its_dispute_where_its_action_does(tmp_path: Path) -> None:
    """Else its payment alone; what comes back is told by its sign."""
    rows = [
        breakdown("Chargeback", "-50.00", "-65.00", **{"Action ID": "dsp_1"}),
        breakdown("Chargeback", "50.00", "50.00", **{"Action ID": "act_2"}),
    ]
    taken, back = read("settlement_breakdown", report(*rows), tmp_path).money_lines
    assert (taken.kind, taken.partner_dispute_id, taken.gross_minor, taken.fee_minor) == (
        "dispute",
        "dsp_1",
        -5000,
        1500,
    )
    assert (back.kind, back.partner_dispute_id, back.payment_ref) == ("dispute_reversal", None, "pay_Chargeback")


def test_what_is_finer_than_money_is_rounded_and_says_so(tmp_path: Path) -> None:
    """A token fee of a third of a cent."""
    told = breakdown("Network Token Update", "0", "-0.0151")
    reading = read("settlement_breakdown", report(told), tmp_path)
    (line,) = reading.money_lines
    assert (line.net_minor, line.partner_kind) == (-2, "Network Token Update, rounded")


@pytest.mark.parametrize("kind", ["Chargeback", "Moon Tax"])
def test_a_dispute_or_an_unknown_type_is_never_rounded(tmp_path: Path, kind: str) -> None:
    """Quarantined with its amount."""
    reading = read("settlement_breakdown", report(breakdown(kind, "-50.00", "-50.005")), tmp_path)
    assert (reading.accepted, reading.money_lines) == (0, [])
    assert [bad.finding.check for bad in reading.quarantined] == ["table.amount"]


def test_an_unknown_type_is_an_unknown_line(tmp_path: Path) -> None:
    """With the money it moved, and said."""
    reading = read("settlement_breakdown", report(breakdown("Moon Tax", "-1", "-1")), tmp_path)
    assert [line.kind for line in reading.money_lines] == ["unknown"]
    assert [finding.check for finding in reading.findings] == ["codes.unknown"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("Net In Holding Currency", "1e3"),
        ("Net In Holding Currency", "1_0"),
        ("Net In Holding Currency", ""),
        ("Gross In Holding Currency", "1,00".replace(",", ";")),
        ("Holding Currency", "XXX"),
        ("Processed On", "yesterday"),
        ("Client Entity ID", "ent_other"),
        ("Type", ""),
    ],
)
def test_a_line_without_what_it_needs_is_quarantined(tmp_path: Path, column: str, value: str) -> None:
    """And the others go on."""
    rows = [breakdown("Charge", "1", "1"), breakdown("Charge", "2", "2", **{column: value})]
    reading = read("settlement_breakdown", report(*rows), tmp_path)
    assert (reading.records, reading.accepted, [bad.position for bad in reading.quarantined]) == (2, 1, [2])


def test_the_same_line_again_is_quarantined(tmp_path: Path) -> None:
    """A line has no id of its own."""
    row = breakdown("Charge", "1", "1")
    reading = read("settlement_breakdown", report(row, row), tmp_path)
    assert (reading.accepted, [bad.position for bad in reading.quarantined]) == (1, [2])


def test_another_currency_is_kept_beside(tmp_path: Path) -> None:
    """What the payment was in."""
    told = breakdown(
        "Refund", "-10.00", "-10.00", **{"Processing Currency": "JPY", "Gross In Processing Currency": "-1500"}
    )
    (line,) = read("settlement_breakdown", report(told), tmp_path).money_lines
    assert (line.original_minor, line.original_currency) == (-1500, "JPY")


def test_utc_goes_before_the_accounts_zone(tmp_path: Path) -> None:
    """In July London is an hour ahead."""
    summer = {"Processed On": "2026-07-02T10:00:00"}
    local = breakdown("Charge", "1", "1", **summer)
    utc = breakdown("Charge", "1", "1", **summer, **{"Processed On UTC": "2026-07-02T09:00:00"})
    found = [read("settlement_breakdown", report(row), tmp_path).money_lines[0].occurred_at for row in (local, utc)]
    assert found == [1_782_982_800_000_000] * 2


def test_the_day_stands_in_the_files_name(tmp_path: Path) -> None:
    """As Checkout.com names its files."""
    told = report(breakdown("Charge", "1", "1"))
    name = "settlement-breakdown_ent_test_20260702_00000003k599_1.csv"
    assert read("settlement_breakdown", told, tmp_path, name).covers_on == "2026-07-02"
    assert read("payouts_report", report(paid()), tmp_path, "payouts_ent_test_20260701_20260702_1.csv").covers_on == (
        "2026-07-01"
    )


def test_columns_in_any_order_and_new_ones(tmp_path: Path) -> None:
    """A new one is a note, user-defined ones are none, a missing one holds the file."""
    row = breakdown("Charge", "1", "1")
    shuffled = dict(reversed(row.items())) | {"UDF 1": "x", "Moon": "full"}
    reading = read("settlement_breakdown", report(shuffled), tmp_path)
    assert (reading.accepted, [f.check for f in reading.findings]) == (1, ["contract.drift"])
    del row["Payout ID"]
    assert read("settlement_breakdown", report(row), tmp_path).held is not None


def test_a_file_cut_within_a_line_is_held(tmp_path: Path) -> None:
    """Its last field is shorter than the one above."""
    rows = [breakdown("Charge", "1", "1"), breakdown("Refund", "-1", "-1")]
    assert read("settlement_breakdown", report(*rows)[:-3], tmp_path).held is not None


@pytest.mark.parametrize(
    ("column", "value", "check"),
    [
        ("Payout Amount", "79.511", "table.amount"),
        ("Payout ID", "", "table.missing"),
        ("Payout Date", "2026-13-01T00:00:00", "table.instant"),
        ("Client Entity ID", "ent_other", "table.wrong_account"),
    ],
)
def test_a_payout_without_what_it_needs_is_quarantined(tmp_path: Path, column: str, value: str, check: str) -> None:
    """A payout is never rounded."""
    reading = read("payouts_report", report(paid(), paid(**{column: value})), tmp_path)
    assert [(bad.position, bad.finding.check) for bad in reading.quarantined] == [(2, check)]
    assert reading.accepted == 1


def test_a_report_of_another_entity_is_held(tmp_path: Path) -> None:
    """Nothing in it is ours: the wrong file was delivered."""
    assert read("payouts_report", report(paid(**{"Client Entity ID": "ent_other"})), tmp_path).held is not None


def test_an_action_fans_into_its_amount_and_its_fees(tmp_path: Path) -> None:
    """Fees may be finer than money; the amount itself may not."""
    rows = [
        action("Capture", "50.00"),
        action("Scheme Fixed Fee", "-0.003"),
        action("Premium Variable Fee", "-0.03"),
        action("Capture", "1.001"),
    ]
    reading = read("financial_actions", report(*rows), tmp_path)
    assert [(line.kind, line.net_minor, line.partner_kind) for line in reading.money_lines] == [
        ("charge", 5000, "Capture"),
        ("fee", 0, "Scheme Fixed Fee, rounded"),
        ("fee", -3, "Premium Variable Fee"),
    ]
    assert [bad.position for bad in reading.quarantined] == [4]


def test_an_action_of_a_dispute_names_it(tmp_path: Path) -> None:
    """With its sign."""
    told = action("Chargeback", "-81.50", **{"Action ID": "dsp_1", "Action Type": "Chargeback"})
    (line,) = read("financial_actions", report(told), tmp_path).money_lines
    assert (line.kind, line.partner_dispute_id, line.net_minor) == ("dispute", "dsp_1", -8150)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(-(10**9), 10**9), st.integers(0, 10**6)), min_size=1, max_size=8))
def test_amounts_that_fit_are_read_exactly(tmp_path: Path, moved: list[tuple[int, int]]) -> None:
    """Whatever their sign and size, to the cent."""
    rows = [
        breakdown("Charge", cents(gross), cents(gross - fee), **{"Payment ID": f"pay_{n}"})
        for n, (gross, fee) in enumerate(moved)
    ]
    lines = read("settlement_breakdown", report(*rows), tmp_path, account=ENTITY).money_lines
    assert [(line.gross_minor, line.fee_minor) for line in lines] == moved


def cents(minor: int) -> str:
    """An amount in dollars."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"
