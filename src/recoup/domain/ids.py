"""Identifiers that anyone can derive again from what they name.

An id is the first 128 bits of SHA-256 over a natural key. Nothing random goes
in, so reading the same bytes again gives the same ids in every home.
"""

import hashlib
from functools import lru_cache

import msgspec

Key = str
"""A shown id: prefix, underscore, 26 lower-case base32 characters (RFC 4648)."""

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_TRIPLES = [pair + c for pair in _PAIRS for c in _ALPHABET]
_NATURAL = msgspec.json.Encoder()


def _shown(digest: bytes) -> str:
    """Base32 of 128 bits, three characters at a time: an id is made several times per record, and this is hot."""
    n, t = int.from_bytes(digest[:16], "big"), _TRIPLES
    return (
        f"{t[n >> 113]}{t[n >> 98 & 32767]}{t[n >> 83 & 32767]}{t[n >> 68 & 32767]}{t[n >> 53 & 32767]}"
        f"{t[n >> 38 & 32767]}{t[n >> 23 & 32767]}{t[n >> 8 & 32767]}{_PAIRS[n << 2 & 1023]}"
    )


def derive(prefix: str, *parts: str | int | None) -> Key:
    """Name the thing that this natural key names.

    The key is a JSON array of the parts, so that no two keys read alike
    (`("a", "bc")` and `("ab", "c")`), and null differs from an empty text.
    """
    return f"{prefix}_{_shown(hashlib.sha256(_NATURAL.encode(parts)).digest())}"


@lru_cache(maxsize=1 << 16)
def dispute_id(partner: str, account: str, partner_dispute_id: str) -> Key:
    """The id of a dispute: the same string at another partner or account is another dispute."""
    return derive("dis", partner, account, partner_dispute_id)


@lru_cache(maxsize=1 << 16)
def chain_id(partner: str, account: str, case: str) -> Key:
    """The id that the disputes of one case share."""
    return derive("chn", partner, account, case)


def delivery_id(object_hash: str, partner: str, feed: str, name: str, landed_at: int) -> Key:
    """The id of one arrival of bytes; two arrivals of equal bytes on two days are two deliveries."""
    return derive("del", object_hash, partner, feed, name, landed_at)


def money_line_id(partner: str, account: str, identity: str) -> Key:
    """The id of one movement, the same on whichever feed it is told."""
    return derive("mln", partner, account, identity)
