import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from recoup.errors import StorageProblem
from recoup.storage import schema
from recoup.storage.audit import verify
from recoup.storage.database import Row
from recoup.storage.register import Batch, Register, View, open_register, open_scratch_register, total
from recoup.storage.schema import audit, book, posting, secret

NOW = 1_767_225_600_000_000
MAIN, OTHER = ("main", "platform", None), ("other", "merchant", "2026-01-31")


@contextmanager
def batch(register: Register) -> Iterator[Batch]:
    with register.transaction("ada", "land", "del_1", NOW) as opened:
        yield opened


def books(view: View) -> list[Row]:
    return sorted(view.rows(select(book)))


def line(number: int, amount_minor: int = 1) -> Row:
    values = {"entry": "ent_1", "line": number, "account": "bank", "partner": "stripe", "partner_account": "a"}
    row = {**values, "currency": "EUR", "amount_minor": amount_minor}
    return tuple(row.get(column.name) for column in posting.columns)


def test_rows_come_back_as_they_went_in(register: Register) -> None:
    """Numbers of 64 bits, text in any script, bytes and nothing are plain Python values on both sides."""
    row = ("stripe", "acct", "clé 鍵", b"\x00\xff", 2**63 - 1, None)
    with batch(register) as tx:
        tx.insert(secret, [row])
    with register.reading() as view:
        (found,) = view.rows(select(secret))
    assert found == row
    assert [type(value) for value in found] == [str, str, str, bytes, int, type(None)]


def test_a_nul_in_text_goes_in_as_the_sign_for_it_on_both_databases(register: Register) -> None:
    """Whatever a partner writes: added, replaced, changed, looked for and deleted in one form."""
    with batch(register) as tx:
        tx.insert(book, [("a\0b", "platform", None)])
        assert tx.insert_new(book, [("a\0b", "merchant", None), ("c\0", "merchant", None)]) == [1]
        tx.upsert(book, [("c\0", "pl\0tform", "\0")])
        assert tx.update(book, ["preset"], [("a\0b", "\0")]) == 1
    with register.reading() as view:
        assert books(view) == [("a\ufffdb", "\ufffd", None), ("c\ufffd", "pl\ufffdtform", "\ufffd")]
        assert [row[0] for row in view.by_keys(book, "name", ["a\0b", "\\u0000"])] == ["a\ufffdb"]
        assert len(view.rows(select(book).where(book.c.name.in_(["c\0"])))) == 1
    with batch(register) as tx:
        assert tx.delete(book, [("a\0b",)]) == 1


def test_an_escape_that_only_looks_like_a_nul_stays(register: Register) -> None:
    """A backslash and `u0000` are six signs, as in the JSON of a header."""
    with batch(register) as tx:
        tx.insert(book, [("\\u0000", "platform", None)])
    with register.reading() as view:
        assert books(view) == [("\\u0000", "platform", None)]


def test_nothing_of_a_failed_batch_stays(register: Register) -> None:
    """An exception takes back the rows and the audit row alike."""

    def write_and_fail() -> None:
        with batch(register) as tx:
            tx.insert(book, [OTHER])
            tx.insert(book, [MAIN, MAIN])

    with pytest.raises(Exception, match=r"(?i)unique"):
        write_and_fail()
    with register.reading() as view:
        assert books(view) == []
        assert view.rows(select(audit)) == []


def test_a_batch_leaves_one_audit_row_that_counts(register: Register) -> None:
    """Who, what, to what and how much is in the one row; the rows themselves are not."""
    with batch(register) as tx:
        tx.insert(book, [MAIN, OTHER])
        tx.update(book, ["preset"], [("main", "merchant")])
        tx.upsert(secret, [("stripe", "a", "key", b"wrapped", NOW, None)])
    with register.reading() as view:
        ((sequence, at, actor, verb, subject, body, _, _),) = view.rows(select(audit))
    assert (sequence, at, actor, verb, subject) == (1, NOW, "ada", "land", "del_1")
    assert '"tables":{"book":{"insert":2,"update preset":1},"secret":{"upsert":1}}' in body
    assert "wrapped" not in body


def test_what_a_batch_tells_is_in_the_audit_even_where_nothing_changed(register: Register) -> None:
    """A question that was answered leaves a link, too, and the chain holds."""
    with batch(register) as tx:
        tx.tell({"rows": 3, "of": "disputes"})
    with register.reading() as view:
        ((body,),) = view.rows(select(audit.c.body))
    assert body.endswith('"tables":{},"rows":3,"of":"disputes"}')
    assert verify(register).is_whole


def test_a_batch_that_changes_nothing_leaves_no_audit_row(register: Register) -> None:
    """Known rows, absent keys and empty lists are no change."""
    with batch(register) as tx:
        tx.insert(book, [MAIN])
    with batch(register) as tx:
        assert tx.insert_new(book, [MAIN]) == []
        assert tx.update(book, ["preset"], [("absent", "merchant")]) == 0
        assert tx.delete(book, [("absent",)]) == 0
        tx.insert(book, [])
        tx.upsert(book, [])
    assert verify(register).entries == 1


def test_insert_new_says_which_were_new(register: Register) -> None:
    """Known keys stay as they are; of one key twice in a batch the first counts."""
    with batch(register) as tx:
        tx.insert(book, [MAIN])
        new = tx.insert_new(book, [("a", "platform", None), ("main", "x", None), OTHER, ("a", "later", None)])
        assert new == [0, 2]
        assert books(tx) == [("a", "platform", None), MAIN, OTHER]


def test_insert_new_over_two_columns_of_key(register: Register) -> None:
    """A key may be several columns."""
    with batch(register) as tx:
        tx.insert(posting, [line(1), line(3)])
        assert tx.insert_new(posting, [line(n) for n in range(5)]) == [0, 2, 4]


def test_upsert_replaces_all_columns(register: Register) -> None:
    """The row of a known key gets every other value, absent ones too; of one key twice the last counts."""
    with batch(register) as tx:
        tx.insert(book, [OTHER])
        tx.upsert(book, [("other", "platform", None), MAIN, ("main", "merchant", None)])
        assert books(tx) == [("main", "merchant", None), ("other", "platform", None)]


def test_upsert_and_insert_new_twice_in_one_batch(register: Register) -> None:
    """What one call staged does not come again in the next."""
    with batch(register) as tx:
        tx.upsert(book, [MAIN])
        tx.upsert(book, [OTHER])
        tx.delete(book, [("main",)])
        assert tx.insert_new(book, [("third", "platform", None)]) == [0]
        assert [name for name, _, _ in books(tx)] == ["other", "third"]


def test_update_and_delete_say_how_many_were_there(register: Register) -> None:
    """Keys that are not there are no error, and not counted."""
    with batch(register) as tx:
        tx.insert(book, [MAIN, OTHER])
        assert tx.update(book, ["preset", "locked_through"], [("main", "x", "2026-02-01"), ("absent", "x", None)]) == 1
        assert tx.delete(book, [("other",), ("absent",)]) == 1
        assert books(tx) == [("main", "x", "2026-02-01")]


def test_many_keys_are_found_in_one_call(register: Register) -> None:
    """Thousands of keys, some of them absent, some of them odd, are one statement."""
    rows: list[Row] = [(f"book {n} 'é\"", "platform", None) for n in range(6_000)]
    with batch(register) as tx:
        tx.insert(book, rows)
    with register.reading() as view:
        found = view.by_keys(book, "name", [row[0] for row in rows[::2]] + ["absent"])
        assert view.by_keys(book, "name", []) == []
    assert sorted(found) == sorted(rows[::2])


def test_keys_may_be_numbers(register: Register) -> None:
    """Columns of numbers are searched by numbers."""
    with batch(register) as tx:
        tx.insert(posting, [line(n) for n in range(10)])
        assert [row[1] for row in sorted(tx.by_keys(posting, "line", [3, 7, 99]))] == [3, 7]


def test_rows_come_in_parts(register: Register) -> None:
    """A long answer is read some rows at a time, all of them once and in order."""
    with batch(register) as tx:
        tx.insert(posting, [line(n) for n in range(25)])
    with register.reading() as view:
        parts = list(view.batches(select(posting.c.line).order_by(posting.c.line), size=10))
    assert [len(part) for part in parts] == [10, 10, 5]
    assert [number for part in parts for (number,) in part] == list(range(25))


def test_sums_are_whole_numbers(register: Register) -> None:
    """A sum is an int on both databases, past 32 bits too."""
    with batch(register) as tx:
        tx.insert(posting, [line(1, 2**40), line(2, 2**40)])
        ((found,),) = tx.rows(select(total(posting.c.amount_minor)))
    assert (found, type(found)) == (2**41, int)


def test_text_is_ordered_by_its_bytes(register: Register) -> None:
    """One order on both databases, whatever a server's locale: else the state hash would depend on it."""
    names = ["B", "a", "_", "é", "z", "A-1", "A1", "a b", "ab"]
    with batch(register) as tx:
        tx.insert(book, [(name, "platform", None) for name in names])
        found = [name for (name,) in tx.rows(select(book.c.name).order_by(book.c.name))]
    assert found == sorted(names, key=str.encode)


def test_a_view_does_not_move(register: Register) -> None:
    """What is written meanwhile is not seen until the next view, and nobody waits."""
    with register.reading() as view:
        assert books(view) == []
        with batch(register) as tx:
            tx.insert(book, [MAIN])
        assert books(view) == []
    with register.reading() as view:
        assert books(view) == [MAIN]


def test_nobody_waits_for_himself(sqlite_url: str) -> None:
    """A second batch inside a batch would wait for ever, so it is refused."""
    register = open_register(sqlite_url)
    with batch(register), pytest.raises(StorageProblem, match="a second write batch"), batch(register):
        pass
    register.close()


def test_writers_take_turns(register: Register, register_url: str) -> None:
    """Many writers at once lose nothing, read what the one before wrote, and leave one whole chain."""

    def work() -> None:
        own = open_register(register_url)
        for _ in range(10):
            with batch(own) as tx:
                taken = len(tx.rows(select(posting.c.line)))
                tx.insert(posting, [line(taken)])
        own.close()

    writers = [threading.Thread(target=work) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with register.reading() as view:
        assert sorted(n for (n,) in view.rows(select(posting.c.line))) == list(range(40))
    report = verify(register)
    assert (report.entries, report.is_whole) == (40, True)


def test_an_entry_keeps_what_it_says(register: Register) -> None:
    """Of an entry only whether it is active may change, and the database itself refuses the rest."""
    row = tuple(
        {"turn": 0, "rule_version": 1, "booked_at": NOW, "is_active": 1, "recorded_at": NOW}.get(column.name, "x")
        for column in schema.entry.columns
    )
    with batch(register) as tx:
        tx.insert(schema.entry, [row])
        assert tx.update(schema.entry, ["is_active"], [("x", 0)]) == 1
    with pytest.raises(Exception, match="entry is append-only"), batch(register) as tx:
        tx.update(schema.entry, ["effective_on"], [("x", "2026-01-01")])
    with pytest.raises(Exception, match="entry is append-only"), batch(register) as tx:
        tx.upsert(schema.entry, [row])


def test_tables_are_strict(sqlite_url: str) -> None:
    """SQLite refuses a text where a number belongs, as PostgreSQL does."""
    register = open_register(sqlite_url)
    with register.database.writing() as connection:
        schema.metadata.create_all(connection)
    with pytest.raises(Exception, match="cannot store TEXT value in INTEGER"), batch(register) as tx:
        tx.insert(posting, [(*line(1)[:-1], "twelve")])
    register.close()


def test_other_databases_are_refused() -> None:
    """Addresses that Recoup does not speak, and databases that are gone with the process."""
    for url in ("mysql://localhost/x", "sqlite://", "sqlite:///:memory:"):
        with pytest.raises(StorageProblem, match="wanted sqlite:///<file> or postgresql"):
            open_register(url)


def test_a_scratch_register_is_a_register(tmp_path: Path) -> None:
    """What is thrown away afterwards obeys the same rules."""
    register = open_scratch_register(tmp_path / "scratch.db")
    with register.database.writing() as connection:
        schema.metadata.create_all(connection)
    with batch(register) as tx:
        tx.insert(book, [MAIN])
    assert verify(register).is_whole
    register.close()


def test_reading_writes_nothing(register: Register) -> None:
    """A view on PostgreSQL is read-only by itself; on SQLite nothing of it is ever committed."""
    with suppress(DBAPIError), register.database.reading() as connection:
        connection.execute(book.insert().values(name="x", preset="y"))
    with register.reading() as view:
        assert books(view) == []
