from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recoup.ledger.book import wanted_for_dispute
from recoup.ledger.checks import broken_books
from recoup.ledger.posting import Row, difference, load_posted, rows, write
from recoup.storage.migrate import migrate
from recoup.storage.register import Batch, Register, open_register
from recoup.storage.schema import entry, posting
from tests.ledger.facts import DISPUTE, about, heard, leg, line

OPENED = heard("chargeback_opened", 0, leg("debit", 1))
SETTLED = line("txn_1", "dispute", -6500, 1, gross_minor=-5000)
NOW = 1_767_268_800_000_000


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    """A register whose books hold two entries that stand, and one pair that does not."""
    register = open_register(f"sqlite:///{tmp_path / 'register.db'}")
    migrate(register)
    for facts in FACTS:
        with register.transaction("test", "book", "dispute", NOW) as batch:
            known = load_posted(batch, disputes=[DISPUTE])
            change = difference(wanted_for_dispute(facts), known.active, known.turns)
            write(batch, rows(change, landed_at=NOW, recorded_at=NOW))
    yield register
    register.close()


FACTS = (about(OPENED), about(heard("inquiry_opened", 0)), about(OPENED, lines=(SETTLED,)))


def found(register: Register) -> set[str]:
    with register.reading() as view:
        return {finding.check for finding in broken_books(view)}


def tamper(register: Register, by: Callable[[Batch], object]) -> set[str]:
    with register.transaction("test", "tamper", "books", NOW) as batch:
        by(batch)
    return found(register)


def one(register: Register, is_active: int, turn: int) -> Row:
    with register.reading() as view:
        return next(r for r in view.by_keys(entry, "dispute", [DISPUTE]) if (r[12], r[2]) == (is_active, turn))


def test_books_written_by_differences_are_sound(register: Register) -> None:
    """Posted, reversed, posted again: nothing to find, and what stands is what is wanted."""
    assert found(register) == set()
    with register.reading() as view:
        known = load_posted(view, disputes=[DISPUTE])
    wanted = wanted_for_dispute(FACTS[-1])
    assert not difference(wanted, known.active, known.turns)
    assert sorted(known.turns.values()) == [0, 2]


def test_amount_that_was_changed_is_found(register: Register) -> None:
    """The entry no longer balances, and its reversal no longer mirrors."""
    changed = one(register, 1, 2)
    found_now = tamper(register, lambda batch: batch.update(posting, ["amount_minor"], [(changed[0], 1, 1)]))
    assert found_now == {"ledger.entry_unbalanced"}
    reversed_one = one(register, 0, 0)
    both = tamper(
        register,
        lambda batch: batch.update(posting, ["amount_minor"], [(reversed_one[0], 1, 1), (reversed_one[0], 2, -1)]),
    )
    assert "ledger.reversal_unlike" in both


def test_lost_rows_are_found(register: Register) -> None:
    """An entry without postings, a posting without an entry, an entry retired without its reversal."""
    standing, reversal = one(register, 1, 0), one(register, 0, 1)
    assert tamper(register, lambda batch: batch.delete(entry, [(standing[0],)])) == {"ledger.posting_orphaned"}
    assert tamper(register, lambda batch: batch.delete(entry, [(reversal[0],)])) >= {"ledger.reversal_half"}


def test_entry_without_postings_is_found(register: Register) -> None:
    """It moved nothing, or its lines were lost."""
    standing = one(register, 1, 0)
    keys = [(standing[0], number) for number in range(1, 9)]
    assert tamper(register, lambda batch: batch.delete(posting, keys)) == {"ledger.entry_empty"}


def test_reversal_that_stands_is_found(register: Register) -> None:
    """With what it reverses, it would count twice."""
    reversal = one(register, 0, 1)
    again = tamper(register, lambda batch: batch.update(entry, ["is_active"], [(reversal[0], 1)]))
    assert again == {"ledger.turn_wrong", "ledger.fact_twice"}


def test_reversed_entry_that_stands_is_found(register: Register) -> None:
    """Its reversal is there."""
    first = one(register, 0, 0)
    again = tamper(register, lambda batch: batch.update(entry, ["is_active"], [(first[0], 1)]))
    assert again == {"ledger.fact_twice", "ledger.reversal_half"}


def test_account_outside_the_chart_and_missing_leg_are_found(register: Register) -> None:
    """Every posting is kept by what its account is kept by."""
    standing = one(register, 1, 2)
    assert tamper(register, lambda batch: batch.update(posting, ["leg"], [(standing[0], 1, None)])) == {
        "ledger.leg_missing"
    }
    assert tamper(register, lambda batch: batch.update(posting, ["account"], [(standing[0], 1, "savings")])) == {
        "ledger.account_unknown"
    }
