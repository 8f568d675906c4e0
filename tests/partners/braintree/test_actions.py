"""What we ask Braintree for: searches page by page, by two kinds of days, and single disputes."""

import pytest

from recoup.domain.instants import DAY, parse_instant
from recoup.errors import PartnerUnreachable
from recoup.formats.xml_tree import Node, parse
from recoup.partners.braintree.actions import HEADERS, SEARCH_PATH, SEARCHES, fetch, search, sweep
from recoup.partners.braintree.mapping import read_disputes
from recoup.partners.contract import Message, Request
from tests.partners.braintree.sent import arrived, dispute

NOW = parse_instant("2026-02-02T10:00:00Z")


class Braintree:
    """A Braintree of some disputes, two on a page; it may answer with another page than the one asked for."""

    def __init__(self, count: int, always: int | None = None) -> None:
        self.names = [f"d{n}" for n in range(count)]
        self.always = always
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Message:
        """Answer one request."""
        self.asked.append(request)
        if request.method == "GET":
            return Message("HTTP/1.1 200 OK", {}, dispute().encode())
        page = self.always or int(request.query["page"])
        shown = "".join(dispute(id=name) for name in self.names[2 * page - 2 : 2 * page])
        head = f"<current-page-number>{page}</current-page-number><page-size>2</page-size>"
        told = f"<disputes>{head}<total-items>{len(self.names)}</total-items>{shown}</disputes>"
        return Message("HTTP/1.1 200 OK", {}, told.encode())


def days(request: Request) -> tuple[str, str, str]:
    """By what a request searches, from when, until when."""
    root = parse(request.body, "x")
    assert isinstance(root, Node)
    (field,) = root.children
    return field.name, field.children[0].text, field.children[1].text


def test_a_search_is_followed_until_all_that_it_found_was_shown() -> None:
    """Five on three pages, each once, each under its own name."""
    send = Braintree(5)
    pages = list(search(send, "received_date", NOW - DAY, NOW))
    found = [
        placed.said.partner_dispute_id
        for page in pages
        for placed in read_disputes(arrived("disputes"), page.message.body).observations
    ]
    assert found == send.names
    assert [page.message.start_line for page in pages] == [f"POST {SEARCH_PATH}?page={n} HTTP/1.1" for n in (1, 2, 3)]
    assert len({page.name for page in pages}) == 3


def test_a_sweep_searches_by_receipt_and_by_change_in_the_version_that_is_read() -> None:
    """From two days before the last sweep to a day that has begun somewhere; a search only asks."""
    send = Braintree(1)
    pages = list(sweep(send, NOW - DAY, NOW))
    assert [days(request) for request in send.asked] == [(field, "2026-01-30", "2026-02-03") for field in SEARCHES]
    assert all(request.only_asks and request.headers["x-apiversion"] == "6" for request in send.asked)
    assert len({page.name for page in pages}) == 2


def test_a_search_that_found_nothing_is_one_page() -> None:
    """With what it states, so that it is landed as that."""
    assert len(list(search(Braintree(0), "received_date", NOW, NOW))) == 1


def test_another_page_than_the_one_asked_for_is_noticed() -> None:
    """A server that does not turn pages would be asked for ever, or its first page be taken for all."""
    send = Braintree(5, always=1)
    pages = search(send, "received_date", NOW, NOW)
    next(pages)
    next(pages)
    with pytest.raises(PartnerUnreachable, match="page 1 in place of page 2"):
        next(pages)


@pytest.mark.parametrize(
    "body", [b"<api-error-response/>", b"no XML", b"<disputes><total-items>9</total-items></disputes>"]
)
def test_a_page_that_cannot_be_followed_ends_its_search(body: bytes) -> None:
    """It is handed on, and its reader says what is wrong with it."""
    assert len(list(search(lambda _: Message("", {}, body), "received_date", NOW, NOW))) == 1


def test_one_dispute_is_fetched_by_its_id() -> None:
    """An id never becomes another path."""
    send = Braintree(0)
    swept = fetch(send, "a/../b")
    assert send.asked == [Request("GET", "/disputes/a%2F..%2Fb", headers=HEADERS)]
    assert read_disputes(arrived("disputes"), swept.message.body).held is None
