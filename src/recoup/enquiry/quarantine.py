"""Bad records: where each lies, what is wrong with it, whether somebody has released it."""

import msgspec
from sqlalchemy import select

from recoup.storage.register import View
from recoup.storage.schema import delivery, quarantine


class Quarantined(msgspec.Struct, frozen=True):
    """One bad record by its position in a delivery; the bytes stay in the object."""

    delivery: str
    position: int
    object: str
    partner: str
    feed: str
    name: str
    code: str
    found: str
    wanted: str
    landed_at: int
    released_at: int | None
    release_reason: str | None


def quarantined(view: View, partner: str | None = None, *, is_all: bool = False) -> list[Quarantined]:
    """Give bad records, the newest delivery first; released ones only among all."""
    columns = [
        quarantine.c[name] if name in quarantine.c else delivery.c[name] for name in Quarantined.__struct_fields__
    ]
    statement = (
        select(*columns)
        .join(delivery, delivery.c.delivery == quarantine.c.delivery)
        .order_by(quarantine.c.landed_at.desc(), quarantine.c.delivery, quarantine.c.position)
    )
    if partner is not None:
        statement = statement.where(delivery.c.partner == partner)
    if not is_all:
        statement = statement.where(quarantine.c.released_at.is_(None))
    return [Quarantined(*row) for row in view.rows(statement)]
