"""Stripe as the world knows it."""

from recoup.simulator.card_sales import BRANDS, SELLS
from recoup.simulator.chance import Chance
from recoup.simulator.lives import INQUIRY, NEVER, Life, life
from recoup.simulator.profile import BankAccount, Fee, Naming, PaymentName, Profile, Schedule, Terms

PARTNER = "stripe"
ACCOUNT = "acct_1MarketplaceUS"
ZONE = "America/Los_Angeles"
CALENDAR = "fed"
KEY_NAME = "webhook-2026-01"
KEY = "whsec_test_marketplace_us_2026_01"
RECEIVED_FEE_MINOR = 1500
"""What it takes for each first debit: 15.00 USD."""

_OPENED = ("debit", 0, 0)
_ANSWER = ("answer", 6, 110)

LIVES: tuple[Life, ...] = (
    life("accepted", 2, _OPENED, ("accept", 10, 60)),
    life("won", 4, _OPENED, _ANSWER, ("win", 120, 380)),
    life("lost", 4, _OPENED, _ANSWER, ("lose", 120, 380)),
    life("open", 2, _OPENED, _ANSWER, ("win", NEVER, NEVER)),
    life("withdrawn", 1, _OPENED, ("win", 40, 140)),
    life("inquiry_closed", 2, INQUIRY, ("answer_inquiry", 8, 90), ("close_inquiry", 100, 260)),
    life(
        "inquiry_won", 1, INQUIRY, ("answer_inquiry", 8, 60), ("debit", 40, 120), ("answer", 8, 60), ("win", 120, 200)
    ),
    life("inquiry_lost", 1, INQUIRY, ("debit", 60, 140), ("answer", 8, 60), ("lose", 120, 200)),
    life("notice", 2, ("notice", 0, 0), kind="notice"),
    life("notice_refunded", 1, ("notice", 0, 0), kind="notice", then="refund"),
    life("notice_disputed", 1, ("notice", 0, 0), kind="notice", then="dispute"),
)


def _case(kind: str, chance: Chance) -> str:
    return f"{'issfr' if kind == 'notice' else 'du'}_1{chance.word()}{chance.word()[:9]}"


def _refund(chance: Chance) -> str:
    return f"re_3{chance.word()}{chance.word()[:9]}"


def _movement(_: str, chance: Chance) -> str:
    """A balance transaction has an id of its own."""
    return f"txn_1{chance.word()}{chance.word()[:9]}"


PROFILE = Profile(
    partner=PARTNER,
    letter="s",
    account=ACCOUNT,
    zone=ZONE,
    calendar=CALENDAR,
    currency="USD",
    banks=(BankAccount("US-OPS-USD", "USD", "America/New_York", "fed", 2101, 25_000_000),),
    brands=BRANDS,
    sells=SELLS,
    naming=Naming(PaymentName("ch_3", "digits", "00C"), _case, _refund, _movement),
    lives=LIVES,
    later="lost",
    due_days=(10, 18),
    payout_days=2,
    report_clock="03:30",
    # Paid out two banking days after it moved, reported the morning after; only then does the house know the fee.
    terms=Terms(
        days={
            "announce_to_settle": 5,
            "settle_to_announce": 2,
            "report_to_payout": 2,
            "payout_to_bank": 3,
            "announce_to_house": 5,
            "win_to_credit": 5,
        },
        fees=(Fee("received", RECEIVED_FEE_MINOR, "USD", "merchant"),),
        schedules=(Schedule("payout_report", "banking_daily", "12:00"),),
        release="at_once",
    ),
    charges={"d1": RECEIVED_FEE_MINOR},
    key=(KEY_NAME, KEY),
)
