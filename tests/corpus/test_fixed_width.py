"""Other people's files of every other kind are refused at once by the readers of fixed-width files, and never raise.

No real file of Visa, American Express or BECS is in the corpus; their samples are synthetic.
"""

import io
from pathlib import Path

import pytest

from recoup.partners.contract import Arrived, FileFeed
from recoup.partners.registry import partners

CORPUS = Path(__file__).resolve().parents[2] / "../shared/corpus"
FEEDS = [("visa", "clearing"), ("amex", "cbnot"), ("amex", "settlement"), ("becs", "returns")]

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of other people's files is not beside the checkout"
)


@pytest.mark.parametrize(("partner", "name"), FEEDS)
def test_a_file_of_another_kind_is_held_with_its_place(partner: str, name: str) -> None:
    """Not one is taken for one of ours."""
    feed = partners()[partner].feeds[name]
    assert isinstance(feed, FileFeed)
    assert feed.lay_out is not None
    files = [path for path in sorted(CORPUS.rglob("*")) if path.is_file()]
    assert files
    for path in files:
        data = path.read_bytes()
        arrived = Arrived("del_1", partner, "default", name, path.name, 1, "UTC")
        parts = list(feed.read(arrived, io.BytesIO(data)))
        held = next((part.held for part in parts if part.held is not None), None)
        assert held is not None, f"{path} was read as {partner}/{name}"
        assert held.where.startswith(path.name)
        assert list(feed.lay_out(io.BytesIO(data[:50_000])))
