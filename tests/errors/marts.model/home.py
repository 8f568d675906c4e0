"""Put a model into the home that misspells a column."""

from pathlib import Path

MODEL = """\
-- grain: One stage.
-- key: stages
-- owner: disputes
-- freshness: with each delivery
-- stages VARCHAR: Where disputes stand.
select stagee as stages from disputes group by stagee
"""


def prepare(home: Path) -> None:
    (home / "marts").mkdir()
    (home / "marts" / "stages.sql").write_text(MODEL)
