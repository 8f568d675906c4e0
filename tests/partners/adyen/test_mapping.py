"""What an item of Adyen's says, and what is only kept and counted."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.dispute import Dispute, Folded, fold
from recoup.domain.instants import parse_instant
from recoup.domain.legs import Told
from recoup.domain.observation import Said, observe
from recoup.domain.tables import moves
from recoup.partners.adyen.mapping import account_of, read_webhook
from recoup.partners.adyen.telling import CODES
from tests.partners.adyen.sent import LANDED_AT, arrived, body, checks, envelope, item, only

DAY = "2026-01-{:02}T12:00:00+01:00"


def said(code: str, status: str | None = None, **told: Any) -> Said:
    """What one item says."""
    return only(read_webhook(arrived(), body(envelope(item(code, status, **told))))).said


def whole(*sent: dict[str, Any]) -> Folded:
    """The dispute that some items tell, and what is odd about it."""
    reading = read_webhook(arrived(), body(envelope(*sent)))
    told = [
        observe(
            placed.said,
            partner="adyen",
            account="ShopNL",
            feed="webhook",
            delivery="del_1",
            position=placed.position,
            landed_at=LANDED_AT,
            trust="partly",
        )
        for placed in reading.observations
    ]
    return fold(told, moves())


def folded(*sent: dict[str, Any]) -> Dispute:
    """The dispute that some items tell."""
    return whole(*sent).dispute


def test_chargeback_says_everything_it_holds() -> None:
    """As in the official example, leading blank and all; order of keys and wrapping do not matter."""
    data = {"chargebackReasonCode": " 4853", "chargebackSchemeCode": "mc", "defendable": "true", "arn": "1" * 23}
    sent = item("CHARGEBACK", data=data | {"defensePeriodEndsAt": "2026-01-31T03:03:07+02:00"}, paymentMethod="mc")
    found = only(read_webhook(arrived(), body(envelope(sent))))
    assert found.account == "ShopNL"
    assert found.said == Said(
        partner_dispute_id="9915555555555555",
        form="event",
        occurred_at=parse_instant("2026-01-01T11:00:00Z"),
        move="chargeback_opened",
        record_id=("ShopNL|CHARGEBACK|9915555555555555|9913333333333333|2026-01-01T12:00:00+01:00|true|1000|EUR"),
        kind="dispute",
        partner_status="CHARGEBACK",
        amount_minor=1000,
        currency="EUR",
        payment_ref="9913333333333333",
        case_ref="1" * 23,
        network="mastercard",
        reason_code="4853",
        due_at=parse_instant("2026-01-31T01:03:07Z"),
        due_state="said",
        opened_at=parse_instant("2026-01-01T11:00:00Z"),
        legs=(Told("debit", 1, 1000, "EUR"),),
    )
    assert only(read_webhook(arrived(), body(sent))) == found


@pytest.mark.parametrize("code", sorted(code for code in CODES.known("event") if "/" not in code))
def test_every_documented_event_is_a_move_without_a_finding(code: str) -> None:
    """With any status that codes.csv knows beside it, too."""
    statuses = [None, *(known.partition("/")[2] for known in CODES.known("event") if known.startswith(f"{code}/"))]
    for status in statuses:
        reading = read_webhook(arrived(), body(envelope(item(code, status))))
        assert only(reading).said.move in moves()
        assert checks(reading) == []


@pytest.mark.parametrize(
    ("code", "status", "stage", "outcome"),
    [
        ("NOTIFICATION_OF_CHARGEBACK", "Undefended", "chargeback", None),
        ("NOTIFICATION_OF_CHARGEBACK", "Pending", "chargeback", None),
        ("CHARGEBACK", "Undefended", "chargeback", None),
        ("CHARGEBACK", "Pending", "chargeback", None),
        ("CHARGEBACK", "Lost", "chargeback", "lost"),
        ("CHARGEBACK", "Accepted", "chargeback", "accepted"),
        ("CHARGEBACK_REVERSED", "Pending", "representment", "won"),
        ("CHARGEBACK_REVERSED", "Won", "representment", "won"),
        ("SECOND_CHARGEBACK", "Lost", "second_chargeback", "lost"),
        ("PREARBITRATION_WON", "Won", "pre_arbitration", "won"),
        ("PREARBITRATION_WON", "Pending", "pre_arbitration", "won"),
        ("PREARBITRATION_LOST", "Lost", "pre_arbitration", "lost"),
        ("DISPUTE_DEFENSE_PERIOD_ENDED", "Lost", "unknown", "lost"),
        ("ISSUER_RESPONSE_TIMEFRAME_EXPIRED", "Won", "unknown", "won"),
        ("REQUEST_FOR_INFORMATION", "Expired", "inquiry", None),
    ],
)
def test_event_and_status_give_stage_and_outcome(code: str, status: str, stage: str, outcome: str | None) -> None:
    """Heard alone, whatever came before was lost."""
    found = folded(item(code, status))
    assert (found.stage, found.outcome) == (stage, outcome)


def test_status_of_pending_is_never_final() -> None:
    """Money back, or a pre-arbitration won for now, may be lost again."""
    for code in ("CHARGEBACK_REVERSED", "PREARBITRATION_WON"):
        assert folded(item(code, "Pending")).finality == "provisional"


def test_whole_life_from_notice_to_second_chargeback() -> None:
    """Legs d1, c1, d2 and a loss; the credit was provisional."""
    found = whole(
        item("REQUEST_FOR_INFORMATION", "Unresponded", date=DAY.format(1)),
        item("REQUEST_FOR_INFORMATION", "Responded", date=DAY.format(2)),
        item("NOTIFICATION_OF_CHARGEBACK", "Undefended", date=DAY.format(5)),
        item("CHARGEBACK", "Undefended", date=DAY.format(6)),
        item("INFORMATION_SUPPLIED", "Pending", date=DAY.format(9)),
        item("CHARGEBACK_REVERSED", "Pending", date=DAY.format(10)),
        item("SECOND_CHARGEBACK", "Lost", date=DAY.format(30)),
    )
    assert found.findings == ()
    assert (found.dispute.kind, found.dispute.stage, found.dispute.outcome) == ("dispute", "second_chargeback", "lost")
    assert [(leg.name, leg.is_provisional) for leg in found.dispute.legs] == [
        ("c1", True),
        ("d1", False),
        ("d2", False),
    ]
    assert found.dispute.opened_at == parse_instant(DAY.format(1))


def test_second_chargeback_told_before_the_reversal_ends_the_same() -> None:
    """The queue of one endpoint does not promise order."""
    sent = [
        item("CHARGEBACK", date=DAY.format(1)),
        item("CHARGEBACK_REVERSED", date=DAY.format(5)),
        item("SECOND_CHARGEBACK", date=DAY.format(9)),
    ]
    assert folded(*sent) == folded(sent[2], sent[0], sent[1]) == folded(*reversed(sent))
    assert folded(*reversed(sent)).outcome == "lost"


def test_reversal_is_a_credit_and_never_another_debit() -> None:
    """Sign and direction per event."""
    assert said("CHARGEBACK_REVERSED").legs == (Told("credit", 1, 1000, "EUR", None, True),)
    assert said("SECOND_CHARGEBACK").legs == (Told("debit", 2, 1000, "EUR"),)
    assert said("PREARBITRATION_WON").legs == said("NOTIFICATION_OF_CHARGEBACK").legs == ()


@pytest.mark.parametrize("reason", ["10.4", " 11.1"])
def test_visa_allocation_keeps_its_stage_when_money_comes_back(reason: str) -> None:
    """There is no representment; the credit is given where the dispute stands."""
    data = {"chargebackReasonCode": reason}
    assert said("CHARGEBACK_REVERSED", data=data).move == "chargeback_credited"
    assert said("CHARGEBACK_REVERSED", data={"chargebackReasonCode": "13.1"}).move == "chargeback_reversed"
    opened = item("CHARGEBACK", data=data, date=DAY.format(1))
    found = folded(opened, item("CHARGEBACK_REVERSED", data=data, date=DAY.format(2)))
    assert (found.stage, found.outcome, found.finality) == ("chargeback", "won", "provisional")


def test_fraud_notice_is_a_notice() -> None:
    """TC40 and SAFE: no stage, no leg."""
    data = {"chargebackReasonCode": None, "chargebackSchemeCode": None, "nofReasonCode": "6", "nofSchemeCode": "visa"}
    reading = read_webhook(arrived(), body(envelope(item("NOTIFICATION_OF_FRAUD", data=data))))
    found = only(reading).said
    assert (found.kind, found.move, found.network, found.legs) == ("notice", "noticed", "visa", ())


def test_request_for_information_is_a_request() -> None:
    """Until its chargeback makes it a dispute."""
    assert said("REQUEST_FOR_INFORMATION").kind == "request"


def test_ach_return_is_final_and_no_dispute_of_cards() -> None:
    """As in a real notification: R01, defendable false, Lost."""
    data = {"chargebackReasonCode": "R01", "chargebackSchemeCode": "ach", "defendable": "false"}
    sent = item("CHARGEBACK", "Lost", data=data, paymentMethod="ach")
    reading = read_webhook(arrived(), body(sent))
    found = only(reading).said
    assert (found.kind, found.move, found.network, found.reason_code) == ("return", "return_final", "ach", "R01")
    assert (found.due_state, found.due_at) == ("none_allowed", None)
    assert checks(reading) == []
    dispute = folded(sent)
    assert (dispute.kind, dispute.stage, dispute.outcome) == ("return", "return", "lost")


def test_sepa_chargeback_is_final_on_arrival() -> None:
    """Nobody waits for a defense that cannot be made."""
    data = {"chargebackReasonCode": "AM04", "chargebackSchemeCode": None}
    found = said("CHARGEBACK", data=data, paymentMethod="sepadirectdebit")
    assert (found.kind, found.move, found.network) == ("return", "return_final", "sepa")


@pytest.mark.parametrize("success", ["false", False])
def test_event_without_success_did_not_happen(success: object) -> None:
    """Kept, with neither move, leg nor amount, and a finding."""
    reading = read_webhook(arrived(), body(envelope(item("CHARGEBACK_REVERSED", success=success))))
    found = only(reading).said
    assert (found.move, found.legs, found.amount_minor, found.kind) == ("unknown", (), None, None)
    assert found.partner_status == "CHARGEBACK_REVERSED (not done)"
    assert checks(reading) == ["adyen.not_done"]


def test_missing_success_is_no_success() -> None:
    """Absent is not true."""
    reading = read_webhook(arrived(), body(envelope(item("CHARGEBACK", success=None))))
    assert only(reading).said.move == "unknown"
    assert checks(reading) == ["vocabulary.unknown", "adyen.not_done"]


def test_unknown_status_leaves_the_events_own_move() -> None:
    """The event is signed, the status is not."""
    reading = read_webhook(arrived(), body(envelope(item("CHARGEBACK", "Zombie"))))
    assert only(reading).said.move == "chargeback_opened"
    assert only(reading).said.partner_status == "CHARGEBACK/Zombie"
    assert checks(reading) == ["vocabulary.unknown"]


@pytest.mark.parametrize("told", [{"code": "CHARGEBACK_TELEPORTED"}, {"code": "WHATEVER", "status": "Lost"}])
def test_unknown_event_about_a_dispute_is_an_unknown_move(told: dict[str, str]) -> None:
    """By its name, or by what only disputes carry: never lost, never won."""
    reading = read_webhook(arrived(), body(envelope(item(**told))))
    assert (only(reading).said.move, only(reading).said.legs) == ("unknown", ())
    assert checks(reading) == ["vocabulary.unknown"]


@pytest.mark.parametrize("code", [*sorted(CODES.known("other_event")), "SOMETHING_ELSE"])
def test_event_of_a_payment_is_kept_and_counted(code: str) -> None:
    """Accepted, without observation and without finding."""
    sent = item(code, data={"chargebackReasonCode": None, "chargebackSchemeCode": None})
    reading = read_webhook(arrived(), body(envelope(sent)))
    assert (reading.records, reading.accepted, reading.observations, checks(reading)) == (1, 1, [], [])


@pytest.mark.parametrize(
    ("currency", "value", "minor"),
    [("EUR", 1000, 1000), ("JPY", 500, 500), ("KWD", 1234, 1234), ("CLP", 100_000, 1000), ("IDR", 5000, 500_000)],
)
def test_amounts_become_minor_units_of_iso(currency: str, value: int, minor: int) -> None:
    """Adyen counts Chilean pesos in hundredths and rupiahs whole."""
    found = said("CHARGEBACK", amount={"currency": currency, "value": value})
    assert (found.amount_minor, found.legs[0].amount_minor) == (minor, minor)


@pytest.mark.parametrize(
    "amount",
    [
        None,
        {},
        {"value": 5},
        {"value": -5, "currency": "EUR"},
        {"value": 5, "currency": "eur"},
        {"value": 1, "currency": "CLP"},
    ],
)
def test_amount_that_cannot_be_used_leaves_the_dispute_without(amount: object) -> None:
    """No amount, no leg, never zero."""
    reading = read_webhook(arrived(), body(envelope(item("CHARGEBACK", amount=amount))))
    found = only(reading).said
    assert (found.amount_minor, found.currency, found.legs) == (None, None, ())
    assert checks(reading) == ["adyen.amount"]


def test_amount_of_nothing_announces_no_leg() -> None:
    """Zero is an amount, and no movement."""
    found = said("CHARGEBACK", amount={"currency": "EUR", "value": 0})
    assert (found.amount_minor, found.legs) == (0, ())


@pytest.mark.parametrize(
    ("told", "check"),
    [
        ({"pspReference": None}, "adyen.dispute_id"),
        ({"pspReference": " "}, "adyen.dispute_id"),
        ({"eventDate": None}, "adyen.event_date"),
        ({"eventDate": "2026-01-01T12:00:00"}, "adyen.event_date"),
        ({"eventDate": "01/02/2026"}, "adyen.event_date"),
        ({"amount": {"value": "1000", "currency": "EUR"}}, "strict_json.shape"),
        ({"amount": {"value": 10.5, "currency": "EUR"}}, "strict_json.shape"),
        ({"eventCode": 7}, "strict_json.shape"),
    ],
)
def test_item_that_cannot_be_placed_is_quarantined(told: dict[str, Any], check: str) -> None:
    """No id, no time with its offset, no integer amount: kept, counted, not applied; its neighbour is."""
    reading = read_webhook(arrived(), body(envelope(item("CHARGEBACK") | told, item("CHARGEBACK"))))
    assert (reading.records, reading.accepted, len(reading.observations)) == (2, 1, 1)
    assert [(bad.position, bad.finding.check) for bad in reading.quarantined] == [(1, check)]


@pytest.mark.parametrize("ends", ["soon", "2026-01-31", "2026-01-31T03:03:07"])
def test_deadline_without_offset_is_a_finding_and_not_guessed(ends: str) -> None:
    """The dispute stays."""
    reading = read_webhook(arrived(), body(envelope(item("CHARGEBACK", data={"defensePeriodEndsAt": ends}))))
    assert (only(reading).said.due_at, only(reading).said.due_state) == (None, "unsaid")
    assert checks(reading) == ["adyen.instant"]


def test_mangled_arn_is_left_out_with_a_finding() -> None:
    """A spreadsheet made a number of it; it would link disputes that have nothing in common."""
    reading = read_webhook(arrived(), body(envelope(item("CHARGEBACK", data={"arn": "1.2302025304E+022"}))))
    assert only(reading).said.case_ref is None
    assert checks(reading) == ["adyen.arn"]


@pytest.mark.parametrize("data", [{"chargebackReasonCode": "99.9"}, {"chargebackSchemeCode": "sesame"}])
def test_unknown_reason_or_scheme_is_a_finding_and_the_dispute_stays(data: dict[str, str]) -> None:
    """It still has a deadline."""
    reading = read_webhook(arrived(), body(envelope(item("CHARGEBACK", data=data, paymentMethod="x"))))
    assert only(reading).said.move == "chargeback_opened"
    assert checks(reading) == ["vocabulary.unknown"]


@pytest.mark.parametrize(
    ("method", "network"), [("visa_applepay", "visa"), ("mc_googlepay", "mastercard"), ("mc", "mastercard")]
)
def test_network_of_a_wallet_is_its_cards(method: str, network: str) -> None:
    """Where no scheme is named."""
    data = {"chargebackSchemeCode": None, "chargebackReasonCode": None}
    assert said("CHARGEBACK", data=data, paymentMethod=method).network == network


def test_same_event_with_another_status_is_the_same_record() -> None:
    """Nobody signed the status: the difference becomes a finding, not another outcome."""
    assert said("CHARGEBACK", "Lost").record_id == said("CHARGEBACK", "Pending").record_id
    assert said("CHARGEBACK").record_id != said("CHARGEBACK", date=DAY.format(9)).record_id


def test_several_merchant_accounts_in_one_message_stay_apart() -> None:
    """Each record names its account."""
    reading = read_webhook(
        arrived(), body(envelope(item("CHARGEBACK"), item("CHARGEBACK", merchantAccountCode="ShopDE")))
    )
    assert [placed.account for placed in reading.observations] == ["ShopNL", "ShopDE"]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        (
            "settlement_detail_report_batch_1129.csv",
            ["settlement_detail/ShopNL/settlement_detail_report_batch_1129.csv"],
        ),
        ("dispute_report_2026_01_31.csv", ["dispute_report/ShopNL/dispute_report_2026_01_31.csv"]),
        (
            "payments_accounting_report_2026_01_31.csv",
            ["payments_accounting/ShopNL/payments_accounting_report_2026_01_31.csv"],
        ),
        ("invoice_report_2026_01_31.csv", []),
        ("../settlement_detail_report_batch_1.csv", []),
        ("settlement_detail_report_batch_1.csv/../x", []),
    ],
)
def test_report_is_asked_for_by_its_signed_name(name: str, asked: list[str]) -> None:
    """Never by the address in `reason`, which nobody signed."""
    sent = item(
        "REPORT_AVAILABLE",
        data={"chargebackReasonCode": None, "chargebackSchemeCode": None},
        pspReference=name,
        reason="https://evil.example/x",
    )
    assert read_webhook(arrived(), body(envelope(sent))).fetch == asked


def test_account_is_what_the_first_item_or_row_names() -> None:
    """So that a file handed in by hand finds its account."""
    assert account_of(body(envelope(item("CHARGEBACK")))) == "ShopNL"
    assert account_of(b"Company Account,Merchant Account\nShop,ShopDE\n") == "ShopDE"
    for sent in (b"", b"{", b"[]", b'{"notificationItems": []}', b"\xff", b'{"notificationItems": [7]}'):
        assert account_of(sent) is None


@pytest.mark.parametrize(
    ("sent", "check"),
    [
        (b"{", "strict_json.syntax"),
        (b"[]", "adyen.message"),
        (b'{"type": "balancePlatform.dispute.created", "data": {"id": "DS1"}}', "adyen.issuer_side"),
        (b'{"notificationItems": [7]}', "strict_json.shape"),
    ],
)
def test_what_is_no_message_to_us_is_quarantined(sent: bytes, check: str) -> None:
    """Kept and counted."""
    reading = read_webhook(arrived(), sent)
    assert (reading.records, reading.accepted, checks(reading)) == (1, 0, [check])


def test_message_of_another_family_is_kept_and_counted() -> None:
    """Terminals, tokens, transfers."""
    terminal: dict[str, Any] = {"SaleToPOIRequest": {}}
    for sent in (terminal, {"type": "recurring.token.created"}, {"type": "balancePlatform.transfer.created"}):
        reading = read_webhook(arrived(), body(sent))
        assert (reading.accepted, reading.observations, checks(reading)) == (1, [], [])


@given(st.binary(max_size=200))
def test_any_bytes_are_accounted_for(sent: bytes) -> None:
    """No input raises, and no record goes missing."""
    reading = read_webhook(arrived(), sent)
    assert reading.records == reading.accepted + len(reading.quarantined)
    account_of(sent)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(item("CHARGEBACK"))), json_values, max_size=4))
def test_any_value_in_any_field_is_accounted_for(wild: dict[str, object]) -> None:
    """The mapping is total: an observation, a kept item, a quarantined one; never an exception."""
    reading = read_webhook(arrived(), body(envelope(item("CHARGEBACK") | wild)))
    assert reading.records == reading.accepted + len(reading.quarantined) == 1
