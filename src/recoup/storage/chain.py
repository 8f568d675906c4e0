"""The links of the audit chain: how one is hashed, and where a chain is broken. Pure.

The hash of a link covers a zero byte and the canonical bytes of everything it says, the previous link's hash among
them; the zero byte marks a leaf, so that the same hashes can later stand in a Merkle tree (RFC 6962).
A chain shows every edit, every deletion but that of its end, and every change of order. That nothing was cut off
its end, or written anew from some link on, only an outside copy of its head can show: whoever holds one asks whether
that head is still in the chain.
"""

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

GENESIS = "0" * 64
"""What the first link names as its previous one."""


class Link(NamedTuple):
    """One row of table audit."""

    sequence: int
    at: int
    actor: str
    verb: str
    subject: str
    body: str
    previous: str
    hash: str


class Head(NamedTuple):
    """The last link of a chain at some time, short enough to keep elsewhere: a sequence and its hash."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        """As it is written down: `120:9f86d0…`."""
        return f"{self.sequence}:{self.hash}"


_WRITTEN = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


def read_head(text: str) -> Head | None:
    """Read a head as it is written down; None where the text is none."""
    found = _WRITTEN.fullmatch(text.strip())
    return Head(int(found[1]), found[2]) if found else None


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a walk along the chain found.

    Attributes:
      entries: How many links there are.
      head: Hash of the last one; `GENESIS` where there is none. Worth a copy outside.
      first_broken: Sequence of the first link that does not hold, or None.
      why: What is wrong with it; empty where nothing is.
      missing: Those of the heads asked for that are not in the chain: it was cut, or written anew, before them.
    """

    entries: int
    head: str
    first_broken: int | None = None
    why: str = ""
    missing: tuple[Head, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every link holds."""
        return self.first_broken is None


def linked(previous: Link | None, at: int, actor: str, verb: str, subject: str, body: str) -> Link:
    """Give the link that comes after another one, or the first one."""
    sequence = previous.sequence + 1 if previous else 1
    before = previous.hash if previous else GENESIS
    return Link(
        sequence, at, actor, verb, subject, body, before, _hash(sequence, at, actor, verb, subject, body, before)
    )


def walk(links: Iterable[Link], heads: Collection[Head] = ()) -> AuditReport:
    """Follow a chain, in order of sequence, to its end, past its first broken link.

    Args:
      links: All of it.
      heads: Heads that were kept elsewhere; each must be a link of it.
    """
    entries, head = 0, GENESIS
    first_broken, why = None, ""
    wanted = dict.fromkeys(heads)
    for link in links:
        wanted.pop(Head(link.sequence, link.hash), None)
        entries += 1
        if first_broken is None and (wrong := _wrong(link, entries, head)):
            first_broken, why = min(link.sequence, entries), wrong
        head = link.hash
    return AuditReport(entries, head, first_broken, why, tuple(wanted))


def _wrong(link: Link, place: int, before: str) -> str:
    """Say what is wrong with a link that stands at a place after one of this hash; empty for nothing."""
    if link.sequence != place:
        return f"sequence {link.sequence} stands where {place} belongs"
    if link.previous != before:
        return "it names another previous link than the one before it"
    if link.hash != _hash(*link[:-1]):
        return "its content does not give its hash"
    return ""


def _hash(sequence: int, at: int, actor: str, verb: str, subject: str, body: str, previous: str) -> str:
    content = msgspec.json.encode((sequence, at, actor, verb, subject, body, previous))
    return hashlib.sha256(b"\x00" + content).hexdigest()
