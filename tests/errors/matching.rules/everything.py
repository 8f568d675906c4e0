"""A home with a rule that could match everything."""

from pathlib import Path

RULES = """\
[pair]
name = "export_report"
says = "Our export against their report"
left = "file"
right = "file"
left_is = "books"
right_is = "partner"
within = ["currency"]
waits = { days = 3 }

[[rule]]
name = "anything"
says = "An amount"
"""


def prepare(home: Path) -> None:
    """Write the rules where a home keeps its own."""
    (home / "matching").mkdir()
    (home / "matching" / "export_report.toml").write_text(RULES)
