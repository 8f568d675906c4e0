"""One dispute's facts, in order, and what follows from them before anything is booked.

Who bears the principal, which debit takes back which credit, when a credit
that may be taken again becomes the merchant's, what the house is to confirm.
`book.py` asks; nothing here writes.
"""

from typing import NamedTuple

from recoup.domain.instants import local_day
from recoup.domain.legs import Leg
from recoup.domain.money_line import MoneyLine
from recoup.domain.terms import NO_TERMS, Terms, terms_on
from recoup.ledger.facts import FINAL, DisputeFacts, HouseLine
from recoup.ledger.numbering import Slot, in_order, place_house_lines
from recoup.ledger.posting_rules import Preset

LOST = frozenset({"lost", "accepted", "expired"})
WON = frozenset({"won", "withdrawn"})


class Since(NamedTuple):
    """A day, and since when we know it."""

    effective_on: str
    known_at: int


class Case:
    """One dispute; one instance per booking, never shared. Nothing in it depends on the order of the facts."""

    __slots__ = ("_by_kind", "_house", "_terms", "facts", "held", "lines", "releases", "side", "told")

    def __init__(self, facts: DisputeFacts) -> None:
        self.facts = facts
        self.told: dict[str, Leg] = {}
        """The announced legs by name, in order of kind and cycle."""
        self._by_kind: dict[str, list[Leg]] = {}
        for leg in sorted(facts.dispute.legs, key=_kind_and_cycle):
            self.told[leg.name] = leg
            self._by_kind.setdefault(leg.leg, []).append(leg)
        self.lines: list[MoneyLine] = in_order(facts.lines) if facts.lines else []
        self._house: dict[str, list[HouseLine]] = {}
        for line in sorted(set(facts.house), key=_house_id) if facts.house else ():
            self._house.setdefault(line.kind, []).append(line)
        self._terms: dict[str, Terms] = {}
        self.side: Preset = "merchant" if facts.bearer.principal == "house" else facts.preset
        """Whose rules book the principal: what the house bears is booked as in its own books."""
        self.held = self._holds()
        """The holds there are, told or only seen on the partner's balance, with their amounts."""
        self.releases = {leg.cycle: since for leg in self.legs("credit") if (since := self._release(leg)) is not None}
        """Since when each provisional credit is the merchant's, by cycle; without the others."""

    def legs(self, kind: str) -> list[Leg]:
        """The announced legs of one kind, by cycle."""
        return self._by_kind.get(kind, [])

    def house(self, kind: str) -> list[HouseLine]:
        """The house's lines of one kind, by id."""
        return self._house.get(kind, [])

    def house_of_other_kinds(self) -> list[HouseLine]:
        """The house's lines that are neither charge nor credit nor fee."""
        known = ("dispute_debit", "dispute_credit", "dispute_fee", "fee_credit")
        return [line for kind, lines in sorted(self._house.items()) if kind not in known for line in lines]

    # --- when and by which agreement ----------------------------------------------------------

    def day(self, at: int) -> str:
        """The ISO day of an instant in the account's zone."""
        return local_day(at, self.facts.zone).isoformat()

    def terms(self, day: str) -> Terms:
        """The agreement in force on a day."""
        if not self.facts.terms:
            return NO_TERMS
        terms = self._terms.get(day)
        if terms is None:
            terms = self._terms[day] = terms_on(self.facts.terms, day)
        return terms

    def known_since(self, name: str) -> int:
        """Since when a leg or the decision is known."""
        return self.facts.told_at.get(name, self.facts.dispute.landed_at)

    def announced(self, leg: Leg) -> Since:
        """When a leg was announced."""
        return Since(self.day(leg.announced_at), self.known_since(leg.name))

    def final(self, leg: Leg) -> Since:
        """When the decision became final, and not before the leg was told."""
        dispute = self.facts.dispute
        told = self.announced(leg)
        day = self.day(dispute.final_at or dispute.moved_at)
        return Since(max(day, told.effective_on), max(self.known_since(FINAL), told.known_at))

    # --- what became of it --------------------------------------------------------------------

    @property
    def is_won(self) -> bool:
        """Ours for good."""
        return self.facts.dispute.outcome in WON and self.facts.dispute.finality == "final"

    @property
    def is_lost(self) -> bool:
        """Gone, for now or for good."""
        return self.facts.dispute.outcome in LOST

    @property
    def is_partly_gone(self) -> bool:
        """Lost, or split with the part that is ours told: until it is told, nothing of a split is gone."""
        dispute = self.facts.dispute
        is_split = dispute.outcome == "split" and dispute.finality == "final"
        return self.is_lost or (is_split and bool(self.legs("credit") or self.legs("release")))

    def is_booked_at_settlement(self, currency: str) -> bool:
        """True for a merchant who is paid in another currency: what it is charged is known when it is settled."""
        paid = self.facts.payment_currency
        return self.side == "platform" and paid is not None and paid != currency

    # --- which movement answers which ---------------------------------------------------------

    def takes_back(self, leg: Leg) -> str | None:
        """The provisional credit that a debit takes back; None where there is none, or the merchant has it already."""
        credit = self.told.get(f"c{leg.cycle - 1}") if leg.cycle > 1 else None
        if credit is None or not credit.is_provisional or credit.cycle in self.releases:
            return None
        return credit.name

    def reaches_merchant(self, leg: Leg) -> bool:
        """True for a debit that the merchant is charged, and a credit that is its own."""
        if leg.leg == "debit":
            return self.takes_back(leg) is None
        return not leg.is_provisional or leg.cycle in self.releases

    def settled_by(self, line: MoneyLine) -> Leg | None:
        """The compensation or tax whose reference a line is."""
        owed = (*self.legs("compensation"), *self.legs("tax"))
        return next((leg for leg in owed if leg.ref == line.identity), None)

    def taxes_within(self, line: MoneyLine) -> list[Leg]:
        """The tax that is part of a line, told with the line's reference."""
        return [leg for leg in self.legs("tax") if leg.ref == line.identity]

    def is_within_a_line(self, tax: Leg) -> bool:
        """True for tax that moves with the debit or credit it is part of, and by itself moves nothing."""
        return any(tax.ref == line.identity for line in self.lines if line.kind in ("dispute", "dispute_reversal"))

    def accrued(self, line: MoneyLine) -> Leg | None:
        """The announced fee that a fee's line settles: by its reference or number, else by its amount."""
        announced = self.legs("fee")
        named = [leg for leg in announced if leg.ref == line.identity or leg.cycle == line.cycle]
        equal = [leg for leg in announced if (leg.amount_minor, leg.currency) == (abs(line.net_minor), line.currency)]
        return next(iter(named or equal), None)

    def _holds(self) -> dict[str, int]:
        told = {leg.name: leg.amount_minor for leg in self.legs("hold")}
        seen = 0 if told else sum(-line.net_minor for line in self.lines if is_hold(line))
        return told or ({"h1": seen} if seen else {})

    # --- when a credit that may be taken again becomes the merchant's --------------------------

    def _release(self, leg: Leg) -> Since | None:
        if not leg.is_provisional:
            return None
        grounds = [*self._by_policy(leg), *self._by_decision(leg), *self._by_house(leg)]
        return min(grounds) if grounds else None

    def _by_policy(self, leg: Leg) -> list[Since]:
        told = self.announced(leg)
        return [told] if self.terms(told.effective_on).release == "at_once" else []

    def _by_decision(self, leg: Leg) -> list[Since]:
        is_taken = f"d{leg.cycle + 1}" in self.told
        return [self.final(leg)] if self.is_won and not is_taken else []

    def _by_house(self, leg: Leg) -> list[Since]:
        """The house gave it to the merchant: that is a release, whatever the policy was."""
        if self.side != "platform":
            return []
        return [Since(line.effective_on, line.landed_at) for line, name in self.credited() if name == leg.name]

    # --- what the house is to confirm ----------------------------------------------------------

    def credited(self) -> list[tuple[HouseLine, str]]:
        """The leg of each credit of the house."""
        lines = self.house("dispute_credit")
        if not lines or self.side != "platform":
            return [(line, "c1") for line in lines]
        slots = [*map(_slot, self.legs("release")), *map(self._credit_slot, self.legs("credit"))]
        return place_house_lines(lines, slots, "c1")

    def debited(self) -> list[tuple[HouseLine, str]]:
        """The leg of each charge of the house."""
        lines = self.house("dispute_debit")
        return place_house_lines(lines, self._debit_slots() if self.side == "platform" else [], "d1") if lines else []

    def _credit_slot(self, leg: Leg) -> Slot:
        taker = self.told.get(f"d{leg.cycle + 1}")
        is_fleeting = leg.is_provisional and not self._by_policy(leg)
        until_on = self.day(taker.announced_at) if taker is not None and is_fleeting else None
        return Slot(leg.name, leg.amount_minor, leg.currency, until_on)

    def _debit_slots(self) -> list[Slot]:
        holds = [Slot(name, minor, self.facts.dispute.currency or "") for name, minor in sorted(self.held.items())]
        charged = [d for d in self.legs("debit") if f"h{d.cycle}" not in self.held and self.takes_back(d) is None]
        return [*holds, *map(_slot, charged)]

    def ruled_slots(self) -> list[Slot]:
        """The announced fees that a ruling has put on us."""
        return [_slot(leg) for leg in self.legs("fee")] if self.is_lost else []


def is_hold(line: MoneyLine) -> bool:
    """True for a line that takes money aside, and not for one that gives it back."""
    return line.kind == "reserve" and line.net_minor < 0


def _slot(leg: Leg) -> Slot:
    return Slot(leg.name, leg.amount_minor, leg.currency)


def _kind_and_cycle(leg: Leg) -> tuple[str, int]:
    return leg.leg, leg.cycle


def _house_id(line: HouseLine) -> str:
    return line.id
