"""A real engine with the macros of a home, as small as tests need it."""

import duckdb

from recoup.storage.card_macros import card_macros

TOKEN_KEY = "ab" * 32


def engine() -> duckdb.DuckDBPyConnection:
    """DuckDB in memory, with the macros on card numbers."""
    connection = duckdb.connect(config={"memory_limit": "512MB", "threads": 2})
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(card_macros(TOKEN_KEY))
    return connection
