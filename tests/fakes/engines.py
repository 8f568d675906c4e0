"""A real engine with the macros of a home, as small as tests need it."""

import tempfile
from pathlib import Path

import duckdb

from recoup.storage.engine import connect

TOKEN_KEY = "ab" * 32


def engine() -> duckdb.DuckDBPyConnection:
    """DuckDB as a home opens it, spilling into a directory of the system."""
    return connect(Path(tempfile.gettempdir()) / "recoup-tests", TOKEN_KEY, memory="512MiB")
