"""The book of one dispute: from the facts about it to the entries they ask for.

`wanted_for_dispute` is a pure function of a set of facts: any order, any
repetition gives the same entries. It never looks at what is posted; `posting.py`
compares. Legs announced open clearing accounts, lines settled close them, the
house's lines close the merchant's side. Which accounts that means stands in
`tables/posting_rules.csv`; what is left once all is told, in `closing.py`.
"""

from typing import NamedTuple

from recoup.domain.instants import local_day
from recoup.domain.legs import Leg
from recoup.domain.money_line import MoneyLine
from recoup.domain.terms import NO_TERMS, Terms, terms_on
from recoup.ledger.closing import Settled, close_fx, write_off_lost
from recoup.ledger.entry import Wanted
from recoup.ledger.facts import (
    DECIDED,
    FINAL,
    BankLine,
    BatchFacts,
    Bearer,
    DisputeFacts,
    HouseLine,
    ReceivableMove,
    Share,
    Total,
    first_told,
)
from recoup.ledger.fees import NO_COST, Cost, cost_of, is_passed_on, kind_of, receiving
from recoup.ledger.journal import Journal
from recoup.ledger.numbering import Slot, in_order, number_lines, place_house_lines
from recoup.ledger.posting_rules import Preset, rule_of_kind

__all__ = [
    "BankLine",
    "BatchFacts",
    "Bearer",
    "DisputeFacts",
    "HouseLine",
    "ReceivableMove",
    "Share",
    "Total",
    "Wanted",
    "first_told",
    "wanted_for_dispute",
]

LOST = frozenset({"lost", "accepted", "expired"})
WON = frozenset({"won", "withdrawn"})
_FEES = frozenset({"dispute_fee", "fee"})
_ARBITRATING = frozenset({"pre_arbitration", "arbitration", "appeal"})


def wanted_for_dispute(facts: DisputeFacts) -> tuple[Wanted, ...]:
    """Every entry that the facts about one dispute ask for, each fact once.

    Each entry balances per currency. Nothing is asked for where no leg was told
    and no line names the dispute: notices and inquiries have no entries.
    """
    booking = _Booking(facts)
    for leg in booking.legs:
        booking.announce(leg)
    if booking.lines:
        booking.settle_lines()
    if booking.house:
        booking.confirm_all()
    if facts.shares or facts.receivables:
        booking.follow_people()
    booking.close()
    return tuple(booking.journal.entries)


class _Release(NamedTuple):
    """Since when a provisional credit is the merchant's."""

    effective_on: str
    known_at: int


class _Charge(NamedTuple):
    """One fee passed on to the merchant, or given back."""

    leg: str
    amount_minor: int
    currency: str


class _Booking:
    """One dispute while it is booked; one instance per call, never shared."""

    __slots__ = ("charges", "facts", "house", "journal", "legs", "lines", "releases", "side", "told", "unsettled")

    def __init__(self, facts: DisputeFacts) -> None:
        dispute = facts.dispute
        self.facts = facts
        self.legs = sorted(set(dispute.legs), key=lambda leg: (leg.leg, leg.cycle)) if dispute.legs else []
        self.told = {leg.name: leg for leg in self.legs}
        self.lines = in_order(facts.lines) if facts.lines else []
        self.house = sorted(set(facts.house), key=lambda line: line.id) if facts.house else []
        self.side: Preset = "merchant" if facts.bearer.principal == "house" else facts.preset
        """Whose rules book the principal: what the house bears is booked as in its own books."""
        self.journal = Journal(
            book=facts.book,
            preset=facts.preset,
            chain=facts.chain,
            partner=dispute.partner,
            account=dispute.account,
            dispute=dispute.id,
        )
        self.charges: list[_Charge] = []
        self.unsettled: dict[str, Settled] = {}
        self.releases = self._releases()

    # --- what was announced -----------------------------------------------------------------

    def announce(self, leg: Leg) -> None:
        """Open one announced leg."""
        match leg.leg:
            case "debit":
                self._announce_debit(leg)
            case "credit":
                self._announce_credit(leg)
            case "hold":
                self._announce("hold_announced", leg)
            case "release":
                self._announce("hold_released", leg, answered=f"h{leg.cycle}")
            case "compensation":
                self._announce("compensation_announced", leg)
            case "tax":
                if leg not in self._taxes_within():
                    self._announce("tax_announced", leg)
            case "fee":
                self._accrue(leg)

    def _announce_debit(self, leg: Leg) -> None:
        taken = self._takes_back(leg)
        if taken is not None:
            self._announce("debit_against_provisional", leg, answered=taken)
        elif self.side == "platform" and f"h{leg.cycle}" in self._held():
            self._announce("debit_against_hold", leg, answered=f"h{leg.cycle}")
        elif self._is_booked_at_settlement(leg.currency):
            self._announce("debit_announced_converted", leg)
        else:
            self._announce("debit_announced", leg)

    def _announce_credit(self, leg: Leg) -> None:
        answered = f"d{leg.cycle}"
        is_converted = self._is_booked_at_settlement(leg.currency)
        if not leg.is_provisional:
            self._announce("credit_announced_converted" if is_converted else "credit_announced", leg, answered=answered)
            return
        self._announce("credit_provisional", leg, answered=answered)
        release = self.releases.get(leg.cycle)
        if release is not None:
            rule = "credit_released_converted" if is_converted else "credit_released"
            self._write_leg(rule, "credit_released", leg, answered, release.effective_on, release.known_at)

    def _announce(self, rule: str, leg: Leg, answered: str | None = None) -> None:
        event = f"{leg.leg}_announced"
        self._write_leg(rule, event, leg, answered, self._day(leg.announced_at), self._since(leg.name))

    def _write_leg(
        self, rule: str, event: str, leg: Leg, answered: str | None, effective_on: str, known_at: int
    ) -> None:
        filling = self.journal.filling(leg.currency, merchant=self.facts.merchant, leg=leg.name, answered=answered)
        amounts = {"amount": leg.amount_minor}
        self.journal.write(rule, leg.name, effective_on, known_at, amounts, filling, event=event, preset=self.side)

    def _takes_back(self, leg: Leg) -> str | None:
        """The provisional credit that a debit takes back; None where there is none, or the merchant has it already."""
        credit = self.told.get(f"c{leg.cycle - 1}")
        if credit is None or not credit.is_provisional or credit.cycle in self.releases:
            return None
        return credit.name

    def _held(self) -> dict[str, int]:
        """The holds there are, told or only seen on the partner's balance, with their amounts."""
        told = {leg.name: leg.amount_minor for leg in self.legs if leg.leg == "hold"}
        seen = sum(-line.net_minor for line in self.lines if _is_hold(line))
        return told or ({"h1": seen} if seen else {})

    # --- when a credit that may be taken again becomes the merchant's -------------------------

    def _releases(self) -> dict[int, _Release]:
        provisional = [leg for leg in self.legs if leg.leg == "credit" and leg.is_provisional]
        found = {}
        for leg in provisional:
            grounds = [*self._by_policy(leg), *self._by_decision(leg), *self._by_house(leg)]
            if grounds:
                found[leg.cycle] = min(grounds)
        return found

    def _by_policy(self, leg: Leg) -> list[_Release]:
        day = self._day(leg.announced_at)
        is_passed_on = self._terms(day).release == "at_once"
        return [_Release(day, self._since(leg.name))] if is_passed_on else []

    def _by_decision(self, leg: Leg) -> list[_Release]:
        dispute = self.facts.dispute
        is_taken = f"d{leg.cycle + 1}" in self.told
        if dispute.outcome not in WON or dispute.finality != "final" or is_taken:
            return []
        return [self._final(leg)]

    def _by_house(self, leg: Leg) -> list[_Release]:
        """The house gave it to the merchant: that is a release, whatever the policy was."""
        if self.side != "platform":
            return []
        return [_Release(line.effective_on, line.landed_at) for line, name in self._credited() if name == leg.name]

    def _final(self, leg: Leg) -> _Release:
        """When the decision is final, and not before the leg was told."""
        dispute = self.facts.dispute
        day = self._day(dispute.final_at or dispute.moved_at)
        known = self.facts.told_at.get(FINAL, dispute.landed_at)
        return _Release(max(day, self._day(leg.announced_at)), max(known, self._since(leg.name)))

    # --- what was settled -------------------------------------------------------------------

    def settle_lines(self) -> None:
        """Close legs by the lines that moved their money, and book what else the lines say."""
        debits = number_lines([x for x in self.lines if x.kind == "dispute"], self._told("debit"))
        credits_ = number_lines([x for x in self.lines if x.kind == "dispute_reversal"], self._told("credit"))
        for line, cycle in debits:
            self._settle(line, f"d{cycle}", is_debit=True)
        for line, cycle in credits_:
            self._settle(line, f"c{cycle}", is_debit=False)
        has_received = any(line.gross_minor > line.net_minor for line, _ in debits)
        for line in self.lines:
            if line.kind not in ("dispute", "dispute_reversal"):
                self._settle_other(line, has_received)

    def _settle(self, line: MoneyLine, leg: str, *, is_debit: bool) -> None:
        cost = self._cost(line, is_debit)
        own, original = self._own(line, self.told.get(leg))
        principal = -line.gross_minor if is_debit else line.gross_minor
        original = -original if is_debit else original
        rule = "debit_settled" if is_debit else "credit_settled"
        amounts = {"principal": principal, "original": original, **_amounts(cost)}
        filling = self.journal.filling(own, line.currency, leg=leg, batch=line.batch)
        filling.fee = cost.kind
        chosen = rule if own == line.currency else f"{rule}_converted"
        self.journal.write(chosen, line.id, line.effective_on, line.landed_at, amounts, filling, event=rule)
        if own != line.currency:
            self.unsettled[leg] = Settled.by(self.unsettled.get(leg), own, line)
        self._pass_to_merchant(line, leg, own, principal, is_debit=is_debit)
        self._pass_on(line, cost)

    def _pass_to_merchant(self, line: MoneyLine, leg: str, own: str, principal: int, *, is_debit: bool) -> None:
        """A merchant paid in another currency than was announced is charged and credited what was settled."""
        told = self.told.get(leg)
        if told is None or not self._is_booked_at_settlement(own):
            return
        if not self._reaches_merchant(told):
            return
        filling = self.journal.filling(line.currency, merchant=self.facts.merchant, leg=leg)
        rule = "merchant_debited" if is_debit else "merchant_credited"
        self.journal.write(rule, line.id, line.effective_on, line.landed_at, {"principal": principal}, filling)

    def _reaches_merchant(self, leg: Leg) -> bool:
        if leg.leg == "debit":
            return self._takes_back(leg) is None
        return not leg.is_provisional or leg.cycle in self.releases

    def _settle_other(self, line: MoneyLine, has_received: bool) -> None:
        if line.kind in _FEES:
            self._settle_fee(line, has_received)
        elif line.kind == "reserve":
            self._settle_hold(line)
        elif (leg := self._by_ref(line)) is not None:
            self._settle(line, leg.name, is_debit=True)
        else:
            self._settle_unknown(line)

    def _settle_hold(self, line: MoneyLine) -> None:
        """The partner's side of a hold; where nobody told the hold, the line opens the merchant's side too."""
        amounts = {"principal": -line.net_minor}
        filling = self.journal.filling(line.currency, batch=line.batch)
        self.journal.write("hold_settled", line.id, line.effective_on, line.landed_at, amounts, filling)
        if _is_hold(line) and not self._told("hold"):
            filling = self.journal.filling(line.currency, merchant=self.facts.merchant, leg="h1")
            held = {"amount": -line.net_minor}
            self.journal.write(
                "hold_announced", line.id, line.effective_on, line.landed_at, held, filling, preset=self.side
            )

    def _settle_unknown(self, line: MoneyLine) -> None:
        rule = rule_of_kind()[line.kind]
        if rule != "other_activity":
            rule = "line_suspended"
        filling = self.journal.filling(line.currency, batch=line.batch)
        filling.line = line.identity
        filling.kind = line.kind
        amounts = {"net": line.net_minor}
        self.journal.write(rule, line.id, line.effective_on, line.landed_at, amounts, filling, event="line_booked")

    def follow_people(self) -> None:
        """Book what persons decided: which dispute unexplained money is about, and what a merchant will not pay."""
        for share in sorted(set(self.facts.shares), key=lambda s: (s.line, s.leg or "", s.fee or "")):
            self._link(share)
        for move in sorted(set(self.facts.receivables), key=lambda m: m.id):
            self._receivable(move)

    def _link(self, share: Share) -> None:
        """Book the part of an unexplained line that was linked to this dispute."""
        filling = self.journal.filling(share.currency, leg=share.leg)
        filling.line = share.line
        filling.fee = share.fee
        about = f"{share.leg or share.fee} {share.line}"
        if share.leg is not None:
            amounts, rule = {"principal": -share.amount_minor}, "suspense_linked"
        else:
            amounts, rule = {"fee": -share.amount_minor}, "suspense_linked_fee"
        self.journal.write(rule, about, share.effective_on, share.landed_at, amounts, filling)

    def _own(self, line: MoneyLine, leg: Leg | None) -> tuple[str, int]:
        """The dispute's own currency, and the line's amount in it, signed as the line is.

        A line in another currency that does not say its amount in the leg's own
        settles what was announced: nothing else is known.
        """
        if leg is not None and leg.currency == line.currency:
            return line.currency, line.gross_minor
        sign = -1 if line.gross_minor < 0 else 1
        if line.original_currency is not None and line.original_minor is not None:
            return line.original_currency, sign * abs(line.original_minor)
        if leg is not None:
            return leg.currency, sign * leg.amount_minor
        return line.currency, line.gross_minor

    # --- fees ---------------------------------------------------------------------------------

    def _cost(self, line: MoneyLine, is_debit: bool) -> Cost:
        if line.gross_minor == line.net_minor:
            return NO_COST
        taxes = [leg for leg in self._told("tax") if leg.ref == line.identity]
        kind = receiving(self.facts.dispute.kind)
        return cost_of(line, self._terms(line.effective_on), kind, is_debit, taxes)

    def _taxes_within(self) -> list[Leg]:
        """Tax legs that are part of a line that settles a debit or a credit, and so move nothing by themselves."""
        refs = {line.identity for line in self.lines if line.kind in ("dispute", "dispute_reversal")}
        return [leg for leg in self._told("tax") if leg.ref in refs]

    def _settle_fee(self, line: MoneyLine, has_received: bool) -> None:
        accrued = self._accrued(line)
        if accrued is not None:
            filling = self.journal.filling(line.currency, leg=accrued.name, batch=line.batch)
            amounts = {"fee": -line.net_minor}
            self.journal.write("fee_accrual_settled", line.id, line.effective_on, line.landed_at, amounts, filling)
            return
        terms, usual = self._terms(line.effective_on), receiving(self.facts.dispute.kind)
        cost = Cost(fee=-line.net_minor, kind=kind_of(line, terms, usual, has_received))
        filling = self.journal.filling(line.currency, batch=line.batch)
        filling.fee = cost.kind
        self.journal.write("fee_settled", line.id, line.effective_on, line.landed_at, _amounts(cost), filling)
        self._pass_on(line, cost)

    def _pass_on(self, line: MoneyLine, cost: Cost) -> None:
        """Charge the merchant what the contract or the allocation says it bears."""
        if self.facts.preset != "platform":
            return
        terms = self._terms(line.effective_on)
        for kind, minor in ((cost.kind, cost.fee), ("processing", cost.processing)):
            if minor and is_passed_on(kind, terms, self.facts.bearer):
                leg = f"f{self._fee_cycle()}"
                self.charges.append(_Charge(leg, minor, line.currency))
                filling = self.journal.filling(line.currency, merchant=self.facts.merchant, leg=leg)
                filling.fee = kind
                about = f"{kind} {line.id}"
                self.journal.write("fee_passed_on", about, line.effective_on, line.landed_at, {"fee": minor}, filling)

    def _fee_cycle(self) -> int:
        """The next free number of a fee: after those that the partner announced."""
        return len(self.charges) + 1 + max((leg.cycle for leg in self._told("fee")), default=0)

    def _accrue(self, leg: Leg) -> None:
        """A fee announced: whose it is, a ruling decides."""
        since = self._since(leg.name)
        filling = self.journal.filling(leg.currency, merchant=self.facts.merchant, leg=leg.name)
        day, amounts = self._day(leg.announced_at), {"amount": leg.amount_minor}
        self.journal.write("fee_accrued", leg.name, day, since, amounts, filling)
        dispute = self.facts.dispute
        filling.fee = "arbitration" if dispute.stage in _ARBITRATING else "received"
        ruled = self._final(leg)
        if dispute.outcome in LOST:
            is_theirs = self.facts.preset == "platform" and is_passed_on(
                filling.fee, self._terms(day), self.facts.bearer
            )
            side: Preset = "platform" if is_theirs else "merchant"
            self.journal.write(
                "fee_ruled_against_us", leg.name, ruled.effective_on, ruled.known_at, amounts, filling,
                event="fee_ruled", preset=side,
            )  # fmt: skip
        elif dispute.outcome in WON and dispute.finality == "final":
            self.journal.write(
                "fee_ruled_for_us", leg.name, ruled.effective_on, ruled.known_at, amounts, filling, event="fee_ruled"
            )

    def _accrued(self, line: MoneyLine) -> Leg | None:
        """The announced fee that a fee's line settles: by its reference or number, else by its amount."""
        announced = self._told("fee")
        named = [leg for leg in announced if leg.ref == line.identity or leg.cycle == line.cycle]
        equal = [leg for leg in announced if (leg.amount_minor, leg.currency) == (abs(line.net_minor), line.currency)]
        return next(iter(named or equal), None)

    # --- the house ----------------------------------------------------------------------------

    def confirm_all(self) -> None:
        """Close the merchant's side by what the house did to its balance."""
        if self.facts.preset != "platform":
            return
        charged = [Slot(c.leg, abs(c.amount_minor), c.currency) for c in self.charges if c.amount_minor > 0]
        given = [Slot(c.leg, abs(c.amount_minor), c.currency) for c in self.charges if c.amount_minor < 0]
        placed = [
            *place_house_lines(self._house("dispute_debit"), self._debited(), "d1"),
            *self._credited(),
            *place_house_lines(self._house("dispute_fee"), [*charged, *self._ruled()], "f1"),
            *place_house_lines(self._house("fee_credit"), given, "f1"),
        ]
        for line, leg in placed:
            self._confirm("house_confirmed", line, leg)
        for line in self.house:
            if line.kind not in ("dispute_debit", "dispute_credit", "dispute_fee", "fee_credit"):
                self._confirm("house_unexplained", line, None)

    def _confirm(self, rule: str, line: HouseLine, leg: str | None) -> None:
        filling = self.journal.filling(line.currency, merchant=line.merchant, leg=leg)
        filling.line = line.id
        amounts = {"paid": -line.amount_minor - line.short_minor, "short": line.short_minor}
        self.journal.write(rule, line.id, line.effective_on, line.landed_at, amounts, filling, event="house_confirmed")

    def _credited(self) -> list[tuple[HouseLine, str]]:
        lines = self._house("dispute_credit")
        if not lines or self.side != "platform":
            return [(line, "c1") for line in lines]
        slots = [*map(_slot, self._told("release")), *map(self._credit_slot, self._told("credit"))]
        return place_house_lines(lines, slots, "c1")

    def _credit_slot(self, leg: Leg) -> Slot:
        taker = self.told.get(f"d{leg.cycle + 1}")
        is_fleeting = leg.is_provisional and not self._by_policy(leg)
        until_on = self._day(taker.announced_at) if taker is not None and is_fleeting else None
        return Slot(leg.name, leg.amount_minor, leg.currency, until_on)

    def _debited(self) -> list[Slot]:
        if self.side != "platform":
            return []
        held = self._held()
        holds = [Slot(name, minor, self.facts.dispute.currency or "") for name, minor in sorted(held.items())]
        debits = [leg for leg in self._told("debit") if self._takes_back(leg) is None and f"h{leg.cycle}" not in held]
        return [*holds, *map(_slot, debits)]

    def _ruled(self) -> list[Slot]:
        return [_slot(leg) for leg in self._told("fee")] if self.facts.dispute.outcome in LOST else []

    def _house(self, kind: str) -> list[HouseLine]:
        return [line for line in self.house if line.kind == kind]

    def _receivable(self, move: ReceivableMove) -> None:
        """What became of money that the merchant could not pay."""
        filling = self.journal.filling(move.currency, merchant=move.merchant)
        amounts = {"amount": move.amount_minor}
        written_off = ("loss_provided", "receivable_written_off")
        for rule in written_off if move.kind == "written_off" else ("receivable_recovered",):
            self.journal.write(rule, move.id, move.effective_on, move.landed_at, amounts, filling)

    # --- the end ------------------------------------------------------------------------------

    def close(self) -> None:
        """Book what is left once all that is expected has come."""
        dispute = self.facts.dispute
        is_lost = dispute.outcome in LOST and dispute.finality == "final"
        if self.unsettled:
            self._close_fx(is_lost)
        if self.side == "merchant" and (dispute.outcome in LOST or self._is_split()):
            day = self._day(dispute.decided_at or dispute.moved_at)
            write_off_lost(self.journal, day, self.facts.told_at.get(DECIDED, dispute.landed_at))

    def _close_fx(self, is_lost: bool) -> None:
        last = max(settled.effective_on for settled in self.unsettled.values())
        bearer = self.facts.bearer.fx or self._terms(last).fx_borne_by
        merchant = bearer == "merchant" and self.side == "platform"
        close_fx(
            self.journal,
            self.unsettled,
            rule="fx_passed_on" if merchant else "fx_realised",
            merchant=self.facts.merchant,
            is_over=is_lost,
        )

    def _is_split(self) -> bool:
        """Part was given back, so the rest is gone; before the partner says which part, nothing is written off."""
        is_split = self.facts.dispute.outcome == "split" and self.facts.dispute.finality == "final"
        return is_split and any(leg.leg in ("credit", "release") for leg in self.legs)

    # --- small questions ----------------------------------------------------------------------

    def _told(self, kind: str) -> list[Leg]:
        return [leg for leg in self.legs if leg.leg == kind]

    def _by_ref(self, line: MoneyLine) -> Leg | None:
        owed = ("compensation", "tax")
        return next((leg for leg in self.legs if leg.leg in owed and leg.ref == line.identity), None)

    def _since(self, leg: str) -> int:
        return self.facts.told_at.get(leg, self.facts.dispute.landed_at)

    def _day(self, at: int) -> str:
        return local_day(at, self.facts.zone).isoformat()

    def _terms(self, day: str) -> Terms:
        return terms_on(self.facts.terms, day) if self.facts.terms else NO_TERMS

    def _is_booked_at_settlement(self, currency: str) -> bool:
        paid = self.facts.payment_currency
        return self.side == "platform" and paid is not None and paid != currency


def _slot(leg: Leg) -> Slot:
    return Slot(leg.name, leg.amount_minor, leg.currency)


def _is_hold(line: MoneyLine) -> bool:
    return line.kind == "reserve" and line.net_minor < 0


def _amounts(cost: Cost) -> dict[str, int]:
    return {"fee": cost.fee, "processing": cost.processing, "tax": cost.tax}
