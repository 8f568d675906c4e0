"""What a Braintree dispute says, kind by kind and status by status."""

import pytest

from recoup.domain.instants import parse_instant
from recoup.domain.legs import Told
from recoup.domain.observation import Said
from recoup.domain.tables import moves
from recoup.partners.braintree.mapping import read_disputes, read_export, read_webhook
from recoup.partners.braintree.telling import CODES
from recoup.partners.contract import Reading
from tests.partners.braintree.sent import arrived, body, checks, dispute, exported, legacy, message, only

DEBIT = Told("debit", 1, 10000, "USD")


def reading(**told: str | None) -> Reading:
    """One dispute as fetched."""
    return read_disputes(arrived("disputes"), dispute(**told).encode())


def said(**told: str | None) -> Said:
    """What it says."""
    return only(reading(**told)).said


def test_open_chargeback_says_all_it_knows() -> None:
    """Amount, payment, network, reason, due day at its beginning, and the debit."""
    found = said()
    assert (found.partner_dispute_id, found.kind, found.move) == ("9qde5qgp", "dispute", "chargeback_opened")
    assert (found.amount_minor, found.currency, found.payment_ref) == (10000, "USD", "d9tn")
    assert (found.network, found.reason_code, found.partner_status) == ("visa", "10.4", "chargeback/open")
    assert (found.due_at, found.due_state) == (parse_instant("2026-01-09T06:00:00Z"), "said")
    assert found.opened_at == parse_instant("2026-01-01T08:00:00Z")
    assert found.occurred_at == parse_instant("2026-01-01T09:00:00Z")
    assert (found.legs, found.is_slot_spent, found.case_ref) == ((DEBIT,), False, None)


@pytest.mark.parametrize(
    ("kind", "status", "move"),
    [
        ("chargeback", "disputed", "chargeback_under_review"),
        ("chargeback", "under_review", "chargeback_under_review"),
        ("chargeback", "won", "chargeback_won"),
        ("chargeback", "lost", "chargeback_lost"),
        ("chargeback", "accepted", "chargeback_accepted"),
        ("chargeback", "auto_accepted", "chargeback_accepted"),
        ("chargeback", "expired", "chargeback_expired"),
        ("pre_arbitration", "open", "pre_arbitration_opened"),
        ("pre_arbitration", "disputed", "pre_arbitration_under_review"),
        ("pre_arbitration", "won", "pre_arbitration_won"),
        ("pre_arbitration", "expired", "defense_expired"),
        ("retrieval", "open", "inquiry_opened"),
        ("retrieval", "expired", "inquiry_expired"),
    ],
)
def test_kind_and_status_say_the_move(kind: str, status: str, move: str) -> None:
    """And every move is one of the table."""
    found = said(kind=kind, status=status)
    assert (found.move, found.kind) == (move, "request" if kind == "retrieval" else "dispute")
    assert move in moves()


def test_unknown_words_stay_unknown() -> None:
    """With a finding each."""
    assert checks(reading(status="pondered")) == ["vocabulary.unknown"]
    assert said(status="pondered").move == "unknown"
    assert said(kind="retrieval", status="won").move == "unknown"
    found = reading(kind="mystery")
    assert (only(found).said.kind, only(found).said.legs) == (None, ())
    assert checks(reading(reason="whim")) == ["vocabulary.unknown"]
    assert checks(reading(subtype="Card of a friend")) == ["vocabulary.unknown"]
    assert checks(reading(reason_code="99.9")) == ["vocabulary.unknown"]


def test_won_one_gives_back_what_was_won() -> None:
    """Which may be less, with a finding; a lost one gives nothing back whatever it says was won."""
    whole = said(status="won", amount_won="100.00")
    assert whole.legs == (DEBIT, Told("credit", 1, 10000, "USD"))
    part = reading(status="won", amount_won="95.00")
    assert only(part).said.legs == (DEBIT, Told("credit", 1, 9500, "USD"))
    assert checks(part) == ["braintree.amount_won"]
    assert said(status="won", amount_won=None).legs == (DEBIT, Told("credit", 1, 10000, "USD"))
    assert said(status="lost", amount_won="95.00").legs == (DEBIT,)


def test_pre_arbitration_is_of_the_chain_of_the_first_dispute_and_announces_no_debit_of_its_own() -> None:
    """What it moves was never seen."""
    found = said(id="second", kind="pre_arbitration", original_dispute_id="9qde5qgp")
    assert (found.case_ref, found.legs) == ("9qde5qgp", ())


def test_case_that_visa_resolved_before_it_was_a_chargeback_is_a_resolution() -> None:
    """By RDR."""
    found = said(pre_dispute_program="visa_rdr", status="auto_accepted")
    assert (found.kind, found.move) == ("resolution", "prevented")
    assert said(pre_dispute_program="none").kind == "dispute"


def test_message_of_old_has_one_amount_and_days_alone() -> None:
    """Kept whole."""
    found = only(read_webhook(arrived(), message("dispute_opened", legacy()))).said
    assert (found.amount_minor, found.partner_dispute_id, found.move) == (
        25000,
        "legacy_dispute_id",
        "chargeback_opened",
    )
    assert found.opened_at == parse_instant("2014-03-28T05:00:00Z")
    assert found.due_at == parse_instant("2014-03-21T05:00:00Z")


def test_only_an_open_dispute_is_due() -> None:
    """And an instant counts before a day."""
    assert said(status="disputed").due_state == "unsaid"
    told = exported(responseDeadline="2026-01-10T05:59:59.000000Z")
    found = only(read_export(arrived("dispute_export"), body(told))).said
    assert found.due_at == parse_instant("2026-01-10T05:59:59Z")


@pytest.mark.parametrize("amount", ["ten", "-1.00", "1.001", "1,00"])
def test_amount_that_is_none_leaves_the_dispute_without(amount: str) -> None:
    """Kept, with a finding; never zero."""
    found = reading(amount_disputed=amount)
    assert (only(found).said.amount_minor, only(found).said.legs) == (None, ())
    assert checks(found) == ["braintree.amount"]


def test_absent_amount_and_amount_of_zero_are_not_the_same() -> None:
    """One is not known, the other is nothing."""
    assert said(amount_disputed="-", amount="-").amount_minor is None
    assert (said(amount_disputed="0.00").amount_minor, said(amount_disputed="0.00").legs) == (0, ())


def test_times_that_are_none_are_findings() -> None:
    """And the dispute is as at its fetch."""
    found = reading(created_at="noon", reply_by_date="soon", updated_at="late")
    assert sorted(checks(found)) == ["braintree.day", "braintree.instant"]
    assert only(found).said.occurred_at == arrived().landed_at


def test_dispute_without_id_is_quarantined() -> None:
    """Nobody's."""
    assert checks(reading(id=None)) == ["braintree.dispute_id"]


def test_same_dispute_by_message_search_and_export_is_one() -> None:
    """By the id that GraphQL calls the legacy one; amount, payment and debit are the same."""
    told = [
        only(read_webhook(arrived(), message("dispute_opened", dispute()))).said,
        said(),
        only(read_export(arrived("dispute_export"), body(exported()))).said,
    ]
    assert len({(one.partner_dispute_id, one.amount_minor, one.payment_ref, one.move, one.legs) for one in told}) == 1


def test_every_move_of_the_vocabulary_is_a_move() -> None:
    """A word that leads nowhere would be an unknown one."""
    words = {CODES.meaning(name, code) for name in ("kind_status", "program_status") for code in CODES.known(name)}
    assert words <= set(moves())
