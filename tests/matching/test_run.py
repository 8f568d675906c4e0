"""Matching by rules: what is sure is confirmed, what is not is called so, and all that is left is explained."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from recoup.domain.rates import Rate
from recoup.errors import RulesInvalid
from recoup.matching.run import Decision
from recoup.storage.engine import Engine
from tests.matching.world import BY_REFERENCE, DAY, PAIR, line, matched, rules

NEAR = """
[[rule]]
name = "near"
says = "One reference, nearly one amount"
keys = [{ left = "reference", right = "reference", as = ["trim", "upper", "unpad"] }]
amount = { tolerance_minor = 2 }
window = { days_before = 3, days_after = 3 }
accept = "best"
"""
BATCHED = """
[[rule]]
name = "batched"
says = "A batch adds up"
kind = "group"
keys = [{ left = "batch", right = "batch" }]
"""
BY_AMOUNT = """
[[rule]]
name = "by_amount"
says = "An amount that is rare"
window = { days_before = 0, days_after = 3 }
rare = true
"""
LUMP = """
[[rule]]
name = "lump"
says = "One of ours is several of theirs"
kind = "lump"
lump = { one = "right", size_max = 4 }
window = { days_before = 3, days_after = 3 }
"""
FEW = """
[[rule]]
name = "few"
says = "A few of theirs are a few of ours"
kind = "few"
few = { size_max = 3, lines_max = 8 }
window = { days_before = 3, days_after = 3 }
suggests = true
"""
MARGINS = ["match", "candidates", "margin_minor", "margin_days"]
EVERY_RULE = (BY_REFERENCE, NEAR, BATCHED, BY_AMOUNT, LUMP)
LEFT = (
    line("l1", 100, "001"),
    line("l2", 200, "002"),
    line("l3", 300, "003"),
    line("l4", 777),
    line("l5", 500, "005"),
    line("l6", 500, "006"),
    line("l7", 10, batch="b"),
    line("l8", 15, batch="b"),
    line("l9", 1000, "009"),
    line("l10", 1000, "010"),
    line("l11", 1000, "010"),
    line("m1", 31),
    line("m2", 47),
    line("m3", 59),
    line("late", 4, on_day=dt.date(2026, 1, 29)),
    line("bent", 123456, "7.40E+22"),
)
RIGHT = (
    line("r1", 100, "1"),
    line("r2", 201, "2"),
    line("r3", 350, " 3"),
    line("r4", 777),
    line("r5", 500, "5"),
    line("r5b", 500, "5"),
    line("r6", 50000, "6"),
    line("r7", 25, batch="b"),
    line("r9", 1000, "9", currency="USD"),
    line("r10", 1000, "10"),
    line("sum", 106, on_day=dt.date(2026, 1, 13)),
    line("alone", 99999, on_day=dt.date(2026, 1, 1)),
)


@pytest.fixture
def engine(duckdb_engine: Engine) -> Engine:
    """DuckDB; the whole of matching runs on Spark too in `test_both_engines_find_the_same`."""
    return duckdb_engine


def test_both_engines_find_the_same(each_engine: Engine, tmp_path: Path) -> None:
    """Every kind of rule, match and break, on DuckDB and on Spark."""
    found = matched(each_engine, tmp_path / "run", rules(*EVERY_RULE), LEFT, RIGHT)
    assert found.matches == {
        ("by_reference", frozenset({"l1"}), frozenset({"r1"})),
        ("near", frozenset({"l2"}), frozenset({"r2"})),
        ("batched", frozenset({"l7", "l8"}), frozenset({"r7"})),
        ("by_amount", frozenset({"l4"}), frozenset({"r4"})),
        ("lump", frozenset({"m2", "m3"}), frozenset({"sum"})),
    }
    assert found.ambiguous == {"l5", "r5", "r5b", "l10", "l11", "r10"}
    assert found.classes() == {
        "l3": "amount",
        "l5": "double",
        "l6": "unit_factor",
        "l9": "currency",
        "l10": "double",
        "m1": "missing_in_books",
        "late": "timing",
        "bent": "missing_in_books",
        "alone": "missing_at_partner",
    }
    assert found.breaks["l3"]["stake_minor"] == 50
    assert found.breaks["l3"]["explanation"] == (
        "l3 of file and r3 of file tell of one thing: 3.00 EUR and 3.50 EUR, on 2026-01-12; 0.50 EUR are in question."
        " nothing else explains the difference."
    )
    assert "lost its end" in found.breaks["bent"]["explanation"]
    assert (found.outcome.matched, found.outcome.ambiguous, found.outcome.breaks) == (5, 6, 9)
    lines = found.outcome.left_lines + found.outcome.right_lines
    assert lines == len(LEFT) + len(RIGHT)
    used = sum(len(left) + len(right) for _, left, right in found.matches)
    assert found.outcome.unmatched == lines - used - found.outcome.ambiguous
    right = [line("r4", 777, "named") if told["item"] == "r4" else told for told in RIGHT]
    again = matched(each_engine, tmp_path / "again", rules(*EVERY_RULE), LEFT, right, kept=tmp_path / "run")
    assert (again.outcome.dropped, again.matches) == (1, found.matches)
    assert told_as_changed(tmp_path / "again", "r4") == {("right", "name", "named", 0)}


# --- sure and not sure ----------------------------------------------------------------------


def test_two_equally_good_candidates_are_ambiguous(engine: Engine, tmp_path: Path) -> None:
    """Two lines of one reference and amount: nobody can say which it is, so no rule does."""
    left, right = [line("l", 100, "1")], [line("r1", 100, "1"), line("r2", 100, "1")]
    found = matched(engine, tmp_path, rules(BY_REFERENCE, NEAR), left, right)
    assert found.matches == set()
    assert found.ambiguous == {"l", "r1", "r2"}


def test_the_better_of_two_is_confirmed_with_its_margin(engine: Engine, tmp_path: Path) -> None:
    """By money first, and by days where money ties; the margin over the runner-up is kept."""
    left = [line("l", 100, "1"), line("m", 100, "2")]
    right = [
        line("r", 101, "1"),
        line("worse", 102, "1"),
        line("s", 101, "2"),
        line("later", 101, "2", on_day=DAY + dt.timedelta(days=2)),
    ]
    found = matched(engine, tmp_path, rules(NEAR), left, right)
    assert found.pairs == {("l", "r"), ("m", "s")}
    margins = sorted(pq.read_table(tmp_path / "match").select(MARGINS).to_pylist(), key=lambda row: row["match"])
    assert [tuple(row.values()) for row in margins] == [("l", 2, 1, 0), ("m", 2, 0, 2)]


def test_an_amount_that_is_not_rare_is_no_more_than_a_suggestion(engine: Engine, tmp_path: Path) -> None:
    """Beside a line that is matched already the same amount could be either: a price point tells nothing apart."""
    left = [line("l1", 999, "1"), line("l2", 999)]
    right = [line("r1", 999, "1"), line("r2", 999)]
    found = matched(engine, tmp_path, rules(BY_REFERENCE, BY_AMOUNT), left, right)
    assert found.pairs == {("l1", "r1")}
    assert found.suggested == {("by_amount", frozenset({"l2"}), frozenset({"r2"}))}


def test_a_name_that_a_crowd_has_names_nothing(engine: Engine, tmp_path: Path) -> None:
    """Sixty lines with the reference N/A on each side are ambiguous, and are not compared one by one."""
    left = [line(f"l{n}", 100, "N/A") for n in range(60)]
    right = [line(f"r{n}", 100, "N/A") for n in range(60)]
    found = matched(engine, tmp_path, rules(BY_REFERENCE), left, right)
    assert found.matches == set()
    assert len(found.ambiguous) == 120


def test_a_lump_that_can_be_made_in_two_ways_is_ambiguous(engine: Engine, tmp_path: Path) -> None:
    """20 is 5 and 15, or 8 and 12."""
    left = [line(name, amount) for name, amount in (("a", 5), ("b", 15), ("c", 8), ("d", 12))]
    found = matched(engine, tmp_path, rules(LUMP), left, [line("sum", 20)])
    assert found.matches == set()
    assert found.ambiguous == {"sum"}


def test_a_lump_of_four_is_found_and_nothing_smaller_is_missed(engine: Engine, tmp_path: Path) -> None:
    """The one way to make the sum, among candidates that do not."""
    left = [line(name, amount) for name, amount in (("a", 1), ("b", 20), ("c", 300), ("d", 4000), ("e", 7))]
    found = matched(engine, tmp_path, rules(LUMP), left, [line("sum", 4321)])
    assert found.matches == {("lump", frozenset("abcd"), frozenset({"sum"}))}


def test_a_line_alone_that_equals_another_is_no_lump(engine: Engine, tmp_path: Path) -> None:
    """It may be the one: a suggestion."""
    found = matched(engine, tmp_path, rules(LUMP), [line("a", 20), line("b", 3)], [line("sum", 20)])
    assert found.matches == set()
    assert found.suggested == {("lump", frozenset("a"), frozenset({"sum"}))}


def test_a_few_lines_that_are_a_few_are_suggested(each_engine: Engine, tmp_path: Path) -> None:
    """Two with three, and nothing else that adds up; a line that could be in two such sets is in none."""
    left = [line("a", 70), line("b", 55), line("x", 1), line("p", 10, account="2"), line("q", 20, account="2")]
    left += [line("s", 20, account="2")]
    right = [line("k", 100), line("m", 12), line("n", 13), line("u", 14, account="2"), line("v", 16, account="2")]
    found = matched(each_engine, tmp_path, rules(FEW), left, right)
    assert found.matches == set()
    assert found.suggested == {("few", frozenset("ab"), frozenset("kmn"))}
    assert found.ambiguous == {"p", "q", "s", "u", "v"}


# --- what is left ---------------------------------------------------------------------------


def test_a_second_line_of_a_matched_name_is_there_twice(engine: Engine, tmp_path: Path) -> None:
    """A run matched the first; the second comes later, and is a double of it."""
    ruleset = rules(BY_REFERENCE)
    left, right = [line("l", 100, "1")], [line("r1", 100, "1")]
    matched(engine, tmp_path / "one", ruleset, left, right)
    found = matched(engine, tmp_path / "two", ruleset, left, [*right, line("r2", 100, "1")], kept=tmp_path / "one")
    assert found.pairs == {("l", "r1")}
    assert found.classes() == {"r2": "double"}


def test_what_is_short_under_one_name_is_explained_by_lines_without_one(engine: Engine, tmp_path: Path) -> None:
    """Netting: a batch is paid short by two lines that name nothing."""
    pair = PAIR.replace('left = "reference", right = "reference"', 'left = "batch", right = "batch"')
    left = [line("a", 70, batch="b"), line("b", 30, batch="b")]
    right = [line("paid", 82, batch="b"), line("x", 11), line("y", 7)]
    found = matched(engine, tmp_path, rules(BATCHED, pair=pair), left, right)
    assert found.classes() == {"a": "netting"}
    assert found.breaks["a"]["related"] == "x y"


def test_two_differences_that_cancel_are_twins(engine: Engine, tmp_path: Path) -> None:
    """One reference is short by what another is over: the money went to the wrong one."""
    left = [line("l1", 100, "1"), line("l2", 500, "2")]
    right = [line("r1", 93, "1"), line("r2", 507, "2")]
    found = matched(engine, tmp_path, rules(BY_REFERENCE), left, right)
    assert found.classes() == {"l1": "netting", "l2": "netting"}
    assert found.breaks["l1"]["related"] == "l2"


def test_drift_of_either_sign_is_a_break(engine: Engine, tmp_path: Path) -> None:
    """More than expected is as wrong as less."""
    left = [line("l1", 100, "1"), line("l2", 100, "2"), line("l3", -100, "3")]
    right = [line("r1", 113, "1"), line("r2", 90, "2"), line("r3", -117, "3")]
    found = matched(engine, tmp_path, rules(BY_REFERENCE), left, right)
    assert {item: row["stake_minor"] for item, row in found.breaks.items()} == {"l1": 13, "l2": 10, "l3": 17}


def test_one_minor_unit_is_rounding_where_there_are_decimals(engine: Engine, tmp_path: Path) -> None:
    """A yen is a yen."""
    left = [line("l1", 1000, "1"), line("l2", 1000, "2", currency="JPY")]
    right = [line("r1", 1001, "1"), line("r2", 1001, "2", currency="JPY")]
    found = matched(engine, tmp_path, rules(BY_REFERENCE), left, right)
    assert found.classes() == {"l1": "rounding", "l2": "amount"}


def test_a_fee_that_was_kept_is_named(engine: Engine, tmp_path: Path) -> None:
    """The difference is the fee that the left side tells."""
    left, right = [line("l", 1000, "1", fee_minor=29)], [line("r", 971, "1")]
    assert matched(engine, tmp_path, rules(BY_REFERENCE), left, right).classes() == {"l": "fee_kept"}


def test_fees_are_compared_where_the_pair_says_so(engine: Engine, tmp_path: Path) -> None:
    """Lines that match and tell different fees are a break of the fee alone."""
    pair = PAIR + "compares_fees = true\n"
    left = [line("l1", 10, "1", fee_minor=5), line("l2", 10, "2", fee_minor=5), line("l3", 10, "3", fee_minor=5)]
    right = [line("r1", 10, "1", fee_minor=5), line("r2", 10, "2"), line("r3", 10, "3", fee_minor=7)]
    found = matched(engine, tmp_path, rules(BY_REFERENCE, pair=pair), left, right)
    assert len(found.matches) == 3
    assert found.classes() == {"l2": "fee_missing", "l3": "fee_wrong"}


def test_another_merchant_is_named(engine: Engine, tmp_path: Path) -> None:
    """The reference and the amount agree, and the lines were kept apart by who they are for."""
    pair = PAIR.replace('"account", "currency"', '"merchant", "currency"')
    left, right = [line("l", 10, "1")], [line("r", 10, "1", merchant="mer_2")]
    assert matched(engine, tmp_path, rules(BY_REFERENCE, pair=pair), left, right).classes() == {"l": "wrong_merchant"}


def test_an_opposite_sign_is_the_pairs_own(engine: Engine, tmp_path: Path) -> None:
    """Books that tell a debit as a positive number meet a partner that tells it as a negative one."""
    pair = PAIR + 'sign = "opposite"\n'
    left, right = [line("l1", -10, "1"), line("l2", -10, "2")], [line("r1", 10, "1"), line("r2", -10, "2")]
    found = matched(engine, tmp_path, rules(BY_REFERENCE, pair=pair), left, right)
    assert found.pairs == {("l1", "r1")}
    assert found.breaks["l2"]["stake_minor"] == 20


def test_amounts_near_the_end_of_64_bits_do_not_wrap(engine: Engine, tmp_path: Path) -> None:
    """A tolerance in basis points of fifteen digits, and sums of such amounts."""
    big = 999_999_999_999_999
    near = NEAR.replace("tolerance_minor = 2", "tolerance_bps = 1")
    left = [line("l", big, "1"), line("a", big, batch="b"), line("c", big, batch="b")]
    right = [line("r", big - 99_999_999_999, "1"), line("s", 2 * big, batch="b")]
    found = matched(engine, tmp_path, rules(near, BATCHED), left, right)
    assert len(found.matches) == 2


# --- other currencies -----------------------------------------------------------------------

FX = """
[[rule]]
name = "converted"
says = "The amount at the day's rate, within half a percent"
keys = [{ left = "reference", right = "reference" }]
fx = { source = "ecb", band_bps = 50 }
"""
_ONE_EURO = Rate("ecb", DAY, "EUR", "JPY", 162_500_000_000)


def test_a_converted_amount_is_held_against_the_rate_of_its_day(each_engine: Engine, tmp_path: Path) -> None:
    """10.00 EUR are 1,625 yen; a yen has no decimals; what is out of the band is a break of class fx."""
    pair = PAIR.replace('within = ["account", "currency"]', 'within = ["account"]')
    left = [line("l1", 1000, "1"), line("l2", 1000, "2"), line("l3", 1000, "3", on_day=DAY - dt.timedelta(days=30))]
    right = [line(f"r{n}", amount, str(n), currency="JPY") for n, amount in ((1, 1629), (2, 1700), (3, 1625))]
    told = rules(FX, pair=pair, rate_sources=["ecb"])
    found = matched(each_engine, tmp_path, told, left, right, rates=[_ONE_EURO])
    assert found.pairs == {("l1", "r1")}
    assert found.classes() == {"l2": "fx", "l3": "fx"}


# --- again ----------------------------------------------------------------------------------


def test_a_second_run_over_the_same_lines_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    """Matches, candidates, suggestions and breaks are the same, and none is new."""
    ruleset = rules(*EVERY_RULE)
    first = matched(engine, tmp_path / "one", ruleset, LEFT, RIGHT)
    second = matched(engine, tmp_path / "two", ruleset, LEFT, RIGHT, kept=tmp_path / "one")
    assert (second.matches, second.suggested) == (first.matches, first.suggested)
    assert (second.ambiguous, second.breaks) == (first.ambiguous, first.breaks)
    assert second.outcome.new == second.outcome.dropped == 0


def test_new_lines_change_only_what_they_touch(engine: Engine, tmp_path: Path) -> None:
    """A match stays although a line came that could have been it as well."""
    ruleset = rules(*EVERY_RULE)
    first = matched(engine, tmp_path / "one", ruleset, LEFT, RIGHT)
    more = [*RIGHT, line("r1b", 100, "1"), line("rm", 31)]
    second = matched(engine, tmp_path / "two", ruleset, LEFT, more, kept=tmp_path / "one")
    assert second.matches - first.matches == {("by_amount", frozenset({"m1"}), frozenset({"rm"}))}
    assert first.matches <= second.matches


def test_a_match_falls_when_a_line_changes_or_goes(engine: Engine, tmp_path: Path) -> None:
    """The partner corrected one amount and took one line back."""
    ruleset = rules(BY_REFERENCE, BATCHED)
    matched(engine, tmp_path / "one", ruleset, LEFT, RIGHT)
    changed = [line("r1", 99, "1"), *(told for told in RIGHT if told["item"] not in ("r1", "r7"))]
    second = matched(engine, tmp_path / "two", ruleset, LEFT, changed, kept=tmp_path / "one")
    assert second.outcome.dropped == 2
    assert second.matches == set()
    assert second.classes()["l1"] == "rounding"


@pytest.mark.parametrize(
    ("rule", "item", "now", "why"),
    [
        (BY_REFERENCE, "r1", line("r1", 100, "4711"), {("right", "name", "4711", 0)}),
        (BY_REFERENCE, "r1", line("r1", 100, " 1 "), set()),
        (BY_REFERENCE, "r1", line("r1", 100, "1", account="acct_2"), {("right", "name", "1", 0)}),
        (BY_REFERENCE, "r1", line("r1", 103, "1"), {("right", "amount", "103", 3)}),
        (BY_REFERENCE, "r1", line("r1", 100, "1", currency="USD"), {("right", "currency", "USD", 0)}),
        (BY_AMOUNT, "r4", line("r4", 777, "named"), {("right", "name", "named", 0)}),
        (BY_AMOUNT, "r4", line("r4", 777, on_day=dt.date(2026, 1, 13)), {("right", "day", "2026-01-13", 0)}),
        (BATCHED, "r7", line("r7", 25, batch="c"), {("right", "name", None, 0)}),
        (BATCHED, "r7", line("r7", 24, batch="b"), {("right", "amount", "24", 1)}),
    ],
    ids=lambda told: str(told)[:30] if isinstance(told, (set, str)) else "",
)
def test_a_kept_match_is_let_go_and_told_when_a_line_says_something_else(
    engine: Engine, tmp_path: Path, rule: str, item: str, now: dict[str, Any], why: set[tuple[object, ...]]
) -> None:
    """Whatever it says otherwise that its rule went by: money, day, or name; what is only written otherwise is not."""
    ruleset = rules(rule)
    matched(engine, tmp_path / "one", ruleset, LEFT, RIGHT)
    right = [now if told["item"] == item else told for told in RIGHT]
    second = matched(engine, tmp_path / "two", ruleset, LEFT, right, kept=tmp_path / "one")
    assert second.outcome.dropped == bool(why)
    assert told_as_changed(tmp_path / "two", item) == why
    third = matched(engine, tmp_path / "three", ruleset, LEFT, right, kept=tmp_path / "two")
    assert third.outcome.dropped == 0
    assert told_as_changed(tmp_path / "three", item) == set()


def told_as_changed(folder: Path, item: str) -> set[tuple[object, ...]]:
    """What a run says of a line that changed."""
    rows = pq.read_table(folder / "changed.parquet").to_pylist()
    return {(row["side"], row["why"], row["now"], row["stake_minor"]) for row in rows if row["item"] == item}


def test_what_a_person_confirmed_stays_when_a_line_changes_and_is_told(engine: Engine, tmp_path: Path) -> None:
    """A person's word goes before what the line says, and a person hears of it."""
    ruleset, said = rules(BY_REFERENCE), [Decision("l4", "r3", is_together=True)]
    matched(engine, tmp_path / "one", ruleset, LEFT, RIGHT, decisions=said)
    right = [line("r3", 351, "other") if told["item"] == "r3" else told for told in RIGHT]
    second = matched(engine, tmp_path / "two", ruleset, LEFT, right, kept=tmp_path / "one", decisions=said)
    assert second.outcome.dropped == 0
    assert ("l4", "r3") in second.pairs
    assert told_as_changed(tmp_path / "two", "r3") == {("right", "amount", "351", 1), ("right", "name", "other", 0)}


def test_a_run_that_was_stopped_goes_on_from_what_it_had_written(engine: Engine, tmp_path: Path) -> None:
    """What rules had confirmed before the stop is taken over, and the result is that of an unbroken run."""
    ruleset = rules(*EVERY_RULE)
    whole = matched(engine, tmp_path / "whole", ruleset, LEFT, RIGHT)
    matched(engine, tmp_path / "cut", rules(BY_REFERENCE, NEAR), LEFT, RIGHT)
    for name in ("suggested", "suggested_line", "unsure", "break"):
        (tmp_path / "cut" / f"{name}.parquet").unlink()
    again = matched(engine, tmp_path / "cut", ruleset, LEFT, RIGHT)
    assert (again.matches, again.breaks, again.ambiguous) == (whole.matches, whole.breaks, whole.ambiguous)
    twice = matched(engine, tmp_path / "cut", ruleset, LEFT, RIGHT)
    assert (twice.matches, twice.outcome.matched) == (whole.matches, whole.outcome.matched)


# --- by hand --------------------------------------------------------------------------------


def test_taking_a_decision_back_restores_exactly_what_was(engine: Engine, tmp_path: Path) -> None:
    """Two ambiguous lines are put together by a person, and then not."""
    ruleset = rules(*EVERY_RULE)
    before = matched(engine, tmp_path / "0", ruleset, LEFT, RIGHT)
    decided = [Decision("l5", "r5b", is_together=True)]
    with_it = matched(engine, tmp_path / "1", ruleset, LEFT, RIGHT, kept=tmp_path / "0", decisions=decided)
    assert ("by_hand", frozenset({"l5"}), frozenset({"r5b"})) in with_it.matches
    assert with_it.classes()["r5"] == "double"
    after = matched(engine, tmp_path / "2", ruleset, LEFT, RIGHT, kept=tmp_path / "1")
    assert (after.matches, after.suggested) == (before.matches, before.suggested)
    assert (after.ambiguous, after.breaks) == (before.ambiguous, before.breaks)


def test_lines_that_a_person_holds_apart_are_not_matched_again(engine: Engine, tmp_path: Path) -> None:
    """Their match falls, of one with one and of several; without the decision it comes back."""
    ruleset = rules(*EVERY_RULE)
    before = matched(engine, tmp_path / "0", ruleset, LEFT, RIGHT)
    decided = [Decision("l1", "r1", is_together=False), Decision("l8", "r7", is_together=False)]
    held = matched(engine, tmp_path / "1", ruleset, LEFT, RIGHT, kept=tmp_path / "0", decisions=decided)
    assert held.outcome.dropped == 2
    assert {rule for rule, _, _ in held.matches} == {"near", "by_amount", "lump"}
    after = matched(engine, tmp_path / "2", ruleset, LEFT, RIGHT, kept=tmp_path / "1")
    assert (after.matches, after.breaks) == (before.matches, before.breaks)


def test_a_decision_takes_a_line_out_of_an_earlier_match(engine: Engine, tmp_path: Path) -> None:
    """A line is used once: what a person says goes before what a rule said."""
    ruleset = rules(BY_REFERENCE)
    left, right = [line("l1", 100, "1"), line("l2", 100, "2")], [line("r1", 100, "1")]
    matched(engine, tmp_path / "0", ruleset, left, right)
    decided = [Decision("l2", "r1", is_together=True)]
    found = matched(engine, tmp_path / "1", ruleset, left, right, kept=tmp_path / "0", decisions=decided)
    assert found.matches == {("by_hand", frozenset({"l2"}), frozenset({"r1"}))}


def test_two_lines_of_one_name_are_refused(engine: Engine, tmp_path: Path) -> None:
    """A side whose lines cannot be told apart is no side."""
    with pytest.raises(RulesInvalid, match="1 names of more than one line"):
        matched(engine, tmp_path, rules(BY_REFERENCE), [line("l", 1, "1"), line("l", 2, "2")], [])
