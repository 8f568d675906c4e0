"""How a partner's API lets us in: what its folder declares, and what an operator gives for it.

Pure: nobody is asked here, and no secret goes anywhere. `intake/outbound.py` puts what was given to use, and is the
one place where a secret becomes a header.
"""

import re
from collections.abc import Sequence

import msgspec


class Credentials(msgspec.Struct, frozen=True):
    """What an operator gave for one API. It stands in no text made from this."""

    secret: str
    client_id: str | None = None

    def __repr__(self) -> str:
        """Say what was given, never its value."""
        return f"Credentials({self.given})"

    @property
    def given(self) -> str:
        """What was given, in words."""
        return "a secret without client_id" if self.client_id is None else "client_id and secret"


class Bearer(msgspec.Struct, frozen=True):
    """The secret as a bearer token."""

    wants: str = "an API key as secret, without client_id"
    """What an operator gives, in the partner's own words; the end of a sentence."""


class NamedHeader(msgspec.Struct, frozen=True):
    """The secret in a header of the partner's choice, after the text that the partner wants before it."""

    wants: str
    header: str
    prefix: str = ""


class Basic(msgspec.Struct, frozen=True):
    """Client id and secret as user and password of HTTP basic authorisation."""

    wants: str


class ClientCredentials(msgspec.Struct, frozen=True):
    """OAuth 2.0 client credentials: client id and secret are exchanged for a bearer token that ends after a while."""

    wants: str
    token_path: str
    """Below the address of the API."""
    scope: str = ""
    host_label: tuple[str, str] | None = None
    """A label of the API's host, and the one in its place on the host that gives tokens; None for one and the same
    host. An address without that label (a proxy) gives its own tokens."""


Access = Bearer | NamedHeader | Basic | ClientCredentials
_SENDABLE = re.compile(r"[!-~](?:[ -~]{0,4094}[!-~])?")
"""What a header can carry: printable ASCII without blanks around it."""


def choose(access: Sequence[Access], given: Credentials) -> Access | None:
    """Give the first way in that takes what was given: with a client id, or without; None where there is none."""
    is_pair = given.client_id is not None
    return next((way for way in access if isinstance(way, Basic | ClientCredentials) == is_pair), None)


def wanted(access: Sequence[Access]) -> str:
    """Say what an operator can give, each way in the partner's words."""
    return ", or ".join(way.wants for way in access)


def flaw(access: Sequence[Access], given: Credentials) -> tuple[str, str] | None:
    """Say what is wrong with credentials, as found and wanted and without a letter of them; None where nothing is."""
    for name, value in (("secret", given.secret), ("client_id", given.client_id)):
        if value is not None and not _SENDABLE.fullmatch(value):
            return f"a {name} that no header can carry", "printable ASCII without blanks around it"
    way = choose(access, given)
    if way is None:
        return given.given, wanted(access)
    if isinstance(way, Basic) and ":" in (given.client_id or ""):
        return "a client_id with a colon, where the secret would begin", wanted((way,))
    return None
