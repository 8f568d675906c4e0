"""Square's events and pages: what is taken from which, and what is held or refused."""

from typing import Any

import pytest

from recoup.domain.instants import parse_instant
from recoup.partners.square.mapping import account_of, read_disputes, read_events, read_payouts, read_webhook
from tests.partners.square.sent import AT, arrived, body, dispute, event


def test_an_event_is_one_observation_under_its_event_id() -> None:
    """As at the dispute's last update."""
    reading = read_webhook(arrived(), body(event()))
    (placed,) = reading.observations
    assert (reading.records, reading.accepted, reading.findings) == (1, 1, [])
    assert (placed.said.record_id, placed.said.form) == ("ev-1", "event")
    assert placed.said.occurred_at == parse_instant(AT)


def test_twins_of_one_event_say_the_same() -> None:
    """The deprecated one has `dispute_id` and `reported_date` in place of `id` and `reported_at`."""
    told = dispute()
    old = {key: value for key, value in told.items() if key not in ("id", "reported_at")}
    old |= {"dispute_id": "SQD1", "reported_date": told["reported_at"], "evidence_ids": ["e1"]}
    new = read_webhook(arrived(), body(event("dispute.evidence.created", told)))
    deprecated = read_webhook(arrived(), body(event("dispute.evidence.added", old)))
    assert [placed.said for placed in new.observations] == [placed.said for placed in deprecated.observations]


def test_the_dispute_is_found_under_either_name() -> None:
    """The published schema and the published examples differ."""
    by_schema = event()
    by_schema["data"]["object"] = {"object": dispute()}
    (placed,) = read_webhook(arrived(), body(by_schema)).observations
    assert placed.said.partner_dispute_id == "SQD1"


def test_events_about_other_things_are_kept_and_counted() -> None:
    """A payment's, and Square's own test."""
    for kind in ("payment.updated", "webhooks.test_notification"):
        reading = read_webhook(arrived(), body(event(kind, data={"type": "payment", "id": "x"})))
        assert (reading.accepted, reading.observations, reading.quarantined) == (1, [], [])


def test_event_without_its_dispute_is_quarantined() -> None:
    """Nothing is made up from an id alone."""
    reading = read_webhook(arrived(), body(event(data={"type": "dispute", "id": "SQD1"})))
    assert [bad.finding.check for bad in reading.quarantined] == ["square.event"]


@pytest.mark.parametrize("bad", [b"", b"[]", b"{", b'{"type": 3, "event_id": "x"}', b'{"type":"dispute.created"}'])
def test_what_is_no_event_is_quarantined(bad: bytes) -> None:
    """One record, counted, none accepted."""
    reading = read_webhook(arrived(), bad)
    assert (reading.records, reading.accepted, len(reading.quarantined)) == (1, 0, 1)


def test_a_page_of_events_says_what_their_webhooks_said() -> None:
    """Under the same event ids, whatever the page's own times look like: one example has no offset."""
    page = {"events": [event(created_at="2026-01-02T10:00:00.454726")], "cursor": "c"}
    (placed,) = read_events(arrived("events"), body(page)).observations
    (pushed,) = read_webhook(arrived(), body(event())).observations
    assert placed.said == pushed.said


def test_a_page_gives_each_dispute_as_a_snapshot() -> None:
    """A list, or one as it was fetched."""
    page = {"disputes": [dispute(id="a"), dispute(id="b")], "cursor": "x"}
    reading = read_disputes(arrived("disputes"), body(page))
    assert [placed.said.partner_dispute_id for placed in reading.observations] == ["a", "b"]
    assert {placed.said.form for placed in reading.observations} == {"snapshot"}
    (single,) = read_disputes(arrived("disputes"), body({"dispute": dispute()})).observations
    assert single.said.occurred_at == parse_instant(AT)


def test_an_empty_answer_is_an_empty_page() -> None:
    """Square leaves empty lists out."""
    reading = read_disputes(arrived("disputes"), b"{}")
    assert (reading.records, reading.held) == (0, None)


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ({"errors": [{"category": "AUTHENTICATION_ERROR", "code": "UNAUTHORIZED"}]}, 'an error "UNAUTHORIZED"'),
        ({"payouts": []}, 'an object with "payouts"'),
        ([], "no object"),
    ],
)
def test_an_error_or_another_list_holds_the_page(page: Any, found: str) -> None:
    """It is no empty list of disputes."""
    held = read_disputes(arrived("disputes"), body(page)).held
    assert held is not None
    assert (held.check, held.found) == ("square.page", found)


def test_a_cut_page_is_held() -> None:
    """At every byte but the last."""
    whole = body({"payouts": []})
    assert all(read_payouts(arrived("payouts"), whole[:cut]).held is not None for cut in range(len(whole)))
    assert read_payouts(arrived("payouts"), whole).held is None


def test_a_bad_dispute_leaves_the_others_alone() -> None:
    """Quarantined at its place."""
    reading = read_disputes(arrived("disputes"), body({"disputes": [dispute(id="a"), "x", dispute(id=None)]}))
    assert [bad.position for bad in reading.quarantined] == [2, 3]
    assert (reading.records, reading.accepted) == (3, 1)


def test_our_account_is_the_merchant_of_the_event() -> None:
    """A page names none."""
    assert account_of(body(event())) == "MERCHANT1"
    assert account_of(body({"disputes": []})) is None
    assert account_of(b"\xff") is None
