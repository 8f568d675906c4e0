"""A list ends, or it is said that it does not."""

import pytest

from recoup.errors import PartnerUnreachable
from recoup.partners.asking import Pages, document, request_line, swept
from recoup.partners.contract import Message, Request


def test_pages_are_numbered_as_they_are_turned() -> None:
    """From one."""
    pages = Pages("a list", 10)
    pages.turn("a")
    pages.turn("b")
    assert pages.number == 3


def test_a_circle_of_any_length_is_noticed() -> None:
    """Not only the page that leads to itself."""
    pages = Pages("stripe /v1/disputes", 10)
    for cursor in ("a", "b", "c"):
        pages.turn(cursor)
    with pytest.raises(PartnerUnreachable, match="stripe /v1/disputes: page 4 leads back"):
        pages.turn("a")


def test_a_list_without_end_is_given_up() -> None:
    """After so many pages, each with a cursor of its own."""
    pages = Pages("a list", 3)
    pages.turn("a")
    pages.turn("b")
    with pytest.raises(PartnerUnreachable, match="3 pages, and still no end"):
        pages.turn("c")


def test_a_page_is_kept_with_the_line_that_asked_for_it_and_none_of_our_headers() -> None:
    """Those hold the version at most, and authorisation is added later; the body that we sent is not kept either."""
    request = Request("POST", "/search", {"page": "1"}, {"x-version": "6"}, b"<search/>", only_asks=True)
    page = swept(lambda _: Message("HTTP/1.1 200 OK", {"date": "x"}, b"{}"), "disputes", "1.http", request)
    assert request_line(request) == "POST /search?page=1 HTTP/1.1"
    assert page.message == Message("POST /search?page=1 HTTP/1.1", {"date": "x"}, b"{}")


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"{", b"\xff"])
def test_a_page_that_is_no_object_has_nothing_to_follow(body: bytes) -> None:
    """Its reader says what is wrong with it."""
    assert document(Message("", {}, body)) == {}
