"""What we ask Klarna for: changed disputes, cursors and never addresses."""

import json
from typing import Any
from urllib.parse import unquote

import pytest

from recoup.errors import PartnerUnreachable
from recoup.partners.contract import Message, Request
from recoup.partners.klarna.actions import OVERLAP, PATH, fetch, sweep
from recoup.partners.klarna.mapping import read_disputes
from tests.partners.klarna.sent import DISPUTE, HOUR, T0, arrived, dispute, page


class Klarna:
    """A Klarna of some disputes, two on a page."""

    def __init__(self, count: int) -> None:
        self.ids = [f"krn:payment:dispute:{n}" for n in range(count)]
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Message:
        """Answer one request."""
        self.asked.append(request)
        after = request.query.get("starting_after")
        start = 0 if after is None else self.ids.index(after) + 1
        shown = self.ids[start : start + 2]
        told = page(*(dispute(payment_dispute_id=name) for name in shown), last=shown[-1] if shown else None)
        return Message("HTTP/1.1 200 OK", {}, json.dumps(told).encode())


def ids(pages: Any) -> list[str]:
    """The disputes on some pages."""
    return [
        placed.said.partner_dispute_id
        for swept in pages
        for placed in read_disputes(arrived("disputes"), swept.message.body).observations
    ]


def test_the_list_is_followed_to_its_end() -> None:
    """Each once, each page under its own name, from a little before the last sweep."""
    send = Klarna(5)
    pages = list(sweep(send, T0, T0 + HOUR))
    assert ids(pages) == send.ids
    assert len({swept.name for swept in pages}) == len(pages)
    assert {request.query["updated_at_start"] for request in send.asked} == {"2025-12-31T23:00:00.000Z"}
    assert OVERLAP == HOUR


def test_a_list_that_leads_back_to_itself_is_given_up() -> None:
    """It would be asked for ever."""
    asked: list[Request] = []

    def send(request: Request) -> Message:
        asked.append(request)
        return Message("HTTP/1.1 200 OK", {}, json.dumps(page(dispute(), last="same")).encode())

    with pytest.raises(PartnerUnreachable, match="leads back"):
        list(sweep(send, T0, T0))
    assert len(asked) == 2


def test_an_error_is_handed_on_and_ends_the_list() -> None:
    """The reader holds it."""

    def send(request: Request) -> Message:
        return Message("HTTP/1.1 429 Too Many Requests", {}, b'{"error_code": "TOO_MANY_REQUESTS"}')

    (swept,) = sweep(send, T0, T0)
    assert read_disputes(arrived("disputes"), swept.message.body).held is not None


def test_a_dispute_is_fetched_by_its_id() -> None:
    """Quoted in the path, and in no file's name."""
    send = Klarna(0)
    swept = fetch(send, f"{DISPUTE}/../x?y")
    assert unquote(send.asked[0].path) == f"{PATH}/{DISPUTE}/../x?y"
    assert send.asked[0].path.count("/") == 4
    assert not set("/:") & set(swept.name)
