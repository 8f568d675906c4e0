"""What a dispute object of Stripe says, on whichever feed."""

from typing import Any

import pytest

from recoup.domain.dispute import Dispute, fold
from recoup.domain.legs import Told
from recoup.domain.observation import Said, observe
from recoup.domain.tables import moves
from recoup.partners.stripe.mapping import read_disputes, read_webhook
from recoup.partners.stripe.telling import CODES
from tests.partners.stripe.sent import DAY, HOUR, MICRO, T0, arrived, body, checks, dispute, event, only, page, txn


def said(thing: dict[str, Any]) -> Said:
    """What an event about a dispute says."""
    return only(read_webhook(arrived(), body(thing))).said


def folded(*things: dict[str, Any]) -> Dispute:
    """The dispute that some events tell."""
    placed = [only(read_webhook(arrived(), body(thing))) for thing in things]
    told = [
        observe(
            one.said,
            partner="stripe",
            account="acct_test_1",
            feed="webhook",
            delivery=f"del_{number}",
            position=1,
            landed_at=T0 * MICRO,
            trust="signed",
        )
        for number, one in enumerate(placed)
    ]
    return fold(told, moves()).dispute


def test_created_event_says_everything_it_holds() -> None:
    """One event, one observation, every canonical column."""
    found = said(event("charge.dispute.created", dispute(), T0 + 5))
    assert found == Said(
        partner_dispute_id="dp_1",
        form="event",
        occurred_at=(T0 + 5) * MICRO,
        move="chargeback_opened",
        record_id=f"evt_charge.dispute.created_{T0 + 5}",
        kind="dispute",
        partner_status="needs_response",
        amount_minor=5000,
        currency="USD",
        payment_ref="ch_1",
        network="visa",
        reason_code="10.4",
        due_at=(T0 + 9 * DAY) * MICRO,
        due_state="said",
        opened_at=T0 * MICRO,
        is_slot_spent=False,
        legs=(Told("debit", 1, 5000, "USD"),),
    )


@pytest.mark.parametrize("status", sorted(CODES.known("status")))
def test_every_documented_status_names_a_move(status: str) -> None:
    """The vocabulary leads into MOVES, without a finding."""
    reading = read_disputes(arrived("disputes"), body(dispute(status)))
    assert only(reading).said.move in moves()
    assert checks(reading) == []


@pytest.mark.parametrize(
    ("status", "stage", "turn", "outcome"),
    [
        ("warning_needs_response", "inquiry", "merchant", None),
        ("warning_under_review", "inquiry", "issuer", None),
        ("warning_closed", "inquiry", "nobody", "closed_no_debit"),
        ("needs_response", "chargeback", "merchant", None),
        ("under_review", "chargeback", "partner", None),
        ("won", "chargeback", "nobody", "won"),
        ("lost", "chargeback", "nobody", "lost"),
    ],
)
def test_status_heard_first_gives_its_stage(status: str, stage: str, turn: str, outcome: str | None) -> None:
    """Even when every message before it was lost."""
    found = folded(event("charge.dispute.updated", dispute(status)))
    assert (found.stage, found.turn, found.outcome) == (stage, turn, outcome)


def test_missing_status_is_unknown_and_never_terminal() -> None:
    """No word is not a loss; the dispute is asked for again."""
    reading = read_webhook(arrived(), body(event("charge.dispute.updated", dispute(None))))
    assert only(reading).said.move == "unknown"
    assert checks(reading) == ["vocabulary.unknown"]
    assert reading.fetch == ["dp_1"]
    assert folded(event("charge.dispute.updated", dispute(None))).outcome is None


def test_closing_without_status_is_neither_won_nor_lost() -> None:
    """Closed, outcome unknown."""
    found = folded(event("charge.dispute.created", dispute()), event("charge.dispute.closed", dispute(None), T0 + DAY))
    assert (found.outcome, found.amount_won_minor, found.amount_lost_minor) == ("unknown", None, None)


def test_unknown_status_is_kept_as_the_partners_word() -> None:
    """A new word changes nothing else, and raises a finding that quotes it."""
    reading = read_webhook(arrived(), body(event("charge.dispute.updated", dispute("in_limbo"))))
    assert only(reading).said.partner_status == "in_limbo"
    (finding,) = reading.findings
    assert (finding.check, finding.found) == ("vocabulary.unknown", '"in_limbo"')
    assert finding.where == "x.http:1 dp_1 status"


def test_funds_reinstated_is_not_won() -> None:
    """A money event announces its credit and leaves the outcome to the status."""
    lost = dispute("lost")
    found = folded(
        event("charge.dispute.created", dispute()),
        event("charge.dispute.closed", lost, T0 + 20 * DAY),
        event("charge.dispute.funds_reinstated", lost, T0 + 21 * DAY),
    )
    assert found.outcome == "lost"
    assert [leg.name for leg in found.legs] == ["c1", "d1"]


@pytest.mark.parametrize("status", ["under_review", "needs_response"])
def test_funds_reinstated_on_an_open_dispute_leaves_it_open(status: str) -> None:
    """Money first, decision later."""
    assert folded(event("charge.dispute.funds_reinstated", dispute(status))).outcome is None


def test_closing_with_an_open_status_is_open_with_a_finding() -> None:
    """The object wins over the type of its event."""
    reading = read_webhook(arrived(), body(event("charge.dispute.closed", dispute("under_review"))))
    assert only(reading).said.move == "chargeback_under_review"
    assert checks(reading) == ["stripe.event_conflict"]


def test_created_and_closed_in_the_same_second_is_closed() -> None:
    """Both events carry the same time stamp."""
    found = folded(event("charge.dispute.closed", dispute("lost")), event("charge.dispute.created", dispute()))
    assert found.outcome == "lost"


def test_lost_and_won_the_next_day_is_won() -> None:
    """A late reversal is a move like others."""
    events = [
        event("charge.dispute.created", dispute()),
        event("charge.dispute.closed", dispute("lost"), T0 + 30 * DAY),
        event("charge.dispute.updated", dispute("won"), T0 + 31 * DAY),
    ]
    assert folded(*events).outcome == folded(*reversed(events)).outcome == "won"


@pytest.mark.parametrize(
    ("due_by", "state", "due_at"),
    [(0, "none_allowed", None), (None, "unsaid", None), (T0 + DAY, "said", (T0 + DAY) * MICRO)],
)
def test_due_by_zero_null_and_stated_are_three_things(due_by: int | None, state: str, due_at: int | None) -> None:
    """None allowed, not said, said."""
    found = said(event("charge.dispute.created", dispute(evidence_details={"due_by": due_by})))
    assert (found.due_state, found.due_at) == (state, due_at)


def test_impossible_due_time_is_a_finding_and_the_dispute_stays() -> None:
    """It does not cost us the dispute."""
    reading = read_webhook(
        arrived(), body(event("charge.dispute.created", dispute(evidence_details={"due_by": 10**15})))
    )
    assert only(reading).said.partner_dispute_id == "dp_1"
    assert checks(reading) == ["stripe.instant"]


@pytest.mark.parametrize("due_by", [1, 86_400, -5, T0 - DAY])
def test_a_due_time_before_the_dispute_is_taken_as_unsaid(due_by: int) -> None:
    """Whatever the partner writes, nothing is due in 1970."""
    found = folded(event("charge.dispute.created", dispute(evidence_details={"due_by": due_by})))
    assert (found.partner_due_at, found.due_state) == (None, "unsaid")


def test_shape_of_2013_is_read() -> None:
    """Top-level due time, no evidence, no reason, no lists, one balance transaction by name."""
    old = {
        "id": "dp_old",
        "object": "dispute",
        "charge": "ch_old",
        "amount": 1000,
        "created": T0,
        "status": "won",
        "livemode": True,
        "currency": "usd",
        "balance_transaction": "txn_old",
        "evidence_due_by": T0 + 9 * DAY,
        "evidence": None,
    }
    found = said(event("charge.dispute.closed", old, request="req_1", api_version=None))
    assert (found.move, found.due_at, found.payment_ref) == ("chargeback_won", (T0 + 9 * DAY) * MICRO, "ch_old")
    assert (found.reason_code, found.network, found.is_slot_spent) == (None, None, None)
    assert [leg.leg for leg in found.legs] == ["debit", "credit"]


def test_dispute_without_id_is_quarantined() -> None:
    """An empty entity is nobody's dispute."""
    reading = read_webhook(arrived(), body(event("charge.dispute.created", {})))
    assert (reading.records, reading.accepted, checks(reading)) == (1, 0, ["stripe.dispute_id"])
    assert reading.observations == []


@pytest.mark.parametrize("gap", [{"amount": None}, {"currency": None}, {"currency": "zzz"}, {"amount": -5000}])
def test_dispute_without_a_usable_amount_is_kept_without_one(gap: dict[str, Any]) -> None:
    """Never zero; legs wait until somebody says an amount, and the object is asked for again."""
    reading = read_webhook(arrived(), body(event("charge.dispute.created", dispute(**gap))))
    found = only(reading).said
    assert (found.amount_minor, found.currency, found.legs) == (None, None, ())
    assert checks(reading) == ["stripe.amount"]
    assert reading.fetch == ["dp_1"]


@pytest.mark.parametrize("amount", ["50.00", 50.5, "5000", True])
def test_amount_that_is_no_integer_is_quarantined(amount: object) -> None:
    """Not converted, not rounded."""
    reading = read_webhook(arrived(), body(event("charge.dispute.created", dispute(amount=amount))))
    assert checks(reading) == ["strict_json.shape"]
    assert "amount" in reading.quarantined[0].finding.where


def test_zero_decimal_currency_counts_as_stripe_counts() -> None:
    """500 yen is 500, not 5."""
    found = said(event("charge.dispute.created", dispute(amount=500, currency="jpy")))
    assert (found.amount_minor, found.currency) == (500, "JPY")


def test_several_balance_legs_are_numbered_in_order() -> None:
    """A lost dispute with a small credit: two legs, and lost."""
    moved = [txn(50, T0 + 40 * DAY, fee=1, net=50), txn(-6500, T0)]
    lost = dispute("lost", amount=6500, balance_transactions=moved)
    found = said(event("charge.dispute.closed", lost))
    assert found.move == "chargeback_lost"
    assert found.legs == (
        Told("debit", 1, 6500, "USD", f"txn_{T0}_d"),
        Told("credit", 1, 50, "USD", f"txn_{T0 + 40 * DAY}_c"),
    )


def test_withdrawn_given_back_and_withdrawn_again_are_three_legs() -> None:
    """Won, then lost after all."""
    moved = [txn(-5000, T0), txn(5000, T0 + DAY), txn(-5000, T0 + 2 * DAY)]
    found = said(event("charge.dispute.closed", dispute("lost", balance_transactions=moved)))
    assert [(leg.leg, leg.cycle) for leg in found.legs] == [("debit", 1), ("debit", 2), ("credit", 1)]


def test_converted_dispute_is_announced_in_its_own_currency() -> None:
    """30 EUR disputed, 33.00 USD taken, 32.40 given back: announced is 30 EUR both times."""
    moved = [txn(-3300, T0), txn(3240, T0 + DAY)]
    won = dispute("won", amount=3000, currency="eur", balance_transactions=moved)
    found = said(event("charge.dispute.closed", won))
    assert [(leg.leg, leg.amount_minor, leg.currency) for leg in found.legs] == [
        ("debit", 3000, "EUR"),
        ("credit", 3000, "EUR"),
    ]


def test_inquiry_announces_no_money() -> None:
    """Nothing is taken before it becomes a chargeback."""
    assert said(event("charge.dispute.created", dispute("warning_needs_response"))).legs == ()


def test_spent_slot_follows_submission_unless_a_response_is_asked_for() -> None:
    """What was sent to the inquiry does not spend the chargeback's slot."""
    sent = {"due_by": T0 + DAY, "submission_count": 1}
    assert said(event("charge.dispute.updated", dispute("under_review", evidence_details=sent))).is_slot_spent is True
    assert (
        said(event("charge.dispute.updated", dispute("needs_response", evidence_details=sent))).is_slot_spent is False
    )


def test_network_code_stands_before_stripes_own_word() -> None:
    """And the word where there is no code."""
    details = {"type": "card", "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": None}}
    assert said(event("charge.dispute.created", dispute(payment_method_details=details))).reason_code == "fraudulent"
    legacy = dispute(payment_method_details=None, network_reason_code=" 4853")
    assert said(event("charge.dispute.created", legacy)).reason_code == "4853"


@pytest.mark.parametrize(
    ("card", "odd"),
    [
        ({"brand": "visa", "network_reason_code": "99.9"}, "network_reason_code"),
        ({"brand": "sesame"}, "brand"),
        ({"brand": "visa", "case_type": "seance"}, "case_type"),
    ],
)
def test_word_in_no_vocabulary_is_a_finding_and_the_dispute_stays(card: dict[str, Any], odd: str) -> None:
    """Unknown network, reason or case type: said, and kept."""
    details = {"type": "card", "card": card}
    reading = read_webhook(arrived(), body(event("charge.dispute.created", dispute(payment_method_details=details))))
    assert only(reading).said.move == "chargeback_opened"
    assert checks(reading) == ["vocabulary.unknown"]
    assert reading.findings[0].where.endswith(odd)


def test_reason_code_as_number_is_read_with_a_warning() -> None:
    """Somebody re-wrote the JSON: a leading zero may be lost."""
    details = {"type": "card", "card": {"brand": "mastercard", "network_reason_code": 4853}}
    reading = read_webhook(arrived(), body(event("charge.dispute.created", dispute(payment_method_details=details))))
    assert only(reading).said.reason_code == "4853"
    assert checks(reading) == ["stripe.reason_code_type"]


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("chargeback", "dispute"),
        ("inquiry", "dispute"),
        ("compliance", "compliance_case"),
        ("resolution", "resolution"),
    ],
)
def test_case_type_gives_the_kind(case: str, kind: str) -> None:
    """As codes.csv says."""
    details = {"type": "card", "card": {"brand": "visa", "case_type": case}}
    assert said(event("charge.dispute.created", dispute(payment_method_details=details))).kind == kind


def test_wallets_say_network_reason_and_case() -> None:
    """A PayPal dispute through Stripe names PayPal's case."""
    details = {"type": "paypal", "paypal": {"case_id": "PP-D-1", "reason_code": "MERCHANDISE"}}
    found = said(event("charge.dispute.created", dispute(payment_method_details=details)))
    assert (found.network, found.reason_code, found.case_ref) == ("paypal", "MERCHANDISE", "PP-D-1")


def test_expanded_charge_is_its_id() -> None:
    """References may be objects."""
    assert (
        said(event("charge.dispute.created", dispute(charge={"id": "ch_9", "object": "charge"}))).payment_ref == "ch_9"
    )


def test_connected_account_is_the_disputes_account() -> None:
    """Whoever receives the event, the dispute is the connected account's."""
    reading = read_webhook(arrived(), body(event("charge.dispute.created", dispute(), account="acct_seller")))
    assert only(reading).account == "acct_seller"


def test_snapshot_is_as_at_the_date_of_the_answer() -> None:
    """Not when it was landed, or landed again."""
    delivery = arrived("disputes", headers={"date": "Thu, 01 Jan 2026 02:00:00 GMT"})
    found = only(read_disputes(delivery, body(page(dispute())))).said
    assert (found.form, found.occurred_at, found.record_id) == ("snapshot", (T0 + 2 * HOUR) * MICRO, None)
    assert only(read_disputes(arrived("disputes"), body(dispute()))).said.occurred_at == (T0 + DAY) * MICRO
    odd = arrived("disputes", headers={"date": "soon"})
    assert only(read_disputes(odd, body(dispute()))).said.occurred_at == (T0 + DAY) * MICRO


def test_bad_record_of_a_page_is_quarantined_and_the_good_rest_goes_through() -> None:
    """Records in = accepted + quarantined, with positions."""
    things = page(dispute(), dispute(id=None), {"object": "charge"}, dispute(id="dp_2", amount="1"), dispute(id="dp_3"))
    reading = read_disputes(arrived("disputes"), body(things))
    assert (reading.records, reading.accepted) == (5, 2)
    assert [placed.said.partner_dispute_id for placed in reading.observations] == ["dp_1", "dp_3"]
    assert [bad.position for bad in reading.quarantined] == [2, 3, 4]


@pytest.mark.parametrize(
    ("thing", "found"),
    [
        ({"error": {"type": "rate_limit_error", "message": "slow down"}}, "rate_limit_error"),
        ({"object": "charge"}, "charge"),
        ([], "neither"),
    ],
)
def test_page_that_is_no_list_is_held(thing: object, found: str) -> None:
    """An error answer is not an empty list."""
    reading = read_disputes(arrived("disputes"), body(thing))
    assert reading.held is not None
    assert found in reading.held.found
    assert read_disputes(arrived("disputes"), b'{"object": "list", "data": [').held is not None


def test_issuers_dispute_is_refused() -> None:
    """Our side is acquiring."""
    issuing = {"id": "idp_1", "object": "issuing.dispute", "amount": 100, "status": "unsubmitted"}
    assert checks(read_disputes(arrived("disputes"), body(issuing))) == ["stripe.issuer_side"]
    reading = read_webhook(arrived(), body(event("issuing_dispute.created", issuing)))
    assert checks(reading) == ["stripe.issuer_side"]
