from pathlib import Path

import pyarrow.parquet as pq
import pytest

from recoup.errors import OutputUnreadable
from recoup.reports.answers import rows_hash
from recoup.reports.parquet_file import STAMP, read_parquet, write_parquet
from tests.reports.conftest import money, run_of

HOUSE_TYPES = {"int64", "decimal128(38, 0)", "string", "bool", "date32[day]"}


def test_types_are_those_of_the_house_and_the_hash_comes_back(tmp_path: Path) -> None:
    """Amounts stay in minor units, instants in microseconds; no float anywhere."""
    answer = money(("a", 12345, "JPY"), ("=b", -5, "KWD"), (None, None, None))
    write_parquet(tmp_path / "a.parquet", answer, run_of(answer).stamp)
    table = pq.read_table(tmp_path / "a.parquet")
    assert {str(field.type) for field in table.schema} <= HOUSE_TYPES
    assert table.column("amount_minor").to_pylist() == [12345, -5, None]
    assert table.column("opened_at").to_pylist()[0] == 1_772_368_496_789_012
    assert STAMP in table.schema.metadata
    assert rows_hash(*read_parquet(tmp_path / "a.parquet")) == answer.rows_hash


def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """It does not say which columns are amounts."""
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(OutputUnreadable):
        read_parquet(tmp_path / "a.parquet")
