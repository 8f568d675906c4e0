"""`contract.toml`: what was agreed with a partner about one account, read and checked.

The file beside a partner's mapping is an example to copy into a home; nothing applies it by
itself. A file holds one `[[contract]]` per span of days, each with the fields of
`recoup.domain.terms.Terms`. All that is wrong stops the reading, with file and place: a wrong
fee would be a wrong claim.
"""

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec

from recoup.domain.instants import parse_day
from recoup.domain.money import check_currency
from recoup.domain.tables import calendars
from recoup.domain.terms import Terms
from recoup.errors import RecoupError, SetupInvalid

_TIME = re.compile(r"[0-9]{1,3}:[0-5][0-9]")
_REMEDY = "Mend the file; an example lies in the partner's folder."


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    contract: tuple[Terms, ...]


def read_terms(text: str, where: str) -> tuple[Terms, ...]:
    """Give the terms that a `contract.toml` states, in order of their first day.

    Args:
      text: The file's text. Days are TOML dates or ISO text.
      where: The file's name for messages.
    Raises:
      SetupInvalid: Not TOML, a field that terms do not have, or values that do not hold together.
    """
    try:
        stated = msgspec.convert(_days_as_text(tomllib.loads(text)), _File).contract
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SetupInvalid(where, str(error), "[[contract]] with the fields of terms", _REMEDY) from error
    for number, terms in enumerate(stated, start=1):
        for found, wanted in _problems(terms):
            raise SetupInvalid(f"{where}, contract {number}", found, wanted, _REMEDY)
    ordered = tuple(sorted(stated, key=lambda terms: terms.valid_from))
    for earlier, later in pairwise(ordered):
        if earlier.valid_to is None or later.valid_from < earlier.valid_to:
            found = f"terms from {earlier.valid_from} that still hold on {later.valid_from}"
            raise SetupInvalid(where, found, "one set of terms on any day: end one where the next begins", _REMEDY)
    return ordered


def _days_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _days_as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_days_as_text(inner) for inner in value]
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    return value


def _problems(terms: Terms) -> Iterator[tuple[str, str]]:
    yield from _span_problems(terms)
    yield from _fee_problems(terms)
    if terms.calendar not in {span.calendar for span in calendars()}:
        yield f"calendar {terms.calendar!r}", f"one of {', '.join(sorted(span.calendar for span in calendars()))}"
    if not _TIME.fullmatch(terms.cut_off):
        yield f"cut_off {terms.cut_off!r}", "hours and minutes, like 36:00"
    for name in terms.days.__struct_fields__:
        days = getattr(terms.days, name)
        if days is not None and days < 0:
            yield f"days.{name} {days}", "0 or more"
    for schedule in terms.schedules:
        if not _TIME.fullmatch(schedule.due_time) or schedule.due_time.rjust(5, "0") > "23:59":
            yield f"due_time {schedule.due_time!r} of {schedule.feed}", "a time of day, like 06:30"


def _span_problems(terms: Terms) -> Iterator[tuple[str, str]]:
    for name, day in (("valid_from", terms.valid_from), ("valid_to", terms.valid_to)):
        if day is not None and not _is_day(day):
            yield f"{name} {day!r}", "a day, like 2026-01-31"
    if terms.valid_to is not None and terms.valid_to <= terms.valid_from:
        yield f"valid_to {terms.valid_to}", f"a day after {terms.valid_from}; the last day is not included"


def _is_day(text: str) -> bool:
    try:
        parse_day(text)
    except RecoupError:
        return False
    return True


def _fee_problems(terms: Terms) -> Iterator[tuple[str, str]]:
    kinds = [fee.kind for fee in terms.fees]
    for kind in sorted({kind for kind in kinds if kinds.count(kind) > 1}):
        yield f"fee {kind} twice", "each kind of fee once"
    for fee in terms.fees:
        if (fee.amount_minor is None) != (fee.currency is None):
            yield f"fee {fee.kind} with amount or currency alone", "both or neither"
        if fee.amount_minor is not None and fee.amount_minor < 0:
            yield f"fee {fee.kind} of {fee.amount_minor}", "a cost, 0 or more, in minor units"
        if fee.currency is not None and not _is_currency(fee.currency):
            yield f"currency {fee.currency!r} of fee {fee.kind}", "a code of ISO 4217"


def _is_currency(code: str) -> bool:
    try:
        check_currency(code)
    except RecoupError:
        return False
    return True
