"""Scorecards on some weeks of a small marketplace: figures, their evidence, and what the files prove."""

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from recoup.app import App
from recoup.app.scorecards import Card, cards, export
from recoup.controls.run import CONTROLS
from recoup.errors import UnknownPartner, UsageProblem
from recoup.marts.model import read_model
from recoup.marts.scorecard_figures import figures
from recoup.reports.csv_file import read_csv
from recoup.reports.verification import verify
from tests.fakes.command_line import answer, run
from tests.reports.conftest import Maker, rows_of

GOLDEN = Path(__file__).parents[1] / "golden" / "partners"
MONTH = "2026-02"
MODELS = Path("src/recoup/marts/models")


@pytest.fixture
def stripe(app: App) -> Card:
    [card] = cards(app, "stripe", MONTH)
    return card


def test_a_scorecard_reads_as_it_should(app: App) -> None:
    """Every line of it; `RECOUP_WRITE_GOLDEN=1` writes the file anew."""
    for partner in ("stripe", "adyen"):
        shown = run(app.settings.home, "scorecard", partner, "--month", MONTH)
        assert shown.exit_code == 0, shown.output
        assert max(map(len, shown.stdout.splitlines())) <= 80
        golden = GOLDEN / f"scorecard_{partner}.txt"
        if os.environ.get("RECOUP_WRITE_GOLDEN"):
            golden.write_text(shown.stdout, encoding="utf-8")
        assert shown.stdout == golden.read_text(encoding="utf-8")


def test_what_is_not_measured_is_never_zero(app: App) -> None:
    """No contract, nobody tells, nothing to count: each says so, and has no share."""
    for card in (*cards(app, "stripe", MONTH), *cards(app, "bank", MONTH)):
        for figure in card.figures:
            is_silent = figure.state in ("no_contract", "not_measured")
            assert (figure.failed is None) == (figure.things is None) == is_silent
            assert figure.failed_bps is None or figure.things
        assert next(f for f in card.figures if f.figure == "evidence_stuck").state == "not_measured"


def test_every_figure_that_counts_has_its_evidence(app: App, stripe: Card, tmp_path: Path) -> None:
    """A file for each, whose amounts are those of the card, once for each thing and currency."""
    made = export(app, "stripe", MONTH, None, tmp_path, ("csv", "parquet", "xlsx"))
    folder = Path(made.folder)
    failing = [figure for figure in stripe.figures if figure.failed]
    assert failing
    written = {path.stem for path in folder.glob("*.csv")}
    assert written == {"figures", "money", *(figure.figure for figure in failing)}
    assert (folder / "scorecard_evidence.xlsx").is_file()
    for figure in failing:
        heads, rows = read_csv(folder / f"{figure.figure}.csv")
        named = [dict(zip(heads, row, strict=True)) for row in rows]
        things = {(row["subject"], row["currency"]): int(row["counts"] or 0) for row in named}
        assert sum(things.values()) == figure.failed
        table = pq.read_table(folder / f"{figure.figure}.parquet").to_pylist()
        money = {(row["subject"], row["currency"]): row["amount_minor"] for row in table if row["currency"]}
        for amount in figure.amounts:
            assert sum(minor for (_, code), minor in money.items() if code == amount.currency) == amount.minor
        assert {row["figure"] for row in named} == {figure.figure}


def test_a_file_of_evidence_proves_itself(app: App, tmp_path: Path) -> None:
    """Its rows hash to what the run kept, and a changed one does not."""
    made = export(app, "stripe", MONTH, None, tmp_path)
    path = next(Path(made.folder).glob("money_twice.csv"))
    with app.register.reading() as view:
        assert verify(view, path).same
        path.write_text(path.read_text(encoding="utf-8").replace("du_", "dx_", 1), encoding="utf-8")
        assert not verify(view, path).same


def test_evidence_names_bytes(app: App, tmp_path: Path) -> None:
    """Delivery, hash of its bytes and position of money that moved twice."""
    made = export(app, "stripe", MONTH, None, tmp_path)
    heads, rows = read_csv(Path(made.folder) / "money_twice.csv")
    named = [dict(zip(heads, row, strict=True)) for row in rows]
    assert len(named) > 1
    for row in named:
        assert len(row["sha256"] or "") == 64
        assert int(row["position"] or 0) > 0
        assert (row["said"] or "").startswith("txn_")


def test_the_report_says_what_the_card_says(maker: Maker, stripe: Card) -> None:
    """The page of the pack and the command ask the same models."""
    made = maker.run("partner_scorecard", {"month": MONTH, "partner": "stripe"})
    found = {row["figure"]: (row["failed"], row["things"]) for row in rows_of(made, "figures")}
    assert found == {figure.figure: (figure.failed, figure.things) for figure in stripe.figures}
    against = sum(row["failed"] for row in rows_of(made, "by_area"))
    assert against == sum(figure.failed or 0 for figure in stripe.figures)


def test_the_document_is_the_card(app: App, stripe: Card) -> None:
    """For programs: minor units, and null where nothing could be counted."""
    told = answer(app.settings.home, "scorecard", "stripe", "--month", MONTH, "--account", stripe.account)
    assert (told["partner"], told["month"]) == ("stripe", MONTH)
    [card] = told["cards"]
    assert [figure["figure"] for figure in card["figures"]] == [figure.figure for figure in figures()]
    assert next(f for f in card["figures"] if f["figure"] == "evidence_stuck")["failed"] is None


def test_a_month_or_partner_that_there_is_not_is_said(app: App) -> None:
    """With those that there are."""
    with pytest.raises(UsageProblem, match=MONTH):
        cards(app, "stripe", "2019-01")
    with pytest.raises(UsageProblem, match="acct_"):
        cards(app, "stripe", MONTH, "no such account")
    with pytest.raises(UnknownPartner, match="stripe"):
        cards(app, "nobody")
    assert run(app.settings.home, "scorecard", "stripe", "--format", "csv").exit_code == 2


def test_the_last_month_that_is_over_is_shown(app: App) -> None:
    """Nobody is judged by a month of three days, unless it is all there is."""
    month = cards(app, "stripe")[0].month
    assert month == max(row for row in {"2026-02"} if row <= month)


def test_every_figure_is_counted_by_the_model_that_it_names() -> None:
    """And every control that a figure counts is one."""
    controls = {control.__name__ for control in CONTROLS}
    for figure in figures():
        model = read_model(MODELS / f"{figure.model}.sql")
        assert f"'{figure.figure}'" in model.sql or figure.needs == "forwarding", figure.figure
    counted = ("lost_event", "double_money", "outcome_money", "outcome_missing", "illegal_move", "leg_residue")
    assert {*counted, "feeds_disagree", "tie_out", "bank_differs"} <= controls
