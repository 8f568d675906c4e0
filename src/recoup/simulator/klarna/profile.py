"""Klarna as the world knows it."""

from recoup.simulator.card_sales import BRANDS
from recoup.simulator.chance import Chance
from recoup.simulator.lives import NEVER, Life, life
from recoup.simulator.profile import BankAccount, Fee, Naming, PaymentName, Profile, Schedule, Terms

PARTNER = "klarna"
ACCOUNT = "K123456"
ZONE = "Europe/Stockholm"
CALENDAR = "target"
KEY_NAME = "signing-2026-01"
KEY = "klarna_signing_test_of_the_simulated_marketplace"
API_KEY = "klarna_test_api_of_the_simulated_marketplace"
RECEIVED_FEE_MINOR = 1500
"""What it takes for a dispute that we lose: 15.00 EUR."""

_INITIATED = ("announce", 0, 0)
_ANSWER = ("answer", 8, 100)
_APPEALED = (_INITIATED, _ANSWER, ("lost", 60, 160), ("appeal", 10, 40))
LIVES: tuple[Life, ...] = (
    life("won", 4, _INITIATED, _ANSWER, ("won", 90, 300)),
    life("lost", 4, _INITIATED, _ANSWER, ("lost", 90, 300)),
    life("accepted", 2, _INITIATED, ("accepted_loss", 10, 60)),
    life("open", 2, _INITIATED, _ANSWER, ("won", NEVER, NEVER)),
    life("appeal_lost", 1, *_APPEALED, ("arbitrate", 20, 60), ("upheld", 40, 120)),
    life("appealed", 1, *_APPEALED, ("upheld", NEVER, NEVER)),
)
"""Klarna asks once, decides, and may be asked to look again; the amount is taken when it decides against us."""


def _case(_: str, chance: Chance) -> str:
    return f"krn:payment:eu1:dispute:{chance.word().lower()}"


def _refund(chance: Chance) -> str:
    return f"{chance.word().lower()}-{chance.word().lower()[:4]}"


def _movement(source: str, _: Chance) -> str:
    """Rows of a report have no ids: what moved is named by its dispute or refund."""
    return source


PROFILE = Profile(
    partner=PARTNER,
    letter="k",
    account=ACCOUNT,
    zone=ZONE,
    calendar=CALENDAR,
    currency="EUR",
    banks=(BankAccount("SE-KLA-EUR", "EUR", "Europe/Stockholm", "target", 7101, 6_000_000),),
    brands=BRANDS,
    sells={},
    naming=Naming(PaymentName("", "letters", "o"), _case, _refund, _movement),
    lives=LIVES,
    later="lost",
    due_days=(9, 18),
    payout_days=2,
    report_clock="05:20",
    # Paid out two banking days after it moved, reported the morning after.
    terms=Terms(
        days={
            "announce_to_settle": 5,
            "settle_to_announce": 2,
            "report_to_payout": 2,
            "payout_to_bank": 3,
            "announce_to_house": 5,
            "win_to_credit": 5,
        },
        fees=(Fee("received", RECEIVED_FEE_MINOR, "EUR", "merchant"),),
        schedules=(Schedule("settlement_report", "banking_daily", "09:00"),),
        release="on_final",
    ),
    charges={"d1": RECEIVED_FEE_MINOR},
    key=(KEY_NAME, KEY),
    api_key=API_KEY,
)
