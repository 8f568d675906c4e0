"""The stamp on every output: what was asked, as known when, of what, by whom, and what the rows hash to.

Everything that decides the rows is in it, so that the same stamp can be asked for again: report, hash of the text of
its questions, parameters, as-of, known-at. Who asked and when is in it too, and in no hash.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec

from recoup.domain.canonical import canonical
from recoup.domain.ids import derive
from recoup.reports.answers import Answer, whole_hash
from recoup.reports.library import Report, digest

_RULES = ("domain", "ledger", "marts", "matching", "compliance")
_RULE_FOLDERS = ("tables", "rules", "models")
_RULE_ENDINGS = (".csv", ".toml", ".sql")


class AnswerStamp(msgspec.Struct, frozen=True):
    """One question and its answer."""

    question: str
    query_hash: str
    tables: tuple[str, ...]
    heads: tuple[str, ...]
    rows: int
    sums: Mapping[str, Mapping[str, int]]
    """Per column of amounts and currency, minor units."""
    rows_hash: str


class HowAsked(msgspec.Struct, frozen=True):
    """One asking of a report: everything that decides its rows, and who asked when. Instants in microseconds UTC."""

    parameters: Mapping[str, str | None]
    as_of: int
    known_at: int
    made_at: int
    made_by: str
    version: str
    slot_at: int | None = None
    """The time of the schedule that it is for."""


class Stamp(msgspec.Struct, frozen=True):
    """What stands on an output."""

    run: str
    report: str
    title: str
    asked: HowAsked
    query_hash: str
    answers: tuple[AnswerStamp, ...]
    rows: int
    rows_hash: str
    tables_hash: str
    """Of all tables of rules."""
    tables: Mapping[str, str]
    """Each table of rules, by the beginning of its hash."""


def stamped(report: Report, asked: HowAsked, answers: tuple[Answer, ...]) -> Stamp:
    """Give the stamp of one run."""
    found = whole_hash(answers)
    tables = rule_tables()
    key = asked.slot_at if asked.slot_at is not None else f"{asked.made_at} {asked.made_by}"
    return Stamp(
        run=run_id(report.name, asked.parameters, key),
        report=report.name,
        title=report.definition.title,
        asked=asked,
        query_hash=report.query_hash,
        answers=tuple(_answer(answer) for answer in answers),
        rows=sum(len(answer.values) for answer in answers),
        rows_hash=found,
        tables_hash=digest(f"{name} {version}" for name, version in tables.items()),
        tables={name: version[:12] for name, version in tables.items()},
    )


def run_id(report: str, parameters: Mapping[str, str | None], key: int | str) -> str:
    """Give the id of a run: for a time of a schedule, or for one asking of one person."""
    return derive("run", report, canonical(dict(parameters)), key)


@cache
def rule_tables() -> Mapping[str, str]:
    """Give SHA-256 of every table of rules that ships with Recoup, by room and name."""
    package = resources.files("recoup")
    folders = [(room, package / room / folder) for room in _RULES for folder in _RULE_FOLDERS]
    files = [(room, file) for room, folder in folders if folder.is_dir() for file in _files(folder)]
    return {f"{room}/{file.name}": hashlib.sha256(file.read_bytes()).hexdigest() for room, file in files}


def _files(folder: Traversable) -> Iterator[Traversable]:
    yield from sorted((file for file in folder.iterdir() if file.name.endswith(_RULE_ENDINGS)), key=lambda f: f.name)


def _answer(answer: Answer) -> AnswerStamp:
    question = answer.question
    query_hash = digest(iter([question.text]))
    return AnswerStamp(
        question.name, query_hash, question.tables, answer.heads, len(answer.values), answer.sums, answer.rows_hash
    )
