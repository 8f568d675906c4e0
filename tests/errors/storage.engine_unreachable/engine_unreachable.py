"""Name a store of an unknown kind."""

from pathlib import Path

from recoup.storage.spark_scratch import open_scratch


def fail() -> None:
    open_scratch(Path(), "ftp://files.example/recoup")
