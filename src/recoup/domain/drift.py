"""How a shape differs from the one that was accepted: fields come and gone, other types, other ways of writing.

Fields of an object come and go with what they are about, so a new one is drift only where it is neither known nor
rare: enough of the records have it, of several subjects, and more than chance would give to something that the
accepted records hardly ever had. A table's header is the same in every file: one file is enough.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import exp, log
from typing import Literal

import msgspec

from recoup.domain.shapes import (
    EMPTY,
    FILE,
    HEADER,
    LIST,
    NOT_WRITTEN,
    NULL,
    OBJECT,
    STRUCTURAL,
    SUBJECTS_MAX,
    TEXT,
    VARIED,
    Shape,
    Tally,
)

Kind = Literal["added", "removed", "retyped", "written", "emptied"]

LEARN_DAYS, LEARN_RECORDS, LEARN_DAYS_MAX = 5, 100, 30
"""A feed is learnt from its first days: so many with deliveries, and until so many records, or so many days, came."""
KNOWN_FILES = 5
"""Files after which a header is known."""
SEEN_MIN = 50
"""What was seen less often may be written in ways that were not met yet."""
ALWAYS_MIN = 100
RARE_PCT, ALWAYS_PCT = 20, 98
"""Below the first share something new may be an optional field of few; from the second on a field was always there."""
EMPTIED_PCT, EMPTIED_MIN = 5, 200
"""Percentage points by which a field may be empty more often, with so many records."""
CHANCE_MAX = 1e-6
"""With some thousand fields on each of a hundred feeds, chance alone then raises less than one alarm in ten days."""
ODDS_MIN, EMPTY_ODDS_MIN = 0.05, 0.01
"""Even what was never met is taken to be that likely: records that come together are often alike. What was always
written in hundreds of records is less so."""

Fields = dict[str, dict[str, Tally]]
"""path -> facet -> how often."""


class Change(msgspec.Struct, frozen=True):
    """One difference of a field, in words for a person."""

    path: str
    kind: Kind
    found: str
    was: str
    count: int
    """Records, or files, that show it."""
    of: int
    """Of how many."""

    def said(self) -> str:
        """Give the sentence."""
        name = self.path or "the whole"
        share = f"{self.count} of {self.of}"
        match self.kind:
            case "added":
                return f"{name} is new, in {share}"
            case "removed":
                return f"{name} is gone, from {share}"
            case "emptied":
                return f"{name} is empty in {share}, and was in {self.was}"
            case "retyped" | "written":
                return f"{name} is {in_words(self.found)} in {share}, and was {self.was}"


def in_words(facet: str) -> str:
    """Say a facet for a person."""
    head, _, rest = facet.partition(" ")
    match head:
        case "digits":
            return f"{rest} digits"
        case "token":
            return f"a code of {rest.rpartition(' ')[2]} characters"
        case "word":
            return {"a": "a word in lower case", "A": "a word in upper case"}.get(rest, "a word")
        case "date":
            return f"a date written {rest}"
        case "decimal":
            return f"a number with a decimal {rest}"
        case _:
            return _WORDS.get(facet, facet)


_WORDS: Mapping[str, str] = {
    "text": "text",
    "text broken": "text in a wrong encoding",
    "number": "a number",
    "flag": "true or false",
    "object": "an object",
    "list": "a list",
    "thousands": "a number with parted thousands",
    "scientific": "a number in scientific notation",
    "bracketed": "a number in brackets",
}


def fields_of(shape: Shape) -> Fields:
    """Put a shape's counts in order of their fields."""
    found: Fields = {}
    for (path, facet), tally in shape.items():
        found.setdefault(path, {})[facet] = tally
    return found


def learning_days(records: Iterable[tuple[str, int]]) -> int | None:
    """Say how many of the first days a feed is learnt from; None where it is not learnt yet.

    Args:
      records: Each day with deliveries and how many records they had, in order.
    """
    total = 0
    for count, (_, number) in enumerate(records, 1):
        total += number
        if count >= LEARN_DAYS and (total >= LEARN_RECORDS or count >= LEARN_DAYS_MAX):
            return count
    return None


def changes(base: Fields, now: Fields, knows: Callable[[str], bool]) -> list[Change]:
    """Compare what came with what was accepted.

    Args:
      base: What was accepted.
      now: What came on one day, or on several.
      knows: Whether the partner's folder knows a field of that path: then its first coming is no news.
    """
    found = _of_table(base, now, knows) if HEADER in _all_facets(now) else _of_objects(base, now, knows)
    return sorted([*found, *_of_values(base, now)], key=lambda change: (change.path, change.kind, change.found))


def _all_facets(fields: Fields) -> set[str]:
    return {facet for facets in fields.values() for facet in facets}


# --- tables ---------------------------------------------------------------------------------


def _of_table(base: Fields, now: Fields, knows: Callable[[str], bool]) -> Iterator[Change]:
    """Compare headers: a column is in every file, or in some, or in none."""
    known_files, files = _count(base, "", FILE), _count(now, "", FILE)
    if known_files < KNOWN_FILES:
        return
    for path in sorted({*base, *now} - {""}):
        was, is_ = _count(base, path, HEADER), _count(now, path, HEADER)
        if is_ and not was and not knows(path):
            yield Change(path, "added", HEADER, "", is_, files)
        elif was == known_files and is_ < files:
            yield Change(path, "removed", "", HEADER, files - is_, files)


# --- objects --------------------------------------------------------------------------------


def _of_objects(base: Fields, now: Fields, knows: Callable[[str], bool]) -> Iterator[Change]:
    for path in sorted({*base, *now}):
        above = parent(path)
        if above is None:
            continue
        known, there = _count(base, above, OBJECT), _count(now, above, OBJECT)
        was, is_ = _present(base.get(path, {})), _present(now.get(path, {}))
        if not was and is_ and not knows(path):
            if _is_news(is_, there, 0, known, _distinct(now[path])):
                yield Change(path, "added", "", "", is_, there)
        elif known >= ALWAYS_MIN and 100 * was >= ALWAYS_PCT * known and there:
            gone = there - is_
            witnesses = now[above][OBJECT].distinct
            if 10 * gone >= 9 * there and _is_news(gone, there, known - was, known, witnesses):
                yield Change(path, "removed", "", "", gone, there)


def parent(path: str) -> str | None:
    """Give the path of the object that a field is in; None for what is no field: kinds, elements, the whole."""
    if not path or path.endswith(("}", "[]")):
        return None
    depth = 0
    for at in range(len(path) - 1, -1, -1):
        depth += (path[at] == "}") - (path[at] == "{")
        if path[at] == "." and not depth:
            return path[:at]
    return ""


def _present(facets: Mapping[str, Tally]) -> int:
    return sum(tally.count for facet, tally in facets.items() if facet not in STRUCTURAL)


def _distinct(facets: Mapping[str, Tally]) -> int:
    return max((tally.distinct for facet, tally in facets.items() if facet not in STRUCTURAL), default=0)


# --- values ---------------------------------------------------------------------------------


def _of_values(base: Fields, now: Fields) -> Iterator[Change]:
    for path in sorted(base.keys() & now.keys()):
        was, is_ = base[path], now[path]
        if VARIED not in was and VARIED not in is_:
            yield from _otherwise(path, was, is_)
        yield from _emptied(path, was, is_)


def _otherwise(path: str, was: Mapping[str, Tally], is_: Mapping[str, Tally]) -> Iterator[Change]:
    """Find what a field's values are now and never were."""
    known, there = _written(was), _written(is_)
    total, count = sum(known.values()), sum(there.values())
    if total < SEEN_MIN:
        return
    types = {type_of(facet) for facet in known}
    usual = " or ".join(in_words(facet) for facet in sorted(known, key=lambda facet: (-known[facet], facet))[:2])
    for facet in sorted(there.keys() - known.keys()):
        if type_of(facet) not in types:
            if total >= 4 * SEEN_MIN or is_[facet].distinct > 1:
                yield Change(path, "retyped", facet, usual, there[facet], count)
        elif _is_other_writing(facet, known) and _is_news(there[facet], count, 0, total, is_[facet].distinct):
            yield Change(path, "written", facet, usual, there[facet], count)


def _written(facets: Mapping[str, Tally]) -> dict[str, int]:
    return {f: t.count for f, t in facets.items() if f not in STRUCTURAL and f not in NOT_WRITTEN}


def type_of(facet: str) -> str:
    """Give the type that a facet is a way of writing of: texts are texts, however they are written."""
    return facet if facet in (OBJECT, LIST, "number", "flag") else "text"


def _is_other_writing(facet: str, known: Mapping[str, int]) -> bool:
    """Say whether a way of writing is another one, and not a longer word or number of the same."""
    way = _way(facet)
    ways = {_way(one) for one in known}
    if way in ways:
        return _has_one_length(way, known)
    if way == "digits":
        return "decimal point" not in ways  # a whole amount
    if way.startswith("date ") and any(_may_be_same_date(way, one) for one in ways):
        return False
    if way == TEXT or way.startswith("word "):
        return not any(one in (TEXT, "token") or (way == TEXT and one.startswith("word ")) for one in ways)
    return True


TEXT_WAY = "text"


def _way(facet: str) -> str:
    """Give a facet without the length of what was written."""
    head = facet.split(" ", 1)[0]
    return head if head in ("digits", "token") else facet


def _has_one_length(way: str, known: Mapping[str, int]) -> bool:
    """Say whether all that was met had one length, and was met often: then another length is another thing."""
    same = [facet for facet in known if _way(facet) == way]
    return way in ("digits", "token") and len(same) == 1 and known[same[0]] >= 4 * SEEN_MIN


def _may_be_same_date(way: str, other: str) -> bool:
    """Say whether two dates differ only in that one of them does not tell day from month."""
    plain = [one.replace("day", "d").replace("month", "d") for one in (way, other)]
    return plain[0] == plain[1] and (way == plain[0] or other == plain[1])


def _emptied(path: str, was: Mapping[str, Tally], is_: Mapping[str, Tally]) -> Iterator[Change]:
    """Find a field that always said something and does so no longer."""
    known, there = _present(was), _present(is_)
    empty = sum(is_[facet].count for facet in NOT_WRITTEN if facet in is_)
    before = sum(was[facet].count for facet in NOT_WRITTEN if facet in was)
    if known < EMPTIED_MIN or there < EMPTIED_MIN or 200 * before > known:
        return
    witnesses = max((is_[facet].distinct for facet in NOT_WRITTEN if facet in is_), default=0)
    is_unlikely = _is_unlikely(empty, there, before, known, EMPTY_ODDS_MIN)
    if 100 * empty > EMPTIED_PCT * there and is_unlikely and witnesses >= SUBJECTS_MAX:
        yield Change(path, "emptied", EMPTY if EMPTY in is_ else NULL, f"{before} of {known}", empty, there)


def null_shifts(base: Fields, now: Fields) -> list[Change]:
    """Find fields that are empty more or less often than they were, by more than `EMPTIED_PCT` points: information.

    The share goes with what is told about, so that it proves nothing by itself.
    """
    found = []
    for path in sorted(base.keys() & now.keys()):
        known, there = _present(base[path]), _present(now[path])
        if known < EMPTIED_MIN or there < EMPTIED_MIN:
            continue
        before, empty = (sum(f[n].count for n in NOT_WRITTEN if n in f) for f in (base[path], now[path]))
        if abs(100 * empty * known - 100 * before * there) > EMPTIED_PCT * known * there:
            found.append(Change(path, "emptied", NULL, f"{before} of {known}", empty, there))
    return found


# --- chance ---------------------------------------------------------------------------------


def _is_news(count: int, of: int, before: int, known: int, distinct: int) -> bool:
    """Say whether something is neither rare, nor of one subject alone, nor what chance brings."""
    if known < SEEN_MIN or distinct < SUBJECTS_MAX or 100 * count < RARE_PCT * of:
        return False
    return _is_unlikely(count, of, before, known)


def _is_unlikely(count: int, of: int, before: int, known: int, odds_min: float = ODDS_MIN) -> bool:
    """Bound the chance of so many of so many, from what was met before, by Chernoff: never too low."""
    odds = max((before + 3) / known, odds_min)
    share = count / of if of else 0.0
    if share <= odds:
        return False
    apart = share * log(share / odds) + ((1 - share) * log((1 - share) / (1 - odds)) if share < 1 else 0.0)
    return exp(-of * apart) < CHANCE_MAX


def _count(fields: Fields, path: str, facet: str) -> int:
    tally = fields.get(path, {}).get(facet)
    return tally.count if tally else 0
