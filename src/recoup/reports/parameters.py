"""What is chosen for one run, from words to values, and what each value gives to the questions. Pure.

A day `$day` also gives `$day_from` and `$day_to`, the instants between which it lies in the report's zone. A month
gives `$month` as text, `$month_first` and `$month_next` as days, `$month_from` and `$month_to` as instants. What is
left open is NULL. Always there: `$as_of`, `$known_at` and `$as_of_on`.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from recoup.domain.instants import day_start, local_day, parse_day, render_instant
from recoup.domain.money import check_currency
from recoup.errors import InstantRefused, MoneyRefused, ParameterRefused
from recoup.reports.definition import ALL, Parameter, ParameterType

ALWAYS = ("as_of", "known_at", "as_of_on")
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_ONE_DAY = dt.timedelta(days=1)
WANTED: Mapping[ParameterType, str] = {
    "day": "a day like 2026-02-28, today or yesterday",
    "month": "a month like 2026-02, this month or last month",
    "merchant": "a merchant of this home",
    "partner": "a partner that is installed",
    "account": "an account of this home",
    "currency": "a currency of ISO 4217 in capital letters",
}


class Known(msgspec.Struct, frozen=True):
    """What may be named in this home."""

    merchants: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()


class Moment(msgspec.Struct, frozen=True):
    """When is asked, and as known when. Microseconds UTC."""

    as_of: int
    known_at: int
    zone: str
    """Where days begin."""


def chosen(
    parameters: tuple[Parameter, ...], given: Mapping[str, str], moment: Moment, known: Known
) -> dict[str, str | None]:
    """Settle the value of every parameter: a day and a month in digits, None for what is left open.

    Raises:
      ParameterRefused: One is not known, missing, or none of its type.
    """
    names = [parameter.name for parameter in parameters]
    if unknown := sorted(set(given) - set(names)):
        wanted = f"one of {', '.join(names)}" if names else "no parameter"
        raise ParameterRefused("--param", f"parameter {unknown[0]!r}", wanted, "See: recoup report show NAME.")
    return {parameter.name: _chosen(parameter, given.get(parameter.name), moment, known) for parameter in parameters}


def check_default(parameter: Parameter) -> None:
    """Look at a default without a home: whether words and digits are of its type.

    Raises:
      ParameterRefused: They are not.
    """
    if parameter.default is None:
        return
    anything = Known(*(frozenset({parameter.default}) for _ in range(3)))
    _chosen(parameter, None, Moment(0, 0, "UTC"), anything)


def literals(parameters: tuple[Parameter, ...], values: Mapping[str, str | None], moment: Moment) -> dict[str, str]:
    """Give everything that questions may read, by name, as SQL that is a constant."""
    found = {
        "as_of": _instant(moment.as_of),
        "known_at": _instant(moment.known_at),
        "as_of_on": _day(local_day(moment.as_of, moment.zone)),
    }
    for parameter in parameters:
        found.update(_literals(parameter, values[parameter.name], moment.zone))
    return found


def names_given(parameters: tuple[Parameter, ...]) -> frozenset[str]:
    """Give the names that questions may read."""
    moment = Moment(0, 0, "UTC")
    return frozenset(literals(parameters, sample(parameters), moment))


def sample(parameters: tuple[Parameter, ...]) -> dict[str, str | None]:
    """Give a value of its type to each parameter, to check questions with."""
    made: Mapping[str, str | None] = {"day": "2026-01-31", "month": "2026-01"}
    return {parameter.name: made.get(parameter.type) for parameter in parameters}


def _chosen(parameter: Parameter, given: str | None, moment: Moment, known: Known) -> str | None:
    text = parameter.default if given is None else given
    if text is None:
        raise _refused(parameter, "nothing", f"Give it: --param {parameter.name}=VALUE.")
    if text == ALL and parameter.type not in ("day", "month"):
        if parameter.default != ALL:
            raise _refused(parameter, repr(text))
        return None
    return _READ[parameter.type](parameter, text, moment, known)


def _read_day(parameter: Parameter, text: str, moment: Moment, _known: Known) -> str:
    today = local_day(moment.as_of, moment.zone)
    if text in ("today", "yesterday"):
        return str(today if text == "today" else today - _ONE_DAY)
    try:
        return str(parse_day(text))
    except InstantRefused as problem:
        raise _refused(parameter, repr(text[:40])) from problem


def _read_month(parameter: Parameter, text: str, moment: Moment, _known: Known) -> str:
    first = local_day(moment.as_of, moment.zone).replace(day=1)
    if text in ("this month", "last month"):
        return f"{first if text == 'this month' else first - _ONE_DAY:%Y-%m}"
    if not _MONTH.fullmatch(text):
        raise _refused(parameter, repr(text[:40]))
    return text


def _read_currency(parameter: Parameter, text: str, _moment: Moment, _known: Known) -> str:
    try:
        return check_currency(text)
    except MoneyRefused as problem:
        raise _refused(parameter, repr(text[:40])) from problem


def _read_known(parameter: Parameter, text: str, _moment: Moment, known: Known) -> str:
    names: frozenset[str] = getattr(known, f"{parameter.type}s")
    if text not in names:
        near = ", ".join(sorted(names)[:12]) or "there is none yet"
        raise _refused(parameter, repr(text[:60]), f"There are: {near}.")
    return text


_READ: Mapping[ParameterType, Callable[[Parameter, str, Moment, Known], str]] = {
    "day": _read_day,
    "month": _read_month,
    "currency": _read_currency,
    "merchant": _read_known,
    "partner": _read_known,
    "account": _read_known,
}


def _literals(parameter: Parameter, value: str | None, zone: str) -> Iterator[tuple[str, str]]:
    name = parameter.name
    if value is not None and parameter.type == "day":
        day = dt.date.fromisoformat(value)
        yield name, _day(day)
        yield from _between(name, day, day + _ONE_DAY, zone)
    elif value is not None and parameter.type == "month":
        first, after = month_bounds(value)
        yield name, _text(value)
        yield f"{name}_first", _day(first)
        yield f"{name}_next", _day(after)
        yield from _between(name, first, after, zone)
    else:
        yield name, _text(value)


def _between(name: str, first: dt.date, after: dt.date, zone: str) -> Iterator[tuple[str, str]]:
    yield f"{name}_from", _instant(day_start(first, zone))
    yield f"{name}_to", _instant(day_start(after, zone))


def month_bounds(month: str) -> tuple[dt.date, dt.date]:
    """Give the first day of a month and of the one after it."""
    first = dt.date.fromisoformat(f"{month}-01")
    return first, (first + 31 * _ONE_DAY).replace(day=1)


def _day(day: dt.date) -> str:
    return f"date '{day}'"


def _instant(at: int) -> str:
    return f"timestamp '{render_instant(at)[:-1].replace('T', ' ')}'"


def _text(value: str | None) -> str:
    return "cast(null as varchar)" if value is None else "'" + value.replace("'", "''") + "'"


def _refused(parameter: Parameter, found: str, remedy: str = "") -> ParameterRefused:
    return ParameterRefused(f"parameter {parameter.name}", found, WANTED[parameter.type], remedy)
