"""What an installation is told from outside: where its home is and which database holds the register.

Read once, by the wiring, from a mapping such as the environment; nothing below the wiring looks for itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recoup.errors import SetupInvalid

HOME_VARIABLE = "RECOUP_HOME"
REGISTER_VARIABLE = "RECOUP_REGISTER_URL"
HOME_DEFAULT = "recoup-home"
DRIVERS = ("sqlite", "postgresql+psycopg")


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation's settings.

    Attributes:
      home: Directory of everything Recoup keeps: absolute, which may not exist yet.
      register_url: Address of the register as SQLAlchemy reads it; by default `register.db` in the home.
    """

    home: Path
    register_url: str

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
      SetupInvalid: The register's address names a driver that Recoup does not speak.
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
    return Settings(home=place, register_url=url)
