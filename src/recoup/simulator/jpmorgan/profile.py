"""J.P. Morgan as the world knows it: an acquirer whose daily report is all that we hear of disputes and of their money.

Its days are Eastern, and by when to answer is a day without time. What is received is taken at once, what it represents
is given back at once, and the house gives it on; no report says that a dispute is won or lost for good.
"""

from recoup.simulator.chance import Chance
from recoup.simulator.lives import NEVER, Life, life
from recoup.simulator.profile import Fee, Naming, PaymentName, Profile, Schedule, Terms

PARTNER = "jpmorgan"
ACCOUNT = "100000000001"
DIVISION = "400001"
ZONE = "America/New_York"
CURRENCY = "USD"
RECEIVED_FEE_MINOR = 1500
"""What it takes for each dispute that is received: 15.00 USD."""

_RECEIVED = (("debit", 0, 0), ("hand", 26, 40))
"""Received, and handed to us the day after."""
_ANSWERED = (*_RECEIVED, ("answer", 26, 110))

LIVES: tuple[Life, ...] = (
    life("represented", 5, *_ANSWERED, ("represent", 48, 220)),
    life("under_review", 3, *_ANSWERED, ("represent", NEVER, NEVER)),
)


def _case(_: str, chance: Chance) -> str:
    """A sequence number of ten digits."""
    return f"7{chance.below(10**9):09}"


def _refund(chance: Chance) -> str:
    return f"RF{chance.word()}"


def _movement(source: str, _: Chance) -> str:
    return source


PROFILE = Profile(
    partner=PARTNER,
    letter="j",
    account=ACCOUNT,
    zone=ZONE,
    calendar="fed",
    currency=CURRENCY,
    banks=(),
    brands=("visa", "visa", "visa", "visa", "visa", "mc", "mc", "mc"),
    sells={},
    naming=Naming(PaymentName("ORD-", "digits"), _case, _refund, _movement),
    lives=LIVES,
    later="represented",
    due_days=(14, 21),
    payout_days=0,
    report_clock="06:45",
    terms=Terms(
        days={"announce_to_settle": 2, "announce_to_house": 3, "win_to_credit": 3},
        fees=(Fee("received", RECEIVED_FEE_MINOR, CURRENCY, "merchant"),),
        schedules=(Schedule("dispute_report", "daily", "09:00"),),
        release="at_once",
    ),
    charges={"d1": RECEIVED_FEE_MINOR},
    is_told_by_report=True,
)
