"""Open the key of the home to everybody."""

from pathlib import Path


def prepare(home: Path) -> None:
    (home / "keys" / "home.key").chmod(0o644)
