"""SEPA direct debit as the world knows it: we collect, and what the payer's bank or the payer takes back is final.

A sale is collected two TARGET days later. Before that day a collection may be rejected: no money moves. After it the
payer's bank returns it within five TARGET days, the payer within eight weeks, or later where no mandate was.
"""

import datetime as dt

from recoup.domain.calendar import business_day_from, calendar
from recoup.domain.instants import HOUR, local_day
from recoup.simulator.chance import Chance
from recoup.simulator.days import at_local, banking_day_after
from recoup.simulator.lives import Life, life
from recoup.simulator.profile import Fee, Naming, PaymentName, Profile, Schedule, Terms
from recoup.simulator.truth import Payment

PARTNER = "sepa"
ACCOUNT = "DE02120300000000202051"
"""The IBAN that German banks publish for tests."""
ZONE = "Europe/Berlin"
CALENDAR = "target"
CURRENCY = "EUR"
COLLECTED_AFTER = 2
"""TARGET days from the sale to the day on which the payer is debited."""
RETURN_FEE_MINOR = 300
"""What our bank takes for each return, within the amount that it takes back: 3.00 EUR."""

_BANKS_DAYS = (6, 9)
"""Age of a sale that the payer's bank returns: within five TARGET days of the collection, weekends and all."""
_RETURN = ("return", 0, 0)

LIVES: tuple[Life, ...] = (
    life("rejected", 3, ("reject", 0, 0), kind="return", codes=("AC01", "AM04", "MD07"), age_days=(1, 1)),
    life("unpaid", 6, _RETURN, kind="return", codes=("AM04", "AM04", "MS03", "AC06"), age_days=_BANKS_DAYS),
    life("account_closed", 2, _RETURN, kind="return", codes=("AC04",), age_days=_BANKS_DAYS),
    life("refused", 1, _RETURN, kind="return", codes=("MS02",), age_days=_BANKS_DAYS),
    life("refunded", 3, _RETURN, kind="return", codes=("MD06",), age_days=(10, 45)),
    life("unauthorised", 2, _RETURN, kind="return", codes=("MD01",), age_days=(10, 45)),
)


def collected_on(sold_on: dt.date) -> dt.date:
    """The TARGET day on which a sale of a day is collected."""
    return banking_day_after(sold_on, COLLECTED_AFTER, CALENDAR)


def _opens(lived: Life, payment: Payment, drawn_at: int) -> int:
    """A bank works on TARGET days; it rejects before the collection and returns after it."""
    day = business_day_from(calendar(CALENDAR), local_day(drawn_at, ZONE))
    if lived.name == "rejected":
        day = banking_day_after(payment.day, COLLECTED_AFTER - 1, CALENDAR)
    elif lived.age_days == _BANKS_DAYS:
        collected = collected_on(payment.day)
        day = min(max(day, banking_day_after(collected, 1, CALENDAR)), banking_day_after(collected, 5, CALENDAR))
    # Between seven in the morning and three in the afternoon, as the draw has it.
    return at_local(day, "07:00", ZONE) + drawn_at % (8 * HOUR)


def _refund(chance: Chance) -> str:
    return f"RFND{chance.word()}{chance.word()[:4]}"


def _movement(source: str, _: Chance) -> str:
    """A movement is named by the end-to-end id of what it is about."""
    return source


PROFILE = Profile(
    partner=PARTNER,
    letter="d",
    account=ACCOUNT,
    zone=ZONE,
    calendar=CALENDAR,
    currency=CURRENCY,
    banks=(),
    brands=("core",) * 8,
    sells={},
    naming=Naming(PaymentName("SDD", "digits"), None, _refund, _movement),
    lives=LIVES,
    later="refunded",
    due_days=(0, 0),
    payout_days=0,
    report_clock="06:10",
    terms=Terms(
        days={"announce_to_settle": 2, "announce_to_house": 2},
        fees=(Fee("bank_return", RETURN_FEE_MINOR, CURRENCY, "merchant"),),
        schedules=(Schedule("statements", "banking_daily", "09:00", has_sequence=True),),
        release="on_final",
    ),
    charges={"d1": RETURN_FEE_MINOR},
    opens=_opens,
)
