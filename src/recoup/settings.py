"""What an installation is told from outside: where its home is, which database holds the register, what computes.

Read once, by the wiring, from a mapping such as the environment; nothing below the wiring looks for itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recoup.errors import SetupInvalid

HOME_VARIABLE = "RECOUP_HOME"
REGISTER_VARIABLE = "RECOUP_REGISTER_URL"
MEMORY_VARIABLE = "RECOUP_ENGINE_MEMORY"
THREADS_VARIABLE = "RECOUP_ENGINE_THREADS"
SPARK_VARIABLE = "RECOUP_SPARK_URL"
SCRATCH_VARIABLE = "RECOUP_SPARK_SCRATCH"
HOME_DEFAULT = "recoup-home"
MEMORY_DEFAULT = "4GiB"
DRIVERS = ("sqlite", "postgresql+psycopg")


_MEMORY = re.compile(r"[1-9]\d*(MB|GB|TB|MiB|GiB|TiB)")


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What matching, marts and reports compute with.

    Attributes:
      memory: How much DuckDB takes before it spills into the home, as `4GiB`.
      threads: How many threads DuckDB takes; None is one for each core.
      spark_url: Address of a Spark Connect server, as `sc://host:15002`; None where there is none. May hold a token.
      spark_scratch: Where Spark keeps what steps make, as `s3a://bucket/prefix`; None is a directory of the home.
    """

    memory: str = MEMORY_DEFAULT
    threads: int | None = None
    spark_url: str | None = None
    spark_scratch: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation's settings.

    Attributes:
      home: Directory of everything Recoup keeps: absolute, which may not exist yet.
      register_url: Address of the register as SQLAlchemy reads it; by default `register.db` in the home.
      engine: What matching, marts and reports compute with.
    """

    home: Path
    register_url: str
    engine: EngineSettings = EngineSettings()

    @property
    def is_embedded(self) -> bool:
        """Whether the register is SQLite in a file of ours, rather than a PostgreSQL server's database."""
        return self.register_url.startswith("sqlite")


def read_settings(environment: Mapping[str, str], home: Path | None = None) -> Settings:
    """Settle where the home and the register are; a given home goes before the environment's.

    Args:
      environment: Names to values, as the operating system gives them. An empty value counts as absent.
      home: The directory of `--home`, where one was given.
    Returns:
      The settings. Nothing is opened, made or checked for existence.
    Raises:
      SetupInvalid: The register's address names a driver that Recoup does not speak, or an engine's setting is none.
    """
    place = (home or Path(environment.get(HOME_VARIABLE) or HOME_DEFAULT)).expanduser().absolute()
    url = environment.get(REGISTER_VARIABLE) or f"sqlite:///{place / 'register.db'}"
    driver = url.partition(":")[0]
    if driver not in DRIVERS:
        raise SetupInvalid(
            where=REGISTER_VARIABLE,
            found=f"driver {driver!r}",
            wanted=" or ".join(DRIVERS),
            remedy="Set it like postgresql+psycopg://recoup@localhost/recoup, or unset it to use SQLite.",
        )
    return Settings(home=place, register_url=url, engine=_engine(environment))


def _engine(environment: Mapping[str, str]) -> EngineSettings:
    memory = environment.get(MEMORY_VARIABLE) or MEMORY_DEFAULT
    threads = environment.get(THREADS_VARIABLE)
    url = environment.get(SPARK_VARIABLE) or None
    if not _MEMORY.fullmatch(memory):
        raise SetupInvalid(
            where=MEMORY_VARIABLE, found=repr(memory), wanted="a size like 4GiB", remedy="Set it so, or unset it."
        )
    if threads and not re.fullmatch(r"[1-9]\d{0,3}", threads):
        raise SetupInvalid(
            where=THREADS_VARIABLE, found=repr(threads), wanted="a number from 1", remedy="Set it so, or unset it."
        )
    if url and not url.startswith("sc://"):
        raise SetupInvalid(
            where=SPARK_VARIABLE,
            found=f"scheme {url.partition(':')[0]!r}",
            wanted="sc",
            remedy="Set it like sc://127.0.0.1:15002, the address of a Spark Connect server.",
        )
    return EngineSettings(memory, int(threads) if threads else None, url, environment.get(SCRATCH_VARIABLE) or None)
