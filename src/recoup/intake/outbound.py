"""Asking a partner's API: its own host alone, no redirects, bounded in time and size, patient when told to wait.

This is the one place that talks to the outside, and the one place where a secret becomes a header; it stands in no
message, no log and nothing that is landed. How an API lets us in is declared by its partner (`partners/access.py`).
Tokens of OAuth are asked for here with the same patience as everything else, and not within the flow of an
`httpx.Auth`, since httpx reads the answers of a flow whole, however long they are.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from time import monotonic
from typing import Literal
from urllib.parse import urlsplit

import httpx
import msgspec

from recoup.domain.instants import SECOND
from recoup.errors import PartnerUnreachable
from recoup.intake.entrances import Entrance, Token, Tokens, fixed, token_base, token_of, token_request
from recoup.partners.access import Access, ClientCredentials, Credentials, choose, flaw
from recoup.partners.asking import request_line
from recoup.partners.contract import Message, Request, Send

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
"""For a connection, and for each piece of an answer."""
ANSWER_SECONDS_MAX = 300
"""For an answer as a whole: one that comes drop by drop would keep a round for ever."""
ANSWER_BYTES_MAX = 64 * 1024 * 1024
"""A page of a hundred objects is below one; a report file that is longer comes by its own feed."""
TRIES = 5
WAIT_SECONDS_MAX = 120
"""The longest that we wait when told to; longer, and the round is given up and due again."""
_AGAIN = frozenset({408, 425, 429})
"""With every status from 500 on."""
_NO_KEY = frozenset({401, 403, 407})
_STALE = 401
"""The one for which a token is bought anew, once; another one says that a new token would open as little."""
_HEADERS = {"accept": "application/json, */*;q=0.5", "user-agent": "recoup"}
_NOT_KEPT = frozenset(
    {
        *("content-encoding", "content-length", "transfer-encoding"),  # how the body was packed, which it no longer is
        *("set-cookie", "authorization", "proxy-authorization", "www-authenticate"),  # what opens doors
    }
)
_NEXT_ROUND = "It is asked again in the next round."
_OTHER_KEY = "Give the account a key named api that opens it: recoup setup FILE."

Pause = Callable[[float], bool]
"""Wait so many seconds; True when we should stop instead of going on."""
Note = Callable[["Tried"], None]


Outcome = Literal["done", "refused", "absent", "throttled", "failed", "unreachable", "elsewhere", "rejected"]
"""What one try came to: an answer; our key is not let in; there is no such thing; too often; the partner's own fault;
no answer at all; another address; what we asked is not accepted."""


class Tried(msgspec.Struct, frozen=True):
    """One try of one request. Durations in microseconds."""

    operation: str
    """Method and path, each id in it as `…`: `GET /v2/payments/…/chargebacks`."""
    outcome: Outcome
    status: int | None
    took: int
    clock_offset: int | None = None
    """By how much the partner's clock is before (positive) or behind ours, by its own Date."""


def _unnoted(_tried: Tried) -> None:
    """Nobody asked to be told."""


class _Instead(msgspec.Struct, frozen=True):
    """What came instead of an answer, and after how many seconds to ask again; None for never."""

    what: str
    wait_seconds: float | None = None
    status: int | None = None


class Outbound:
    """The seams to the APIs of all accounts. Tokens live in it and nowhere else; one thread uses it at a time."""

    def __init__(self, client: httpx.Client, clock: Callable[[], int], pause: Pause) -> None:
        """Prepare to ask.

        Args:
          client: Open as long as this is used.
          clock: Microseconds UTC, for waiting until a date and for the life of tokens.
          pause: Waits, or says to stop.
        """
        self._client = client
        self._clock = clock
        self._pause = pause
        self._tokens: dict[tuple[str, ClientCredentials, Credentials], Tokens] = {}

    def send_to(
        self, base_url: str, access: Sequence[Access], given: Credentials, note: Callable[[Tried], None] = _unnoted
    ) -> Send:
        """Give the seam to one account's API.

        Args:
          base_url: Scheme and host, and what comes before the paths that the partner's folder names.
          access: The ways in that the partner declares.
          given: What the operator gave; it decides which way is taken.
          note: Told of each try, those for tokens too.
        Raises:
          PartnerUnreachable: An address that is neither https nor this machine, or credentials that fit no way.
        """
        _check(base_url)
        base = base_url.rstrip("/")
        entrance = self._entrance(base, access, given, note)

        def send(request: Request) -> Message:
            found = self._ask(base, request, entrance.auth(), note)
            if isinstance(found, _Instead) and found.status == _STALE and entrance.renew():
                found = self._ask(base, request, entrance.auth(), note)
            return _answer(base, request, found)

        return send

    def _entrance(self, base: str, access: Sequence[Access], given: Credentials, note: Note) -> Entrance:
        way, wrong = choose(access, given), flaw(access, given)
        if wrong is not None:
            found, wanted = wrong
            raise PartnerUnreachable(f"{urlsplit(base).netloc}, key api", found, wanted, _OTHER_KEY)
        assert way is not None, "credentials without a flaw fit a way"
        if not isinstance(way, ClientCredentials):
            return fixed(way, given)
        made = Tokens(lambda: self._buy(base, way, given, note), self._clock)
        return self._tokens.setdefault((base, way, given), made)

    def _buy(self, base: str, way: ClientCredentials, given: Credentials, note: Note) -> Token:
        """Exchange client id and secret for a token, on the partner's host for that."""
        host, request = token_base(base, way), token_request(way)
        proof = httpx.BasicAuth(given.client_id or "", given.secret)
        answer = _answer(host, request, self._ask(host, request, proof, note))
        token = token_of(answer)
        if token is None:
            found = f"status {answer.start_line.split(' ')[1]} without a token that we could use"
            raise PartnerUnreachable(_where(host, request), found, "a bearer token", _OTHER_KEY)
        return token

    def _ask(self, base: str, request: Request, auth: httpx.Auth, note: Note) -> Message | _Instead:
        """Ask, and ask again as long as that is worth it and allowed."""
        tries = TRIES if request.method == "GET" or request.only_asks else 1
        found, attempt = self._once(base, request, auth, 2.0, note), 1
        while isinstance(found, _Instead) and found.wait_seconds is not None and attempt < tries:
            if found.wait_seconds > WAIT_SECONDS_MAX or self._pause(found.wait_seconds):
                break
            attempt += 1
            found = self._once(base, request, auth, float(2**attempt), note)
        return found

    def _once(self, base: str, request: Request, auth: httpx.Auth, backoff: float, note: Note) -> Message | _Instead:
        operation, began_at = operation_of(request), self._clock()
        url, headers = _url(base, request), {**_HEADERS, **request.headers}
        query, body = dict(request.query), request.body or None
        try:
            with self._client.stream(
                request.method, url, params=query, headers=headers, content=body, auth=auth
            ) as answer:
                instead = _instead(answer, self._clock(), backoff)
                read = instead or _body(answer)
        except httpx.HTTPError as error:  # its text may hold what was sent, its kind does not
            note(Tried(operation, "unreachable", None, self._clock() - began_at))
            return _Instead(type(error).__name__, backoff)
        finally:
            self._client.cookies.clear()  # nobody is to know us by anything but our key
        ended_at = self._clock()
        outcome = "failed" if read is not instead and isinstance(read, _Instead) else outcome_of(answer.status_code)
        offset = _clock_offset(answer.headers.get("date"), began_at, ended_at)
        note(Tried(operation, outcome, answer.status_code, ended_at - began_at, offset))
        if isinstance(read, _Instead):
            return read
        return Message(f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}".rstrip(), _kept(answer.headers), read)


@contextmanager
def open_client() -> Iterator[httpx.Client]:
    """Give a client for all partners: connections are kept, redirects and cookies are not followed."""
    limits = httpx.Limits(max_connections=8, max_keepalive_connections=4)
    with httpx.Client(timeout=TIMEOUT, limits=limits, follow_redirects=False) as client:
        yield client


_WORD = re.compile(r"v\d+(\.\d+)?|[a-z][a-z_.-]*")
"""A part of a path that names an operation; any other is somebody's id, and is counted with all of its kind."""


def operation_of(request: Request) -> str:
    """Say what a request asks for, whoever it is about."""
    parts = ["…" if part and not _WORD.fullmatch(part) else part for part in request.path.split("/")]
    return f"{request.method} {'/'.join(parts)}"


_OUTCOMES: Mapping[int, Outcome] = {
    **dict.fromkeys(_NO_KEY, "refused"),
    **dict.fromkeys((404, 410), "absent"),
    429: "throttled",
    **dict.fromkeys((408, 425), "failed"),
}


def outcome_of(status: int) -> Outcome:
    """Say what a status means for us."""
    known = _OUTCOMES.get(status)
    if known is not None:
        return known
    if status >= 500:
        return "failed"
    if status >= 400:
        return "rejected"
    return "elsewhere" if status >= 300 else "done"


def _clock_offset(said: str | None, began_at: int, ended_at: int) -> int | None:
    """By how much the partner's clock differs for certain: its seconds are whole, its answer was made in between."""
    try:
        at = None if said is None else parsedate_to_datetime(said)
    except ValueError:
        return None
    if at is None or at.tzinfo is None:
        return None
    second = int(at.timestamp()) * SECOND
    if second > ended_at:
        return second - ended_at
    return min(0, second + SECOND - began_at)


def _answer(base: str, request: Request, found: Message | _Instead) -> Message:
    if isinstance(found, Message):
        return found
    remedy = _OTHER_KEY if found.status in _NO_KEY else _NEXT_ROUND
    raise PartnerUnreachable(_where(base, request), found.what, "an answer", remedy)


def _where(base: str, request: Request) -> str:
    return f"{urlsplit(base).netloc} {request_line(request)}"


def _url(base: str, request: Request) -> httpx.URL:
    """Give the address to ask; a path that would lead to another host is refused, wherever it came from."""
    url, home = httpx.URL(base + request.path), httpx.URL(base)
    if not request.path.startswith("/") or (url.scheme, url.netloc) != (home.scheme, home.netloc):
        raise PartnerUnreachable(urlsplit(base).netloc, "a path that is none", "one that begins with /")
    return url


def _instead(answer: httpx.Response, now: int, backoff: float) -> _Instead | None:
    """Give what an answer is instead of one, by its status; None for one that counts."""
    status = answer.status_code
    if status in _AGAIN or status >= 500:
        return _Instead(f"status {status}", _retry_after(answer.headers.get("retry-after"), now, backoff))
    if status in _NO_KEY:
        return _Instead(f"status {status}", status=status)
    if 300 <= status < 400:
        return _Instead(f"status {status}, a way elsewhere that is not followed")
    return None


def _body(answer: httpx.Response) -> bytes | _Instead:
    pieces, size, until = list[bytes](), 0, monotonic() + ANSWER_SECONDS_MAX
    for piece in answer.iter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > ANSWER_BYTES_MAX:
            return _Instead(f"an answer longer than {ANSWER_BYTES_MAX} bytes")
        if monotonic() > until:
            return _Instead(f"an answer that takes longer than {ANSWER_SECONDS_MAX} seconds")
    return b"".join(pieces)


def _kept(headers: httpx.Headers) -> dict[str, str]:
    """The answer's headers that are landed."""
    return {name.lower(): value for name, value in headers.items() if name.lower() not in _NOT_KEPT}


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
    found = base_url
    if "@" in parts.netloc or parts.query or parts.fragment:
        found = "an address with a user, a query or a fragment"  # which may be a secret
    elif (parts.scheme == "https" and parts.hostname) or (parts.scheme == "http" and _is_this_machine(parts.hostname)):
        return
    raise PartnerUnreachable(
        "setting api_url", found, "an address that begins with https://", "Correct it where the account is set up."
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
