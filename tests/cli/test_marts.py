"""`marts`, and what `sql` gained with it, over a home of a few rows."""

import hashlib
import json
import shutil
from pathlib import Path

from tests.fakes.command_line import AS_OF, answer, run
from tests.fakes.small_home import DUE

NOW = ("--as-of", AS_OF)
WRONG = """\
-- grain: One dispute.
-- key: dispute
-- owner: disputes
-- freshness: with each delivery
-- dispute VARCHAR: Our id.
select dispute from disputes where kind = 'dispute'
;
-- assert: there is none
select dispute from wrong
"""


def test_the_list_has_models_and_sources(small: Path) -> None:
    """Each with what a row is; models say what they read and what must be true of them."""
    listed = {table["name"]: table for table in answer(small, "marts", "list")}
    assert listed["disputes"]["kind"] == "source"
    assert listed["roll_forward"]["kind"] == "model"
    assert listed["roll_forward"]["reads"] == ["dispute_steps"]
    assert "it ties in every month" in listed["roll_forward"]["assertions"]
    shown = run(small, "marts", "list").stdout
    assert "roll_forward" in shown
    assert "Sources" in shown


def test_a_model_is_shown_with_its_sql(small: Path) -> None:
    """Alone, or with all it reads as one query, in either dialect."""
    shown = run(small, "marts", "show", "dispute_ratio_monthly").stdout
    assert "Must be true: every first chargeback" in shown
    assert "nullif(p.payments, 0)" in shown
    whole = answer(small, "marts", "show", "ageing", "--whole", "--dialect", "spark")
    assert whole["sources"] == ["disputes", "balances", "moment"]
    assert whole["sql"].startswith("with\nclearing as (\n")
    assert " DIV 86400000000" in whole["sql"]


def test_an_unknown_table_is_refused(small: Path) -> None:
    """With where they are listed."""
    result = run(small, "marts", "show", "dispute_ratio")
    assert result.exit_code == 1
    assert "no table named 'dispute_ratio'" in result.stderr


def test_models_are_computed_and_counted(small: Path) -> None:
    """Those asked for; as known at another time, those that can be."""
    built = answer(small, "marts", "build", "chains", *NOW)
    assert [(one["model"], one["rows"]) for one in built["models"]] == [("chains", 3)]
    then = answer(small, "marts", "build", "--known-at", "2026-03-05T00:00:00Z", *NOW)
    assert {"chains": 1}.items() <= {one["model"]: one["rows"] for one in then["models"]}.items()
    assert "open_breaks" in then["left_out"]
    result = run(small, "marts", "build", "open_breaks", "--known-at", "2026-03-05T00:00:00Z")
    assert (result.exit_code, "[marts.not_known_then]" in result.stderr) == (1, True)


def test_what_is_true_exits_0_and_what_is_not_exits_1(small: Path, tmp_path: Path) -> None:
    """With the rows that are wrong."""
    assert answer(small, "marts", "test", *NOW)["is_true"] is True
    assert "all true" in run(small, "marts", "test", "clearing", *NOW).stdout
    home = shutil.copytree(small, tmp_path / "home")
    (home / "marts").mkdir()
    (home / "marts" / "wrong.sql").write_text(WRONG)
    result = run(home, "marts", "test", "wrong", *NOW)
    assert result.exit_code == 1
    assert "Not true of wrong: there is none; 2 rows." in result.stdout
    assert DUE in result.stdout


def test_a_set_is_published_with_its_manifest_and_a_link_of_the_audit(small: Path, tmp_path: Path) -> None:
    """What was published, by whom and when, is known afterwards."""
    place = tmp_path / "bi"
    manifest = answer(small, "marts", "publish", str(place), *NOW)
    assert json.loads((place / "current" / "manifest.json").read_text()) == manifest
    assert {"clearing", "roll_forward"} <= {table["name"] for table in manifest["tables"]}
    query = "select body from audit where verb = 'publish' order by sequence desc limit 1"
    assert json.loads(answer(small, "sql", query)[0]["body"])["set"] == manifest["name"]
    one = run(small, "marts", "publish", str(place), "--format", "duckdb", "--table", "legs", *NOW)
    assert one.exit_code == 0, one.output
    assert (place / "current" / "recoup.duckdb").is_file()
    assert run(small, "marts", "publish", str(place), "--format", "csv").exit_code == 2


def test_a_merchants_set_has_nothing_of_others(small: Path, tmp_path: Path) -> None:
    """Tables of the house are left out and named."""
    place = tmp_path / "bi"
    manifest = answer(small, "marts", "publish", str(place), "--merchant", "mer_2", "--with-sources", *NOW)
    assert "deliveries" in manifest["left_out"]
    assert next(t for t in manifest["tables"] if t["name"] == "disputes")["rows"] == 1


def test_a_dbt_project_is_written_with_its_data(small: Path, tmp_path: Path) -> None:
    """Sources as Parquet beside models and tests."""
    files = answer(small, "marts", "export", "--dbt", str(tmp_path / "dbt"), *NOW)["files"]
    names = {Path(file).relative_to(tmp_path / "dbt").as_posix() for file in files}
    assert {"dbt_project.yml", "models/clearing.sql", "tests/clearing__key.sql", "data/disputes.parquet"} <= names
    assert all(Path(file).is_file() for file in files)
    assert run(small, "marts", "export").exit_code == 2


def test_sql_reads_models_and_sources_together(small: Path) -> None:
    """A model like any other table, with instants as a query has them."""
    query = (
        "select c.dispute, c.oldest_at, d.stage from clearing c join dispute d on d.id = c.dispute where c.leg = 'd1'"
    )
    rows = answer(small, "sql", query + " order by c.account", *NOW)
    assert rows[0] == {"dispute": DUE, "oldest_at": "2026-03-19T19:00:00.000000Z", "stage": "chargeback"}


def test_sql_answers_as_known_at_another_time(small: Path) -> None:
    """Sources and models alike."""
    at = ("--known-at", "2026-03-05T00:00:00Z")
    assert answer(small, "sql", "select outcome from disputes", *at) == [{"outcome": None}]
    assert answer(small, "sql", "select count(*) as n from clearing", *at, *NOW) == [{"n": 3}]
    shown = answer(small, "sql", "select * from breaks", *at, *NOW)
    assert shown == []


def test_every_column_that_answers_for_then_is_in_a_star(small: Path) -> None:
    """Those of which only the last word is kept are left out of it, and refused by name."""
    at = ("--known-at", "2026-03-19T00:00:00Z")
    [row, *_] = answer(small, "sql", "select * from deliveries", *at)
    assert "landed_at" in row
    assert "status" not in row
    assert run(small, "sql", "select status from deliveries", *at).exit_code == 1


def test_sql_of_one_merchant_has_its_rows_alone(small: Path) -> None:
    """And the list says what there is."""
    only = ("--merchant", "mer_2")
    assert answer(small, "sql", "select id from disputes", *only) == [{"id": DUE}]
    listed = {table["name"]: table["not_available"] for table in answer(small, "sql", "--list", *only)}
    assert listed["disputes"] is None
    assert listed["deliveries"] == "no rows of one merchant"
    assert "deliveries" in listed["deliveries_daily"]


def test_every_query_is_a_link_of_the_audit(small: Path) -> None:
    """Who asked, which query by its hash, of which tables, how many rows; not its text, which may name people."""
    query = "select id from disputes where id = 'a person'"
    answer(small, "sql", query, "--merchant", "mer_2")
    told = answer(small, "sql", "select actor, verb, body from audit order by sequence desc limit 1")[0]
    body = json.loads(told["body"])
    assert told["verb"] == "ask"
    assert told["actor"]
    assert body["query"] == hashlib.sha256(query.encode()).hexdigest()
    assert (body["of"], body["rows"], body["merchant"], body["known_at"]) == ("disputes", 0, "mer_2", None)
    assert "a person" not in told["body"]
    assert run(small, "doctor").exit_code == 0
