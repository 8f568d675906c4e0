"""What a Worldpay case says, by its cycle and its activities."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.instants import parse_instant
from recoup.domain.legs import Told
from recoup.domain.observation import Said
from recoup.domain.tables import moves
from recoup.partners.contract import Reading
from recoup.partners.worldpay.mapping import read_chargebacks
from recoup.partners.worldpay.telling import CODES
from tests.partners.worldpay.sent import arrived, case, checks, only, page

DEBIT = Told("debit", 1, 2002, "USD")
CREDIT = Told("credit", 1, 2002, "USD")


def reading(*activities: tuple[str | None, str], **told: str | None) -> Reading:
    """One case as fetched."""
    return read_chargebacks(arrived(), page(case(*activities, **told)))


def said(*activities: tuple[str | None, str], **told: str | None) -> Said:
    """What it says."""
    return only(reading(*activities, **told)).said


def test_first_chargeback_says_all_it_knows() -> None:
    """Amount, payment, chain, network, reason, the beginning of the day to reply by, and the debit."""
    found = said(("2026-01-03", "Assign To Merchant"))
    assert (found.kind, found.move, found.partner_status) == ("dispute", "chargeback_opened", "First Chargeback")
    assert (found.amount_minor, found.currency, found.payment_ref) == (2002, "USD", "21200000820903")
    assert (found.network, found.reason_code, found.case_ref) == ("visa", "10.4", "74537606005000000000011")
    assert (found.due_at, found.due_state) == (parse_instant("2026-01-20T05:00:00Z"), "said")
    assert found.opened_at == parse_instant("2026-01-03T05:00:00Z")
    assert (found.legs, found.is_slot_spent) == ((DEBIT,), False)


@pytest.mark.parametrize(
    ("cycle", "activity", "move", "legs"),
    [
        ("First Chargeback", "Merchant Represent", "chargeback_under_review", (DEBIT,)),
        ("First Chargeback", "Merchant Accept", "chargeback_accepted", (DEBIT,)),
        ("First Chargeback", "Receive Network Transaction", "chargeback_opened", (DEBIT,)),
        ("First Chargeback", "Unrepresent", "chargeback_opened", (DEBIT,)),
        ("First Chargeback", "Unaccept", "reopened", (DEBIT,)),
        ("Chargeback Reversal", "Chargeback Reversal", "withdrawn", (DEBIT, CREDIT)),
        ("Pre-Arbitration", "Merchant Accept", "pre_arbitration_accepted", (DEBIT,)),
        ("Pre-Arbitration", "Respond to PreArb", "pre_arbitration_under_review", (DEBIT,)),
        ("Pre-Arbitration", "Successful Pre-Arbitration", "pre_arbitration_won", (DEBIT, CREDIT)),
        ("Issuer Declined Pre-Arbitration", "Issuer Declined Pre-Arbitration", "pre_arbitration_declined", (DEBIT,)),
        ("Arbitration", "File Arbitration", "arbitration_opened", (DEBIT,)),
        ("Arbitration Lost", "Arbitration Lost", "arbitration_lost", (DEBIT,)),
        ("Arbitration Won", "Arbitration Won", "arbitration_won", (DEBIT, CREDIT)),
        ("Arbitration Split", "Arbitration Split", "split", (DEBIT,)),
        ("Retrieval Request", "Merchant Represent", "inquiry_answered", ()),
    ],
)
def test_cycle_and_last_activity_say_the_move(cycle: str, activity: str, move: str, legs: tuple[Told, ...]) -> None:
    """And what is announced with it."""
    found = said(("2026-01-04", activity), cycle=cycle)
    assert (found.move, found.legs) == (move, legs)


@pytest.mark.parametrize("cycle", sorted(CODES.known("cycle")))
def test_every_cycle_has_a_kind_a_stage_and_a_move_of_the_table(cycle: str) -> None:
    """Without any activity."""
    found = said(cycle=cycle)
    assert found.kind in ("dispute", "request", "resolution")
    assert found.move in moves()
    assert CODES.meaning("cycle_stage", cycle) is not None


def test_every_activity_leads_to_a_move_of_the_table() -> None:
    """Whatever the vocabulary says."""
    known = [CODES.meaning(v, word) for v in ("activity", "stage_activity") for word in CODES.known(v)]
    assert {move for move in known if move != "cycle"} <= set(moves())


def test_notes_after_an_answer_do_not_hide_it() -> None:
    """A published case has twenty of them."""
    found = said(("2026-01-06", "Merchant Represent"), *[("2026-01-10", "Add Note")] * 20)
    assert (found.move, found.partner_status) == ("chargeback_under_review", "First Chargeback/Merchant Represent")
    assert found.is_slot_spent is True


def test_last_activity_is_the_latest_day_wherever_it_stands() -> None:
    """Order does not matter between days."""
    told = [("2026-01-06", "Merchant Represent"), ("2026-01-07", "Unrepresent"), ("2026-01-08", "Merchant Accept")]
    assert {said(*order).move for order in permutations(told)} == {"chargeback_accepted"}


def test_case_of_another_queue_waits_for_nobody_here() -> None:
    """The day to reply by is no longer ours."""
    found = said(currentQueue="Vantiv Outgoing")
    assert (found.due_at, found.due_state, found.is_slot_spent) == (None, "unsaid", None)
    assert said(currentQueue=None).due_state == "said"


def test_sparse_case_is_kept_unknown() -> None:
    """The SDK's own sample has neither cycle nor amount."""
    found = reading(
        ("2018-01-01", "Assign To User"),
        **dict.fromkeys(("cycle", "chargebackAmount", "chargebackCurrencyType", "cardType", "replyByDay")),
    )
    told = only(found).said
    assert (told.move, told.kind, told.amount_minor, told.legs, told.due_state) == ("unknown", None, None, (), "unsaid")
    assert checks(found) == ["vocabulary.unknown", "worldpay.amount"]


@pytest.mark.parametrize(
    ("field", "value", "check"),
    [
        ("cycle", "Second Coming", "vocabulary.unknown"),
        ("cardType", "XX", "vocabulary.unknown"),
        ("currentQueue", "Nowhere", "vocabulary.unknown"),
        ("reasonCode", "99.9", "vocabulary.unknown"),
        ("chargebackAmount", "20.02", "worldpay.amount"),
        ("chargebackAmount", "-5", "worldpay.amount"),
        ("chargebackAmount", "9" * 400, "worldpay.amount"),
        ("chargebackCurrencyType", "usd", "worldpay.amount"),
        ("replyByDay", "2026-02-30", "worldpay.day"),
        ("dateReceivedByVantivCnp", "03/01/2026", "worldpay.day"),
    ],
)
def test_a_value_that_is_none_is_a_finding_and_the_case_goes_on(field: str, value: str, check: str) -> None:
    """Nothing is guessed in its place."""
    found = reading(**{field: value})
    assert checks(found) == [check]
    assert found.accepted == 1


def test_unknown_activity_is_unknown_and_not_the_one_before() -> None:
    """What was done last counts, even if nobody knows what it is."""
    found = reading(("2026-01-06", "Merchant Represent"), ("2026-01-07", "Merchant Dance"))
    assert only(found).said.move == "unknown"
    assert checks(found) == ["vocabulary.unknown"]


@given(st.integers(0, 10**17))
def test_amount_is_minor_units_as_sent(amount: int) -> None:
    """Whatever its size."""
    assert said(chargebackAmount=str(amount)).amount_minor == amount
