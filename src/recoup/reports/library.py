"""All reports there are: the pack that ships with Recoup, and the home's own in `reports/`, each checked whole.

A report that does not hold together stands in the list with what is wrong with it, and hinders no other.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from recoup.domain.instants import zone_of
from recoup.errors import InstantRefused, ParameterRefused, RecoupError, ReportInvalid, ReportUnknown
from recoup.marts.catalogue import Catalogue, read_catalogue
from recoup.reports.definition import FILE, Chart, Definition, Figures, Section, TableOf
from recoup.reports.listing import OWN, PACK, folders, read_definition
from recoup.reports.parameters import ALWAYS, Moment, check_default, literals, sample
from recoup.reports.questions import Desk, Question, read_question
from recoup.reports.schedule import check_schedule

MODELS = "marts"
"""The folder of a home with models of its own."""
NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
_FIGURE_COLUMNS = frozenset(("figure", "value", "amount_minor", "currency", "says", "tone"))


class Report(msgspec.Struct, frozen=True):
    """One report that may be made."""

    name: str
    place: str
    """Where it was read from."""
    is_own: bool
    definition: Definition
    questions: tuple[Question, ...]
    """In the order in which its sections ask them, each once."""

    @property
    def query_hash(self) -> str:
        """SHA-256 over the text of all its questions."""
        return digest(f"{question.name}\n{question.text}" for question in self.questions)

    @property
    def answers_known_at(self) -> bool:
        """Whether every question can be asked as we knew it at an instant."""
        return not any(question.silent for question in self.questions)

    def question(self, name: str) -> Question:
        """Give a question by its name."""
        return next(question for question in self.questions if question.name == name)


class Library(msgspec.Struct, frozen=True):
    """Reports by name, and what is wrong with those that cannot be made."""

    reports: Mapping[str, Report]
    problems: Mapping[str, RecoupError]


def read_library(home: Path, pack: Path = PACK) -> Library:
    """Give the reports that ship with Recoup and those in the home's folder `reports`."""
    catalogue = read_catalogue(home / MODELS)
    reports: dict[str, Report] = {}
    problems: dict[str, RecoupError] = {}
    for folder, is_own in _places(home, pack):
        try:
            _refuse_second(folder, {*reports, *problems})
            reports[folder.name] = read_report(folder, catalogue, is_own=is_own)
        except RecoupError as problem:
            problems[folder.name] = problem
            reports.pop(folder.name, None)
    return Library(reports, problems)


def read_named(home: Path, name: str, pack: Path = PACK) -> Report:
    """Give one report, without reading the others.

    Raises:
      ReportUnknown: There is none of this name.
      ReportInvalid: There is, and it does not hold together; or there are two.
    """
    places = _places(home, pack)
    found = [place for place in places if place[0].name == name]
    if not found:
        known = ", ".join(folder.name for folder, _ in places)
        raise ReportUnknown("", f"no report named {name[:60]!r}", f"one of {known}", "See: recoup report list.")
    for folder, _ in found[1:]:
        _refuse_second(folder, {name})
    folder, is_own = found[0]
    return read_report(folder, read_catalogue(home / MODELS), is_own=is_own)


def read_report(folder: Path, catalogue: Catalogue, *, is_own: bool) -> Report:
    """Read one report and check all of it.

    Raises:
      ReportInvalid: A key, column, parameter, question, calendar or format that does not exist, or two that clash.
    """
    place = f"{OWN if is_own else 'pack'}/{folder.name}"
    if not NAME.fullmatch(folder.name):
        raise ReportInvalid(place, f"the name {folder.name!r}", "small letters, digits and _, a letter first")
    where = f"{place}/{FILE}"
    definition = read_definition(folder)
    _check_words(definition, where)
    constants = literals(definition.parameter, sample(definition.parameter), Moment(0, 0, definition.zone))
    desk = Desk(catalogue, constants, definition.only_merchant)
    names = dict.fromkeys(section.question for section in definition.section)
    questions = tuple(_question(folder, place, name, desk) for name in names)
    report = Report(folder.name, place, is_own, definition, questions)
    for number, section in enumerate(definition.section, start=1):
        _check_section(report, section, f"{where}: section {number}")
    _check_all_used(folder, report, where)
    _check_known(report, where)
    return report


def digest(lines: Iterator[str]) -> str:
    """Give SHA-256 in hex over lines of text, none of which runs into the next."""
    found = hashlib.sha256()
    for line in lines:
        data = line.encode()
        found.update(b"%d:" % len(data) + data)
    return found.hexdigest()


def _places(home: Path, pack: Path) -> list[tuple[Path, bool]]:
    """Give the folders of reports, and whether each is the home's own."""
    return [*((folder, False) for folder in folders(pack)), *((folder, True) for folder in folders(home / OWN))]


def _refuse_second(folder: Path, known: set[str]) -> None:
    if folder.name in known:
        raise ReportInvalid(
            f"{OWN}/{folder.name}",
            f"a second report named {folder.name!r}",
            "each name once",
            "Rename your folder: the other one ships with Recoup.",
        )


def _check_words(definition: Definition, where: str) -> None:
    """Look at all that needs no question: zone, schedule, parameters, recipients."""
    names = [parameter.name for parameter in definition.parameter]
    for name in names:
        if names.count(name) > 1 or name in ALWAYS or not NAME.fullmatch(name):
            raise ReportInvalid(
                where, f"a parameter named {name!r}", f"each name once, and none of {', '.join(ALWAYS)}"
            )
    try:
        zone_of(definition.zone)
        for parameter in definition.parameter:
            check_default(parameter)
    except (InstantRefused, ParameterRefused) as problem:
        raise ReportInvalid(where, f"{problem.where} {problem.found}".strip(), problem.wanted) from problem
    if definition.only_merchant and [p.default for p in definition.parameter if p.type == "merchant"] != [None]:
        raise ReportInvalid(where, "only_merchant", "one parameter of type merchant, without a default")
    if not definition.section:
        raise ReportInvalid(where, "no section", "at least one [[section]]")
    if definition.schedule is not None:
        check_schedule(definition.schedule, f"{where}: schedule")
        if missing := [p.name for p in definition.parameter if p.default is None and p.type != "merchant"]:
            raise ReportInvalid(where, f"a schedule, and no default of {missing[0]}", "a default of each parameter")


def _question(folder: Path, place: str, name: str, desk: Desk) -> Question:
    where = f"{place}/{name}.sql"
    if not NAME.fullmatch(name):
        raise ReportInvalid(f"{place}/{FILE}", f"a question named {name!r}", "the name of a .sql file beside it")
    try:
        text = (folder / f"{name}.sql").read_text(encoding="utf-8")
    except FileNotFoundError as problem:
        raise ReportInvalid(where, "no such file", "the question that a section names") from problem
    return read_question(name, text, desk, where)


def _check_section(report: Report, section: Section, where: str) -> None:
    question = report.question(section.question)
    names = [column.name for column in question.columns]
    if isinstance(section, Figures):
        if "figure" not in names or not {"value", "amount_minor"} & set(names) or set(names) - _FIGURE_COLUMNS:
            wanted = f"figure, value or amount_minor with currency, says, tone from {question.name}.sql"
            raise ReportInvalid(where, f"columns {', '.join(names)}", wanted)
        return
    for name in _columns_named(section):
        if name not in names:
            raise ReportInvalid(where, f"no column {name!r} in {question.name}.sql", f"one of {', '.join(names)}")
    measured = section.totals if isinstance(section, TableOf) else (section.value,)
    for name in measured:
        column = question.column(name)
        if column is None or column.kind != "whole":
            raise ReportInvalid(where, f"column {name!r}, which is no number", "a whole number or an amount")


def _columns_named(section: TableOf | Chart) -> list[str]:
    if isinstance(section, TableOf):
        return [*section.columns, *section.heads, *section.totals]
    return [section.label, section.value, *([section.series] if section.series else [])]


def _check_known(report: Report, where: str) -> None:
    """Refuse a report that says of itself another thing than its questions say."""
    said = report.definition.answers_known_at
    if said is not None and said != report.answers_known_at:
        found = f"answers_known_at = {str(said).lower()}"
        raise ReportInvalid(where, found, f"{str(not said).lower()}, as its questions are", "Leave it out, or mend it.")


def _check_all_used(folder: Path, report: Report, where: str) -> None:
    """Refuse a question that no section asks, and a parameter that no question reads: either is a slip of the pen."""
    asked = {question.name for question in report.questions}
    if idle := sorted(path.stem for path in folder.glob("*.sql") if path.stem not in asked):
        raise ReportInvalid(
            where, f"no section that asks {idle[0]}.sql", "each question asked", "Add one, or remove it."
        )
    read = frozenset().union(*(question.parameters for question in report.questions))
    for parameter in report.definition.parameter:
        given = {name for name in read if name == parameter.name or name.startswith(f"{parameter.name}_")}
        if not given:
            raise ReportInvalid(where, f"no question that reads ${parameter.name}", "each parameter read")
