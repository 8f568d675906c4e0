"""Read an amount with a separator in it."""

from recoup.domain.money import parse_major


def fail() -> None:
    parse_major("1_000", "EUR")
