"""The right signature is accepted, every wrong one refused: the partner's vectors, and those made from its samples."""

from recoup.intake.conformance.bench import Bench
from recoup.intake.conformance.looked import Looked
from recoup.intake.conformance.samples import Sample, Vector
from recoup.partners.contract import RecordFeed, SigningKey

OTHER_SECRET = "5f" * 32
"""Hex, so that it is a key to those that want hex, and a text to all others."""


def look_at_vectors(bench: Bench, looked: Looked) -> None:
    """Each vector is accepted or refused as it says; a partner that signs has one of each."""
    for vector in bench.samples.vector:
        keys = [SigningKey(k.name, k.secret) for k in bench.samples.key if vector.key in (None, k.name)]
        verdict = bench.verified(vector, keys=keys)
        is_refused = not verdict.is_accepted or bool(verdict.refused)
        wanted = "accepted" if vector.accepted else "refused"
        found = f"{vector.file} ({vector.why or 'a vector'}): wanted {wanted}, found {verdict.why or 'accepted'}"
        looked.at(is_refused != vector.accepted, found)
    if bench.partner.capabilities.authenticates != "channel":
        kinds = {vector.accepted for vector in bench.samples.vector}
        looked.at(kinds == {True, False}, "no vector that is accepted, or none that is refused")


def look_at_forgeries(bench: Bench, looked: Looked) -> None:
    """A signed sample is refused with another key, without a key, without its head, and with other bytes."""
    signed: list[Sample | Vector] = [*bench.samples.sample, *(v for v in bench.samples.vector if v.accepted)]
    for sample in signed:
        if _is_signed(bench, sample) and bench.verified(sample).is_accepted:
            _look_at_forgery(bench, sample, looked)


def _is_signed(bench: Bench, sample: Sample | Vector) -> bool:
    feed = bench.feed(sample)
    return isinstance(feed, RecordFeed) and feed.verify is not None and sample.file.endswith(".http")


def _look_at_forgery(bench: Bench, sample: Sample | Vector, looked: Looked) -> None:
    def refused(why: str, body: bytes | None = None, keys: list[SigningKey] | None = None) -> None:
        verdict = bench.verified(sample, body, keys)
        looked.at(not verdict.is_accepted, f"{sample.file}: accepted {why}")

    refused("with another key", keys=[SigningKey("other", OTHER_SECRET)])
    refused("without a live key", keys=[])
    if bench.partner.capabilities.authenticates == "body":
        body = bench.sheet(sample.file).body
        refused("with a byte changed", body[:-2] + bytes([body[-2] ^ 1]) + body[-1:])
        refused("with a byte more", body + b" ")
        refused("with no body", b"")
