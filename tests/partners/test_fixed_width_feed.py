"""An installation reads by its own layouts where it has some, and files come in parts that keep the law of reading."""

import io
from pathlib import Path

import pytest

from recoup.errors import SetupInvalid
from recoup.partners.contract import Arrived, FileFeed, Partner
from recoup.partners.fixed_width_feed import PART_RECORDS, layouts_in, with_own_layouts
from recoup.partners.registry import partners
from tests.fakes.becs_files import item, returns
from tests.fakes.visa_files import arn, draft, logical_file, other

ADVICE = """
# Positions invented for this test.
name = "own"
extends = "visa_base_ii_public"
[[record]]
name = "fraud_advice"
role = "detail"
when = [{ at = "1-2", is = ["40"] }, { at = "4", is = ["0"] }]
fields_of = "fraud_advice"
fields = [{ name = "acquirer_reference", at = "101-123" }]
"""


def quarantined(known: Partner) -> list[str]:
    """What a file with one fraud advice quarantines."""
    feed = known.feeds["clearing"]
    assert isinstance(feed, FileFeed)
    advice = other("40")
    advice[0] = advice[0][:100] + arn() + advice[0][123:]
    data = "\n".join(logical_file(advice)).encode()
    parts = feed.read(Arrived("del_1", "visa", "default", "clearing", "v.ctf", 1, "UTC"), io.BytesIO(data))
    return [found.finding.check for part in parts for found in part.quarantined]


def test_a_layout_in_the_folder_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    """For that partner, and for no other."""
    assert quarantined(partners()["visa"]) == ["visa.layout_missing"]
    (tmp_path / "visa").mkdir()
    (tmp_path / "visa" / "layout.toml").write_text(ADVICE)
    own = with_own_layouts(partners(), layouts_in(tmp_path))
    assert quarantined(own["visa"]) == []
    assert {name for name, partner in own.items() if partner is not partners()[name]} == {"visa"}
    assert quarantined(partners()["visa"]) == ["visa.layout_missing"]


def test_a_folder_without_layouts_changes_nothing(tmp_path: Path) -> None:
    """Nor one that is not there."""
    assert with_own_layouts(partners(), layouts_in(tmp_path / "none")) == dict(partners())


def test_a_layout_that_does_not_hold_together_is_named_with_its_place(tmp_path: Path) -> None:
    """Before anything is read by it."""
    (tmp_path / "visa").mkdir()
    (tmp_path / "visa" / "layout.toml").write_text(ADVICE.replace("101-123", "160-182"))
    with pytest.raises(SetupInvalid, match="within 168") as refused:
        with_own_layouts(partners(), layouts_in(tmp_path))
    assert str(tmp_path / "visa" / "layout.toml") in str(refused.value)


def test_a_file_of_strange_records_behind_a_right_header_is_held_at_once() -> None:
    """Nothing is gathered for ever."""
    feed = partners()["becs"].feeds["returns"]
    assert isinstance(feed, FileFeed)
    lines = [returns()[0], *["x" * 120] * 50_000]
    arrived = Arrived("del_1", "becs", "default", "returns", "f", 1, "UTC")
    parts = list(feed.read(arrived, io.BytesIO("\n".join(lines).encode())))
    assert parts[-1].held is not None
    assert parts[-1].held.check == "fixed_width.strange"
    assert sum(len(part.quarantined) for part in parts) <= PART_RECORDS


def test_a_large_file_comes_in_parts_and_each_keeps_the_law() -> None:
    """Records in are accepted or quarantined, part by part; the last one has the totals."""
    count = PART_RECORDS * 2 + 5
    files = {
        "visa/clearing": logical_file(*(draft("15", reference=arn(sequence=n + 1)) for n in range(count))),
        "becs/returns": returns(*(item(n + 1, lodgement=f"INV-{n}") for n in range(count))),
    }
    for name, lines in files.items():
        partner, _, feed_name = name.partition("/")
        feed = partners()[partner].feeds[feed_name]
        assert isinstance(feed, FileFeed)
        arrived = Arrived("del_1", partner, "default", feed_name, "f", 1, "UTC")
        parts = list(feed.read(arrived, io.BytesIO("\n".join(lines).encode())))
        assert [part.records for part in parts] == [PART_RECORDS, PART_RECORDS, 5]
        assert all(part.records == part.accepted == len(part.observations) for part in parts)
        assert [bool(part.controls) for part in parts] == [False, False, True]
