"""Outages as use cases: a person opens, changes and closes one; the pack to work by hand while it lasts.

Signals may propose one; only a person opens it. Nothing is sent to anybody: notices are files.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from recoup.domain.card_numbers import mask
from recoup.domain.ids import derive
from recoup.domain.instants import HOUR, Instant, render_minute
from recoup.domain.outages import GRACE_HOURS, Verb, Word
from recoup.domain.terms import Contact, terms_on
from recoup.enquiry import outages as enquiry
from recoup.enquiry.fallback_pack import Reach, pack
from recoup.enquiry.outages import OutageRow, Proposal
from recoup.errors import OutageRefused, UnknownPartner
from recoup.intake import grounding
from recoup.partners.contract import Partner
from recoup.storage import schema
from recoup.storage.register import Batch, Register, View

_SEE = "See them with: recoup outage list --all"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a ZIP knows: the same disputes give the same bytes."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of an outage; what is None stays as it is."""

    from_at: Instant | None = None
    to_at: Instant | None = None
    grace_hours: int | None = None
    reason: str


class Packed(msgspec.Struct, frozen=True):
    """A fallback pack that was written."""

    outage: str
    path: str
    files: tuple[str, ...]
    disputes: int


class Outages:
    """What can be done with the outages of one home."""

    def __init__(
        self, register: Register, partners: Mapping[str, Partner], *, actor: str, now: int, recorded_at: int
    ) -> None:
        self._register, self._partners = register, partners
        self._actor, self._now, self._recorded_at = actor, now, recorded_at

    # --- looking ----------------------------------------------------------------------------

    def listed(self, *, is_all: bool = False) -> tuple[list[OutageRow], list[Proposal]]:
        """Give the outages that last, or all, and what looks like one and was not opened."""
        with self._register.reading() as view:
            return enquiry.outage_rows(view, self._now, is_all=is_all), enquiry.proposals(view, self._now)

    def show(self, begins: str) -> OutageRow:
        """Give the one outage whose id begins so.

        Raises:
          OutageRefused: None does, or several do.
        """
        with self._register.reading() as view:
            return self._one(view, begins)

    def _one(self, view: View, begins: str) -> OutageRow:
        found = enquiry.outage_rows(view, self._now, id_=begins)
        if len(found) != 1:
            wanted = "the id of one outage, or its beginning"
            raise OutageRefused(begins, f"{len(found)} that begin so", wanted, _SEE)
        return found[0]

    # --- saying -----------------------------------------------------------------------------

    def open(self, partner: str, account: str | None, feeds: tuple[str, ...], told: Told) -> OutageRow:
        """Open an outage: what is due of these feeds within it is held.

        Raises:
          UnknownPartner: No such partner.
          OutageRefused: A feed that the partner does not have, times that do not hold together, or one that is open.
        """
        self._check(partner, feeds)
        from_at = self._now if told.from_at is None else told.from_at
        with self._register.transaction(self._actor, "outage", partner, self._recorded_at) as batch:
            for one in enquiry.read_outages(batch, self._now):
                said = one.now
                if one.is_open and (said.partner, said.account, said.feeds) == (partner, account, tuple(sorted(feeds))):
                    raise OutageRefused(partner, f"{one.outage}, which is open", "one outage at a time", _SEE)
            key = derive("out", partner, account or "", canonical_feeds(feeds), from_at, self._sequence(batch))
            word = Word(
                word=derive("wrd", key, 1),
                outage=key,
                sequence=1,
                verb="open",
                partner=partner,
                account=account,
                feeds=tuple(sorted(feeds)),
                from_at=from_at,
                to_at=told.to_at,
                grace_hours=GRACE_HOURS if told.grace_hours is None else told.grace_hours,
                reason=mask(told.reason),
                actor=self._actor,
                at=self._now,
            )
            self._write(batch, word)
        return self.show(key)

    def change(self, begins: str, verb: Verb, told: Told) -> OutageRow:
        """Change, close or withdraw an outage; every word of it stays.

        Raises:
          OutageRefused: No such outage or several, one that was withdrawn, or times that do not hold together.
        """
        with self._register.transaction(self._actor, verb, begins, self._recorded_at) as batch:
            row = self._one(batch, begins)
            if row.status == "withdrawn":
                raise OutageRefused(row.id, "an outage that was withdrawn", "one that was not", _SEE)
            if verb == "close" and told.to_at is None:
                told = msgspec.structs.replace(told, to_at=self._now)
            self._write(batch, self._next(row.words[-1], verb, told))
        return self.show(row.id)

    def _next(self, before: Word, verb: Verb, told: Told) -> Word:
        sequence = before.sequence + 1
        return msgspec.structs.replace(
            before,
            word=derive("wrd", before.outage, sequence),
            sequence=sequence,
            verb=verb,
            from_at=before.from_at if told.from_at is None else told.from_at,
            to_at=before.to_at if told.to_at is None else told.to_at,
            grace_hours=before.grace_hours if told.grace_hours is None else told.grace_hours,
            reason=mask(told.reason),
            actor=self._actor,
            at=self._now,
        )

    def _write(self, batch: Batch, word: Word) -> None:
        if word.to_at is not None and word.to_at <= word.from_at:
            wanted = f"one after {render_minute(word.from_at)}"
            raise OutageRefused(word.partner, f"an end at {render_minute(word.to_at)}", wanted)
        fields = msgspec.structs.asdict(word) | {
            "feeds": canonical_feeds(word.feeds),
            "recorded_at": self._recorded_at,
        }
        batch.insert(schema.outage_word, [tuple(fields[name] for name in enquiry.COLUMNS)])

    def _sequence(self, view: View) -> int:
        return int(view.rows(select(func.count()).select_from(schema.outage_word))[0][0])

    def _check(self, partner: str, feeds: tuple[str, ...]) -> None:
        if partner not in self._partners:
            raise UnknownPartner(partner, "no partner of that name", ", ".join(sorted(self._partners)))
        known = self._partners[partner].feeds
        for feed in feeds:
            if known and feed not in known:
                raise OutageRefused(f"{partner} {feed}", "no such feed", ", ".join(sorted(known)))

    # --- the pack ---------------------------------------------------------------------------

    def pack(self, begins: str, out: Path, hours: int | None = None) -> Packed:
        """Write what people need to work by hand: a directory, or a ZIP where the name ends so.

        Raises:
          OutageRefused: No such outage or several, or a place that has something in it.
        """
        with self._register.reading() as view:
            row = self._one(view, begins)
            if hours is not None:
                until = (row.to_at if row.to_at is not None else max(self._now, row.from_at)) + hours * HOUR
                row = msgspec.structs.replace(row, at_risk=tuple(r for r in row.at_risk if r.act_by_at <= until))
            ground = grounding.load(view, self._partners, {})
        day = render_minute(self._now)[:10]
        contacts: dict[str, tuple[Contact, ...]] = {
            name: terms_on(ours.terms, day).contacts
            for (partner, name), ours in ground.accounts.items()
            if partner == row.partner
        }
        files = pack(row, Reach(contacts, self._now))
        if out.exists() and (out.is_file() or any(out.iterdir())):
            raise OutageRefused(str(out), "a file, or a directory with something in it", "a new place")
        if out.suffix == ".zip":
            _write_zip(out, files)
        else:
            _write_files(out, files)
        return Packed(row.id, str(out), tuple(files), len(row.at_risk))


def canonical_feeds(feeds: tuple[str, ...]) -> str:
    """Feeds as the table has them: a JSON list in order of name."""
    return msgspec.json.encode(sorted(feeds)).decode()


def _write_zip(out: Path, files: Mapping[str, str]) -> None:
    with zipfile.ZipFile(out, "x", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), text)


def _write_files(out: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
