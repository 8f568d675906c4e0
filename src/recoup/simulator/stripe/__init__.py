"""Stripe: a modern API with signed messages, lists of objects, and payouts with a report of each."""

from recoup.simulator.stripe.profile import PROFILE

__all__ = ["PROFILE"]
