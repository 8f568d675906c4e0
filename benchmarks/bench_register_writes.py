"""How many observations a second the register takes, each with its dispute, one entry and three postings.

Prints rows/s for SQLite and, where RECOUP_TEST_POSTGRES names a server, for PostgreSQL. The audit row, its hash
of all that changed and the commit to disk are in the time.
"""

import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table, create_engine, make_url, text

from recoup.storage.database import Row
from recoup.storage.migrate import migrate
from recoup.storage.register import Register, open_register
from recoup.storage.schema import dispute, entry, observation, posting
from recoup.storage.types import Text

OBSERVATIONS = 100_000
BATCH = 5_000
PER_DISPUTE = 5
NOW = 1_767_225_600_000_000  # any instant does


def rows(table: Table, count: int, offset: int, keys: dict[str, list[str | int]]) -> list[Row]:
    """Make full-width rows: the given columns from `keys`, a value of usual width in every column that must have one.

    Of the columns that may be empty every other one is.
    """

    def values(place: int, column: Column[Any]) -> list[Any]:
        if column.nullable and place % 2:
            return [None] * count
        return ["a-value"] * count if isinstance(column.type, Text) else [NOW + offset] * count

    columns = [keys.get(c.name) or values(place, c) for place, c in enumerate(table.columns)]
    return list(zip(*columns, strict=True))


def key(prefix: str, number: int) -> str:
    """Give a key as wide and as scattered as a derived one."""
    return f"{prefix}_{(number * 0x9E3779B97F4A7C15) % 2**64:026x}"


def batch(start: int) -> dict[str, list[Row]]:
    """Make what one batch of observations writes."""
    numbers = range(start, start + BATCH)
    disputes = [key("dis", n // PER_DISPUTE) for n in numbers]
    entries = [key("ent", n) for n in numbers]
    lines = [(e, d, n) for e, d in zip(entries, disputes, strict=True) for n in range(3)]
    return {
        "observation": rows(
            observation, BATCH, start, {"observation": [key("obs", n) for n in numbers], "dispute": [*disputes]}
        ),
        "dispute": rows(dispute, BATCH // PER_DISPUTE, start, {"dispute": [*disputes[::PER_DISPUTE]]}),
        "entry": rows(entry, BATCH, start, {"entry": [*entries], "fact": [*entries], "dispute": [*disputes]}),
        "posting": rows(
            posting,
            len(lines),
            start,
            {"entry": [e for e, _, _ in lines], "dispute": [d for _, d, _ in lines], "line": [n for _, _, n in lines]},
        ),
    }


def write(register: Register) -> float:
    """Write everything; give the seconds it took, making the rows left out."""
    seconds = 0.0
    for start in range(0, OBSERVATIONS, BATCH):
        made = batch(start)
        began = time.perf_counter()
        with register.transaction("bench", "read", "delivery", NOW) as tx:
            tx.insert_new(observation, made["observation"])
            tx.upsert(dispute, made["dispute"])
            tx.insert(entry, made["entry"])
            tx.insert(posting, made["posting"])
        seconds += time.perf_counter() - began
    return seconds


@contextmanager
def addresses() -> Iterator[list[tuple[str, str]]]:
    """Give an empty SQLite file and, if there is a server, an empty schema; both are gone afterwards."""
    with tempfile.TemporaryDirectory() as directory:
        found = [("SQLite", f"sqlite:///{Path(directory) / 'register.db'}")]
        server = os.environ.get("RECOUP_TEST_POSTGRES")
        if not server:
            yield found
            return
        schema = f"bench_{secrets.token_hex(6)}"
        engine = create_engine(server)
        with engine.begin() as connection:
            connection.execute(text(f"create schema {schema}"))
        address = make_url(server).update_query_dict({"options": f"-csearch_path={schema}"})
        try:
            yield [*found, ("PostgreSQL", address.render_as_string(hide_password=False))]
        finally:
            with engine.begin() as connection:
                connection.execute(text(f"drop schema {schema} cascade"))


def main() -> None:
    """Print one line per database."""
    with addresses() as found:
        for name, url in found:
            register = open_register(url)
            migrate(register)
            seconds = write(register)
            register.close()
            print(f"{name}: {OBSERVATIONS / seconds:,.0f} observations/s ({OBSERVATIONS:,} in batches of {BATCH:,})")


if __name__ == "__main__":
    main()
