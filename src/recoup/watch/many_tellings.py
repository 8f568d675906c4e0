"""Plants of canaries that want many tellings: feeds that have habits, days with counts, months of disputes.

Read `canaries.py` for what a canary is.
"""

from collections.abc import Sequence
from typing import Any

from recoup.domain.ids import derive
from recoup.domain.instants import HOUR, local_day
from recoup.domain.shapes import Counting, count_rows, subject_of
from recoup.intake.fingerprints import fingerprint_row
from recoup.storage import schema
from recoup.watch.canary_home import ACCOUNT, ACTOR, START, CanaryHome, at, iso

_COLUMNS = ("automatic_payout_id", "gross", "net")


def _shape(home: CanaryHome, day: int, columns: Sequence[str]) -> None:
    name = home.report(day, [], name=f"shape_{day}.csv")
    place = Counting("")
    count_rows(place, columns, [["1.00"] * len(columns)] * 30, subject_of(name))
    landed_on = local_day(at(day), "UTC").isoformat()
    scope = ("stripe", ACCOUNT, "payout_report", "", landed_on)
    with home.register.transaction(ACTOR, "plant", "shape", START) as batch:
        rows = [fingerprint_row(scope, key, tally) for key, tally in place.shape().items()]
        batch.insert(schema.fingerprint, rows)


def another_column(home: CanaryHome) -> None:
    """A column comes that no layout names, after a week without it."""
    for day in range(7):
        _shape(home, day, _COLUMNS)
    _shape(home, 7, (*_COLUMNS, "settlement_hint"))


def a_habit_ends(home: CanaryHome) -> None:
    """A file that nobody declared comes every day, and then no more."""
    for day in range(23):
        home.report(day, [], covers_on=iso(day), landed_at=at(day, 20))


def an_empty_day(home: CanaryHome) -> None:
    """A file of a hundred records comes every day, and one of none."""
    for day in range(36):
        count = 100 if day < 35 else 0
        home.report(day, [], name=f"day_{day}.csv", records=count, accepted=count)


def known_bytes_again(home: CanaryHome) -> None:
    """Messages come over and over on one day."""
    for number in range(20):
        home.delivery("webhook", at(0) + number, name=f"first_{number}")
    for number in range(30):
        home.delivery("webhook", at(2) + number, name=f"again_{number}", is_repeat=True, status="known")


def long_under_way(home: CanaryHome) -> None:
    """Two dozen messages of one hour are an hour old when they come."""
    home.payment("ch_dp_1")
    for number in range(24):
        landed_at = at(1, 12) + number
        told: dict[str, Any] = {"occurred_at": landed_at - HOUR, "record_id": f"evt_{number}", "landed_at": landed_at}
        home.event("dp_1", "chargeback_under_review", 1, **told)


def parts_of_payments(home: CanaryHome) -> None:
    """Thirty disputes are each for a hundredth of their payment."""
    for number in range(30):
        home.payment(f"ch_dp_{number}")
        home.opened(f"dp_{number}", minor=50)


def other_reasons(home: CanaryHome) -> None:
    """Five hundred disputes of one month have another reason than those of the month before."""
    reasons = [("fraudulent", 20), ("duplicate", 60)]
    rows = [_dispute(reason, day, number) for reason, day in reasons for number in range(500)]
    with home.register.transaction(ACTOR, "plant", "disputes", START) as batch:
        batch.insert(schema.dispute, rows)


def _dispute(reason: str, day: int, number: int) -> tuple[Any, ...]:
    theirs = f"dp_{reason}_{number}"
    told: dict[str, Any] = {
        "dispute": derive("dis", theirs),
        "partner": "stripe",
        "account": ACCOUNT,
        "partner_dispute_id": theirs,
        "kind": "dispute",
        "chain": theirs,
        "turn": "nobody",
        "outcome": "lost",
        "finality": "final",
        "amount_minor": 5000,
        "currency": "USD",
        "reason_code": reason,
        "is_slot_spent": 1,
        "opened_at": at(day),
        "moved_at": at(day),
        "legs": "[]",
        "known_from": at(day),
        "version": 0,
    }
    return tuple(told.get(column.name) for column in schema.dispute.columns)
