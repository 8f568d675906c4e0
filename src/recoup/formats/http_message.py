"""One HTTP message in a file: start line, headers, a blank line, and the body byte for byte.

This is how webhooks and fetched pages lie in a directory of deliveries (`.http`). Lines of the
head may end in CRLF or LF alone; the body is never touched, since signatures are over its bytes.
A body that is longer or shorter than its `Content-Length` is a finding, not a guess.
"""

import re
from collections.abc import Mapping

import msgspec

from recoup.domain.findings import Finding, excerpt

HEAD_BYTES_MAX = 64 << 10
"""Longest head that is looked at; servers refuse heads of a fraction of this."""

_START = re.compile(rb"(?:[A-Z]+ \S+ HTTP/\d(?:\.\d)?|HTTP/\d(?:\.\d)? \d{3}[^\r\n]*)\r?(?:\n|$)")
_BLANK = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class HttpMessage(msgspec.Struct, frozen=True):
    """One message. Header names are lower-case; values of a name given twice are joined by `, `."""

    start_line: str
    headers: Mapping[str, str]
    body: bytes


def is_message(raw: bytes) -> bool:
    """Say whether these bytes begin with a request line or a status line."""
    return _START.match(raw) is not None


def parse(raw: bytes, where: str = "message") -> HttpMessage | Finding:
    """Give the message that the bytes hold, or what is wrong with its head or length."""
    if not is_message(raw):
        return _wrong("start_line", f"{where}:1", "no start line", "a request line or a status line of HTTP")
    blank = _BLANK.search(raw, 0, HEAD_BYTES_MAX)
    if blank is None:
        return _wrong("head", where, "no blank line after the headers", f"one within {HEAD_BYTES_MAX} bytes")
    start, *lines = raw[: blank.start()].decode("latin-1").replace("\r\n", "\n").split("\n")
    headers = _headers(lines, where)
    if isinstance(headers, Finding):
        return headers
    body = _body(raw[blank.end() :], headers.get("content-length"), where)
    return body if isinstance(body, Finding) else HttpMessage(start, headers, body)


def write(message: HttpMessage) -> bytes:
    """Give the bytes that `parse` reads as this message.

    Raises:
      ValueError: A line of the head holds a line break, or a header's name is none.
    """
    head = [message.start_line, *(f"{name}: {value}" for name, value in message.headers.items())]
    if any("\r" in line or "\n" in line for line in head) or not all(map(_NAME.fullmatch, message.headers)):
        raise ValueError("a head that cannot be written on lines of their own")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + message.body


def _headers(lines: list[str], where: str) -> dict[str, str] | Finding:
    headers: dict[str, str] = {}
    for number, line in enumerate(lines, start=2):
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name):
            return _wrong("header", f"{where}:{number}", excerpt(line), "a header as name, colon, value")
        key, text = name.lower(), value.strip()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _body(rest: bytes, length: str | None, where: str) -> bytes | Finding:
    if length is None:
        return rest
    if not (length.isascii() and length.isdigit() and len(length) <= 18):
        return _wrong("length", f"{where} content-length", excerpt(length), "a number of bytes")
    stated = int(length)
    if len(rest) < stated:
        return _wrong("truncated", where, f"a body of {len(rest)} bytes", f"{stated}, as content-length says")
    if rest[stated:].strip(b"\r\n"):
        return _wrong("surplus", where, f"a body of {len(rest)} bytes", f"{stated}, as content-length says")
    return rest[:stated]  # an editor's line break after the last byte is no part of the message


def _wrong(what: str, where: str, found: str, wanted: str) -> Finding:
    return Finding(f"http_message.{what}", where, found, wanted)
