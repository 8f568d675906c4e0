import subprocess
import sys
from pathlib import Path

from recoup.storage.run_room import RunRoom

KILLED = """
import os, signal, sys
from pathlib import Path
from recoup.storage.run_room import RunRoom
room = RunRoom(Path(sys.argv[1]))
(room.path / "large").write_text("x")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_each_run_has_a_room_of_its_own(tmp_path: Path) -> None:
    """Two at a time do not meet, and each takes its own away."""
    one, other = RunRoom(tmp_path), RunRoom(tmp_path)
    assert one.path != other.path
    assert one.path.is_dir()
    (one.path / "x").mkdir()
    one.close()
    assert not one.path.exists()
    assert other.path.is_dir()
    other.close()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_goes_with_the_next(tmp_path: Path) -> None:
    """The kernel gives its lock back; rooms of the living stay."""
    living = RunRoom(tmp_path)
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert len(list(tmp_path.glob("run-*/large"))) == 1
    following = RunRoom(tmp_path)
    assert list(tmp_path.glob("run-*/large")) == []
    assert living.path.is_dir()
    for room in (living, following):
        room.close()
    assert list(tmp_path.iterdir()) == []
