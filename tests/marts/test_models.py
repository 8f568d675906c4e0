"""Each model over small inputs, on every engine: `rows/<model>.toml` holds what is given and what comes out.

Tables are written with bars; an empty cell is absent, a column that is not named is absent in every row, and a source
that is not given is empty, but for tables of rules. A model may be given in place of what it is made of.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from recoup.domain.instants import parse_instant
from recoup.marts.catalogue import Catalogue, Needs, Table, check, read_catalogue
from recoup.marts.loading import steps
from recoup.marts.rules import rule_sources
from recoup.marts.source import Asked
from recoup.marts.sources import sources
from recoup.marts.testing import laws
from recoup.storage.engine import Engine
from recoup.storage.register import View

ROWS = Path(__file__).parent / "rows"
CASES = [
    (path.stem, number, case)
    for path in sorted(ROWS.glob("*.toml"))
    for number, case in enumerate(tomllib.loads(path.read_text())["case"])
]
NOW = "2026-03-20T12:00:00Z"
FLAGS = {"yes": True, "no": False}
Row = tuple[Any, ...]


@pytest.mark.parametrize(("name", "number", "case"), CASES, ids=[f"{name}-{number}" for name, number, _ in CASES])
def test_a_model_gives_the_rows_that_it_should(
    name: str, number: int, case: dict[str, Any], each_engine: Engine, view: View
) -> None:
    """Small inputs, all rows; the sentence of each case stands beside its rows."""
    catalogue = read_catalogue()
    needs = given(each_engine, catalogue, name, case, view)
    for step in steps(needs, frozenset([name])):
        each_engine.run(step)
    columns, expected = parsed(catalogue.model(name), case["expect"])
    chosen = ", ".join(f'"{column}"' for column in columns)
    found = [plain(row) for row in each_engine.rows(f'select {chosen} from "{name}"')]
    assert sorted(found, key=repr) == sorted(expected, key=repr), case["truth"]
    for says, sql in laws(catalogue.model(name))[:1]:
        assert each_engine.rows(sql) == [], says


def test_every_model_has_rows_that_say_what_it_does() -> None:
    """A model without an example is one that nobody has looked at."""
    assert {name for name, _, _ in CASES} == set(read_catalogue().models)


def test_models_are_as_their_headers_say() -> None:
    """Columns, their order and types; what they read is there."""
    check(read_catalogue())


def given(engine: Engine, catalogue: Catalogue, name: str, case: Mapping[str, Any], view: View) -> Needs:
    """Attach what a case gives; gives what else is needed."""
    told: dict[str, str] = case["given"]
    asked = Asked(parse_instant(case.get("now", NOW)))
    needs = catalogue.needs([name])
    reached = _reached(catalogue, name, set(told))
    for table in told:
        found = catalogue.named(table)
        assert found is not None, f"{table} is no table"
        _attach(engine, found, *parsed(found, told[table]))
    for source in reached - set(told):
        if source in sources():
            names = [column.name for column in sources()[source].columns]
            rows = _by_default(source, view, asked, names)
            _attach(engine, sources()[source], names, rows)
    models = tuple(model for model in needs.models if model.name in reached and model.name not in told)
    return Needs({}, models)


def _reached(catalogue: Catalogue, name: str, told: set[str]) -> set[str]:
    reached, waiting = {name}, [name]
    while waiting:
        model = catalogue.models.get(waiting.pop())
        for read in model.reads if model else ():
            if read not in reached:
                reached.add(read)
                waiting += [] if read in told else [read]
    return reached


def _by_default(source: str, view: View, asked: Asked, names: list[str]) -> list[Row]:
    shipped = {s.name for s in rule_sources()} | {"moment"}
    if source not in shipped:
        return []
    return [row for part in sources()[source].batches(view, asked, names) for row in part]


def _attach(engine: Engine, table: Table, names: list[str], rows: list[Row]) -> None:
    """Attach a table with all its columns; those that rows do not have are absent."""
    kinds = {column.name: column.kept_as for column in table.columns}
    places = [names.index(name) if name in names else None for name in kinds]
    full = [tuple(None if place is None else row[place] for place in places) for row in rows]
    engine.attach_rows(table.name, kinds, full)


def parsed(table: Table, text: str) -> tuple[list[str], list[Row]]:
    """Read a table with bars; gives the columns named and the rows."""
    head, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    for name in head:
        assert table.column(name), f"{table.name} has no {name}"
    return head, [tuple(_cell(table, name, cell) for name, cell in zip(head, line, strict=True)) for line in lines]


def _cell(table: Table, name: str, cell: str) -> Any:
    column = table.column(name)
    assert column is not None
    if not cell:
        return None
    if column.type == "TIMESTAMP":
        return parse_instant(cell)
    if column.type == "BOOLEAN":
        return FLAGS[cell]
    return int(cell) if column.type == "BIGINT" else cell


def plain(row: Row) -> Row:
    """Give a row as cases write it: days as text."""
    return tuple(value.isoformat() if isinstance(value, dt.date) else value for value in row)
