"""One run of a report: settle what is chosen, ask its questions, put the stamp on.

Reads: the data sources that its questions name, through `enquiry.sql`. Makes: a `Run`, which `outputs.write` writes
and `runs.record` keeps. The clock and the name of who asks are given.
"""

from collections.abc import Mapping

import msgspec
from sqlalchemy import func, select

from recoup.domain.instants import render_instant
from recoup.enquiry.sql import Home
from recoup.errors import ReportRefused
from recoup.marts.source import Asked
from recoup.reports.answers import answer
from recoup.reports.library import Report
from recoup.reports.outputs import Run
from recoup.reports.parameters import Known, Moment, chosen, literals
from recoup.reports.stamp import HowAsked, stamped
from recoup.storage.register import View
from recoup.storage.schema import account, delivery, dispute, merchant


class Asking(msgspec.Struct, frozen=True):
    """How a report is asked for. Instants in microseconds UTC."""

    as_of: int
    made_at: int
    made_by: str
    version: str
    given: Mapping[str, str] = {}
    """Parameters by name, as a person writes them."""
    known_at: int | None = None
    """None for all that is known."""
    slot_at: int | None = None


def make(view: View, report: Report, asking: Asking, partners: frozenset[str], home: Home) -> Run:
    """Make a report.

    Raises:
      ParameterRefused: A parameter is missing or is no value of its type.
      ReportRefused: It is asked as known at another time and cannot tell, or an answer is none.
    """
    if asking.known_at is not None:
        _refuse_silent(report, asking.known_at)
    known_at = asking.known_at if asking.known_at is not None else max(asking.as_of, _latest(view))
    moment = Moment(asking.as_of, known_at, report.definition.zone)
    parameters = report.definition.parameter
    values = chosen(parameters, asking.given, moment, known(view, partners))
    constants = literals(parameters, values, moment)
    told = Asked(asking.as_of, asking.known_at, _only_merchant(report, values))
    answers = tuple(answer(view, question, constants, home, told) for question in report.questions)
    asked = HowAsked(
        parameters=values,
        as_of=asking.as_of,
        known_at=known_at,
        made_at=asking.made_at,
        made_by=asking.made_by,
        version=asking.version,
        slot_at=asking.slot_at,
    )
    return Run(report, answers, stamped(report, asked, answers))


def _refuse_silent(report: Report, known_at: int) -> None:
    for question in report.questions:
        if question.silent:
            raise ReportRefused(
                f"{report.name} as known at {render_instant(known_at)}",
                f"{question.name}.sql knows only the present: {question.silent}",
                "no --known-at",
            )


def _only_merchant(report: Report, values: Mapping[str, str | None]) -> str | None:
    if not report.definition.only_merchant:
        return None
    return next(values[parameter.name] for parameter in report.definition.parameter if parameter.type == "merchant")


def known(view: View, partners: frozenset[str]) -> Known:
    """Give what parameters may name."""
    merchants = {row[0] for row in view.rows(select(merchant.c.merchant))}
    seen = {row[0] for row in view.rows(select(dispute.c.merchant).where(dispute.c.merchant.is_not(None)).distinct())}
    accounts = frozenset(row[0] for row in view.rows(select(account.c.account)))
    return Known(frozenset(merchants | seen), partners, accounts)


def _latest(view: View) -> int:
    """Give when the latest delivery landed: with `--as-of` in the past, more is known than was then."""
    found = view.rows(select(func.max(delivery.c.landed_at)))[0][0]
    return int(found) if found is not None else 0
