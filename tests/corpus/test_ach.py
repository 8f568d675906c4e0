"""Files of moov-io/ach: each is read completely, with as many entries as its index counts, or refused by its place."""

import gzip
import io
import re
from pathlib import Path
from typing import BinaryIO

import pytest

from recoup.formats.nacha import Nacha
from recoup.formats.nacha_layout import lay_out
from recoup.partners.ach.partner import PARTNER
from recoup.partners.contract import Arrived, FileFeed

ROOT = Path(__file__).resolve().parents[2] / "../shared/corpus"
FOLDERS = ("ach", "ach-json", "ach-large")
HERE = "moov-io__ach/"
LARGE = "ach-large/moov-io__ach/test/testdata/large-files/CCD+addenda05-200-batches-100000-entries.ach.gz"
LARGE_ENTRIES = 100_000

pytestmark = pytest.mark.skipif(
    not ROOT.is_dir(), reason="the corpus of other people's files is not beside the checkout"
)

REFUSED = {
    "adv-return.json": "nacha.not_nacha :1",
    "dishonored-with-addenda05-2.json": "nacha.not_nacha :1",
    "dishonored-with-addenda05.json": "nacha.not_nacha :1",
    "file_header_control.rtf": "nacha.not_nacha :1",
    "no_header.txt": "nacha.order :1",
    "bh-ed-ad-bh-ed-ad-ed-ad.ach": "nacha.order :1",
    "return-no-batch-controls.ach": "nacha.order :1",
    "return-no-batch-header.ach": "nacha.order :1",
    "1.ach": "nacha.order :1",
    "2.ach": "nacha.order :1",
    "4.ach": "nacha.order :1",
    "1k8RecordFollowing9Record.txt": "nacha.order :10",
    "1qFormatCodeIncorrect.txt": "nacha.file_header :1",
    "20110729A-invalid.ach": "nacha.file_header :1",
    "issue1620.ach": "nacha.file_control :5 batches",
    "20110805A.ach": "nacha.file_control :93 batches",
    "adv-invalidBatchEntries.ach": "nacha.order :3",
    "iat-batchHeaderErr.ach": "nacha.order :4",
    "invalid-two-micro-deposits.ach": "nacha.batch_control :17 Total Debit",
    "nonascii-utf8.ach": "nacha.file_control :17 blocks",
    "nonascii.ach": "nacha.file_control :17 blocks",
    "txp-debit.ach": "nacha.file_control :6 blocks",
}
"""Files that are held: check, line and field of the first reason, each seen in the file by a person."""
REMARKED = {
    "cor-read.ach": "the addenda of a change with the trace number of another entry",
    "iat-addenda98.ach": "the addenda of a change with the trace number of another entry",
    "iat-addenda99.ach": "the addenda of a return with the trace number of another entry",
    "iat-invalidAddenda98.ach": "the addenda of a change with the trace number of another entry",
    "Iat-invalidAddenda13.ach": "a control character in an addenda spoils the entry",
    "iat-invalidAddenda14.ach": "a control character in an addenda spoils the entry",
    "iat-invalidAddenda15.ach": "a control character in an addenda spoils the entry",
    "iat-invalidAddenda17.ach": "a control character in an addenda spoils the entry",
    "iat-invalidAddenda18.ach": "a control character in an addenda spoils the entry",
    "iat-invalidAddendaRecordIndicator.ach": "an addenda record indicator of 5",
    "iat-invalidEntryDetail.ach": "a transaction code of 90",
}
"""Files that are read, with one entry that cannot be used."""


def indexed() -> dict[str, int | None]:
    """Every file of the index with the entries that it counts; None where it counts none."""
    index = ROOT / "INDEX.md"
    if not index.is_file():
        return {}
    rows = re.findall(r"^\| (ach[^ /]*/[^|]+?) \|.*\| ([^|]+) \|$", index.read_text(encoding="utf-8"), re.MULTILINE)
    return {path: _count(what) for path, what in rows}


def _count(what: str) -> int | None:
    found = re.search(r"; (\d+) entries", what)
    return int(found[1]) if found else None


def opened(path: str) -> BinaryIO:
    """The file's bytes, as they would come; the index counts nothing in what is compressed."""
    file = ROOT / path
    return io.BytesIO(gzip.decompress(file.read_bytes())) if file.suffix == ".gz" else file.open("rb")


def test_the_index_lists_every_file() -> None:
    """So that nothing beside it goes untested."""
    files = {str(p.relative_to(ROOT)) for folder in FOLDERS for p in (ROOT / folder).rglob("*") if p.is_file()}
    assert files == set(indexed())
    assert len(files) == 92
    assert {Path(path).name for path in files} >= REFUSED.keys() | REMARKED.keys()


@pytest.mark.parametrize("path", sorted(indexed()))
def test_a_file_is_read_whole_or_refused_by_place_and_rule(path: str) -> None:
    """Entries as the index counts them, or the first reason for which the whole is held."""
    with opened(path) as stream:
        nacha = Nacha(stream, "f")
        entries = list(nacha.entries())
    name = Path(path).name
    held = nacha.held and f"{nacha.held.check} {nacha.held.where.removeprefix('f')}"
    assert held == REFUSED.get(name)
    if held is None:
        assert len(entries) == (LARGE_ENTRIES if path == LARGE else indexed()[path])
        assert any(entry.problem for entry in entries) == (name in REMARKED)


@pytest.mark.parametrize("path", sorted(path for path in indexed() if path != LARGE))
def test_a_file_is_shown_record_by_record(path: str) -> None:
    """Every line that is not blank, whole, whatever is wrong with it."""
    with opened(path) as stream:
        shown = [record for record in lay_out(stream) if record.fields]
    if not (Path(path).suffix in (".json", ".rtf") or "crashers" in path):
        lines = [line for line in re.split(rb"\r?\n", (ROOT / path).read_bytes()) if line]
        assert len(shown) == len(lines)


@pytest.mark.parametrize("feed", ["returns", "sent"])
@pytest.mark.parametrize("path", sorted(path for path in indexed() if path != LARGE))
def test_records_are_accepted_or_quarantined(path: str, feed: str) -> None:
    """The law of reading, on either feed; what is held says why."""
    known = PARTNER.feeds[feed]
    assert isinstance(known, FileFeed)
    arrived = Arrived("del_1", "ach", "us", feed, Path(path).name, 1_770_000_000_000_000, "America/New_York")
    with opened(path) as stream:
        parts = list(known.read(arrived, stream))
    assert all(part.records == part.accepted + len(part.quarantined) for part in parts)
    assert any(part.held for part in parts) == (Path(path).name in REFUSED)


def test_real_returns_are_returns() -> None:
    """Three of one file, with the codes, amounts and trace numbers that stand there."""
    known = PARTNER.feeds["returns"]
    assert isinstance(known, FileFeed)
    path = f"ach/{HERE}test/issues/testdata/issue702.ach"
    arrived = Arrived("del_1", "ach", "us", "returns", "issue702.ach", 1_590_000_000_000_000, "America/New_York")
    with opened(path) as stream:
        (reading,) = known.read(arrived, stream)
    said = [placed.said for placed in reading.observations]
    assert [(s.reason_code, s.nature, s.amount_minor) for s in said] == [
        ("R03", "administrative", 1_01),
        ("R01", "failure", 100_01),
    ]
    assert [(line.kind, line.net_minor) for line in reading.money_lines] == [
        ("refund_failure", 102),
        ("dispute", -1_01),
        ("dispute", -100_01),
    ]
    assert said[0].partner_dispute_id == "101206100000001/031101278009180"
    assert [line.effective_on for line in reading.money_lines] == ["2020-03-31"] * 3


def test_a_real_contest_of_a_returned_credit_is_money_and_no_dispute() -> None:
    """Its transaction code says that a credit came back, to us."""
    known = PARTNER.feeds["returns"]
    assert isinstance(known, FileFeed)
    path = f"ach/{HERE}test/testdata/contested_addenda.txt"
    arrived = Arrived("del_1", "ach", "us", "returns", "contested.txt", 1_650_000_000_000_000, "America/New_York")
    with opened(path) as stream:
        (reading,) = known.read(arrived, stream)
    assert reading.observations == []
    (line,) = reading.money_lines
    assert (line.identity, line.partner_kind) == ("123456780000069/364275034310088", "21 R72")
