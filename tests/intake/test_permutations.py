"""Order never shows: the same tellings in any order, told once or often, give the same dispute and the same books."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.domain.dispute import Folded, fold
from recoup.domain.tables import moves
from recoup.domain.terms import Days, FeeTerm, Terms
from recoup.intake.derivation import preferred
from recoup.intake.expectations import Agreed, Expected
from recoup.intake.expectations import wanted_for_dispute as expected_of
from recoup.ledger.book import wanted_for_dispute
from recoup.ledger.entry import Wanted, unbalanced
from recoup.ledger.facts import DisputeFacts, first_told
from tests.fakes.histories import ACCOUNT, PARTNER, ZONE, History, histories

TERMS = (
    Terms(
        valid_from="2024-01-01",
        calendar="fed",
        days=Days(announce_to_settle=3, announce_to_house=2, win_to_credit=5, notice_to_chargeback=10),
        fees=(FeeTerm(kind="received", amount_minor=1500, currency="USD"),),
    ),
)
EXAMPLES = 300
"""A sample; `benchmarks/permutations.py` runs ten thousand."""


def derived(history: History) -> tuple[Folded, tuple[Wanted, ...], tuple[Expected, ...]]:
    """Fold, book and expect one history."""
    folded = fold(history.observations, moves())
    lines = preferred(history.lines, ("payout_report", "balance_transactions"))
    facts = DisputeFacts(
        dispute=folded.dispute,
        zone=ZONE,
        terms=TERMS,
        merchant="m_1",
        payment_currency=folded.dispute.currency,
        told_at=first_told(history.observations, folded.dispute),
        lines=lines,
        house=history.house,
    )
    wanted = wanted_for_dispute(facts)
    agreed = Agreed(PARTNER, ACCOUNT, ZONE, TERMS)
    return folded, wanted, expected_of(folded.dispute, history.observations, wanted, agreed, moves())


@settings(max_examples=EXAMPLES, deadline=None)
@given(histories(), st.integers(0, 2**32))
def test_any_order_and_any_repetition_give_the_same_dispute_entries_and_expectations(
    history: History, seed: int
) -> None:
    """The fold, its findings, every entry and every expectation are functions of the set of tellings."""
    folded, wanted, expected = derived(history)
    again, wanted_again, expected_again = derived(history.shuffled(seed))
    assert again == folded
    assert {w.fact: w for w in wanted_again} == {w.fact: w for w in wanted}
    assert {e.id: e for e in expected_again} == {e.id: e for e in expected}


@settings(max_examples=EXAMPLES, deadline=None)
@given(histories())
def test_every_entry_balances_in_each_currency(history: History) -> None:
    """Whatever was told, right or wrong, no entry creates or destroys money."""
    _, wanted, _ = derived(history)
    assert [w.rule for w in wanted if unbalanced(w.postings)] == []
    assert max(Counter(w.fact for w in wanted).values(), default=1) == 1
