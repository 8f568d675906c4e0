"""Read an instant without an offset."""

from recoup.domain.instants import parse_instant


def fail() -> None:
    parse_instant("2026-01-31 23:30")
