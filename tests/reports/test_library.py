from pathlib import Path

import pytest

from recoup.errors import ReportInvalid
from recoup.reports.library import read_library, read_named
from recoup.reports.listing import PACK
from tests.reports.conftest import NAMES, write_report

REPORT = """
title = "Mine"
about = "Disputes by stage."
owner = "me"
{more}

[[section]]
kind = "table"
title = "By stage"
question = "by_stage"
{section}
"""
QUESTION = "select stage, count(*) as disputes from disputes group by stage order by stage"
PARAMETER = '[[parameter]]\nname = "{name}"\ntype = "{type}"\nsays = "It."\n'


def read(home: Path, more: str = "", section: str = "", question: str = QUESTION) -> str:
    """Write a report of the home's own, and give what is wrong with it."""
    write_report(home, "mine", REPORT.format(more=more, section=section), by_stage=question)
    library = read_library(home)
    assert set(NAMES) <= set(library.reports), "one that is broken hinders no other"
    return str(library.problems["mine"]) if library.problems else ""


def test_every_report_of_the_pack_holds_together() -> None:
    """Each has an owner, a schedule, somebody who gets it, and a page."""
    library = read_library(Path("/nowhere"))
    assert dict(library.problems) == {}
    assert list(library.reports) == NAMES
    for report in library.reports.values():
        assert report.definition.owner
        assert report.definition.schedule is not None
        assert report.definition.recipient
        assert "pdf" in report.definition.formats


@pytest.mark.parametrize("path", sorted(PACK.glob("*/*.sql")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_question_says_its_grain_and_what_it_reads(path: Path) -> None:
    """In its first lines."""
    lines = path.read_text().splitlines()
    assert lines[0].startswith("-- One row is ")
    assert lines[1].startswith("-- Reads: ")
    assert lines[2].startswith("-- Holds: ")


def test_a_home_has_its_own_reports(tmp_path: Path) -> None:
    """Beside those of the pack."""
    assert read(tmp_path) == ""
    assert read_named(tmp_path, "mine").is_own


def test_two_reports_of_one_name_are_refused(tmp_path: Path) -> None:
    """Neither counts more than the other."""
    write_report(tmp_path, "ageing", REPORT.format(more="", section=""), by_stage=QUESTION)
    with pytest.raises(ReportInvalid) as refused:
        read_named(tmp_path, "ageing")
    assert "a second report named 'ageing'" in str(refused.value)
    assert "ageing" in read_library(tmp_path).problems


@pytest.mark.parametrize(
    ("more", "section", "found"),
    [
        ("colour = 'red'", "", "colour"),
        ("formats = ['docx']", "", "docx"),
        ("zone = 'Mars/Base'", "", "Mars/Base"),
        ("", 'columns = ["stag"]', "no column 'stag' in by_stage.sql"),
        ("", 'totals = ["stage"]', "'stage', which is no number"),
        (PARAMETER.format(name="day", type="day") + "default = 'someday'", "", "someday"),
        (PARAMETER.format(name="as_of", type="day"), "", "'as_of'"),
        (PARAMETER.format(name="day", type="day"), "", "no question that reads $day"),
        (PARAMETER.format(name="it", type="shoe"), "", "shoe"),
        ("[schedule]\nevery = 'month'\nat = '07:00'", "", "without a calendar"),
        ("only_merchant = true", "", "only_merchant"),
    ],
)
def test_what_does_not_hold_together_is_named(tmp_path: Path, more: str, section: str, found: str) -> None:
    """With the file, and what would have been accepted."""
    said = read(tmp_path, more, section)
    assert found in said
    assert said.startswith(("reports/mine/report.toml", "reports/mine/by_stage.sql"))


def test_a_question_that_nobody_asks_is_a_slip_of_the_pen(tmp_path: Path) -> None:
    """It is refused, rather than forgotten."""
    write_report(tmp_path, "mine", REPORT.format(more="", section=""), by_stage=QUESTION, other=QUESTION)
    assert "other.sql" in str(read_library(tmp_path).problems["mine"])


def test_a_report_for_a_merchant_reads_no_table_of_the_house(tmp_path: Path) -> None:
    """What goes to a merchant cannot hold what is another's."""
    more = "only_merchant = true\n" + PARAMETER.format(name="merchant", type="merchant")
    question = "select $merchant as m, count(*) as breaks from breaks order by m"
    assert "no rows of one merchant" in read(tmp_path, more, "", question)
