"""Klarna's messages and pages: what is taken, what is kept and counted, what is refused."""

from typing import Any

import pytest

from recoup.partners.klarna.mapping import account_of, read_disputes, read_webhook
from tests.partners.klarna.sent import DISPUTE, MERCHANT, arrived, body, dispute, event, page


def test_an_event_is_one_observation_under_its_own_id() -> None:
    """Told twice it is the same."""
    reading = read_webhook(arrived(), body(event(dispute())))
    (placed,) = reading.observations
    assert (reading.records, reading.accepted, placed.position) == (1, 1, 1)
    assert placed.said.record_id == "d9f9b1a0-3c5d-4b8e-8a53-0a0f6f1f7a11"
    assert (placed.said.form, placed.said.partner_dispute_id) == ("event", DISPUTE)


@pytest.mark.parametrize("kind", ["payment.request.state-change.completed", "settlement.created", ""])
def test_events_about_anything_else_are_kept_and_counted(kind: str) -> None:
    """They are records, and say nothing of a dispute."""
    reading = read_webhook(arrived(), body(event({"anything": 1}, kind)))
    assert (reading.accepted, reading.observations, reading.findings, reading.quarantined) == (1, [], [], [])


@pytest.mark.parametrize(
    ("document", "check"),
    [
        (b"not json", "strict_json."),
        (b"\xff", "strict_json."),
        (b"[]", "strict_json."),
        (b'{"payload": {}}', "strict_json."),
        (body(event(None)), "klarna.event"),
        (body(event(dispute(payment_dispute_id=None))), "klarna.dispute_id"),
        (body(event(dispute(payment_dispute_id="a\nb"))), "klarna.dispute_id"),
        (body(event(dispute(dispute_details=[]))), "strict_json."),
        (b"[" * 100_000, "strict_json."),
    ],
)
def test_a_bad_event_is_quarantined(document: bytes, check: str) -> None:
    """With its reason, and counted."""
    reading = read_webhook(arrived(), document)
    assert (reading.records, reading.accepted, reading.observations) == (1, 0, [])
    assert reading.quarantined[0].finding.check.startswith(check)


def test_a_page_tells_each_dispute_and_quarantines_what_is_none() -> None:
    """The good rest goes on."""
    reading = read_disputes(arrived("disputes"), body(page(dispute(), {"state": "CLOSED"}, "x", dispute())))
    assert (reading.records, reading.accepted) == (4, 2)
    assert [bad.position for bad in reading.quarantined] == [2, 3]
    assert [placed.position for placed in reading.observations] == [1, 4]


def test_a_single_dispute_is_a_page_of_one() -> None:
    """As fetch gives it."""
    assert read_disputes(arrived("disputes"), body(dispute())).accepted == 1


@pytest.mark.parametrize(
    "document",
    [b"", b"<html>", b"[]", b"{}", body({"error_code": "NOT_FOUND", "error_messages": []}), body({"disputes": {}})],
)
def test_a_page_that_is_none_is_held(document: bytes) -> None:
    """An error, or half a page."""
    assert read_disputes(arrived("disputes"), document).held is not None


def test_a_page_cut_anywhere_is_held() -> None:
    """JSON wants its close."""
    told = body(page(dispute(), dispute()))
    assert all(read_disputes(arrived("disputes"), told[:end]).held for end in range(0, len(told), 7))


@pytest.mark.parametrize(
    ("document", "account"),
    [
        (event(dispute()), MERCHANT),
        (event(dispute(), merchant_id=None), None),
        (page(dispute()), None),
        ([], None),
        ({"metadata": 1}, None),
    ],
)
def test_the_account_is_the_merchant_of_the_event(document: Any, account: str | None) -> None:
    """Pages name none."""
    assert account_of(body(document)) == account
