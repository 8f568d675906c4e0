"""No card number survives: published test numbers, planted where samples hold values, are gone once they were read."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from recoup.domain.card_numbers import find
from recoup.formats.laid import LayOut
from recoup.intake.conformance.bench import Bench, Heard
from recoup.intake.conformance.looked import Looked
from recoup.partners.contract import TableFeed

NUMBERS = ("4111111111111111", "5555555555554444", "378282246310005", "4111 1111 1111 1111")
"""Test numbers that networks publish; they open nothing."""
LAID_MAX = 200
PLACES_MAX = 600
_XML_TEXT = re.compile(rb">([^<>]{1,80})<")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.){1,80})"\s*([,}\]])')


def look_at_card_numbers(bench: Bench, looked: Looked) -> None:
    """Whatever field a card number is sent in, it is in nothing that is kept of the record."""
    for sample in bench.samples.sample:
        sheet, feed = bench.sheet(sample.file), bench.feed(sample)
        looked.at(not _survivors(bench.taken(sample)), f"{sample.file}: a card number of its own survives")
        lay_out = None if isinstance(feed, TableFeed) else feed.lay_out
        delimiter = feed.delimiter if isinstance(feed, TableFeed) else ","
        for where, body in _some(_planted(sheet.body, lay_out, delimiter), bench.places):
            left = _survivors(bench.read(sample, body))
            looked.at(not left, f"{sample.file}: a card number planted in {where} survives in {', '.join(left)}")


def _some(planted: Iterable[tuple[str, bytes]], most: int) -> list[tuple[str, bytes]]:
    """Give so many of them at most, from everywhere."""
    found = list(planted)
    return found[:: -(-len(found) // most) or 1]


def _planted(body: bytes, lay_out: LayOut | None, delimiter: str) -> Iterator[tuple[str, bytes]]:
    """Give copies of a file, each with a card number in another place; and where it is."""
    if body.lstrip()[:1] in (b"{", b"["):
        places = [(at.start(1), at.end(1)) for at in _QUOTED.finditer(body)]
        yield from _in_places(body, places)
    elif body.lstrip()[:1] == b"<":
        yield from _in_places(body, [at.span(1) for at in _XML_TEXT.finditer(body)])
    elif lay_out is not None:
        yield from _in_fields(body, lay_out)
    else:
        yield from _in_cells(body, delimiter)


def _in_places(body: bytes, places: list[tuple[int, int]]) -> Iterator[tuple[str, bytes]]:
    for number, (start, end) in enumerate(places[:PLACES_MAX]):
        planted = NUMBERS[number % len(NUMBERS)].encode()
        yield f"byte {start}", body[:start] + planted + body[end:]


def _in_fields(body: bytes, lay_out: LayOut) -> Iterator[tuple[str, bytes]]:
    """A field of a format with fixed places keeps its length: a number goes where it fits, blanks after it."""
    seen: set[str] = set()
    for number, laid in enumerate(lay_out(io.BytesIO(body))):
        if number >= LAID_MAX or len(seen) >= PLACES_MAX:
            return
        for field in laid.fields:
            key = f"{laid.kind.split(' ')[0]} {field.name}"
            card = NUMBERS[len(seen) % 3]
            if key in seen or len(field.raw) < len(card):
                continue
            for encoding in ("utf-8", "cp500"):
                told = field.raw.encode(encoding, "replace")
                if told in body:
                    seen.add(key)
                    yield f"{key} at {laid.at}", body.replace(told, card.ljust(len(field.raw)).encode(encoding), 1)
                    break


def _in_cells(body: bytes, delimiter: str) -> Iterator[tuple[str, bytes]]:
    """Each column of the first row in turn."""
    try:
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=delimiter))
    except (UnicodeDecodeError, csv.Error):
        return
    if len(rows) < 2:
        return
    for column in range(len(rows[1])):
        planted = [list(row) for row in rows]
        planted[1][column] = NUMBERS[column % len(NUMBERS)]
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(planted)
        yield f"column {column + 1}", out.getvalue().encode()


def _survivors(taken: Heard) -> list[str]:
    """Give the names of what still holds a card number."""
    kept = {
        "observations": taken.observations,
        "money lines": taken.money_lines,
        "quarantine": taken.quarantined,
        "findings": taken.findings,
        "totals": taken.totals,
        "house": taken.house,
    }
    return [name for name, value in kept.items() if any(find(text) for text in _texts(msgspec.to_builtins(value)))]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
