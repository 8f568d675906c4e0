"""What is Spark's alone: its session, its scratch room, what it says of its progress, and how it is stopped."""

import socket
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("pyspark.sql.connect.session", reason="Spark's client is not installed: requirements/spark.txt")

from pyspark.sql.connect.shell.progress import StageInfo

from recoup.errors import EngineUnreachable, StatementFailed, StorageProblem
from recoup.settings import EngineSettings
from recoup.storage.engine import Engine
from recoup.storage.engines import open_engine
from recoup.storage.lake import Lake
from recoup.storage.spark import Heard
from recoup.storage.spark_scratch import open_scratch
from recoup.storage.steps import Step


def test_what_is_made_is_gone_with_the_engine(tmp_path: Path, spark_url: str) -> None:
    """The scratch room is emptied; another session sees nothing."""
    settings = EngineSettings(spark_url=spark_url)
    first = open_engine("spark", settings, tmp_path)
    first.run(Step("a", "select i from range(5) r(i)"))
    assert list(tmp_path.rglob("*.parquet"))
    first.close()
    assert list(tmp_path.rglob("*.parquet")) == []
    second = open_engine("spark", settings, tmp_path)
    with pytest.raises(StatementFailed):
        second.rows("select * from a")
    second.close()


def test_a_store_of_its_own_gets_copies_and_gives_them_back(tmp_path: Path, spark_url: str) -> None:
    """Where the server does not see our home: files of the lake go there once, what is made comes back."""
    store = tmp_path / "store"
    home = tmp_path / "home"
    lake = Lake(home / "lake")
    lake.gather("money_line", "stripe", "payouts", "2026-01-30", {"n": "BIGINT"}, [(1,), (2,)])
    settings = EngineSettings(spark_url=spark_url, spark_scratch=f"file://{store}/")
    for _ in range(2):
        engine = open_engine("spark", settings, home / "tmp")
        engine.attach_files("money_line", {"n": "BIGINT"}, lake.files("money_line"))
        engine.attach_rows("more", {"n": "BIGINT"}, [(3,)])
        engine.run(Step("all_of_it", "select n from money_line union all select n from more"))
        engine.run(Step("out", "select n from all_of_it order by n desc", "copy", home / "out.parquet"))
        engine.close()
        assert pq.read_table(home / "out.parquet").column("n").to_pylist() == [3, 2, 1]
    assert [path.parent for path in store.rglob("*.parquet")] == [store / "lake"]
    assert list((home / "tmp").rglob("*.parquet")) == []


def test_a_file_without_its_column_is_refused(spark_engine: Engine, tmp_path: Path) -> None:
    """Spark would read it as absent, where DuckDB stops."""
    pq.write_table(pa.table({"a": pa.array([1], pa.int32())}), tmp_path / "a.parquet")
    with pytest.raises(StorageProblem, match="no such column; wanted BIGINT"):
        spark_engine.attach_files("t", {"b": "BIGINT"}, [tmp_path / "a.parquet"])
    with pytest.raises(StorageProblem, match="int32; wanted BIGINT"):
        spark_engine.attach_files("t", {"a": "BIGINT"}, [tmp_path / "a.parquet"])


def test_a_server_that_does_not_answer_is_said_at_once(tmp_path: Path) -> None:
    """Not after ten minutes, as Spark's client would; and without the token."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(EngineUnreachable, match=f"sc://127.0.0.1:{port}") as caught:
        open_engine("spark", EngineSettings(spark_url=f"sc://127.0.0.1:{port}/;token=secret"), tmp_path)
    assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["sc://", "sc://127.0.0.1:here", "sc://{host}/token=secret", "sc://{host}/;token=secret;x"]
)
def test_an_address_that_is_none_is_said(tmp_path: Path, spark_url: str, url: str) -> None:
    """Whoever is told the problem is not told the token."""
    address = url.format(host=spark_url.removeprefix("sc://"))
    with pytest.raises(EngineUnreachable) as caught:
        open_engine("spark", EngineSettings(spark_url=address), tmp_path)
    assert "secret" not in str(caught.value)


def test_a_scratch_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Before any work is done."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(EngineUnreachable, match="RECOUP_SPARK_SCRATCH"):
        open_scratch(tmp_path, f"file://{tmp_path}/file/inside")
    with pytest.raises(EngineUnreachable, match="RECOUP_SPARK_SCRATCH"):
        open_scratch(tmp_path, "carrier-pigeon://x")


def test_progress_is_counted_over_all_stages() -> None:
    """Nothing is said before a task is known."""
    told: list[int] = []
    heard = Heard()
    counted: list[list[tuple[int, int]]] = [[], [(0, 0)], [(2, 1), (2, 0)], [(2, 2)]]
    heard(None, 0, None, False)
    for stages in counted:
        heard([StageInfo(1, tasks, done, 0, tasks == done) for tasks, done in stages], 0, "operation", False)
        heard.tell(told.append)
    assert told == [25, 100]
