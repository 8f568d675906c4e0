"""Mollie's messages and pages: what is taken from which, and what is held or refused."""

from typing import Any

import pytest

from recoup.partners.mollie.mapping import read_balance_transactions, read_chargebacks, read_webhook
from tests.partners.mollie.sent import arrived, body, chargeback, event, page, settlement


@pytest.mark.parametrize(("form", "asked"), [(b"id=tr_1", ["tr_1"]), (b"id=chb_1", ["chb_1"]), (b"id=sub_1", [])])
def test_a_classic_message_says_an_id_and_nothing_more(form: bytes, asked: list[str]) -> None:
    """Counted, nothing told, something asked for."""
    reading = read_webhook(arrived(), form)
    assert (reading.records, reading.accepted, reading.observations, reading.money_lines) == (1, 1, [], [])
    assert reading.fetch == asked


def test_an_event_with_its_chargeback_is_an_observation_under_its_id() -> None:
    """As the page tells it, but for the form."""
    (pushed,) = read_webhook(arrived(), body(event())).observations
    (listed,) = read_chargebacks(arrived("chargebacks"), body(page("chargebacks", chargeback()))).observations
    assert (pushed.said.record_id, pushed.said.form) == ("event_1", "event")
    names = [name for name in pushed.said.__struct_fields__ if name not in ("record_id", "form")]
    assert [getattr(pushed.said, n) for n in names] == [getattr(listed.said, n) for n in names]


def test_an_event_with_an_id_alone_asks_for_its_chargeback() -> None:
    """The webhook was set up so."""
    reading = read_webhook(arrived(), body(event(_embedded=None)))
    assert (reading.accepted, reading.observations, reading.fetch) == (1, [], ["chb_1"])


def test_events_about_other_things_are_kept_and_counted() -> None:
    """A payment link's."""
    reading = read_webhook(arrived(), body(event("payment-link.paid", {"resource": "payment-link"})))
    assert (reading.accepted, reading.observations, reading.fetch) == (1, [], [])


@pytest.mark.parametrize("bad", [b"", b"[]", b"id=x=y", b'{"resource": "payment"}', b'{"resource": "event"}'])
def test_what_is_no_message_is_quarantined(bad: bytes) -> None:
    """One record, counted, none accepted."""
    reading = read_webhook(arrived(), bad)
    assert (reading.records, reading.accepted, len(reading.quarantined)) == (1, 0, 1)


def test_a_single_chargeback_is_a_page() -> None:
    """As it was fetched."""
    assert read_chargebacks(arrived("chargebacks"), body(chargeback())).accepted == 1


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"status": 401, "title": "Unauthorized Request"}, "an error 401"),
        (page("refunds"), 'an object "refunds"'),
        (settlement(), 'an object "settlement"'),
        ([], "no object"),
        ({}, "an object without resource"),
    ],
)
def test_an_error_or_another_list_holds_the_page(document: Any, found: str) -> None:
    """It is no empty list of chargebacks."""
    held = read_chargebacks(arrived("chargebacks"), body(document)).held
    assert held is not None
    assert (held.check, held.found) == ("mollie.page", found)


def test_a_cut_page_is_held() -> None:
    """At every byte but the last."""
    whole = body(page("balance_transactions"))
    told = arrived("balance_transactions")
    assert all(read_balance_transactions(told, whole[:cut]).held is not None for cut in range(len(whole)))


def test_a_bad_chargeback_leaves_the_others_alone() -> None:
    """Quarantined at its place."""
    listed = page("chargebacks", chargeback(), settlement(), "x", chargeback(id=None))
    reading = read_chargebacks(arrived("chargebacks"), body(listed))
    assert [bad.position for bad in reading.quarantined] == [2, 3, 4]
    assert (reading.records, reading.accepted) == (4, 1)
