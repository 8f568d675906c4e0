"""Unknown codes stay unknown: a word that no vocabulary has is said so, and never read as a word that it is not.

Each word of the partner's vocabularies that stands in a sample is changed into one that stands in none. What the
record says may then be unknown, absent or the changed word itself, with a finding; nothing else may take its place.
And where another known word would have changed what the record says, an unknown one must not pass without a finding.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from recoup.domain.codes import Vocabulary
from recoup.formats.laid import LayOut
from recoup.intake.conformance.bench import Bench, Heard, content, is_noticed
from recoup.intake.conformance.cuts import places_of
from recoup.intake.conformance.looked import Looked
from recoup.intake.conformance.samples import Sample
from recoup.partners.contract import TableFeed

WORDS_MAX = 40
"""Words changed in one sample."""
PLACES_MAX = 3
"""Places of one word in one sample."""
CHANGED_CHARACTERS = 3
UNKNOWN = frozenset({None, "unknown", "unsaid", "closed_unknown"})
CODE_CHARACTERS_MIN = 3
"""In a format with fixed places shorter words stand everywhere."""
_EBCDIC = "cp500"
_VALUE = re.compile(rb"(?<![^\",;|>\t\n])([^\",;|<>\t\r\n]{2,80})(?=$|[\",;|<\t\r\n])(?!\"\s*:)")


class Place(msgspec.Struct, frozen=True):
    """Where a value stands, and in which encoding."""

    at: int
    encoding: str


Places = dict[str, list[Place]]


class Change(msgspec.Struct, frozen=True):
    """One word at one place, an unknown one in its stead, and a known one of the same length where there is one."""

    vocabulary: str
    word: str
    unknown: str
    at: int
    encoding: str
    other: str | None

    def put(self, body: bytes, word: str) -> bytes:
        """Give the bytes with a word at this place."""
        return body[: self.at] + word.encode(self.encoding) + body[self.at + len(self.word) :]


def look_at_codes(bench: Bench, looked: Looked) -> None:
    """A code that is in no vocabulary stays unknown, with a finding."""
    for sample in bench.samples.sample:
        if bench.is_held(sample):
            continue
        body = bench.sheet(sample.file).body
        feed = bench.feed(sample)
        lay_out = None if isinstance(feed, TableFeed) else feed.lay_out
        places = _laid_places(body, lay_out) if lay_out else _value_places(body)
        for change in list(_changes(body, bench.partner.codes, places))[: bench.places]:
            _look_at_change(bench, sample, body, change, looked)


def _look_at_change(bench: Bench, sample: Sample, body: bytes, change: Change, looked: Looked) -> None:
    sound = bench.taken(sample)
    taken = bench.read(sample, change.put(body, change.unknown))
    where = f"{sample.file}: {change.unknown} in place of {change.word} ({change.vocabulary}, byte {change.at})"
    is_same = _told(taken) == _told(sound)
    if is_same and not is_noticed(taken, sound):
        looked.at(not _matters(bench, sample, body, change, sound), f"{where} is read as {change.word}")
        return
    looked.at(is_noticed(taken, sound), f"{where} changes what is said, without a finding")
    for name, value in _invented(sound, taken, change):
        looked.at(False, f"{where} gives {name} {value!r}")


def _matters(bench: Bench, sample: Sample, body: bytes, change: Change, sound: Heard) -> bool:
    """Whether another word of the vocabulary, in this place, changes what is said: then the place is read."""
    if change.other is None:
        return False
    return _told(bench.read(sample, change.put(body, change.other))) != _told(sound)


def _invented(sound: Heard, taken: Heard, change: Change) -> Iterator[tuple[str, Any]]:
    """Give the fields in which something else came than nothing, unknown, or the changed word."""
    if taken.status != "read":
        return
    before = {(o.position, o.said.partner_dispute_id): msgspec.to_builtins(o.said) for o in sound.observations}
    for observation in taken.observations:
        said = msgspec.to_builtins(observation.said)
        known = before.get((observation.position, observation.said.partner_dispute_id))
        if known is not None:
            yield from _differing(known, said, change, ("move", "kind", "nature", "network", "reason_code"))
    lines = _by_position(sound)
    for position, told in _by_position(taken).items():
        for line in told if position in lines else ():
            # A record may move an amount and a fee: what it said of one of them before is not invented.
            told_so = ([*_differing(one, line, change, ("kind", "cycle"))] for one in lines[position])
            yield from min(told_so, key=len)


def _by_position(taken: Heard) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for line in taken.money_lines:
        found.setdefault(line.position, []).append(msgspec.to_builtins(line))
    return found


def _differing(
    known: dict[str, Any], said: dict[str, Any], change: Change, names: tuple[str, ...]
) -> Iterator[tuple[str, Any]]:
    for name in names:
        value = said.get(name)
        if value != known.get(name) and value not in UNKNOWN and change.unknown not in str(value):
            yield name, value


def _told(taken: Heard) -> object:
    told = content(taken)
    return (told["status"], told["said"], told["lines"], told["house"])


def _changes(body: bytes, codes: Vocabulary, places: Places) -> Iterator[Change]:
    seen: set[tuple[int, int]] = set()
    words = 0
    for vocabulary in sorted(codes.vocabularies()):
        known = codes.known(vocabulary)
        for word in sorted(known, key=lambda one: (-len(one), one)):
            changes = list(_changes_of(places, vocabulary, word, known, seen))
            words += bool(changes)
            yield from changes
            if words >= WORDS_MAX:
                return


def _changes_of(
    places: Places, vocabulary: str, word: str, known: frozenset[str], seen: set[tuple[int, int]]
) -> Iterator[Change]:
    unknown = _unknown(word, known)
    fresh = [place for place in places.get(word, ()) if (place.at, len(word)) not in seen]
    if unknown is None:
        return
    other = next((one for one in sorted(known) if len(one) == len(word) and one != word), None)
    for place in fresh[:PLACES_MAX]:
        seen.add((place.at, len(word)))
        yield Change(vocabulary, word, unknown, place.at, place.encoding, other)


def _value_places(body: bytes) -> Places:
    """Give every value with where it stands: in quotes, in a cell, or as the text of an element."""
    found: Places = {}
    for at in _VALUE.finditer(body):
        told = at[1].decode("utf-8", "replace")
        found.setdefault(told, []).append(Place(at.start(1), "utf-8"))
    return found


def _laid_places(body: bytes, lay_out: LayOut) -> Places:
    """Give every value of the fields of a format with places of its own, with where it stands in its record."""
    found: Places = {}
    for start, laid in places_of(body, lay_out):
        for field in laid.fields:
            told = field.raw.strip()
            place = _place_of(body, start, told) if len(told) >= CODE_CHARACTERS_MIN else None
            if place is not None:
                found.setdefault(told, []).append(place)
    return found


def _place_of(body: bytes, start: int, told: str) -> Place | None:
    for encoding in ("utf-8", _EBCDIC):
        at = body.find(told.encode(encoding, "replace"), start)
        if at >= 0:
            return Place(at, encoding)
    return None


def _unknown(word: str, known: frozenset[str]) -> str | None:
    """Give a word of the same length and kinds of characters that the vocabulary does not have."""
    changed = min(CHANGED_CHARACTERS, max(1, len(word) - 1))
    for digit, letter in (("9", "z"), ("8", "q"), ("7", "x"), ("6", "j"), ("0", "k")):
        tail = "".join(_like(character, digit, letter) for character in word[-changed:])
        if (found := word[:-changed] + tail) not in known and found != word:
            return found
    return None


def _like(character: str, digit: str, letter: str) -> str:
    if character.isdigit():
        return digit
    return letter.upper() if character.isupper() else letter if character.isalpha() else character
