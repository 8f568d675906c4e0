from pathlib import Path

from tests.fakes.command_line import AS_OF, answer, run

NOW = ("--as-of", AS_OF)


def test_a_scorecard_of_a_small_home_says_what_nobody_agreed(small: Path) -> None:
    """A month in which little came: counted where it can be, and said where it cannot."""
    told = answer(small, "scorecard", "stripe", "--month", "2026-03", *NOW)
    [card] = told["cards"]
    states = {figure["figure"]: figure["state"] for figure in card["figures"]}
    assert states["fee_over"] == states["payout_late"] == "no_contract"
    assert states["evidence_stuck"] == "not_measured"
    shown = run(small, "scorecard", "stripe", "--month", "2026-03", *NOW)
    assert "no contract" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_who_sent_nothing_has_no_scorecard(small: Path) -> None:
    """Rather than one of zeros."""
    refused = run(small, "scorecard", "adyen", *NOW)
    assert (refused.exit_code, "no month at all" in refused.output) == (2, True)
    assert run(small, "scorecard", "nobody", *NOW).exit_code == 1
