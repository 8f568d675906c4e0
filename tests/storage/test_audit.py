import pytest
from sqlalchemy import select, text

from recoup.storage.audit import verify
from recoup.storage.chain import Head
from recoup.storage.database import Row
from recoup.storage.register import Register
from recoup.storage.schema import audit, book


@pytest.fixture
def register_of_five(register: Register) -> Register:
    """A register to which five things were done."""
    for number in range(1, 6):
        with register.transaction("ada", "land", f"del_{number}", number) as tx:
            tx.insert(book, [(f"book {number}", "platform", None)])
    return register


def behind_the_back(register: Register, *statements: str) -> None:
    """Do what somebody with the database's own tools could do: take the triggers off first."""
    is_sqlite = register.database.engine.dialect.name == "sqlite"
    with register.database.writing() as connection:
        for event in ("update", "delete"):
            name = f"audit_refuses_{event}"
            connection.execute(text(f"drop trigger {name}{'' if is_sqlite else ' on audit'}"))
        for statement in statements:
            connection.execute(text(statement))


def test_a_chain_as_it_was_written_is_whole(register_of_five: Register) -> None:
    """Five batches, five links."""
    report = verify(register_of_five)
    assert (report.entries, report.first_broken, report.why) == (5, None, "")


@pytest.mark.parametrize("statement", ["update audit set actor = 'eve'", "delete from audit where sequence = 3"])
def test_the_database_refuses_to_change_the_audit(register_of_five: Register, statement: str) -> None:
    """Our own code never does it; another program, or a slip of the hand, is stopped."""
    with (
        pytest.raises(Exception, match="audit is append-only"),
        register_of_five.database.writing() as connection,
    ):
        connection.execute(text(statement))
    assert verify(register_of_five).is_whole


def test_an_edit_behind_the_back_is_found(register_of_five: Register) -> None:
    """Who takes the triggers off and puts another name is found at the link that was changed."""
    behind_the_back(register_of_five, "update audit set actor = 'eve' where sequence = 3")
    report = verify(register_of_five)
    assert (report.entries, report.first_broken, report.why) == (5, 3, "its content does not give its hash")


def test_a_deletion_behind_the_back_is_found(register_of_five: Register) -> None:
    """A link that is gone is named."""
    behind_the_back(register_of_five, "delete from audit where sequence = 2")
    assert verify(register_of_five).first_broken == 2


def test_another_order_behind_the_back_is_found(register_of_five: Register) -> None:
    """Two links under each other's sequence break the chain."""
    behind_the_back(
        register_of_five,
        "update audit set sequence = 99 where sequence = 2",
        "update audit set sequence = 2 where sequence = 4",
        "update audit set sequence = 4 where sequence = 99",
    )
    assert verify(register_of_five).first_broken == 2


def test_an_end_cut_off_behind_the_back_shows_by_a_head_kept_elsewhere(register_of_five: Register) -> None:
    """What is left holds together; that it once went further, only a copy of its head tells."""
    head = Head(5, verify(register_of_five).head)
    assert verify(register_of_five, [head]).missing == ()
    behind_the_back(register_of_five, "delete from audit where sequence > 3")
    assert verify(register_of_five).is_whole
    assert verify(register_of_five, [head]).missing == (head,)


def test_a_chain_written_anew_shows_by_a_head_kept_elsewhere(register_of_five: Register) -> None:
    """As long as before, and whole, but another one from the fourth link on."""
    early, late = (Head(n, h) for n, h in _hashes(register_of_five) if n in (3, 5))
    behind_the_back(register_of_five, "delete from audit where sequence > 3")
    for number in (4, 5):
        with register_of_five.transaction("eve", "land", "del", number) as tx:
            tx.insert(book, [(f"another {number}", "platform", None)])
    report = verify(register_of_five, [early, late])
    assert (report.is_whole, report.entries, report.missing) == (True, 5, (late,))


def _hashes(register: Register) -> list[Row]:
    with register.reading() as view:
        return view.rows(select(audit.c.sequence, audit.c.hash).order_by(audit.c.sequence))


def test_truncation_is_refused_where_there_is_such_a_thing(register_of_five: Register) -> None:
    """PostgreSQL can empty a table past the triggers of its rows; that too is refused."""
    if register_of_five.database.engine.dialect.name == "sqlite":
        return
    with (
        pytest.raises(Exception, match="audit is append-only"),
        register_of_five.database.writing() as connection,
    ):
        connection.execute(text("truncate audit"))
