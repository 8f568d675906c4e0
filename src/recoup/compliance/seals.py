"""Seals: a partner-day declared complete, with counts, sums and hashes, each linked to the day's seal before it.

A seal is never changed or taken back: sealing again adds one with the next number. The hash of a seal covers all it
says and the hash of the one before, so that neither can be edited without showing.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, func, select

from recoup.compliance.content import Arrived, Content
from recoup.compliance.readiness import Wait
from recoup.domain.canonical import canonical, parse
from recoup.domain.ids import derive
from recoup.enquiry.partner_day_sides import Account
from recoup.storage import schema
from recoup.storage.chain import GENESIS
from recoup.storage.register import Batch, View

UNHASHED = ("hash", "recorded_at")


class Seal(msgspec.Struct, frozen=True):
    """One row of table seal, its JSON read."""

    seal: str
    partner: str
    account: str
    covers_on: str
    sequence: int
    zone: str
    deliveries: int
    records: int
    observations: int
    money_lines: int
    entries: int
    sums: tuple[Mapping[str, Any], ...]
    sections: Mapping[str, Mapping[str, Any]]
    content: str
    waits: tuple[str, ...]
    correction: str | None
    reason: str | None
    sealed_at: int
    sealed_by: str
    approved_by: str | None
    previous: str
    hash: str
    recorded_at: int

    @property
    def day(self) -> tuple[str, str, str]:
        """Partner, account and day."""
        return self.partner, self.account, self.covers_on


class Signature(msgspec.Struct, frozen=True):
    """Who seals, when, and why all the same or again."""

    by: str
    at: int
    recorded_at: int
    reason: str | None = None
    correction: str | None = None


def made(content: Content, came: Arrived, waits: Sequence[Wait], former: Seal | None, signed: Signature) -> Seal:
    """Give the seal of a day's facts.

    Args:
      content: The facts.
      came: What came on the day, or as the report on it.
      waits: What was not complete.
      former: The day's seal before this one.
      signed: Who, when and why.
    """
    sequence = former.sequence + 1 if former else 1
    seal = Seal(
        seal=derive("sel", content.partner, content.account, content.covers_on, sequence),
        partner=content.partner,
        account=content.account,
        covers_on=content.covers_on,
        sequence=sequence,
        zone=content.zone,
        deliveries=came.deliveries,
        records=came.records,
        observations=content.sections["observations"].rows,
        money_lines=content.sections["money_lines"].rows,
        entries=content.entries,
        sums=content.sums,
        sections=msgspec.to_builtins(content.sections),
        content=content.hash,
        waits=tuple(wait.what for wait in waits),
        correction=signed.correction,
        reason=signed.reason,
        sealed_at=signed.at,
        sealed_by=signed.by,
        approved_by=None,
        previous=former.hash if former else GENESIS,
        hash="",
        recorded_at=signed.recorded_at,
    )
    return msgspec.structs.replace(seal, hash=link(seal))


def link(seal: Seal) -> str:
    """Hex SHA-256 over everything that a seal says, the hash of the one before among it."""
    said = {name: getattr(seal, name) for name in Seal.__struct_fields__ if name not in UNHASHED}
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def write(batch: Batch, seals: Iterable[Seal]) -> None:
    """Add seals to the register."""
    batch.insert(schema.seal, [_row(seal) for seal in seals])


def _row(seal: Seal) -> tuple[Any, ...]:
    said = msgspec.structs.asdict(seal)
    for name in ("sums", "sections", "waits"):
        said[name] = canonical(said[name])
    return tuple(said[str(column.name)] for column in schema.seal.columns)


def read(row: Sequence[Any]) -> Seal:
    """Read a row of table seal."""
    said = dict(zip((str(column.name) for column in schema.seal.columns), row, strict=True))
    for name in ("sums", "sections", "waits"):
        said[name] = parse(said[name])
    return msgspec.convert(said, Seal)


def seals(view: View, terms: Sequence[Any] = ()) -> list[Seal]:
    """Give seals in order of partner, account, day and number, those that fit."""
    s = schema.seal
    order = (s.c.partner, s.c.account, s.c.covers_on, s.c.sequence)
    return [read(row) for row in view.rows(select(s).where(*terms).order_by(*order))]


def latest(view: View, terms: Sequence[Any] = ()) -> list[Seal]:
    """Give the latest seal of each sealed day that fits, in order of partner, account and day."""
    s = schema.seal
    day = (s.c.partner, s.c.account, s.c.covers_on)
    place = func.row_number().over(partition_by=day, order_by=s.c.sequence.desc()).label("place")
    ranked = select(s, place).where(*terms).subquery()
    statement: Select[Any] = select(*(ranked.c[c.name] for c in s.columns)).where(ranked.c.place == 1)
    return [read(row) for row in view.rows(statement.order_by(*(ranked.c[c.name] for c in day)))]


def broken(view: View) -> list[tuple[Seal, str]]:
    """Give the seals whose hashes do not hold, with what is wrong."""
    found = []
    before: dict[tuple[str, str, str], Seal] = {}
    for seal in seals(view):
        former = before.get(seal.day)
        if seal.hash != link(seal):
            found.append((seal, "its content does not give its hash"))
        elif seal.previous != (former.hash if former else GENESIS):
            found.append((seal, "it names another seal before it than there is"))
        before[seal.day] = seal
    return found


def one(view: View, account: Account, day: str) -> Seal | None:
    """Give the latest seal of one day, None where it is not sealed."""
    s = schema.seal.c
    found = latest(view, [s.partner == account.partner, s.account == account.account, s.covers_on == day])
    return found[0] if found else None
