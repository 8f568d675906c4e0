"""The book of one dispute: from the facts about it to the entries they ask for.

`wanted_for_dispute` is a pure function of a set of facts: any order, any
repetition gives the same entries. It never looks at what is posted; `posting.py`
compares. Legs announced open clearing accounts, lines settled close them, the
house's lines close the merchant's side. Which accounts that means stands in
`tables/posting_rules.csv`; what answers what in `case.py`; what is left once all
is told in `closing.py`.
"""

from typing import NamedTuple

from recoup.domain.legs import Leg
from recoup.domain.money_line import MoneyLine
from recoup.ledger.case import Case, Since, is_hold
from recoup.ledger.closing import Settled, close_fx, write_off_lost
from recoup.ledger.entry import Wanted
from recoup.ledger.facts import DECIDED, FINAL, DisputeFacts, HouseLine, ReceivableMove, Share
from recoup.ledger.fees import NO_COST, Cost, cost_of, is_passed_on, kind_of, receiving
from recoup.ledger.journal import Journal
from recoup.ledger.numbering import Slot, number_lines, place_house_lines
from recoup.ledger.posting_rules import Preset, rule_of_kind

_FEES = frozenset({"dispute_fee", "fee"})
_ARBITRATING = frozenset({"pre_arbitration", "arbitration", "appeal"})


def wanted_for_dispute(facts: DisputeFacts) -> tuple[Wanted, ...]:
    """Every entry that the facts about one dispute ask for, each fact once.

    Each entry balances per currency. Nothing is asked for where no leg was told
    and no line names the dispute: notices and inquiries have no entries.
    """
    booking = _Booking(facts)
    for leg in booking.case.told.values():
        booking.announce(leg)
    if facts.lines:
        booking.settle_lines()
    if facts.house and facts.preset == "platform":
        booking.confirm_all()
    if facts.shares or facts.receivables:
        booking.follow_people()
    booking.close()
    return tuple(booking.journal.entries)


class _Charge(NamedTuple):
    """One fee passed on to the merchant, or given back."""

    leg: str
    amount_minor: int
    currency: str


class _Booking:
    """One dispute while it is booked; one instance per call, never shared."""

    __slots__ = ("case", "charges", "converted", "facts", "journal", "side")

    def __init__(self, facts: DisputeFacts) -> None:
        dispute = facts.dispute
        self.facts = facts
        self.case = Case(facts)
        self.side = self.case.side
        self.journal = Journal(
            book=facts.book,
            preset=facts.preset,
            chain=facts.chain,
            partner=dispute.partner,
            account=dispute.account,
            dispute=dispute.id,
        )
        self.charges: list[_Charge] = []
        self.converted: dict[str, Settled] = {}
        """Legs that were settled in another currency."""

    # --- what was announced -------------------------------------------------------------------

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
                if not self.case.is_within_a_line(leg):
                    self._announce("tax_announced", leg)
            case "fee":
                self._accrue(leg)

    def _announce_debit(self, leg: Leg) -> None:
        taken = self.case.takes_back(leg)
        if taken is not None:
            self._announce("debit_against_provisional", leg, answered=taken)
        elif self.side == "platform" and f"h{leg.cycle}" in self.case.held:
            self._announce("debit_against_hold", leg, answered=f"h{leg.cycle}")
        elif self.case.is_booked_at_settlement(leg.currency):
            self._announce("debit_announced_converted", leg)
        else:
            self._announce("debit_announced", leg)

    def _announce_credit(self, leg: Leg) -> None:
        answered = f"d{leg.cycle}"
        ending = "_converted" if self.case.is_booked_at_settlement(leg.currency) else ""
        if not leg.is_provisional:
            self._announce(f"credit_announced{ending}", leg, answered)
            return
        self._announce("credit_provisional", leg, answered)
        release = self.case.releases.get(leg.cycle)
        if release is not None:
            self._write_leg(f"credit_released{ending}", "credit_released", leg, answered, release)

    def _announce(self, rule: str, leg: Leg, answered: str | None = None) -> None:
        self._write_leg(rule, f"{leg.leg}_announced", leg, answered, self.case.announced(leg))

    def _write_leg(self, rule: str, event: str, leg: Leg, answered: str | None, since: Since) -> None:
        name = leg.name
        filling = self.journal.filling(leg.currency, merchant=self.facts.merchant, leg=name, answered=answered)
        amounts = {"amount": leg.amount_minor}
        day, known_at = since
        self.journal.write(rule, name, day, known_at, amounts, filling, event=event, preset=self.side)

    # --- what was settled ---------------------------------------------------------------------

    def settle_lines(self) -> None:
        """Close legs by the lines that moved their money, and book what else the lines say."""
        debits: list[MoneyLine] = []
        credits_: list[MoneyLine] = []
        others: list[MoneyLine] = []
        for line in self.case.lines:
            (debits if line.kind == "dispute" else credits_ if line.kind == "dispute_reversal" else others).append(line)
        for line, cycle in number_lines(debits, self.case.legs("debit")):
            self._settle(line, f"d{cycle}", is_debit=True)
        for line, cycle in number_lines(credits_, self.case.legs("credit")):
            self._settle(line, f"c{cycle}", is_debit=False)
        has_received = any(line.gross_minor > line.net_minor for line in debits)
        for line in others:
            self._settle_other(line, has_received)

    def _settle(self, line: MoneyLine, leg: str, *, is_debit: bool) -> None:
        told = self.case.told.get(leg)
        cost = self._cost(line, is_debit)
        own, original = _own(line, told)
        sign = -1 if is_debit else 1
        amounts = _amounts(cost)
        amounts["principal"] = sign * line.gross_minor
        amounts["original"] = sign * original
        filling = self.journal.filling(own, line.currency, leg=leg, batch=line.batch)
        filling.fee = cost.kind
        event = "debit_settled" if is_debit else "credit_settled"
        is_converted = own != line.currency
        rule = f"{event}_converted" if is_converted else event
        self.journal.write(rule, line.id, line.effective_on, line.landed_at, amounts, filling, event=event)
        if is_converted:
            self.converted[leg] = Settled.by(self.converted.get(leg), own, line)
        if told is not None and self.case.is_booked_at_settlement(own) and self.case.reaches_merchant(told):
            self._pass_to_merchant(line, leg, amounts["principal"], is_debit=is_debit)
        if cost is not NO_COST:
            self._pass_on(line, cost)

    def _pass_to_merchant(self, line: MoneyLine, leg: str, principal: int, *, is_debit: bool) -> None:
        """A merchant paid in another currency than was announced is charged and credited what was settled."""
        filling = self.journal.filling(line.currency, merchant=self.facts.merchant, leg=leg)
        rule = "merchant_debited" if is_debit else "merchant_credited"
        self.journal.write(rule, line.id, line.effective_on, line.landed_at, {"principal": principal}, filling)

    def _settle_other(self, line: MoneyLine, has_received: bool) -> None:
        if line.kind in _FEES:
            self._settle_fee(line, has_received)
        elif line.kind == "reserve":
            self._settle_hold(line)
        elif (leg := self.case.settled_by(line)) is not None:
            self._settle(line, leg.name, is_debit=True)
        else:
            self._settle_unknown(line)

    def _settle_hold(self, line: MoneyLine) -> None:
        """The partner's side of a hold; where nobody told the hold, the line opens the merchant's side too."""
        day, known_at = line.effective_on, line.landed_at
        filling = self.journal.filling(line.currency, batch=line.batch)
        self.journal.write("hold_settled", line.id, day, known_at, {"principal": -line.net_minor}, filling)
        if is_hold(line) and not self.case.legs("hold"):
            filling = self.journal.filling(line.currency, merchant=self.facts.merchant, leg="h1")
            held = {"amount": -line.net_minor}
            self.journal.write("hold_announced", line.id, day, known_at, held, filling, preset=self.side)

    def _settle_unknown(self, line: MoneyLine) -> None:
        """A line that names the dispute but none of its legs: its money moved, what for is open."""
        rule = rule_of_kind()[line.kind]
        if rule != "other_activity":
            rule = "line_suspended"
        filling = self.journal.filling(line.currency, batch=line.batch)
        filling.line = line.identity
        filling.kind = line.kind
        amounts = {"net": line.net_minor}
        self.journal.write(rule, line.id, line.effective_on, line.landed_at, amounts, filling, event="line_booked")

    # --- fees -----------------------------------------------------------------------------------

    def _cost(self, line: MoneyLine, is_debit: bool) -> Cost:
        if line.gross_minor == line.net_minor:
            return NO_COST
        kind, taxes = receiving(self.facts.dispute.kind), self.case.taxes_within(line)
        return cost_of(line, self.case.terms(line.effective_on), kind, is_debit, taxes)

    def _settle_fee(self, line: MoneyLine, has_received: bool) -> None:
        accrued = self.case.accrued(line)
        filling = self.journal.filling(line.currency, batch=line.batch)
        if accrued is not None:
            filling.leg = accrued.name
            amounts = {"fee": -line.net_minor}
            self.journal.write("fee_accrual_settled", line.id, line.effective_on, line.landed_at, amounts, filling)
            return
        terms, usual = self.case.terms(line.effective_on), receiving(self.facts.dispute.kind)
        cost = Cost(fee=-line.net_minor, kind=kind_of(line, terms, usual, has_received))
        filling.fee = cost.kind
        self.journal.write("fee_settled", line.id, line.effective_on, line.landed_at, _amounts(cost), filling)
        self._pass_on(line, cost)

    def _pass_on(self, line: MoneyLine, cost: Cost) -> None:
        """Charge the merchant what the contract or the allocation says it bears."""
        if self.facts.preset != "platform":
            return
        terms = self.case.terms(line.effective_on)
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
        return len(self.charges) + 1 + max((leg.cycle for leg in self.case.legs("fee")), default=0)

    def _accrue(self, leg: Leg) -> None:
        """A fee announced: whose it is, a ruling decides."""
        name, told, ruled = leg.name, self.case.announced(leg), self.case.final(leg)
        filling = self.journal.filling(leg.currency, merchant=self.facts.merchant, leg=name)
        filling.fee = "arbitration" if self.facts.dispute.stage in _ARBITRATING else "received"
        amounts = {"amount": leg.amount_minor}
        self.journal.write("fee_accrued", name, *told, amounts, filling)
        if self.case.is_lost:
            side = self._side_of_fee(filling.fee, told.effective_on)
            self.journal.write("fee_ruled_against_us", name, *ruled, amounts, filling, event="fee_ruled", preset=side)
        elif self.case.is_won:
            self.journal.write("fee_ruled_for_us", name, *ruled, amounts, filling, event="fee_ruled")

    def _side_of_fee(self, kind: str, day: str) -> Preset:
        is_theirs = is_passed_on(kind, self.case.terms(day), self.facts.bearer)
        return "platform" if is_theirs and self.facts.preset == "platform" else "merchant"

    # --- the house ------------------------------------------------------------------------------

    def confirm_all(self) -> None:
        """Close the merchant's side by what the house did to its balance."""
        for line, leg in (*self.case.debited(), *self.case.credited(), *self._fees_confirmed()):
            self._confirm("house_confirmed", line, leg)
        for line in self.case.house_of_other_kinds():
            self._confirm("house_unexplained", line, None)

    def _fees_confirmed(self) -> list[tuple[HouseLine, str]]:
        charged, given = self.case.house("dispute_fee"), self.case.house("fee_credit")
        if not charged and not given:
            return []
        owed = [Slot(leg, minor, currency) for leg, minor, currency in self.charges if minor > 0]
        returned = [Slot(leg, -minor, currency) for leg, minor, currency in self.charges if minor < 0]
        placed = place_house_lines(charged, [*owed, *self.case.ruled_slots()], "f1")
        return placed + place_house_lines(given, returned, "f1") if given else placed

    def _confirm(self, rule: str, line: HouseLine, leg: str | None) -> None:
        filling = self.journal.filling(line.currency, merchant=line.merchant, leg=leg)
        filling.line = line.id
        amounts = {"paid": -line.amount_minor - line.short_minor, "short": line.short_minor}
        self.journal.write(rule, line.id, line.effective_on, line.landed_at, amounts, filling, event="house_confirmed")

    # --- what persons decided ---------------------------------------------------------------------

    def follow_people(self) -> None:
        """Book which dispute unexplained money is about, and what a merchant will not pay."""
        for share in sorted(set(self.facts.shares), key=lambda s: (s.line, s.leg or "", s.fee or "")):
            self._link(share)
        for move in sorted(set(self.facts.receivables), key=lambda m: m.id):
            self._receivable(move)

    def _link(self, share: Share) -> None:
        filling = self.journal.filling(share.currency, leg=share.leg)
        filling.line = share.line
        filling.fee = share.fee
        about = f"{share.leg or share.fee} {share.line}"
        name, rule = ("principal", "suspense_linked") if share.leg is not None else ("fee", "suspense_linked_fee")
        self.journal.write(rule, about, share.effective_on, share.landed_at, {name: -share.amount_minor}, filling)

    def _receivable(self, move: ReceivableMove) -> None:
        filling = self.journal.filling(move.currency, merchant=move.merchant)
        amounts = {"amount": move.amount_minor}
        written_off = ("loss_provided", "receivable_written_off")
        for rule in written_off if move.kind == "written_off" else ("receivable_recovered",):
            self.journal.write(rule, move.id, move.effective_on, move.landed_at, amounts, filling)

    # --- the end ----------------------------------------------------------------------------------

    def close(self) -> None:
        """Book what is left once all that is expected has come."""
        dispute = self.facts.dispute
        if self.converted:
            self._close_fx()
        if self.side == "merchant" and self.case.is_partly_gone:
            day = self.case.day(dispute.decided_at or dispute.moved_at)
            write_off_lost(self.journal, day, self.case.known_since(DECIDED))

    def _lost_for_good(self) -> tuple[str, int] | None:
        dispute = self.facts.dispute
        if not self.case.is_lost or dispute.finality != "final":
            return None
        return self.case.day(dispute.final_at or dispute.moved_at), self.case.known_since(FINAL)

    def _close_fx(self) -> None:
        last = max(settled.effective_on for settled in self.converted.values())
        bearer = self.facts.bearer.fx or self.case.terms(last).fx_borne_by
        is_theirs = bearer == "merchant" and self.side == "platform"
        close_fx(
            self.journal,
            self.converted,
            rule="fx_passed_on" if is_theirs else "fx_realised",
            merchant=self.facts.merchant,
            over=self._lost_for_good(),
        )


def _own(line: MoneyLine, leg: Leg | None) -> tuple[str, int]:
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


def _amounts(cost: Cost) -> dict[str, int]:
    return {"fee": cost.fee, "processing": cost.processing, "tax": cost.tax}
