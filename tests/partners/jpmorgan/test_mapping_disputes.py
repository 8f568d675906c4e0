"""What a row of a dispute report says about the dispute and about money."""

import pytest

from recoup.domain.instants import parse_instant
from recoup.domain.legs import Told
from recoup.domain.observation import Said
from recoup.domain.tables import moves
from recoup.partners.contract import Reading
from recoup.partners.jpmorgan.telling import CODES
from tests.partners.jpmorgan.sent import DISPUTE, checks, dispute, read, report, sample

PRESENTMENT = "Post_Deposit_Event_Action_Presentment_Currency_Amount"
SETTLEMENT = "Post_Deposit_Event_Action_Settlement_Currency_Amount"


def reading(**told: str) -> Reading:
    """One row of a report."""
    return read("dispute_details", report(dispute(**told)))


def said(**told: str) -> Said:
    """What it says."""
    (placed,) = reading(**told).observations
    return placed.said


def amount(text: str) -> dict[str, str]:
    """The same amount presented and settled."""
    return {PRESENTMENT: text, SETTLEMENT: text}


def test_received_chargeback_says_all_it_knows() -> None:
    """All days Eastern; the debit, and the line that takes it."""
    found = said()
    assert (found.partner_dispute_id, found.kind, found.move) == ("700000001", "dispute", "chargeback_opened")
    assert (found.amount_minor, found.currency, found.payment_ref) == (2550, "USD", "order-1001")
    assert (found.network, found.reason_code, found.case_ref) == ("visa", "13.1", "74537606005000000000011")
    assert found.occurred_at == parse_instant("2026-01-05T05:00:00Z")
    assert (found.due_at, found.due_state) == (parse_instant("2026-02-02T05:00:00Z"), "said")
    assert found.opened_at == parse_instant("2026-01-03T05:00:00Z")
    assert found.legs == (Told("debit", 1, 2550, "USD"),)
    (line,) = reading().money_lines
    assert (line.kind, line.gross_minor, line.fee_minor, line.net_minor) == ("dispute", -2550, 0, -2550)
    assert (line.identity, line.batch, line.effective_on) == (
        "700000001|CB|RECD|2026-01-05",
        "13740000001",
        "2026-01-07",
    )


def test_every_category_leads_to_a_move_of_the_table() -> None:
    """Whatever the vocabulary says."""
    assert {CODES.meaning("category", word) for word in CODES.known("category")} <= set(moves())


@pytest.mark.parametrize(
    ("category", "money", "text", "move", "legs", "kinds"),
    [
        ("RECD", "FIN", "25.50000000", "chargeback_opened", (Told("debit", 1, 2550, "USD"),), ["dispute"]),
        ("RECD", "NON", "25.50000000", "chargeback_opened", (), []),
        ("ENDINV", "NON", "25.50000000", "chargeback_opened", (), []),
        ("RTM", "NON", "-25.50000000", "chargeback_opened", (), []),
        ("REPR", "FIN", "-25.50000000", "chargeback_reversed", (Told("credit", 1, 2550, "USD"),), ["dispute_reversal"]),
        ("REPR", "NON", "-25.50000000", "chargeback_under_review", (), []),
        ("RECRS", "NON", "25.50000000", "chargeback_under_review", (), []),
    ],
)
def test_category_and_money_say_the_move(
    category: str, money: str, text: str, move: str, legs: tuple[Told, ...], kinds: list[str]
) -> None:
    """What takes from us is positive in the report, and negative in our books."""
    found = reading(dispute_category=category, financial=money, **amount(text))
    assert (found.observations[0].said.move, found.observations[0].said.legs) == (move, legs)
    assert [line.kind for line in found.money_lines] == kinds
    assert all(line.net_minor == (-2550 if text[0] != "-" else 2550) for line in found.money_lines)
    assert found.observations[0].said.amount_minor == 2550


@pytest.mark.parametrize(
    ("category", "state"), [("RECD", "left_empty"), ("RTM", "left_empty"), ("ENDINV", "unsaid"), ("REPR", "unsaid")]
)
def test_an_empty_day_to_answer_by_is_odd_where_the_row_asks(category: str, state: str) -> None:
    """Every published row that hands us a chargeback has one; what only lists it says nothing by that."""
    assert said(dispute_category=category, due_date="", due_timestamp="").due_state == state


def test_a_report_without_the_column_says_nothing_of_a_day() -> None:
    """It is not left empty: there is no place for it."""
    row = {name: text for name, text in dispute().items() if not name.startswith("Dispute Due")}
    (placed,) = read("dispute_details", report(row)).observations
    assert (placed.said.due_at, placed.said.due_state) == (None, "unsaid")


def test_category_that_nobody_explained_is_unknown_and_its_money_too() -> None:
    """It is neither a debit nor a credit."""
    found = reading(dispute_category="ADJPDE")
    assert found.observations[0].said.move == "unknown"
    assert [line.kind for line in found.money_lines] == ["unknown"]
    assert checks(found) == ["vocabulary.unknown"]


def test_row_that_does_not_say_whether_it_moves_money_moves_none() -> None:
    """An unknown word is a finding, nothing is not."""
    nothing = reading(financial="")
    assert (nothing.money_lines, nothing.observations[0].said.legs, checks(nothing)) == ([], (), [])
    strange = reading(financial="MAY", dispute_category="REPR", **amount("-25.50"))
    assert (strange.money_lines, strange.observations[0].said.move) == ([], "unknown")
    assert checks(strange) == ["vocabulary.unknown"]


def test_mastercard_reason_has_its_first_digits_again() -> None:
    """`53` is 4853, and a code of no list stays as it was sent, with a finding."""
    assert said(payment_method="MC", reason_code="53").reason_code == "4853"
    unknown = reading(payment_method="MC", reason_code="11")
    assert unknown.observations[0].said.reason_code == "11"
    assert checks(unknown) == ["vocabulary.unknown"]


def test_adjustment_in_our_favour_is_money_without_a_dispute() -> None:
    """One against us is a dispute."""
    ours = reading(dispute_type="AJ", **amount("-2"))
    assert ours.observations == []
    assert [(line.kind, line.net_minor, line.dispute) for line in ours.money_lines] == [("adjustment", 200, None)]
    theirs = reading(dispute_type="AJ", **amount("40"))
    assert theirs.observations[0].said.move == "chargeback_opened"
    assert [(line.kind, line.net_minor) for line in theirs.money_lines] == [("dispute", -4000)]


@pytest.mark.parametrize(("code", "nature"), [("R10", "unauthorised"), ("R01", "failure"), ("R99", None)])
def test_returned_check_is_a_return_of_its_nature(code: str, nature: str | None) -> None:
    """A code that is in no table has none, and a finding."""
    found = reading(dispute_type="ECP", payment_method="EC", reason_code=code, usage="1")
    told = found.observations[0].said
    assert (told.kind, told.nature, told.network, told.move) == ("return", nature, "ach", "return_final")
    assert checks(found) == ([] if nature else ["vocabulary.unknown"])


def test_converted_amounts_stay_apart() -> None:
    """The leg is in the dispute's currency, the line in the one that is settled."""
    told = {PRESENTMENT: "20.00000000", SETTLEMENT: "27.13000000", "presentment_currency_code": "EUR"}
    found = reading(**told)
    assert found.observations[0].said.legs == (Told("debit", 1, 2000, "EUR"),)
    (line,) = found.money_lines
    assert (line.net_minor, line.currency, line.original_minor, line.original_currency) == (-2713, "USD", -2000, "EUR")


def test_the_same_row_again_says_nothing_new() -> None:
    """A published report has one three times."""
    found = read("dispute_details", report(dispute(), dispute(), dispute()))
    assert (found.records, found.accepted, len(found.observations), len(found.money_lines)) == (3, 3, 1, 1)
    assert checks(found) == ["jpmorgan.row_twice"] * 2


def test_another_row_of_the_same_movement_is_quarantined() -> None:
    """Which of them is right is not known."""
    found = read("dispute_details", report(dispute(), dispute(**amount("99.00"))))
    assert (found.accepted, checks(found)) == (1, ["jpmorgan.row"])


def test_times_that_contradict_their_day_are_a_finding_and_the_earlier_counts() -> None:
    """The published ones agree."""
    found = reading(due_timestamp="2026-02-01T05:00:00.000Z")
    assert found.observations[0].said.due_at == parse_instant("2026-02-01T05:00:00Z")
    assert checks(found) == ["jpmorgan.twins"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sequence", ""),
        ("sequence", "7.00E+08"),
        ("activity_date", "2026-13-01"),
        ("activity_date", "31/1/2026"),
        ("presentment_currency_code", "US"),
        (PRESENTMENT, "25.505"),
        (PRESENTMENT, "2.55E+01"),
        (PRESENTMENT, "25,50"),
        (PRESENTMENT, "1" * 40),
        (PRESENTMENT, ""),
        ("dispute_category", ""),
    ],
)
def test_row_that_cannot_be_read_is_quarantined_and_the_rest_goes_on(column: str, value: str) -> None:
    """Nothing is guessed."""
    found = read("dispute_details", report(dispute(**{column: value}), dispute(sequence="700000009")))
    assert [bad.position for bad in found.quarantined] == [1]
    assert found.accepted == 1


def test_what_a_spreadsheet_destroyed_is_absent_and_said_once_for_each_column() -> None:
    """Never used to know a dispute, a payment or a chain by; days are read in either order."""
    rows = [dispute(sequence=f"70000000{n}", acquirer="7.45E+22", merchant_order="5.16E+13") for n in range(1, 4)]
    found = read("dispute_details", report(*rows))
    assert {(placed.said.case_ref, placed.said.payment_ref) for placed in found.observations} == {(None, None)}
    assert checks(found) == ["jpmorgan.spreadsheet"] * 2
    assert found.findings[0].where == "x.csv:4 Acquirer Reference Number"
    assert found.findings[0].found.startswith('3 values like "7.45E+22"')


def test_damaged_sample_says_what_the_sound_one_says() -> None:
    """Of the same dispute, but for what is destroyed."""
    sound = sample("dispute_details", "details/DisputeDetails.csv").observations[0].said
    damaged = sample("dispute_details", "details/DisputeDetailsV2.csv").observations[0].said
    assert damaged.case_ref is None
    for name in (
        "partner_dispute_id",
        "move",
        "occurred_at",
        "due_at",
        "opened_at",
        "amount_minor",
        "legs",
        "payment_ref",
    ):
        assert getattr(damaged, name) == getattr(sound, name), name


def test_no_account_number_and_no_name_is_read() -> None:
    """Neither is in what a row says."""
    told = repr(reading())
    assert DISPUTE["Account Number"] not in told
