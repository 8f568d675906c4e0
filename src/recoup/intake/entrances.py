"""Ways into partners' APIs at work: what lets a request in, and tokens that are bought, used until they end, forgotten.

What a partner takes is declared in `partners/access.py`; `outbound.py` asks. A token stays in memory.
"""

from collections.abc import Callable, Generator
from typing import Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx
import msgspec

from recoup.domain.instants import SECOND
from recoup.partners.access import Basic, Bearer, ClientCredentials, Credentials, NamedHeader
from recoup.partners.contract import Message, Request

TOKEN_SECONDS = 300
"""How long a token is used whose partner does not say how long it lasts."""
TOKEN_SECONDS_MAX = 24 * 3600
RENEWED_SECONDS_BEFORE = 60
"""A token is renewed so long before it ends, or after half of its life, should that be later."""


class Entrance(Protocol):
    """One account's way in."""

    def auth(self) -> httpx.Auth:
        """Give what lets the next request in."""

    def renew(self) -> bool:
        """Forget what did not let us in; say whether there may be something better now."""


class Fixed:
    """A way in that is the same until the operator changes it."""

    def __init__(self, auth: httpx.Auth) -> None:
        self._auth = auth

    def auth(self) -> httpx.Auth:
        """Give it."""
        return self._auth

    def renew(self) -> bool:
        """There is nothing better."""
        return False


class Token(msgspec.Struct, frozen=True):
    """A token, and for how many seconds it is to be used."""

    value: str
    seconds: int

    def __repr__(self) -> str:
        """Say that it is one."""
        return f"Token({self.seconds} seconds)"


class Tokens:
    """A way in by tokens: one at a time, renewed a little before it ends, or when it lets us in no more."""

    def __init__(self, buy: Callable[[], Token], clock: Callable[[], int]) -> None:
        self._buy = buy
        self._clock = clock
        self._auth: httpx.Auth | None = None
        self._until = 0

    def auth(self) -> httpx.Auth:
        """Give the token that we have, or a new one."""
        if self._auth is None or self._clock() >= self._until:
            token = self._buy()
            self._auth = HeaderAuth("authorization", f"Bearer {token.value}")
            self._until = self._clock() + token.seconds * SECOND
        return self._auth

    def renew(self) -> bool:
        """Forget the token."""
        self._auth = None
        return True


class HeaderAuth(httpx.Auth):
    """One header that lets us in."""

    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add it."""
        request.headers[self._name] = self._value
        yield request


def fixed(way: Bearer | NamedHeader | Basic, given: Credentials) -> Fixed:
    """Give the way in that needs nothing but what was given."""
    if isinstance(way, Basic):
        return Fixed(httpx.BasicAuth(given.client_id or "", given.secret))
    if isinstance(way, NamedHeader):
        return Fixed(HeaderAuth(way.header, way.prefix + given.secret))
    return Fixed(HeaderAuth("authorization", f"Bearer {given.secret}"))


def token_request(way: ClientCredentials) -> Request:
    """Give the request for a token, without what proves who asks. Source: RFC 6749, section 4.4.2."""
    form = {"grant_type": "client_credentials"} | ({"scope": way.scope} if way.scope else {})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Request("POST", way.token_path, {}, headers, urlencode(form).encode(), only_asks=True)


def token_of(answer: Message) -> Token | None:
    """Give the token of an answer; None where it has none that we could use. Source: RFC 6749, section 5.1."""
    if not answer.start_line.startswith("HTTP/1.1 200"):
        return None
    try:
        sold = msgspec.json.decode(answer.body, type=_Sold, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    is_sendable = bool(sold.access_token) and sold.access_token.isascii() and sold.access_token.isprintable()
    if not is_sendable or sold.token_type.lower() != "bearer":
        return None
    return Token(sold.access_token, _lasting_seconds(sold.expires_in))


def token_base(base: str, way: ClientCredentials) -> str:
    """Give the address that gives tokens: the API's own, or that of the partner's host for them."""
    if way.host_label is None:
        return base
    api, seller = way.host_label
    parts = urlsplit(base)
    labels = parts.netloc.split(".")
    if api in labels:
        labels[labels.index(api)] = seller
    return urlunsplit(parts._replace(netloc=".".join(labels)))


class _Sold(msgspec.Struct, frozen=True):
    access_token: str
    token_type: str = "Bearer"
    expires_in: int | None = None


def _lasting_seconds(said: int | None) -> int:
    lasts = TOKEN_SECONDS if said is None or said <= 0 else min(said, TOKEN_SECONDS_MAX)
    return max(lasts - RENEWED_SECONDS_BEFORE, lasts // 2)
