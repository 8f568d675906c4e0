"""Mollie as the world knows it."""

from recoup.simulator.card_sales import BRANDS
from recoup.simulator.chance import Chance
from recoup.simulator.lives import NEVER, Life, life
from recoup.simulator.profile import BankAccount, Fee, Naming, PaymentName, Profile, Terms

PARTNER = "mollie"
ACCOUNT = "org_12345678"
ZONE = "Europe/Amsterdam"
CALENDAR = "target"
BALANCE = "bal_marketplaceEUR1"
API_KEY = "access_test_of_the_simulated_marketplace"
RECEIVED_FEE_MINOR = 2500
"""What it takes for each chargeback: 25.00 EUR."""
RETURNED = "returned"
"""The life of a bank debit that comes back, which is its end."""

_RECEIVED = ("debit", 0, 0)
LIVES: tuple[Life, ...] = (
    life("kept", 4, _RECEIVED),
    life("reversed", 4, _RECEIVED, ("win", 60, 380)),
    life("open", 1, _RECEIVED, ("win", NEVER, NEVER)),
    life(RETURNED, 3, _RECEIVED),
)
"""A chargeback is received, and may be reversed: there is no answer, no due time and no other end."""


def _case(_: str, chance: Chance) -> str:
    return f"chb_{chance.word()}{chance.word()[:4]}"


def _refund(chance: Chance) -> str:
    return f"re_{chance.word()}"


def _movement(_: str, chance: Chance) -> str:
    return f"baltr_{chance.word()}{chance.word()[:6]}"


PROFILE = Profile(
    partner=PARTNER,
    letter="m",
    account=ACCOUNT,
    zone=ZONE,
    calendar=CALENDAR,
    currency="EUR",
    banks=(BankAccount("NL-MOL-EUR", "EUR", "Europe/Amsterdam", "target", 5101, 9_000_000),),
    brands=BRANDS,
    sells={},
    naming=Naming(PaymentName("tr_", "letters"), _case, _refund, _movement),
    lives=LIVES,
    later="kept",
    due_days=(9, 18),
    payout_days=1,
    report_clock="07:30",
    # Paid out the next banking day; a list shows what moved at once.
    terms=Terms(
        days={
            "announce_to_settle": 2,
            "settle_to_announce": 2,
            "report_to_payout": 3,
            "payout_to_bank": 3,
            "announce_to_house": 4,
            "win_to_credit": 2,
        },
        fees=(Fee("received", RECEIVED_FEE_MINOR, "EUR", "merchant"),),
        release="at_once",
    ),
    charges={"d1": RECEIVED_FEE_MINOR},
    api_key=API_KEY,
)
