"""What is left on a dispute's own accounts once all that is expected has come.

Conversion: a leg settled in another currency leaves a position in two. When the
movements that answer each other are both settled, the dispute's own currency
returns to zero by itself, and what remains in the other is realised. Loss: what
nobody behind us bears is written off when the dispute is lost.
"""

from collections.abc import Mapping

import msgspec

from recoup.domain.money_line import MoneyLine
from recoup.ledger.journal import Journal


class Settled(msgspec.Struct, frozen=True, gc=False):
    """A leg that was settled in another currency than its own: since when, and what its own is."""

    own: str
    effective_on: str
    known_at: int

    @staticmethod
    def by(known: "Settled | None", own: str, line: MoneyLine) -> "Settled":
        """The leg after one more line settled it."""
        if known is None:
            return Settled(own, line.effective_on, line.landed_at)
        return Settled(own, max(known.effective_on, line.effective_on), max(known.known_at, line.landed_at))


def close_fx(
    journal: Journal,
    settled: Mapping[str, Settled],
    *,
    rule: str,
    merchant: str | None,
    over: tuple[str, int] | None,
) -> None:
    """Realise the positions of legs whose answers are settled too.

    Legs are walked as they follow each other, d1 c1 d2 c2. Each time their own
    currency adds up to zero, the group is over: its positions are carried to its
    last leg and what is left there is realised.

    Args:
      journal: With all other entries written.
      settled: The converted legs, by name.
      rule: `fx_realised`, or `fx_passed_on` where the merchant bears the difference.
      merchant: Whom it is passed on to.
      over: The day on which the dispute was lost for good, and since when that is known: no answer will come, and the
        rest is realised on that day as well, in both currencies and by us, since no rate turns the one into the
        other. None while an answer may come.
    """
    left = journal.balances("fx_position")
    group: list[str] = []
    owed = 0
    for name in sorted(settled, key=_sequence):
        group.append(name)
        owed += left.get((name, settled[name].own), 0)
        if not owed:
            _realise(journal, left, group, settled, rule, merchant)
            group = []
    if group and over is not None:
        _realise(journal, left, group, settled, "fx_realised", None, over)


def _sequence(name: str) -> tuple[int, bool]:
    return int(name[1:]), name.startswith("c")


def _realise(
    journal: Journal,
    left: Mapping[tuple[str, str], int],
    group: list[str],
    settled: Mapping[str, Settled],
    rule: str,
    merchant: str | None,
    over: tuple[str, int] = ("", 0),
) -> None:
    last = group[-1]
    on = max(over[0], *(settled[name].effective_on for name in group))
    known_at = max(over[1], *(settled[name].known_at for name in group))
    residues: dict[str, int] = {}
    for (name, currency), minor in sorted(left.items()):
        if name not in group:
            continue
        residues[currency] = residues.get(currency, 0) + minor
        if name != last:
            filling = journal.filling(currency, leg=last, answered=name)
            journal.write("fx_carried", f"{name} {currency}", on, known_at, {"residue": minor}, filling)
    for currency, minor in residues.items():
        filling = journal.filling(currency, merchant=merchant, leg=last)
        about = f"{last} {currency}"
        journal.write(rule, about, on, known_at, {"residue": minor}, filling, event="fx_realised")


def write_off_lost(journal: Journal, decided_on: str, known_at: int) -> None:
    """Write off what is left of the receivable, leg by leg, by the rules of own books: the house bears it.

    Args:
      journal: With all other entries written.
      decided_on: Day of the decision.
      known_at: Since when the decision is known; a leg told later counts from then.
    """
    for (leg, currency), minor in sorted(journal.balances("dispute_receivable").items()):
        since = max(known_at, journal.known_since("dispute_receivable", leg))
        filling = journal.filling(currency, leg=leg)
        about, amounts = f"{leg} {currency}", {"residue": minor}
        journal.write("dispute_lost", about, decided_on, since, amounts, filling, preset="merchant")
