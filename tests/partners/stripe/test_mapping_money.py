"""What Stripe's balance transactions and payouts say."""

from typing import Any

import pytest

from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.money_line import MoneyLine
from recoup.partners.contract import Arrived, Reading
from recoup.partners.stripe.mapping import read_balance_transactions, read_payouts, read_webhook
from recoup.partners.stripe.mapping_money import asked_payout
from tests.partners.stripe.sent import DAY, HOUR, MICRO, T0, arrived, body, checks, event, page, txn

PAYOUT = {
    "id": "po_1",
    "object": "payout",
    "amount": 98500,
    "arrival_date": T0 + 2 * DAY,
    "automatic": True,
    "balance_transaction": "txn_po",
    "created": T0,
    "currency": "usd",
    "failure_balance_transaction": None,
    "statement_descriptor": None,
    "status": "in_transit",
}


def lines(*things: dict[str, Any], **told: Any) -> list[MoneyLine]:
    """The lines of a page."""
    return read_balance_transactions(arrived("balance_transactions", **told), body(page(*things))).money_lines


def test_withdrawal_is_a_line_with_its_fee() -> None:
    """-50.00 and a fee of 15.00: -65.00 moved."""
    (line,) = lines(txn(-5000))
    assert line == MoneyLine(
        id=money_line_id("stripe", "acct_test_1", f"txn_{T0}_d"),
        partner="stripe",
        account="acct_test_1",
        feed="balance_transactions",
        delivery="del_1",
        position=1,
        identity=f"txn_{T0}_d",
        kind="dispute",
        partner_kind="dispute",
        dispute=dispute_id("stripe", "acct_test_1", "dp_1"),
        partner_dispute_id="dp_1",
        payment_ref=None,
        cycle=None,
        batch=None,
        gross_minor=-5000,
        fee_minor=1500,
        net_minor=-6500,
        currency="USD",
        original_minor=None,
        original_currency=None,
        occurred_at=T0 * MICRO,
        effective_on="2025-12-31",
        reference=None,
        landed_at=(T0 + DAY) * MICRO,
    )


def test_net_that_is_not_amount_less_fee_is_what_moved() -> None:
    """As in a real adjustment of a lost dispute: amount 50, fee 1, net 50."""
    reading = read_balance_transactions(arrived("balance_transactions"), body(page(txn(50, fee=1, net=50))))
    (line,) = reading.money_lines
    assert (line.gross_minor, line.fee_minor, line.net_minor, line.kind) == (50, 1, 50, "dispute_reversal")
    assert checks(reading) == ["stripe.net"]


def test_charge_names_its_payment_and_no_dispute() -> None:
    """Only dispute lines name disputes."""
    (line,) = lines(txn(10000, reporting_category="charge", source="ch_1", type="charge", fee=320, net=9680))
    assert (line.kind, line.payment_ref, line.partner_dispute_id, line.dispute) == ("charge", "ch_1", None, None)


def test_expanded_source_in_another_currency_gives_the_original_amount() -> None:
    """30 EUR disputed, 33.00 USD taken."""
    (line,) = lines(txn(-3300, source={"id": "dp_1", "object": "dispute", "amount": 3000, "currency": "eur"}))
    assert (line.original_minor, line.original_currency, line.partner_dispute_id) == (3000, "EUR", "dp_1")
    (same,) = lines(txn(-3300, source={"id": "dp_1", "amount": 3300, "currency": "usd"}))
    assert same.original_minor is None


@pytest.mark.parametrize("category", [None, "tribute"])
def test_category_in_no_vocabulary_is_an_unknown_line_with_a_finding(category: str | None) -> None:
    """The money moved all the same; `type` adjustment alone does not tell a withdrawal from its return."""
    reading = read_balance_transactions(
        arrived("balance_transactions"), body(page(txn(-5000, reporting_category=category)))
    )
    assert [line.kind for line in reading.money_lines] == ["unknown"]
    assert checks(reading) == ["vocabulary.unknown"]


@pytest.mark.parametrize(
    ("told", "payout"),
    [
        ({"start_line": "GET /v1/balance_transactions?payout=po_9&limit=100 HTTP/1.1"}, "po_9"),
        ({"start_line": "HTTP/1.1 200 OK", "headers": {"recoup-request": "GET /v1/x?limit=3&payout=po_9"}}, "po_9"),
        ({"start_line": "GET /v1/balance_transactions?limit=100 HTTP/1.1"}, None),
        ({"start_line": "GET /v1/x?payout=po_1&payout=po_2 HTTP/1.1"}, None),
        ({"start_line": "GET"}, None),
        ({}, None),
    ],
)
def test_lines_are_in_the_payout_that_the_page_was_asked_for(told: dict[str, Any], payout: str | None) -> None:
    """The answer itself does not say; without the request, in none yet."""
    assert asked_payout(arrived("balance_transactions", **told)) == payout
    assert [line.batch for line in lines(txn(-5000), **told)] == [payout]


def test_payout_is_one_line_on_every_feed() -> None:
    """Listed, told by webhook, or as a balance transaction: one identity, money leaving."""
    asked: Arrived = arrived("payouts")
    listed = read_payouts(asked, body(page(PAYOUT)))
    told = read_webhook(arrived(), body(event("payout.paid", PAYOUT | {"status": "paid"}, T0 + HOUR)))
    moved = txn(-98500, id="txn_po", reporting_category="payout", type="payout", source="po_1", fee=0, net=-98500)
    found = [*listed.money_lines, *told.money_lines, *lines(moved)]
    assert {line.id for line in found} == {money_line_id("stripe", "acct_test_1", "po_1")}
    assert {(line.kind, line.batch, line.net_minor) for line in found} == {("payout", "po_1", -98500)}


def test_payout_told_again_reads_the_same() -> None:
    """Pending, in transit, paid: nothing of the line changes."""
    readings = [read_payouts(arrived("payouts"), body(PAYOUT | {"status": status})) for status in ("pending", "paid")]
    assert readings[0].money_lines == readings[1].money_lines


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_failed_payout_comes_back(status: str) -> None:
    """Two lines that cancel, under their own identities."""
    failed = PAYOUT | {"status": status, "failure_balance_transaction": "txn_back"}
    out, back = read_payouts(arrived("payouts"), body(failed)).money_lines
    assert (out.identity, out.net_minor, back.identity, back.kind) == ("po_1", -98500, "txn_back", "payout_failure")
    assert (back.net_minor, back.batch) == (98500, "po_1")


def test_payout_with_an_unknown_status_is_still_a_payout() -> None:
    """With a finding."""
    reading = read_payouts(arrived("payouts"), body(PAYOUT | {"status": "floating"}))
    assert [line.kind for line in reading.money_lines] == ["payout"]
    assert checks(reading) == ["vocabulary.unknown"]


def test_line_in_a_currency_that_is_none_is_quarantined() -> None:
    """The good rest of the page goes through."""
    reading: Reading = read_balance_transactions(
        arrived("balance_transactions"), body(page(txn(-1, currency="zzz"), txn(-2)))
    )
    assert (reading.records, reading.accepted, checks(reading)) == (2, 1, ["stripe.value"])
