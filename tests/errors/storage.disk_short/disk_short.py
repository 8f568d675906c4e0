"""The look at the disk that the worker takes every minute, on one that is nearly full."""

from pathlib import Path

from recoup.storage.disk import Disk
from recoup.watch.vitals import check_disk


def fail() -> None:
    check_disk(Path("recoup-home"), Disk(free_bytes=400 * 1024**2, total_bytes=64 * 1024**3, is_writable=True))
