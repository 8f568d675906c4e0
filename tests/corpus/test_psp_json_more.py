"""JSON that Square and Mollie publish themselves gives the right disputes, or is refused with its reason."""

from pathlib import Path
from typing import Any

import pytest

from recoup.domain.dispute import Dispute, fold
from recoup.domain.instants import parse_instant
from recoup.domain.observation import observe
from recoup.domain.tables import moves
from recoup.partners.contract import Arrived, Reading, RecordFeed
from recoup.partners.registry import partners

CORPUS = Path(__file__).resolve().parents[2] / "../shared/corpus/psp-json"
SQUARE = "square__connect-api-specification/api"
MOLLIE = "mollie__mollie-api-python/tests/responses"
LANDED_AT = parse_instant("2026-11-22T00:00:00Z")

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of other people's files is not beside the checkout"
)


def read(partner: str, feed: str, name: str) -> Reading:
    """What one file says, handed in by a person."""
    found = partners()[partner].feeds[feed]
    assert isinstance(found, RecordFeed)
    reading = found.read(
        Arrived("del_1", partner, "default", feed, Path(name).name, LANDED_AT, "UTC"), (CORPUS / name).read_bytes()
    )
    assert reading.records == reading.accepted + len(reading.quarantined)
    return reading


def folded(partner: str, *told: tuple[str, str]) -> list[Dispute]:
    """The disputes of some files (feed, name), without a finding."""
    readings = [read(partner, feed, name) for feed, name in told]
    assert [(r.held, r.findings, r.quarantined) for r in readings] == [(None, [], [])] * len(readings)
    seen = [
        observe(
            placed.said,
            partner=partner,
            account="default",
            feed="any",
            delivery="del_1",
            position=placed.position,
            landed_at=LANDED_AT,
            trust="given",
        )
        for reading in readings
        for placed in reading.observations
    ]
    found = [
        fold([o for o in seen if o.dispute == dispute], moves()) for dispute in dict.fromkeys(o.dispute for o in seen)
    ]
    assert [f.findings for f in found] == [()] * len(found)
    return [f.dispute for f in found]


def shown(dispute: Dispute, *names: str) -> tuple[Any, ...]:
    """Some fields of a dispute."""
    return tuple(getattr(dispute, name) for name in names)


def test_squares_list_is_an_accepted_and_an_open_dispute() -> None:
    """25.00 USD accepted, 22.09 USD awaiting our answer."""
    accepted, open_ = folded("square", ("disputes", f"{SQUARE}/012_schemas_ListDisputesResponse.json"))
    fields = ("partner_dispute_id", "stage", "turn", "outcome", "amount_minor", "reason_code", "network")
    assert shown(accepted, *fields) == (
        "XDgyFu7yo1E2S5lQGGpYn", "chargeback", "nobody", "accepted", 2500, "NO_KNOWLEDGE", "visa",
    )  # fmt: skip
    assert shown(open_, *fields) == (
        "jLGg7aXC7lvKPr9PISt0T", "chargeback", "merchant", None, 2209, "NOT_AS_DESCRIBED", "visa",
    )  # fmt: skip
    assert open_.partner_due_at == parse_instant("2022-05-13T00:00:00Z")


@pytest.mark.parametrize(
    ("name", "dispute", "status", "amount"),
    [
        ("001_schemas_AcceptDisputeResponse.json", "XDgyFu7yo1E2S5lQGGpYn", "ACCEPTED", 2500),
        ("015_schemas_SubmitEvidenceResponse.json", "EAZoK70gX3fyvibecLwIGB", "PROCESSING", 4350),
    ],
)
def test_squares_answers_to_actions_are_disputes(name: str, dispute: str, status: str, amount: int) -> None:
    """A single object is a page."""
    (found,) = folded("square", ("disputes", f"{SQUARE}/{name}"))
    assert shown(found, "partner_dispute_id", "partner_status", "amount_minor") == (dispute, status, amount)


def test_squares_events_in_any_order_are_one_won_dispute() -> None:
    """Created, evidence added (twice told), deleted, won; and won once more by the Events API."""
    names = (
        "010_schemas_DisputeStateUpdatedEvent.json",
        "005_schemas_DisputeEvidenceAddedEvent.json",
        "006_schemas_DisputeEvidenceCreatedEvent.json",
        "007_schemas_DisputeEvidenceDeletedEvent.json",
        "004_schemas_DisputeCreatedEvent.json",
    )
    told = [("webhook", f"{SQUARE}/{name}") for name in names]
    (found,) = folded("square", *told, ("events", f"{SQUARE}/014_schemas_SearchEventsResponse.json"))
    assert shown(found, "partner_dispute_id", "stage", "outcome", "amount_minor", "currency", "payment_ref") == (
        "ORSEVtZAJxb37RA1EiGw", "chargeback", "won", 8801, "USD", "fbmsaEOpoARDKxiSGH1fqPuqoqFZY",
    )  # fmt: skip
    assert [leg.name for leg in found.legs] == ["c1", "d1"]
    assert found.decided_at == parse_instant("2020-02-19T21:34:41.851Z")


def test_squares_twin_events_are_one_observation() -> None:
    """The deprecated event and its successor have one id, and say the same."""
    twins = [
        read("square", "webhook", f"{SQUARE}/{name}").observations[0].said
        for name in ("005_schemas_DisputeEvidenceAddedEvent.json", "006_schemas_DisputeEvidenceCreatedEvent.json")
    ]
    assert twins[0] == twins[1]


def test_every_file_of_square_is_read_here() -> None:
    """None is left out."""
    names = {path.name[:3] for path in (CORPUS / SQUARE).iterdir()}
    assert names == {"001", "004", "005", "006", "007", "010", "012", "014", "015"}


@pytest.mark.parametrize(
    ("name", "dispute", "payment"),
    [
        ("chargebacks_list.json", "chb_n9z0tp", "tr_7UhSN1zuXS"),
        ("chargebacks_list_more.json", "chb_n9z0tq", "tr_7UhSN1zuXS"),
        ("payment_chargebacks_list.json", "chb_n9z0tp", "tr_7UhSN1zuXS"),
        ("payment_chargebacks_list_more.json", "chb_n9z0tq", "tr_7UhSN1zuXS"),
        ("profile_chargebacks_list_more.json", "chb_n9z0tq", "tr_7UhSN1zuXS"),
        ("settlement_chargebacks_list.json", "chb_n9z0tp", "tr_7UhSN1zuXS"),
        ("settlement_chargebacks_list_more.json", "chb_n9z0tq", "tr_7UhSN1zuXS"),
    ],
)
def test_mollies_lists_of_chargebacks_are_open_disputes(name: str, dispute: str, payment: str) -> None:
    """43.38 USD each, whether listed for the account, a payment, a profile or a settlement."""
    (found,) = folded("mollie", ("chargebacks", f"{MOLLIE}/{name}"))
    assert shown(found, "partner_dispute_id", "payment_ref", "stage", "outcome", "amount_minor", "currency") == (
        dispute, payment, "chargeback", None, 4338, "USD",
    )  # fmt: skip
    assert found.opened_at == parse_instant("2018-03-14T17:00:52Z")
    assert [leg.name for leg in found.legs] == ["d1"]


def test_mollies_chargeback_on_three_lists_is_one_dispute() -> None:
    """One observation, even: nothing in it differs."""
    names = ("chargebacks_list.json", "payment_chargebacks_list.json", "settlement_chargebacks_list.json")
    said = [read("mollie", "chargebacks", f"{MOLLIE}/{name}").observations[0].said for name in names]
    assert said[0] == said[1] == said[2]
    assert len(folded("mollie", *[("chargebacks", f"{MOLLIE}/{name}") for name in names])) == 1


def test_mollies_refund_moves_the_balance_with_its_fee() -> None:
    """-10.00 and 0.25 of fee."""
    reading = read("mollie", "balance_transactions", f"{MOLLIE}/balance_transactions_list.json")
    (line,) = reading.money_lines
    assert (reading.findings, line.kind, line.payment_ref) == ([], "refund", "tr_7UhSN1zuXS")
    assert (line.gross_minor, line.fee_minor, line.net_minor, line.currency) == (-1000, 25, -1025, "EUR")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("balance_report_single.json", 'an object "balance-report"'),
        ("order_refunds_list.json", 'an object "refunds"'),
        ("refund_single.json", 'an object "refund"'),
        ("refund_single_no_links.json", 'an object "refund"'),
    ],
)
@pytest.mark.parametrize("feed", ["chargebacks", "balance_transactions", "settlements"])
def test_mollies_other_objects_are_held_with_what_they_are(feed: str, name: str, found: str) -> None:
    """Another object is no empty page, on any feed."""
    held = read("mollie", feed, f"{MOLLIE}/{name}").held
    assert held is not None
    assert (held.check, held.found) == ("mollie.page", found)


def test_every_file_of_mollie_is_read_here() -> None:
    """Seven lists of chargebacks, one of movements, four of other things."""
    assert len(list((CORPUS / MOLLIE).iterdir())) == 12
