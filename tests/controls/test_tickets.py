"""Tickets to a partner, on a home where it took money twice; on each database."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from recoup.app.tickets import Tickets, Wanted, candidates
from recoup.domain.canonical import parse
from recoup.domain.instants import DAY
from recoup.domain.terms import Contact
from recoup.enquiry import lists
from recoup.enquiry.selector import Breaks
from recoup.enquiry.tickets import TicketRow
from recoup.enquiry.today import today
from recoup.errors import TicketRefused
from recoup.storage import schema
from recoup.storage.keys import HomeKey
from recoup.storage.objects import ObjectStore
from recoup.storage.register import Register
from tests.controls.home import DAYS, TERMS, Home, at

CONTACTS = (
    Contact("disputes desk", "mail", "disputes@partner.example"),
    Contact("head of disputes desk", "phone", "+1 555 0100", step=1),
)
AGREED = msgspec.structs.replace(
    TERMS, days=msgspec.structs.replace(DAYS, message_to_answer=3), contacts=CONTACTS, day_kind="calendar"
)


@pytest.fixture
def doubled(register: Register) -> Home:
    """A debit that was taken twice: one break."""
    home = Home(register, AGREED)
    home.clean_story()
    home.settled(day=2, identity="txn_again", batch="po_2")
    home.check(2)
    return home


@pytest.fixture
def objects(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path / "objects", HomeKey(b"k" * 32))


def desk(home: Home, objects: ObjectStore, day: int, actor: str = "mo") -> Tickets:
    return Tickets(home.register, objects, actor=actor, now=at(day), recorded_at=at(day))


def keys(home: Home) -> list[str]:
    with home.register.reading() as view:
        return [row.id for row in lists.breaks(view, Breaks(), at(9))]


def opened(home: Home, objects: ObjectStore, **more: Any) -> TicketRow:
    return desk(home, objects, 3).open(keys(home), **more)


def rows(home: Home, table: Any, *names: str) -> Sequence[tuple[Any, ...]]:
    with home.register.reading() as view:
        return view.rows(select(*(table.c[name] for name in names)))


def test_a_ticket_says_what_the_partner_can_look_up(doubled: Home, objects: ObjectStore) -> None:
    """Its ids, files and money, what we ask, by when; no merchant, no id of ours but the reference."""
    ticket = opened(doubled, objects)
    text, table = desk(doubled, objects, 3).message(ticket)
    for theirs in ("dp_1", "txn_again", "50.00 USD", "disputes@partner.example", ticket.id[:12]):
        assert theirs in text
    assert "by 2026-03-08 23:59 UTC" in text
    assert "txn_again" in table
    assert "mer_1" not in text + table
    assert all(ours not in text + table for ours in ("dis_", "brk_", "mln_", "del_"))
    assert (ticket.status, ticket.expected[0].minor, ticket.sent_at) == ("draft", 5000, None)


def test_writing_a_ticket_sends_nothing_and_links_the_break(doubled: Home, objects: ObjectStore) -> None:
    """The break shows it, and the work log has a line."""
    ticket = opened(doubled, objects, minutes=7)
    with doubled.register.reading() as view:
        [row] = lists.breaks(view, Breaks(id=ticket.breaks[0]), at(4))
    assert row.ticket == ticket.id
    assert ("link", 7) in rows(doubled, schema.touch, "verb", "minutes")
    assert doubled.check(4).opened == 0


def test_an_answer_is_owed_by_the_contract_and_missed_in_today(doubled: Home, objects: ObjectStore) -> None:
    """Three days after the message, in the account's zone."""
    ticket = opened(doubled, objects)
    sent = desk(doubled, objects, 4).act(ticket.id, Wanted(verb="sent", channel="mail"))
    assert (sent.status, sent.due_at) == ("sent", at(8, 0) - 1)
    with doubled.register.reading() as view:
        assert today(view, at(7)).tickets == ()
        [late] = today(view, at(8)).tickets
    assert (late.id, late.is_overdue) == (ticket.id, True)
    assert desk(doubled, objects, 9).listed()[0].is_overdue


def test_without_a_term_no_time_is_made_up(register: Register, objects: ObjectStore) -> None:
    """The message says so, and nothing is overdue until somebody names a time."""
    home = Home(register, TERMS)
    home.clean_story()
    home.settled(day=2, identity="txn_again", batch="po_2")
    home.check(2)
    ticket = opened(home, objects)
    assert "no time is agreed" in desk(home, objects, 3).message(ticket)[0]
    sent = desk(home, objects, 3).act(ticket.id, Wanted(verb="sent", channel="mail"))
    assert (sent.due_at, sent.is_overdue) == (None, False)
    again = desk(home, objects, 4).act(ticket.id, Wanted(verb="remind", due_at=at(5)))
    assert (again.due_at, desk(home, objects, 6).listed()[0].is_overdue) == (at(5), True)


def test_a_ticket_is_reminded_of_escalated_answered_and_paid(
    doubled: Home, objects: ObjectStore, tmp_path: Path
) -> None:
    """Every step in order, the higher desk by the contract, the answer as bytes, the money by its line."""
    ticket = opened(doubled, objects)
    desk(doubled, objects, 3).act(ticket.id, Wanted(verb="sent"))
    desk(doubled, objects, 7).act(ticket.id, Wanted(verb="remind"))
    desk(doubled, objects, 9).act(ticket.id, Wanted(verb="escalate", reason="no answer"))
    letter = tmp_path / "answer.txt"
    letter.write_text("we give it back", encoding="utf-8")
    desk(doubled, objects, 10).act(ticket.id, Wanted(verb="answer", file=letter, minutes=5))
    doubled.settled(day=11, gross=5000, fee=0, batch="po_3", identity="txn_back")
    with doubled.register.reading() as view:
        [found] = candidates(view, ticket)
    assert (found.identity, found.amount_minor) == ("txn_back", 5000)
    paid = desk(doubled, objects, 11).act(ticket.id[:10], Wanted(verb="credit", lines=["txn_back"]))
    assert (paid.received[0].minor, paid.reminders, paid.escalations) == (5000, 1, 1)
    closed = desk(doubled, objects, 12).act(ticket.id, Wanted(verb="close", reason="all back"))
    verbs = [step.verb for step in closed.steps]
    assert verbs == ["open", "sent", "remind", "escalate", "answer", "credit", "close"]
    assert [step.sequence for step in closed.steps] == list(range(1, 8))
    assert "head of disputes desk" in (closed.steps[3].desk or "")
    assert closed.steps[4].object is not None
    assert desk(doubled, objects, 12).listed() == []
    with doubled.register.reading() as view:
        assert candidates(view, closed) == []


def test_every_step_is_in_the_audit_and_the_work_log(doubled: Home, objects: ObjectStore) -> None:
    """Who did what to which ticket."""
    ticket = opened(doubled, objects)
    desk(doubled, objects, 3, "ada").act(ticket.id, Wanted(verb="sent", minutes=2))
    told = rows(doubled, schema.audit, "actor", "verb", "subject")
    assert ("mo", "open", ticket.id) in told
    assert ("ada", "sent", ticket.id) in told
    assert ("ticket", "ada", 2) in rows(doubled, schema.touch, "subject_kind", "actor", "minutes")


def test_a_break_has_one_open_ticket(doubled: Home, objects: ObjectStore) -> None:
    """A second one waits until the first is closed."""
    ticket = opened(doubled, objects)
    with pytest.raises(TicketRefused, match="not closed"):
        desk(doubled, objects, 4).open(keys(doubled))
    desk(doubled, objects, 4).act(ticket.id, Wanted(verb="close", reason="by phone"))
    assert desk(doubled, objects, 5).open(keys(doubled)).id != ticket.id


@pytest.mark.parametrize("verb", ["remind", "escalate", "answer"])
def test_what_was_not_sent_is_not_answered(doubled: Home, objects: ObjectStore, verb: Any) -> None:
    """Nor reminded of, nor escalated."""
    ticket = opened(doubled, objects)
    with pytest.raises(TicketRefused, match="nobody has sent"):
        desk(doubled, objects, 4).act(ticket.id, Wanted(verb=verb, reason="x"))


def test_what_does_not_fit_is_refused(doubled: Home, objects: ObjectStore) -> None:
    """A second sending, a step of a closed ticket, money that is none, a ticket that there is not."""
    known = desk(doubled, objects, 4)
    ticket = opened(doubled, objects)
    known.act(ticket.id, Wanted(verb="sent"))
    for wanted in (Wanted(verb="sent"), Wanted(verb="reopen"), Wanted(verb="credit", lines=["txn_again"])):
        with pytest.raises(TicketRefused):
            known.act(ticket.id, wanted)
    known.act(ticket.id, Wanted(verb="close", reason="x"))
    with pytest.raises(TicketRefused, match="closed"):
        known.act(ticket.id, Wanted(verb="remind"))
    with pytest.raises(TicketRefused, match="0 tickets"):
        known.act("tkt_none", Wanted(verb="sent"))
    assert known.act(ticket.id, Wanted(verb="reopen", reason="not all")).status == "sent"


def test_what_is_no_partners_matter_needs_words_of_a_person(register: Register, objects: ObjectStore) -> None:
    """The runbook of such a cause asks nothing of a partner."""
    home = Home(register, TERMS)
    home.clean_story(without=["confirmed"])
    home.check(4)
    with pytest.raises(TicketRefused, match="no partner's matter"):
        desk(home, objects, 4).open(keys(home))
    ticket = desk(home, objects, 4).open(keys(home), ask=["Please say what you know of 4111 1111 1111 1111."])
    text, _ = desk(home, objects, 4).message(ticket)
    assert "411111" in text
    assert "4111 1111 1111 1111" not in text


def test_tickets_change_nothing_that_is_derived(doubled: Home, objects: ObjectStore) -> None:
    """Disputes, entries, expectations and money lines are what they were."""
    derived = (schema.dispute, schema.entry, schema.posting, schema.expectation, schema.money_line)
    names = {table: [column.name for column in table.columns] for table in derived}
    before = [sorted(map(str, rows(doubled, table, *names[table]))) for table in derived]
    ticket = opened(doubled, objects)
    desk(doubled, objects, 4).act(ticket.id, Wanted(verb="sent"))
    assert [sorted(map(str, rows(doubled, table, *names[table]))) for table in derived] == before


def test_an_outlet_gets_message_and_table(doubled: Home, objects: ObjectStore, tmp_path: Path) -> None:
    """Each whole; the names are the ticket's."""
    known = desk(doubled, objects, 3)
    ticket = opened(doubled, objects)
    text, table = known.write_out(ticket, tmp_path / "out")
    assert text.name == f"{ticket.id}.txt"
    assert table.read_bytes().decode() == known.message(ticket)[1]
    assert parse(rows(doubled, schema.ticket, "breaks")[0][0]) == list(ticket.breaks)
    assert ticket.age_days == (at(3) - ticket.opened_at) // DAY
