"""Synthetic IPM files of the corpus: all records are there, and what they state otherwise is named."""

from pathlib import Path

import pytest

from recoup.domain.instants import parse_instant
from recoup.partners.contract import Arrived, FileFeed, Reading
from recoup.partners.registry import partners

CORPUS = Path(__file__).resolve().parents[2] / "../shared/corpus/ipm/synthetic"
FILES = {"ipm_latin_1_0_500.ipm": "VBS, ASCII", "ipm_cp500_1_500.ipm": "1014-blocked (0x4040), EBCDIC"}

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of other people's files is not beside the checkout"
)


def read(name: str) -> list[Reading]:
    """The parts of one file."""
    feed = partners()["mastercard"].feeds["clearing"]
    assert isinstance(feed, FileFeed)
    landed_at = parse_instant("2026-11-22T00:00:00Z")
    arrived = Arrived("del_1", "mastercard", "acq_1", "clearing", name, landed_at, "UTC")
    with (CORPUS / name).open("rb") as stream:
        return list(feed.read(arrived, stream))


@pytest.mark.parametrize("name", FILES)
def test_every_record_is_accounted_for(name: str) -> None:
    """502 records as the index says, none quarantined, and both files say the same."""
    parts = read(name)
    assert (sum(part.records for part in parts), sum(len(part.quarantined) for part in parts)) == (502, 0)
    first = next(iter(FILES))
    assert [p.said for part in parts for p in part.observations] == [
        p.said for part in read(first) for p in part.observations
    ]


@pytest.mark.parametrize("name", FILES)
def test_the_checksum_that_was_left_zero_is_the_only_thing_wrong(name: str) -> None:
    """The writer put 0 into PDS 0301 on purpose: a control that does not agree, so the file is held."""
    last = read(name)[-1]
    assert last.held is not None
    assert (last.held.check, last.held.where) == ("iso8583.total", f"{name}:502")
    assert last.held.found == "PDS 0301 checksum of DE 4: 0 stated"
    assert [
        (control.name.partition(" of file ")[0], control.stated, control.computed) for control in last.controls
    ] == [
        ("PDS 0306 messages", 502, 502),
        ("PDS 0301 checksum of DE 4", 0, 4_583_390),
    ]


@pytest.mark.parametrize(("name", "framing"), FILES.items())
def test_framing_and_encoding_are_seen(name: str, framing: str) -> None:
    """By the bytes, whatever the file is called."""
    feed = partners()["mastercard"].feeds["clearing"]
    assert isinstance(feed, FileFeed)
    assert feed.lay_out is not None
    with (CORPUS / name).open("rb") as stream:
        records = list(feed.lay_out(stream))
    assert len(records) == 502
    assert records[0].fields[0].raw.startswith(framing)
    assert records[0].fields[0].name == "Framing"
