"""Stripe's feeds: what is read, what is kept and counted, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.partners.stripe.mapping import account_of, read_disputes, read_early_fraud_warnings, read_webhook
from tests.partners.stripe.sent import MICRO, T0, arrived, body, checks, dispute, event, only, page

WARNING = {
    "id": "issfr_1",
    "object": "radar.early_fraud_warning",
    "actionable": True,
    "charge": "ch_1234",
    "created": T0,
    "fraud_type": "misc",
}


@pytest.mark.parametrize("kind", ["plan.created", "charge.succeeded", "invoice.paid", "something.new.entirely"])
def test_event_of_another_kind_is_kept_and_counted(kind: str) -> None:
    """Accepted, without observation and without finding."""
    reading = read_webhook(arrived(), body(event(kind, {"object": "plan", "id": "price_1"})))
    assert (reading.records, reading.accepted, reading.observations, checks(reading)) == (1, 1, [], [])


def test_new_kind_of_dispute_event_is_read_by_its_object_with_a_finding() -> None:
    """The family is a dispute's, so its word is ours to know."""
    reading = read_webhook(arrived(), body(event("charge.dispute.escalated", dispute("under_review"))))
    assert only(reading).said.move == "chargeback_under_review"
    assert checks(reading) == ["vocabulary.unknown"]


def test_thin_event_is_kept_and_counted() -> None:
    """It carries no object."""
    thin = {
        "id": "evt_2",
        "object": "v2.core.event",
        "type": "v1.billing.meter.error",
        "created": "2026-01-01T00:00:00Z",
    }
    reading = read_webhook(arrived(), body(thin))
    assert (reading.accepted, reading.observations, checks(reading)) == (1, [], [])


@pytest.mark.parametrize(
    ("sent", "check"),
    [
        (b'{"object": "event"', "strict_json.syntax"),
        (b'{"object": "event", "object": "event"}', "strict_json.duplicate_key"),
        (b"[]", "stripe.event"),
        (body(dispute()), "stripe.event"),
        (body({"object": "event", "type": "charge.dispute.created"}), "strict_json.shape"),
        (body(event("charge.dispute.created", dispute()) | {"created": "yesterday"}), "strict_json.shape"),
    ],
)
def test_what_is_no_event_is_quarantined(sent: bytes, check: str) -> None:
    """Kept, counted, and nothing of it applied."""
    reading = read_webhook(arrived(), sent)
    assert (reading.records, reading.accepted, checks(reading)) == (1, 0, [check])


@pytest.mark.parametrize("kind", ["radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"])
def test_fraud_warning_is_a_notice(kind: str) -> None:
    """No stage, no clock, no money."""
    said = only(read_webhook(arrived(), body(event(kind, WARNING)))).said
    assert (said.kind, said.move, said.payment_ref, said.reason_code) == ("notice", "noticed", "ch_1234", "misc")
    assert (said.amount_minor, said.legs, said.due_state) == (None, (), "unsaid")
    assert said.opened_at == T0 * MICRO


def test_page_of_fraud_warnings_is_read() -> None:
    """As snapshots."""
    reading = read_early_fraud_warnings(arrived("early_fraud_warnings"), body(page(WARNING)))
    assert only(reading).said.form == "snapshot"


def test_finished_report_is_asked_for() -> None:
    """Only one that a feed of ours reads, and only once it succeeded."""
    run = {"id": "frr_1", "object": "reporting.report_run", "report_type": "payout_reconciliation.itemized.5"}
    done = run | {"result": {"id": "file_1", "object": "file"}}
    assert read_webhook(arrived(), body(event("reporting.report_run.succeeded", done))).fetch == [
        "payout_report/file_1"
    ]
    assert read_webhook(arrived(), body(event("reporting.report_run.failed", done))).fetch == []
    other = done | {"report_type": "tax.transactions.itemized.2"}
    assert read_webhook(arrived(), body(event("reporting.report_run.succeeded", other))).fetch == []


def test_account_is_what_the_event_names() -> None:
    """The connected account; nothing for our own events, pages, and what is no JSON."""
    assert account_of(body(event("charge.dispute.created", dispute(), account="acct_2"))) == "acct_2"
    assert account_of(body(event("charge.dispute.created", dispute()))) is None
    for sent in (b"{", b"[]", b'{"account": 5}', b'{"account": "a\\u0000"}', b"\xff", b"[" * 100_000):
        assert account_of(sent) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_accounted_for(sent: bytes) -> None:
    """No input raises, and no record goes missing."""
    reading = read_webhook(arrived(), sent)
    assert reading.records == reading.accepted + len(reading.quarantined) == 1
    read_disputes(arrived("disputes"), sent)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(dispute())), json_values, max_size=4))
def test_any_value_in_any_field_is_accounted_for(wild: dict[str, object]) -> None:
    """The mapping is total: an observation, a quarantined record, never an exception."""
    reading = read_webhook(arrived(), body(event("charge.dispute.updated", dispute() | wild)))
    assert reading.accepted == len(reading.observations)
    assert reading.records == reading.accepted + len(reading.quarantined) == 1
