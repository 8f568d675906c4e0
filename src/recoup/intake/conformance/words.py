"""Words of a vocabulary mean words of ours: a meaning that no table of ours has would be taken for nothing.

Looked at where a mapping in SQL shows which vocabulary gives which column: a `move` is one of the table of moves, a
`kind`, a `nature` and a `leg` are of those there are. What a mapping in Python does with a vocabulary shows only in
its readings, and is held to by the other checks.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import get_args

import sqlglot
from sqlglot import exp

from recoup.domain import tables
from recoup.domain.legs import LegKind
from recoup.domain.money_line import LineKind
from recoup.domain.observation import Kind, Nature
from recoup.intake.conformance.bench import Bench
from recoup.intake.conformance.looked import Looked
from recoup.partners.contract import TableFeed

MEANING = "meaning"
_UNKNOWN = frozenset({"unknown"})
_NO_ROW = frozenset({"silent", "head", "total"})
"""What a mapping answers to by taking no row of it."""
_NEAREST_SHOWN = 3


def look_at_words(bench: Bench, looked: Looked) -> None:
    """Each meaning that becomes a move, a kind, a nature or a leg is one that there is."""
    codes = bench.partner.codes
    for feed in bench.partner.feeds.values():
        if not isinstance(feed, TableFeed):
            continue
        for makes, sql in ((feed.makes, feed.sql), *feed.also.items()):
            for column, vocabulary in sorted(vocabularies_of(sql)):
                known = _words(makes, column)
                for code in sorted(codes.known(vocabulary)) if known else ():
                    told = codes.meaning(vocabulary, code)
                    is_word = told is None or told in known | _NO_ROW
                    looked.at(is_word, _otherwise(vocabulary, code, told, column, known))


def vocabularies_of(sql: str) -> set[tuple[str, str]]:
    """Give (column, vocabulary) for each column of a mapping whose values are meanings of a vocabulary."""
    statement = sqlglot.parse_one(sql, read="duckdb")
    named: dict[str, set[str]] = {}
    for select in reversed(list(statement.find_all(exp.Select))):  # those within others come first
        inner = dict(named)
        for projection in select.expressions:
            found = {word for value in _values(projection) for word in _told(value, inner)}
            if projection.alias_or_name:
                named[projection.alias_or_name] = named.get(projection.alias_or_name, set()) | found
    return {(column, word) for column, words in named.items() for word in words}


def _words(makes: str, column: str) -> frozenset[str]:
    """Give the words that a column may have; nothing where it may have any."""
    if makes == "money_line":
        return frozenset(get_args(LineKind)) | _UNKNOWN if column == "kind" else frozenset()
    of_observation: Mapping[str, frozenset[str]] = {
        "move": frozenset(tables.moves()) | _UNKNOWN,
        "kind": frozenset(get_args(Kind)),
        "nature": frozenset(get_args(Nature)),
        "leg": frozenset(get_args(LegKind)),
    }
    return of_observation.get(column, frozenset()) if makes == "observation" else frozenset()


def _values(told: exp.Expression) -> Iterator[exp.Expression]:
    """Give what may be the value of an expression: of a case its results, and not its conditions."""
    if isinstance(told, exp.Alias | exp.Paren | exp.Cast):
        yield from _values(told.this)
    elif isinstance(told, exp.Coalesce):
        for inner in (told.this, *told.expressions):
            yield from _values(inner)
    elif isinstance(told, exp.Case):
        for branch in told.args.get("ifs") or ():
            yield from _values(branch.args["true"])
        if (otherwise := told.args.get("default")) is not None:
            yield from _values(otherwise)
    else:
        yield told


def _told(value: exp.Expression, named: Mapping[str, set[str]]) -> set[str]:
    if isinstance(value, exp.Column):
        return named.get(value.name, set())
    if not (isinstance(value, exp.Anonymous) and value.name.lower() == MEANING and value.expressions):
        return set()
    first = value.expressions[0]
    return {first.name} if isinstance(first, exp.Literal) else set()


def _otherwise(vocabulary: str, code: str, told: str | None, column: str, known: frozenset[str]) -> str:
    near = get_close_matches(told or "", known, _NEAREST_SHOWN) or sorted(known)
    shown = ", ".join(near[:_NEAREST_SHOWN]) + (", ..." if len(near) > _NEAREST_SHOWN else "")
    return (
        f"codes.csv: {vocabulary},{code} means {told!r}, which is no {column}; wanted one of {shown}. "
        "Put that, or leave the row out: the word is unknown then, and said to be."
    )
