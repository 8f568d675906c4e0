"""Which fields a partner's folder knows, whether or not one of them was ever met: the columns of its layouts, and the
fields of the shapes in its `wire.py`.

A known field that comes for the first time is rare and no news. What a folder lets through without a name is learnt.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from recoup.partners.contract import Feed, Layout, Partner, TableFeed

_LAST = re.compile(r"(?:^|\.)([^.{}]+?)(?:\[\])?$")


class KnownFields(msgspec.Struct, frozen=True):
    """The fields of one partner."""

    columns: Mapping[str, frozenset[str]] = {}
    """Of each feed of tables."""
    free: Mapping[str, tuple[str, ...]] = {}
    """Patterns of columns that users of the partner name themselves."""
    names: frozenset[str] = frozenset()
    """Of all other feeds, wherever in a message."""

    def knows(self, feed: str, path: str) -> bool:
        """Say whether a field of a feed is known."""
        if feed in self.columns:
            free = (re.fullmatch(pattern, path) for pattern in self.free.get(feed, ()))
            return path in self.columns[feed] or any(free)
        last = _LAST.search(path)
        return last is not None and last[1] in self.names


NOTHING_KNOWN = KnownFields()


def known_fields(partner: Partner) -> KnownFields:
    """Give what the folder of a partner knows."""
    tables = {name: feed.layouts for name, feed in partner.feeds.items() if isinstance(feed, TableFeed)}
    return KnownFields(
        columns={
            name: frozenset(c for one in told for c in (*one.required, *one.optional)) for name, told in tables.items()
        },
        free={name: tuple(one.free for one in told if one.free) for name, told in tables.items()},
        names=frozenset(name for feed in partner.feeds.values() for name in _wire_names(feed)),
    )


def _columns(layout: Layout) -> tuple[str, ...]:
    return (*layout.required, *layout.optional)


def _wire_names(feed: Feed) -> Iterator[str]:
    """Give the names of all shapes in the `wire.py` beside the code that reads a feed."""
    if isinstance(feed, TableFeed):
        return
    read: Any = feed.read
    while isinstance(read, partial):
        read = read.func
    folder = getattr(read, "__module__", "").rpartition(".")[0]
    wire = sys.modules.get(f"{folder}.wire")
    for shape in vars(wire).values() if wire else ():
        if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
            yield from (field.encode_name for field in msgspec.structs.fields(shape))
