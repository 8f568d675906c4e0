"""Who told what of a dispute: the feed and deliveries behind it, for breaks about what a record says; and since when.

Reads: observation (one row per canonical fact), delivery.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from sqlalchemy import func, select

from recoup.domain.instants import Instant
from recoup.storage import schema
from recoup.storage.register import View


class Tellers(msgspec.Struct, frozen=True, gc=False):
    """The feed that told a dispute first, every delivery that told of it, and when it was told last."""

    feed: str | None = None
    deliveries: tuple[str, ...] = ()
    latest_at: Instant = 0
    """When the latest of them landed."""


NOBODY = Tellers()


def tellers(view: View, disputes: Iterable[str]) -> dict[str, Tellers]:
    """Tellers by dispute; a dispute that only money speaks of is not in it."""
    columns = [c.name for c in schema.observation.columns]
    at = [columns.index(name) for name in ("dispute", "landed_at", "delivery", "feed")]
    told: dict[str, set[tuple[int, str, str]]] = defaultdict(set)
    for row in view.by_keys(schema.observation, "dispute", sorted(set(disputes))):
        dispute, landed_at, delivery, feed = (row[i] for i in at)
        told[dispute].add((landed_at, delivery, feed))
    return {
        dispute: Tellers(min(found)[2], tuple(sorted({delivery for _, delivery, _ in found})), max(found)[0])
        for dispute, found in told.items()
    }


def connected(view: View) -> dict[tuple[str, str], Instant]:
    """When the first delivery of each account was read: what happened before, nobody told us."""
    d = schema.delivery.c
    statement = (
        select(d.partner, d.account, func.min(d.landed_at)).where(d.status == "read").group_by(d.partner, d.account)
    )
    return {(partner, account): at for partner, account, at in view.rows(statement)}
