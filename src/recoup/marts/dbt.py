"""A dbt project of the sources and models: for those who build on them with dbt and a warehouse of their own.

The SQL is that of our models, with `ref` and `source` in place of names; what must be true becomes dbt's tests, what
columns say its docs. Sources are read from Parquet files beside it. JSON is YAML, so the project's files are that.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import sqlglot
from sqlglot import exp

from recoup.errors import StorageProblem
from recoup.marts.catalogue import Catalogue
from recoup.marts.model import DIALECT, Model
from recoup.marts.source import Source
from recoup.marts.sources import sources
from recoup.marts.testing import laws

PROJECT = "recoup"
DATA = "data"
_MARK = "dbt_project.yml"
_README = """\
# Recoup's data sources, as a dbt project

Written by `recoup marts export --dbt`; do not edit, write it anew.
`data/` holds the sources as Parquet, as of the moment they were exported.

    pip install dbt-core dbt-duckdb
    dbt build --profiles-dir .
    dbt docs generate --profiles-dir .
"""


def needed(catalogue: Catalogue) -> list[Source]:
    """Give the sources that models and their assertions read: their data belongs into `data/`."""
    return [sources()[name] for name in catalogue.needs(catalogue.models, with_assertions=True).sources]


def export(catalogue: Catalogue, folder: Path) -> list[Path]:
    """Write the project, without its data; gives the files.

    Raises:
      StorageProblem: The folder holds something else.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise StorageProblem(
            where=str(folder), found="files that are no dbt project", wanted="an empty folder, or none"
        )
    written = []
    for name, text in _files(catalogue):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def _files(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    yield _MARK, _yaml(_project())
    yield "profiles.yml", _yaml(_profiles())
    yield "README.md", _README
    yield "models/sources.yml", _yaml(_sources(needed(catalogue)))
    yield "models/schema.yml", _yaml(_schema(catalogue))
    for model in catalogue.models.values():
        yield f"models/{model.name}.sql", f"-- {model.grain}\n{referred(model.sql, catalogue)}\n"
        for number, (says, sql) in enumerate(laws(model)):
            name = f"{model.name}__{'key' if number == 0 else f'law_{number}'}"
            yield f"tests/{name}.sql", f"-- {model.name}: {says}\n{referred(sql, catalogue)}\n"


def referred(sql: str, catalogue: Catalogue) -> str:
    """Give SQL with dbt's `ref` and `source` where it names models and sources; every other letter stays."""
    tree = sqlglot.parse_one(sql, read=DIALECT)
    own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    places = []
    for table in tree.find_all(exp.Table):
        name = table.name.lower()
        if name in own:
            continue
        told = f"ref('{name}')" if name in catalogue.models else f"source('{PROJECT}', '{name}')"
        alias = "" if table.alias else f" as {name}"
        places.append((table.this.meta["start"], table.this.meta["end"] + 1, "{{ " + told + " }}" + alias))
    for start, end, text in sorted(places, reverse=True):
        sql = sql[:start] + text + sql[end:]
    return sql


def _project() -> dict[str, Any]:
    return {
        "name": PROJECT,
        "version": "1.0.0",
        "config-version": 2,
        "profile": PROJECT,
        "model-paths": ["models"],
        "test-paths": ["tests"],
        "models": {PROJECT: {"+materialized": "table"}},
        "flags": {"send_anonymous_usage_stats": False},
    }


def _profiles() -> dict[str, Any]:
    output = {"type": "duckdb", "path": "recoup.duckdb", "threads": 2, "settings": {"TimeZone": "UTC"}}
    return {PROJECT: {"target": "local", "outputs": {"local": output}}}


def _sources(needed_sources: list[Source]) -> dict[str, Any]:
    tables = [
        {"name": source.name, "description": f"{source.grain} Owner: {source.owner}.", "columns": _columns(source)}
        for source in needed_sources
    ]
    place = {"meta": {"external_location": f"{DATA}/{{name}}.parquet"}}
    return {"version": 2, "sources": [{"name": PROJECT, "config": place, "tables": tables}]}


def _schema(catalogue: Catalogue) -> dict[str, Any]:
    return {
        "version": 2,
        "models": [
            {
                "name": model.name,
                "description": " ".join((model.grain, *model.notes)),
                "config": {"meta": {"owner": model.owner, "freshness": model.freshness, "key": list(model.key)}},
                "columns": _columns(model),
            }
            for model in sorted(catalogue.models.values(), key=lambda model: model.name)
        ],
    }


def _columns(table: Source | Model) -> list[dict[str, Any]]:
    return [
        {
            "name": column.name,
            "data_type": column.kept_as,
            "description": column.says,
            "quote": True,
            **({"config": {"meta": {"unit": column.unit}}} if column.unit else {}),
        }
        for column in table.columns
    ]


def _yaml(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
