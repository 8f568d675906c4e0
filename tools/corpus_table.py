"""What is read of other people's files: `python -m tools.corpus_table FOLDER` prints files, read, refused, records.

The files are not part of the checkout; `--reasons` says why each refused one was. Each folder of them is read by the
feeds that its files may be of, through the very readers of the intake; a file that no feed reads whole is refused,
with place and rule.
"""

import gzip
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from recoup.intake.conformance.bench import Bench, Heard
from recoup.intake.conformance.samples import Sample, Samples
from recoup.partners.registry import partners

RECEIVED_AT = "2026-11-22T00:00:00Z"
ACCOUNT = "default"


@dataclass(frozen=True, slots=True)
class Route:
    """Whose feeds the files of a folder may be of, and how their records are counted a second time, by a pattern."""

    folder: str
    format: str
    partners: tuple[str, ...]
    counted: Callable[[bytes], int] | None = None


def _pattern(text: bytes) -> Callable[[bytes], int]:
    pattern = re.compile(text, re.MULTILINE)
    return lambda body: len(pattern.findall(body))


def _transactions(body: bytes) -> int:
    """Count the transactions of entries; an entry without details is one."""
    entries = re.findall(rb"<(?:\w+:)?Ntry[ >].*?</(?:\w+:)?Ntry>", body, re.DOTALL)
    return sum(max(1, len(re.findall(rb"<(?:\w+:)?TxDtls[ >]", entry))) for entry in entries)


ROUTES: tuple[Route, ...] = (
    Route("ach-large/", "ACH (Nacha)", ("ach",), _pattern(rb"^6[0-9]{2}[0-9 ]")),
    Route("ach-json/", "ACH as another's JSON", ("ach",)),
    Route("ach/", "ACH (Nacha)", ("ach",), _pattern(rb"^6[0-9]{2}[0-9 ]")),
    Route("ipm/", "IPM (ISO 8583)", ("mastercard",)),
    Route("bai2/", "BAI2", ("bank",), _pattern(rb"(?:^|/[ \t]+)16,")),
    Route("mt940/", "MT940/MT942", ("bank",), _pattern(rb"^:61:|\r:61:")),
    Route("camt/", "camt (ISO 20022)", ("bank", "sepa"), _transactions),
    Route("pacs/", "pacs, camt, admi (ISO 20022)", ("sepa", "bank")),
    Route("pain-status/", "pain.002 (ISO 20022)", ("sepa",)),
    Route("pain-initiation/", "pain.001/008 (ISO 20022)", ("sepa",)),
    Route("processor-xml/", "Worldpay chargeback XML", ("worldpay",)),
    Route("psp-json/stripe", "Stripe JSON", ("stripe",)),
    Route("psp-json/Adyen", "Adyen JSON", ("adyen",)),
    Route("psp-json/mollie", "Mollie JSON", ("mollie",)),
    Route("psp-json/paypal", "PayPal JSON", ("paypal",)),
    Route("psp-json/square", "Square JSON", ("square",)),
    Route("psp-reports/", "J.P. Morgan field lists (CSV)", ("jpmorgan",)),
)
NO_MESSAGES = ("schema", "INDEX.md")
"""Folders that hold descriptions of files, and no files."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one file."""

    path: Path
    route: Route
    feed: str
    heard: Heard | None
    counted: int | None

    @property
    def is_read(self) -> bool:
        """Whether a feed read it: whole, bad records named one by one."""
        return self.heard is not None and self.heard.status == "read"

    @property
    def reason(self) -> str:
        """Why it was refused: place, finding, rule."""
        if self.heard is None:
            return "no feed for it yet"
        found = self.heard.findings[0]
        return f"{found.where}: {found.found}; wanted {found.wanted} [{found.check}]"


def files(corpus: Path) -> list[Path]:
    """Give every file that is a message or a report, in order."""
    found = (path for path in corpus.rglob("*") if path.is_file())
    return sorted(path for path in found if path.relative_to(corpus).parts[0] not in NO_MESSAGES)


def route_of(corpus: Path, path: Path) -> Route | None:
    """Give the route of a file; None for one in a folder that nobody entered."""
    name = path.relative_to(corpus).as_posix()
    return next((route for route in ROUTES if name.startswith(route.folder)), None)


def read(corpus: Path, paths: Sequence[Path]) -> Iterator[Row]:
    """Read files by the feeds of their routes, and say what became of each."""
    with ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="corpus-")))
        benches: dict[str, Bench] = {}
        for path in paths:
            route = route_of(corpus, path)
            if route is not None:
                yield _row(corpus, path, route, benches, room)
        for bench in benches.values():
            bench.close()


def _row(corpus: Path, path: Path, route: Route, benches: dict[str, Bench], room: Path) -> Row:
    """Take the first feed that reads the file; else the first that knows what is wrong with it."""
    body = path.read_bytes()
    body = gzip.decompress(body) if path.suffix == ".gz" else body
    counted = route.counted(body) if route.counted else None
    best: tuple[str, Heard | None] = ("", None)
    for partner, feed in _feeds(route):
        bench = benches.setdefault(partner, Bench(partners()[partner], Samples(ACCOUNT), corpus, _inner(room, partner)))
        sample = Sample(feed, path.relative_to(corpus).as_posix(), RECEIVED_AT, 0)
        heard = bench.read(sample, body)
        if best[1] is None or _rank(heard) > _rank(best[1]):
            best = (f"{partner}/{feed}", heard)
    return Row(path, route, *best, counted)


def _feeds(route: Route) -> Iterator[tuple[str, str]]:
    for partner in route.partners:
        if partner in partners():
            yield from ((partner, feed) for feed in partners()[partner].feeds)


def _rank(heard: Heard) -> tuple[bool, int, int]:
    return (heard.status == "read", heard.accepted, len(heard.observations) + len(heard.money_lines))


def _inner(room: Path, partner: str) -> Path:
    place = room / partner
    place.mkdir(exist_ok=True)
    return place


def table(rows: Sequence[Row]) -> list[str]:
    """Give the lines of the table: one per format, then the reasons."""
    lines = [f"{'format':36} {'files':>6} {'read':>6} {'refused':>8} {'records':>9} {'quarantined':>12}"]
    for name in dict.fromkeys(row.route.format for row in rows):
        of = [row for row in rows if row.route.format == name]
        heard = [row.heard for row in of if row.is_read and row.heard is not None]
        records, bad = sum(h.records for h in heard), sum(len(h.quarantined) for h in heard)
        lines.append(f"{name:36} {len(of):6} {len(heard):6} {len(of) - len(heard):8} {records:9,} {bad:12,}")
    total = [row for row in rows if row.is_read]
    lines.append(f"{'all':36} {len(rows):6} {len(total):6} {len(rows) - len(total):8}")
    return lines


def reasons(rows: Sequence[Row]) -> list[str]:
    """Give why files were refused, one line each."""
    return [f"{row.path.name}: {row.reason}" for row in rows if not row.is_read]


def main() -> int:
    """Print the table, with `--reasons` also why each refused file was."""
    folders = [Path(word) for word in sys.argv[1:] if not word.startswith("-")]
    if len(folders) != 1 or not folders[0].is_dir():
        print("Usage: python -m tools.corpus_table FOLDER [--reasons]")
        return 2
    rows = list(read(folders[0], files(folders[0])))
    print("\n".join(table(rows)))
    if "--reasons" in sys.argv[1:]:
        print("\n".join(reasons(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
