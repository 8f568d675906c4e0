"""The moments of a dispute's story in words that a person understands, each pointing back to where it came from.

`at` is when we knew, since that is the order in which things followed from each other; when something happened out
in the world stands beside it. Amounts are written with their currency's decimals.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from recoup.domain.dispute import NO_DUE_BEFORE
from recoup.domain.instants import render_minute
from recoup.domain.legs import read_told
from recoup.domain.money import render
from recoup.domain.outages import Outage
from recoup.enquiry.books import EntryRow, PostingRow
from recoup.enquiry.positions import Spot
from recoup.errors import MoneyRefused

Row = dict[str, Any]
MomentKind = Literal[
    "delivery",
    "observation",
    "money_line",
    "house_line",
    "finding",
    "version",
    "entry",
    "expectation",
    "outage",
    "break",
]
KINDS: tuple[str, ...] = MomentKind.__args__  # type: ignore[attr-defined]
"""In the order in which they follow from each other at one instant."""

TOLD = (
    "record_id",
    "partner_dispute_id",
    "occurred_at",
    "partner_status",
    "amount_minor",
    "currency",
    "payment_ref",
    "case_ref",
    "network",
    "reason_code",
    "due_at",
    "opened_at",
)
"""Columns of an observation that a record may hold."""
MOVED = (
    "identity",
    "partner_dispute_id",
    "partner_kind",
    "payment_ref",
    "batch",
    "gross_minor",
    "fee_minor",
    "net_minor",
    "currency",
    "occurred_at",
    "effective_on",
)
HOUSED = ("house_line", "merchant", "kind", "partner_dispute_id", "amount_minor", "currency", "effective_on")


class Moment(msgspec.Struct, frozen=True):
    """One thing that we came to know or did. Everything after `text` is None or empty where it does not apply."""

    at: int
    kind: MomentKind
    id: str
    text: str
    delivery: str | None = None
    position: int | None = None
    object: str | None = None
    """Hex SHA-256 of the bytes of a delivery."""
    occurred_at: int | None = None
    """When it happened out in the world, where somebody said so."""
    fields: tuple[Spot, ...] = ()
    """Where in the bytes the record's fields stand."""
    postings: tuple[PostingRow, ...] = ()


def delivery(row: Row) -> Moment:
    """Bytes that came."""
    trust = "verified" if row["is_verified"] else "not verified"
    repeat = ", known bytes" if row["is_repeat"] else ""
    text = f"{row['partner']}/{row['feed']} {row['name']}: {row['status']}, {trust}{repeat}, {_records(row)}"
    return Moment(row["landed_at"], "delivery", row["delivery"], text, row["delivery"], object=row["object"])


def observation(row: Row, fields: Sequence[Spot]) -> Moment:
    """What a record said about the dispute."""
    legs = [f"{t.leg} {t.cycle} of {money(t.amount_minor, t.currency)}" for t in read_told(row["legs"])]
    parts = [
        f"{row['partner']} says {row['move']}",
        row["partner_status"] and f"({row['partner_status']})",
        row["amount_minor"] is not None and money(row["amount_minor"], row["currency"]),
        row["reason_code"] and f"for {row['reason_code']}",
        row["due_at"] is not None and _due(row["due_at"]),
        legs and f"announcing {' and '.join(legs)}",
    ]
    return _placed(row, "observation", row["observation"], _words(parts), fields, occurred_at=row["occurred_at"])


def _due(at: int) -> str:
    return "with a due time that cannot be read" if at < NO_DUE_BEFORE else f"due {render_minute(at)}"


def money_line(row: Row, fields: Sequence[Spot], is_named_elsewhere: bool = False) -> Moment:
    """What a report, payout or statement moved, and how its dispute was found where it names none."""
    parts = [
        f"{row['partner']}/{row['feed']} moves {row['kind']} {money(row['gross_minor'], row['currency'])}",
        row["fee_minor"] and f"fee {money(row['fee_minor'], row['currency'])}",
        f"net {money(row['net_minor'], row['currency'])}",
        row["batch"] and f"in {row['batch']}",
        f"on {row['effective_on']}",
        row["partner_dispute_id"] is None and f"({_found(row, is_named_elsewhere)})",
    ]
    return _placed(row, "money_line", row["money_line"], _words(parts), fields, occurred_at=row["occurred_at"])


def _found(row: Row, is_named_elsewhere: bool) -> str:
    if is_named_elsewhere:
        return "names no dispute; another feed names it"
    if row["payment_ref"] is None:
        return "names no dispute; another feed names its payment, which has this one alone"
    return f"names no dispute; linked as the only one of payment {row['payment_ref']}"


def house_line(row: Row, fields: Sequence[Spot]) -> Moment:
    """What our own ledger says it did to the merchant's balance."""
    parts = [
        f"the house ledger says {row['kind']} {money(row['amount_minor'], row['currency'])} to {row['merchant']}",
        row["short_minor"] and f"short {money(row['short_minor'], row['currency'])}",
        f"on {row['effective_on']}",
    ]
    return _placed(row, "house_line", row["house_line"], _words(parts), fields)


def finding(row: Row) -> Moment:
    """Something that is wrong with what was told."""
    text = f"{row['severity']}: {row['where_']}: {row['found']}; wanted {row['wanted']} [{row['check_']}]"
    return Moment(row["landed_at"], "finding", row["finding"], text, row["delivery"])


def versions(rows: Sequence[Row]) -> Iterator[Moment]:
    """The states of the dispute, each with what changed from the one before."""
    before: Row | None = None
    for number, row in enumerate(rows, start=1):
        # A state's cause ends it, so the state after it began with that delivery.
        cause = before.get("cause") if before else None
        yield Moment(row["known_from"], "version", f"{row['dispute']}#{number}", _state(row, before), cause)
        before = row


def entry(row: EntryRow) -> Moment:
    """What was booked."""
    word = "reverses" if row.reverses else "books"
    sides = ", ".join(map(_side, row.postings))
    dead = "" if row.is_active or row.reverses else ", reversed since"
    text = f"{word} {row.rule}: {sides}{dead}"
    return Moment(row.booked_at, "entry", row.id, text, postings=row.postings)


def expectation(row: Row, known_at: int) -> Iterator[Moment]:
    """What was to come, from when we knew what it follows from; and that it came, or had come by then."""
    amount = f" of {money(row['amount_minor'], row['currency'])}" if row["amount_minor"] is not None else ""
    what = _words([row["kind"], row["leg"]]) + amount
    opened = f"expects {what} by {render_minute(row['due_at'])} ({row['rule']})"
    yield Moment(known_at, "expectation", row["expectation"], opened)
    if row["closed_at"] is not None:
        closed = f"has {what}, by {row['closed_by']}"
        yield Moment(max(row["closed_at"], known_at), "expectation", row["expectation"], closed)


def found_break(row: Row) -> Iterator[Moment]:
    """A discrepancy that shows in this dispute."""
    yield Moment(row["first_seen_at"], "break", row["break_"], f"{row['severity']}: {row['explanation']}")
    if row["closed_at"] is not None:
        yield Moment(row["closed_at"], "break", row["break_"], f"closed: {row['control']}")


def outage(one: Outage) -> Iterator[Moment]:
    """A time in which the partner was out."""
    first, now = one.words[0], one.now
    feeds = ", ".join(now.feeds) or "every feed"
    yield Moment(
        first.at, "outage", one.outage, f"{now.partner} is out ({feeds}): {first.reason}", occurred_at=now.from_at
    )
    for word in one.words[1:]:
        end = f", over at {render_minute(word.to_at)}" if word.to_at is not None else ""
        yield Moment(word.at, "outage", one.outage, f"outage: {word.verb}{end}: {word.reason}", occurred_at=word.to_at)


def money(minor: int, currency: str | None) -> str:
    """Write an amount for a person, bare minor units where the currency is not one."""
    try:
        return render(minor, currency or "")
    except MoneyRefused:
        return f"{minor} minor units of {currency or 'a currency nobody said'}"


def _placed(row: Row, kind: MomentKind, key: str, text: str, fields: Sequence[Spot], **more: Any) -> Moment:
    at, position = row["landed_at"], row["position"]
    return Moment(at, kind, key, text, row["delivery"], position, fields=tuple(fields), **more)


_WATCHED = (
    "kind",
    "nature",
    "stage",
    "turn",
    "outcome",
    "finality",
    "partner_status",
    "amount_minor",
    "merchant",
    "act_by_at",
)


def _state(row: Row, before: Row | None) -> str:
    if before is None:
        shown = [f"{name} {_shown(name, row)}" for name in _WATCHED if row[name] is not None]
        return f"the dispute is {', '.join(shown)}"
    changed = [name for name in _WATCHED if row[name] != before[name]]
    moves = [f"{name} {_shown(name, before)} → {_shown(name, row)}" for name in changed]
    return f"the dispute changes: {', '.join(moves) or 'legs or links'}"


def _shown(name: str, row: Row) -> str:
    value = row[name]
    if value is None:
        return "none"
    if name == "amount_minor":
        return money(value, row["currency"])
    return render_minute(value) if name.endswith("_at") else str(value)


def _side(posting: PostingRow) -> str:
    side = "Dr" if posting.amount_minor >= 0 else "Cr"
    kept_by = posting.leg or posting.batch or posting.sort
    bracket = f"[{kept_by}]" if kept_by else ""
    return f"{side} {posting.account}{bracket} {money(abs(posting.amount_minor), posting.currency)}"


def _records(row: Row) -> str:
    count = row["records"]
    return f"{count} record{'' if count == 1 else 's'}"


def _words(parts: Iterable[Any]) -> str:
    return " ".join(str(part) for part in parts if part)
