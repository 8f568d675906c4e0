"""Derive everything again from bytes: the arrivals of a register, in order of landing, as they first came.

What was refused then tells nothing now, and what was known then counts as the
arrival that it was. The caller takes these arrivals into an empty
register and compares the two hashes.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, Table, select

from recoup.domain.canonical import parse
from recoup.errors import ObjectMissing
from recoup.intake.arrival import Arrival
from recoup.intake.directory import SMALL_BYTES
from recoup.intake.taking import Touched, touch_line
from recoup.storage import schema
from recoup.storage.objects import ObjectStore, Stored
from recoup.storage.register import Batch, View

COPIED = (
    *(schema.book, schema.account, schema.contract, schema.secret, schema.setting, schema.object_),
    *(schema.ruling, schema.outage_word, schema.break_decision),
)
"""What deliveries do not tell: set up or decided by people, or where the bytes lie."""
_KNOWN = "known"
_REPLAYED = ("read", "held", _KNOWN)
_D = schema.delivery.c
_CONTENT = schema.observation.columns.keys().index("content")


def arrivals(view: View, objects: ObjectStore, delivery: str | None = None) -> Iterator[Arrival]:
    """The arrivals to take in again, with their bytes; of one delivery, or of all in order of landing."""
    for rows in view.batches(_statement(delivery), 1_000):
        places = {row[0]: Stored(*row) for row in view.by_keys(schema.object_, "object", {r[0] for r in rows})}
        for row in rows:
            yield from _arrival(row, places[row[0]], objects)


def count(view: View) -> int:
    """How many arrivals a full replay takes in."""
    return len(view.rows(_statement(None).with_only_columns(_D.delivery)))


def copy_setup(view: View, into: Batch) -> None:
    """Give an empty register what deliveries do not tell."""
    for table in COPIED:
        into.insert(table, view.rows(select(table)))


def forget(batch: Batch, deliveries: Sequence[str]) -> Touched:
    """Take back what was read of these deliveries, so that they can be read again; their bytes stay.

    What other deliveries told as well is told again by them only when they are read; a second telling is not kept.
    """
    touched = Touched()
    if not deliveries:
        return touched
    for row in batch.by_keys(schema.observation, "delivery", deliveries):
        touched.disputes.add(row[1])
        touched.forgotten.add((row[0], row[_CONTENT]))
    for row in batch.by_keys(schema.money_line, "delivery", deliveries):
        touch_line(row, touched)
        touched.forgotten.add(tuple(row[:2]))
    touched.retotal.update(deliveries)
    for table in (schema.observation, schema.money_line, schema.quarantine, schema.finding, schema.settlement_total):
        keys = [_key(table, row) for row in batch.by_keys(table, "delivery", deliveries)]
        batch.delete(table, keys)
    batch.delete(schema.delivery, [(d,) for d in deliveries])
    return touched


def _key(table: Table, row: Sequence[Any]) -> tuple[Any, ...]:
    names = [c.name for c in table.columns]
    return tuple(row[names.index(c.name)] for c in table.primary_key.columns)


def _statement(delivery: str | None) -> Select[Any]:
    columns = (_D.object, _D.partner, _D.account, _D.feed, _D.name, _D.landed_at, _D.is_verified, _D.headers, _D.status)
    statement = select(*columns).where(_D.status.in_(_REPLAYED)).order_by(_D.landed_at, _D.delivery)
    return statement if delivery is None else statement.where(_D.delivery == delivery)


def _arrival(row: Sequence[Any], stored: Stored, objects: ObjectStore) -> Iterator[Arrival]:
    _, partner, account, feed, name, landed_at, is_verified, headers, status = row
    message: dict[str, Any] = parse(headers) if headers else {"start_line": "", "headers": {}}
    told = Arrival(
        partner=partner,
        feed=feed,
        name=name,
        landed_at=landed_at,
        account=account,
        start_line=message["start_line"],
        headers=message["headers"],
        is_given=not is_verified,
        is_again=status != _KNOWN,
        is_fetch_time_known=status != _KNOWN,
    )
    if stored.size <= SMALL_BYTES:
        yield _with(told, body=objects.get(stored))
        return
    with objects.open_plain(stored) as path:
        yield _with(told, path=path)


def _with(arrival: Arrival, **bytes_: Any) -> Arrival:
    return Arrival(**{name: getattr(arrival, name) for name in Arrival.__struct_fields__} | bytes_)


def deliveries_of(view: View, object_hash: str) -> list[str]:
    """The deliveries of the object whose hash begins so; what was refused for its signature is not read again.

    Raises:
      ObjectMissing: Of none, or of several objects.
    """
    is_read = _D.status.in_(_REPLAYED)
    statement = select(_D.delivery, _D.object).where(_D.object.startswith(object_hash, autoescape=True), is_read)
    found = view.rows(statement.order_by(_D.landed_at, _D.delivery))
    objects = sorted({row[1] for row in found})
    if len(objects) != 1:
        raise ObjectMissing(
            where=object_hash,
            found=f"{len(objects)} objects whose hash begins so and that were read or held",
            wanted="one",
            remedy='See the hashes with: recoup sql "select delivery, object from deliveries".',
        )
    return [row[0] for row in found]


def stored(view: View, object_hash: str) -> Stored:
    """Where the bytes of an object lie.

    Raises:
      ObjectMissing: Nothing of that hash was ever kept.
    """
    found = view.by_keys(schema.object_, "object", [object_hash])
    if not found:
        raise ObjectMissing(where=object_hash, found="no such object", wanted="the hash of kept bytes")
    return Stored(*found[0])
