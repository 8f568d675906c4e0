"""Tickets to partners as use cases: write one about breaks, say what was done about it, follow money until it is back.

Nothing is sent from here: a person says that it was, or has the message put into a folder from which another program
sends it. Each step is a row of its own, with its reason, in one audited transaction with what else it changes.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
from sqlalchemy import select

from recoup.controls import decisions
from recoup.controls.breaks import Break, read_break
from recoup.controls.moment import agreements
from recoup.controls.runbooks import Entry, runbook
from recoup.domain.canonical import canonical
from recoup.domain.card_numbers import mask
from recoup.domain.ids import derive
from recoup.domain.instants import local_day
from recoup.domain.terms import Contact, Terms
from recoup.domain.tickets import Step, TicketVerb
from recoup.enquiry import break_work, lists
from recoup.enquiry.incidents import incidents
from recoup.enquiry.lists import BreakRow
from recoup.enquiry.selector import Breaks
from recoup.enquiry.tickets import STEP_COLUMNS, TicketRow, tickets
from recoup.errors import TicketRefused
from recoup.intake.expectations import Agreed, due_by
from recoup.intake.replay import stored
from recoup.reports.ticket_message import Letter, Message, at_stake, composed
from recoup.storage import schema
from recoup.storage.files import appearing
from recoup.storage.objects import ObjectStore, name_of
from recoup.storage.register import Batch, Register, View

TERM = "message_to_answer"
SUBJECT = "ticket"
ANSWER_BYTES_MAX = 16 * 1024 * 1024
"""A letter with its scans; it is kept in memory while it is encrypted."""
_SEE = "See them with: recoup ticket list --all"
_INCIDENT = "inc_"
REFERENCE = 12
"""Prefix and eight characters of an id: told apart among a trillion, and short enough for a subject."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of a ticket."""

    verb: TicketVerb
    reason: str | None = None
    channel: str | None = None
    desk: str | None = None
    due_at: int | None = None
    """By when an answer is owed; as the contract says by default."""
    file: Path | None = None
    """An answer, as bytes."""
    record: str | None = None
    """An answer that was recorded by hand: the id of its record, or its beginning."""
    lines: Sequence[str] = ()
    """Movements that came back: our ids or the partner's."""
    minutes: int | None = None


class Candidate(msgspec.Struct, frozen=True):
    """A movement that may be what a ticket asks for."""

    money_line: str
    identity: str
    partner_dispute_id: str | None
    effective_on: str
    amount_minor: int
    currency: str


class Tickets:
    """What a person can do with the tickets of one home."""

    def __init__(self, register: Register, objects: ObjectStore, *, actor: str, now: int, recorded_at: int) -> None:
        self._register, self._objects = register, objects
        self._actor, self._now, self._recorded_at = actor, now, recorded_at

    def listed(self, partner: str | None = None, *, is_all: bool = False) -> list[TicketRow]:
        """Give tickets, the overdue first; those that are not closed, or all."""
        with self._register.reading() as view:
            return tickets(view, self._now, partner=partner, is_all=is_all)

    def one(self, begins: str) -> TicketRow:
        """Give one ticket with its steps.

        Raises:
          TicketRefused: No ticket's id begins so, or several do.
        """
        with self._register.reading() as view:
            return _one(view, begins, self._now)

    def message(self, ticket: TicketRow) -> tuple[str, str]:
        """Give the text and the table of a ticket, as they were written."""
        with self._register.reading() as view:
            kept = [self._objects.get(stored(view, name)).decode() for name in (ticket.message, ticket.attachment)]
        return kept[0], kept[1]

    def write_out(self, ticket: TicketRow, folder: Path) -> list[Path]:
        """Put the message and the table into a folder, each whole or not at all."""
        paths = [folder / f"{ticket.id}.txt", folder / f"{ticket.id}.csv"]
        for path, content in zip(paths, self.message(ticket), strict=True):
            with appearing(path) as temporary:
                temporary.write_text(content, encoding="utf-8", newline="")
        return paths

    # --- write one --------------------------------------------------------------------------

    def open(
        self, ids: Sequence[str], *, ask: Sequence[str] = (), reason: str | None = None, minutes: int | None = None
    ) -> TicketRow:
        """Write a ticket about breaks of one partner, or about all open breaks of an incident.

        Args:
          ids: Breaks and incidents, by their ids or the beginnings of them.
          ask: What to ask in place of what the runbook of the likeliest cause asks.
          reason: A person's.
          minutes: Of a person's work.
        Raises:
          TicketRefused: An id is nobody's, the breaks are of several partners or over, have a ticket that is not
            closed, or their cause is no partner's matter and nothing is asked.
        """
        with self._register.reading() as view:
            breaks = self._breaks(view, ids)
            book = _runbook(breaks, ask)
            agreed = agreements(view)
            key = derive("tkt", *(b.id for b in breaks), self._now)
            letter = self._letter(key, breaks, book, tuple(ask) or book.ask, agreed)
            message = composed(view, breaks, letter)
        contents = [message.text.encode(), message.table.encode()]
        rows = self._objects.put_many(contents)
        with self._register.transaction(self._actor, "open", key, self._recorded_at) as batch:
            batch.insert_new(schema.object_, [tuple(row) for row in rows])
            batch.insert(schema.ticket, [self._row(key, letter, breaks, message, [name_of(c) for c in contents])])
            self._add(batch, key, 1, [self._said(key, "open", reason)])
            self._link(batch, key, breaks, minutes)
        return self.one(key)

    def _breaks(self, view: View, ids: Sequence[str]) -> list[BreakRow]:
        found: dict[str, BreakRow] = {}
        for begins in ids:
            rows = self._of_incident(view, begins) if begins.startswith(_INCIDENT) else [self._break(view, begins)]
            found.update({row.id: row for row in rows})
        breaks = sorted(found.values(), key=lambda b: (lists.SEVERITIES.index(b.severity), b.first_seen_at, b.id))
        _check_breaks(breaks, {t.id for t in tickets(view, self._now)})
        return breaks

    def _break(self, view: View, begins: str) -> BreakRow:
        rows = lists.breaks(view, Breaks(id=begins), self._now)
        exact = [row for row in rows if row.id == begins] or rows
        if len(exact) != 1:
            remedy = "See them with: recoup breaks"
            raise TicketRefused(begins, f"{len(exact)} breaks that begin so", "the id of one break", remedy)
        return exact[0]

    def _of_incident(self, view: View, begins: str) -> list[BreakRow]:
        rows = incidents(view, self._now, id_=begins)
        if len(rows) != 1:
            remedy = "See them with: recoup incidents"
            raise TicketRefused(begins, f"{len(rows)} incidents that begin so", "the id of one", remedy)
        members = [self._break(view, key) for key in rows[0].breaks]
        return [b for b in members if b.status != "closed"]

    def _letter(
        self,
        key: str,
        breaks: Sequence[BreakRow],
        book: Entry,
        ask: Sequence[str],
        agreed: Mapping[tuple[str, str], Agreed],
    ) -> Letter:
        accounts = {b.account for b in breaks}
        account = accounts.pop() if len(accounts) == 1 else None
        found = agreed.get((breaks[0].partner, account or ""))
        contact = _contact(found, 0, self._now)
        return Letter(
            reference=key[:REFERENCE],
            partner=breaks[0].partner,
            account=account,
            desk=None if contact is None else _shown(contact),
            written_at=self._now,
            due=_due(found, self._now),
            tell=book.tell or "Something does not agree between us.",
            ask=[mask(asked) for asked in ask],
            expected=at_stake(breaks) if book.is_claim else [],
        )

    def _row(
        self, key: str, letter: Letter, breaks: Sequence[BreakRow], message: Message, kept: Sequence[str]
    ) -> tuple[object, ...]:
        first = breaks[0]
        class_ = next(iter(first.classes), "unknown")
        about = (first.control, first.kind, class_, message.title, canonical([b.id for b in breaks]), message.disputes)
        amounts = canonical([{"currency": a.currency, "minor": a.minor} for a in letter.expected])
        whose = (key, letter.partner, letter.account)
        return (*whose, *about, amounts, *kept, self._now, self._actor, self._recorded_at)

    def _link(self, batch: Batch, key: str, breaks: Sequence[BreakRow], minutes: int | None) -> None:
        """Note the ticket with each break, as `recoup break link` does."""
        ids = [b.id for b in breaks]
        known = [read_break(row) for row in batch.by_keys(schema.break_, "break_", ids)]
        before = break_work.decisions(batch, ids)
        said = decisions.Said(verb="link", actor=self._actor, at=self._now, value=key)
        made = [(b, decisions.decided(b, before.get(b.id, []), said)) for b in known]
        decisions.write(batch, made, self._recorded_at, minutes)

    # --- say what was done ------------------------------------------------------------------

    def act(self, begins: str, wanted: Wanted) -> TicketRow:
        """Say what was done about a ticket.

        Raises:
          TicketRefused: There is no such ticket, it is closed or was not sent yet, or what is said does not fit it.
        """
        with self._register.reading() as view:
            ticket = _one(view, begins, self._now)
            _check_act(ticket, wanted)
            made = _MAKERS.get(wanted.verb, Tickets._plain)(self, view, ticket, wanted)
        content = [] if wanted.file is None else [_bytes(wanted.file)]
        rows = self._objects.put_many(content)
        with self._register.transaction(self._actor, wanted.verb, ticket.id, self._recorded_at) as batch:
            batch.insert_new(schema.object_, [tuple(row) for row in rows])
            self._add(batch, ticket.id, len(ticket.steps) + 1, made)
            decisions.log(batch, [self._touch(ticket, wanted, len(ticket.steps) + 1)])
        return self.one(ticket.id)

    def _plain(self, _view: View, ticket: TicketRow, wanted: Wanted) -> list[Step]:
        return [self._said(ticket.id, wanted.verb, wanted.reason)]

    def _asked(self, view: View, ticket: TicketRow, wanted: Wanted) -> list[Step]:
        """The ticket went out, again, or to somebody higher."""
        found = agreements(view).get((ticket.partner, ticket.account or ""))
        step = ticket.escalations + (wanted.verb == "escalate")
        contact = _contact(found, step, self._now)
        due = _due(found, self._now) if wanted.due_at is None else (wanted.due_at, "as agreed with this message")
        desk = wanted.desk or (None if contact is None else _shown(contact))
        return [
            msgspec.structs.replace(
                self._said(ticket.id, wanted.verb, wanted.reason),
                channel=wanted.channel or (contact.by if contact is not None else None),
                desk=None if desk is None else mask(desk),
                due_at=None if due is None else due[0],
                due_rule=None if due is None else due[1],
            )
        ]

    def _answered(self, view: View, ticket: TicketRow, wanted: Wanted) -> list[Step]:
        delivery = None if wanted.record is None else _recorded(view, ticket, wanted.record)
        kept = None if wanted.file is None else name_of(_bytes(wanted.file))
        said = self._said(ticket.id, "answer", wanted.reason)
        return [msgspec.structs.replace(said, channel=wanted.channel, object=kept, delivery=delivery)]

    def _credited(self, view: View, ticket: TicketRow, wanted: Wanted) -> list[Step]:
        known = {key: c for c in candidates(view, ticket, is_any=True) for key in (c.money_line, c.identity)}
        if odd := [line for line in wanted.lines if line not in known]:
            wants = f"a movement of {ticket.partner} that gave money and that no ticket has"
            raise TicketRefused(odd[0], "none", wants, f"See: recoup ticket credit {ticket.id}")
        chosen = {known[line].money_line: known[line] for line in wanted.lines}
        return [
            msgspec.structs.replace(
                self._said(ticket.id, "credit", wanted.reason),
                money_line=one.money_line,
                amount_minor=one.amount_minor,
                currency=one.currency,
            )
            for one in chosen.values()
        ]

    def _said(self, ticket: str, verb: TicketVerb, reason: str | None) -> Step:
        """A step as yet without its place."""
        told = None if reason is None else mask(reason)
        return Step(step="", sequence=0, ticket=ticket, verb=verb, at=self._now, actor=self._actor, reason=told)

    def _add(self, batch: Batch, ticket: str, first: int, steps: Sequence[Step]) -> None:
        rows = []
        for sequence, step in enumerate(steps, start=first):
            fields = msgspec.structs.asdict(step) | {"sequence": sequence, "recorded_at": self._recorded_at}
            fields["ticket_step"] = derive("tks", ticket, sequence)
            rows.append(tuple(fields[name] for name in STEP_COLUMNS))
        batch.insert(schema.ticket_step, rows)

    def _touch(self, ticket: TicketRow, wanted: Wanted, sequence: int) -> tuple[object, ...]:
        about = (SUBJECT, ticket.id, ticket.control, ticket.kind, ticket.first_class, ticket.partner)
        how = (wanted.verb, self._actor, 0, wanted.minutes, self._now, self._recorded_at)
        return (derive("tch", ticket.id, sequence), *about, *how)


Maker = Callable[[Tickets, View, TicketRow, Wanted], list[Step]]
_MAKERS: Mapping[str, Maker] = {
    **dict.fromkeys(("sent", "remind", "escalate"), Tickets._asked),
    "answer": Tickets._answered,
    "credit": Tickets._credited,
}


def candidates(view: View, ticket: TicketRow, *, is_any: bool = False) -> list[Candidate]:
    """Give movements that gave money and that no ticket has: of its disputes since then, or any of its partner.

    One that several feeds told of is given once.
    """
    m, s = schema.money_line.c, schema.ticket_step.c
    taken = {row[0] for row in view.rows(select(s.money_line).where(s.money_line.is_not(None)))}
    columns = (m.money_line, m.identity, m.partner_dispute_id, m.effective_on, m.gross_minor, m.currency, m.dispute)
    statement = select(*columns).where(m.partner == ticket.partner, m.gross_minor > 0, m.kind != "charge")
    if not is_any:
        statement = statement.where(m.landed_at > ticket.opened_at)
    found: dict[str, Candidate] = {}
    about = set() if is_any else _disputes_of(view, ticket)
    for *told, dispute in view.rows(statement.order_by(m.effective_on, m.identity, m.feed)):
        if told[0] not in taken and (is_any or dispute in about):
            found.setdefault(told[0], Candidate(*told))
    return list(found.values())


def _disputes_of(view: View, ticket: TicketRow) -> set[str]:
    known = [read_break(row) for row in view.by_keys(schema.break_, "break_", ticket.breaks)]
    return {dispute for b in known for dispute in _ids(b)}


def _ids(b: Break) -> list[str]:
    return msgspec.json.decode(b.disputes, type=list[str])


# --- what is checked ------------------------------------------------------------------------


def _one(view: View, begins: str, now: int) -> TicketRow:
    found = tickets(view, now, id_=begins)
    exact = [row for row in found if row.id == begins] or found
    if len(exact) != 1:
        wanted = "the id of one ticket, or its beginning"
        raise TicketRefused(begins, f"{len(exact)} tickets that begin so", wanted, _SEE)
    return exact[0]


def _check_breaks(breaks: Sequence[BreakRow], running: set[str]) -> None:
    if not breaks:
        raise TicketRefused("ticket open", "no open break", "one at least", "See them with: recoup breaks")
    if len(partners := sorted({b.partner for b in breaks})) > 1:
        raise TicketRefused("ticket open", f"breaks of {' and '.join(partners)}", "those of one partner")
    for b in breaks:
        if b.status == "closed":
            raise TicketRefused(b.id, "a break that is over", "one that is not", "See them with: recoup breaks")
        if b.ticket in running:
            remedy = f"Say what was done: recoup ticket show {b.ticket}"
            raise TicketRefused(b.id, f"the ticket {b.ticket}, which is not closed", "a break without one", remedy)


def _runbook(breaks: Sequence[BreakRow], ask: Sequence[str]) -> Entry:
    book = runbook(breaks[0].classes)
    if book.tell is None and not ask:
        found = f"{book.name}, which is no partner's matter: {book.cause}"
        raise TicketRefused(breaks[0].id, found, "--ask, with what the partner is to do")
    return book


_NEEDS_SENT: tuple[TicketVerb, ...] = ("remind", "escalate", "answer")


def _check_act(ticket: TicketRow, wanted: Wanted) -> None:
    is_closed = ticket.status == "closed"
    if is_closed != (wanted.verb == "reopen"):
        found, wants = ("a closed ticket", "one that is not") if is_closed else ("an open ticket", "a closed one")
        raise TicketRefused(ticket.id, found, wants, _SEE)
    if wanted.verb in _NEEDS_SENT and ticket.sent_at is None:
        remedy = f"Send it, then: recoup ticket sent {ticket.id} --by mail"
        raise TicketRefused(ticket.id, "a ticket that nobody has sent", "one that was sent", remedy)
    if wanted.verb == "sent" and ticket.sent_at is not None:
        remedy = f"Remind the partner, then: recoup ticket remind {ticket.id}"
        raise TicketRefused(ticket.id, "a ticket that was sent before", "one that was not", remedy)


def _recorded(view: View, ticket: TicketRow, begins: str) -> str:
    """The delivery of what was recorded by hand of this partner."""
    r = schema.manual_record.c
    like = r.record.startswith(begins, autoescape=True)
    rows = view.rows(select(r.delivery, r.approved_delivery).where(like, r.partner == ticket.partner))
    if len(rows) != 1:
        wanted = f"the id of one record of {ticket.partner}, or its beginning"
        raise TicketRefused(begins, f"{len(rows)} that begin so", wanted, "See them with: recoup record list")
    return str(rows[0][1] or rows[0][0])


def _bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise TicketRefused(str(path), "no file that can be read", "the answer, as a file") from problem
    if len(content) > ANSWER_BYTES_MAX:
        raise TicketRefused(str(path), f"{len(content):,} bytes", f"at most {ANSWER_BYTES_MAX:,}")
    return content


def _due(agreed: Agreed | None, now: int) -> tuple[int, str] | None:
    if agreed is None:
        return None
    return due_by(agreed, local_day(now, agreed.zone).isoformat(), TERM)


def _contact(agreed: Agreed | None, step: int, now: int) -> Contact | None:
    """The desk of a step, else the highest below it."""
    if agreed is None:
        return None
    terms: Terms = agreed.on(local_day(now, agreed.zone).isoformat())
    return max((one for one in terms.contacts if one.step <= step), key=lambda one: one.step, default=None)


def _shown(contact: Contact) -> str:
    """A desk with its address; what is filled in for each dispute is left out, since a ticket may be about many."""
    return f"{contact.desk}, {contact.address.partition('{')[0]}"
