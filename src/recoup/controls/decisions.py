"""Decisions about breaks, written down: what a person says of one, and what the check says of what was decided.

Each is a row of its own beside the derived break, and each is a line of the work
log. The row of the break only shows what follows. Read `domain/break_work.py`
for when a decision holds.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from recoup.controls.breaks import CLOSED, OPEN, Break, Row
from recoup.domain.break_work import Decision, Shown, Standing, Verb, lapsed, standing
from recoup.domain.canonical import canonical, parse
from recoup.domain.ids import derive
from recoup.domain.instants import Instant
from recoup.enquiry.break_work import COLUMNS
from recoup.storage import schema
from recoup.storage.register import Batch

CHECK = "check"
"""Who decides where nobody does."""
SUBJECT = "break"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided, before it is known about which break."""

    verb: Verb
    actor: str
    at: Instant
    value: str | None = None
    until_at: Instant | None = None
    reason: str | None = None
    needs_approval: bool = False
    approves: str | None = None
    is_automatic: bool = False


def shown(b: Break) -> Shown:
    """What a break shows now."""
    amounts = {amount["currency"]: amount["minor"] for amount in parse(b.amounts)}
    return Shown(amounts, len(parse(b.disputes)), b.severity)


def decided(b: Break, before: Sequence[Decision], said: Said) -> Decision:
    """The next decision about a break."""
    sequence = before[-1].sequence + 1 if before else 1
    fields = msgspec.structs.asdict(said)
    key = derive("dec", b.id, sequence)
    return Decision(decision=key, break_=b.id, sequence=sequence, shown=shown(b), **fields)


def write(
    batch: Batch, made: Iterable[tuple[Break, Decision]], recorded_at: Instant, minutes: int | None = None
) -> None:
    """Add decisions, and a line of the work log for each; minutes are those of a person's work on each."""
    pairs = list(made)
    batch.insert(schema.break_decision, [_row(said, recorded_at) for _, said in pairs])
    log(batch, [touched(b, said, recorded_at, minutes) for b, said in pairs])


def log(batch: Batch, touches: Sequence[Row]) -> None:
    """Add lines to the work log; what is there already stays."""
    batch.insert_new(schema.touch, touches)


def touched(b: Break, said: Decision, recorded_at: Instant, minutes: int | None = None) -> Row:
    """A decision as a line of the work log."""
    return _touch(b, said.verb, said.actor, said.at, (said.is_automatic, minutes, recorded_at), said.decision)


def vanished(b: Break, at: Instant, recorded_at: Instant) -> Row:
    """The line of the work log of a break that was open and that the check closed, since nothing shows it any more."""
    return _touch(b, "close", CHECK, at, (True, None, recorded_at), f"{b.id}:{at}")


def _touch(b: Break, verb: str, actor: str, at: Instant, how: tuple[bool, int | None, Instant], key: str) -> Row:
    is_automatic, minutes, recorded_at = how
    first = next(iter(parse(b.classes)), "unknown")
    about = (SUBJECT, b.id, b.control, b.kind, first, b.partner)
    return (derive("tch", key), *about, verb, actor, int(is_automatic), minutes, at, recorded_at)


def _row(said: Decision, recorded_at: Instant) -> Row:
    fields = msgspec.structs.asdict(said)
    fields |= {
        "break_decision": said.decision,
        "amounts": canonical(dict(said.shown.amounts)),
        "disputes": said.shown.disputes,
        "severity": said.shown.severity,
        "is_automatic": int(said.is_automatic),
        "needs_approval": int(said.needs_approval),
        "recorded_at": recorded_at,
    }
    return tuple(fields[name] for name in COLUMNS)


def as_decided(b: Break, now: Standing) -> Break:
    """A break as it stands by what was decided; one that is over is over, whoever owns it."""
    if b.status == CLOSED and b.closed_at is not None and now.holds is None:
        return msgspec.structs.replace(b, owner=_owner(b, now))
    closed_at = now.holds.at if now.status == CLOSED and now.holds is not None else None
    return msgspec.structs.replace(b, owner=_owner(b, now), status=now.status, closed_at=closed_at)


def _owner(b: Break, now: Standing) -> str | None:
    """Whom somebody named, if only nobody; else who looks at breaks of this kind."""
    return now.owner if now.is_assigned else b.owner


def followed_up(
    seen: Iterable[Break], known: Iterable[Break], said: Mapping[str, Sequence[Decision]], at: Instant
) -> list[tuple[Break, Decision]]:
    """What the check itself decides: decisions that hold no longer, because a cause lasts and grows, or is gone."""
    lasting = {b.id: b for b in seen if b.status == OPEN}
    made = [(b, _reopened(b, said[b.id], at)) for b in lasting.values() if b.id in said]
    gone = [(b, _gone(b, said[b.id], at)) for b in known if b.id in said and b.id not in lasting]
    return [(b, one) for b, one in (*made, *gone) if one is not None]


def _reopened(b: Break, before: Sequence[Decision], at: Instant) -> Decision | None:
    why = lapsed(standing(before), shown(b), at)
    if why is None:
        return None
    return decided(b, before, Said(verb="reopen", actor=CHECK, at=at, reason=why, is_automatic=True))


def _gone(b: Break, before: Sequence[Decision], at: Instant) -> Decision | None:
    now = standing(before)
    if now.holds is None and now.waiting is None:
        return None
    why = "nothing shows it any more"
    return decided(b, before, Said(verb="gone", actor=CHECK, at=at, reason=why, is_automatic=True))
