"""Adyen as the world knows it."""

from recoup.simulator.card_sales import BRANDS, SELLS
from recoup.simulator.chance import Chance
from recoup.simulator.lives import INQUIRY, NEVER, Life, life
from recoup.simulator.profile import BankAccount, Fee, Naming, PaymentName, Profile, Schedule, Terms

PARTNER = "adyen"
ACCOUNT = "MarketplaceEU"
COMPANY = "Marketplace"
ZONE = "Europe/Amsterdam"
CALENDAR = "target"
KEY_NAME = "hmac-2026-01"
KEY = "5A1C9E0437D2F86B0E4471AC93D58B26F7409C1DE5B83A6274C0F91D2E6B8A35"
RECEIVED_FEE_MINOR = 1065
"""What it takes for each first debit: 10.65 EUR."""
REVERSAL_MARKUP_MINOR = 11
"""What it keeps of a reversal as its processing fee: 0.11 EUR."""

_OPENED = ("debit", 0, 0)
_CHARGED = (("announce", 0, 0), ("debit", 6, 30))
_DEFENDED = (("answer", 8, 100), ("reverse", 20, 90))
_ASKED = (INQUIRY, ("answer_inquiry", 8, 40), ("announce", 20, 50))
_REOPENED = (*_CHARGED, *_DEFENDED, ("pre_arb_open", 90, 160))

LIVES: tuple[Life, ...] = (
    life("accepted", 3, ("announce", 0, 0), ("debit_accepted", 18, 44)),
    life("won", 3, *_CHARGED, *_DEFENDED, ("issuer_expire", 160, 320)),
    life("won_for_now", 2, *_CHARGED, *_DEFENDED, ("issuer_expire", NEVER, NEVER)),
    life("second_chargeback", 2, *_CHARGED, *_DEFENDED, ("second_debit", 120, 260)),
    life("pre_arbitration_lost", 1, *_REOPENED, ("pre_arb_lose", 40, 120), ("second_debit", 1, 3)),
    life("pre_arbitration_won", 1, *_REOPENED, ("pre_arb_win", 40, 120)),
    life("withdrawn", 1, *_REOPENED, ("pre_arb_withdraw", 20, 90)),
    life("inquiry_escalated", 1, *_ASKED, ("debit", 6, 30), *_DEFENDED, ("issuer_expire", 160, 320)),
    life("straight_debit", 1, _OPENED, *_DEFENDED, ("issuer_expire", 160, 320)),
    life("open", 2, *_CHARGED, ("answer", 8, 100), ("reverse", NEVER, NEVER)),
    life("notice", 2, ("notice", 0, 0), kind="notice"),
    life("notice_disputed", 1, ("notice", 0, 0), kind="notice", then="dispute"),
)


def _case(_: str, chance: Chance) -> str:
    return _refund(chance)


def _refund(chance: Chance) -> str:
    return f"{chance.word()}{chance.word()[:4]}"


def _movement(source: str, _: Chance) -> str:
    """A movement is named by the modification reference, which is the case's own."""
    return source


PROFILE = Profile(
    partner=PARTNER,
    letter="a",
    account=ACCOUNT,
    zone=ZONE,
    calendar=CALENDAR,
    currency="EUR",
    banks=(
        BankAccount("NL-OPS-EUR", "EUR", "Europe/Amsterdam", "target", 1101, 18_000_000),
        BankAccount("NL-OPS-JPY", "JPY", "Europe/Amsterdam", "target", 3101, 4_000_000),
    ),
    brands=BRANDS,
    sells=SELLS | {"USD": (9, 50)},
    naming=Naming(PaymentName(tail="letters"), _case, _refund, _movement),
    lives=LIVES,
    later="second_chargeback",
    due_days=(9, 18),
    payout_days=1,
    report_clock="05:40",
    # Batched on the next banking day, reported the morning after.
    terms=Terms(
        days={
            "announce_to_settle": 3,
            "settle_to_announce": 2,
            "report_to_payout": 1,
            "payout_to_bank": 3,
            "announce_to_house": 3,
            "win_to_credit": 3,
            "notice_to_chargeback": 5,
        },
        fees=(
            Fee("received", RECEIVED_FEE_MINOR, "EUR", "merchant"),
            Fee("processing", REVERSAL_MARKUP_MINOR, "EUR", "house"),
        ),
        schedules=(
            Schedule("dispute_report", "daily", "09:00"),
            Schedule("settlement_detail", "banking_daily", "09:00", has_sequence=True),
            Schedule("payments_accounting", "daily", "09:00"),
        ),
        release="on_final",
    ),
    charges={"d1": RECEIVED_FEE_MINOR, "c1": REVERSAL_MARKUP_MINOR},
    key=(KEY_NAME, KEY),
)
