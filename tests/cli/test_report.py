from pathlib import Path

from tests.fakes.command_line import answer, run

NAMES = [
    "ageing",
    "daily_operations",
    "deadline_performance",
    "merchant_statement",
    "month_roll_forward",
    "partner_day_tie_out",
    "partner_scorecard",
]


def test_a_report_is_made_listed_and_verified(empty: Path, tmp_path: Path) -> None:
    """From the list to the file, and to the word that the file is what was made."""
    assert [report["name"] for report in answer(empty, "report", "list")["reports"]] == NAMES
    made = answer(empty, "report", "run", "ageing", "--format", "csv", "--format", "PARQUET", "--out", str(tmp_path))
    assert (made["report"], made["parameters"]) == ("ageing", {"partner": None, "currency": None})
    (folder,) = map(Path, made["folders"])
    (kept,) = answer(empty, "report", "history", "ageing")
    assert (kept["run"], kept["rows_hash"]) == (made["run"], made["rows_hash"])
    good = run(empty, "report", "verify", str(folder / "balances.csv"))
    assert (good.exit_code, "is what a run gave" in good.output) == (0, True)
    (folder / "balances.csv").write_text((folder / "balances.csv").read_text().replace("leg", "legs"))
    bad = run(empty, "report", "verify", str(folder / "balances.csv"))
    assert (bad.exit_code, "is not what a run gave" in bad.output) == (1, True)


def test_show_says_what_may_be_chosen_and_what_is_asked(empty: Path) -> None:
    """For a person, and whole for a program."""
    shown = run(empty, "report", "show", "merchant_statement")
    assert shown.exit_code == 0
    assert "must be given" in shown.output
    told = answer(empty, "report", "show", "merchant_statement")
    assert told["answers_known_at"]
    assert {question["name"] for question in told["questions"]} >= {"headline", "movements"}


def test_due_says_when(empty: Path) -> None:
    """What is due now, and what comes next."""
    found = answer(empty, "report", "due", "--as-of", "2026-03-05T12:00:00Z")
    assert {plan["report"] for plan in found["reports"]} == set(NAMES)
    shown = run(empty, "report", "due", "--as-of", "2026-03-05T12:00:00Z")
    assert "recoup report run --due" in shown.output


def test_wrong_usage_is_said(empty: Path) -> None:
    """Neither a name nor --due, both, a format that is none, half a parameter."""
    for words in (
        ["run"],
        ["run", "ageing", "--due"],
        ["run", "ageing", "--format", "docx"],
        ["run", "ageing", "--param", "partner"],
    ):
        assert run(empty, "report", *words).exit_code == 2


def test_the_pack_is_listed_as_it_is_read_whole(empty: Path) -> None:
    """What each says of itself is what its questions can; a home with reports of its own looks through all of them."""
    listed = answer(empty, "report", "list")
    (empty / "reports" / "mine").mkdir(parents=True)
    whole = answer(empty, "report", "list")
    assert listed["reports"] == whole["reports"]
    assert (listed["problems"], [p["name"] for p in whole["problems"]]) == ([], ["mine"])
    assert {r["name"] for r in listed["reports"] if not r["answers_known_at"]} == {
        "daily_operations",
        "deadline_performance",
        "partner_scorecard",
    }
