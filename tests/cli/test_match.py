"""`recoup match` over a simulated week: the money that is there meets, and what people decide counts."""

import shutil
from pathlib import Path

import pytest

from recoup.matching.breaks import BREAK_COLUMNS, BREAK_LINE_COLUMNS
from recoup.matching.compiling import MATCH_COLUMNS
from recoup.matching.rule import SIDE_COLUMNS
from recoup.simulator.lines import Odds, write_lines
from tests.fakes.command_line import answer, empty_home, run
from tests.matching.world import BY_REFERENCE, PAIR, line, write_side

DAYS = "8"


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with some simulated days, faults among them."""
    home = tmp_path_factory.mktemp("match") / "home"
    result = run(home, "demo", "--days", DAYS, "--seed", "7")
    assert result.exit_code == 0, result.output
    return home


@pytest.fixture
def home(week: Path, tmp_path: Path) -> Path:
    """A copy of the simulated home."""
    return Path(shutil.copytree(week, tmp_path / "home"))


def test_every_pair_runs_and_the_second_run_finds_nothing_new(home: Path) -> None:
    """What the partner settled is in the books line by line, and batches add up to payouts."""
    first = answer(home, "match")
    assert {"matched", "ambiguous", "unmatched", "suggested", "breaks", "by_rule", "pairs"} <= set(first)
    of = {one["pair"]: one for one in first["pairs"]}
    assert of["partner_money_books"]["unmatched"] == of["partner_money_books"]["breaks"] == 0
    assert of["partner_money_books"]["matched"] > 0
    assert first["by_rule"]["settlement_payout.batch_adds_up"] == of["settlement_payout"]["matched"] > 0
    assert first["matched"] == sum(first["by_rule"].values()) == sum(one["matched"] for one in first["pairs"])
    again = answer(home, "match")
    assert [one["new"] for one in again["pairs"]] == [0] * len(again["pairs"])
    assert [one["breaks"] for one in again["pairs"]] == [one["breaks"] for one in first["pairs"]]


def test_a_line_tells_its_match_and_a_break_explains_itself(home: Path) -> None:
    """From the list of breaks to the line, and from a matched line to its other side."""
    answer(home, "match", "--pair", "payout_bank")
    breaks = answer(home, "match", "breaks", "--pair", "payout_bank")
    assert all(row["explanation"].endswith(".") for row in breaks)
    shown = run(home, "match", "breaks", "--pair", "payout_bank").stdout
    assert "in question" in shown or "Nothing is left open." in shown
    payout = answer(home, "sql", "select id from money_lines where kind = 'payout' order by effective_on, id limit 1")
    told = answer(home, "match", "show", payout[0]["id"], "--pair", "payout_bank")
    assert [(one["status"], one["match"]["rule"]) for one in told] == [("confirmed", "by_batch")]
    assert "no runner-up" in run(home, "match", "show", payout[0]["id"], "--pair", "payout_bank").stdout


def test_what_a_person_holds_apart_falls_and_comes_back(home: Path) -> None:
    """Apart, run, taken back, run: the state is the first one again."""
    first = answer(home, "match", "--pair", "payout_bank")
    payout = answer(home, "sql", "select id from money_lines where kind = 'payout' order by effective_on, id limit 1")
    left = payout[0]["id"]
    right = answer(home, "match", "show", left, "--pair", "payout_bank")[0]["others"][0]
    made = answer(home, "match", "apart", left, right, "--pair", "payout_bank", "--reason", "another payout")
    assert answer(home, "match", "decisions") == [made]
    held = answer(home, "match", "--pair", "payout_bank")
    assert (held["pairs"][0]["dropped"], held["matched"]) == (1, first["matched"] - 1)
    answer(home, "match", "undo", made["id"], "--reason", "it was the one")
    back = answer(home, "match", "--pair", "payout_bank")
    assert (back["matched"], back["breaks"], back["unmatched"]) == (
        first["matched"],
        first["breaks"],
        first["unmatched"],
    )
    verbs = [row["verb"] for row in answer(home, "sql", "select verb from audit order by sequence")]
    assert {"match", "decide match", "undo match"} <= set(verbs)


def test_a_second_decision_about_a_line_is_refused(home: Path) -> None:
    """With the first one named."""
    answer(home, "match", "--pair", "payout_bank")
    rows = answer(home, "sql", "select left_item, right_item from matches where pair = 'payout_bank' order by match")
    left, right, other = rows[0]["left_item"], rows[1]["right_item"], rows[2]["right_item"]
    answer(home, "match", "together", left, right, "--pair", "payout_bank", "--reason", "seen in the portal")
    refused = run(home, "match", "together", left, other, "--pair", "payout_bank", "--reason", "or this")
    assert refused.exit_code == 2
    assert f"about {left} and {right}" in refused.stderr


def test_taking_a_decision_back_undoes_what_it_made_room_for(home: Path) -> None:
    """Two matches are crossed by hand, run twice, and taken back: both are as they were."""
    answer(home, "match", "--pair", "payout_bank")
    stand = "select rule, left_item, right_item from matches where pair = 'payout_bank' order by left_item"
    before = answer(home, "sql", stand)
    crossed = (before[0]["left_item"], before[1]["right_item"])
    made = answer(home, "match", "together", *crossed, "--pair", "payout_bank", "--reason", "crossed")
    for _ in range(3):
        answer(home, "match", "--pair", "payout_bank")
    assert {"rule": "by_hand", "left_item": crossed[0], "right_item": crossed[1]} in answer(home, "sql", stand)
    answer(home, "match", "undo", made["id"], "--reason", "they were not")
    answer(home, "match", "--pair", "payout_bank")
    assert answer(home, "sql", stand) == before


def test_a_decision_is_about_lines_that_are_there(home: Path) -> None:
    """A slip of the pen is no decision, and a class that there is not is no answer."""
    answer(home, "match", "--pair", "payout_bank")
    refused = run(home, "match", "together", "a", "b", "--pair", "payout_bank", "--reason", "seen")
    assert (refused.exit_code, "no left line 'a'" in refused.stderr) == (1, True)
    assert run(home, "match", "breaks", "--pair", "payout_bank", "--class", "nonsense").exit_code == 2


def test_a_run_afresh_forgets_what_a_wrong_rule_confirmed(tmp_path: Path) -> None:
    """The rule is mended: a common run keeps its matches, as they were confirmed; one afresh does not."""
    home = empty_home(tmp_path / "home")
    (home / "matching").mkdir()
    (home / "matching" / "mine.toml").write_text(PAIR + BY_REFERENCE.replace('"reference"', '"batch"'))
    left = write_side(tmp_path / "left.parquet", [line("l1", 5, "1", batch="b")])
    right = write_side(tmp_path / "right.parquet", [line("r1", 5, "2", batch="b")])
    given = ("match", "--pair", "theirs_ours", "--left", str(left), "--right", str(right))
    assert answer(home, *given)["matched"] == 1
    (home / "matching" / "mine.toml").write_text(PAIR + BY_REFERENCE)
    assert [answer(home, *given)["matched"] for _ in range(3)] == [1, 1, 1]
    write_side(right, [line("r1", 5, "3", batch="b")])
    assert answer(home, *given)["matched"] == 0  # a line that names something else lets go all the same
    write_side(right, [line("r1", 5, "2", batch="b")])
    (home / "matching" / "mine.toml").write_text(PAIR + BY_REFERENCE.replace('"reference"', '"batch"'))
    assert answer(home, *given)["matched"] == 1
    (home / "matching" / "mine.toml").write_text(PAIR + BY_REFERENCE)
    assert answer(home, *given, "--afresh")["matched"] == 0


def test_a_rule_reads_as_one_query_in_either_dialect(tmp_path: Path) -> None:
    """Without a home; named by its pair where several have it."""
    text = answer(empty_home(tmp_path / "home"), "match", "explain", "payout_bank.by_batch")["sql"]
    assert text.startswith("-- by_batch: ")
    assert "left_lines" in text
    result = run(tmp_path / "home", "match", "explain", "by_dispute")
    assert result.exit_code == 1
    assert "dispute_money.by_dispute, house_partner.by_dispute" in result.stderr


def test_files_handed_in_are_matched_by_rules_of_ones_own(tmp_path: Path) -> None:
    """Our export against their report, as Parquet with the columns of a side."""
    home = empty_home(tmp_path / "home")
    (home / "matching").mkdir()
    (home / "matching" / "mine.toml").write_text(PAIR + BY_REFERENCE)
    left = write_side(tmp_path / "left.parquet", [line("l1", 5, "1"), line("l2", 6, "2")])
    right = write_side(tmp_path / "right.parquet", [line("r1", 5, "1")])
    found = answer(home, "match", "--pair", "theirs_ours", "--left", str(left), "--right", str(right))
    assert (found["matched"], found["unmatched"]) == (1, 1)
    missing = run(home, "match", "--pair", "theirs_ours", "--left", str(left))
    assert missing.exit_code == 2


def test_simulated_lines_have_the_columns_of_a_side(tmp_path: Path) -> None:
    """What the benchmark matches is what a person may hand in."""
    lines = write_lines(tmp_path, 2_000, Odds(), seed=3)
    assert lines.columns == tuple(SIDE_COLUMNS)


def test_what_was_found_is_a_data_source(home: Path) -> None:
    """Matches and breaks of the latest runs, with rule and run, for whoever works in SQL."""
    found = answer(home, "match")
    rows = answer(
        home,
        "sql",
        "select pair, rule, count(*) as matches from matches where status = 'confirmed' group by pair, rule",
    )
    assert {f"{row['pair']}.{row['rule']}": row["matches"] for row in rows} == found["by_rule"]
    breaks = answer(home, "sql", "select pair, count(*) as breaks from match_breaks group by pair")
    assert sum(row["breaks"] for row in breaks) == found["breaks"]
    runs = answer(home, "sql", "select count(distinct match_run) as runs from matches")
    assert runs[0]["runs"] == len({row["pair"] for row in rows})
    answer(home, "match")
    kept = answer(home, "sql", "select count(*) as kept from matches where run <> match_run and status = 'confirmed'")
    assert kept[0]["kept"] == found["matched"]
    names = {
        name: [c["name"] for c in source["columns"]]
        for source in answer(home, "sql", "--list")
        for name in [source["name"]]
    }
    assert names["matches"][2:] == list(MATCH_COLUMNS)
    assert names["match_break_lines"][2:] == list(BREAK_LINE_COLUMNS)
    assert names["match_breaks"][2:] == list(BREAK_COLUMNS)


def test_data_sources_of_matching_are_empty_before_the_first_run(tmp_path: Path) -> None:
    """And can be asked all the same."""
    assert answer(empty_home(tmp_path / "home"), "sql", "select * from match_breaks") == []


def test_a_home_is_matched_alike_on_spark(home: Path, spark_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same matches and breaks, row for row."""
    monkeypatch.setenv("RECOUP_SPARK_URL", spark_url)
    found = {}
    for engine in ("duckdb", "spark"):
        copy = shutil.copytree(home, home.with_name(engine))
        answer(copy, "match", "--pair", "payout_bank", "--engine", engine)
        matches = answer(copy, "sql", "select * from matches order by pair, match")
        breaks = answer(copy, "sql", "select * from match_breaks order by item, side")
        found[engine] = [{**row, "match_run": None, "run": None} for row in (*matches, *breaks)]
    assert found["spark"] == found["duckdb"] != []
