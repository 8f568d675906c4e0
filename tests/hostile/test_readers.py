"""Readers of all feeds of all partners take any bytes: they give a reading, and never raise.

Bytes come from nowhere, and from samples with something changed in them. A file that once made a reader raise lies
in `tests/crashers/<partner>/<feed>/`, and is read here for ever; a new one is written there when it is found.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recoup.intake.conformance.bench import Bench
from recoup.intake.conformance.samples import FILE, Sample, Samples, read_samples
from recoup.partners.contract import Partner, TableFeed
from recoup.partners.registry import built_in
from tests.hostile.made import SAMPLES

CRASHERS = Path(__file__).parents[1] / "crashers"
KEPT = sorted(path for path in CRASHERS.glob("*/*/*") if path.is_file())
FEEDS = [(partner, name) for partner in built_in() for name in partner.feeds]
RECEIVED_AT = "2026-03-01T12:00:00Z"
EXAMPLES, EXAMPLES_OF_TABLES = 30, 4
"""Reading by the engine takes some milliseconds more."""
BYTES_OF_FORMATS = b'0123456789 \r\n\t,;:|/"<>[]{}=-+.&\\ABCRZ\x00\x15\xf0\xff'

Change = tuple[int, int, bytes]
"""Where in a file (a part of 65,536), how many bytes go, and what comes in their place."""
CHANGES = st.lists(
    st.tuples(
        st.integers(0, 65_535),
        st.integers(0, 40),
        st.one_of(st.binary(max_size=12), st.lists(st.sampled_from(BYTES_OF_FORMATS), max_size=12).map(bytes)),
    ),
    min_size=1,
    max_size=6,
)


def changed(body: bytes, changes: list[Change]) -> bytes:
    """A file with some pieces replaced."""
    for at, gone, come in changes:
        place = at * len(body) // 65_536
        body = body[:place] + come + body[place + gone :]
    return body


def sample_of(partner: Partner, feed: str) -> Sample | None:
    """The first sample of a feed."""
    folder = SAMPLES / partner.name
    samples = read_samples(folder).sample if (folder / FILE).is_file() else ()
    return next((sample for sample in samples if sample.feed == feed), None)


def read(bench: Bench, sample: Sample, body: bytes) -> None:
    """Read bytes; those that make the reader raise are kept before it is told."""
    try:
        heard = bench.read(sample, body)
    except BaseException:
        place = CRASHERS / bench.partner.name / sample.feed
        place.mkdir(parents=True, exist_ok=True)
        (place / hashlib.sha256(body).hexdigest()[:16]).write_bytes(body)
        raise
    assert heard.status != "read" or heard.records == heard.accepted + len(heard.quarantined)
    assert heard.status == "read" or heard.findings
    assert bench.uncounted == []


@pytest.fixture(params=FEEDS, ids=lambda feed: f"{feed[0].name}-{feed[1]}")
def bench_and_sample(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Bench, Sample]]:
    """A reader of one feed, with a file of it where there is one."""
    partner, feed = request.param
    sample = sample_of(partner, feed)
    folder = SAMPLES / partner.name
    if sample is None:
        (tmp_path / "x.dat").write_bytes(b"")
        folder, sample = tmp_path, Sample(feed, "x.dat", RECEIVED_AT, 0)
    bench = Bench(partner, Samples("default"), folder, tmp_path)
    yield bench, sample
    bench.close()


def test_a_reader_takes_any_bytes(bench_and_sample: tuple[Bench, Sample]) -> None:
    """Its own samples spoiled, and bytes that are nothing."""
    bench, sample = bench_and_sample
    body = bench.sheet(sample.file).body
    most = EXAMPLES_OF_TABLES if isinstance(bench.feed(sample), TableFeed) else EXAMPLES

    @settings(max_examples=most, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.one_of(CHANGES.map(lambda changes: changed(body, changes)), st.binary(max_size=400)))
    def reads(given_bytes: bytes) -> None:
        read(bench, sample, given_bytes)

    reads()


@pytest.mark.parametrize("path", KEPT, ids=lambda path: "-".join(path.parts[-3:]))
def test_what_once_broke_a_reader_breaks_it_no_more(path: Path, tmp_path: Path) -> None:
    """Every file that was ever found."""
    name, feed = path.parts[-3:-1]
    partner = next(partner for partner in built_in() if partner.name == name)
    bench = Bench(partner, Samples("default"), path.parent, tmp_path)
    read(bench, Sample(feed, path.name, RECEIVED_AT, 0), path.read_bytes())
    bench.close()
