"""Recording by hand as use cases: a form becomes a delivery of the feed `manual`; what weighs needs a second person."""

import hashlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import select

from recoup.controls.decisions import log
from recoup.domain.canonical import canonical, parse
from recoup.domain.ids import delivery_id, derive
from recoup.domain.instants import render_instant
from recoup.errors import RecordRefused, RecoupError, UnknownPartner
from recoup.intake import pipeline, replay
from recoup.intake.arrival import Arrival
from recoup.partners.contract import Partner
from recoup.partners.manual import (
    FEED,
    Attached,
    Document,
    Form,
    attach,
    read_document,
    said,
    write_document,
)
from recoup.storage import schema
from recoup.storage.objects import ObjectStore
from recoup.storage.register import Register, View

ATTACHED_BYTES_MAX = 4 * 1024 * 1024
"""All that is attached to one form: some pages of a scan. It lies in the delivery, which is read in memory."""
_WANTED = "a form as `recoup record --template` writes it"
_SEE = "See them with: recoup record list"


class Recorded(msgspec.Struct, frozen=True):
    """One row of table manual_record, its JSON read."""

    record: str
    partner: str
    account: str
    partner_dispute_id: str
    channel: str
    tells: tuple[str, ...]
    needs_approval: bool
    actor: str
    at: int
    delivery: str
    approved_by: str | None
    approved_at: int | None
    approved_delivery: str | None

    @property
    def is_waiting(self) -> bool:
        """Whether a second person has yet to approve it."""
        return self.needs_approval and self.approved_by is None


class Reach(NamedTuple):
    """What recording needs of a home."""

    register: Register
    objects: ObjectStore
    partners: Mapping[str, Partner]
    take: Callable[[Sequence[Arrival]], pipeline.Report]


class Recording:
    """What can be done with what people learnt."""

    def __init__(self, home: Reach, *, actor: str, now: int, recorded_at: int) -> None:
        self._home, self._actor, self._now, self._recorded_at = home, actor, now, recorded_at

    def record(self, partner: str, form: Path, attached: Sequence[Path] = (), minutes: int | None = None) -> Recorded:
        """Land what a form says, with what is attached.

        Raises:
          UnknownPartner: There is no partner of this name.
          RecordRefused: The form does not hold together, names no account of ours, or too much is attached.
        """
        if partner not in self._home.partners:
            raise UnknownPartner("--partner", repr(partner), f"one of {', '.join(sorted(self._home.partners))}")
        told = read_form(form)
        with self._home.register.reading() as view:
            account = _account(view, partner, told)
        document = Document(
            msgspec.structs.replace(told, account=account),
            recorded_by=self._actor,
            recorded_at=render_instant(self._now),
            attached=_attached(attached),
        )
        delivery = self._land(partner, account, document)
        found = Recorded(
            record=derive("rec", delivery),
            partner=partner,
            account=account,
            partner_dispute_id=told.dispute,
            channel=told.channel,
            tells=tells(told),
            needs_approval=told.needs_approval,
            actor=self._actor,
            at=self._now,
            delivery=delivery,
            approved_by=None,
            approved_at=None,
            approved_delivery=None,
        )
        self._write(found, "record", minutes)
        return found

    def approve(self, begins: str) -> Recorded:
        """Approve, as a second person, what another recorded; only then it tells something.

        Raises:
          RecordRefused: No waiting record begins so, several do, or it is this person's own.
        """
        waits = self._waiting(begins)
        if waits.actor == self._actor:
            remedy = f"Another person runs: recoup record approve {waits.record}"
            raise RecordRefused(waits.record, f"{self._actor}, who recorded it", "a second person", remedy)
        with self._home.register.reading() as view:
            [(object_hash,)] = view.rows(
                select(schema.delivery.c.object).where(schema.delivery.c.delivery == waits.delivery)
            )
            document = read_document(self._home.objects.get(replay.stored(view, object_hash)))
        approved = msgspec.structs.replace(document, approved_by=self._actor, approved_at=render_instant(self._now))
        delivery = self._land(waits.partner, waits.account, approved)
        found = msgspec.structs.replace(
            waits, approved_by=self._actor, approved_at=self._now, approved_delivery=delivery
        )
        self._write(found, "approve", None)
        return found

    def listed(self, *, is_waiting: bool = False) -> list[Recorded]:
        """Give what was recorded, the newest first; only what waits for approval, or all."""
        with self._home.register.reading() as view:
            rows = view.rows(select(schema.manual_record))
        found = sorted(map(_recorded, rows), key=lambda one: (-one.at, one.record))
        return [one for one in found if one.is_waiting or not is_waiting]

    def _waiting(self, begins: str) -> Recorded:
        found = [one for one in self.listed(is_waiting=True) if one.record.startswith(begins)]
        if len(found) != 1:
            wanted = "the id of one record that waits for approval, or its beginning"
            raise RecordRefused(begins, f"{len(found)} that begin so", wanted, _SEE)
        return found[0]

    def _land(self, partner: str, account: str, document: Document) -> str:
        body = write_document(document)
        digest = hashlib.sha256(body).hexdigest()
        name = f"{document.form.dispute}_{digest[:12]}.json"
        self._home.take([Arrival(partner, FEED, name, self._now, account, body=body, is_given=True)])
        return delivery_id(digest, partner, FEED, name, self._now)

    def _write(self, found: Recorded, verb: str, minutes: int | None) -> None:
        fields = msgspec.structs.asdict(found) | {
            "tells": canonical(list(found.tells)),
            "needs_approval": int(found.needs_approval),
        }
        row = tuple(fields[str(column.name)] for column in schema.manual_record.columns)
        about = ("record", found.record, FEED, FEED, found.channel, found.partner)
        touch = (derive("tch", found.record, verb), *about, verb, self._actor, 0, minutes, self._now, self._recorded_at)
        with self._home.register.transaction(self._actor, verb, found.record, self._recorded_at) as batch:
            batch.upsert(schema.manual_record, [row])
            log(batch, [touch])


def read_form(path: Path) -> Form:
    """Read a form, and check all that it says.

    Raises:
      RecordRefused: It cannot be read, is not TOML, has a field that a form does not have, or a time, amount or word
        that is none.
    """
    try:
        form = msgspec.convert(_plain(tomllib.loads(path.read_text(encoding="utf-8"))), Form)
        said(form)
    except RecoupError as problem:
        raise RecordRefused(str(path), problem.found, problem.wanted) from problem
    except OSError as problem:
        remedy = "Run: recoup record --template"
        raise RecordRefused(str(path), "no file that can be read", "a form, filled in", remedy) from problem
    except (ValueError, msgspec.ValidationError) as problem:
        raise RecordRefused(str(path), str(problem)[:200], _WANTED, "Run: recoup record --template") from problem
    return form


def _plain(value: Any) -> Any:
    """TOML's own times as text; whoever leaves out the quotes means the same."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def tells(form: Form) -> tuple[str, ...]:
    """Name what a form says."""
    named = {
        "outcome": form.outcome is not None,
        "deadline": form.due_at is not None or form.no_answer_allowed,
        "money": bool(form.money) or form.amount is not None,
        "status": form.status is not None,
    }
    return tuple(name for name, is_told in named.items() if is_told)


def _attached(paths: Sequence[Path]) -> tuple[Attached, ...]:
    found = []
    for path in paths:
        try:
            found.append(attach(path.name, path.read_bytes()))
        except OSError as problem:
            raise RecordRefused(str(path), "no file that can be read", "a file to attach") from problem
    if (size := sum(len(one.content) for one in found)) > ATTACHED_BYTES_MAX:
        raise RecordRefused("--attach", f"{size:,} bytes", f"at most {ATTACHED_BYTES_MAX:,} in all")
    return tuple(found)


def _account(view: View, partner: str, form: Form) -> str:
    """The account of the dispute where we know it, else the one of the form, else the only one."""
    d, a = schema.dispute.c, schema.account.c
    theirs = (d.partner == partner, d.partner_dispute_id == form.dispute)
    ours = {row[0] for row in view.rows(select(a.account).where(a.partner == partner))}
    if form.account is not None:
        found = {form.account} & ours
    else:
        found = {row[0] for row in view.rows(select(d.account).where(*theirs))} or ours
    if len(found) == 1:
        return found.pop()
    names = ", ".join(sorted(ours)) or "none is set up"
    raise RecordRefused(
        f"{partner} {form.dispute}", f"account {form.account}" if form.account else "no account", f"one of {names}"
    )


def _recorded(row: Sequence[Any]) -> Recorded:
    fields = dict(zip(Recorded.__struct_fields__, row, strict=True))
    return Recorded(
        **fields | {"tells": tuple(parse(fields["tells"])), "needs_approval": bool(fields["needs_approval"])}
    )
