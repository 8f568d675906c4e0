"""Braintree's messages, searches and exports: how they are taken apart, and what is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.instants import parse_instant
from recoup.partners.braintree.actions import fetch
from recoup.partners.braintree.mapping import read_disputes, read_export, read_webhook
from recoup.partners.contract import Message, Request
from tests.partners.braintree.sent import (
    arrived,
    body,
    checks,
    dispute,
    exported,
    form,
    message,
    notification,
    only,
    page,
    payload,
)


def test_message_is_an_event_known_by_its_kind_and_second() -> None:
    """There is no id in the envelope."""
    said = only(read_webhook(arrived(), message("dispute_opened", dispute()))).said
    assert (said.record_id, said.form) == ("dispute_opened|2026-01-01T09:00:01Z", "event")
    assert said.occurred_at == parse_instant("2026-01-01T09:00:01Z")


def test_object_counts_where_kind_and_status_differ() -> None:
    """With a finding; without a status the kind of the message is one."""
    reading = read_webhook(arrived(), message("dispute_lost", dispute()))
    assert (only(reading).said.move, checks(reading)) == ("chargeback_opened", ["braintree.event_conflict"])
    reading = read_webhook(arrived(), message("dispute_lost", dispute(status="-")))
    assert (only(reading).said.move, checks(reading)) == ("chargeback_lost", [])


def test_unknown_kind_about_a_dispute_is_read_by_its_object() -> None:
    """With a finding."""
    reading = read_webhook(arrived(), message("dispute_pondered", dispute()))
    assert (only(reading).said.move, checks(reading)) == ("chargeback_opened", ["vocabulary.unknown"])


@pytest.mark.parametrize("kind", ["check", "disbursement", "transaction_disbursed"])
def test_message_about_something_else_is_kept_and_counted(kind: str) -> None:
    """No dispute comes of it."""
    reading = read_webhook(arrived(), message(kind, "<check>true</check>"))
    assert (reading.accepted, reading.observations, reading.findings) == (1, [], [])


@pytest.mark.parametrize(
    ("sent", "check"),
    [
        (b"", "braintree.form"),
        (b"bt_signature=x&bt_payload=%21", "braintree.payload"),
        (b"bt_signature=x&bt_payload=abc", "braintree.payload"),
        (form(payload("<a>")), "xml_tree.syntax"),
        (form(payload("<a/>")), "braintree.notification"),
        (form(payload("<notification><kind>dispute_opened</kind></notification>")), "braintree.notification"),
        (form(payload('<!DOCTYPE a [<!ENTITY x "y">]><notification/>')), "xml_tree.doctype"),
    ],
)
def test_message_that_is_none_is_quarantined(sent: bytes, check: str) -> None:
    """One record, none accepted."""
    reading = read_webhook(arrived(), sent)
    assert (reading.records, reading.accepted, checks(reading)) == (1, 0, [check])


def test_impossible_time_of_a_message_is_that_of_its_landing() -> None:
    """With a finding, and without a record id that would pretend to know it again."""
    reading = read_webhook(arrived(), message("dispute_opened", dispute(), at="noon"))
    assert (checks(reading), only(reading).said.record_id) == (["braintree.instant"], None)


def test_search_is_read_dispute_by_dispute() -> None:
    """And one dispute alone as well."""
    reading = read_disputes(arrived("disputes"), page(dispute(), dispute(id="two"), dispute(id=None)))
    assert [placed.position for placed in reading.observations] == [1, 2]
    assert (reading.records, reading.accepted, checks(reading)) == (3, 2, ["braintree.dispute_id"])
    assert read_disputes(arrived("disputes"), page()).records == 0


def test_search_of_one_page_states_how_many_it_found() -> None:
    """One of several pages does not."""
    (control,) = read_disputes(arrived("disputes"), page(dispute(), total=2)).controls
    assert (control.stated, control.computed) == (2, 1)
    assert read_disputes(arrived("disputes"), page(dispute(), total=51)).controls == []


@pytest.mark.parametrize(
    ("sent", "check"),
    [
        (b"", "xml_tree.syntax"),
        (b"<api-error-response/>", "braintree.page"),
        (page(dispute())[:-20], "xml_tree.syntax"),
        (b"{}", "xml_tree.syntax"),
    ],
)
def test_anything_else_is_held(sent: bytes, check: str) -> None:
    """Half a page is never taken for a whole one."""
    assert checks(read_disputes(arrived("disputes"), sent)) == [check]


def test_export_is_a_list_a_dispute_or_lines() -> None:
    """All three were seen."""
    two = [exported(), exported(legacyId="two")]
    lines = b"\n".join(json.dumps(one).encode() for one in two) + b"\n"
    for sent in (body(two), lines):
        assert [placed.said.partner_dispute_id for placed in read_export(arrived(), sent).observations] == [
            "9qde5qgp",
            "two",
        ]
    assert read_export(arrived(), json.dumps(exported(), indent=2).encode()).accepted == 1


def test_bad_line_of_an_export_is_quarantined_and_the_rest_goes_on() -> None:
    """With its line."""
    lines = b"\n".join([body(exported()), b'{"legacyId": ', body(exported(legacyId="two"))])
    reading = read_export(arrived(name="x.json"), lines)
    assert (reading.records, reading.accepted) == (3, 2)
    assert reading.quarantined[0].finding.where.startswith("x.json:2")


@pytest.mark.parametrize("other", [{}, {"legacyId": "x", "amount": {"value": "1.00"}}, 1, None, "x"])
def test_other_objects_of_an_export_are_quarantined(other: object) -> None:
    """A payment is no dispute."""
    assert checks(read_export(arrived(), body([other]))) == ["braintree.export"]


@pytest.mark.parametrize("sent", [b"", b"[", b"x\ny", b"\xff"])
def test_export_that_cannot_be_read_is_held(sent: bytes) -> None:
    """With the reason."""
    assert read_export(arrived(), sent).held is not None


def test_newest_change_of_status_is_when_an_export_looked_so() -> None:
    """In whichever order the history comes."""
    history = [
        {"timestamp": "2026-01-21T02:01:46.000000Z", "status": "WON"},
        {"timestamp": "2026-01-19T02:02:11.000000Z", "status": "OPEN"},
    ]
    for told in (history, history[::-1]):
        said = only(read_export(arrived(), body(exported(status="WON", statusHistory=told)))).said
        assert said.occurred_at == parse_instant("2026-01-21T02:01:46Z")


def test_expired_dispute_may_be_won_and_gives_back_what_was_won() -> None:
    """As in an export of somebody's: the disbursement stands beside the expiry, and is not read."""
    won = exported(status="WON", amountWon={"value": "100.00", "currencyCode": "USD"})
    assert [leg.leg for leg in only(read_export(arrived(), body(won))).said.legs] == ["debit", "credit"]


def test_fetch_asks_for_one_dispute_within_its_path() -> None:
    """Whatever its id."""
    asked: list[Request] = []

    def send(request: Request) -> Message:
        asked.append(request)
        return Message("HTTP/1.1 200 OK", {}, dispute().encode())

    swept = fetch(send, "a/../b?c")
    assert (asked[0].method, asked[0].path) == ("GET", "/disputes/a%2F..%2Fb%3Fc")
    assert (swept.feed, swept.message.start_line) == ("disputes", "GET /disputes/a%2F..%2Fb%3Fc HTTP/1.1")


words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), max_size=12).map(
    lambda text: text.replace("&", "").replace("<", "").replace(">", "")
)


@given(st.dictionaries(st.sampled_from(["id", "status", "kind", "amount", "created_at", "reason"]), words, max_size=4))
def test_whatever_stands_in_a_field_nothing_raises_and_nothing_goes_missing(told: dict[str, str]) -> None:
    """Records are accepted or quarantined."""
    xml = dispute(**told)
    for reading in (
        read_webhook(arrived(), message("dispute_opened", xml)),
        read_disputes(arrived("disputes"), page(xml)),
    ):
        assert reading.records == reading.accepted + len(reading.quarantined) == 1


@given(st.binary(max_size=60))
def test_no_bytes_raise(sent: bytes) -> None:
    """On any feed."""
    for read in (read_webhook, read_disputes, read_export):
        read(arrived(), sent)
    read_webhook(arrived(), form(payload(notification("dispute_won", "")) + "QQ=="))
