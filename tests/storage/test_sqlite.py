import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path

from sqlalchemy import select

from recoup.storage.audit import verify
from recoup.storage.register import Register
from recoup.storage.schema import book, metadata
from recoup.storage.sqlite import SqliteDatabase

SPAWN = multiprocessing.get_context("spawn")
LONG = "x" * 2_000


def opened(path: Path, checkpoint_bytes: int = 2**20) -> Register:
    return Register(SqliteDatabase(path, checkpoint_bytes=checkpoint_bytes))


def made(path: Path) -> Register:
    register = opened(path)
    with register.database.writing() as connection:
        metadata.create_all(connection)
    return register


def write(register: Register, name: str) -> None:
    with register.transaction("ada", "land", name, 0) as tx:
        tx.insert(book, [(f"{name} {number}", LONG, None) for number in range(20)])


def write_for_ever(path: Path) -> None:
    register = opened(path)
    for number in range(1_000_000):
        write(register, f"{os.getpid()} {number}")


def write_some(path: Path) -> None:
    register = opened(path)
    for number in range(15):
        write(register, f"{os.getpid()} {number}")
    register.close()


def test_the_log_is_folded_in_when_it_is_long(tmp_path: Path) -> None:
    """The log stays near its limit however much is written, and the file has the rows."""
    path = tmp_path / "register.db"
    register = made(path)
    for number in range(120):
        write(register, str(number))
    log = path.with_name("register.db-wal")
    assert log.stat().st_size < 3 * 2**20
    assert path.stat().st_size > 2 * 2**20
    register.close()


def test_a_commit_is_durable_and_the_log_is_ours(tmp_path: Path) -> None:
    """Every connection waits for the disk at a commit, and none folds the log in by itself."""
    database = SqliteDatabase(tmp_path / "register.db")
    with database.reading() as connection:
        values = {
            name: connection.exec_driver_sql(f"pragma {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "wal_autocheckpoint", "foreign_keys", "secure_delete")
        }
    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "wal_autocheckpoint": 0,
        "foreign_keys": 1,
        "secure_delete": 1,
    }
    database.close()


def test_processes_take_turns(tmp_path: Path) -> None:
    """Several processes write at once, fold the log in, lose nothing and leave one whole chain."""
    path = tmp_path / "register.db"
    register = made(path)
    writers = [SPAWN.Process(target=write_some, args=(path,)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert (verify(register).entries, verify(register).is_whole) == (45, True)
    register.close()


def test_a_killed_writer_leaves_whole_batches(tmp_path: Path) -> None:
    """After a kill in the middle every batch is there or not, none in part, and the next writer has its turn."""
    path = tmp_path / "register.db"
    register = made(path)
    writer = SPAWN.Process(target=write_for_ever, args=(path,))
    writer.start()
    while verify(register).entries < 5:
        time.sleep(0.01)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    report = verify(register)
    with register.reading() as view:
        rows = len(view.rows(select(book.c.name)))
    assert report.is_whole
    assert rows == report.entries * 20
    write(register, "after")
    register.close()
    assert sqlite3.connect(path).execute("pragma integrity_check").fetchone() == ("ok",)


def test_checkpoint_empties_the_log(tmp_path: Path) -> None:
    """Before a backup, or after an erasure, everything is in the one file."""
    path = tmp_path / "register.db"
    database = SqliteDatabase(path)
    register = Register(database)
    with database.writing() as connection:
        metadata.create_all(connection)
    write(register, "a")
    database.checkpoint()
    assert path.with_name("register.db-wal").stat().st_size == 0
    register.close()
