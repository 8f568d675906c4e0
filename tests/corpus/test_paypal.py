"""JSON that PayPal publishes itself gives the right disputes, or a refusal with its reason."""

from pathlib import Path

import pytest

from recoup.domain.instants import parse_instant
from recoup.partners.contract import Arrived
from recoup.partners.paypal.mapping import read_disputes, read_webhook

CORPUS = Path(__file__).resolve().parents[2] / "../shared/corpus/psp-json/paypal__paypal-rest-api-specifications"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of other people's files is not beside the checkout"
)
WHY = {
    "004": "another object",  # the request of an offer: nothing that PayPal sends
    "007": 'an error "INTERNAL_SERVER_ERROR"',
    "008": 'an error "SERVICE_UNAVAILABLE"',
}


def arrived(feed: str, path: Path) -> Arrived:
    """One file handed in by a person."""
    return Arrived("del_1", "paypal", "default", feed, path.name, parse_instant("2026-11-22T00:00:00Z"), "UTC")


def test_every_file_is_a_dispute_or_refused_with_its_reason() -> None:
    """The published examples hold requests and errors alone: none is a dispute."""
    files = sorted(CORPUS.rglob("*.json"))
    assert files
    for path in files:
        held = read_disputes(arrived("disputes", path), path.read_bytes()).held
        assert held is not None, path.name
        assert (held.check, held.where) == ("paypal.page", path.name)
        assert held.found == WHY.get(path.name[:3], held.found)


def test_no_file_is_an_event() -> None:
    """Each is one record, and quarantined."""
    for path in sorted(CORPUS.rglob("*.json")):
        reading = read_webhook(arrived("webhook", path), path.read_bytes())
        assert (reading.records, reading.accepted) == (1, 0)
        assert [bad.finding.check for bad in reading.quarantined] == ["paypal.event"]
