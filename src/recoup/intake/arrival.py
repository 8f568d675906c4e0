"""What comes in, before it is landed: bytes or a file, on a feed, at a time."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from recoup.domain.findings import Finding
from recoup.domain.ids import delivery_id


class Arrival(msgspec.Struct, frozen=True):
    """One delivery as it comes in. Either `body` (small) or `path` (a file that may be large) holds the bytes."""

    partner: str
    feed: str
    name: str
    """As the partner names it; for a message the file it came in, or its place in the inbox."""
    landed_at: int
    """When it was received, microseconds UTC; the same on replay."""
    account: str | None = None
    """Our account, where the one who delivers knows it."""
    body: bytes | None = None
    path: Path | None = None
    start_line: str = ""
    headers: Mapping[str, str] = {}
    broken: Finding | None = None
    """Why these bytes are not the message they should be; they are kept, and held."""
    is_given: bool = False
    """Handed in by a person: where no key of the partner is known, unsigned bytes are taken, and marked as such."""
    is_again: bool = False
    """Kept bytes, read again: their signature was checked when they came."""
    is_fetch_time_known: bool = True
    """False where nobody said when a page was fetched: then a known page is not read again."""


class Landed(msgspec.Struct, frozen=True):
    """One arrival with its name in the register."""

    arrival: Arrival
    object: str
    """Hex SHA-256 of the bytes."""
    account: str
    is_repeat: bool
    """These bytes had come on this feed before."""
    is_known: bool
    """They had been read."""
    delivery: str
    """The id of this arrival."""
    elsewhere: str | None = None
    """Another account of the partner for which these bytes had come; they say something else there."""


def land(
    arrival: Arrival, object_hash: str, account: str, is_repeat: bool, is_known: bool, elsewhere: str | None = None
) -> Landed:
    """Name one arrival."""
    delivery = delivery_id(object_hash, arrival.partner, arrival.feed, arrival.name, arrival.landed_at)
    return Landed(arrival, object_hash, account, is_repeat, is_known, delivery, elsewhere)
