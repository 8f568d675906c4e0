import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from sqlite3 import IntegrityError

import pytest

from recoup.storage.audit import verify
from recoup.storage.chain import Head
from recoup.storage.kept_head import keep_head, kept_head
from recoup.storage.register import Register, open_register
from recoup.storage.schema import book


def head(sequence: int) -> Head:
    return Head(sequence, f"{sequence:064x}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.head"


def written(register: Register, *names: str) -> None:
    for name in names:
        with register.transaction("ada", "land", "del_1", 1) as batch:
            batch.upsert(book, [(name, "platform", None)])


def test_a_head_is_read_as_it_was_written(path: Path) -> None:
    """One line that a person can copy; nobody else may read or write it."""
    keep_head(path, head(120))
    assert path.read_text() == f"120:{120:064x}\n"
    assert kept_head(path) == head(120)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_head_never_goes_back(path: Path) -> None:
    """Two processes commit one after the other and may come here in another order."""
    with ThreadPoolExecutor(8) as many:
        list(many.map(lambda n: keep_head(path, head(n)), [9, 11, 10, 1, 100, 99, 2, 98] * 20))
    assert kept_head(path) == head(100)


@pytest.mark.parametrize(
    "text", ["", "120", "120:abc", "0:" + "0" * 64, "x" * 500, "12:" + "0" * 64 + "\n13:" + "0" * 64]
)
def test_what_is_no_head_is_none_and_is_written_over(path: Path, text: str) -> None:
    """A file that somebody spoiled, or a write that was stopped."""
    path.write_text(text)
    assert kept_head(path) is None
    keep_head(path, head(3))
    assert kept_head(path) == head(3)


def test_no_file_is_no_head(path: Path) -> None:
    """A home from before heads were kept."""
    assert kept_head(path) is None


def test_each_commit_writes_the_head_and_nothing_else_does(tmp_path: Path, path: Path, migrated_file: Path) -> None:
    """The file names the last link; a batch that changed nothing, or failed, leaves it."""
    shutil.copy(migrated_file, tmp_path / "register.db")
    register = open_register(f"sqlite:///{tmp_path / 'register.db'}", head_path=path)
    written(register, "one", "two")
    report = verify(register)
    assert kept_head(path) == Head(2, report.head)
    with register.transaction("ada", "land", "del_1", 1):
        pass
    with pytest.raises(IntegrityError), register.transaction("ada", "land", "del_1", 1) as batch:
        batch.insert(book, [("one", "platform", None)])
    assert kept_head(path) == Head(2, report.head)
    register.close()
