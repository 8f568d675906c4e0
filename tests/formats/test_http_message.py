"""A message in a file gives back its body byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.findings import Finding
from recoup.formats.http_message import HttpMessage, is_message, parse, write


def read(raw: bytes) -> HttpMessage:
    """The message, where there is one."""
    found = parse(raw)
    assert isinstance(found, HttpMessage), found
    return found


@pytest.mark.parametrize("line_break", [b"\r\n", b"\n"])
def test_head_may_end_its_lines_either_way(line_break: bytes) -> None:
    """CRLF as on the wire, or LF as an editor writes it."""
    raw = line_break.join([b"POST /in/stripe HTTP/1.1", b"Stripe-Signature: t=1,v1=ab", b"", b"{\r\n\n}"])
    assert read(raw) == HttpMessage("POST /in/stripe HTTP/1.1", {"stripe-signature": "t=1,v1=ab"}, b"{\r\n\n}")


def test_status_line_starts_a_message_too() -> None:
    """A fetched page lies there as the answer that it was."""
    assert read(b"HTTP/1.1 200 OK\nDate: Sun, 06 Nov 1994 08:49:37 GMT\n\n[]").start_line == "HTTP/1.1 200 OK"


def test_bare_json_is_no_message() -> None:
    """A person may give the body alone."""
    assert not is_message(b'{"object": "event"}')
    found = parse(b'{"object": "event"}')
    assert isinstance(found, Finding)
    assert found.check == "http_message.start_line"


def test_header_given_twice_is_joined() -> None:
    """Two lines of one name are one list."""
    assert read(b"GET / HTTP/1.1\nA: 1\na: 2\n\n").headers == {"a": "1, 2"}


@pytest.mark.parametrize(
    ("raw", "check"),
    [
        (b"POST / HTTP/1.1\nContent-Length: 5\n\nabc", "http_message.truncated"),
        (b"POST / HTTP/1.1\nContent-Length: 2\n\nabc", "http_message.surplus"),
        (b"POST / HTTP/1.1\nContent-Length: -2\n\nabc", "http_message.length"),
        (b"POST / HTTP/1.1\nContent-Length: \xb2\n\nabc", "http_message.length"),
        (b"POST / HTTP/1.1\nno colon\n\nabc", "http_message.header"),
        (b"POST / HTTP/1.1\nA: 1\n folded\n\nabc", "http_message.header"),
        (b"POST / HTTP/1.1\nA: 1", "http_message.head"),
        (b"POST / HTTP/1.1\nA: " + b"x" * 70_000 + b"\n\n", "http_message.head"),
        (b"", "http_message.start_line"),
    ],
)
def test_wrong_head_or_length_is_a_finding(raw: bytes, check: str) -> None:
    """Nothing is guessed from a message that does not hold together."""
    found = parse(raw)
    assert isinstance(found, Finding)
    assert found.check == check


def test_line_break_after_the_stated_length_is_an_editors() -> None:
    """The signed bytes end where the length says."""
    assert read(b"POST / HTTP/1.1\nContent-Length: 2\n\n{}\n").body == b"{}"


names = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True).filter(lambda name: name != "content-length")
texts = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)


@given(st.dictionaries(names, texts), st.binary())
def test_what_is_written_is_read_back(headers: dict[str, str], body: bytes) -> None:
    """Any body survives, whatever bytes it holds."""
    message = HttpMessage("POST /in HTTP/1.1", headers, body)
    assert parse(write(message)) == message


def test_head_that_would_break_its_lines_is_not_written() -> None:
    """A value with a line break would become another header."""
    with pytest.raises(ValueError, match="head"):
        write(HttpMessage("POST /in HTTP/1.1", {"a": "1\r\nb: 2"}, b""))


@given(st.binary(max_size=300))
def test_any_bytes_give_a_message_or_a_finding(raw: bytes) -> None:
    """No input raises."""
    parse(raw)
    parse(b"POST / HTTP/1.1\n" + raw)
