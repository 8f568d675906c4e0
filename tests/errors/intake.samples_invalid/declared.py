from pathlib import Path

from recoup.app.partner_folders import write


def prepare(home: Path) -> None:
    """A new partner, and its samples gone."""
    folder = write("acme", home.parent / "case")
    (folder / "samples" / "samples.toml").unlink()
