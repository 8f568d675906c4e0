"""Mixes and amounts of disputes that shift, and those that are too few to tell."""

from typing import Any

import pytest

from recoup.controls import mixes
from recoup.controls.moment import load_moment
from recoup.controls.run import Control
from recoup.domain import tables
from recoup.domain.ids import derive
from recoup.partners.registry import partners
from recoup.storage import schema
from tests.controls.home import ACCOUNT, START, Home, at


def disputes(home: Home, day: int, count: int, captured: int | None = None, **more: Any) -> None:
    """Folded disputes as the table has them, each with its payment where one is said."""
    rows, payments = [], []
    for number in range(count):
        theirs = f"dp_{day}_{number}_{len(more)}_{more.get('amount_minor')}"
        told = {
            "dispute": derive("dis", theirs),
            "partner": "stripe",
            "account": ACCOUNT,
            "partner_dispute_id": theirs,
            "kind": "dispute",
            "chain": theirs,
            "turn": "nobody",
            "amount_minor": 1_000 + 37 * number % 5_000,
            "currency": "USD",
            "reason_code": ("fraudulent", "duplicate", "other")[number % 3],
            "network": ("visa", "mastercard")[number % 2],
            "is_slot_spent": 1,
            "opened_at": at(day) + number,
            "moved_at": at(day) + number,
            "legs": "[]",
            "known_from": at(day),
            "version": 0,
        } | more
        if captured is not None:
            told["payment"] = f"pay_{theirs}"
            payments.append(
                (f"pay_{theirs}", "m", "stripe", ACCOUNT, theirs, captured, "USD", at(day), "del", 1, at(day))
            )
        rows.append(tuple(told.get(column.name) for column in schema.dispute.columns))
    with home.register.transaction("test", "plant", "disputes", START) as batch:
        batch.insert(schema.dispute, rows)
        batch.insert(schema.payment, payments)


def said(home: Home, control: Control, day: int) -> list[str]:
    with home.register.reading() as view:
        return [s.cause for s in control(view, load_moment(view, at(day, 23), tables.moves(), partners()))]


def test_the_same_mix_says_nothing(home: Home) -> None:
    """Three months and one, alike."""
    disputes(home, 10, 900)
    disputes(home, 60, 600)
    assert said(home, mixes.mix_shift, 65) == []


@pytest.mark.parametrize(
    ("more", "cause"),
    [
        ({"reason_code": "13.1"}, "stripe:reasons"),
        ({"network": "amex"}, "stripe:schemes"),
        ({"currency": "EUR"}, "stripe:currencies"),
        ({"amount_minor": 400_000}, "stripe:amounts in USD"),
    ],
)
def test_another_mix_is_said(home: Home, more: dict[str, Any], cause: str) -> None:
    """Of one aspect, and of nothing else; too few tell nothing."""
    disputes(home, 10, 900)
    disputes(home, 60, 490, **more)
    assert said(home, mixes.mix_shift, 65) == []
    disputes(home, 61, 110, **more)
    assert said(home, mixes.mix_shift, 65) == [cause]


@pytest.mark.parametrize(("count", "minor", "found"), [(40, 5_000, 0), (40, 2_000, 1), (40, 11_000, 1), (29, 50, 0)])
def test_disputes_far_from_their_payments(home: Home, count: int, minor: int, found: int) -> None:
    """Most are for less than half of what was paid, or more than twice; thirty at least."""
    disputes(home, 60, count, captured=5_000, amount_minor=minor)
    assert len(said(home, mixes.amount_ratio, 65)) == found
