"""A scorecard with the evidence behind each figure: a report of one partner and month, one question per figure.

The figures are those of the report `partner_scorecard` of the pack. What counts in each is asked once for all of them,
since it is computed from the same models; every question stands in the stamp for itself and can be asked again alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from recoup.enquiry.sql import Home
from recoup.marts.catalogue import read_catalogue
from recoup.marts.scorecard_figures import Figure, figures
from recoup.marts.source import Asked
from recoup.reports.answers import Answer, answer, answered
from recoup.reports.definition import FORMATS, Definition, Parameter, TableOf
from recoup.reports.library import MODELS, Report, read_named
from recoup.reports.making import Asking
from recoup.reports.outputs import Run
from recoup.reports.parameters import Known, Moment, chosen, literals, sample
from recoup.reports.questions import Desk, Question, read_question
from recoup.reports.stamp import HowAsked, stamped
from recoup.storage.register import View

NAME = "scorecard_evidence"
CARD = "partner_scorecard"
SUMMARY = ("figures", "money")
"""Questions of the pack's report that stand before the evidence."""
_FILE = Path(__file__).with_name(f"{NAME}.sql")
_ONE = "e.figure = 'file_late'"
"""What the file asks for; a figure's own question asks for another, and the one for all for any."""


def evidence_report(home: Path, counting: Iterable[str]) -> Report:
    """Give the report of a scorecard with the evidence of some figures, in the order of scorecards."""
    pack = read_named(home, CARD)
    wanted = set(counting)
    shown = [figure for figure in figures() if figure.figure in wanted]
    parameter = tuple(
        msgspec.structs.replace(one, default=None) if one.name == "partner" else one
        for one in pack.definition.parameter
    )
    desk = Desk(read_catalogue(home / MODELS), literals(parameter, sample(parameter), Moment(0, 0, "UTC")))
    text = _FILE.read_text(encoding="utf-8")
    questions = (
        *(pack.question(name) for name in SUMMARY),
        *(read_question(f.figure, _of(text, f.figure), desk, _FILE.name) for f in shown),
    )
    return Report(NAME, _FILE.name, False, _definition(parameter, shown), questions)


def make_evidence(view: View, report: Report, asking: Asking, home: Home, known: Known) -> Run:
    """Make it.

    Raises:
      ParameterRefused: The partner, account or month is none.
      ReportRefused: It gives more than a report may hold.
    """
    moment = Moment(asking.as_of, asking.as_of, report.definition.zone)
    values = chosen(report.definition.parameter, asking.given, moment, known)
    constants = literals(report.definition.parameter, values, moment)
    told = Asked(asking.as_of)
    answers = [answer(view, report.question(name), constants, home, told) for name in SUMMARY]
    answers += _evidence(view, report, constants, home, told)
    how = HowAsked(
        parameters=values,
        as_of=asking.as_of,
        known_at=asking.as_of,
        made_at=asking.made_at,
        made_by=asking.made_by,
        version=asking.version,
    )
    return Run(report, tuple(answers), stamped(report, how, tuple(answers)))


def _evidence(view: View, report: Report, constants: Mapping[str, str], home: Home, told: Asked) -> list[Answer]:
    """Ask for what counts in all figures at once, and give each figure its rows."""
    asked = [question for question in report.questions if question.name not in SUMMARY]
    if not asked:
        return []
    every = msgspec.structs.replace(asked[0], name=NAME, text=_FILE.read_text(encoding="utf-8").replace(_ONE, "true"))
    found = answer(view, every, constants, home, told)
    names = [column.name for column in every.columns]
    return [_of_figure(question, found.values, names.index("figure")) for question in asked]


def _of_figure(question: Question, rows: Sequence[tuple[object, ...]], at: int) -> Answer:
    return answered(question, [row for row in rows if row[at] == question.name])


def _of(text: str, figure: str) -> str:
    return text.replace(_ONE, _ONE.replace("file_late", figure))


def _definition(parameter: tuple[Parameter, ...], shown: Sequence[Figure]) -> Definition:
    sections = (
        TableOf("figures", "Scorecard"),
        TableOf("money", "Money in question"),
        *(TableOf(figure.figure, figure.title, note=figure.note) for figure in shown),
    )
    about = "A partner's scorecard, and what counts in each figure: file, record, amount, break."
    return Definition(
        "Scorecard with evidence", about, "partners", sections, landscape=True, formats=FORMATS, parameter=parameter
    )
