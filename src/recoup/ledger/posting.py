"""From wanted entries to rows: what is wanted and not active is posted, what is active and not wanted is reversed.

Nothing posted is ever changed. An entry's key is (fact, turn): even turns post
the fact, odd turns reverse the turn before, so a fact can be posted, reversed
and posted again. What was wanted does not depend on what is posted, so neither
does what is active in the end.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import astuple

from recoup.ledger.entry import Wanted, entry_id
from recoup.ledger.periods import OPEN, Locked, period_of
from recoup.storage import schema
from recoup.storage.register import Batch, View

Row = tuple[Any, ...]

_ENTRY = {column.name: place for place, column in enumerate(schema.entry.columns)}
_FROM_POSTING = 2
"""The columns of a posting after entry and line are the fields of `Posting`."""


class Active(msgspec.Struct, frozen=True, gc=False):
    """One entry that stands: posted and not reversed."""

    entry: str
    fact: str
    turn: int
    book: str
    rule: str
    rule_version: int
    dispute: str | None
    subject: str | None
    effective_on: str
    booked_at: int
    postings: tuple[Row, ...]
    """Fields of `Posting` as tuples, in order of line."""


_OF_ACTIVE = tuple(_ENTRY[name] for name in Active.__struct_fields__ if name != "postings")


class Posted(msgspec.Struct, frozen=True):
    """What is booked about some disputes or subjects."""

    active: tuple[Active, ...] = ()
    turns: Mapping[str, int] = {}
    """The latest turn of every fact ever posted, whether active or not."""


NOTHING_POSTED = Posted()


class Post(msgspec.Struct, frozen=True, gc=False):
    """One entry to be posted, at its turn."""

    wanted: Wanted
    turn: int


class Reverse(msgspec.Struct, frozen=True, gc=False):
    """One entry to be reversed, at the turn after its own."""

    active: Active

    @property
    def turn(self) -> int:
        """The reversal's turn."""
        return self.active.turn + 1


class Difference(msgspec.Struct, frozen=True):
    """What must be posted and reversed so that what is active is what is wanted."""

    post: tuple[Post, ...]
    reverse: tuple[Reverse, ...]

    def __bool__(self) -> bool:
        """False when nothing is to be done."""
        return bool(self.post or self.reverse)


class Rows(msgspec.Struct, frozen=True):
    """Rows for tables entry and posting, and the entries that stand no more, as (entry, is_active)."""

    entries: list[Row]
    postings: list[Row]
    retired: list[Row]


def difference(wanted: Iterable[Wanted], active: Iterable[Active], turns: Mapping[str, int] = {}) -> Difference:
    """Compare by content: book, rule, dispute, subject, day and postings; not by when it was known.

    Args:
      wanted: What the facts ask for, each fact once.
      active: What stands now about the same disputes and subjects.
      turns: The latest turn of every fact ever posted about them; needed for facts that were reversed before.
    """
    standing = {entry.fact: entry for entry in active}
    post = []
    reverse = []
    for want in wanted:
        stands = standing.pop(want.fact, None)
        if stands is None:
            latest = turns.get(want.fact)
            post.append(Post(want, 0 if latest is None else latest + 1))
        elif not _is_same(want, stands):
            reverse.append(Reverse(stands))
            post.append(Post(want, stands.turn + 2))
    reverse += [Reverse(stands) for stands in standing.values()]
    return Difference(tuple(post), tuple(reverse))


def _is_same(want: Wanted, stands: Active) -> bool:
    return (
        want.effective_on == stands.effective_on
        and want.rule == stands.rule
        and want.book == stands.book
        and want.dispute == stands.dispute
        and want.subject == stands.subject
        and len(want.postings) == len(stands.postings)
        and all(astuple(p) == row for p, row in zip(want.postings, stands.postings, strict=True))
    )


def rows(change: Difference, *, landed_at: int, recorded_at: int, locked: Mapping[str, Locked] = {}) -> Rows:
    """The rows that a difference writes.

    Args:
      change: What to post and to reverse.
      landed_at: When what made the difference landed: a reversal, and what replaces it, is known since then.
      recorded_at: When this runs; in no hash.
      locked: Through which day each book is locked, where it is.
    """
    made = Rows([], [], [])
    for reverse in change.reverse:
        _add_reversal(made, reverse, landed_at, recorded_at, locked)
    for post in change.post:
        _add_entry(made, post, landed_at, recorded_at, locked)
    return made


def _add_entry(made: Rows, post: Post, landed_at: int, recorded_at: int, locked: Mapping[str, Locked]) -> None:
    want = post.wanted
    entry = entry_id(want.fact, post.turn)
    booked_at = max(want.known_at, landed_at) if post.turn else want.known_at
    made.entries.append(
        (
            entry,
            want.fact,
            post.turn,
            want.book,
            want.rule,
            want.rule_version,
            want.dispute,
            want.subject,
            want.effective_on,
            booked_at,
            period_of(want.effective_on, locked.get(want.book, OPEN).when(booked_at)),
            None,
            1,
            recorded_at,
        )
    )
    made.postings.extend((entry, line, *astuple(posting)) for line, posting in enumerate(want.postings, 1))


def _add_reversal(made: Rows, reverse: Reverse, landed_at: int, recorded_at: int, locked: Mapping[str, Locked]) -> None:
    stands = reverse.active
    entry = entry_id(stands.fact, reverse.turn)
    booked_at = max(stands.booked_at, landed_at)
    made.retired.append((stands.entry, 0))
    made.entries.append(
        (
            entry,
            stands.fact,
            reverse.turn,
            stands.book,
            stands.rule,
            stands.rule_version,
            stands.dispute,
            stands.subject,
            stands.effective_on,
            booked_at,
            period_of(stands.effective_on, locked.get(stands.book, OPEN).when(booked_at)),
            stands.entry,
            0,
            recorded_at,
        )
    )
    made.postings.extend((entry, line, *row[:-1], -row[-1]) for line, row in enumerate(stands.postings, 1))


def write(batch: Batch, made: Rows) -> None:
    """Write the rows of a difference."""
    batch.insert(schema.entry, made.entries)
    batch.insert(schema.posting, made.postings)
    batch.update(schema.entry, ("is_active",), made.retired)


def load_posted(view: View, *, disputes: Iterable[str] = (), subjects: Iterable[str] = ()) -> Posted:
    """What is booked about these disputes, and about these subjects that are none.

    Args:
      view: The register, or a batch with its own changes.
      disputes: Ids of disputes.
      subjects: Deliveries or money lines, as entries name them.
    """
    entries = []
    for column, keys in (("dispute", list(disputes)), ("subject", list(subjects))):
        if keys:
            entries += view.by_keys(schema.entry, column, keys)
    active = [row[_ENTRY["entry"]] for row in entries if row[_ENTRY["is_active"]]]
    return posted(entries, view.by_keys(schema.posting, "entry", active) if active else [])


def posted(entries: Sequence[Row], postings: Iterable[Row]) -> Posted:
    """What full rows of the tables entry and posting say is booked, in any order."""
    lines: defaultdict[str, list[Row]] = defaultdict(list)
    for row in sorted(postings, key=lambda row: (row[0], row[1])):
        lines[row[0]].append(tuple(row[_FROM_POSTING:]))
    turns: dict[str, int] = {}
    active = []
    for row in entries:
        fact, turn = row[_ENTRY["fact"]], row[_ENTRY["turn"]]
        turns[fact] = max(turn, turns.get(fact, 0))
        if row[_ENTRY["is_active"]]:
            active.append(_active(row, tuple(lines[row[0]])))
    return Posted(tuple(active), turns)


def _active(row: Row, lines: tuple[Row, ...]) -> Active:
    return Active(*(row[place] for place in _OF_ACTIVE), lines)  # type: ignore[call-arg]
