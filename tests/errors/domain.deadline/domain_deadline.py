"""Read a cut-off in words."""

from recoup.domain.clocks import parse_lead


def fail() -> None:
    parse_lead("a day")
