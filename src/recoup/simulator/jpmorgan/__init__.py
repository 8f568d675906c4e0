"""J.P. Morgan: an acquirer that sends files alone, one report of disputes a day, with days and no times in it."""

from recoup.simulator.jpmorgan.profile import PROFILE

__all__ = ["PROFILE"]
