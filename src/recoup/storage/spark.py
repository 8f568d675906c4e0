"""Spark as an engine, through Spark Connect: a server somewhere else, of any size, or Sail on this machine.

Statements are those of DuckDB, told by `dialect.py`. A table becomes Parquet in the scratch room and is read back
with the schema of its statement, as Sail writes no file for no rows and keeps nothing in memory; a view is computed
at each use. A copy is fetched from the room and leaves through `outlet.py`, as DuckDB's do.
"""

import shutil
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import grpc
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, types
from pyspark.sql.connect.session import SparkSession
from pyspark.sql.connect.shell.progress import ProgressHandler, StageInfo

from recoup.errors import EngineUnreachable, StorageProblem
from recoup.storage.attended import attended
from recoup.storage.dialect import ordering_of, to_spark
from recoup.storage.engine import Row, Value, check_columns, connect
from recoup.storage.lake import COLUMN_TYPES, arrow_table
from recoup.storage.outlet import selected, write_parquet
from recoup.storage.run_room import RunRoom
from recoup.storage.spark_scratch import Scratch
from recoup.storage.statement_failure import failure
from recoup.storage.steps import Step, quoted

# What the engine must agree with DuckDB about, whatever the server was started with.
SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",  # an overflow or a bad cast fails, and is not NULL
    "spark.sql.caseSensitive": "false",
}
CONNECT_SECONDS = 5.0
_BATCH = 200_000
_SHOWN = 160
Made = TypeVar("Made")
_TAG = "recoup"
_TYPES: Mapping[str, types.DataType] = {
    "BIGINT": types.LongType(),
    "DECIMAL(38,0)": types.DecimalType(38, 0),
    "VARCHAR": types.StringType(),
    "BOOLEAN": types.BooleanType(),
    "DATE": types.DateType(),
}
_DUCK_TYPES: Mapping[type[types.DataType], str] = {
    types.LongType: "BIGINT",
    types.IntegerType: "BIGINT",
    types.ShortType: "BIGINT",
    types.ByteType: "BIGINT",
    types.StringType: "VARCHAR",
    types.BooleanType: "BOOLEAN",
    types.DateType: "DATE",
}


class SparkEngine:
    """A session of a Spark Connect server as an engine; its views and tables are its own."""

    def __init__(self, session: SparkSession, scratch: Scratch, room: RunRoom) -> None:
        """Take over a session of `connected`, and the room its tables go to.

        Args:
          room: A directory of ours for what copies need on their way.
        """
        self._session = session
        self._scratch = scratch
        self._room = room

    def attach_rows(self, name: str, columns: Mapping[str, str], rows: Iterable[Row]) -> None:
        """Make rows a table, through files of the scratch room."""
        check_columns(name, columns)
        place = self._scratch.place(name)
        remaining = iter(rows)
        first = list(islice(remaining, _BATCH))
        parts: Iterator[list[Row]] = iter(lambda: list(islice(remaining, _BATCH)), [])
        self._scratch.write(place, (arrow_table(columns, part) for part in _chained(first, parts)))
        self._read(_schema(columns), [place]).createOrReplaceTempView(_checked(name))

    def attach_files(self, name: str, columns: Mapping[str, str], paths: Sequence[Path]) -> None:
        """Make files a view; a column that one of them lacks is refused here, as Spark would read NULL."""
        check_columns(name, columns)
        if not paths:
            self.attach_rows(name, columns, [])
            return
        for path in paths:
            _check_file(name, columns, path)
        self._read(_schema(columns), self._scratch.offered(paths)).createOrReplaceTempView(_checked(name))

    def run(
        self,
        step: Step,
        parameters: Mapping[str, Value] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Make what a step makes."""
        if step.kind == "view" and parameters:
            raise StorageProblem(where=f"step {step.name}", found="parameters", wanted="none, as it is a view")
        heard = Heard()
        self._session.registerProgressHandler(heard)
        try:
            with _told(f"step {step.name}"):
                self._attended(
                    lambda: self._make(step, parameters), None if progress is None else lambda: heard.tell(progress)
                )
        finally:
            self._session.removeProgressHandler(heard)

    def rows(self, sql: str, parameters: Mapping[str, Value] | None = None) -> list[Row]:
        """Give all rows of one SELECT."""
        with _told("query"):
            table = self._attended(lambda: self._frame(sql, parameters).toArrow())
        return list(zip(*(_values(column) for column in table.columns), strict=True))

    def close(self) -> None:
        """Forget everything: the session, and what it made in the scratch room."""
        try:
            self._session.stop()
        finally:
            self._scratch.clear()
            self._room.close()

    def _make(self, step: Step, parameters: Mapping[str, Value] | None) -> None:
        frame = self._frame(step.sql, parameters)
        if step.kind == "view":
            frame.createOrReplaceTempView(step.name)
        elif step.path is None:
            self._materialise(step.name, frame)
        else:
            self._copy(step, frame, step.path)

    def _frame(self, sql: str, parameters: Mapping[str, Value] | None) -> DataFrame:
        values = dict(parameters or {})
        text = to_spark(sql, values)
        return self._session.sql(text, args=values) if values else self._session.sql(text)

    def _read(self, schema: types.StructType, places: Sequence[str]) -> DataFrame:
        return self._session.read.schema(schema).parquet(*places)

    def _materialise(self, name: str, frame: DataFrame) -> None:
        place = self._scratch.place(name)
        schema = frame.schema
        frame.write.mode("error").parquet(place)
        self._read(schema, [place]).createOrReplaceTempView(name)

    def _copy(self, step: Step, frame: DataFrame, path: Path) -> None:
        """Bring the parts together; Spark promises no order of files, so the statement's is made again."""
        order = ordering_of(step.sql)
        columns = [(field.name, _duck_type(field.dataType)) for field in frame.schema]
        selected(columns, path.name)  # refuses what has no place in the lake before the work is done
        place = self._scratch.place(step.name)
        frame.write.mode("error").parquet(place)
        fetched = self._room.path / place.rpartition("/")[2]
        try:
            source = _source(columns, self._scratch.fetched(place, fetched))
            with connect(self._room.path) as connection:
                write_parquet(connection, f"select * from {source} {order}", path)
        finally:
            shutil.rmtree(fetched, ignore_errors=True)

    def _attended(self, work: Callable[[], Made], tick: Callable[[], object] | None = None) -> Made:
        def tagged() -> Made:
            self._session.addTag(_TAG)  # tags are a thread's own, and this one ends with its work
            return work()

        return attended(tagged, lambda: self._session.interruptTag(_TAG), tick)


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Say Spark's problems as ours."""
    try:
        yield
    except (PySparkException, grpc.RpcError) as problem:
        said = str(problem)
        raise failure(where, said, out_of_room="Resources exhausted" in said or "OutOfMemory" in said) from problem


class Heard(ProgressHandler):
    """Hears of a statement's stages from the server in the thread of its work; Sail speaks of no stages."""

    def __init__(self) -> None:
        self._percent: int | None = None

    def __call__(
        self, stages: Iterable[StageInfo] | None, inflight_tasks: int, operation_id: str | None, done: bool
    ) -> None:
        """Count how much of all stages' tasks is done, if any is known."""
        known = list(stages or ())
        tasks = sum(stage.num_tasks for stage in known)
        if tasks:
            self._percent = 100 * sum(stage.num_completed_tasks for stage in known) // tasks

    def tell(self, progress: Callable[[int], None]) -> None:
        """Tell the percents that were heard last."""
        if self._percent is not None:
            progress(self._percent)


def connected(url: str) -> SparkSession:
    """Open a session of its own on a Spark Connect server.

    Args:
      url: `sc://host:port`, perhaps with `/;token=...;use_ssl=true`, which no message repeats.
    Raises:
      EngineUnreachable: Nobody answers there, or lets us not in.
    """
    host, _, options = url.removeprefix("sc://").partition("/")
    try:
        parts = urlsplit(f"sc://{host}")
        # Spark's client would try again for ten minutes.
        socket.create_connection((parts.hostname or "", parts.port or 15002), CONNECT_SECONDS).close()
        session = SparkSession.builder.remote(url).create()
        for name, value in SESSION.items():
            session.conf.set(name, value)
    except (OSError, ValueError, PySparkException, grpc.RpcError) as problem:
        said = " ".join(str(problem).split()) or type(problem).__name__
        for option in options.split(";"):
            said = said.replace(option.partition("=")[2] or "\0", "…")
        raise EngineUnreachable(
            where=f"RECOUP_SPARK_URL sc://{host.partition(';')[0]}",
            found=said[:_SHOWN],
            wanted="a Spark Connect server that answers",
            remedy="Start one (docs/guides/spark.md), correct the address, or take --engine duckdb.",
        ) from problem
    return session


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Give values as DuckDB does: an instant without a zone, in UTC."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us"))
    found: list[Any] = column.to_pylist()
    return found


def _schema(columns: Mapping[str, str]) -> types.StructType:
    return types.StructType([types.StructField(name, _TYPES[kind]) for name, kind in columns.items()])


def _duck_type(kind: types.DataType) -> str:
    """Name a type of Spark's as DuckDB does; what it has no word for stays in Spark's, for the refusal."""
    if isinstance(kind, types.DecimalType):
        return f"DECIMAL({kind.precision},{kind.scale})"
    return _DUCK_TYPES.get(type(kind), kind.simpleString().upper())


def _source(columns: Sequence[tuple[str, str]], parts: Sequence[Path]) -> str:
    if parts:
        listed = ", ".join("'" + str(part).replace("'", "''") + "'" for part in parts)
        return f"read_parquet([{listed}], hive_partitioning = false)"
    nothing = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in columns)
    return f"(select {nothing} where false)"


def _check_file(name: str, columns: Mapping[str, str], path: Path) -> None:
    held = pq.read_schema(path)
    for column, kind in columns.items():
        found = held.field(column).type if column in held.names else None
        if found != COLUMN_TYPES[kind]:
            raise StorageProblem(
                where=f"{name}.{column} in {path.name}",
                found="no such column" if found is None else str(found),
                wanted=kind,
            )


def _chained(first: list[Row], parts: Iterator[list[Row]]) -> Iterator[list[Row]]:
    yield first
    yield from parts


def _checked(name: str) -> str:
    quoted(name)
    return name
