"""The feed `manual` of every partner: what a portal, a call or a letter said, as a person wrote it down.

One delivery is one JSON document: the form, who recorded it and when, what is attached, and who approved it.
An outcome, a deadline or money tells something only once a second person has approved it; the document without an
approval is kept, and tells nothing. Trust is that of what a person hands in; the next message of the partner is
compared with it. See docs/guides/record-by-hand.md for the form.
"""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from recoup.domain.findings import Finding
from recoup.domain.instants import parse_instant
from recoup.domain.legs import LegKind, Told
from recoup.domain.money import check_currency, parse_major
from recoup.domain.observation import DueState, Kind, Said
from recoup.errors import RecoupError
from recoup.partners.contract import Arrived, Partner, Placed, Quarantined, Reading, RecordFeed

FEED = "manual"
MOVE_OF: Mapping[str, str] = MappingProxyType(
    {
        "won": "won",
        "lost": "lost",
        "split": "split",
        "accepted": "accepted",
        "expired": "defense_expired",
        "withdrawn": "withdrawn",
        "refunded": "refunded",
        "prevented": "prevented",
        "closed_no_debit": "inquiry_closed",
        "unknown": "closed_unknown",
    }
)
"""The move that an outcome is."""
SAYS_NOTHING = "issuer_commented"
"""The move of a form without an outcome: a comment changes no state."""
Channel = Literal["portal", "call", "letter", "mail", "other"]


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One movement as it was told; the amount is a decimal with a point."""

    leg: LegKind
    amount: str
    currency: str
    cycle: int = 1
    ref: str | None = None


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was said about one dispute; what is absent was not said."""

    dispute: str
    """The partner's id of it."""
    channel: Channel
    seen_at: str
    """When a person saw or heard it."""
    account: str | None = None
    kind: Kind | None = None
    status: str | None = None
    """The partner's own word."""
    outcome: str | None = None
    due_at: str | None = None
    no_answer_allowed: bool = False
    amount: str | None = None
    currency: str | None = None
    payment_ref: str | None = None
    reason_code: str | None = None
    money: tuple[Money, ...] = ()
    note: str | None = None

    @property
    def needs_approval(self) -> bool:
        """Whether a second person is asked: for an outcome, a deadline or money."""
        told = (self.outcome, self.due_at, self.amount)
        return any(one is not None for one in told) or bool(self.money) or self.no_answer_allowed


class Attached(msgspec.Struct, frozen=True):
    """A file that shows it; its bytes lie in the document itself."""

    name: str
    sha256: str
    content: bytes


class Document(msgspec.Struct, frozen=True):
    """One delivery of the feed."""

    form: Form
    recorded_by: str
    recorded_at: str
    attached: tuple[Attached, ...] = ()
    approved_by: str | None = None
    approved_at: str | None = None


def attach(name: str, content: bytes) -> Attached:
    """Give a file as it is attached."""
    return Attached(name, hashlib.sha256(content).hexdigest(), content)


def write_document(document: Document) -> bytes:
    """Give the bytes of a document: the same for the same document."""
    return msgspec.json.encode(document, order="deterministic")


def read_document(body: bytes) -> Document:
    """Read the bytes of a document.

    Raises:
      msgspec.ValidationError: They are none.
    """
    return msgspec.json.decode(body, type=Document)


def said(form: Form) -> Said:
    """What a form says of its dispute.

    Raises:
      RecoupError: A time or an amount in it is none.
      ValueError: An outcome that there is not, or an amount without its currency.
    """
    if form.outcome is not None and form.outcome not in MOVE_OF:
        raise ValueError(f"outcome {form.outcome!r}")
    if (form.amount is None) != (form.currency is None):
        raise ValueError("an amount without a currency, or a currency without an amount")
    due_state: DueState = "none_allowed" if form.no_answer_allowed else "said" if form.due_at else "unsaid"
    return Said(
        partner_dispute_id=form.dispute,
        form="event",
        occurred_at=parse_instant(form.seen_at),
        move=SAYS_NOTHING if form.outcome is None else MOVE_OF[form.outcome],
        kind=form.kind,
        partner_status=form.status,
        amount_minor=None if form.amount is None else parse_major(form.amount, check_currency(form.currency or "")),
        currency=form.currency,
        payment_ref=form.payment_ref,
        reason_code=form.reason_code,
        due_at=None if form.due_at is None else parse_instant(form.due_at),
        due_state=due_state,
        legs=tuple(_told(one) for one in form.money),
    )


def _told(one: Money) -> Told:
    minor = parse_major(one.amount, check_currency(one.currency))
    if minor <= 0 or one.cycle < 1:
        raise ValueError(f"{one.leg} {one.amount} {one.currency}, cycle {one.cycle}")
    return Told(one.leg, one.cycle, minor, one.currency, one.ref)


def read(arrived: Arrived, body: bytes) -> Reading:
    """Read one document: one record, which tells nothing before it is approved where it has to be."""
    try:
        document = read_document(body)
        told = said(document.form)
        changed = [one.name for one in document.attached if hashlib.sha256(one.content).hexdigest() != one.sha256]
    except (msgspec.DecodeError, RecoupError, ValueError) as problem:
        return _refused(arrived, str(problem)[:80])
    if changed:
        return _refused(arrived, f"the attached file {changed[0][:40]} is not the one that was attached")
    if document.form.needs_approval and document.approved_by in (None, document.recorded_by):
        return Reading(records=1, accepted=1)
    return Reading(records=1, accepted=1, observations=[Placed(1, told, document.form.account, "given")])


def _refused(arrived: Arrived, found: str) -> Reading:
    finding = Finding("manual.document", f"{arrived.name}:1", found, "a document that `recoup record` wrote")
    return Reading(records=1, quarantined=[Quarantined(1, finding)])


MANUAL = RecordFeed(FEED, ("informs",), "file", read)


def with_manual(known: Mapping[str, Partner]) -> Mapping[str, Partner]:
    """Give the partners, each with this feed; one that cannot be read has no feeds at all."""
    return MappingProxyType({name: _with_feed(partner) for name, partner in known.items()})


def _with_feed(partner: Partner) -> Partner:
    if partner.unreadable is not None or FEED in partner.feeds:
        return partner
    return msgspec.structs.replace(partner, feeds={**partner.feeds, FEED: MANUAL})
