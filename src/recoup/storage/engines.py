"""Which engine runs steps: the one place where `--engine duckdb|spark` is understood."""

from pathlib import Path

from recoup.errors import EngineMissing
from recoup.settings import SPARK_VARIABLE, EngineSettings
from recoup.storage.engine import DuckEngine, Engine, connect

ENGINES = ("duckdb", "spark")


def open_engine(name: str, settings: EngineSettings, temporary: Path) -> Engine:
    """Open an engine by its name; whoever opens it closes it.

    Args:
      name: One of `ENGINES`.
      temporary: A directory of the home for what does not fit into memory, and for what Spark makes where no other
        place is set.
    Raises:
      EngineMissing: There is none of this name, Spark's client is not installed, or it has no address.
      EngineUnreachable: The Spark server, or the place for what it makes, does not answer.
    """
    temporary.mkdir(parents=True, exist_ok=True)
    if name == "duckdb":
        return DuckEngine(connect(temporary, memory=settings.memory, threads=settings.threads))
    if name == "spark":
        return _open_spark(settings, temporary)
    raise EngineMissing(where="--engine", found=repr(name), wanted=" or ".join(ENGINES))


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
    return SparkEngine(session, open_scratch(temporary / "spark", settings.spark_scratch), temporary)
