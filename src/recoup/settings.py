"""What an installation is told from outside: where its home is, which database holds the register, what computes.

Read once, by the wiring, from a mapping such as the environment; nothing below the wiring looks for itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from recoup.errors import SetupInvalid

HOME_VARIABLE = "RECOUP_HOME"
REGISTER_VARIABLE = "RECOUP_REGISTER_URL"
MEMORY_VARIABLE = "RECOUP_ENGINE_MEMORY"
THREADS_VARIABLE = "RECOUP_ENGINE_THREADS"
SPARK_VARIABLE = "RECOUP_SPARK_URL"
SCRATCH_VARIABLE = "RECOUP_SPARK_SCRATCH"
NOTICE_URL_VARIABLE = "RECOUP_NOTICE_URL"
NOTICE_SECRET_VARIABLE = "RECOUP_NOTICE_SECRET"
NOTICE_FILE_VARIABLE = "RECOUP_NOTICE_FILE"
PING_VARIABLE = "RECOUP_PING_URL"
PAGES_VARIABLE = "RECOUP_PAGES_A_DAY"
REPORTS_VARIABLE = "RECOUP_DUE_REPORTS"
HOME_DEFAULT = "recoup-home"
PAGES_DEFAULT = 5
SECRET_LENGTH_MIN = 16
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
class WatchSettings:
    """How people hear of what is wrong, and how an outside watcher hears that all is well.

    Attributes:
      notice_url: Where pages are posted, signed; None for nowhere.
      notice_secret: What they are signed with.
      notice_file: A file to which pages are appended, one JSON document a line; None for none.
      ping_url: What is asked every minute while all is well, so that an outside watcher notices silence; None for none.
      pages_a_day: How many incidents of one partner may wake somebody within a day.
    """

    notice_url: str | None = None
    notice_secret: str = field(default="", repr=False)
    notice_file: Path | None = None
    ping_url: str | None = None
    pages_a_day: int = PAGES_DEFAULT


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation's settings.

    Attributes:
      home: Directory of everything Recoup keeps: absolute, which may not exist yet.
      register_url: Address of the register as SQLAlchemy reads it; by default `register.db` in the home.
      engine: What matching, marts and reports compute with.
      watch: How people hear of what is wrong.
      makes_due_reports: Whether the worker makes the reports whose schedules ask for it.
    """

    home: Path
    register_url: str
    engine: EngineSettings = EngineSettings()
    watch: WatchSettings = WatchSettings()
    makes_due_reports: bool = True

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
      SetupInvalid: The register's address names a driver that Recoup does not speak, or another setting is none.
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
    return Settings(place, url, _engine(environment), _watch(environment), _makes_due_reports(environment))


def _makes_due_reports(environment: Mapping[str, str]) -> bool:
    said = environment.get(REPORTS_VARIABLE) or "on"
    if said not in ("on", "off"):
        raise SetupInvalid(where=REPORTS_VARIABLE, found=repr(said[:40]), wanted="on or off", remedy="Set it so.")
    return said == "on"


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


def _watch(environment: Mapping[str, str]) -> WatchSettings:
    url, secret = environment.get(NOTICE_URL_VARIABLE) or None, environment.get(NOTICE_SECRET_VARIABLE) or ""
    file, ping = environment.get(NOTICE_FILE_VARIABLE), environment.get(PING_VARIABLE) or None
    pages = environment.get(PAGES_VARIABLE) or str(PAGES_DEFAULT)
    for name, address in ((NOTICE_URL_VARIABLE, url), (PING_VARIABLE, ping)):
        if address is not None and not is_safe_address(address):
            raise SetupInvalid(
                where=name,
                found="an address that is neither https nor this machine's, or names a user",
                wanted="https://…",
                remedy="Set it so, or unset it.",
            )
    if url is not None and len(secret) < SECRET_LENGTH_MIN:
        raise SetupInvalid(
            where=NOTICE_SECRET_VARIABLE,
            found=f"{len(secret)} characters",
            wanted=f"{SECRET_LENGTH_MIN} or more, by which the receiver knows that a page is ours",
            remedy=f"Set it beside {NOTICE_URL_VARIABLE}.",
        )
    if not re.fullmatch(r"[1-9]\d{0,3}", pages):
        raise SetupInvalid(
            where=PAGES_VARIABLE, found=repr(pages[:40]), wanted="a number from 1", remedy="Set it so, or unset it."
        )
    place = Path(file).expanduser().absolute() if file else None
    return WatchSettings(url, secret, place, ping, int(pages))


def is_safe_address(url: str) -> bool:
    """Whether what goes there is read by nobody on the way: https, or this machine; and no password stands in it."""
    parts = urlsplit(url)
    if "@" in parts.netloc or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
