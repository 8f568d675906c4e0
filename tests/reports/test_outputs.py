import json
from pathlib import Path

import pytest

from recoup.errors import FormatMissing
from recoup.reports import outputs
from recoup.reports.definition import TableOf
from recoup.reports.outputs import write
from tests.reports.conftest import money, run_of

RUN = run_of(money(("a", 1, "EUR")), TableOf("question", "Amounts"))


def test_a_run_is_one_folder_with_its_stamp(tmp_path: Path) -> None:
    """Named for the report, what was chosen and the run."""
    place = write(RUN, ("csv", "json", "parquet", "xlsx", "csv"), tmp_path, tmp_path)
    assert place == tmp_path / f"money-{RUN.stamp.run[:12]}"
    names = {"question.csv", "question.parquet", "money.json", "money.xlsx", "stamp.json"}
    assert {file.name for file in place.iterdir()} == names
    stamp = json.loads((place / "stamp.json").read_text())
    assert stamp["rows_hash"] == RUN.stamp.rows_hash
    assert stamp["known_at"] == "2026-03-01T12:34:56.000000Z"
    assert stamp["answers"][0]["sums"] == {"amount_minor": {"EUR": 1}}
    assert json.loads((place / "money.json").read_text())["answers"]["question"][0]["amount_minor"] == 1


def test_nothing_is_there_when_a_format_fails(tmp_path: Path) -> None:
    """Neither half a folder nor a temporary one."""

    def fails(*_anything: object) -> None:
        raise FormatMissing("pdf", "no Typst", "the extra `reports`")

    before = dict(outputs.WRITERS)
    with pytest.raises(FormatMissing):
        write(RUN, ("csv", "pdf"), tmp_path, tmp_path, {**before, "pdf": fails})
    assert list(tmp_path.iterdir()) == []


def test_an_attempt_that_was_cut_off_is_replaced(tmp_path: Path) -> None:
    """What it left does not stay beside what is whole."""
    place = tmp_path / f"money-{RUN.stamp.run[:12]}"
    place.mkdir()
    (place / "half.csv").touch()
    assert write(RUN, ("csv",), tmp_path, tmp_path) == place
    assert {file.name for file in place.iterdir()} == {"question.csv", "stamp.json"}
    assert [path.name for path in tmp_path.iterdir()] == [place.name]
