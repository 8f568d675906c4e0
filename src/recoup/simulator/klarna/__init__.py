"""Klarna: a wallet with states of its own, signed messages, a list by last change, a settlement report per payout."""

from recoup.simulator.klarna.profile import PROFILE

__all__ = ["PROFILE"]
