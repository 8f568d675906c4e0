"""Checkout.com's events and pages: what is taken from which, and what is held or refused."""

from typing import Any

import pytest

from recoup.domain.instants import parse_instant
from recoup.partners.checkout.mapping import account_of, read_disputes, read_webhook
from tests.partners.checkout.sent import ENTITY, arrived, body, breakdown, data, event, listed, page, report, single


def test_an_event_is_one_observation_under_its_id() -> None:
    """As at the dispute's own time, to the microsecond of its seven digits; about the entity that it names."""
    reading = read_webhook(arrived(), body(event()))
    (placed,) = reading.observations
    assert (reading.accepted, reading.findings, placed.account) == (1, [], ENTITY)
    assert (placed.said.record_id, placed.said.form) == ("evt_1", "event")
    assert placed.said.occurred_at == parse_instant("2026-01-02T15:20:31.504270Z")


def test_an_event_without_its_own_time_holds_as_at_its_envelope() -> None:
    """Either name of it; else when it landed."""
    told = data(date=None)
    at = [
        read_webhook(arrived(), body(event(told=told, **envelope))).observations[0].said.occurred_at
        for envelope in ({}, {"timestamp": None, "created_on": "2026-01-02T00:00:00Z"}, {"timestamp": None})
    ]
    assert at == [
        parse_instant("2026-01-02T15:20:32.582Z"),
        parse_instant("2026-01-02T00:00:00Z"),
        arrived().landed_at,
    ]


def test_events_about_other_things_are_kept_and_counted() -> None:
    """A payment's, and a report's."""
    for kind in ("payment_captured", "report_generated"):
        reading = read_webhook(arrived(), body(event(kind, {"id": "pay_1"})))
        assert (reading.accepted, reading.observations, reading.quarantined) == (1, [], [])


@pytest.mark.parametrize("bad", [b"", b"[]", b"{", b'{"type": "dispute_won"}', b'{"id":"evt_1","type":"dispute_won"}'])
def test_what_is_no_event_is_quarantined(bad: bytes) -> None:
    """One record, counted, none accepted."""
    reading = read_webhook(arrived(), bad)
    assert (reading.records, reading.accepted, len(reading.quarantined)) == (1, 0, 1)


def test_an_event_whose_dispute_has_no_id_is_quarantined() -> None:
    """It is nobody's."""
    reading = read_webhook(arrived(), body(event(told=data(id=None))))
    assert [bad.finding.check for bad in reading.quarantined] == ["checkout.dispute_id"]


def test_a_list_and_a_single_dispute_say_the_same() -> None:
    """One has the payment in its fields, the other in an object."""
    (of_list,) = read_disputes(arrived("disputes"), body(page(listed()))).observations
    (alone,) = read_disputes(arrived("disputes"), body(single())).observations
    assert of_list.said == alone.said
    assert (alone.said.payment_ref, alone.said.case_ref) == ("pay_1", "74351062091188763786402")
    assert alone.said.occurred_at == parse_instant("2026-01-02T15:20:31Z")


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"request_id": "1", "error_type": "request_invalid", "error_codes": []}, 'an error "request_invalid"'),
        ({"count": 1}, "an object that is neither"),
        ([], "no object"),
    ],
)
def test_an_error_or_another_object_holds_the_page(document: Any, found: str) -> None:
    """It is no empty list of disputes."""
    held = read_disputes(arrived("disputes"), body(document)).held
    assert held is not None
    assert (held.check, held.found) == ("checkout.page", found)


def test_a_cut_page_is_held_and_an_empty_one_is_not() -> None:
    """At every byte but the last."""
    whole = body(page())
    assert all(read_disputes(arrived("disputes"), whole[:cut]).held is not None for cut in range(len(whole)))
    assert read_disputes(arrived("disputes"), whole).held is None


def test_a_bad_dispute_leaves_the_others_alone() -> None:
    """Quarantined at its place."""
    reading = read_disputes(arrived("disputes"), body(page(listed(), "x", listed(id=None), listed(amount="1"))))
    assert [bad.position for bad in reading.quarantined] == [2, 3, 4]
    assert (reading.records, reading.accepted) == (4, 1)


def test_our_account_is_the_entity() -> None:
    """Of an event, of a report that was made, of the first row of a report; a page names none."""
    assert account_of(body(event())) == ENTITY
    assert account_of(body(event("report_generated", {"account": {"entity_id": ENTITY}}))) == ENTITY
    assert account_of(report(breakdown("Charge", "1", "1")).encode()) == ENTITY
    assert account_of(body(page(listed()))) is None
    assert account_of(b"\xff\xfe") is None
    assert account_of(b'a"b\n"') is None
