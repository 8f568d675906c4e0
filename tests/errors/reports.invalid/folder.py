"""A report of one table over one question."""

from pathlib import Path

REPORT = """
title = "Mine"
about = "Disputes by stage."
owner = "me"

[[section]]
kind = "table"
title = "By stage"
question = "by_stage"
"""
QUESTION = "select stagee, count(*) as disputes from disputes group by stagee order by stagee"


def prepare(home: Path) -> None:
    folder = home / "reports" / "mine"
    folder.mkdir(parents=True)
    (folder / "report.toml").write_text(REPORT)
    (folder / "by_stage.sql").write_text(QUESTION)
