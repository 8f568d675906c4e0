"""Bytes first: name what arrived, know it again, keep it, before anything reads it.

An object is bytes, once; a delivery is one arrival of them. A known object is
not read again, but its delivery counts. Only a page of an API is: the same
object looked at on another day is another snapshot.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from recoup.domain.canonical import canonical
from recoup.domain.card_numbers import mask, mask_words
from recoup.intake.arrival import Arrival, Landed
from recoup.intake.arrival import land as named
from recoup.intake.ground import Ground
from recoup.partners.contract import Feed, RecordFeed
from recoup.storage import schema
from recoup.storage.objects import ObjectStore, Stored
from recoup.storage.register import View

SETTLED = ("read", "held")
"""Statuses in which an object has been looked at; a refused or half-landed one is looked at again."""
SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})


def land(arrivals: Sequence[Arrival], ground: Ground, view: View, ahead: Sequence[Landed] = ()) -> list[Landed]:
    """Name each arrival and say which bytes were known on its feed.

    Args:
      arrivals: The batch; earlier ones of it count as known.
      ground: For the accounts.
      view: The register.
      ahead: Arrivals that are landed and not yet in the register.
    """
    hashes = [_hash(a) for a in arrivals]
    known = _known(view, set(hashes))
    seen = {(item.object, item.arrival.partner, item.arrival.feed, item.account) for item in ahead}
    landed: list[Landed] = []
    for told, name in zip(arrivals, hashes, strict=True):
        arrival = _without_card_numbers(told)
        account = ground.account_for(arrival)
        key = (name, arrival.partner, arrival.feed, account)
        # Bytes that came a moment ago may yet be refused for their signature: only what was read is known.
        is_known = key in known or (key in seen and not _is_verified(arrival, ground))
        others = {a for *same, a in known if tuple(same) == key[:3] and a != account} if known else set()
        is_repeat = key in known or key in seen
        landed.append(named(arrival, name, account, is_repeat, is_known, min(others, default=None)))
        seen.add(key)
    return landed


def _is_verified(arrival: Arrival, ground: Ground) -> bool:
    feed = ground.feed(arrival.partner, arrival.feed)
    return isinstance(feed, RecordFeed) and feed.verify is not None


def _without_card_numbers(arrival: Arrival) -> Arrival:
    """The name goes into the register, messages and logs."""
    name = mask(arrival.name)
    return arrival if name == arrival.name else msgspec.structs.replace(arrival, name=name)


def is_read(landed: Landed, feed: Feed) -> bool:
    """Whether this arrival must be read: new bytes, a page fetched at a time of its own, or a name told again."""
    if landed.arrival.is_again or not landed.is_known:
        return True
    if not isinstance(feed, RecordFeed):
        return False
    return feed.names_alone or (feed.medium == "page" and landed.arrival.is_fetch_time_known)


def unkept(landed: Sequence[Landed], view: View) -> list[Arrival]:
    """Arrivals whose bytes are not kept yet, each object once."""
    wanted = {item.object: item.arrival for item in landed}
    kept = {row[0] for row in view.by_keys(schema.object_, "object", wanted)}
    return [arrival for name, arrival in wanted.items() if name not in kept]


def keep(arrivals: Sequence[Arrival], objects: ObjectStore) -> list[Stored]:
    """Make their bytes durable; give their rows for table object_."""
    small = [a.body for a in arrivals if a.body is not None]
    large = [a.path for a in arrivals if a.body is None and a.path is not None]
    return [*objects.put_many(small), *(objects.put_file(path) for path in large)]


def headers_text(arrival: Arrival) -> str | None:
    """Start line and headers as canonical JSON for the register, without what opens doors."""
    if not arrival.start_line and not arrival.headers:
        return None
    shown = {k: mask_words(v) for k, v in arrival.headers.items() if k not in SECRET_HEADERS}
    return canonical({"start_line": mask(arrival.start_line), "headers": shown})


def hash_file(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hash(arrival: Arrival) -> str:
    if arrival.body is not None:
        return hashlib.sha256(arrival.body).hexdigest()
    assert arrival.path is not None, "an arrival has a body or a path"
    return hash_file(arrival.path)


def _known(view: View, hashes: set[str]) -> set[tuple[str, str, str, str]]:
    """What was looked at: object, partner, feed, account. Another account's bytes say something else."""
    rows = view.by_keys(schema.delivery, "object", sorted(hashes))
    names = [c.name for c in schema.delivery.columns]
    at = {name: names.index(name) for name in ("object", "partner", "feed", "account", "status")}
    return {
        (r[at["object"]], r[at["partner"]], r[at["feed"]], r[at["account"]]) for r in rows if r[at["status"]] in SETTLED
    }
