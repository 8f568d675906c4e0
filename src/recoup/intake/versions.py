"""What we knew of a dispute, and since when: its states, one after another, as a function of what landed when.

A state is known from the landing of what changed it. Taken in at once or one by
one, in order or not, the same facts give the same states; so a version is
derived like everything else, and rewritten where something earlier came late.
"""

from collections.abc import Callable, Sequence

import msgspec

from recoup.domain.observation import Observation
from recoup.intake.linking import Payment
from recoup.intake.rows import Row


class State(msgspec.Struct, frozen=True):
    """One state of a dispute: since when known, the delivery that told it, and its columns."""

    known_from: int
    cause: str
    columns: Row


Derived = Callable[[int, Payment | None], Row]
"""The columns of a dispute as known at an instant, with this payment."""


def states(observations: Sequence[Observation], payment: Payment | None, now: Row, derived: Derived) -> list[State]:
    """All states in order of landing; the last one is what stands.

    Args:
      observations: All of one dispute.
      payment: The house's payment of it, where it is known.
      now: The columns that all of them together give.
      derived: What those of them give that had landed by then.
    """
    landings = _landings(observations, payment)
    last = max(landings)
    found: list[State] = []
    for at in sorted(landings):
        columns = now if at == last else derived(at, payment if payment and payment.landed_at <= at else None)
        if not found or columns != found[-1].columns:
            found.append(State(at, landings[at], columns))
    return found


def rows(dispute: str, known: Sequence[State]) -> tuple[Row, list[Row]]:
    """The row of table dispute, and those of table dispute_version for the states before."""
    last = len(known) - 1
    current = (dispute, *known[last].columns, known[last].known_from, last)
    earlier = [
        (dispute, at, *state.columns, state.known_from, known[at + 1].known_from, known[at + 1].cause)
        for at, state in enumerate(known[:last])
    ]
    return current, earlier


def _landings(observations: Sequence[Observation], payment: Payment | None) -> dict[int, str]:
    """The instants at which something landed since the dispute was first told of, each with a delivery."""
    landings: dict[int, str] = {}
    for o in observations:
        known = landings.get(o.landed_at)
        landings[o.landed_at] = o.delivery if known is None else min(known, o.delivery)
    if payment is not None and payment.landed_at > min(landings):
        landings.setdefault(payment.landed_at, payment.delivery)
    return landings
