"""One minor unit too much in one line of a report is always found, wherever the line stands, however many there are."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from recoup.app import create_home, open_app
from recoup.domain.canonical import parse
from recoup.domain.money import parse_major, render_major
from recoup.simulator import simulate
from recoup.storage import schema
from tests.fakes.command_line import settings_of

DAYS = 3
FEW, MANY = 60, 40_000
"""Payments a day; the second report holds those of three days, so that many make 100,000 lines."""
PAYOUTS = "stripe/payout_report/payout_reconciliation_2026-02-03.csv"
BATCHES = "adyen/settlement_detail/settlement_detail_report_batch_412.csv"
CHARGE, SALE = ("reporting_category", "charge"), ("Type", "Settled")
Row = dict[str, str]


def raised(row: Row, *columns: str) -> None:
    """Add one minor unit in these columns."""
    for column in columns:
        row[column] = render_major(parse_major(row[column], "USD") + 1, "USD")


def whole(row: Row) -> None:
    """The sale itself is a cent more, and so is what is left of it."""
    raised(row, "gross", "net")


def left(row: Row) -> None:
    """Only what is left of the sale is a cent more: the line does not add up in itself."""
    raised(row, "net")


def credit(row: Row) -> None:
    """What a batch credits is a cent more."""
    raised(row, "Net Credit (NC)")


def bend(path: Path, kind: tuple[str, str], share: float, change: Callable[[Row], None]) -> int:
    """Change one line of a report, so far into it; gives how many lines it has."""
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    of_kind = [row for row in rows if row[kind[0]] == kind[1] and row.get("Net Currency", "EUR") == "EUR"]
    change(of_kind[round((len(of_kind) - 1) * share)])
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue())
    return len(rows)


def told(room: Path, world: Path) -> Iterator[tuple[str, str, dict[str, int]]]:
    """What is open in the end, as control, name of the feed, and amounts."""
    settings = settings_of(room / "home")
    create_home(settings)
    with open_app(settings) as app:
        app.ingest([world])
        app.check()
        with app.register.reading() as view:
            b = schema.break_.c
            for control, feed, amounts in view.rows(select(b.control, b.feed, b.amounts).where(b.closed_at.is_(None))):
                yield control, feed, {amount["currency"]: amount["minor"] for amount in parse(amounts)}


CASES = [
    (PAYOUTS, CHARGE, 0.0, whole, "tie_out"),
    (PAYOUTS, CHARGE, 1.0, whole, "tie_out"),
    (PAYOUTS, CHARGE, 0.37, left, "data_finding"),
    (BATCHES, SALE, 0.5, credit, "held_delivery"),
]


@pytest.mark.parametrize(("report", "kind", "share", "change", "control"), CASES)
def test_a_cent_in_one_line_is_found(
    report: str, kind: tuple[str, str], share: float, change: Callable[[Row], None], control: str, tmp_path: Path
) -> None:
    """In the first, the last and any other line, of a report of two partners."""
    world = tmp_path / "world"
    simulate(7, DAYS, world, payments_per_day=FEW, disputes_per_10k=0)
    bend(world / report, kind, share, change)
    found = list(told(tmp_path, world))
    assert control in {name for name, _, _ in found}
    assert all(amounts == {"USD": 1} for name, _, amounts in found if name == "tie_out" and change is whole)


@pytest.mark.slow
@pytest.mark.parametrize(("report", "kind", "share", "change", "control"), CASES)
def test_a_cent_in_one_line_of_a_hundred_thousand_is_found(
    report: str, kind: tuple[str, str], share: float, change: Callable[[Row], None], control: str, tmp_path: Path
) -> None:
    """As in a small report; these go through the lake."""
    world = tmp_path / "world"
    simulate(7, DAYS, world, payments_per_day=MANY, disputes_per_10k=0)
    assert bend(world / report, kind, share, change) > 100_000
    found = list(told(tmp_path, world))
    assert control in {name for name, _, _ in found}
    assert all(amounts == {"USD": 1} for name, _, amounts in found if name == "tie_out" and change is whole)
