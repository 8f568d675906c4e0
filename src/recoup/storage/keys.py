"""The home's key and what is made from it: wrapped data keys, sealed arrivals, tokens of card numbers.

One secret of 32 bytes stands behind everything that is encrypted in a home; each use has a subkey of its own,
derived by HKDF, so that none of them opens what another one closed. No text made from these objects shows a key.
"""

import hashlib
import os
import secrets
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from recoup.errors import StorageProblem

KEY_SIZE = 32
NONCE_SIZE = 12
TOKEN_PREFIX = "tok_"
TOKEN_HEX_DIGITS = 32


class HomeKey:
    """The secret of one home. Losing it loses every kept byte; whoever has it can read them all."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_SIZE:
            raise StorageProblem(
                where="home key",
                found=f"{len(secret)} bytes",
                wanted=f"{KEY_SIZE} bytes",
                remedy="Restore keys/home.key from your safe copy.",
            )
        self._secret = secret

    def __repr__(self) -> str:
        """Say what this is, never what it holds."""
        return "HomeKey(…)"

    def subkey(self, purpose: str) -> bytes:
        """Derive the 32-byte key for one purpose: the same in every process, unlike for every other purpose."""
        return HKDF(SHA256(), KEY_SIZE, salt=None, info=b"recoup " + purpose.encode()).derive(self._secret)

    def wrap(self, data_key: bytes, about: bytes) -> bytes:
        """Close a secret so that only this home opens it, and only for what it is about.

        Args:
          data_key: The secret; any length.
          about: What it belongs to (an object's hash, a partner account's key name): opening needs the same.
        """
        nonce = secrets.token_bytes(NONCE_SIZE)
        return nonce + self._wrapping.encrypt(nonce, data_key, about)

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        """Open what `wrap` closed.

        Raises:
          StorageProblem: Closed by another home's key, about another thing, or damaged.
        """
        try:
            return self._wrapping.decrypt(wrapped[:NONCE_SIZE], wrapped[NONCE_SIZE:], about)
        except InvalidTag:
            raise StorageProblem(
                where="home key",
                found="a wrapped key that it does not open",
                wanted="one wrapped by this home's key",
                remedy="Check that keys/home.key belongs to this home.",
            ) from None

    @cached_property
    def token_key(self) -> str:
        """The key of card-number tokens as hex, for the engine's SQL macros; keep it out of what people can query."""
        return self.subkey("card number token").hex()

    def token(self, digits: str) -> str:
        """Name a card number so that it joins everywhere in this home and can be read nowhere."""
        return token_of(digits, self.token_key)

    @cached_property
    def _wrapping(self) -> AESGCM:
        return AESGCM(self.subkey("data key wrapping"))


def token_of(digits: str, token_key: str) -> str:
    """Say the token of a card number; `sql/card_numbers.sql` computes the same.

    Args:
      digits: The number without spaces and dashes.
      token_key: The subkey as hex; it goes before and after, as SQL engines have SHA-256 but no HMAC.
    """
    digest = hashlib.sha256(f"{token_key}:{digits}:{token_key}".encode()).hexdigest()
    return TOKEN_PREFIX + digest[:TOKEN_HEX_DIGITS]


def create_home_key(path: Path) -> HomeKey:
    """Make the key of a new home, readable by its owner alone, and on disk before anything is closed with it.

    Raises:
      StorageProblem: There is a key already; it is never overwritten.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = secrets.token_bytes(KEY_SIZE)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise StorageProblem(where=str(path), found="a key", wanted="none, in a new home") from None
    with open(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return HomeKey(secret)


def read_home_key(path: Path) -> HomeKey:
    """Read the key of a home.

    Raises:
      StorageProblem: There is none, it has another size, or others than its owner may read it.
    """
    try:
        is_open_to_others = path.stat().st_mode & 0o077
        secret = path.read_bytes()
    except FileNotFoundError:
        raise StorageProblem(
            where=str(path), found="no key", wanted="the home's key", remedy="Restore it from your safe copy."
        ) from None
    if is_open_to_others:
        raise StorageProblem(
            where=str(path),
            found="a key that others may read",
            wanted="mode 0600",
            remedy=f"Run: chmod 600 {path}",
        )
    return HomeKey(secret)
