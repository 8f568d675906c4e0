"""What work costs, as a use case: touches, minutes and money by kind of break, the most work by hand first."""

from typing import Any

import msgspec

from recoup.app import App
from recoup.app.marts import desk
from recoup.compliance.close import month_of
from recoup.errors import UsageProblem
from recoup.marts.loading import build

MODEL = "work_cost"
SIXTYFOLD = "cost_sixtyfold_minor"
"""Minutes times the cost of an hour."""


class WorkRow(msgspec.Struct, frozen=True):
    """One kind of break of one partner in one month, in one currency."""

    control: str
    first_class: str
    partner: str
    month: str
    subjects: int
    by_hand: int
    by_itself: int
    timed: int
    minutes: int | None
    currency: str | None
    cost_minor: int | None
    """Rounded up to the minor unit: a minute that somebody spent is not free."""


def work(app: App, month: str | None = None, partner: str | None = None) -> list[WorkRow]:
    """Give what was worked on, by kind, the most minutes and then the most touches by hand first.

    Args:
      app: The home.
      month: YYYY-MM, UTC; all by default.
      partner: Only breaks about its data.
    Raises:
      UsageProblem: It is no month.
    """
    if month is not None:
        _check_month(month)
    names = ", ".join(f'"{name}"' for name in (*WorkRow.__struct_fields__[:-1], SIXTYFOLD))
    with desk(app, only=[MODEL]) as opened:
        needs = opened.catalogue.needs([MODEL])
        build(opened.engine, opened.catalogue, needs, opened.stores, opened.asked, frozenset([MODEL]))
        rows = [_row(row) for row in opened.engine.rows(f"select {names} from {MODEL}")]
    found = [row for row in rows if month in (None, row.month) and partner in (None, row.partner)]
    return sorted(found, key=lambda r: (-(r.minutes or 0), -r.by_hand, -r.by_itself, r.month, r.control, r.first_class))


def _check_month(text: str) -> None:
    try:
        month_of(text)
    except ValueError as problem:
        raise UsageProblem("--month", repr(text), "a month, like 2026-02") from problem


def _row(row: tuple[Any, ...]) -> WorkRow:
    told = dict(zip(WorkRow.__struct_fields__, row, strict=True))
    return WorkRow(**told | {"cost_minor": _cost(told["cost_minor"])})


def _cost(sixtyfold_minor: int | None) -> int | None:
    return None if sixtyfold_minor is None else -(-int(sixtyfold_minor) // 60)
