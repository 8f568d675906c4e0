"""The control on decisions: a final outcome that the partner turned round, with no step between that opened it again.

It may do so; then somebody asks why, and looks whether the money followed. Reads: observation, dispute.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.instants import Instant, render_minute
from recoup.domain.lifecycle import KEEP, Moves
from recoup.storage import schema
from recoup.storage.register import View

OURS = ("manual", "sent")
_TURNS = {"won": "lost", "lost": "won"}


class _Word(msgspec.Struct, frozen=True, gc=False, order=True):
    """One thing that was said of a dispute, in the order in which it happened."""

    occurred_at: Instant
    observation: str
    dispute: str
    partner: str
    account: str
    partner_dispute_id: str
    move: str
    feed: str
    delivery: str
    landed_at: Instant


def outcome_reversed(view: View, moment: Moment) -> list[Symptom]:
    """Disputes whose final outcome was turned round; the latest turn of each."""
    ends = _ends(moment.moves)
    found = {dispute: _turn(words, ends, moment.moves) for dispute, words in _words(view, moment, ends).items()}
    turned = {dispute: turn for dispute, turn in found.items() if turn is not None}
    money = _money(view, sorted(turned))
    return [_symptom(*turn, ends, money.get(dispute, ())) for dispute, turn in turned.items()]


def _ends(moves: Moves) -> Mapping[str, str]:
    """Moves that decide and may follow the opposite decision, by name: their outcome.

    Those of a later stage are left out: what is opened there is decided anew.
    """
    return {
        move.name: move.outcome
        for move in moves.values()
        if move.outcome in _TURNS
        and move.finality == "final"
        and move.stage in (KEEP, "chargeback")
        and _TURNS[move.outcome] in move.from_outcomes
    }


def _words(view: View, moment: Moment, ends: Mapping[str, str]) -> dict[str, list[_Word]]:
    """All that was said of disputes for which both ends were."""
    o = schema.observation
    both = [
        {
            row[0]
            for row in view.rows(
                select(o.c.dispute)
                .where(o.c.move.in_(sorted(name for name, outcome in ends.items() if outcome == side)))
                .distinct()
            )
        }
        for side in sorted(_TURNS)
    ]
    names = [column.name for column in o.columns]
    at = [names.index(name) for name in _Word.__struct_fields__]
    told: dict[str, list[_Word]] = defaultdict(list)
    for row in view.by_keys(o, "dispute", sorted(set.intersection(*both))):
        word = _Word(*(row[i] for i in at))
        if word.feed not in OURS and word.landed_at <= moment.as_of:
            told[word.dispute].append(word)
    return {dispute: sorted(words) for dispute, words in sorted(told.items())}


def _turn(words: Sequence[_Word], ends: Mapping[str, str], moves: Moves) -> tuple[_Word, _Word] | None:
    """The latest end that is the opposite of the end before it, with nothing between that opened the dispute."""
    before: _Word | None = None
    found: tuple[_Word, _Word] | None = None
    for word in words:
        if word.move in ends:
            if before is not None and ends[word.move] != ends[before.move]:
                found = (before, word)
            before = word
        elif word.move in moves and moves[word.move].outcome is None:
            before = None
    return found


def _money(view: View, disputes: Sequence[str]) -> dict[str, tuple[Stake, ...]]:
    names = [column.name for column in schema.dispute.columns]
    minor, currency = names.index("amount_minor"), names.index("currency")
    return {
        row[0]: (Stake("leg", row[0], row[currency], abs(row[minor])),)
        for row in view.by_keys(schema.dispute, "dispute", disputes)
        if row[minor] is not None and row[currency] is not None
    }


def _symptom(before: _Word, after: _Word, ends: Mapping[str, str], stakes: tuple[Stake, ...]) -> Symptom:
    return Symptom(
        control="outcome_reversed",
        kind="lifecycle",
        cause=after.dispute,
        classes=("outcome_conflict", "status_regression", "lost_event"),
        partner=after.partner,
        account=after.account,
        feed=after.feed,
        deliveries=tuple(sorted({before.delivery, after.delivery})),
        disputes=(after.dispute,),
        stakes=stakes,
        seen=f"{after.partner} said at {render_minute(before.occurred_at)} that {after.partner_dispute_id} is "
        f"{ends[before.move]}, and at {render_minute(after.occurred_at)} that it is {ends[after.move]}",
        expected="A final decision stays, or a step between says that it is open again",
    )
