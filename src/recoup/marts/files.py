"""Tables written as files: Parquet with the lake's types, in the order of their keys, and what a manifest says of them.

Read `publication.py` for how a set of them appears at once, `dbt.py` for the project that reads them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from recoup.marts.catalogue import Catalogue, Table
from recoup.marts.loading import steps
from recoup.marts.model import Model
from recoup.storage.engine import Engine
from recoup.storage.steps import Step, printed, quoted

_CHUNK = 1 << 20


class Written(msgspec.Struct, frozen=True):
    """One file, and what it holds."""

    name: str
    file: str
    grain: str
    rows: int
    sums: Mapping[str, Mapping[str, int]]
    """Of each currency the sum of each column of money, in minor units."""
    sha256: str
    """Of the file."""
    query_sha256: str | None
    """Of the model's whole SQL, all that it reads included; None for a source."""
    columns: tuple[str, ...]


def write_table(engine: Engine, catalogue: Catalogue, table: Table, folder: Path) -> Written:
    """Write one table that is in the engine into `<folder>/<name>.parquet`."""
    path = folder / f"{table.name}.parquet"
    names = ", ".join(quoted(column.name) for column in table.columns)
    order = ", ".join(quoted(name) for name in (table.key or (table.columns[0].name,)))
    engine.run(Step(f"{table.name}__file", f"select {names} from {quoted(table.name)} order by {order}", "copy", path))
    [(rows,)] = engine.rows(f"select count(*) from {quoted(table.name)}")
    return Written(
        name=table.name,
        file=path.name,
        grain=table.grain,
        rows=int(rows),
        sums=_sums(engine, table),
        sha256=digest(path),
        query_sha256=query_digest(catalogue, table) if isinstance(table, Model) else None,
        columns=tuple(column.name for column in table.columns),
    )


def query_digest(catalogue: Catalogue, model: Model) -> str:
    """Hash the SQL of a model with that of all models it reads, so that a change anywhere shows."""
    return hashlib.sha256(printed(steps(catalogue.needs([model.name]))).encode()).hexdigest()


def digest(path: Path) -> str:
    """Hash a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_CHUNK):
            found.update(part)
    return found.hexdigest()


def _sums(engine: Engine, table: Table) -> dict[str, dict[str, int]]:
    """Sum the money of a table by the column that says its currency."""
    money = [column.name for column in table.columns if column.unit == "minor" and _currency(table, column.name)]
    sums: dict[str, dict[str, int]] = {}
    for name in money:
        currency = _currency(table, name)
        statement = (
            f"select {quoted(currency)}, cast(sum(cast({quoted(name)} as decimal(38,0))) as varchar)"
            f" from {quoted(table.name)} where {quoted(name)} is not null group by {quoted(currency)} order by 1"
        )
        for code, total in engine.rows(statement):
            sums.setdefault(code or "", {})[name] = int(total)
    return sums


def _currency(table: Table, money: str) -> str:
    """Give the column that says the currency of a column of money: of its own beginning or end, else `currency`."""
    known: Sequence[str] = [column.name for column in table.columns]
    stem = money.removesuffix("_minor")
    named = (f"{stem}_currency", f"currency_{stem.rpartition('_')[2]}", "currency")
    return next((name for name in named if name in known), "")
