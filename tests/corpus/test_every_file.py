"""Every file that others publish is read completely, or refused with a message that names the place and the rule."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from recoup.partners.registry import partners
from tools.corpus_table import ROUTES, Row, files, read, reasons, route_of, table

CORPUS = Path(__file__).resolve().parents[2] / "../shared/corpus"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of other people's files is not beside the checkout"
)


@pytest.fixture(scope="module")
def rows() -> Sequence[Row]:
    """What became of each file; one whose reader raised is no row but an error here."""
    return list(read(CORPUS, files(CORPUS)))


def test_every_folder_has_a_reader() -> None:
    """No file is left out because nobody entered its folder, or because its partner is not there."""
    assert [str(path) for path in files(CORPUS) if route_of(CORPUS, path) is None] == []
    assert sorted({name for route in ROUTES for name in route.partners} - set(partners())) == []


def test_every_file_is_read_or_refused_with_place_and_rule(rows: Sequence[Row]) -> None:
    """A refusal says where, what was found and what was wanted; the table is printed with `pytest -s`."""
    print("\n".join(["", *table(rows)]))  # noqa: T201
    assert len(rows) == len(files(CORPUS))
    for row in rows:
        assert row.heard is not None, row.path
        if row.is_read:
            continue
        (found, *_) = row.heard.findings
        assert found.where, row.path
        assert found.found, row.path
        assert found.wanted, row.path
        assert (row.heard.observations, row.heard.money_lines) == ((), ()), row.path
    assert all("Traceback" not in reason for reason in reasons(rows))


def test_what_was_read_is_accounted_for(rows: Sequence[Row]) -> None:
    """Records = accepted + quarantined, in every file that was read."""
    for row in rows:
        if row.is_read and row.heard is not None:
            assert row.heard.records == row.heard.accepted + len(row.heard.quarantined), row.path


def test_records_are_as_many_as_a_pattern_counts(rows: Sequence[Row]) -> None:
    """Counted a second time, by something that knows nothing of the format but how a record begins."""
    counted = [(row.path.name, row.heard.records, row.counted) for row in rows if row.is_read and row.heard is not None]
    differing = [told for told in counted if told[2] is not None and told[1] != told[2]]
    assert differing == []
