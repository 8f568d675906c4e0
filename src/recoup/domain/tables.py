"""The rule tables: opened here and nowhere else, each once, on first use, and checked whole.

A row that does not hold together stops the program with file, line, what was found and what was
wanted: a table of rules is part of the program. Each table is called to get its rows
(`reason_codes()`), or reads given text (`reason_codes.read(text)`). The types are in `rows.py`;
`clocks.py`, `calendar.py`, `money.py` and `codes.py` are where rows become answers.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import msgspec

from recoup.domain.lifecycle import STAGES, Move, read_moves
from recoup.domain.rows import (
    DATABLE,
    AchReturnCode,
    CalendarDay,
    CalendarSpan,
    Currency,
    Dated,
    MonitoringFee,
    MonitoringProgram,
    MonitoringThreshold,
    ReasonCode,
    RegulationClock,
    Row,
    SepaReasonCode,
    StageClock,
    UnitRule,
    Untyped,
)
from recoup.domain.table import Problem, R, Table
from recoup.errors import TableInvalid

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FOLDER = Path(__file__).with_suffix("")


def file_text(name: str) -> str:
    """Give the text of a file in `tables/`, UTF-8."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def _check_days(row: Dated) -> Iterator[Problem]:
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        yield f"valid_to {row.valid_to} before valid_from {row.valid_from}", "a span of days"


def _check_length(unit: str | None, length: int | None) -> Iterator[Problem]:
    if length is not None and length <= 0:
        yield f"length {length}", "more than 0"
    needs_length = unit in DATABLE or unit in ("days", "billing_cycles")
    if (length is not None) != needs_length:
        yield f"length {length} with unit {unit}", "a length where the unit counts, and only there"


def _check_calendar(calendar: str | None, unit: str) -> Iterator[Problem]:
    if calendar is not None and calendar not in _calendar_names():
        yield f"calendar {calendar}", f"one of {', '.join(sorted(_calendar_names()))}"
    if unit in ("banking_days", "interbank_days", "working_days") and calendar is None:
        yield f"no calendar for {unit}", "a calendar"


def _check_currency(row: Currency) -> Iterator[Problem]:
    if not (len(row.code) == 3 and row.code.isascii() and row.code.isalpha() and row.code.isupper()):
        yield f"code {row.code}", "three capital letters"
    if not (len(row.numeric) == 3 and row.numeric.isascii() and row.numeric.isdigit()):
        yield f"numeric {row.numeric}", "three digits"
    if (row.exponent is None) != (row.kind not in ("money", "fund")):
        yield f"exponent {row.exponent} for kind {row.kind}", "an exponent for money and funds, and only there"
    if row.exponent is not None and not 0 <= row.exponent <= 4:
        yield f"exponent {row.exponent}", "0 to 4"


def _check_unit_rule(row: UnitRule) -> Iterator[Problem]:
    yield from _check_days(row)
    yield from _check_usable(row.currency)
    if not 0 <= row.exponent <= 4:
        yield f"exponent {row.exponent}", "0 to 4"


def _check_usable(currency: str) -> Iterator[Problem]:
    if currency not in _money_codes():
        yield f"currency {currency}", "a currency of ISO 4217 with an exponent"


def _check_reason_code(row: ReasonCode) -> Iterator[Problem]:
    yield from _check_days(row)
    if row.filing_days is not None and row.filing_days <= 0:
        yield f"filing_days {row.filing_days}", "more than 0"
    if row.response_length is not None or row.response_unit is not None:
        yield from _check_length(row.response_unit, row.response_length)
    if (row.filing_days is None) != (row.filing_grade is None):
        yield "filing_days without filing_grade, or the reverse", "both or neither"
    if (row.response_length is None) != (row.response_grade is None):
        yield "response_length without response_grade, or the reverse", "both or neither"
    if row.successor == row.code:
        yield f"successor {row.successor}", "another code"


def _check_stage_clock(row: StageClock) -> Iterator[Problem]:
    yield from _check_days(row)
    yield from _check_length(row.unit, row.length)
    yield from _check_calendar(row.calendar, row.unit)
    for stage in (row.at_stage, row.to_stage):
        if stage is not None and stage not in STAGES:
            yield f"stage {stage}", f"one of {', '.join(STAGES)}"
    if (row.alternative_length is None) != (row.alternative_unit is None):
        yield "alternative_length without alternative_unit, or the reverse", "both or neither"
    if row.level == "psp" and row.partner is None:
        yield "level psp without partner", "the partner that sets the limit"


def _check_ach(row: AchReturnCode) -> Iterator[Problem]:
    yield from _check_days(row)
    if row.window_length is not None or row.window_unit is not None:
        yield from _check_length(row.window_unit, row.window_length)


def _check_regulation(row: RegulationClock) -> Iterator[Problem]:
    yield from _check_days(row)
    yield from _check_length(row.unit, row.length)
    yield from _check_calendar(row.calendar, row.unit)


def _check_threshold(row: MonitoringThreshold) -> Iterator[Problem]:
    yield from _check_program(row.program)
    if row.value <= 0 or row.months_in_a_row <= 0:
        yield f"value {row.value} over {row.months_in_a_row} months", "more than 0"
    if (row.currency is None) == (row.unit == "minor"):
        yield f"currency {row.currency} with unit {row.unit}", "a currency for money, and only there"
    if row.currency is not None:
        yield from _check_usable(row.currency)


def _check_fee(row: MonitoringFee) -> Iterator[Problem]:
    yield from _check_program(row.program)
    yield from _check_usable(row.currency)
    if row.amount_minor < 0 or row.month_from <= 0 or (row.month_to is not None and row.month_to < row.month_from):
        yield f"{row.amount_minor} from month {row.month_from} to {row.month_to}", "an amount and a span of months"


def _check_program(program: str) -> Iterator[Problem]:
    if program not in _program_ids():
        yield f"program {program}", "an id of monitoring_programs.csv"


def _check_span(row: CalendarSpan) -> Iterator[Problem]:
    if not row.first_year <= row.last_published_year <= row.last_year:
        yield f"years {row.first_year}, {row.last_published_year}, {row.last_year}", "first, last published, last"
    if odd := sorted(set(row.weekend.split()).difference(_WEEKDAYS)):
        yield f"weekend {odd}", f"some of {' '.join(_WEEKDAYS)}"


def _check_calendar_day(row: CalendarDay) -> Iterator[Problem]:
    span = next((span for span in calendars() if span.calendar == row.calendar), None)
    if span is None:
        yield f"calendar {row.calendar}", "a calendar of calendars.csv"
    elif not span.first_year <= row.day.year <= span.last_year:
        yield f"day {row.day}", f"a day from {span.first_year} to {span.last_year}"


def _check_untyped(row: Untyped) -> Iterator[Problem]:
    if row.fact_row <= 0:
        yield f"fact_row {row.fact_row}", "1 or more"


def _table(name: str, row: type[R], key: Callable[[R], Hashable], check: Callable[[R], Iterator[Problem]]) -> Table[R]:
    return Table(name, row, key, check, file_text)


currencies = _table("currencies", Currency, lambda r: r.code, _check_currency)
unit_rules = _table("unit_rules", UnitRule, lambda r: (r.partner, r.feed, r.currency), _check_unit_rule)
reason_codes = _table("reason_codes", ReasonCode, lambda r: (r.network, r.code), _check_reason_code)
stage_clocks = _table("stage_clocks", StageClock, lambda r: r.id, _check_stage_clock)
ach_return_codes = _table("ach_return_codes", AchReturnCode, lambda r: r.code, _check_ach)
sepa_reason_codes = _table("sepa_reason_codes", SepaReasonCode, lambda r: r.code, _check_days)
monitoring_programs = _table("monitoring_programs", MonitoringProgram, lambda r: r.id, _check_days)
monitoring_thresholds = _table(
    "monitoring_thresholds",
    MonitoringThreshold,
    lambda r: (r.program, r.measure, r.operator, r.currency, r.region, r.condition),
    _check_threshold,
)
monitoring_fees = _table(
    "monitoring_fees", MonitoringFee, lambda r: (r.program, r.month_from, r.currency, r.per), _check_fee
)
regulation_clocks = _table("regulation_clocks", RegulationClock, lambda r: r.id, _check_regulation)
calendars = _table("calendars", CalendarSpan, lambda r: r.calendar, _check_span)
calendar_days = _table("calendar_days", CalendarDay, lambda r: (r.calendar, r.day), _check_calendar_day)
untyped = _table("untyped", Untyped, lambda r: (r.table, r.fact_row, r.key, r.column, r.why), _check_untyped)

TABLES: Mapping[str, Callable[[], tuple[msgspec.Struct, ...]]] = MappingProxyType(
    {
        table.name: table
        for table in (
            currencies,
            unit_rules,
            reason_codes,
            stage_clocks,
            ach_return_codes,
            sepa_reason_codes,
            monitoring_programs,
            monitoring_thresholds,
            monitoring_fees,
            regulation_clocks,
            calendars,
            calendar_days,
            untyped,
        )
    }
)
"""Every table of typed rows by its name; `moves.csv` is read by `moves()`."""


@cache
def moves() -> Mapping[str, Move]:
    """Give the MOVES table by the name of the move, checked by `lifecycle.py`."""
    return MappingProxyType(read_moves(csv.DictReader(file_text("moves.csv").splitlines())))


class Checked(msgspec.Struct, frozen=True):
    """What a check of all tables found: rows per table, rows that are not verified per table, cells without a type."""

    rows: Mapping[str, int]
    unverified: Mapping[str, int]
    untyped: tuple[Untyped, ...]


def check_all() -> Checked:
    """Read and check every table, each alone and all against each other.

    Raises:
      TableInvalid: The first thing that does not hold together.
    """
    read = {name: table() for name, table in TABLES.items()}
    for where, found, wanted in _cross_problems():
        raise TableInvalid(where=where, found=found, wanted=wanted, remedy="Mend the table, then: recoup doctor.")
    return Checked(
        rows={name: len(rows) for name, rows in read.items()} | {"moves": len(moves())},
        unverified={name: n for name, rows in read.items() if (n := _count_unverified(rows))},
        untyped=untyped(),
    )


def _count_unverified(rows: Iterable[msgspec.Struct]) -> int:
    return sum(isinstance(row, Row) and not row.is_verified for row in rows)


def _cross_problems() -> Iterator[tuple[str, str, str]]:
    yield from successor_problems(reason_codes())
    yield from alias_problems(reason_codes())
    yield from pattern_problems(stage_clocks(), _codes_by_network())
    for row in untyped():
        if row.table not in TABLES:
            yield f"untyped.csv, {row.key}", f"table {row.table}", "the name of a table"


def successor_problems(reasons: Iterable[ReasonCode]) -> Iterator[tuple[str, str, str]]:
    """Tell of successors that are no code of the same network: (where, found, wanted)."""
    rows = tuple(reasons)
    known = {(row.network, row.code) for row in rows}
    for row in rows:
        if row.successor is not None and (row.network, row.successor) not in known:
            yield f"reason_codes.csv, {row.network} {row.code}", f"successor {row.successor}", "a code of the network"


def alias_problems(reasons: Iterable[ReasonCode]) -> Iterator[tuple[str, str, str]]:
    """Tell of aliases that name two codes of a network, or a code beside their own: (where, found, wanted)."""
    named: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in reasons:
        for name in (row.code, *(row.aliases or "").split()):
            named[row.network, name].add(row.code)
    for (network, name), codes in named.items():
        if len(codes) > 1:
            yield f"reason_codes.csv, {network}", f"{name} names {', '.join(sorted(codes))}", "each name for one code"


def pattern_problems(
    clocks: Iterable[StageClock], known: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, str, str]]:
    """Tell of code patterns of clocks that fit no code of their network: (where, found, wanted)."""
    for clock in clocks:
        for pattern in (clock.codes or "").split():
            if not any(covers(pattern, code) for code in known.get(clock.network, ())):
                yield f"stage_clocks.csv, {clock.id}", f"codes {pattern}", f"a code of {clock.network}"


def _codes_by_network() -> dict[str, list[str]]:
    known = {network: [row.code for row in sepa_reason_codes()] for network in ("sepa", "sepa_core", "sepa_b2b")}
    known["ach"] = [row.code for row in ach_return_codes()]
    for row in reason_codes():
        known.setdefault(row.network, []).append(row.code)
    return known


def covers(pattern: str, code: str) -> bool:
    """Say whether a code is the pattern, or begins as a pattern ending in `*` does."""
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


@cache
def _calendar_names() -> frozenset[str]:
    return frozenset(span.calendar for span in calendars())


@cache
def _money_codes() -> frozenset[str]:
    return frozenset(row.code for row in currencies() if row.exponent is not None)


@cache
def _program_ids() -> frozenset[str]:
    return frozenset(row.id for row in monitoring_programs())
