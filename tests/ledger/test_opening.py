"""Books that begin in the middle of a life: on whatever day, what is open is open once; nothing is booked twice."""

from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.domain.partner_life import Balance
from recoup.ledger.accounts import chart
from recoup.ledger.book import wanted_for_dispute
from recoup.ledger.entry import Wanted, unbalanced
from recoup.ledger.opening import Beginning, Books, agreed_entries, begun, carried_accounts, stated_accounts
from recoup.ledger.posting_rules import Chain, Preset
from tests.ledger.facts import heard, leg, line, on
from tests.ledger.histories import facts, histories

PROFIT_AND_LOSS = frozenset(name for name, row in chart().items() if row.group == "profit and loss")


def books(preset: Preset = "platform", chain: Chain = "payout") -> Books:
    return Books("main", preset, chain, "stripe", "acct_1")


def balances(entries: Iterable[Wanted], accounts: Iterable[str]) -> dict[tuple[object, ...], int]:
    """What is left on accounts, by everything they are kept by."""
    chosen = frozenset(accounts)
    left: dict[tuple[object, ...], int] = defaultdict(int)
    for entry in entries:
        for p in entry.postings:
            if p.account in chosen:
                left[p.account, p.merchant, p.dispute, p.leg, p.batch, p.currency] += p.amount_minor
    return {key: minor for key, minor in left.items() if minor}


@given(histories(), st.integers(0, 25), st.sampled_from(("platform", "merchant")))
@settings(max_examples=300, deadline=None)
def test_on_whatever_day_books_begin_what_is_open_is_the_same_as_if_they_always_were(
    history: tuple[list, list, list, dict],  # type: ignore[type-arg]
    day: int,
    preset: Preset,
) -> None:
    """A leg announced before and settled later is closed by its settlement; one settled before is never opened."""
    told = facts(*history[:3], {**history[3], "preset": preset})
    wanted = wanted_for_dispute(told)
    booked = begun(wanted, Beginning(on(day), 0), books(preset, told.chain))
    # Batches have many disputes: what they carry in is derived batch by batch.
    kept = [name for name in carried_accounts() if name not in ("settlement_clearing", "payout_clearing")]
    assert balances(booked, kept) == balances(wanted, kept)
    assert [e for e in booked if unbalanced(e.postings)] == []
    assert [fact for fact, count in Counter(e.fact for e in booked).items() if count > 1] == []
    assert all(e.effective_on >= on(day) for e in booked)


@given(histories(), st.integers(0, 25))
@settings(max_examples=200, deadline=None)
def test_profit_and_loss_of_before_stays_before(
    history: tuple[list, list, list, dict],  # type: ignore[type-arg]
    day: int,
) -> None:
    """A fee that was charged in trial is no cost of these books."""
    told = facts(*history)
    wanted = wanted_for_dispute(told)
    booked = begun(wanted, Beginning(on(day), 0), books(chain=told.chain))
    after = [entry for entry in wanted if entry.effective_on >= on(day)]
    assert balances(booked, PROFIT_AND_LOSS) == balances(after, PROFIT_AND_LOSS)


def test_a_dispute_announced_before_and_settled_later_is_booked_once() -> None:
    """Carried in as announced, closed by the line; the merchant's side waits for the house as before."""
    told = facts([heard("chargeback_opened", 2, leg("debit", 1))], [line("txn_1", "dispute", -5000, 6)], [], {})
    booked = begun(wanted_for_dispute(told), Beginning(on(4), 0), books())
    assert sorted(entry.rule for entry in booked) == [
        "carried_merchant_clearing",
        "carried_partner_clearing",
        "debit_settled",
    ]
    assert [key[0] for key in balances(booked, ("partner_clearing", "merchant_clearing"))] == ["merchant_clearing"]


def test_what_was_over_before_is_not_in_the_books_at_all() -> None:
    """Announced, settled and confirmed in trial: nothing is left to carry."""
    told = facts(
        [heard("chargeback_opened", 1, leg("debit", 1))],
        [line("txn_1", "dispute", -5000, 2)],
        [],
        {"preset": "merchant"},
    )
    booked = begun(wanted_for_dispute(told), Beginning(on(4), 0), books("merchant"))
    assert {entry.rule for entry in booked} <= {"carried_dispute_receivable"}


def test_entries_of_after_are_known_since_the_ruling_at_the_earliest() -> None:
    """Before it, the books had none of them."""
    told = facts([heard("chargeback_opened", 6, leg("debit", 1))], [], [], {})
    (entry,) = begun(wanted_for_dispute(told), Beginning(on(4), 10**18), books())
    assert entry.known_at == 10**18


@pytest.mark.parametrize("account", [*carried_accounts(), *stated_accounts()])
def test_an_agreed_balance_is_one_balanced_entry(account: str) -> None:
    """What equals a statement is taken from it; what our facts carry in is set against it."""
    beginning = Beginning("2026-03-01", 5, "rul_1", (Balance(account, "EUR", -700),), 9)
    (entry,) = agreed_entries(beginning, books())
    assert (unbalanced(entry.postings), entry.subject, entry.effective_on, entry.known_at) == (
        {},
        "rul_1",
        "2026-03-01",
        9,
    )
    against = "opening_clearing" if account in carried_accounts() else account
    assert [(p.account, p.amount_minor) for p in entry.postings] == [(against, -700), ("opening_balance", 700)]


def test_every_account_that_returns_to_zero_can_be_carried_in() -> None:
    """None is lost when books begin: a new account of the chart needs its rule."""
    clearing = {name for name, row in chart().items() if row.group in ("returns to zero", "zero when final")}
    assert clearing - {"opening_clearing"} == set(carried_accounts())
