"""What a person recorded beside what the partner's own message says next: a difference is a break.

A portal, a call or a letter is trusted least. The first later word of a machine on the same question decides whether
it was right; until there is one, nothing is said. Reads: observation (one row per canonical fact).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.instants import Instant, render_minute
from recoup.domain.lifecycle import KEEP, Moves
from recoup.domain.money import render
from recoup.storage import schema
from recoup.storage.register import View

BY_HAND = "manual"
NOT_PARTNER = (BY_HAND, "sent")
"""Feeds of our own words."""


class _Word(msgspec.Struct, frozen=True, gc=False):
    """One observation, as far as the two are compared."""

    dispute: str
    partner: str
    account: str
    theirs: str
    feed: str
    delivery: str
    landed_at: Instant
    move: str
    amount_minor: int | None
    currency: str | None
    due_at: Instant | None

    def answers(self, moves: Moves) -> Mapping[str, str]:
        """What it says to each question that the two may be compared by."""
        move = moves.get(self.move)
        outcome = None if move is None or move.outcome in (None, KEEP) else move.outcome
        money = self.amount_minor is not None and self.currency is not None
        said = {
            "outcome": outcome,
            "deadline": None if self.due_at is None else f"{render_minute(self.due_at)} UTC",
            "amount": render(self.amount_minor or 0, self.currency or "") if money else None,
        }
        return {question: answer for question, answer in said.items() if answer is not None}


def told_by_hand(view: View, moment: Moment) -> list[Symptom]:
    """Records by hand that the partner's next message contradicts."""
    words = _words(view, moment.as_of)
    return [
        _symptom(hand, machine, question, moment)
        for about in words.values()
        for hand, machine, question in _differences(about, moment.moves)
    ]


def _words(view: View, as_of: Instant) -> dict[str, list[_Word]]:
    o = schema.observation
    disputes = {row[0] for row in view.rows(select(o.c.dispute).where(o.c.feed == BY_HAND, o.c.landed_at <= as_of))}
    names = [str(column.name) for column in o.columns]
    at = [names.index("partner_dispute_id" if name == "theirs" else name) for name in _Word.__struct_fields__]
    found: dict[str, list[_Word]] = defaultdict(list)
    for row in view.by_keys(o, "dispute", sorted(disputes)):
        word = _Word(*(row[i] for i in at))
        if word.landed_at <= as_of:
            found[word.dispute].append(word)
    return {key: sorted(found[key], key=lambda w: (w.landed_at, w.delivery)) for key in sorted(found)}


def _differences(words: Sequence[_Word], moves: Moves) -> Iterator[tuple[_Word, _Word, str]]:
    latest: dict[str, _Word] = {w.delivery: w for w in words if w.feed == BY_HAND}
    by_question = {question: hand for hand in latest.values() for question in hand.answers(moves)}
    for question, hand in sorted(by_question.items()):
        later = [w for w in words if w.feed not in NOT_PARTNER and w.landed_at > hand.landed_at]
        next_word = next((w for w in later if question in w.answers(moves)), None)
        if next_word is not None and next_word.answers(moves)[question] != hand.answers(moves)[question]:
            yield hand, next_word, question


def _symptom(hand: _Word, machine: _Word, question: str, moment: Moment) -> Symptom:
    said: dict[str, Any] = {word.delivery: word.answers(moment.moves)[question] for word in (hand, machine)}
    minor, currency = hand.amount_minor, hand.currency
    return Symptom(
        control="told_by_hand",
        kind="lifecycle",
        cause=f"{hand.dispute}:{question}:{hand.delivery}",
        classes=("told_otherwise",),
        partner=hand.partner,
        account=hand.account,
        feed=BY_HAND,
        deliveries=tuple(sorted((hand.delivery, machine.delivery))),
        disputes=(hand.dispute,),
        stakes=(Stake("leg", hand.dispute, currency, abs(minor)),) if minor and currency else (),
        seen=f"The {question} of {hand.theirs} was recorded by hand as {said[hand.delivery]}, and {hand.partner}'s"
        f" {machine.feed} says {said[machine.delivery]}",
        expected="What a person saw or heard is what the partner's next message says",
    )
