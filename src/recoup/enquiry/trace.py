"""Everything about one dispute in the order in which we came to know it: from the bytes to the postings.

Each moment of the timeline says in words what happened and points back: to the delivery, the position of the record
in it, and where in the bytes each field stands. `timeline.py` puts the moments into words, `positions.py` finds the
fields, `proof.py` compares the sides.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, Table, select

from recoup.enquiry import books, timeline
from recoup.enquiry.lists import DisputeRow, disputes_by_id
from recoup.enquiry.naming import find
from recoup.enquiry.outages import about_dispute
from recoup.enquiry.positions import BYTES_MAX, Spot, spots
from recoup.enquiry.proof import Proof, prove
from recoup.enquiry.timeline import Moment, Row
from recoup.errors import ObjectMissing
from recoup.storage import schema
from recoup.storage.register import View

OpenBytes = Callable[[str], bytes]
"""The kept bytes of an object by its hash, decrypted; raises ObjectMissing where they are erased or gone."""


class Trace(msgspec.Struct, frozen=True):
    """One dispute with its whole story."""

    dispute: DisputeRow
    timeline: tuple[Moment, ...]
    proof: Proof


def trace(view: View, reference: str, now: int, open_bytes: OpenBytes) -> Trace:
    """Give the story of the one dispute that a reference means.

    Args:
      view: One unchanging view of the register.
      reference: Our id, the partner's id or a payment reference.
      now: The present, for the proof.
      open_bytes: Gives kept bytes, so that fields can be found in them.
    Raises:
      DisputeNotFound: Nothing answers to it.
      DisputeAmbiguous: Several disputes do.
    """
    dispute_id = find(view, reference)
    row = disputes_by_id(view, [dispute_id])[0]
    story = _Story(view, row, now)
    moments = story.moments(_Places(story.deliveries, open_bytes))
    return Trace(row, tuple(sorted(moments, key=_in_time)), prove(view, dispute_id, now))


_GIVES_BACK = ("won", "withdrawn")
"""Outcomes after which the money is to come back."""
_RANKS = {kind: rank for rank, kind in enumerate(timeline.KINDS)}


def _in_time(moment: Moment) -> tuple[int, int, int, str]:
    # At one instant causes stand before what follows from them.
    return moment.at, _RANKS[moment.kind], moment.position or 0, moment.id


class _Story:
    """The rows about one dispute, read once."""

    def __init__(self, view: View, dispute: DisputeRow, now: int) -> None:
        self.dispute = dispute
        self.observations = _by(view, "observation", "dispute", [dispute.id])
        self.lines = _by(view, "money_line", "dispute", [dispute.id])
        self.named = {row["money_line"] for row in self.lines if row["partner_dispute_id"] is not None}
        house = schema.house_line
        is_about = (house.c.partner == dispute.partner) & (house.c.partner_dispute_id == dispute.partner_dispute_id)
        self.house = _rows(view, house, is_about)
        self.findings = _by(view, "finding", "dispute", [dispute.id])
        self.expectations = _by(view, "expectation", "dispute", [dispute.id])
        self.versions = _versions(view, dispute.id)
        self.entries = books.entries_about(view, dispute.id)
        self.breaks = _breaks(view, dispute.id)
        since = min((row["landed_at"] for row in self.observations), default=0)
        self.outages = about_dispute(view, dispute.partner, dispute.account, since, now)
        told = [*self.observations, *self.lines, *self.house, *self.findings]
        self.deliveries = {
            row["delivery"]: row for row in _by(view, "delivery", "delivery", sorted({r["delivery"] for r in told}))
        }

    def moments(self, places: "_Places") -> list[Moment]:
        """Give all moments, in no order."""
        return [
            *map(timeline.delivery, self.deliveries.values()),
            *(timeline.observation(row, places.of(row, timeline.TOLD)) for row in self.observations),
            *(
                timeline.money_line(row, places.of(row, timeline.MOVED), row["money_line"] in self.named)
                for row in self.lines
            ),
            *(timeline.house_line(row, places.of(row, timeline.HOUSED)) for row in self.house),
            *timeline.versions(self.versions),
            *map(timeline.entry, self.entries),
            *(moment for row in self.expectations for moment in timeline.expectation(row, self._known_at(row))),
            *map(timeline.finding, self.findings),
            *(moment for one in self.outages for moment in timeline.outage(one)),
            *(moment for row in self.breaks for moment in timeline.found_break(row)),
        ]

    def _known_at(self, expectation: Row) -> int:
        """When we knew what an expectation follows from; its own opening is the first instant of a day out there."""
        match expectation["kind"]:
            case "credit_after_win":
                found = [v["known_from"] for v in self.versions if v["outcome"] in _GIVES_BACK]
            case "chargeback_after_notice":
                found = [o["landed_at"] for o in self.observations if o["move"] == "chargeback_announced"]
            case _:
                found = [e.booked_at for e in self.entries if any(p.leg == expectation["leg"] for p in e.postings)]
        return min(found, default=int(expectation["opened_at"]))


class _Places:
    """Where fields stand in the bytes of deliveries, each object opened once."""

    def __init__(self, deliveries: Mapping[str, Row], open_bytes: OpenBytes) -> None:
        self._deliveries = deliveries
        self._open = open_bytes
        self._bodies: dict[str, bytes | None] = {}

    def of(self, row: Row, names: Sequence[str]) -> tuple[Spot, ...]:
        """Give the places of the named columns of a row; none where the bytes are erased, gone or too long."""
        delivery = self._deliveries.get(row["delivery"])
        body = self._body(delivery["object"]) if delivery else None
        if body is None:
            return ()
        return tuple(spots(body, row["position"], {name: row[name] for name in names}, row["currency"]))

    def _body(self, object_hash: str) -> bytes | None:
        if object_hash not in self._bodies:
            try:
                body = self._open(object_hash)
            except ObjectMissing:
                self._bodies[object_hash] = None
            else:
                self._bodies[object_hash] = body if len(body) <= BYTES_MAX else None
        return self._bodies[object_hash]


def _by(view: View, table_name: str, column: str, keys: Sequence[str]) -> list[Row]:
    table = schema.metadata.tables[table_name]
    names = [c.name for c in table.columns]
    return [dict(zip(names, row, strict=True)) for row in view.by_keys(table, column, keys)]


def _versions(view: View, dispute_id: str) -> list[Row]:
    """Give the states of a dispute in order, the present one last, with what ended each."""
    earlier = sorted(_by(view, "dispute_version", "dispute", [dispute_id]), key=lambda row: row["version"])
    return [*earlier, *_by(view, "dispute", "dispute", [dispute_id])]


def _breaks(view: View, dispute_id: str) -> list[Row]:
    # The ids stand in a list of JSON; an id is in no other text, so looking for it there is exact.
    return _rows(view, schema.break_, schema.break_.c.disputes.contains(dispute_id, autoescape=True))


def _rows(view: View, table: Table, term: ColumnElement[bool]) -> list[Row]:
    names = [c.name for c in table.columns]
    return [dict(zip(names, row, strict=True)) for row in view.rows(select(table).where(term))]
