"""A dispute is the fold of the set of its observations: any order, any repetition gives the same dispute.

`fold` sorts by (occurred_at, rank in MOVES, events first, id), never by arrival, and walks
once. It knows no partner, no clock and no store; links to merchant and payment
and computed deadlines are added above it (`recoup.intake`).
"""

from collections.abc import Iterable

import msgspec

from recoup.domain.findings import Finding
from recoup.domain.ids import chain_id
from recoup.domain.instants import DAY, parse_instant
from recoup.domain.legs import Leg
from recoup.domain.lifecycle import START, Move, Moves, Position
from recoup.domain.observation import DueState, Kind, Nature, Observation, Said

DUE_UNREADABLE = "lifecycle.due_unreadable"
"""The check of a due time that cannot be one; it counts as unsaid."""
NO_DUE_BEFORE = parse_instant("2000-01-01T00:00:00Z")
"""No partner's answer was due before: zeros and small counts end up in 1970."""
_TELLS_DUE = frozenset({"said", "none_allowed"})
_KIND_WEIGHT = {
    None: -1,
    "notice": 0,
    "alert": 1,
    "request": 2,
    "resolution": 3,
    "compliance_case": 4,
    "return": 5,
    "dispute": 5,
}
_ALL_OURS = frozenset({"won", "withdrawn"})
_ALL_GONE = frozenset({"lost", "accepted", "expired"})
_NOTHING_MOVED = frozenset({"closed_no_debit", "prevented"})


class Dispute(msgspec.Struct, frozen=True, gc=False):
    """What the set of observations says of one case. Money in minor units of `currency`, instants in microseconds."""

    id: str
    partner: str
    account: str
    partner_dispute_id: str
    kind: str
    nature: str | None
    """Of a return: why it came back."""
    chain: str
    payment_ref: str | None
    network: str | None
    stage: str | None
    turn: str
    partner_status: str | None
    outcome: str | None
    finality: str | None
    amount_minor: int | None
    amount_won_minor: int | None
    amount_lost_minor: int | None
    currency: str | None
    reason_code: str | None
    partner_due_at: int | None
    """The earliest due time the partner said for the present stage; later ones count once an extension is proven."""
    due_state: DueState
    is_slot_spent: bool
    opened_at: int | None
    staged_at: int
    """When the present stage began: where its clock starts."""
    moved_at: int
    """When the latest applied observation occurred."""
    decided_at: int | None
    legs: tuple[Leg, ...]
    landed_at: int
    """Since when all of this is known: the latest landing among the observations."""
    final_at: int | None = None
    """Since when the outcome is final; later than `decided_at` where it was provisional first."""


class Folded(msgspec.Struct, frozen=True):
    """A dispute and what is wrong with the story its observations tell."""

    dispute: Dispute
    findings: tuple[Finding, ...]


def order(observations: Iterable[Observation], moves: Moves) -> list[Observation]:
    """The one order in which observations are read, whatever the order of arrival; at one instant events are first.

    They are what happened; a page or a row of a report that tells it too may begin anywhere.
    """
    unknown = moves["unknown"]
    distinct = {
        o.id: o for o in sorted(observations, key=lambda o: (o.landed_at, o.delivery, o.position), reverse=True)
    }
    return sorted(
        distinct.values(),
        key=lambda o: (o.said.occurred_at, moves.get(o.said.move, unknown).rank, o.said.form != "event", o.id),
    )


def fold(observations: Iterable[Observation], moves: Moves) -> Folded:
    """The dispute that these observations tell, and the findings about their content.

    Args:
      observations: All of one dispute, at least one, in any order, repeated or not.
      moves: The MOVES table.
    """
    told = order(observations, moves)
    walk = _Walk(told[0])
    for observation in told:
        walk.take(observation, moves.get(observation.said.move, moves["unknown"]))
    return Folded(walk.dispute(), tuple(walk.findings))


class History(msgspec.Struct, frozen=True):
    """A fold, and the dispute as it was known after each landing, in order of landing; the last one is the fold's."""

    folded: Folded
    known: dict[int, Dispute]


def fold_history(observations: Iterable[Observation], moves: Moves) -> History:
    """What `fold` gives, and what it gave of all that had landed at each earlier time.

    Told in the order in which it happened, as nearly always, one walk gives them all.
    """
    told = order(observations, moves)
    landings = [o.landed_at for o in told]
    if landings != sorted(landings):
        known = {at: fold((o for o in told if o.landed_at <= at), moves).dispute for at in sorted(set(landings))}
        return History(fold(told, moves), known)
    known = {}
    walk = _Walk(told[0])
    for observation, after in zip(told, [*landings[1:], None], strict=True):
        walk.take(observation, moves.get(observation.said.move, moves["unknown"]))
        if observation.landed_at != after:
            known[observation.landed_at] = walk.dispute()
    return History(Folded(known[landings[-1]], tuple(walk.findings)), known)


class _Facts(msgspec.Struct, gc=False):
    """What has been said so far, beside where the dispute stands."""

    kind: Kind | None = None
    nature: Nature | None = None
    payment_ref: str | None = None
    case_ref: str | None = None
    network: str | None = None
    partner_status: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    reason_code: str | None = None
    due_at: int | None = None
    due_state: DueState = "unsaid"
    is_slot_spent: bool = False
    opened_at: int | None = None


class _Walk:
    """The state while walking; one instance per fold, never shared."""

    __slots__ = (
        "at",
        "decided_at",
        "facts",
        "final_at",
        "findings",
        "first",
        "landed_at",
        "legs",
        "moved_at",
        "staged_at",
    )

    def __init__(self, first: Observation) -> None:
        self.first = first
        self.at: Position = START
        self.facts = _Facts()
        self.legs: dict[tuple[str, int], Leg] = {}
        self.findings: list[Finding] = []
        self.staged_at = first.said.occurred_at
        self.moved_at = first.said.occurred_at
        self.decided_at: int | None = None
        self.final_at: int | None = None
        self.landed_at = first.landed_at

    def take(self, observation: Observation, move: Move) -> None:
        """Take one step, unless it leads back to where a dispute cannot return."""
        said = observation.said
        self.landed_at = max(self.landed_at, observation.landed_at)
        self._tell_legs(said)
        if said.form == "row" and self._is_repeated(move):
            self._remember(msgspec.structs.replace(said, partner_status=None))
            return
        step = move.step(self.at)
        if step in ("jump", "regression") and not (step == "jump" and self._may_start(said)):
            self.findings.append(_odd_step(observation, move, self.at, step))
        if step == "regression":
            return
        self._move(said, move.leads_to(self.at))
        self._remember(said)

    def _is_repeated(self, move: Move) -> bool:
        # A report books an event some time after it happened, by when we may be further: its row is no step back.
        # A decision always counts.
        is_behind = move.outcome is None and move.rank < self.at.rank
        return is_behind and move.leads_to(self.at).stage == self.at.stage

    def _may_start(self, said: Said) -> bool:
        # A snapshot or a report row may be the first we hear of a dispute, at whatever stage it is by then.
        return self.at == START and said.form != "event"

    def _move(self, said: Said, to: Position) -> None:
        if to.stage != self.at.stage or (self.at.outcome is not None and to.outcome is None):
            self.staged_at = said.occurred_at
            self.facts.due_at, self.facts.due_state, self.facts.is_slot_spent = None, "unsaid", False
        if to.outcome != self.at.outcome:
            self.decided_at = said.occurred_at if to.outcome is not None else None
        if (to.outcome, to.finality) != (self.at.outcome, self.at.finality):
            self.final_at = said.occurred_at if to.finality == "final" else None
        if to != self.at:
            self.moved_at = said.occurred_at
        self.at = to

    def _remember_due(self, said: Said) -> None:
        facts = self.facts
        opened_at = _earliest(facts.opened_at, said.opened_at)
        if said.due_state == "said" and said.due_at is not None and _is_no_due_time(said.due_at, opened_at):
            # Taken as unsaid: the earliest counts, so a time of 1970 would stand for ever.
            found = _odd_due(self.first, said.due_at, opened_at)
            self.findings += [] if found in self.findings else [found]
            return
        facts.due_state = said.due_state
        # "No response allowed" leaves nothing that is due.
        facts.due_at = _earliest(facts.due_at, said.due_at) if said.due_state == "said" else None

    def _remember(self, said: Said) -> None:
        # Written out field by field: this runs for every observation whenever its dispute is derived.
        facts = self.facts
        if said.payment_ref is not None:
            facts.payment_ref = said.payment_ref
        if said.network is not None:
            facts.network = said.network
        if said.partner_status is not None:
            facts.partner_status = said.partner_status
        if said.amount_minor is not None:
            facts.amount_minor = said.amount_minor
        if said.currency is not None:
            facts.currency = said.currency
        if said.reason_code is not None:
            facts.reason_code = said.reason_code
        if said.is_slot_spent is not None:
            facts.is_slot_spent = said.is_slot_spent
        if _KIND_WEIGHT[said.kind] >= _KIND_WEIGHT[facts.kind]:
            facts.kind = said.kind
        if said.nature is not None:
            facts.nature = said.nature
        if said.due_state in _TELLS_DUE:
            self._remember_due(said)
        facts.opened_at = _earliest(facts.opened_at, said.opened_at)
        if said.case_ref is not None:
            facts.case_ref = said.case_ref if facts.case_ref is None else min(facts.case_ref, said.case_ref)

    def _tell_legs(self, said: Said) -> None:
        for told in said.legs:
            key = (told.leg, told.cycle)
            known = self.legs.get(key)
            self.legs[key] = Leg(
                leg=told.leg,
                cycle=told.cycle,
                amount_minor=told.amount_minor,
                currency=told.currency,
                announced_at=known.announced_at if known else said.occurred_at,
                ref=told.ref or (known.ref if known else None),
                is_provisional=told.is_provisional,
            )

    def dispute(self) -> Dispute:
        """What the walk came to."""
        facts, at, first = self.facts, self.at, self.first
        partner_dispute_id = first.said.partner_dispute_id
        won, lost = _split(at.outcome, facts.amount_minor)
        return Dispute(
            id=first.dispute,
            partner=first.partner,
            account=first.account,
            partner_dispute_id=partner_dispute_id,
            kind=facts.kind or "dispute",
            nature=facts.nature,
            chain=chain_id(first.partner, first.account, facts.case_ref or partner_dispute_id),
            payment_ref=facts.payment_ref,
            network=facts.network,
            stage=at.stage or _stage_unsaid(facts.kind),
            turn=at.turn,
            partner_status=facts.partner_status,
            outcome=at.outcome,
            finality=at.finality,
            amount_minor=facts.amount_minor,
            amount_won_minor=won,
            amount_lost_minor=lost,
            currency=facts.currency,
            reason_code=facts.reason_code,
            partner_due_at=facts.due_at,
            due_state=facts.due_state,
            is_slot_spent=facts.is_slot_spent,
            opened_at=facts.opened_at,
            staged_at=self.staged_at,
            moved_at=self.moved_at,
            decided_at=self.decided_at,
            final_at=self.final_at,
            legs=tuple([self.legs[key] for key in sorted(self.legs)]),
            landed_at=self.landed_at,
        )


def _stage_unsaid(kind: object) -> str | None:
    # Neither notice, alert nor resolution has a stage; a dispute whose stage nobody said stands at an unknown one.
    return None if kind in ("notice", "alert", "resolution") else "unknown"


def _earliest(known: int | None, told: int | None) -> int | None:
    return told if known is None or (told is not None and told < known) else known


def _split(outcome: str | None, amount: int | None) -> tuple[int | None, int | None]:
    """Amounts won and lost; None while open, unknown or split in a way the partner did not say."""
    if amount is None or outcome is None:
        return None, None
    if outcome in _ALL_OURS:
        return amount, 0
    if outcome in _ALL_GONE:
        return 0, amount
    return (0, 0) if outcome in _NOTHING_MOVED else (None, None)


def _is_no_due_time(due_at: int, opened_at: int | None) -> bool:
    """Whether a due time cannot be one; a day is left to those who count days in another zone."""
    return due_at < NO_DUE_BEFORE or (opened_at is not None and due_at <= opened_at - DAY)


def _odd_due(first: Observation, due_at: int, opened_at: int | None) -> Finding:
    days = None if opened_at is None else (opened_at - due_at) // DAY
    return Finding(
        check=DUE_UNREADABLE,
        where=f"{first.partner} {first.said.partner_dispute_id}",
        found="a due time before the year 2000" if days is None else f"a due time {days} days before it was opened",
        wanted="a later one, or none",
        severity="warn",
    )


def _odd_step(observation: Observation, move: Move, at: Position, step: str) -> Finding:
    said = observation.said
    return Finding(
        check=f"lifecycle.{step}",
        where=f"{observation.partner} {said.partner_dispute_id}",
        found=f"{move.name} after {at.stage or 'nothing'}{f', {at.outcome}' if at.outcome else ''}",
        wanted=f"{move.name} only after {'|'.join(sorted(move.from_stages))}"
        f" with outcome {'|'.join(sorted(move.from_outcomes))}",
        severity="warn" if step == "jump" else "error",
    )
