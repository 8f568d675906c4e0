"""What goes to the processes beside and comes back, packed: landed messages and what they say, cases and what follows.

A module of its own, so that those processes import neither the engine nor the
lake. The ground goes without partners and moves, which are code and tables, and
known there, too.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from recoup.domain import tables
from recoup.intake.arrival import Arrival, Landed
from recoup.intake.beside import partners_here
from recoup.intake.case import Case
from recoup.intake.derivation import Derived, derive_cases
from recoup.intake.ground import Account, Book, Ground
from recoup.intake.landing import headers_text
from recoup.intake.linking import Standing
from recoup.intake.reading import Taken, read_message
from recoup.partners.contract import RecordFeed, SigningKey
from recoup.storage.keys import token_of

_NOWHERE = Landed(Arrival(partner="", feed="", name="", landed_at=0), "", "", False, False, "")


class _Ground(msgspec.Struct, frozen=True, array_like=True):
    """A ground that can be packed."""

    accounts: list[Account]
    books: list[Book]
    standing: list[Standing]
    keys: dict[str, list[SigningKey]]


class _Messages(msgspec.Struct, frozen=True, array_like=True):
    ground: _Ground
    token_key: str
    messages: Sequence[Landed]


class _Cases(msgspec.Struct, frozen=True, array_like=True):
    ground: _Ground
    landed_at: int
    recorded_at: int
    cases: Sequence[Case]


_PACK = msgspec.msgpack.Encoder(enc_hook=str)
_MESSAGES = msgspec.msgpack.Decoder(_Messages, dec_hook=lambda _, told: Path(told))
_TAKEN = msgspec.msgpack.Decoder(list[Taken])
_CASES = msgspec.msgpack.Decoder(_Cases)
_DERIVED = msgspec.msgpack.Decoder(Derived)


def pack_messages(messages: Sequence[Landed], ground: Ground, token_key: str) -> bytes:
    """Landed messages for `read_messages`."""
    return _PACK.encode(_Messages(_packable(ground), token_key, messages))


def read_messages(packed: bytes) -> bytes:
    """Runs in another process. What was landed is not sent back: whoever asked has it."""
    asked = _MESSAGES.decode(packed)
    ground = _grounded(asked.ground)
    found = []
    for item in asked.messages:
        feed = ground.feed(item.arrival.partner, item.arrival.feed)
        assert isinstance(feed, RecordFeed), "only messages are read here"
        taken = read_message(item, feed, ground, lambda digits: token_of(digits, asked.token_key))
        taken.headers = headers_text(item.arrival)
        taken.landed = _NOWHERE
        found.append(taken)
    return _PACK.encode(found)


def unpack_taken(packed: bytes) -> list[Taken]:
    """What `read_messages` gave."""
    return _TAKEN.decode(packed)


def pack_cases(cases: Sequence[Case], ground: Ground, landed_at: int, recorded_at: int) -> bytes:
    """Cases for `derive_packed`, with the part of the ground that they stand on."""
    ours = {case.at for case in cases if case.observations or case.lines}
    return _PACK.encode(_Cases(_packable(ground, ours), landed_at, recorded_at, cases))


def derive_packed(packed: bytes) -> bytes:
    """Runs in another process."""
    asked = _CASES.decode(packed)
    ground = _grounded(asked.ground)
    return _PACK.encode(derive_cases(asked.cases, ground, asked.landed_at, asked.recorded_at))


def unpack_derived(packed: bytes) -> Derived:
    """What `derive_packed` gave."""
    return _DERIVED.decode(packed)


def _packable(ground: Ground, ours: set[tuple[str, str]] | None = None) -> _Ground:
    accounts = [a for at, a in ground.accounts.items() if ours is None or at in ours]
    standing = [] if ours is None else [s for at in ours for s in ground.behind(*at)]
    return _Ground(accounts, list(ground.books.values()), standing, ground.keys if ours is None else {})


def _grounded(told: _Ground) -> Ground:
    standing: dict[tuple[str, str], list[Standing]] = {}
    for stood in told.standing:
        standing.setdefault((stood.partner, stood.account), []).append(stood)
    return Ground(
        moves=tables.moves(),
        partners=partners_here(),
        accounts={(a.partner, a.account): a for a in told.accounts},
        books={book.name: book for book in told.books},
        standing=standing,
        keys=told.keys,
    )
