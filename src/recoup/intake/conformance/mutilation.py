"""A spoiled file is noticed: cut, doubled, joined, in another encoding, with another total than it computes to.

What cannot be noticed is not looked for, but declared: a feed that is closed by nothing says so in `closed_by`.
"""

from itertools import islice

from recoup.intake.conformance.bench import Bench, Heard, content, identities, is_noticed
from recoup.intake.conformance.cuts import boundaries, off_by_one, recoded
from recoup.intake.conformance.looked import Looked
from recoup.intake.conformance.samples import Sample
from recoup.partners.contract import TableFeed

PLACES_MAX = 40


def look_at_truncation(bench: Bench, looked: Looked) -> None:
    """Cut at any record, the file is noticed to be cut."""
    for sample in _sound(bench):
        if bench.feed(sample).closed_by == "nothing":
            continue
        body = bench.sheet(sample.file).body
        for at in _cuts(bench, sample, body):
            found = f"{sample.file}: cut at byte {at} of {len(body)}, and nobody notices"
            looked.at(_is_noticed(bench, sample, body[:at]), found)


def look_at_trailers(bench: Bench, looked: Looked) -> None:
    """Without its last record, a file that states totals is noticed to be cut."""
    for sample in _sound(bench):
        body = bench.sheet(sample.file).body
        if bench.feed(sample).closed_by == "totals" and (cuts := _cuts(bench, sample, body)):
            looked.at(
                _is_noticed(bench, sample, body[: cuts[-1]]), f"{sample.file}: its trailer is gone, and nobody notices"
            )


def look_at_stated_totals(bench: Bench, looked: Looked) -> None:
    """A stated total that is wrong by one is noticed, and so is every spoiled copy that the samples name."""
    for spoiled in bench.samples.spoiled:
        sample = bench.samples.of(spoiled.file)
        body, told = bench.sheet(sample.file).body, spoiled.find.encode()
        looked.at(body.count(told) >= 1, f"{sample.file}: {spoiled.find!r} is not in it")
        at = body.rfind(told)
        changed = body[:at] + spoiled.put.encode() + body[at + len(told) :]
        looked.at(_is_noticed(bench, sample, changed), f"{sample.file}: {spoiled.why or 'spoiled'}, and nobody notices")
    named = {spoiled.file for spoiled in bench.samples.spoiled}
    for sample in _sound(bench):
        if sample.file not in named and bench.feed(sample).closed_by == "totals":
            _look_at_stated(bench, sample, looked)


def look_at_joined(bench: Bench, looked: Looked) -> None:
    """Two files in one are noticed, or read as the two that they are: nothing is counted twice."""
    for sample in _sound(bench):
        body = bench.sheet(sample.file).body
        if not body.strip():
            continue
        taken = bench.read(sample, body + body)
        is_right = is_noticed(taken, bench.taken(sample)) or identities(taken) == identities(bench.taken(sample))
        looked.at(is_right, f"{sample.file}: twice in one file, and counted twice")


def look_at_encodings(bench: Bench, looked: Looked) -> None:
    """In another encoding a file is noticed to be wrong, or read as it is."""
    for sample in _sound(bench):
        sound = bench.taken(sample)
        for name, body in recoded(bench.sheet(sample.file).body):
            taken = bench.read(sample, body)
            is_right = is_noticed(taken, sound) or _told(taken) == _told(sound)
            looked.at(is_right, f"{sample.file}: in {name}, and read as something else")


def _sound(bench: Bench) -> list[Sample]:
    return [
        sample
        for sample in bench.samples.sample
        if not bench.is_held(sample) and bench.sheet(sample.file).broken is None
    ]


def _cuts(bench: Bench, sample: Sample, body: bytes) -> list[int]:
    feed = bench.feed(sample)
    return boundaries(body, None if isinstance(feed, TableFeed) else feed.lay_out)


def _look_at_stated(bench: Bench, sample: Sample, looked: Looked) -> None:
    body = bench.sheet(sample.file).body
    cuts = _cuts(bench, sample, body)
    has_head = not isinstance(bench.feed(sample), TableFeed)
    noticed = 0
    for control in bench.controls(sample):
        changed = islice(off_by_one(body, control, cuts, has_head=has_head), PLACES_MAX)
        noticed += any(_is_noticed(bench, sample, other) for other in changed)
    looked.at(
        noticed > 0, f"{sample.file}: no total that it states was noticed to be wrong by one; name one in [[spoiled]]"
    )


def _is_noticed(bench: Bench, sample: Sample, body: bytes) -> bool:
    return is_noticed(bench.read(sample, body), bench.taken(sample))


def _told(taken: Heard) -> object:
    told = content(taken)
    return {name: told[name] for name in ("status", "records", "said", "lines", "house")}
