"""JSON that Stripe and Adyen publish themselves gives the right disputes."""

from pathlib import Path
from typing import Any

import pytest

from recoup.domain.dispute import Dispute, fold
from recoup.domain.instants import parse_instant
from recoup.domain.observation import observe
from recoup.domain.tables import moves
from recoup.partners.contract import Arrived, Partner, Reading, RecordFeed
from recoup.partners.registry import partners

CORPUS = Path(__file__).resolve().parents[2] / "../shared/corpus/psp-json"
STRIPE = "stripe__stripe-mock"
NOTIFICATIONS = "Adyen__adyen-java-api-library/src/test/resources/mocks/notification"
LANDED_AT = parse_instant("2026-11-22T00:00:00Z")

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of other people's files is not beside the checkout"
)


def read(partner: str, feed: str, name: str) -> Reading:
    """What one file says, handed in by a person."""
    known: Partner = partners()[partner]
    found = known.feeds[feed]
    assert isinstance(found, RecordFeed)
    reading = found.read(
        Arrived("del_1", partner, "default", feed, Path(name).name, LANDED_AT, "UTC"), (CORPUS / name).read_bytes()
    )
    assert reading.records == reading.accepted + len(reading.quarantined)
    return reading


def folded(partner: str, feed: str, name: str) -> Dispute:
    """The one dispute of a file, without a finding."""
    reading = read(partner, feed, name)
    assert (reading.held, reading.findings, reading.quarantined) == (None, [], [])
    (placed,) = reading.observations
    told = observe(
        placed.said,
        partner=partner,
        account=placed.account or "default",
        feed=feed,
        delivery="del_1",
        position=1,
        landed_at=LANDED_AT,
        trust="given",
    )
    found = fold([told], moves())
    assert found.findings == ()
    return found.dispute


def shown(dispute: Dispute, *names: str) -> tuple[Any, ...]:
    """Some fields of a dispute."""
    return tuple(getattr(dispute, name) for name in names)


def test_stripes_dispute_is_an_inquiry_that_awaits_our_answer() -> None:
    """10.00 USD on Visa 10.4, nothing taken, due on 2024-08-15 at the end of the 14th in California."""
    found = folded("stripe", "disputes", f"{STRIPE}/dispute.json")
    assert shown(found, "partner_dispute_id", "stage", "turn", "outcome", "partner_status") == (
        "dp_1Pgc71B7WZ01zgkWMevJiAUx",
        "inquiry",
        "merchant",
        None,
        "warning_needs_response",
    )
    assert shown(found, "amount_minor", "currency", "network", "reason_code", "payment_ref", "legs") == (
        1000,
        "USD",
        "visa",
        "10.4",
        "ch_1PgafuB7WZ01zgkWXYmPNZs8",
        (),
    )
    assert found.partner_due_at == parse_instant("2024-08-14T23:59:59Z")
    assert found.opened_at == parse_instant("2009-02-13T23:31:30Z")


def test_stripes_fraud_warning_is_a_notice() -> None:
    """No stage, no money."""
    found = folded("stripe", "early_fraud_warnings", f"{STRIPE}/radar.early_fraud_warning.json")
    assert shown(found, "kind", "stage", "payment_ref", "amount_minor") == ("notice", None, "ch_1234", None)


def test_stripes_payout_is_a_movement() -> None:
    """11.00 USD left the balance."""
    (line,) = read("stripe", "payouts", f"{STRIPE}/payout.json").money_lines
    assert (line.identity, line.kind, line.net_minor, line.currency) == (
        "po_1Pgc79B7WZ01zgkWu1KToYf4",
        "payout",
        -1100,
        "USD",
    )


def test_stripes_event_about_a_plan_is_kept_and_counted() -> None:
    """Accepted, and nothing said."""
    reading = read("stripe", "webhook", f"{STRIPE}/event.json")
    assert (reading.accepted, reading.observations, reading.findings) == (1, [], [])


def test_stripes_issuing_dispute_is_refused() -> None:
    """An issuer's."""
    (bad,) = read("stripe", "disputes", f"{STRIPE}/issuing.dispute.json").quarantined
    assert bad.finding.check == "stripe.issuer_side"


@pytest.mark.parametrize("name", ["charge.json", "mandate.json", "refund.json", "review.json"])
def test_stripes_other_objects_are_held_where_disputes_are_wanted(name: str) -> None:
    """Another object is no empty page."""
    assert read("stripe", "disputes", f"{STRIPE}/{name}").held is not None


def test_adyens_chargeback_is_a_dispute_with_its_debit() -> None:
    """10.00 EUR on Visa 10.4, taken."""
    found = folded("adyen", "webhook", f"{NOTIFICATIONS}/chargeback.json")
    assert shown(found, "partner_dispute_id", "account", "stage", "turn", "outcome") == (
        "9915555555555555",
        "TestMerchant",
        "chargeback",
        "merchant",
        None,
    )
    assert shown(found, "amount_minor", "currency", "network", "reason_code", "payment_ref") == (
        1000,
        "EUR",
        "visa",
        "10.4",
        "9913333333333333",
    )
    assert [leg.name for leg in found.legs] == ["d1"]
    assert found.opened_at == parse_instant("2018-03-23T12:55:31Z")


@pytest.mark.parametrize(
    "name",
    [
        "authorisation-true.json",
        "authorisation-true-additional-attribute.json",
        "refund-true.json",
        "refund-false.json",
        "display-notification.json",
        "event-notification.json",
        "event-invalid-notification.json",
        "tokenization-webhook-recurring-token-created.json",
        "tokenization-webhook-recurring-token-updated.json",
        "balancePlatform-transaction-created.json",
        "balancePlatform-transaction-created-bank-category.json",
    ],
)
def test_adyens_other_notifications_are_kept_and_counted(name: str) -> None:
    """No dispute comes of a payment, a refund, a terminal or a transfer."""
    reading = read("adyen", "webhook", f"{NOTIFICATIONS}/{name}")
    assert (reading.accepted, reading.observations, reading.findings) == (1, [], [])


def test_adyens_issuing_dispute_is_refused() -> None:
    """An issuer's."""
    name = "Adyen__adyen-java-api-library/src/test/resources/mocks/balancePlatform-webhooks/dispute-created.json"
    (bad,) = read("adyen", "webhook", name).quarantined
    assert bad.finding.check == "adyen.issuer_side"


def test_every_file_is_accounted_for_on_every_feed_of_its_partner() -> None:
    """Whatever a person picks, nothing raises and no record goes missing."""
    for partner, folders in (("stripe", "stripe*"), ("adyen", "Adyen*")):
        feeds = [feed.name for feed in partners()[partner].feeds.values() if isinstance(feed, RecordFeed)]
        for path in sorted(CORPUS.glob(f"{folders}/**/*.json")):
            for feed in feeds:
                read(partner, feed, str(path.relative_to(CORPUS)))
