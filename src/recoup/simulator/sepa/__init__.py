"""SEPA direct debit: a bank's status reports and statements in XML; a return is the decision, and nobody answers it."""

from recoup.simulator.sepa.profile import PROFILE

__all__ = ["PROFILE"]
