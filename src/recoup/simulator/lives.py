"""How cases go, as scripts: each life is a row of steps with the hours that pass before each.

A deck of lives is dealt over and over, so that a month shows every outcome. The
hours are shorter than most issuers take, so that many lives end within it; the
order of the steps is what the partners document. The house answers or accepts in
good time: a dispute that runs out unanswered is a fault, not a clean day.
"""

import msgspec


class Beat(msgspec.Struct, frozen=True):
    """One step of a life and how many hours, at least and at most, after the step before it."""

    word: str
    hours_min: int
    hours_max: int


class Life(msgspec.Struct, frozen=True):
    """One way that a case may go; `weight` cards of it are in the deck."""

    name: str
    weight: int
    beats: tuple[Beat, ...]
    kind: str = "dispute"
    then: str | None = None
    """What else befalls the payment: `refund`, or `dispute` (of its own, days later)."""


def _life(name: str, weight: int, *beats: tuple[str, int, int], kind: str = "dispute", then: str | None = None) -> Life:
    return Life(name, weight, tuple(Beat(*beat) for beat in beats), kind, then)


NEVER = 24 * 400
"""Hours until a decision that no simulated span sees."""

_OPENED = ("debit", 0, 0)
_ANSWER = ("answer", 6, 110)
_INQUIRY = ("inquiry", 0, 0)

STRIPE: tuple[Life, ...] = (
    _life("accepted", 2, _OPENED, ("accept", 10, 60)),
    _life("won", 4, _OPENED, _ANSWER, ("win", 120, 380)),
    _life("lost", 4, _OPENED, _ANSWER, ("lose", 120, 380)),
    _life("open", 2, _OPENED, _ANSWER, ("win", NEVER, NEVER)),
    _life("withdrawn", 1, _OPENED, ("win", 40, 140)),
    _life("inquiry_closed", 2, _INQUIRY, ("answer_inquiry", 8, 90), ("close_inquiry", 100, 260)),
    _life(
        "inquiry_won", 1, _INQUIRY, ("answer_inquiry", 8, 60), ("debit", 40, 120), ("answer", 8, 60), ("win", 120, 200)
    ),
    _life("inquiry_lost", 1, _INQUIRY, ("debit", 60, 140), ("answer", 8, 60), ("lose", 120, 200)),
    _life("notice", 2, ("notice", 0, 0), kind="notice"),
    _life("notice_refunded", 1, ("notice", 0, 0), kind="notice", then="refund"),
    _life("notice_disputed", 1, ("notice", 0, 0), kind="notice", then="dispute"),
)

_CHARGED = (("announce", 0, 0), ("debit", 6, 30))
_DEFENDED = (("answer", 8, 100), ("reverse", 20, 90))
_ASKED = (_INQUIRY, ("answer_inquiry", 8, 40), ("announce", 20, 50))
_REOPENED = (*_CHARGED, *_DEFENDED, ("pre_arb_open", 90, 160))

ADYEN: tuple[Life, ...] = (
    _life("accepted", 3, ("announce", 0, 0), ("debit_accepted", 18, 44)),
    _life("won", 3, *_CHARGED, *_DEFENDED, ("issuer_expire", 160, 320)),
    _life("won_for_now", 2, *_CHARGED, *_DEFENDED, ("issuer_expire", NEVER, NEVER)),
    _life("second_chargeback", 2, *_CHARGED, *_DEFENDED, ("second_debit", 120, 260)),
    _life("pre_arbitration_lost", 1, *_REOPENED, ("pre_arb_lose", 40, 120), ("second_debit", 1, 3)),
    _life("pre_arbitration_won", 1, *_REOPENED, ("pre_arb_win", 40, 120)),
    _life("withdrawn", 1, *_REOPENED, ("pre_arb_withdraw", 20, 90)),
    _life("inquiry_escalated", 1, *_ASKED, ("debit", 6, 30), *_DEFENDED, ("issuer_expire", 160, 320)),
    _life("straight_debit", 1, _OPENED, *_DEFENDED, ("issuer_expire", 160, 320)),
    _life("open", 2, *_CHARGED, ("answer", 8, 100), ("reverse", NEVER, NEVER)),
    _life("notice", 2, ("notice", 0, 0), kind="notice"),
    _life("notice_disputed", 1, ("notice", 0, 0), kind="notice", then="dispute"),
)

LIVES: dict[str, tuple[Life, ...]] = {"stripe": STRIPE, "adyen": ADYEN}


def deck(partner: str) -> list[Life]:
    """All cards of a partner's deck, before it is shuffled."""
    return [life for life in LIVES[partner] for _ in range(life.weight)]


def life_of(partner: str, name: str) -> Life:
    """The life of this name."""
    return next(life for life in LIVES[partner] if life.name == name)
