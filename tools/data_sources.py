"""The page of data sources and models: columns, grain, owner, freshness, lineage, what must be true."""

import re
from collections.abc import Iterable, Iterator

from recoup.marts.catalogue import Catalogue, Table, read_catalogue
from recoup.marts.loading import why_not
from recoup.marts.model import Model
from recoup.marts.source import Asked, Source
from recoup.marts.sources import sources

_ANOTHER_TIME = Asked(0, known_at=0)
_ONE_MERCHANT = Asked(0, merchant="m")
_SENTENCES = re.compile(r"(?<=[.;]) (?=[A-Z])")
_SAID = {"merchant": "each merchant's own", "public": "everybody's", "house": "the house's alone"}


def lines() -> list[str]:
    """Give the page below its title."""
    catalogue = read_catalogue()
    return [
        *_INTRODUCTION,
        "",
        "## Lineage",
        "",
        "Sources are boxes, models are round; an arrow leads from what is read to what reads it.",
        "",
        *_graph(catalogue),
        "",
        "## Models",
        "",
        *(
            line
            for model in sorted(catalogue.models.values(), key=lambda m: m.name)
            for line in _model(catalogue, model)
        ),
        "## Sources",
        "",
        *(line for source in sources().values() for line in _source(catalogue, source)),
    ]


_INTRODUCTION = (
    "What `recoup sql` can ask: one SELECT in DuckDB's SQL, read-only, in a process of its own, kept in the audit.",
    "*Sources* are tables of the register, the lake, contracts and rules; *models* are made of them by SQL.",
    "Amounts are minor units, instants TIMESTAMP in UTC (in files BIGINT microseconds).",
    "`as_of()` is the present of the home.",
    "`--known-at INSTANT` answers as we knew it then, or refuses where only the last word is kept.",
    "`--merchant ID` gives that merchant's rows, and no table of the house.",
    "`recoup sql --list` prints the tables, `recoup marts show NAME` one model with its SQL.",
    "",
    "```sh",
    'recoup sql "select * from dispute_ratio_monthly order by month, merchant"',
    'recoup sql "select account, age, debit_minor, credit_minor from ageing" --known-at 2026-02-20T00:00:00Z',
    "recoup marts publish /srv/bi --format parquet",
    "```",
    "",
    "[Work with the data](../guides/work-with-the-data.md) has files for BI tools, dbt, and models of your own.",
)


def _graph(catalogue: Catalogue) -> Iterator[str]:
    yield "```mermaid"
    yield "graph LR"
    read = sorted({name for model in catalogue.models.values() for name in model.reads})
    yield from (f"  {name}[{name}]" for name in read if name not in catalogue.models)
    yield from (f"  {name}({name})" for name in sorted(catalogue.models))
    for model in sorted(catalogue.models.values(), key=lambda model: model.name):
        yield from (f"  {name} --> {model.name}" for name in model.reads)
    yield "```"


def _model(catalogue: Catalogue, model: Model) -> Iterator[str]:
    yield from (f"### {model.name}", "", model.grain)
    yield from (sentence for note in model.notes for sentence in _SENTENCES.split(note))
    yield from _facts(catalogue, model)
    yield f"Reads: {_named(model.reads)}."
    readers = [other.name for other in catalogue.models.values() if model.name in other.reads]
    if readers:
        yield f"Read by: {_named(sorted(readers))}."
    yield from ("", *_columns(model), "")
    if model.assertions:
        yield from ("Must be true:", "", *(f"- {a.says}." for a in model.assertions), "")


def _source(catalogue: Catalogue, source: Source) -> Iterator[str]:
    yield from (f"### {source.name}", "", source.grain if source.grain.endswith(".") else f"{source.grain}.")
    if source.also != source.name:
        yield f"Also called `{source.also}`."
    yield from _facts(catalogue, source)
    if source.latest_only:
        yield f"Only the last word is kept of {_named(sorted(source.latest_only))}: not with `--known-at`."
    readers = [model.name for model in catalogue.models.values() if source.name in model.reads]
    if readers:
        yield f"Read by: {_named(sorted(readers))}."
    yield from ("", *_columns(source), "")


def _facts(catalogue: Catalogue, table: Table) -> Iterator[str]:
    yield f"Key: {_named(table.key) or 'none, it is one row'}."
    yield f"Owner: {table.owner}."
    yield f"Fresh {table.freshness}."
    why = why_not(catalogue, table, _ANOTHER_TIME)
    why = why.partition(": ")[2] or why
    yield f"No `--known-at`: {why}." if why else "Answers `--known-at`."
    if isinstance(table, Source):
        yield f"Rows are {_SAID[table.scope]}."
    else:
        yield "Not with `--merchant`." if why_not(catalogue, table, _ONE_MERCHANT) else "Answers `--merchant`."


def _columns(table: Table) -> Iterator[str]:
    yield "| column | type | unit | what it says |"
    yield "|---|---|---|---|"
    for column in table.columns:
        says = column.says if column.says.endswith((".", "?", "!")) else f"{column.says}."
        yield f"| `{column.name}` | {column.type} | {column.unit} | {says.replace('|', chr(92) + '|')} |"


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
