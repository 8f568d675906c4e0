"""Which engine runs steps: the one place where `--engine duckdb|spark` is understood."""

from pathlib import Path

from recoup.errors import EngineMissing, EngineUnreachable
from recoup.settings import SPARK_VARIABLE, EngineSettings
from recoup.storage.engine import DuckEngine, Engine, connect
from recoup.storage.run_room import RunRoom

ENGINES = ("duckdb", "spark")


def open_engine(name: str, settings: EngineSettings, temporary: Path) -> Engine:
    """Open an engine by its name; whoever opens it closes it.

    Args:
      name: One of `ENGINES`.
      temporary: A directory of the home for what does not fit into memory, and for what Spark makes where no other
        place is set; each engine has a room of its own in it, as long as it is open.
    Raises:
      EngineMissing: There is none of this name, Spark's client is not installed, or it has no address.
      EngineUnreachable: The Spark server, or the place for what it makes, does not answer.
    """
    if name == "duckdb":
        return _open_duckdb(settings, temporary)
    if name == "spark":
        return _open_spark(settings, temporary)
    raise EngineMissing(where="--engine", found=repr(name), wanted=" or ".join(ENGINES))


def _open_duckdb(settings: EngineSettings, temporary: Path) -> Engine:
    """Rows have no order that no statement asks for, as on Spark; keeping one costs a third of the time."""
    room = RunRoom(temporary)
    connection = connect(room.path, memory=settings.memory, threads=settings.threads, is_ordered=False)
    return DuckEngine(connection, room)


def _open_spark(settings: EngineSettings, temporary: Path) -> Engine:
    """Spark's client is an extra, and takes seconds to import: only whoever asks for it pays."""
    if settings.spark_url is None:
        raise EngineMissing(
            where="--engine spark",
            found=f"{SPARK_VARIABLE} is not set",
            wanted="the address of a Spark Connect server",
            remedy=f"Set {SPARK_VARIABLE} like sc://127.0.0.1:15002 (docs/guides/spark.md), or take --engine duckdb.",
        )
    try:
        from recoup.storage.spark import SparkEngine, connected
        from recoup.storage.spark_scratch import open_scratch
    except ModuleNotFoundError as problem:
        raise EngineMissing(
            where="--engine spark",
            found=f"the package {problem.name} is not installed",
            wanted="Spark's client",
            remedy="Install it: pip install 'recoup[spark]'. Or take --engine duckdb.",
        ) from problem
    session = connected(settings.spark_url)
    room = RunRoom(temporary)
    try:
        return SparkEngine(session, open_scratch(room.path, settings.spark_scratch), room)
    except EngineUnreachable:
        session.stop()
        room.close()
        raise
