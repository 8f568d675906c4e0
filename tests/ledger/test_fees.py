from recoup.domain.legs import Leg
from recoup.domain.terms import NO_TERMS, FeeTerm, Terms
from recoup.ledger.facts import Bearer
from recoup.ledger.fees import Cost, cost_of, is_passed_on, kind_of, receiving
from tests.ledger.facts import line

BOTH_15 = Terms(
    valid_from="2024-01-01",
    fees=(
        FeeTerm(kind="received", amount_minor=1500, currency="USD"),
        FeeTerm(kind="countered", amount_minor=1500, currency="USD"),
        FeeTerm(kind="arbitration", amount_minor=60000, currency="USD", borne_by="house"),
    ),
)
WITH_FEE = line("a", "dispute", -6500, 1, gross_minor=-5000)


def test_cost_is_what_moved_beside_the_gross() -> None:
    """Whatever the partner writes under fee: an adjustment of 50 with fee 1 and net 50 cost nothing."""
    odd = line("a", "dispute_reversal", 50, 1, gross_minor=50, batch=None)
    assert cost_of(odd, BOTH_15, "received", is_debit=False) == Cost()
    assert cost_of(WITH_FEE, NO_TERMS, "received", is_debit=True) == Cost(fee=1500)


def test_what_exceeds_the_agreed_fee_of_a_debit_is_processing() -> None:
    """Adyen's markup holds both."""
    dear = line("a", "dispute", -6700, 1, gross_minor=-5000)
    assert cost_of(dear, BOTH_15, "received", is_debit=True) == Cost(fee=1500, processing=200)


def test_agreed_fee_in_another_currency_splits_nothing() -> None:
    """Amounts of two currencies are never compared."""
    euros = line("a", "dispute", -6700, 1, gross_minor=-5000, currency="EUR")
    assert cost_of(euros, BOTH_15, "received", is_debit=True) == Cost(fee=1700)


def test_reversal_costs_processing_and_gives_back_the_fee() -> None:
    """By the sign."""
    costing = line("a", "dispute_reversal", 4989, 1, gross_minor=5000)
    giving = line("a", "dispute_reversal", 6500, 1, gross_minor=5000)
    assert cost_of(costing, BOTH_15, "received", is_debit=False) == Cost(processing=11)
    assert cost_of(giving, BOTH_15, "received", is_debit=False) == Cost(fee=-1500)


def test_tax_told_within_a_line_is_no_fee() -> None:
    """The rest is."""
    tax = Leg("tax", 1, 300, "USD", 0, "a", False)
    assert cost_of(WITH_FEE, NO_TERMS, "received", True, [tax]) == Cost(fee=1200, tax=300)


def test_fee_of_its_own_is_the_one_agreed_at_its_amount() -> None:
    """Else the one for answering, where the one for receiving came with the debit."""
    assert kind_of(line("f", "dispute_fee", -60000, 1), BOTH_15, "received", has_received=True) == "arbitration"
    assert kind_of(line("f", "dispute_fee", -1500, 1), BOTH_15, "received", has_received=True) == "countered"
    assert kind_of(line("f", "dispute_fee", -700, 1), BOTH_15, "received", has_received=False) == "received"


def test_fee_for_a_return_is_the_banks() -> None:
    """And an alert's the alert network's."""
    assert [receiving(kind) for kind in ("return", "resolution", "dispute")] == ["bank_return", "alert", "received"]


def test_nobody_passes_on_what_nobody_agreed() -> None:
    """Neither contract nor allocation: the fee is ours. The allocation's word is the stronger."""
    assert not is_passed_on("received", NO_TERMS, Bearer())
    assert is_passed_on("received", BOTH_15, Bearer())
    assert not is_passed_on("arbitration", BOTH_15, Bearer())
    assert not is_passed_on("received", BOTH_15, Bearer(fee="house"))
    assert is_passed_on("arbitration", BOTH_15, Bearer(fee="merchant"))
