"""Which objects come on PayPal's feeds, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.partners.paypal.mapping import read_disputes, read_webhook
from tests.partners.paypal.sent import arrived, body, checks, dispute, event, only


def test_event_about_a_dispute_is_an_observation_with_the_events_id() -> None:
    """Which is what makes two deliveries of it one."""
    placed = only(read_webhook(arrived(), body(event("CREATED", dispute()))))
    assert (placed.said.record_id, placed.said.form, placed.account) == ("WH-CREATED", "event", None)


def test_event_is_asked_for_again() -> None:
    """Since its signature is over a checksum."""
    assert read_webhook(arrived(), body(event("CREATED", dispute()))).fetch == ["PP-D-12345"]


def test_event_about_something_else_is_kept_and_counted() -> None:
    """A payment is none of ours."""
    reading = read_webhook(arrived(), body(event("X", {}, event_type="PAYMENT.SALE.COMPLETED")))
    assert (reading.accepted, reading.observations, reading.findings) == (1, [], [])


def test_unknown_event_about_a_dispute_is_read_by_its_object() -> None:
    """With a finding."""
    reading = read_webhook(arrived(), body(event("PONDERED", dispute())))
    assert (only(reading).said.move, checks(reading)) == ("chargeback_announced", ["vocabulary.unknown"])


@pytest.mark.parametrize(
    "sent", [b"", b"[]", b"{}", b'{"event_type": 1}', b'{"event_type":"CUSTOMER.DISPUTE.CREATED"}']
)
def test_message_that_is_no_event_is_quarantined(sent: bytes) -> None:
    """One record, none accepted."""
    reading = read_webhook(arrived(), sent)
    assert (reading.records, reading.accepted, len(reading.quarantined)) == (1, 0, 1)


def test_impossible_time_of_an_event_is_that_of_its_landing() -> None:
    """With a finding."""
    reading = read_webhook(arrived(), body(event("CREATED", dispute(), create_time="noon")))
    assert checks(reading) == ["paypal.instant"]
    assert only(reading).said.occurred_at == arrived().landed_at


def test_page_is_a_list_or_one_dispute() -> None:
    """And an empty list is a page."""
    assert read_disputes(arrived("disputes"), body({"items": []})).records == 0
    assert read_disputes(arrived("disputes"), body(dispute())).records == 1
    assert read_disputes(arrived("disputes"), body({"items": [dispute(), 1]})).accepted == 1


@pytest.mark.parametrize(
    "sent", [{"name": "INTERNAL_SERVER_ERROR", "debug_id": "90957fca61718"}, {"note": "x"}, [], "x", {"items": {}}]
)
def test_anything_else_is_held(sent: object) -> None:
    """Half a list is never taken for a whole one."""
    assert checks(read_disputes(arrived("disputes"), body(sent))) == ["paypal.page"]


def test_error_is_named() -> None:
    """So that a person knows what PayPal said."""
    held = read_disputes(arrived("disputes"), body({"name": "SERVICE_UNAVAILABLE", "debug_id": "1"})).held
    assert held is not None
    assert "SERVICE_UNAVAILABLE" in held.found


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
fields = st.sampled_from([*dispute(), "money_movements", "dispute_outcome", "evidences", "adjudications"])


@given(st.dictionaries(fields, json, max_size=4))
def test_whatever_stands_in_a_field_nothing_raises_and_nothing_goes_missing(told: dict[str, object]) -> None:
    """Records are accepted or quarantined."""
    for reading in (
        read_disputes(arrived("disputes"), body({"items": [dispute() | told]})),
        read_webhook(arrived(), body(event("UPDATED", dispute() | told))),
    ):
        assert reading.records == reading.accepted + len(reading.quarantined) == 1
