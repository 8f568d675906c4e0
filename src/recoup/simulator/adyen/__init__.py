"""Adyen: signed notifications, reports of each day, and a settlement file for each batch that it pays out."""

from recoup.simulator.adyen.profile import PROFILE

__all__ = ["PROFILE"]
