from pathlib import Path

import pytest

from recoup.storage.files import appearing


def test_a_file_appears_whole(tmp_path: Path) -> None:
    """Until the end there is nothing under its name; then everything, and no temporary file."""
    path = tmp_path / "a" / "b.txt"
    with appearing(path) as temporary:
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    """An exception on the way changes nothing."""
    path = tmp_path / "b.txt"
    path.write_text("old")

    def fail() -> None:
        with appearing(path) as temporary:
            temporary.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
