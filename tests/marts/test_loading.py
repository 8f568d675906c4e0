from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recoup.errors import StorageProblem
from recoup.marts.catalogue import read_catalogue
from recoup.marts.loading import Stores, build, load, steps
from recoup.marts.source import Asked
from recoup.marts.sources import sources
from recoup.partners.contract import MONEY_LINE_COLUMNS
from recoup.storage.engine import Engine
from recoup.storage.migrate import migrate
from recoup.storage.register import open_register
from tests.fakes.small_home import LINES, NOW, OPENED, REPORTED, fill

COLUMNS = ("identity", "delivery", "feed", "dispute", "kind", "effective_on", "net_minor", "landed_at")


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    """A register with two lines, and a lake with a file of which one is among them and two are not."""
    large = {**REPORTED, "delivery": "del_large", "name": "large.csv", "lake_file": "money_line/large.parquet"}
    (tmp_path / "lake" / "money_line").mkdir(parents=True)
    columns: dict[str, list[Any]] = {name: [None, None, None] for name in MONEY_LINE_COLUMNS}
    columns.update(
        identity=["txn_a", "txn_b", "txn_1"],
        kind=["charge", "charge", "dispute"],
        partner_dispute_id=[None, None, "dp_won"],
        gross_minor=[103, 257, -5000],
        fee_minor=[3, 7, 1500],
        net_minor=[100, 250, -6500],
        currency=["USD"] * 3,
        effective_on=["2026-03-02"] * 3,
        occurred_at=[0] * 3,
    )
    types = {
        name: pa.int64() for name in ("cycle", "gross_minor", "fee_minor", "net_minor", "original_minor", "occurred_at")
    }
    schema = pa.schema([(name, types.get(name, pa.string())) for name in columns])
    pq.write_table(pa.table(columns, schema=schema), tmp_path / "lake" / "money_line" / "large.parquet")
    register = open_register(f"sqlite:///{tmp_path / 'register.db'}")
    migrate(register)
    fill(register, {"delivery": [large], "money_line": LINES}, NOW)
    with register.reading() as view:
        yield Stores(view, tmp_path / "lake")
    register.close()


def lines(engine: Engine, stores: Stores, asked: Asked) -> list[Any]:
    load(engine, sources()["money_lines"], COLUMNS, stores, asked)
    return engine.rows("select identity, delivery, feed, dispute is null, net_minor from money_lines order by identity")


def test_money_lines_are_those_of_the_register_and_of_the_lake(each_engine: Engine, stores: Stores) -> None:
    """Each once: what the register has is not taken from the file again."""
    told = REPORTED["delivery"]
    assert lines(each_engine, stores, Asked(NOW)) == [
        ("txn_1", told, "payout_report", False, -6500),
        ("txn_2", told, "payout_report", False, 5000),
        ("txn_a", "del_large", "payout_report", True, 100),
        ("txn_b", "del_large", "payout_report", True, 250),
    ]


def test_a_file_that_had_not_landed_is_not_read(each_engine: Engine, stores: Stores) -> None:
    """As known before, its lines are unknown."""
    build(
        each_engine,
        read_catalogue(),
        read_catalogue().needs(["money_daily"]),
        stores,
        Asked(NOW, known_at=OPENED),
        frozenset(["money_daily"]),
    )
    assert each_engine.rows("select count(*) from money_daily") == [(0,)]


def test_a_models_sums_have_the_lines_of_the_lake(each_engine: Engine, stores: Stores) -> None:
    """Booked in total or one by one, a line counts once."""
    catalogue = read_catalogue()
    build(each_engine, catalogue, catalogue.needs(["money_daily"]), stores, Asked(NOW), frozenset(["money_daily"]))
    found = each_engine.rows("select kind, lines, gross_minor, fee_minor, net_minor from money_daily order by kind")
    assert found == [
        ("charge", 2, 360, 10, 350),
        ("dispute", 1, -5000, 1500, -6500),
        ("dispute_reversal", 1, 5000, 0, 5000),
    ]


def test_the_lake_is_the_houses(duckdb_engine: Engine, stores: Stores) -> None:
    """For a merchant nothing is read of lines that are nobody's by name."""
    assert lines(duckdb_engine, stores, Asked(NOW, merchant="mer_1")) == []


def test_a_column_that_a_file_has_not_is_refused(duckdb_engine: Engine, stores: Stores) -> None:
    """The place in the file is known to a query over the lake alone."""
    with pytest.raises(StorageProblem, match="no position in the file"):
        load(duckdb_engine, sources()["money_lines"], ("identity", "position"), stores, Asked(NOW))


def test_what_one_model_reads_is_computed_within_it_and_what_several_read_once() -> None:
    """A view where there is one reader, a table where there are more or rows are read from outside."""
    catalogue = read_catalogue()
    kinds = {step.name: step.kind for step in steps(catalogue.needs(["ageing", "chains"]), frozenset(["ageing"]))}
    assert kinds == {"clearing": "view", "ageing": "table", "dispute_profiles": "table", "chains": "table"}
    kinds = {step.name: step.kind for step in steps(catalogue.needs(["dispute_ratio_monthly"]))}
    assert kinds["dispute_profiles"] == "view"
    kinds = {step.name: step.kind for step in steps(catalogue.needs(["fraud_ratio_monthly"]))}
    assert kinds["dispute_profiles"] == "table"
