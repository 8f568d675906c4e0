import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from recoup.ledger.book import wanted_for_dispute
from recoup.ledger.entry import Wanted, entry_id
from recoup.ledger.periods import Locked
from recoup.ledger.posting import NOTHING_POSTED, Active, Posted, difference, posted, rows
from tests.ledger.facts import about, heard, leg
from tests.ledger.histories import facts, histories

OPENED = heard("chargeback_opened", 0, leg("debit", 1))
NOW = 99


def booked(*wanted: Wanted) -> Posted:
    """What stands after these entries were posted for the first time."""
    made = rows(difference(wanted, ()), landed_at=1, recorded_at=NOW)
    return posted(made.entries, made.postings)


class Books:
    """Tables entry and posting in memory."""

    def __init__(self) -> None:
        self.entries: dict[str, tuple[object, ...]] = {}
        self.postings: list[tuple[object, ...]] = []

    def bring_to(self, wanted: tuple[Wanted, ...], landed_at: int) -> None:
        """Write the difference, as the register does."""
        known = self.known()
        made = rows(difference(wanted, known.active, known.turns), landed_at=landed_at, recorded_at=NOW)
        for row in made.entries:
            assert row[0] not in self.entries
            self.entries[row[0]] = row
        self.postings += made.postings
        for entry, is_active in made.retired:
            self.entries[entry] = (*self.entries[entry][:12], is_active, *self.entries[entry][13:])

    def known(self) -> Posted:
        """What stands."""
        return posted(list(self.entries.values()), self.postings)

    def left(self) -> dict[tuple[object, ...], int]:
        """Every balance over all entries, reversed ones and reversals too."""
        balances: dict[tuple[object, ...], int] = {}
        for row in self.postings:
            balances[row[2:-1]] = balances.get(row[2:-1], 0) + int(str(row[-1]))
        return {key: minor for key, minor in balances.items() if minor}


def content(wanted: Wanted | Active) -> tuple[object, ...]:
    lines = tuple(astuple(p) if not isinstance(p, tuple) else p for p in wanted.postings)
    return wanted.fact, wanted.book, wanted.rule, wanted.dispute, wanted.subject, wanted.effective_on, lines


def wanted_balances(wanted: tuple[Wanted, ...]) -> dict[tuple[object, ...], int]:
    balances: dict[tuple[object, ...], int] = {}
    for entry in wanted:
        for p in entry.postings:
            *key, minor = astuple(p)
            balances[tuple(key)] = balances.get(tuple(key), 0) + minor
    return {key: minor for key, minor in balances.items() if minor}


@given(histories(), histories(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_what_stands_is_what_is_wanted_however_it_came_about(
    one: tuple[list, list, list, dict],  # type: ignore[type-arg]
    other: tuple[list, list, list, dict],  # type: ignore[type-arg]
    chance: random.Random,
) -> None:
    """From one history to another and back, in any steps: the standing entries and all balances are those wanted."""
    steps = [wanted_for_dispute(facts(*one)), wanted_for_dispute(facts(*other)), ()]
    books = Books()
    for number in range(6):
        wanted = chance.choice(steps)
        books.bring_to(wanted, number)
        assert {content(entry) for entry in books.known().active} == {content(entry) for entry in wanted}
        assert books.left() == wanted_balances(wanted)


def test_same_facts_again_write_nothing() -> None:
    """Twice equals once."""
    wanted = wanted_for_dispute(about(OPENED))
    known = booked(*wanted)
    assert not difference(wanted, known.active, known.turns)


def test_fact_known_since_another_time_is_the_same_fact() -> None:
    """When we came to know is not what happened."""
    [entry] = wanted_for_dispute(about(OPENED))
    known = booked(entry)
    assert not difference([replace(entry, known_at=7)], known.active, known.turns)


@pytest.mark.parametrize(
    "change",
    [{"effective_on": "2026-02-01"}, {"rule": "other"}, {"book": "other"}, {"subject": "x"}, {"dispute": None}],
)
def test_other_content_is_reversed_and_posted_again(change: dict[str, str | None]) -> None:
    """In turns of one fact, nothing edited."""
    [entry] = wanted_for_dispute(about(OPENED))
    known = booked(entry)
    changed = difference([replace(entry, **change)], known.active, known.turns)
    assert [r.turn for r in changed.reverse] == [1]
    assert [p.turn for p in changed.post] == [2]


def test_reversal_mirrors_what_it_reverses() -> None:
    """Same fact, odd turn, negated lines; neither stands."""
    wanted = wanted_for_dispute(about(OPENED))
    known = booked(*wanted)
    made = rows(difference((), known.active, known.turns), landed_at=50, recorded_at=NOW)
    [reversal] = made.entries
    original = known.active[0]
    assert reversal[:3] == (entry_id(original.fact, 1), original.fact, 1)
    assert reversal[11:13] == (original.entry, 0)
    assert made.retired == [(original.entry, 0)]
    assert [row[2:] for row in made.postings] == [(*row[:-1], -row[-1]) for row in original.postings]


def test_reversed_fact_is_posted_again_at_the_next_even_turn() -> None:
    """Its turns are counted, standing or not."""
    wanted = wanted_for_dispute(about(OPENED))
    books = Books()
    for number, step in enumerate((wanted, (), wanted, ())):
        books.bring_to(step, number)
    assert sorted(str(row[2]) for row in books.entries.values()) == ["0", "1", "2", "3"]
    assert books.known().active == ()
    assert books.left() == {}


def test_reversal_and_what_replaces_it_are_known_since_the_cause_landed() -> None:
    """So that every instant of knowing has one of them and not both."""
    [entry] = wanted_for_dispute(about(OPENED))
    known = booked(entry)
    changed = difference([replace(entry, effective_on="2026-02-01")], known.active, known.turns)
    landed_at = entry.known_at + 5
    made = rows(changed, landed_at=landed_at, recorded_at=NOW)
    assert {row[9] for row in made.entries} == {landed_at}
    assert rows(difference([entry], ()), landed_at=landed_at, recorded_at=NOW).entries[0][9] == entry.known_at


def test_locked_period_takes_no_entry() -> None:
    """It goes to the next open one and keeps its day."""
    wanted = wanted_for_dispute(about(OPENED))
    made = rows(difference(wanted, ()), landed_at=1, recorded_at=NOW, locked={"main": Locked("2026-01-31")})
    assert made.entries[0][8] == "2026-01-01"
    assert made.entries[0][10] == "2026-02"


def test_nothing_posted_is_nothing() -> None:
    """A start value for a dispute never seen."""
    assert posted([], []) == NOTHING_POSTED
