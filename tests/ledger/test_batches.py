from itertools import permutations
from typing import Any

from recoup.ledger.batches import payout_of, wanted_for_batch
from recoup.ledger.entry import unbalanced
from recoup.ledger.facts import BankLine, BatchFacts, Total
from tests.ledger.facts import balance, line, named

CHARGES = Total("report", "po_1", "charge", "USD", 100_000, "2026-01-03", 7)
PAYOUT = line("po_1", "payout", -98_500, 3, dispute=None)
RECEIVED = line("stmt-1", "bank", 98_500, 4, dispute=None, batch=None, reference="po_1")


def batch(**more: Any) -> BatchFacts:
    return BatchFacts(partner="stripe", account="acct_1", **more)


def test_rest_of_a_report_is_one_entry_per_batch_kind_and_currency() -> None:
    """Net, against the report."""
    refunds = Total("report", "po_1", "refund", "USD", -1_500, "2026-01-03", 7)
    entries = wanted_for_batch(batch(totals=(CHARGES, refunds, CHARGES)))
    assert [(e.subject, e.rule) for e in entries] == [("report", "other_activity")] * 2
    assert balance(entries, "settlement_clearing") == 98_500
    assert balance(entries, "other_activity") == -98_500


def test_same_report_of_two_accounts_is_two_facts() -> None:
    """Equal bytes may come for both."""
    facts = [BatchFacts(partner="stripe", account=name, totals=(CHARGES,)) for name in ("acct_1", "acct_2")]
    assert len({entry.fact for each in facts for entry in wanted_for_batch(each)}) == 2


def test_adjustment_of_unknown_meaning_waits_in_suspense() -> None:
    """It moved our balance, so the batch still clears."""
    lump = Total("report", "po_1", "adjustment", "USD", -14_000, "2026-01-03", 7)
    entries = wanted_for_batch(batch(totals=(lump,)))
    assert (balance(entries, "settlement_clearing"), balance(entries, "suspense")) == (-14_000, 14_000)
    assert [p.batch for e in entries for p in e.postings if p.account == "suspense"] == ["report"]


def test_payout_with_a_fee_reaches_the_bank_without_it() -> None:
    """The balance falls by both, the bank sees the payout."""
    entries = wanted_for_batch(batch(payouts=(line("po_1", "payout", -98_500, 3, gross_minor=-98_400, dispute=None),)))
    assert balance(entries, "payout_clearing") == 98_400
    assert balance(entries, "fee_expense") == 100
    assert balance(entries, "settlement_clearing") == -98_500


def test_payout_that_comes_back_leaves_everything_as_it_was() -> None:
    """Under the key of the payout it undoes."""
    failed = line("po_1_failure", "payout_failure", 98_500, 5, dispute=None)
    entries = wanted_for_batch(batch(payouts=(PAYOUT, failed)))
    assert balance(entries, "payout_clearing") == balance(entries, "settlement_clearing") == 0
    assert {p.batch for e in entries for p in e.postings} == {"po_1"}


def test_bank_line_closes_the_payout_under_the_partner_that_paid() -> None:
    """Though the statement is the bank's."""
    entries = wanted_for_batch(
        BatchFacts(partner="bank", account="main", chain="bank", bank=(BankLine(RECEIVED, PAYOUT),))
    )
    assert {(p.account, p.partner, p.batch) for e in entries for p in e.postings} == {
        ("bank", "bank", None),
        ("payout_clearing", "stripe", "po_1"),
    }


def test_bank_line_without_a_payout_waits_in_suspense_and_keeps_its_fact() -> None:
    """When the payout comes, the same fact is booked another way."""
    bare = BatchFacts(partner="bank", account="main", chain="bank", bank=(BankLine(RECEIVED),))
    met = BatchFacts(partner="bank", account="main", chain="bank", bank=(BankLine(RECEIVED, PAYOUT),))
    [waiting], [explained] = wanted_for_batch(bare), wanted_for_batch(met)
    assert (waiting.rule, explained.rule) == ("bank_unexplained", "bank_received")
    assert waiting.fact == explained.fact
    assert balance((waiting,), "suspense") == -98_500


def test_reference_must_be_explicit_and_name_one_payout() -> None:
    """Neither amount nor part of a text counts."""
    other = line("po_2", "payout", -98_500, 3, dispute=None, batch="po_2", reference="po_1")
    assert payout_of(RECEIVED, [PAYOUT]) == PAYOUT
    assert payout_of(RECEIVED, [PAYOUT, PAYOUT]) == PAYOUT
    assert payout_of(RECEIVED, [PAYOUT, other]) is None
    assert payout_of(line("s", "bank", 98_500, 4, reference="STRIPE po_1"), [PAYOUT]) is None
    assert payout_of(line("s", "bank", 98_500, 4, reference=None), [PAYOUT]) is None


def test_partner_with_a_running_balance_has_no_batches() -> None:
    """Its reports move the balance."""
    entries = wanted_for_batch(batch(chain="balance", totals=(CHARGES,)))
    assert balance(entries, "partner_balance") == 100_000
    assert balance(entries, "settlement_clearing") == 0


def test_order_and_repetition_do_not_matter() -> None:
    """Any permutation gives the same entries, all balanced."""
    lump = line("l1", "dispute", -14_000, 3, dispute=None)
    totals = (CHARGES, Total("report", None, "charge", "EUR", 5, "2026-01-03", 7), CHARGES)
    wanted = {
        wanted_for_batch(batch(totals=order, payouts=(PAYOUT, PAYOUT), lumps=(lump, lump)))
        for order in permutations(totals)
    }
    assert len(wanted) == 1
    entries = wanted.pop()
    assert len(entries) == 4
    assert not any(unbalanced(e.postings) for e in entries)
    assert [e.subject for e in named(entries, "line_suspended")] == [lump.id]
