"""Ask for Spark without an address."""

from pathlib import Path

from recoup.settings import EngineSettings
from recoup.storage.engines import open_engine


def fail() -> None:
    open_engine("spark", EngineSettings(), Path())
