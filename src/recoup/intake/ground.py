"""What every derivation stands on: moves, partners, accounts with their terms, who stands behind them.

Loaded once per batch from the register; values only, so that the pure parts
get it as an argument.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from recoup.domain.card_numbers import mask
from recoup.domain.lifecycle import Moves
from recoup.domain.partner_life import FROM_THE_FIRST
from recoup.domain.terms import NO_TERMS, Terms, terms_on
from recoup.errors import UnknownFeed, UnknownPartner
from recoup.intake.arrival import Arrival
from recoup.intake.linking import Standing
from recoup.ledger.opening import Beginning, Books
from recoup.ledger.periods import OPEN, Locked
from recoup.ledger.posting_rules import Chain
from recoup.partners.contract import Feed, Partner, SigningKey
from recoup.partners.registry import refuse_unreadable

DEFAULT_ACCOUNT = "default"
DEFAULT_ZONE = "UTC"


class Account(msgspec.Struct, frozen=True):
    """One account of ours at one partner."""

    partner: str
    account: str
    book: str = "main"
    zone: str = DEFAULT_ZONE
    currency: str | None = None
    phase: str = "live"
    """As it was set up."""
    terms: tuple[Terms, ...] = ()
    books_from: str | None = FROM_THE_FIRST
    """From which ISO day on its facts are booked: "" from the first, None not at all."""
    beginning: Beginning | None = None
    """Where its books began later than its facts."""

    def books_of(self, book: "Book", chain: Chain) -> Books:
        """What its entries have in common."""
        return Books(book.name, book.preset, chain, self.partner, self.account)

    def terms_on(self, day: str) -> Terms:
        """The terms in force on an ISO day."""
        return terms_on(self.terms, day)


class Book(msgspec.Struct, frozen=True):
    """One set of books: its preset of posting rules and through which day it is locked."""

    name: str = "main"
    preset: Literal["platform", "merchant"] = "platform"
    locked: Locked = OPEN


class Ground(msgspec.Struct):
    """Everything that is the same for all disputes of a batch."""

    moves: Moves
    partners: Mapping[str, Partner]
    accounts: dict[tuple[str, str], Account] = {}
    books: dict[str, Book] = {}
    standing: dict[tuple[str, str], list[Standing]] = {}
    keys: dict[str, list[SigningKey]] = {}
    """Live webhook keys by partner: any of them may have signed."""
    new_accounts: list[Account] = []
    """Accounts first seen in this batch, to be written with it."""

    def partner(self, name: str) -> Partner:
        """The partner of this name.

        Raises:
          UnknownPartner: No folder of that name.
        """
        if name not in self.partners:
            raise UnknownPartner(
                where=name, found="a partner of that name in no folder", wanted=", ".join(sorted(self.partners))
            )
        return self.partners[name]

    def feed(self, partner: str, feed: str) -> Feed:
        """The feed of this name at this partner.

        Raises:
          UnknownFeed: The partner has no such feed.
          DeclarationInvalid: The folder that declares the partner cannot be read.
        """
        known = self.partner(partner)
        refuse_unreadable(known)
        feeds = known.feeds
        if feed not in feeds:
            raise UnknownFeed(where=f"{partner}/{feed}", found="no such feed", wanted=", ".join(sorted(feeds)))
        return feeds[feed]

    def account(self, partner: str, account: str) -> Account:
        """Our account, made with defaults on first sight."""
        key = (partner, account)
        if key not in self.accounts:
            made = Account(partner, account, zone=self._zone(partner))
            self.accounts[key] = made
            self.new_accounts.append(made)
        return self.accounts[key]

    def account_for(self, arrival: Arrival) -> str:
        """Which account an arrival is for: as given, as the message names it, our only one there, or `default`."""
        if arrival.account is not None:
            return arrival.account
        named = self._named(arrival)
        if named is not None:
            return named
        ours = [account for partner, account in self.accounts if partner == arrival.partner]
        return ours[0] if len(ours) == 1 else DEFAULT_ACCOUNT

    def book(self, account: Account) -> Book:
        """The set of books an account belongs to."""
        return self.books.get(account.book) or Book(account.book)

    def locked(self) -> dict[str, Locked]:
        """Through which day each book is locked."""
        return {name: book.locked for name, book in self.books.items()}

    def terms(self, partner: str, account: str, day: str) -> Terms:
        """The terms with a partner on a day; `NO_TERMS` where nothing was agreed."""
        known = self.accounts.get((partner, account))
        return known.terms_on(day) if known else NO_TERMS

    def behind(self, partner: str, account: str) -> Sequence[Standing]:
        """Who stands, or stood, behind an account."""
        return self.standing.get((partner, account), ())

    def _named(self, arrival: Arrival) -> str | None:
        account_of = self.partner(arrival.partner).account_of
        named = account_of(arrival.body) if account_of and arrival.body is not None else None
        return named and mask(named)  # it goes into the register and into messages

    def _zone(self, partner: str) -> str:
        zones = {a.zone for (p, _), a in self.accounts.items() if p == partner}
        return zones.pop() if len(zones) == 1 else DEFAULT_ZONE
