from recoup.domain.instants import DAY
from recoup.enquiry.proof import BatchProof, prove
from recoup.storage.register import View
from tests.fakes.small_home import ACCOUNT, DUE, NOW, WON


def test_a_settled_and_confirmed_dispute_is_proved(view: View) -> None:
    """All four sides agree on each leg, both batches tie out to the bank, and nothing is left."""
    proof = prove(view, WON, NOW)
    assert proof.is_proved
    assert proof.residuals == ()
    by_leg = {leg.leg: leg for leg in proof.legs}
    assert (by_leg["d1"].announced_minor, by_leg["d1"].settled_minor) == (5000, 5000)
    assert (by_leg["d1"].charged_minor, by_leg["d1"].confirmed_minor) == (5000, 5000)
    assert (by_leg["f1"].announced_minor, by_leg["f1"].charged_minor, by_leg["f1"].confirmed_minor) == (
        None,
        1500,
        1500,
    )
    assert {(side.side, side.minor) for side in proof.sides} == {
        ("partner_object", 0),
        ("partner_money", 0),
        ("house_ledger", 0),
    }
    assert proof.batches == (
        BatchProof("stripe", ACCOUNT, "po_1", "USD", 93_500, 93_500, 93_500),
        BatchProof("stripe", ACCOUNT, "po_2", "USD", 105_000, 105_000, 105_000),
    )


def test_what_may_still_come_is_left_for_timing(view: View) -> None:
    """An announced leg whose settlement is expected and not past due is open, and named so."""
    proof = prove(view, DUE, NOW)
    assert not proof.is_proved
    assert {(r.account, r.balance_minor, r.name) for r in proof.residuals} == {
        ("partner_clearing", -12_345, "timing"),
        ("merchant_clearing", 12_345, "timing"),
    }


def test_what_is_past_due_is_not_timing_any_more(view: View) -> None:
    """Only one side of the leg was ever told."""
    assert {r.name for r in prove(view, DUE, NOW + 4 * DAY).residuals} == {"lost_event"}
