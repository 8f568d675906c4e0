from collections import Counter
from pathlib import Path

import pytest

from recoup.ledger.entry import unbalanced
from recoup.ledger.posting_rules import Preset
from tests.ledger import stories

CASES = [(path, preset) for path in stories.files() for preset in stories.read(path).presets]
each_story = pytest.mark.parametrize(("path", "preset"), CASES, ids=[f"{p.stem}-{preset}" for p, preset in CASES])


def test_all_twelve_stories_are_told() -> None:
    """Letters a to l, each once at least."""
    assert {path.name[0] for path in stories.files()} == set("abcdefghijkl")


@each_story
def test_story_is_booked_as_written(path: Path, preset: Preset) -> None:
    """The journal in the file is what the book makes of the facts above it."""
    story = stories.read(path)
    booked = stories.journal(story, stories.wanted(story, preset))
    assert booked.strip() == story.journal(preset).strip(), "Read the difference, then: python -m tests.ledger.stories"


@each_story
def test_story_ends_with_every_clearing_account_at_zero(path: Path, preset: Preset) -> None:
    """By leg, batch, payout and line: no two open balances hide each other."""
    story = stories.read(path)
    assert stories.open_clearing(stories.wanted(story, preset)) == {}


@each_story
def test_story_ends_with_the_balances_it_tells(path: Path, preset: Preset) -> None:
    """Account totals are those written by hand; every account that is not listed is at zero."""
    story = stories.read(path)
    assert stories.totals(stories.wanted(story, preset)) == story.ends.get(preset, {})


@each_story
def test_every_entry_of_a_story_balances_and_is_one_fact(path: Path, preset: Preset) -> None:
    """In each currency, and no fact twice."""
    entries = stories.wanted(stories.read(path), preset)
    assert [entry.fact for entry in entries if unbalanced(entry.postings)] == []
    assert [fact for fact, count in Counter(entry.fact for entry in entries).items() if count > 1] == []
