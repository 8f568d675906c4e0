"""Every source and model by name, checked against each other: what reads what, in which order, which columns.

The models of Recoup lie in `models/`; a home may add its own in a folder `marts/`. A model that does not hold together
is refused with file, what was found and what was wanted, before anything runs.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType

import duckdb
import msgspec

from recoup.errors import ModelInvalid
from recoup.marts.model import Model, read_model
from recoup.marts.source import Source
from recoup.marts.sources import source_named, sources

BUILT_IN = Path(__file__).parent / "models"
OWN = "marts"
"""The folder of a home with models of its own."""
_REMEDY = "Mend the model, then: recoup marts list."
Table = Source | Model


class Needs(msgspec.Struct, frozen=True):
    """What must be there for some tables to be asked."""

    sources: Mapping[str, tuple[str, ...]]
    """Sources by name, with the columns that are read, in their order."""
    models: tuple[Model, ...]
    """In an order in which each stands after what it reads."""


class Catalogue:
    """Sources and models by name. A model is read when it is first asked for, since a query asks for few."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        """Take the files of models by name."""
        self._files = files
        self._read: dict[str, Model] = {}

    @cached_property
    def models(self) -> Mapping[str, Model]:
        """Every model, in an order in which each stands after what it reads.

        Raises:
          ModelInvalid: One of them does not hold together.
        """
        return MappingProxyType({model.name: model for model in self._ordered(self._files)})

    def named(self, name: str) -> Table | None:
        """Give the source or model of this name, in any case of letters; None where there is none."""
        wanted = name.lower()
        return source_named(wanted) or (self.model(wanted) if wanted in self._files else None)

    def names(self) -> list[str]:
        """Give the names of all sources and models."""
        return [*sources(), *self._files]

    def model(self, name: str) -> Model:
        """Give the model of this name.

        Raises:
          ModelInvalid: It does not hold together, or names a table that is none.
        """
        if name not in self._read:
            model = read_model(self._files[name])
            for read in (*model.reads, *model.asserts_on):
                _check_known(model, read, self._files)
            self._read[name] = model
        return self._read[name]

    def needs(self, wanted: Mapping[str, Sequence[str]] | Iterable[str], *, with_assertions: bool = False) -> Needs:
        """Give what some tables need.

        Args:
          wanted: Names of sources and models; of sources with their columns, where not all are wanted.
          with_assertions: Also what the assertions of these models read.
        Raises:
          ModelInvalid: A model among it does not hold together.
        """
        columns = wanted if isinstance(wanted, Mapping) else {}
        asserted = {name for name in wanted if name in self._files} if with_assertions else set()
        first = [name for name in wanted if name in self._files]
        first += [read for name in asserted for read in self.model(name).asserts_on if read in self._files]
        models = self._ordered(first)
        read: dict[str, set[str]] = {}
        for name in wanted:
            if (source := source_named(name)) is not None:
                read.setdefault(source.name, set()).update(columns.get(name, [c.name for c in source.columns]))
        for model in models:
            _note_reads(read, model, is_asserted=model.name in asserted)
        return Needs({name: _in_order(sources()[name], read[name]) for name in sources() if name in read}, models)

    def origins(self, name: str) -> tuple[str, ...]:
        """Give the sources that a table comes from, itself where it is one."""
        return tuple(self.needs([name]).sources)

    def _ordered(self, names: Iterable[str]) -> tuple[Model, ...]:
        """Give models and all that they read, each after what it reads."""
        graph: dict[str, list[str]] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in graph:
                graph[name] = [read for read in self.model(name).reads if read in self._files]
                waiting += graph[name]
        try:
            order = list(TopologicalSorter({name: graph[name] for name in sorted(graph)}).static_order())
        except CycleError as problem:
            circle = [str(name) for name in problem.args[1]]
            found = f"a circle: {' reads '.join(reversed(circle))}"
            wanted = "models that read only what is made before them"
            raise ModelInvalid(self.model(circle[0]).where, found, wanted, _REMEDY) from problem
        return tuple(self.model(name) for name in order)


def read_catalogue(*folders: Path) -> Catalogue:
    """Give the models of Recoup and those of further folders, such as a home's; folders that are not there have none.

    Raises:
      ModelInvalid: Two tables have one name.
    """
    files: dict[str, Path] = {}
    for folder in (BUILT_IN, *folders):
        for path in sorted(folder.glob("*.sql")):
            if path.stem in files or source_named(path.stem) is not None:
                raise ModelInvalid(path.name, f"another table named {path.stem}", "a name of its own", _REMEDY)
            files[path.stem] = path
    return Catalogue(files)


def check(catalogue: Catalogue, names: Iterable[str] | None = None) -> None:
    """Have the engine itself read models against empty tables: columns, their order and types are as the header says.

    Args:
      catalogue: Where they are.
      names: Which models, with what they read; None for all.
    Raises:
      ModelInvalid: The first that is not so.
    """
    needs = catalogue.needs(catalogue.models if names is None else names, with_assertions=True)
    with duckdb.connect() as connection:
        for name, columns in needs.sources.items():
            kinds = {column.name: column.kept_as for column in sources()[name].columns}
            declared = ", ".join(f'"{column}" {kinds[column]}' for column in columns)
            connection.execute(f'create table "{name}" ({declared})')
        for model in needs.models:
            _check(connection, model)
        for model in needs.models:
            if names is None or model.name in names:
                for assertion in model.assertions:
                    _described(connection, model, assertion.sql)


def _check(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    found = _described(connection, model, model.sql)
    wanted = [(column.name, column.kept_as) for column in model.columns]
    for place, (is_there, should_be) in enumerate(zip(found, wanted, strict=False), start=1):
        if is_there != should_be:
            raise ModelInvalid(f"{model.where} column {place}", " ".join(is_there), " ".join(should_be), _REMEDY)
    if len(found) != len(wanted):
        raise ModelInvalid(model.where, f"{len(found)} columns", f"{len(wanted)}, as the header names", _REMEDY)
    declared = ", ".join(f'"{name}" {kind}' for name, kind in wanted)
    connection.execute(f'create table "{model.name}" ({declared})')


def _described(connection: duckdb.DuckDBPyConnection, model: Model, sql: str) -> list[tuple[str, str]]:
    try:
        return [(row[0], row[1]) for row in connection.execute(f"describe {sql}").fetchall()]
    except duckdb.Error as problem:
        first = str(problem).strip().splitlines()[0]
        raise ModelInvalid(model.where, first[:200], "SQL over columns that there are", _REMEDY) from problem


def _check_known(model: Model, name: str, models: Container[str]) -> None:
    if name in models:
        return
    source = source_named(name)
    if source is None:
        raise ModelInvalid(model.where, f"the table {name!r}", "a source or model: recoup marts list", _REMEDY)
    if source.name != name:
        raise ModelInvalid(model.where, f"the table {name!r}", source.name, _REMEDY)


def _note_reads(read: dict[str, set[str]], model: Model, *, is_asserted: bool) -> None:
    """Note which names a model may mean by columns of the sources that it reads."""
    words = model.words | model.asserted_words if is_asserted else model.words
    for name in (*model.reads, *(model.asserts_on if is_asserted else ())):
        if (source := source_named(name)) is not None:
            read.setdefault(source.name, set()).update(words)


def _in_order(source: Source, names: set[str]) -> tuple[str, ...]:
    """Give the columns of a source among these names, at least one, as a table of none can be counted by no engine."""
    return tuple(c.name for c in source.columns if c.name in names) or (source.columns[0].name,)
