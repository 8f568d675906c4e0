from pathlib import Path

from recoup.marts.catalogue import read_catalogue
from recoup.marts.loading import Stores
from recoup.marts.source import Asked
from recoup.marts.testing import built, examined
from recoup.storage.engine import Engine
from recoup.storage.register import View
from tests.fakes.small_home import DUE, LATE, NOW

WRONG = """\
-- grain: One dispute, twice.
-- key: stage
-- owner: disputes
-- freshness: with each delivery
-- dispute VARCHAR: Our id.
-- stage VARCHAR: Where it stands.
select dispute, stage from disputes where kind = 'dispute'
;
-- assert: every dispute is decided
select d.dispute from wrong as w join disputes as d on d.dispute = w.dispute where d.outcome is null
"""


def test_what_is_not_true_is_told_with_its_rows(each_engine: Engine, view: View, tmp_path: Path) -> None:
    """How many, and the first of them."""
    (tmp_path / "wrong.sql").write_text(WRONG)
    found = examined(each_engine, read_catalogue(tmp_path), ["wrong"], Stores(view), Asked(NOW))
    assert [(v.says, v.state, v.found, v.rows) for v in found] == [
        ("stage stand once", "false", 1, (("chargeback",),)),
        ("every dispute is decided", "false", 1, ((DUE,),)),
    ]


def test_everything_holds_on_the_small_home(each_engine: Engine, view: View) -> None:
    """Every assertion of every model, over rows that other tests know by heart."""
    catalogue = read_catalogue()
    found = examined(each_engine, catalogue, list(catalogue.models), Stores(view), Asked(NOW))
    assert [v for v in found if v.state != "true"] == []
    assert {v.model for v in found} == set(catalogue.models)


def test_what_cannot_be_answered_for_another_time_is_said_to_be_so(duckdb_engine: Engine, view: View) -> None:
    """And the rest is examined as known then."""
    catalogue = read_catalogue()
    found = examined(duckdb_engine, catalogue, list(catalogue.models), Stores(view), Asked(NOW, known_at=LATE))
    assert {v.model for v in found if v.state == "not asked"} == {
        "coverage",
        "deliveries_daily",
        "feed_fields",
        "fees_expected_and_charged",
        "open_breaks",
        "partner_scorecards",
        "scorecard_abilities",
        "scorecard_evidence",
        "scorecard_money",
        "scored_breaks",
        "scored_deliveries",
        "scored_files",
        "scored_money",
        "work_cost",
        "overdue_expectations",
    }
    assert [v for v in found if v.state == "false"] == []


def test_models_are_counted(duckdb_engine: Engine, view: View) -> None:
    """Only those asked for, though more are computed."""
    [one] = built(duckdb_engine, read_catalogue(), ["chains"], Stores(view), Asked(NOW))
    assert (one.model, one.rows) == ("chains", 3)
