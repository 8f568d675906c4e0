"""What J.P. Morgan reports, read again by the standard library alone: totals, days, steps and what the house books."""

import csv
import datetime as dt
import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from recoup.simulator import simulate

Row = dict[str, str]
CATEGORIES = ["RECD", "RTM", "RECRS", "REPR"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month of disputes in files alone."""
    out = tmp_path_factory.mktemp("jpmorgan") / "world"
    simulate(4, 30, out, (), 40, disputes_per_10k=350, partners=("jpmorgan",))
    return out


def reports(folder: Path) -> list[tuple[dt.date, list[Row], list[Row]]]:
    """Of each report its day, the rows of its summary and those of its disputes."""
    found = []
    for path in sorted((folder / "jpmorgan/dispute_report").iterdir()):
        lines = path.read_text().splitlines()
        assert lines[0].removeprefix("BEGIN,") == lines[-1].removeprefix("END,")
        name, head, *rest = lines[1:-1]
        begins = next(n for n, line in enumerate(rest) if line.startswith("Record Type,"))
        summary, rows = csv.DictReader([head, *rest[:begins]]), csv.DictReader(rest[begins:])
        found.append((dt.date.fromisoformat(name.split(",")[3]), list(summary), list(rows)))
    return found


def truth(folder: Path) -> dict[str, Any]:
    cases = json.loads((folder / "truth.json").read_text())["disputes"]
    return {case["partner_dispute_id"]: case for case in cases}


def test_each_day_has_its_report_whose_summary_is_its_rows(world: Path) -> None:
    """Count and amount of each category."""
    found = reports(world)
    assert [day for day, _, _ in found] == [dt.date(2026, 2, 2) + dt.timedelta(days=n) for n in range(29)]
    for _, summary, rows in found:
        sums: dict[str, list[Decimal]] = defaultdict(list)
        for row in rows:
            sums[row["Dispute Category Code"]].append(Decimal(row["Current Action Presentment Currency Amount"]))
        stated = {s["Category"]: (abs(int(s["Count"])), Decimal(s["Presentment Currency Amount"])) for s in summary}
        assert stated == {category: (len(amounts), sum(amounts)) for category, amounts in sums.items()}


def test_a_day_on_which_nothing_happened_is_told_as_well(tmp_path: Path) -> None:
    """With the names of the columns and no row."""
    simulate(4, 5, tmp_path / "world", (), 10, disputes_per_10k=0, partners=("jpmorgan",))
    assert [(summary, rows) for _, summary, rows in reports(tmp_path / "world")] == [([], [])] * 4


def test_a_dispute_goes_its_steps_in_order_once_each(world: Path) -> None:
    """Received with its fee, handed to us, asked back, represented; what takes is positive, what gives negative."""
    cases, told = truth(world), defaultdict(list)
    for day, _, rows in reports(world):
        for row in rows:
            name = row["Dispute Transaction Sequence Number"]
            told[name].append(row["Dispute Category Code"])
            amount = Decimal(row["Current Action Presentment Currency Amount"])
            assert abs(amount) * 100 == cases[name]["amount_minor"]
            assert (amount > 0) == (row["Dispute Category Code"] in ("RECD", "RECRS"))
            assert row["Activity Date"] == str(day)
            assert row["Merchant Order Number"] == cases[name]["payment_ref"]
            assert (row["Fee Amount"] == "-15.00000000") == (row["Dispute Category Code"] == "RECD")
    assert all(steps == CATEGORIES[: len(steps)] for steps in told.values())
    assert {len(steps) for steps in told.values()} == {1, 2, 3, 4}


def test_days_to_answer_stand_without_time_until_we_have_answered(world: Path) -> None:
    """Two weeks at least after it was received."""
    for _, _, rows in reports(world):
        for row in rows:
            is_asked = row["Dispute Category Code"] in ("RECD", "RTM")
            assert bool(row["Dispute Due Date"]) == is_asked
            if is_asked:
                begun = dt.date.fromisoformat(row["Dispute Initiate Date"])
                assert 14 <= (dt.date.fromisoformat(row["Dispute Due Date"]) - begun).days <= 23


def test_the_house_books_only_what_it_has_read(world: Path) -> None:
    """Debit, fee and credit stand in the ledger of a later day than that of the report's rows."""
    booked: dict[tuple[str, str], str] = {}
    for path in sorted((world / "house/ledger").iterdir()):
        for row in csv.DictReader(path.open(encoding="utf-8")):
            if row["record"] == "line":
                booked[row["dispute"], row["kind"]] = row["effective_on"]
    kinds = {"RECD": ("dispute_debit", "dispute_fee"), "REPR": ("dispute_credit",)}
    seen = 0
    for day, _, rows in reports(world)[:-3]:
        for row in rows:
            for kind in kinds.get(row["Dispute Category Code"], ()):
                assert booked[row["Dispute Transaction Sequence Number"], kind] > str(day)
                seen += 1
    assert seen > 40
