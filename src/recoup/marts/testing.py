"""What must be true of models, run on a home: each key once, and assertions that give no row.

A model whose rows are wrong is a finding about the data or about us, told with the rows; nothing is raised.
"""

from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Literal

import msgspec

from recoup.errors import MartProblem
from recoup.marts.catalogue import Catalogue
from recoup.marts.loading import Stores, build, refuse_unanswered
from recoup.marts.model import Model
from recoup.marts.source import Asked, Row
from recoup.storage.engine import Engine

SHOWN = 5
"""Rows of a failing assertion that are told."""


class Verdict(msgspec.Struct, frozen=True):
    """What one assertion found."""

    model: str
    says: str
    state: Literal["true", "false", "not asked"]
    found: int = 0
    """Rows for which it is not true."""
    rows: tuple[Row, ...] = ()
    """The first of them."""
    why: str = ""
    """Why it was not asked."""


class Built(msgspec.Struct, frozen=True):
    """What one model came to."""

    model: str
    rows: int
    milliseconds: int


def examined(engine: Engine, catalogue: Catalogue, names: Sequence[str], stores: Stores, asked: Asked) -> list[Verdict]:
    """Run the assertions of models; those that cannot be answered for this time or merchant are not asked."""
    able, verdicts = _able(catalogue, names, asked)
    needs = catalogue.needs(able, with_assertions=True)
    build(engine, catalogue, needs, stores, asked, frozenset(able))
    return verdicts + [
        _asserted(engine, catalogue.models[name], *said) for name in able for said in laws(catalogue.models[name])
    ]


def built(engine: Engine, catalogue: Catalogue, names: Sequence[str], stores: Stores, asked: Asked) -> list[Built]:
    """Compute models one by one and count their rows; what several read is computed once.

    Raises:
      NotKnownThen: One of them cannot be answered for that time.
      TableUnknown: One of them is not the merchant's.
    """
    needs = catalogue.needs(names)
    build(engine, catalogue, msgspec.structs.replace(needs, models=()), stores, asked)
    found = []
    for name in (model.name for model in needs.models):
        started = perf_counter()
        model = catalogue.models[name]
        build(
            engine,
            catalogue,
            msgspec.structs.replace(needs, sources={}, models=(model,)),
            stores,
            asked,
            frozenset([name]),
        )
        [(rows,)] = engine.rows(f"select count(*) from {name}")
        found.append(Built(name, int(rows), round((perf_counter() - started) * 1000)))
    return [one for one in found if one.model in names]


def laws(model: Model) -> list[tuple[str, str]]:
    """Give what must be true of a model: that its key is one, and what it asserts itself."""
    key = ", ".join(f'"{name}"' for name in model.key)
    unique = f'select {key} from "{model.name}" group by {key} having count(*) > 1'
    return [(f"{', '.join(model.key)} stand once", unique), *((a.says, a.sql) for a in model.assertions)]


def _able(catalogue: Catalogue, names: Iterable[str], asked: Asked) -> tuple[list[str], list[Verdict]]:
    able, verdicts = [], []
    for name in names:
        try:
            refuse_unanswered(catalogue.needs([name], with_assertions=True), asked)
            able.append(name)
        except MartProblem as problem:
            verdicts.append(Verdict(name, "all of it", "not asked", why=f"{problem.where}: {problem.found}"))
    return able, verdicts


def _asserted(engine: Engine, model: Model, says: str, sql: str) -> Verdict:
    counted = f"select count(*) from ({sql}) as found"
    [(found,)] = engine.rows(counted)
    shown = tuple(engine.rows(f"select * from ({sql}) as found limit {SHOWN}")) if found else ()
    return Verdict(model.name, says, "false" if found else "true", int(found), shown)
