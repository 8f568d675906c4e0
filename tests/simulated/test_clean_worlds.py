"""Clean days of every profile raise nothing, and every clearing account returns to zero where the story is over."""

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from recoup.app import create_home, open_app
from recoup.app.scoring import live_through, read_truth
from recoup.domain.instants import DAY, parse_instant
from recoup.enquiry.books import Which, clearing
from recoup.simulator import simulate
from recoup.simulator.profiles import PROFILES, USUAL
from recoup.storage import schema
from tests.fakes.command_line import settings_of

ADDED = [name for name in PROFILES if name not in USUAL]
"""The usual ones are lived through in `test_whole_way.py`."""
SPANS = {
    "month ends": (dt.date(2026, 1, 22), 20),
    "easter and the change of clocks": (dt.date(2026, 3, 20), 24),
    "the end of the year": (dt.date(2025, 12, 12), 26),
    "the autumn's change of clocks": (dt.date(2026, 10, 19), 20),
    "a leap day": (dt.date(2028, 2, 18), 20),
}
OPEN_DAYS_MAX = 9
"""After so many days at most every step that a contract agrees on is taken, holidays between them."""


def assert_clean(room: Path, partners: tuple[str, ...], first_day: dt.date, days: int, payments: int = 60) -> None:
    """Live through a world, checking each evening."""
    simulate(8, days, room / "world", (), payments, disputes_per_10k=300, partners=partners, first_day=first_day)
    settings = settings_of(room / "home")
    create_home(settings)
    until = parse_instant(read_truth(room / "world").until)
    with open_app(settings) as app:
        live_through(app, room / "world", [until - DAY * n for n in reversed(range(days))])
        with app.register.reading() as view:
            assert view.rows(select(schema.break_.c.control, schema.break_.c.explanation)) == []
            assert view.rows(select(schema.quarantine)) == []
            assert {row[0] for row in view.rows(select(schema.delivery.c.status))} <= {"read", "known"}
            disputes = view.rows(select(schema.dispute.c.dispute).where(schema.dispute.c.kind != "notice"))
            assert len(disputes) > 5
            # A position in two currencies stays open while its debit may still be answered.
            late = [row for row in clearing(view, Which(), until) if row.age_days > OPEN_DAYS_MAX]
            assert [row for row in late if row.account != "fx_position"] == []
        assert app.replay().same


def test_clean_days_of_profiles_raise_nothing(tmp_path: Path) -> None:
    """A week of those that are not met elsewhere, together."""
    assert_clean(tmp_path, tuple(ADDED), dt.date(2026, 2, 2), 8, payments=30)


@pytest.mark.slow
@pytest.mark.parametrize("span", list(SPANS))
@pytest.mark.parametrize("partner", ADDED)
def test_clean_days_around_holidays_raise_nothing(partner: str, span: str, tmp_path: Path) -> None:
    """Banks that are closed, days of 23 and 25 hours, ends of months and years."""
    first_day, days = SPANS[span]
    assert_clean(tmp_path, (partner,), first_day, days)


@pytest.mark.slow
def test_clean_days_of_everyone_raise_nothing(tmp_path: Path) -> None:
    """All partners in one home, one house, all banks."""
    assert_clean(tmp_path, tuple(PROFILES), dt.date(2026, 2, 16), 20)
