"""A whole life of a dispute at PayPal, read and folded: no order of arrival changes how it ends."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.dispute import Dispute, Folded, fold
from recoup.domain.observation import Observation, observe
from recoup.domain.tables import moves
from recoup.partners.paypal.mapping import read_disputes, read_webhook
from tests.partners.paypal.sent import arrived, dispute, event, money, moved

Sent = tuple[str, str, dict[str, Any]]
"""Feed, the day in January 2026, and the dispute."""

TAKEN = moved("DEBIT", "100.00", "2026-01-05T00:00:00Z")
GIVEN = moved("CREDIT", "100.00", "2026-01-20T00:00:00Z")


def life(ending: str) -> list[Sent]:
    """Inquiry, claim, decision, and an appeal that turns it; told by messages and by pages."""
    lost = {"dispute_outcome": {"outcome_code": "RESOLVED_BUYER_FAVOUR", "amount_refunded": money("100.00")}}
    won = {"dispute_outcome": {"outcome_code": "RESOLVED_SELLER_FAVOUR"}, "money_movements": [TAKEN, GIVEN]}
    told = [
        ("webhook", "01", dispute("INQUIRY", "WAITING_FOR_SELLER_RESPONSE")),
        ("webhook", "02", dispute("CHARGEBACK", "WAITING_FOR_SELLER_RESPONSE")),
        ("disputes", "03", dispute("CHARGEBACK", "UNDER_REVIEW", evidences=[{"source": "SUBMITTED_BY_SELLER"}])),
        ("webhook", "05", dispute("CHARGEBACK", "RESOLVED", money_movements=[TAKEN], **lost)),
    ]
    if ending == "won":
        told.append(("disputes", "10", dispute("PRE_ARBITRATION", "UNDER_REVIEW", money_movements=[TAKEN])))
        told.append(("webhook", "20", dispute("PRE_ARBITRATION", "RESOLVED", **won)))
    return told


def observations(sent: Sent) -> list[Observation]:
    """What one delivery says."""
    feed, day, thing = sent
    thing = thing | {"update_time": f"2026-01-{day}T00:00:00Z"}
    kind = "RESOLVED" if thing["status"] == "RESOLVED" else "UPDATED"
    told = event(kind, thing, id=f"WH-{day}", create_time=f"2026-01-{day}T00:00:05Z") if feed == "webhook" else thing
    read = read_webhook if feed == "webhook" else read_disputes
    reading = read(arrived(feed), json.dumps(told).encode())
    assert (reading.held, reading.quarantined, reading.findings) == (None, [], [])
    return [
        observe(
            placed.said,
            partner="paypal",
            account="EZ782AXEUJUW8",
            feed=feed,
            delivery=f"del_{feed}_{day}",
            position=placed.position,
            landed_at=arrived().landed_at,
            trust="partly",
        )
        for placed in reading.observations
    ]


def folded(sent: list[Sent]) -> Folded:
    """The dispute that deliveries tell."""
    return fold([one for delivery in sent for one in observations(delivery)], moves())


def ended(dispute: Dispute) -> tuple[str | None, str, str | None, list[str]]:
    """Where it stands, and its legs."""
    return dispute.stage, dispute.turn, dispute.outcome, [leg.name for leg in dispute.legs]


def test_lost_claim_is_lost_with_its_debit() -> None:
    """Without a finding."""
    found = folded(life("lost"))
    assert ended(found.dispute) == ("chargeback", "nobody", "lost", ["d1"])
    assert found.findings == ()


def test_appeal_that_turns_the_decision_wins_with_debit_and_credit() -> None:
    """The appeal reopens what was lost."""
    found = folded(life("won"))
    assert ended(found.dispute) == ("pre_arbitration", "nobody", "won", ["c1", "d1"])
    assert found.findings == ()


def test_appeal_under_review_is_not_our_turn() -> None:
    """PayPal decides; no clock of ours runs."""
    found = folded(life("won")[:-1])
    assert ended(found.dispute) == ("pre_arbitration", "partner", None, ["d1"])


@given(st.sampled_from(["won", "lost"]), st.data())
def test_no_order_and_no_repetition_changes_the_end(ending: str, data: st.DataObject) -> None:
    """Whatever comes when, and how often."""
    told = life(ending)
    shuffled = data.draw(st.permutations(told)) + data.draw(st.lists(st.sampled_from(told)))
    assert folded(list(shuffled)).dispute == folded(told).dispute
