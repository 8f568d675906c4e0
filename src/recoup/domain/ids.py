"""Identifiers that anyone can derive again from what they name.

An id is the first 128 bits of SHA-256 over a natural key. Nothing random goes
in, so reading the same bytes again gives the same ids in every home.
"""

import hashlib

Key = str
"""A shown id: prefix, underscore, 26 lower-case base32 characters (RFC 4648)."""


_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_SHIFTS = range(120, -1, -10)


def _shown(digest: bytes) -> str:
    """Base32 of 128 bits, two characters at a time: an id is made several times per record, and this is hot."""
    number = int.from_bytes(digest[:16], "big") << 2
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in _SHIFTS])


def derive(prefix: str, *parts: str | int | None) -> Key:
    """Name the thing that this natural key names.

    Each part goes in with its length, so that no two keys read alike
    (`("a", "bc")` and `("ab", "c")`), and None differs from an empty text.
    """
    key = "".join(["-" if p is None else f"{len(t := str(p))}:{t}" for p in parts])
    return f"{prefix}_{_shown(hashlib.sha256(key.encode()).digest())}"


def dispute_id(partner: str, account: str, partner_dispute_id: str) -> Key:
    """The id of a dispute: the same string at another partner or account is another dispute."""
    return derive("dis", partner, account, partner_dispute_id)


def delivery_id(object_hash: str, partner: str, feed: str, name: str, landed_at: int) -> Key:
    """The id of one arrival of bytes; two arrivals of equal bytes on two days are two deliveries."""
    return derive("del", object_hash, partner, feed, name, landed_at)


def money_line_id(partner: str, account: str, identity: str) -> Key:
    """The id of one movement, the same on whichever feed it is told."""
    return derive("mln", partner, account, identity)
