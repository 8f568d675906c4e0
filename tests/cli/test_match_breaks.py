"""What a kept run leaves open is worked on like every other break."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.command_line import answer, empty_home
from tests.matching.world import BY_REFERENCE, PAIR, line, write_side

Lines = Sequence[dict[str, Any]]
LEFT = [line(f"l{n}", 100 + n, str(n)) for n in range(1, 9)]
RIGHT = [line(f"r{n}", 100 + n, str(n)) for n in range(1, 9)]
NOW = ("--as-of", "2026-01-30T12:00:00Z")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a pair of files."""
    made = empty_home(tmp_path / "home")
    (made / "matching").mkdir()
    (made / "matching" / "mine.toml").write_text(PAIR + BY_REFERENCE)
    return made


def matched(home: Path, left: Lines, right: Lines) -> Any:
    """Run the pair over two sides."""
    files = [str(write_side(home.parent / f"{side}.parquet", lines)) for side, lines in (("l", left), ("r", right))]
    return answer(home, "match", "--pair", "theirs_ours", "--left", files[0], "--right", files[1], *NOW)


def breaks(home: Path, *words: str) -> Any:
    """The breaks of matching."""
    return [b for b in answer(home, "breaks", *words, *NOW) if b["control"] == "match"]


def test_a_few_open_lines_are_a_break_each_and_again_changes_nothing(home: Path) -> None:
    """With money, owner, class, the line's name, the run and the rules; what is matched then closes it."""
    found = matched(home, LEFT, RIGHT[2:])
    assert (found["opened"], found["closed"]) == (2, 0)
    told = breaks(home)
    assert {(b["kind"], b["classes"][0], b["owner"]) for b in told} == {
        ("theirs_ours", "missing_in_books", "reconciliation")
    }
    assert [b["amounts"] for b in told] == [[{"currency": "EUR", "minor": minor}] for minor in (102, 101)]
    assert all("of file" in b["explanation"] and "in run mru_" in b["explanation"] for b in told)
    again = matched(home, LEFT, RIGHT[2:])
    assert (again["opened"], again["closed"], breaks(home)) == (0, 0, told)
    answer(home, "check", *NOW)
    assert breaks(home) == told
    after = matched(home, LEFT, RIGHT[1:])
    assert (after["opened"], after["closed"]) == (0, 1)


def test_many_of_one_kind_are_one_break_but_for_those_somebody_decided_about(home: Path) -> None:
    """Counted, summed, with the largest named; a decision keeps its own break."""
    matched(home, LEFT, RIGHT[1:])
    (known,) = breaks(home)
    answer(home, "break", "known", known["id"], "--reason", "their export lags", *NOW)
    more = [line(f"m{n:02}", 1_000 + n, f"m{n}") for n in range(30)]
    found = matched(home, [*LEFT, *more], RIGHT[1:])
    assert (found["opened"], found["closed"]) == (1, 0)
    pool = next(b for b in breaks(home) if b["id"] != known["id"])
    assert pool["amounts"] == [{"currency": "EUR", "minor": sum(1_000 + n for n in range(30))}]
    assert "leave 30 things" in pool["explanation"]
    assert "m29 of file" in pool["explanation"]
    assert {b["status"] for b in breaks(home, "--all") if b["id"] == known["id"]} == {"known"}
    assert matched(home, [*LEFT, *more], RIGHT[1:])["opened"] == 0


def test_a_kept_match_whose_line_says_something_else_is_a_break_until_somebody_closes_it(home: Path) -> None:
    """It lasts beyond the next run, which finds nothing changed any more."""
    matched(home, LEFT, RIGHT)
    changed = [line("r1", 150, "1"), *RIGHT[1:]]
    found = matched(home, LEFT, changed)
    assert found["pairs"][0]["dropped"] == 1
    (told,) = [b for b in breaks(home) if "says something else now" in b["explanation"]]
    assert "its amount is 1.50 EUR, and was 1.01 EUR" in told["explanation"]
    assert told["classes"][0] == "restatement"
    matched(home, LEFT, changed)
    assert told["id"] in {b["id"] for b in breaks(home)}
    answer(home, "break", "close", told["id"], "--reason", "they corrected it", *NOW)
    matched(home, LEFT, changed)
    assert told["id"] not in {b["id"] for b in breaks(home)}


def test_what_only_waits_within_its_time_is_no_break(home: Path) -> None:
    """A line of yesterday may find its other side tomorrow."""
    found = matched(home, [*LEFT, line("late", 5, "late", on_day=dt.date(2026, 1, 29))], RIGHT)
    assert (found["breaks"], found["opened"], breaks(home)) == (1, 0, [])


def test_beyond_the_largest_the_rest_is_counted_and_summed(home: Path) -> None:
    """Nothing of a run is left out of the sums, however many lines are open."""
    many = [line(f"n{n:04}", 10 + n, f"n{n}", currency=("EUR", "USD")[n % 2]) for n in range(2_500)]
    matched(home, many, RIGHT[:1])
    sums = {a["currency"]: a["minor"] for b in breaks(home) for a in b["amounts"] if "2,500" in b["explanation"]}
    assert sums == {name: sum(t["amount_minor"] for t in many if t["currency"] == name) for name in ("EUR", "USD")}
