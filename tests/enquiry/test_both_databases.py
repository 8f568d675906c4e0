from pathlib import Path
from typing import Any

import pytest

from recoup.domain.instants import DAY
from recoup.enquiry import books, lists, quarantine, selector
from recoup.enquiry.document import document
from recoup.enquiry.proof import prove
from recoup.enquiry.sql import Home, ask
from recoup.enquiry.today import today
from recoup.enquiry.trace import trace
from recoup.marts.catalogue import read_catalogue
from recoup.marts.loading import why_not
from recoup.marts.source import Asked
from recoup.storage.migrate import migrate
from recoup.storage.register import View, open_register
from tests.fakes.small_home import NOW, ROWS, WON, WON_AT, fill, open_bytes


@pytest.mark.postgres
def test_postgresql_answers_every_question_as_sqlite_does(view: View, postgres_url: str, tmp_path: Path) -> None:
    """The same rows, the same answers, whatever is asked and as of whenever it was known."""
    other = open_register(postgres_url)
    migrate(other)
    fill(other, ROWS, NOW)
    with other.reading() as there:
        assert answers(there, tmp_path) == answers(view, tmp_path)
    other.close()


def test_every_question_has_an_answer(view: View, tmp_path: Path) -> None:
    """What the comparison above compares is not empty."""
    assert all(answers(view, tmp_path).values())


def answers(view: View, scratch: Path) -> dict[str, Any]:
    """One answer of each kind."""
    every = selector.Disputes(partner="stripe", due_within=400 * DAY, outcome="open")
    return {
        "disputes": document(lists.disputes(view, selector.Disputes(), NOW)),
        "narrowed": document(lists.disputes(view, every, NOW)),
        "known": document(lists.disputes(view, selector.Disputes(), NOW, WON_AT - 1)),
        "breaks": document(lists.breaks(view, selector.Breaks(is_all=True), NOW, NOW)),
        "trial": document(books.trial(view)),
        "trial then": document(books.trial(view, known_at=WON_AT)),
        "clearing": document(books.clearing(view, books.Which(merchant="mer_2"), NOW)),
        "clearing then": document(books.clearing(view, books.Which(), NOW, WON_AT)),
        "entries": document(books.entries(view, books.Which(account="bank"), NOW)),
        "today": document(today(view, NOW)),
        "trace": document(trace(view, WON[:12], NOW, open_bytes)),
        "proof": document(prove(view, WON, NOW)),
        "quarantine": [quarantine.quarantined(view, "stripe")],
        "tables": all_rows(view, scratch),
        "tables then": all_rows(view, scratch, known_at=WON_AT),
        "tables of one": all_rows(view, scratch, merchant="mer_2"),
    }


def all_rows(view: View, scratch: Path, known_at: int | None = None, merchant: str | None = None) -> dict[str, Any]:
    """All rows of every table that answers, in an order of their own; the audit has its own hashes in each home."""
    asked = Asked(NOW, known_at, merchant)
    catalogue = read_catalogue()
    tables = [table for name in catalogue.names() if name != "audit" and (table := catalogue.named(name)) is not None]
    names = [table.name for table in tables if not why_not(catalogue, table, asked)]
    parts = ", ".join(f"(select list(t) from (select * from {name}) t) as {name}" for name in names)
    [row] = ask(view, f"select {parts}", Home(scratch), asked).rows
    return {name: sorted(map(str, found or ())) for name, found in zip(names, row, strict=True)}
