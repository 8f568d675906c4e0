"""What we ask Mollie for: newest first until far enough back, cursors and never addresses."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from recoup.domain.instants import render_instant
from recoup.errors import PartnerUnreachable
from recoup.partners.contract import Message, Request
from recoup.partners.mollie.actions import OVERLAP, fetch, list_pages, sweep
from recoup.partners.mollie.mapping import read_chargebacks
from tests.partners.mollie.sent import DAY, T0, arrived, chargeback, page, settlement, txn


class Mollie:
    """A Mollie of some lists, two on a page, each page beginning with the object that its cursor names."""

    def __init__(self, lists: Mapping[str, tuple[str, list[dict[str, Any]]]]) -> None:
        self.lists = lists
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Message:
        """Answer one request."""
        self.asked.append(request)
        if request.path not in self.lists:
            return Message("HTTP/1.1 404 Not Found", {}, b'{"status": 404, "title": "Not Found"}')
        many, things = self.lists[request.path]
        ids = [thing["id"] for thing in things]
        start = ids.index(request.query["from"]) if "from" in request.query else 0
        end = start + min(2, int(request.query["limit"]))
        after = ids[end] if end < len(ids) else None
        return Message("HTTP/1.1 200 OK", {}, json.dumps(page(many, *things[start:end], after=after)).encode())


def ids(pages: list[Any]) -> list[str]:
    """The chargebacks on some pages."""
    return [
        placed.said.partner_dispute_id
        for swept in pages
        for placed in read_chargebacks(arrived("chargebacks"), swept.message.body).observations
    ]


def test_a_list_is_followed_by_its_cursors() -> None:
    """Five on three pages, each once, each under its own name."""
    send = Mollie({"/v2/chargebacks": ("chargebacks", [chargeback(id=f"chb_{n}") for n in range(5)])})
    pages = list(list_pages(send, "chargebacks", "/v2/chargebacks", 0, T0))
    assert ids(pages) == [f"chb_{n}" for n in range(5)]
    assert len({swept.name for swept in pages}) == 3


def test_a_list_ends_where_it_is_older_than_wanted() -> None:
    """Newest first: what follows is older still."""
    told = [chargeback(id=f"chb_{n}", createdAt=f"2026-01-{20 - n:02}T00:00:00Z") for n in range(6)]
    send = Mollie({"/v2/chargebacks": ("chargebacks", told)})
    pages = list(list_pages(send, "chargebacks", "/v2/chargebacks", T0 + 17 * DAY, T0))
    assert ids(pages) == ["chb_0", "chb_1", "chb_2", "chb_3"]


def test_a_link_leads_nowhere_but_on() -> None:
    """Only its cursor counts; one that comes again is no end of the list."""
    evil = {"_embedded": {"chargebacks": []}, "_links": {"next": {"href": "http://169.254.169.254/x?from=chb_9"}}}
    asked: list[Request] = []

    def send(request: Request) -> Message:
        asked.append(request)
        return Message("HTTP/1.1 200 OK", {}, json.dumps(evil).encode())

    with pytest.raises(PartnerUnreachable, match="leads back"):
        list(list_pages(send, "chargebacks", "/v2/chargebacks", 0, T0))
    assert [(request.path, request.query.get("from")) for request in asked] == [
        ("/v2/chargebacks", None),
        ("/v2/chargebacks", "chb_9"),
    ]


def test_a_sweep_lists_chargebacks_each_balance_and_settlements() -> None:
    """In that order."""
    send = Mollie(
        {
            "/v2/chargebacks": ("chargebacks", [chargeback()]),
            "/v2/balances": ("balances", [{"id": "bal_1"}, {"id": "bal_2"}]),
            "/v2/balances/bal_1/transactions": ("balance_transactions", [txn("payment", "1.00", None, "1.00")]),
            "/v2/balances/bal_2/transactions": ("balance_transactions", []),
            "/v2/settlements": ("settlements", [settlement()]),
        }
    )
    pages = list(sweep(send, T0 + OVERLAP, T0 + OVERLAP))
    assert [swept.feed for swept in pages] == [
        "chargebacks",
        "balance_transactions",
        "balance_transactions",
        "settlements",
    ]


def test_what_moved_a_balance_is_read_again_for_a_day_only() -> None:
    """It never changes; chargebacks do, and are listed by when they were made."""
    moves = [
        txn("payment", "1.00", None, "1.00", id=f"baltr_{n}", createdAt=render_instant(T0 - n * DAY)) for n in range(20)
    ]
    send = Mollie({"/v2/balances/primary/transactions": ("balance_transactions", moves)})
    list(sweep(send, T0, T0))
    assert len([r for r in send.asked if r.path.endswith("/transactions")]) == 2  # of two moves each


def test_without_a_list_of_balances_the_primary_one_is_asked() -> None:
    """An answer that cannot be read is held by its reader."""
    send = Mollie({})
    list(sweep(send, T0, T0))
    assert "/v2/balances/primary/transactions" in [request.path for request in send.asked]


def test_one_chargeback_is_fetched_as_the_list_that_begins_with_it() -> None:
    """It cannot be asked for without its payment."""
    send = Mollie({"/v2/chargebacks": ("chargebacks", [chargeback(id=f"chb_{n}") for n in range(5)])})
    assert ids([fetch(send, "chb_3")]) == ["chb_3"]


def test_what_a_webhook_named_is_fetched_by_its_payment() -> None:
    """`tr_…` has chargebacks, or none."""
    send = Mollie({"/v2/payments/tr_1/chargebacks": ("chargebacks", [chargeback()])})
    assert ids([fetch(send, "tr_1")]) == ["chb_1"]
