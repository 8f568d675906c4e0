"""Bad records wait here until somebody says what became of them; nothing is dropped.

A record leaves quarantine when its delivery is read again and it is good, or
when a person releases it with a reason.
"""

from sqlalchemy import select

from recoup.domain.card_numbers import mask
from recoup.errors import QuarantineEmpty
from recoup.storage import schema
from recoup.storage.register import Batch


def release(batch: Batch, delivery: str, position: int | None, reason: str, now: int) -> int:
    """Mark the waiting records of a delivery, or one of them, as released; say how many.

    A card number in the reason is masked: people copy from what lies before them.

    Raises:
      QuarantineEmpty: Nothing of this delivery (or at this position) waits.
    """
    table = schema.quarantine
    waiting = [
        (row[0], row[1], now, mask(reason))
        for row in batch.rows(select(table).where(table.c.delivery == delivery, table.c.released_at.is_(None)))
        if position is None or row[1] == position
    ]
    if not waiting:
        place = delivery if position is None else f"{delivery}:{position}"
        raise QuarantineEmpty(
            where=place, found="no record in quarantine", wanted="one that waits", remedy="See: recoup quarantine list"
        )
    return batch.update(table, ("released_at", "release_reason"), waiting)
