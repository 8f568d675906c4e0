"""A journal being written: the wanted entries of one dispute or one account's batch, rule by rule.

It knows the rules of one book and how one partner pays; which rule a fact needs
is decided by who writes (`book.py`, `closing.py`, `batches.py`).
"""

from collections.abc import Mapping

from recoup.ledger.entry import Wanted, fact
from recoup.ledger.posting_rules import PRESETS, Chain, Filling, Preset, Rule, fill, rules_for


class Journal:
    """Entries in the order written, each fact once."""

    __slots__ = ("_account", "_book", "_dispute", "_partner", "_preset", "_rules", "entries")

    def __init__(
        self, *, book: str, preset: Preset, chain: Chain, partner: str, account: str, dispute: str | None = None
    ) -> None:
        self._book = book
        self._preset = preset
        self._partner = partner
        self._account = account
        self._dispute = dispute
        self._rules: dict[str, Mapping[str, Rule]] = {p: rules_for(p, chain) for p in PRESETS}
        self.entries: list[Wanted] = []

    def write(
        self,
        rule: str,
        about: str,
        effective_on: str,
        known_at: int,
        amounts: Mapping[str, int],
        filling: Filling,
        *,
        event: str | None = None,
        preset: Preset | None = None,
        subject: str | None = None,
    ) -> None:
        """Write one entry; none where the preset has no such rule or all amounts are zero.

        Args:
          rule: Name of the posting rule.
          about: Leg, money line or house line that the fact is about.
          effective_on: ISO day in the account's zone.
          known_at: Earliest landing that tells the fact.
          amounts: The amounts that the rule names.
          filling: Currencies and what the accounts are kept by.
          event: What the fact is called, where several rules may book one fact; else the rule's name.
          preset: Whose lines to use, where another than the book's.
          subject: What is booked, where it is no dispute.
        """
        lines = self._rules[preset or self._preset].get(rule)
        if lines is None:
            return
        postings = fill(lines, filling, amounts)
        if postings:
            key = fact(event or rule, self._dispute or subject or "-", about)
            self.entries.append(
                Wanted(
                    key,
                    rule,
                    lines.version,
                    self._book,
                    self._partner,
                    self._account,
                    self._dispute,
                    subject,
                    effective_on,
                    known_at,
                    postings,
                )
            )

    def filling(
        self,
        currency: str,
        settled: str | None = None,
        *,
        merchant: str | None = None,
        leg: str | None = None,
        answered: str | None = None,
        batch: str | None = None,
    ) -> Filling:
        """What most entries of this journal are filled with; the rest is set on the value.

        Args:
          currency: The currency announced, or the only one.
          settled: The currency that moved, where it differs.
          merchant: Whose balance it is, for accounts kept by merchant.
          leg: The leg that is booked.
          answered: The leg that it answers.
          batch: The batch it is paid in.
        """
        return Filling(
            self._partner,
            self._account,
            self._dispute,
            merchant,
            currency,
            settled or currency,
            leg,
            answered,
            batch,
        )

    def balances(self, account: str) -> dict[tuple[str, str], int]:
        """What is left on an account kept by leg, by leg and currency; zeros left out."""
        left: dict[tuple[str, str], int] = {}
        for entry in self.entries:
            for posting in entry.postings:
                if posting.account == account and posting.leg is not None:
                    key = (posting.leg, posting.currency)
                    left[key] = left.get(key, 0) + posting.amount_minor
        return {key: minor for key, minor in left.items() if minor}

    def known_since(self, account: str, leg: str) -> int:
        """When the last entry on one leg of an account became known."""
        return max(
            entry.known_at for entry in self.entries for p in entry.postings if (p.account, p.leg) == (account, leg)
        )
