"""What tests of reports share: some weeks of a small marketplace, and answers made by hand."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import pytest

from recoup.app import App, open_app
from recoup.app.demo import demo
from recoup.enquiry.sql import Home
from recoup.marts.catalogue import read_catalogue
from recoup.reports.answers import Answer, answered
from recoup.reports.definition import Definition, Section
from recoup.reports.library import Report, read_named
from recoup.reports.listing import PACK
from recoup.reports.making import Asking, make
from recoup.reports.outputs import Run
from recoup.reports.parameters import Moment, literals
from recoup.reports.questions import Desk, Question, read_question
from recoup.reports.stamp import HowAsked, stamped
from recoup.settings import Settings
from tests.fakes.command_line import settings_of

SEED, DAYS = 7, 20


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home that the demo made; nobody writes to it but runs of reports."""
    place = settings_of(tmp_path_factory.mktemp("reports") / "home")
    demo(place, seed=SEED, days=DAYS)
    return place


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    with open_app(settings, actor="test") as opened:
        yield opened


NOTHING_CHOSEN: Mapping[str, str] = MappingProxyType({})


class Maker:
    """Makes reports of the pack on the home of the demo."""

    made: ClassVar[dict[tuple[str, int | None, tuple[tuple[str, str], ...]], Run]] = {}
    """Runs that were made already: the home does not change under them."""

    def __init__(self, app: App) -> None:
        self.app = app

    def run(self, name: str, given: Mapping[str, str] = NOTHING_CHOSEN, known_at: int | None = None) -> Run:
        """Give a run of one report, made now or before."""
        key = (name, known_at, tuple(sorted(given.items())))
        if key not in self.made:
            self.made[key] = self.run_anew(name, given, known_at)
        return self.made[key]

    def run_anew(self, name: str, given: Mapping[str, str] = NOTHING_CHOSEN, known_at: int | None = None) -> Run:
        """Make one report, without writing anything."""
        report = read_named(self.app.settings.home, name)
        now = self.app.now()
        asking = Asking(now, now, "test", "0", given, known_at)
        home = self.app.settings.home
        with self.app.register.reading() as view:
            return make(view, report, asking, frozenset(self.app.partners), Home(home / "tmp", home / "lake"))


@pytest.fixture
def maker(app: App) -> Maker:
    return Maker(app)


def rows_of(run: Run, question: str) -> list[dict[str, Any]]:
    """Give the rows of one question of a run."""
    return next(answer for answer in run.answers if answer.question.name == question).objects()


def ask_about(text: str) -> Question:
    """Read a question that takes no parameters."""
    desk = Desk(read_catalogue(), literals((), {}, Moment(0, 0, "UTC")))
    return read_question("question", text, desk, "question.sql")


MONEY = """select partner, amount_minor, currency, opened_at, is_slot_spent, cast(opened_at as date) as opened_on,
version from disputes order by dispute"""


def money(*rows: tuple[str | None, int | None, str | None]) -> Answer:
    """Give an answer with text, amounts and one of each other kind of column."""
    instant, day = "2026-03-01T12:34:56.789012Z", "2026-03-01"
    return answered(ask_about(MONEY), [(*row, instant, True, day, number) for number, row in enumerate(rows)])


def run_of(answer: Answer, *sections: Section) -> Run:
    """Give a run of a report that has this one answer."""
    definition = Definition(title="Money & more", about="For a test.", owner="test", section=sections)
    report = Report("money", "reports/money", True, definition, (answer.question,))
    asked = HowAsked(
        {"partner": None}, 1_772_368_496_000_000, 1_772_368_496_000_000, 1_772_368_496_000_000, "test", "0"
    )
    return Run(report, (answer,), stamped(report, asked, (answer,)))


def write_report(home: Path, name: str, toml: str, **questions: str) -> Path:
    """Write a report of the home's own."""
    folder = home / "reports" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.toml").write_text(toml)
    for question, text in questions.items():
        (folder / f"{question}.sql").write_text(text)
    return folder


NAMES = sorted(folder.name for folder in PACK.iterdir() if folder.is_dir())
