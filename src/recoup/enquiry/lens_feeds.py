"""Which partner's feed a file may be of, and which of several is shown.

Feeds that lay files out are asked to lay out the first records; tables are known by their columns; small
messages and reports are read. Who finds no fault with the beginning is a candidate.
"""

import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import BinaryIO

import msgspec

from recoup.enquiry import lens_csv, lens_parquet
from recoup.formats.laid import Field, Laid, LayOut
from recoup.partners.contract import (
    Arrived,
    Feed,
    FileFeed,
    Layout,
    Partner,
    Reading,
    RecordFeed,
    TableFeed,
)

PROBED_RECORDS = 5
FAULTS_MAX = 100_000
XML = "XML"
OWN_FORMATS = frozenset({"ISO 8583 (IPM)", "Nacha (ACH)", "MT940/MT942", "BAI2", "OFX"})
TABLES = ("delimited text", "Parquet")
NO_RECORD = "?"
"""How the kind of a line begins that a format shows, and does not know."""
PROBED_BYTES_MAX = 1 << 20
"""A larger file is not read by every feed in turn to see which finds something in it."""
READ_BYTES_MAX = 4 << 20
"""Of a larger file it is not said what it says, only what stands in it: the first records must show at once."""
WORD_CHARACTERS_MAX = 100
OUR_ACCOUNT = "default"


class Candidate(msgspec.Struct, frozen=True):
    """A feed that the file may be of."""

    partner: str
    feed: str
    why: str


class Claim(msgspec.Struct, frozen=True):
    """That a feed takes a file for its own: why, and how many faults it finds with it all the same."""

    why: str
    faults: int = 0


class Choice(msgspec.Struct, frozen=True):
    """Candidates, the best first, and why it is; nothing to say where there is one alone."""

    order: tuple[Candidate, ...]
    because: str


class Weight(msgspec.Struct, frozen=True):
    """What speaks for one of several candidates."""

    is_sound: bool = True
    facts: int = 0
    refused: int = 0
    columns: int = 0
    is_named: bool = False

    @property
    def order(self) -> tuple[bool, int, int, int, bool]:
        """Greater is better."""
        return self.is_sound, self.facts, -self.refused, self.columns, self.is_named


class Nearest(msgspec.Struct, frozen=True):
    """The feed whose layout a table nearly has."""

    partner: str
    feed: str
    layout: str
    missing: tuple[str, ...]
    columns: int


class Sheet(msgspec.Struct, frozen=True):
    """A file as far as detection needs it: the beginning of what a feed would read, and how the message came."""

    name: str
    head: bytes
    body: bytes | None
    """All of it, where it is small."""
    is_packed: bool = False
    headers: Mapping[str, str] = {}
    start_line: str = ""


def candidates(sheet: Sheet, format_name: str | None, among: Collection[Partner]) -> list[Candidate]:
    """Give the feeds that take this file for their own with the fewest faults, in the order of partners and feeds."""
    found: list[tuple[int, Candidate]] = []
    for partner in among:
        for name, feed in partner.feeds.items():
            if claim := _claim(sheet, format_name, partner, feed):
                found.append((claim.faults, Candidate(partner.name, name, claim.why)))
    fewest = min((faults for faults, _ in found), default=0)
    return [candidate for faults, candidate in found if faults == fewest]


def way_of(feed: Feed) -> LayOut | None:
    """Give how a feed lays its files out; tables by their delimiter, None where the file's format has to say."""
    if isinstance(feed, TableFeed):
        return lambda stream: _lay_out_table(stream, feed)
    return feed.lay_out


def meant(laid: Laid, partner: Partner) -> Laid:
    """Give the record with meanings from the partner's vocabularies where its format had none to give."""
    names = partner.codes.vocabularies()
    return msgspec.structs.replace(laid, fields=tuple(_meant(field, partner, names) for field in laid.fields))


def chosen(sheet: Sheet, found: Sequence[Candidate], known: Mapping[str, Partner]) -> Choice:
    """Give the candidates, the best before the others, and why it is: what it reads, by its columns, by its name.

    Nothing is proven by it: who knows better names partner and feed.
    """
    if len(found) < 2:
        return Choice(tuple(found), "")
    weighed = [(candidate, _weight(sheet, known[candidate.partner], candidate)) for candidate in found]
    weighed.sort(key=lambda one: one[1].order, reverse=True)
    (_, first), (other, second) = weighed[:2]
    return Choice(tuple(candidate for candidate, _ in weighed), _because(first, second, other))


def read_by(sheet: Sheet, partner: str, feed: RecordFeed | FileFeed) -> Reading | None:
    """Give what a feed's reader says of a small file, for comparison alone; None of a large one."""
    if sheet.body is None:
        return None
    whole = Reading()
    for part in _readings(sheet, partner, feed, sheet.body):
        _join(whole, part)
    return whole


def missing_columns(sheet: Sheet, feed: TableFeed) -> tuple[Layout, list[str]]:
    """Give the layout of a feed that a table comes nearest to, and its columns that the table has not."""
    header = _header(sheet, feed)
    layout = min(feed.layouts, key=lambda one: (len(set(one.required) - header), one.name))
    return layout, [column for column in layout.required if column not in header]


def nearest(sheet: Sheet, among: Collection[Partner], share_min: int = 50) -> Nearest | None:
    """Give the feed of tables whose columns a table comes nearest to, where it has so many of a hundred of them."""
    found = []
    for partner in among:
        for name, feed in partner.feeds.items():
            if isinstance(feed, TableFeed):
                layout, missing = missing_columns(sheet, feed)
                if missing and (len(layout.required) - len(missing)) * 100 >= share_min * len(layout.required):
                    found.append(Nearest(partner.name, name, layout.name, tuple(missing), len(layout.required)))
    return min(found, key=lambda one: (len(one.missing) * 1_000 // one.columns, one.partner, one.feed), default=None)


def _weight(sheet: Sheet, partner: Partner, candidate: Candidate) -> Weight:
    feed = partner.feeds[candidate.feed]
    if isinstance(feed, TableFeed):
        layout = next((one for one in feed.layouts if set(one.required) <= _header(sheet, feed)), None)
        named = bool(feed.covers_from_name and re.search(feed.covers_from_name, sheet.name))
        return Weight(columns=len(layout.required) if layout else 0, is_named=named)
    read = read_by(sheet, partner.name, feed)
    if read is None:
        return Weight()
    is_held = read.held is not None or any(one.stated != one.computed for one in read.controls)
    facts = len(read.observations) + len(read.money_lines)
    return Weight(not is_held, facts, len(read.quarantined))


def _because(first: Weight, second: Weight, other: Candidate) -> str:
    name = f"{other.partner} {other.feed}"
    if first.is_sound != second.is_sound:
        return f"it reads the whole of it, and {name} would hold it"
    if first.facts != second.facts:
        facts = "fact" if first.facts == 1 else "facts"
        return f"it reads {first.facts:,} {facts} in it, and {name} {second.facts:,}"
    if first.refused != second.refused:
        return f"{name} would quarantine more of its records"
    if first.columns != second.columns:
        return f"it knows more of its columns than {name}"
    if first.is_named != second.is_named:
        return "its name is as this feed's files are named"
    return "it stands first; nothing in the file tells them apart"


def _claim(sheet: Sheet, format_name: str | None, partner: Partner, feed: Feed) -> Claim | None:
    if isinstance(feed, TableFeed):
        return _claim_by_columns(sheet, format_name, feed)
    if feed.lay_out is not None:
        return _claim_by_layout(sheet, feed.lay_out, format_name)
    return _claim_by_reading(sheet, partner, feed)


def _claim_by_columns(sheet: Sheet, format_name: str | None, feed: TableFeed) -> Claim | None:
    if format_name not in TABLES:
        return None
    header = _header(sheet, feed)
    layout = next((one for one in feed.layouts if set(one.required) <= header), None)
    return None if layout is None else Claim(f"has the columns of {layout.name}")


def _header(sheet: Sheet, feed: TableFeed) -> set[str]:
    if sheet.head[:4] == b"PAR1":
        return set() if sheet.body is None else lens_parquet.columns(io.BytesIO(sheet.body))
    first = next(_lay_out_table(io.BytesIO(sheet.head), feed), None)
    return {field.raw.strip() for field in first.fields} if first else set()


def _lay_out_table(stream: BinaryIO, feed: TableFeed) -> Iterator[Laid]:
    head = stream.read(4)
    stream.seek(0)
    if head == b"PAR1":
        return lens_parquet.lay_out(stream)
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return lens_csv.lay_out_with(stream, feed.delimiter, encoding)


def _claim_by_layout(sheet: Sheet, lay_out: LayOut, format_name: str | None) -> Claim | None:
    """A feed that finds faults claims a file of a format that only feeds can show, and XML that begins as its own."""
    first = list(islice(lay_out(io.BytesIO(sheet.head)), PROBED_RECORDS))
    faults = [found for laid in first for found in laid.findings if found.severity == "error"]
    begins_well = not any(found.severity == "error" for laid in first[:1] for found in laid.findings)
    is_own = format_name in OWN_FORMATS or (format_name == XML and begins_well)
    if (faults and not is_own) or not any(laid.fields for laid in first):
        return None
    if any(laid.kind.startswith(NO_RECORD) for laid in first):
        return None
    if not faults:
        return Claim(f"its first records lay out without a fault: {first[0].kind}")
    # Of feeds that all find faults the one counts that knows most of what stands there.
    known = sum(len(laid.fields) for laid in first)
    return Claim(f"knows {known} fields in its first records, in spite of faults", FAULTS_MAX - min(known, FAULTS_MAX))


def _claim_by_reading(sheet: Sheet, partner: Partner, feed: RecordFeed | FileFeed) -> Claim | None:
    if sheet.body is None or len(sheet.body) > PROBED_BYTES_MAX:
        return None
    read = read_by(sheet, partner.name, feed)
    facts = len(read.observations) + len(read.money_lines) if read else 0
    if read is None or read.held or read.quarantined or not facts:
        return None
    faults = sum(1 for found in read.findings if found.severity != "note")
    return Claim(f"reads {facts:,} {'fact' if facts == 1 else 'facts'} in it", faults)


def _readings(sheet: Sheet, partner: str, feed: RecordFeed | FileFeed, body: bytes) -> Iterator[Reading]:
    arrived = Arrived(
        delivery="lens",
        partner=partner,
        account=OUR_ACCOUNT,
        feed=feed.name,
        name=sheet.name,
        landed_at=0,
        zone="UTC",
        headers=sheet.headers,
        start_line=sheet.start_line,
    )
    if isinstance(feed, RecordFeed):
        yield feed.read(arrived, body)
    else:
        yield from feed.read(arrived, io.BytesIO(body))


def _join(whole: Reading, part: Reading) -> None:
    whole.records += part.records
    whole.accepted += part.accepted
    whole.observations += part.observations
    whole.money_lines += part.money_lines
    whole.quarantined += part.quarantined
    whole.findings += part.findings
    whole.controls += part.controls
    whole.held = whole.held or part.held
    whole.covers_on = part.covers_on or whole.covers_on


def _meant(field: Field, partner: Partner, names: frozenset[str]) -> Field:
    if field.meaning is not None or len(field.raw) > WORD_CHARACTERS_MAX:
        return field
    word = field.name.strip().lower().replace(" ", "_").replace("-", "_")
    found = next((m for v in _vocabularies(word, names) if (m := partner.codes.meaning(v, field.raw))), None)
    return field if found is None else msgspec.structs.replace(field, meaning=found.replace("_", " "))


@lru_cache(1024)
def _vocabularies(word: str, names: frozenset[str]) -> list[str]:
    """Vocabularies that a field of this name may be of: those of its name, or whose name ends in it."""
    return sorted(v for v in names if v == word or v.endswith(f"_{word}") or word.endswith(f"_{v}"))
