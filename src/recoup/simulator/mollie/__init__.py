"""Mollie: messages that say an id and no more, lists that are walked by a cursor, a running balance."""

from recoup.simulator.mollie.profile import PROFILE

__all__ = ["PROFILE"]
