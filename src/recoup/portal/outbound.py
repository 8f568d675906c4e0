"""Asking a partner's API: one host, no redirects, bounded in time and size, patient when told to wait.

This is the one place that talks to the outside. The secret goes into a header here and stands in no message.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx
import msgspec

from recoup.domain.instants import SECOND
from recoup.errors import PartnerUnreachable
from recoup.intake.sweeping import request_line
from recoup.partners.contract import Message, Request, Send

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
ANSWER_BYTES_MAX = 64 * 1024 * 1024
"""A page of a hundred objects is below one; a report file that is longer comes by its own feed."""
TRIES = 5
WAIT_SECONDS_MAX = 120
"""The longest that we wait when told to; longer, and the round is given up and due again."""
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_SHUT = frozenset({401, 403, 407})

Pause = Callable[[float], bool]
"""Wait so many seconds; True when we should stop instead of going on."""


class _Instead(msgspec.Struct, frozen=True):
    """What came instead of an answer, and after how many seconds to ask again; None for never."""

    what: str
    wait_seconds: float | None = None


@contextmanager
def open_client() -> Iterator[httpx.Client]:
    """Give a client for all partners: connections are kept, redirects and cookies are not followed."""
    limits = httpx.Limits(max_connections=8, max_keepalive_connections=4)
    with httpx.Client(timeout=TIMEOUT, limits=limits, follow_redirects=False) as client:
        yield client


def make_send(base_url: str, api_key: str, client: httpx.Client, clock: Callable[[], int], pause: Pause) -> Send:
    """Give the seam to one account's API.

    Args:
      base_url: Scheme and host, and what comes before the paths that the partner's folder names.
      api_key: Sent as a bearer token.
      client: Open as long as this is used.
      clock: Microseconds UTC, for waiting until a date.
      pause: Waits, or says to stop.
    Raises:
      PartnerUnreachable: An address that is neither https nor this machine.
    """
    _check(base_url)
    base = base_url.rstrip("/")
    headers = {"authorization": f"Bearer {api_key}", "accept": "application/json", "user-agent": "recoup"}

    def send(request: Request) -> Message:
        found, attempt = _once(client, base, request, headers, clock, 1), 1
        while not isinstance(found, Message):
            is_over = found.wait_seconds is None or found.wait_seconds > WAIT_SECONDS_MAX or attempt == TRIES
            if is_over or pause(found.wait_seconds or 0):
                where = f"{urlsplit(base).netloc} {request_line(request)}"
                raise PartnerUnreachable(where, found.what, "an answer", "It is asked again in the next round.")
            attempt += 1
            found = _once(client, base, request, headers, clock, attempt)
        return found

    return send


def _once(
    client: httpx.Client, base: str, request: Request, headers: dict[str, str], clock: Callable[[], int], attempt: int
) -> Message | _Instead:
    """Ask once."""
    backoff = float(2**attempt)
    try:
        with client.stream(request.method, base + request.path, params=dict(request.query), headers=headers) as answer:
            status = answer.status_code
            if status in _AGAIN:
                return _Instead(f"status {status}", _retry_after(answer.headers.get("retry-after"), clock(), backoff))
            if status in _SHUT or 300 <= status < 400:
                return _Instead(f"status {status}")
            body = _body(answer)
    except httpx.TransportError as error:
        return _Instead(type(error).__name__, backoff)
    if body is None:
        return _Instead(f"an answer longer than {ANSWER_BYTES_MAX} bytes")
    return Message(f"HTTP/1.1 {status} {answer.reason_phrase}".rstrip(), _kept(answer.headers), body)


def _body(answer: httpx.Response) -> bytes | None:
    pieces, size = list[bytes](), 0
    for piece in answer.iter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > ANSWER_BYTES_MAX:
            return None
    return b"".join(pieces)


def _kept(headers: httpx.Headers) -> dict[str, str]:
    """The answer's headers; those about how it was packed are left out, since the body is unpacked."""
    packing = ("content-encoding", "content-length", "transfer-encoding", "set-cookie")
    return {name.lower(): value for name, value in headers.items() if name.lower() not in packing}


def _retry_after(said: str | None, now: int, backoff: float) -> float:
    """Seconds or a date, as partners write it; our own pace where they say nothing that we understand."""
    if said is None:
        return backoff
    if said.isascii() and said.strip().isdecimal() and len(said) <= 9:
        return max(float(said), 0.1)
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return backoff
    present = datetime.fromtimestamp(now / SECOND, UTC)
    return max((at - present).total_seconds(), 0.1) if at.tzinfo else backoff


def _check(base_url: str) -> None:
    parts = urlsplit(base_url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and _is_this_machine(parts.hostname):
        return
    raise PartnerUnreachable(
        "setting api_url", base_url, "an address that begins with https://", "Correct it where the account is set up."
    )


def _is_this_machine(host: str | None) -> bool:
    if host is None:
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def pause_until(stop: threading.Event) -> Pause:
    """Give a wait that ends early when we are told to stop."""
    return stop.wait
