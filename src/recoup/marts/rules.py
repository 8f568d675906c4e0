"""Sources made from the tables of rules: reason codes, clocks, calendars, programmes, currencies, moves.

They ship with Recoup and are the same in every home and at any known-at; `valid_from` and `valid_to` say when a rule
holds. A row of grade V was read in a primary text; others inform.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import msgspec

from recoup.domain import tables
from recoup.domain.rows import (
    AchReturnCode,
    CalendarDay,
    CalendarSpan,
    Currency,
    MonitoringFee,
    MonitoringProgram,
    MonitoringThreshold,
    ReasonCode,
    RegulationClock,
    SepaReasonCode,
    StageClock,
    UnitRule,
)
from recoup.marts.column_words import UNITS, WORDS
from recoup.marts.scorecard_figures import Figure, figures
from recoup.marts.source import SHIPPED, Asked, Column, Row, Source, SqlType, made
from recoup.storage.register import View

_TABLES: Mapping[str, tuple[type[msgspec.Struct], str, tuple[str, ...]]] = {
    "reason_codes": (ReasonCode, "A network's reason code in one span of time.", ("network", "code", "valid_from")),
    "stage_clocks": (StageClock, "What is owed at a stage of a scheme, by whom, from when, for how long.", ("id",)),
    "ach_return_codes": (AchReturnCode, "A return code of the ACH network with its window.", ("code", "valid_from")),
    "sepa_reason_codes": (SepaReasonCode, "A reason code of SEPA direct debit.", ("code", "valid_from")),
    "regulation_clocks": (RegulationClock, "A length of time that law gives to someone.", ("id",)),
    "monitoring_programs": (MonitoringProgram, "One tier of a programme that watches rates.", ("id",)),
    "monitoring_thresholds": (
        MonitoringThreshold,
        "One test of a programme's tier; all tests of one region and condition must hold.",
        ("program", "measure", "operator", "currency", "region", "condition"),
    ),
    "monitoring_fees": (
        MonitoringFee,
        "What a tier costs in the nth month in it, in one currency.",
        ("program", "month_from", "currency", "per"),
    ),
    "calendars": (CalendarSpan, "A calendar of business days, its zone and the years it covers.", ("calendar",)),
    "calendar_days": (CalendarDay, "A weekday on which a calendar's institutions are closed.", ("calendar", "day")),
    "currencies": (Currency, "A code of ISO 4217 in force.", ("code",)),
    "unit_rules": (
        UnitRule,
        "A partner's own number of decimals for a currency, on one feed or on all (*).",
        ("partner", "feed", "currency", "valid_from"),
    ),
}
_TYPES: Mapping[type, SqlType] = {int: "BIGINT", bool: "BOOLEAN", dt.date: "DATE", str: "VARCHAR"}


def rule_sources() -> tuple[Source, ...]:
    """Give the sources of this file."""
    plain = (_of_table(name, *said) for name, said in _TABLES.items())
    return (*plain, _reason_names(), _moves(), _figures())


def _of_table(name: str, row: type[msgspec.Struct], grain: str, key: tuple[str, ...]) -> Source:
    return _of_rows(name, row, grain, key, tables.TABLES[name])


def _figures() -> Source:
    grain = "One figure of a partner's scorecard: what is counted, of what, and from which limit on."
    return _of_rows("scorecard_figures", Figure, grain, ("figure",), figures)


def _of_rows(
    name: str,
    row: type[msgspec.Struct],
    grain: str,
    key: tuple[str, ...],
    table: Callable[[], tuple[msgspec.Struct, ...]],
) -> Source:
    columns = tuple(
        Column(field.name, _type(field.type), _says(name, field.name), UNITS.get(field.name, ""))
        for field in msgspec.structs.fields(row)
    )
    return _source(name, grain, key, columns, partial(_rows, table))


def _source(
    name: str, grain: str, key: tuple[str, ...], columns: tuple[Column, ...], rows: Callable[[], Iterator[Row]]
) -> Source:
    def asked(_view: View, _asked: Asked) -> Iterator[Row]:
        return rows()

    return Source(name, name, grain, key, columns, "rules", SHIPPED, made(asked), "public")


def _rows(table: Callable[[], tuple[msgspec.Struct, ...]]) -> Iterator[Row]:
    for row in table():
        yield tuple(_plain(value) for value in msgspec.structs.astuple(row))


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def _type(kind: Any) -> SqlType:
    """Give the type of a cell: the one beside None, and text for a word of a closed list."""
    if kind in _TYPES:
        return _TYPES[kind]
    options = [option for option in get_args(kind) if option is not NoneType]
    return "VARCHAR" if get_origin(kind) is Literal else _type(options[0])


def _says(table: str, name: str) -> str:
    return WORDS.get(f"{table}.{name}") or WORDS.get(name, "")


# --- names of reason codes ------------------------------------------------------------------

_ALSO_AMEX = "amex_intl"


def _reason_names() -> Source:
    names = ("network", "name", "code", "category")
    columns = tuple(Column(name, "VARCHAR", _says("reason_names", name)) for name in names)
    return _source(
        "reason_names",
        "One name of a network's reason code, an alias among them, with what it means now.",
        ("network", "name"),
        columns,
        _reason_name_rows,
    )


def _reason_name_rows() -> Iterator[Row]:
    """Give each name once; Amex's codes of the rest of the world count where its own list has none of the name."""
    found: dict[tuple[str, str], Row] = {}
    for row in sorted(tables.reason_codes(), key=lambda row: (row.network == _ALSO_AMEX, row.valid_to is not None)):
        for name in (row.code, *(row.aliases or "").split()):
            for network in (row.network, *(("amex",) if row.network == _ALSO_AMEX else ())):
                found.setdefault((network, name), (network, name, row.code, row.category))
    yield from (found[key] for key in sorted(found))


# --- moves ----------------------------------------------------------------------------------


def _moves() -> Source:
    names = ("stage", "turn", "outcome", "finality", "from_stages", "from_outcomes", "note")
    columns = (
        Column("move", "VARCHAR", _says("moves", "move")),
        Column("rank", "BIGINT", _says("moves", "rank")),
        *(Column(name, "VARCHAR", _says("moves", name)) for name in names),
    )
    return _source("moves", "A step that a dispute can take.", ("move",), columns, _move_rows)


def _move_rows() -> Iterator[Row]:
    for move in tables.moves().values():
        leads = (move.name, move.rank, move.stage, move.turn, move.outcome, move.finality)
        yield (*leads, " ".join(sorted(move.from_stages)), " ".join(sorted(move.from_outcomes)), move.note)
