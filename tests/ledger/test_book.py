import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.domain.terms import FeeTerm, Terms
from recoup.ledger.book import wanted_for_dispute
from recoup.ledger.entry import Wanted, unbalanced
from recoup.ledger.facts import Bearer, Share, first_told
from tests.ledger.facts import DISPUTE, FEE_OF_15, START_AT, about, balance, heard, house, leg, line, named, on
from tests.ledger.histories import facts, histories

OPENED = heard("chargeback_opened", 0, leg("debit", 1))
WON = heard("won", 9, leg("credit", 1))
REVERSED = heard("chargeback_reversed", 5, leg("credit", 1, is_provisional=True))
SECOND = heard("second_chargeback", 9, leg("debit", 2))


def rules(entries: tuple[Wanted, ...]) -> list[str]:
    return [entry.rule for entry in entries]


# --- laws -------------------------------------------------------------------------------------


@given(histories(), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_order_and_repetition_do_not_matter(
    history: tuple[list, list, list, dict],  # type: ignore[type-arg]
    chance: random.Random,
) -> None:
    """Any permutation, any duplication of what was told, settled and done asks for the same entries."""
    told, settled, done, around = history
    wanted = wanted_for_dispute(facts(told, settled, done, around))
    shaken = [[*part, *chance.sample(part, chance.randint(0, len(part)))] for part in (told, settled, done)]
    for part in shaken:
        chance.shuffle(part)
    assert wanted_for_dispute(facts(shaken[0], shaken[1], shaken[2], around)) == wanted


@given(histories())
@settings(max_examples=400, deadline=None)
def test_every_entry_balances_and_is_one_fact(history: tuple[list, list, list, dict]) -> None:  # type: ignore[type-arg]
    """In each currency, whatever was told; and nothing is asked for twice."""
    entries = wanted_for_dispute(facts(*history))
    assert [entry for entry in entries if unbalanced(entry.postings)] == []
    assert [fact for fact, count in Counter(e.fact for e in entries).items() if count > 1] == []
    assert all(entry.postings for entry in entries)


@given(histories())
@settings(max_examples=300, deadline=None)
def test_every_line_moves_the_balance_by_its_net_once(history: tuple[list, list, list, dict]) -> None:  # type: ignore[type-arg]
    """Whatever a line is taken for, its money is on the account through which the partner pays."""
    entries = wanted_for_dispute(facts(*history))
    settled_to = {"payout": "settlement_clearing", "bank": "bank", "balance": "partner_balance"}[history[3]["chain"]]
    for currency in ("USD", "EUR"):
        moved = sum(told.net_minor for told in history[1] if told.currency == currency)
        assert balance(entries, settled_to, currency=currency) == moved


@given(histories())
@settings(max_examples=200, deadline=None)
def test_what_the_house_moved_is_on_the_house_ledger(history: tuple[list, list, list, dict]) -> None:  # type: ignore[type-arg]
    """Each of its lines once, less what merchants could not pay."""
    entries = wanted_for_dispute(facts(*history))
    is_platform = history[3]["preset"] == "platform"
    for currency in ("USD", "EUR"):
        moved = -sum(told.amount_minor for told in history[2] if told.currency == currency)
        booked = sum(balance(entries, a, currency=currency) for a in ("house_ledger", "merchant_receivable"))
        assert booked == (moved if is_platform else 0)


# --- legs -------------------------------------------------------------------------------------


def test_same_credit_in_either_order_of_words() -> None:
    """The second chargeback heard before the reversal ends in the same balances."""
    entries = wanted_for_dispute(about(OPENED, REVERSED, SECOND))
    assert wanted_for_dispute(about(SECOND, OPENED, REVERSED)) == entries
    assert rules(entries) == ["credit_provisional", "debit_announced", "debit_against_provisional"]
    assert balance(entries, "provisional_credit", "c1") == 0


def test_settled_line_that_nobody_announced_opens_its_leg() -> None:
    """And is closed by the announcement when it comes."""
    told = heard("unknown", 1)
    settled = line("txn_1", "dispute", -5000, 1)
    early = wanted_for_dispute(about(told, lines=(settled,)))
    assert (balance(early, "partner_clearing", "d1"), balance(early, "merchant_clearing")) == (5000, 0)
    late = wanted_for_dispute(about(told, OPENED, lines=(settled,)))
    assert (balance(late, "partner_clearing", "d1"), balance(late, "merchant_clearing", "d1")) == (0, 5000)


def test_second_debit_of_one_announcement_stays_open_on_a_leg_of_its_own() -> None:
    """Two open legs that cancel would be two breaks; one that should not be there is one."""
    settled = (line("a", "dispute", -5000, 1), line("b", "dispute", -5000, 2))
    entries = wanted_for_dispute(about(OPENED, lines=settled))
    assert (balance(entries, "partner_clearing", "d1"), balance(entries, "partner_clearing", "d2")) == (0, 5000)


def test_reversal_of_a_lost_dispute_is_no_win() -> None:
    """Money never decides: the leg is open until somebody announces it."""
    settled = (line("a", "dispute", -5000, 1), line("b", "dispute_reversal", 50, 12))
    entries = wanted_for_dispute(about(OPENED, heard("lost", 9), lines=settled))
    assert balance(entries, "partner_clearing", "c1") == -50
    assert named(entries, "credit_released") == []


def test_day_is_the_accounts() -> None:
    """Noon in UTC is the day before in the far west only after eight hours; in Tokyo it is evening."""
    late = heard("chargeback_opened", 0, leg("debit", 1))
    [entry] = wanted_for_dispute(about(late, zone="Pacific/Kiritimati"))
    assert entry.effective_on == on(1)


# --- when a provisional credit becomes the merchant's -------------------------------------------


def test_provisional_credit_waits_for_finality() -> None:
    """Given by the partner, not yet by us."""
    entries = wanted_for_dispute(about(OPENED, REVERSED))
    assert balance(entries, "provisional_credit", "c1") == -5000
    assert balance(entries, "merchant_clearing", "c1") == 0


def test_final_win_releases_it() -> None:
    """On the day of the decision, known since that was told."""
    final = heard("issuer_window_expired", 12, landed=13)
    [released] = named(wanted_for_dispute(about(OPENED, REVERSED, final)), "credit_released")
    assert (released.effective_on, released.known_at) == (on(12), final.landed_at)


def test_policy_releases_it_at_once_and_the_second_debit_is_the_merchants() -> None:
    """The contract takes the risk."""
    at_once = (Terms(valid_from="2024-01-01", release="at_once"),)
    entries = wanted_for_dispute(about(OPENED, REVERSED, SECOND, terms=at_once))
    assert balance(entries, "merchant_clearing", "c1") == -5000
    assert balance(entries, "merchant_clearing", "d2") == 5000
    assert balance(entries, "provisional_credit") == 0


def test_house_that_gave_it_away_has_released_it() -> None:
    """Whatever the policy was: the second debit is the merchant's again."""
    done = (house("h1", "dispute_debit", -5000, 1), house("h2", "dispute_credit", 5000, 6))
    entries = wanted_for_dispute(about(OPENED, REVERSED, SECOND, house=done))
    assert balance(entries, "merchant_clearing", "c1") == 0
    assert balance(entries, "merchant_clearing", "d2") == 5000


def test_credit_given_after_the_second_debit_is_not_the_first() -> None:
    """The house's line of a later day means the second credit."""
    done = (house("h1", "dispute_debit", -5000, 1), house("h2", "dispute_credit", 5000, 15))
    again = heard("won", 14, leg("credit", 2))
    entries = wanted_for_dispute(about(OPENED, REVERSED, SECOND, again, house=done))
    assert {p.leg for e in named(entries, "house_confirmed") for p in e.postings if p.leg} == {"d1", "c2"}
    assert balance(entries, "merchant_clearing") == 0


# --- who bears --------------------------------------------------------------------------------


def test_what_the_house_bears_is_booked_as_in_its_own_books() -> None:
    """On a platform too: a receivable, and a loss when it is lost."""
    entries = wanted_for_dispute(about(OPENED, heard("lost", 9), bearer=Bearer(principal="house")))
    assert balance(entries, "merchant_clearing") == 0
    assert balance(entries, "dispute_loss") == 5000


def test_house_that_charged_a_merchant_who_bears_nothing_leaves_an_open_leg() -> None:
    """The allocation said otherwise."""
    done = (house("h1", "dispute_debit", -5000, 1),)
    entries = wanted_for_dispute(about(OPENED, bearer=Bearer(principal="house"), house=done))
    assert balance(entries, "merchant_clearing", "d1") == -5000


def test_fee_is_passed_on_by_contract_and_confirmed_by_the_house() -> None:
    """Leg by leg, apart from the principal."""
    settled = (line("a", "dispute", -6500, 1, gross_minor=-5000),)
    done = (house("h1", "dispute_debit", -5000, 1), house("h2", "dispute_fee", -1500, 1))
    entries = wanted_for_dispute(about(OPENED, lines=settled, house=done, terms=(FEE_OF_15,)))
    assert balance(entries, "fee_income") == -1500
    assert balance(entries, "merchant_clearing", "f1") == balance(entries, "merchant_clearing", "d1") == 0


def test_unknown_merchant_is_named_by_nobody() -> None:
    """The entry stands, its merchant is absent."""
    [entry] = wanted_for_dispute(about(OPENED, merchant=None))
    assert {p.merchant for p in entry.postings} == {None}


def test_merchant_that_the_house_charged_is_the_one_it_names() -> None:
    """Charging the wrong one leaves both open."""
    done = (house("h1", "dispute_debit", -5000, 1, merchant="other"),)
    entries = wanted_for_dispute(about(OPENED, house=done))
    left = Counter[str | None]()
    for entry in entries:
        for p in entry.postings:
            if p.account == "merchant_clearing":
                left[p.merchant] += p.amount_minor
    assert left == {"shop": 5000, "other": -5000}


def test_house_line_of_no_known_kind_waits_in_suspense() -> None:
    """It moved the merchant's balance for this dispute, and nobody says why."""
    entries = wanted_for_dispute(about(OPENED, house=(house("h1", "other", -700, 1),)))
    assert (balance(entries, "suspense"), balance(entries, "house_ledger")) == (-700, 700)


# --- other currencies ---------------------------------------------------------------------------

OPENED_EUR = heard("chargeback_opened", 0, leg("debit", 1, 3000, "EUR"))
WON_EUR = heard("won", 9, leg("credit", 1, 3000, "EUR"))
OUT = line("a", "dispute", -3300, 1, original_minor=-3000, original_currency="EUR")
BACK = line("b", "dispute_reversal", 3240, 10, original_minor=3000, original_currency="EUR")


def test_position_is_open_until_the_answer_is_settled() -> None:
    """30 EUR short, 33 USD long."""
    entries = wanted_for_dispute(about(OPENED_EUR, WON_EUR, lines=(OUT,)))
    assert balance(entries, "fx_position", "d1", "EUR") == -3000
    assert balance(entries, "fx_position", "d1", "USD") == 3300
    assert balance(entries, "fx_difference") == 0


def test_difference_goes_to_the_merchant_by_contract() -> None:
    """On the leg of the credit."""
    terms = (Terms(valid_from="2024-01-01", fx_borne_by="merchant"),)
    entries = wanted_for_dispute(about(OPENED_EUR, WON_EUR, lines=(OUT, BACK), terms=terms))
    assert balance(entries, "merchant_clearing", "c1", "USD") == 60
    assert balance(entries, "fx_difference") == 0
    assert all(balance(entries, "fx_position", name, c) == 0 for name in ("d1", "c1") for c in ("USD", "EUR"))


def test_position_of_a_lost_dispute_is_realised_in_both_currencies() -> None:
    """No answer will come, and no rate turns the one into the other."""
    entries = wanted_for_dispute(about(OPENED_EUR, heard("lost", 9), lines=(OUT,)))
    assert balance(entries, "fx_difference", currency="EUR") == -3000
    assert balance(entries, "fx_difference", currency="USD") == 3300
    assert balance(entries, "fx_position", "d1", "EUR") == balance(entries, "fx_position", "d1", "USD") == 0


def test_first_pair_stays_realised_when_a_second_debit_comes() -> None:
    """Its own group, once over, is over."""
    before = wanted_for_dispute(about(OPENED_EUR, WON_EUR, lines=(OUT, BACK)))
    again = heard("second_chargeback", 15, leg("debit", 2, 3000, "EUR"))
    third = line("c", "dispute", -3400, 16, original_minor=-3000, original_currency="EUR", cycle=2)
    after = wanted_for_dispute(about(OPENED_EUR, WON_EUR, again, lines=(OUT, BACK, third)))
    assert set(named(before, "fx_realised")) <= set(named(after, "fx_realised"))


def test_converted_line_without_its_own_amount_settles_what_was_announced() -> None:
    """Nothing else is known of it."""
    bare = line("a", "dispute", -3300, 1)
    entries = wanted_for_dispute(about(OPENED_EUR, lines=(bare,)))
    assert balance(entries, "partner_clearing", "d1", "EUR") == 0
    assert balance(entries, "fx_position", "d1", "USD") == 3300


def test_line_in_a_currency_that_nobody_announced_closes_nothing() -> None:
    """The leg stays open in one currency, and opens in the other."""
    wrong = line("a", "dispute", -5000, 1, currency="EUR", original_minor=-5000, original_currency="GBP")
    entries = wanted_for_dispute(about(OPENED, lines=(wrong,)))
    assert balance(entries, "partner_clearing", "d1", "USD") == -5000
    assert balance(entries, "partner_clearing", "d1", "GBP") == 5000


# --- since when ---------------------------------------------------------------------------------


def test_leg_is_known_since_it_was_first_told_as_it_stands() -> None:
    """A repetition adds nothing; a new amount is known from its own landing."""
    same = heard("chargeback_under_review", 2, leg("debit", 1))
    assert wanted_for_dispute(about(OPENED, same))[0].known_at == OPENED.landed_at
    other = heard("chargeback_under_review", 3, leg("debit", 1, 4000))
    assert wanted_for_dispute(about(OPENED, same, other))[0].known_at == other.landed_at
    assert first_told((same, OPENED), about(OPENED, same).dispute)["d1"] == OPENED.landed_at


def test_adjustment_that_names_the_dispute_but_no_leg_waits_in_suspense() -> None:
    """It is in the batch, so the batch clears; what it is for, a person says."""
    entries = wanted_for_dispute(about(OPENED, lines=(line("adj", "adjustment", -120, 1),)))
    assert (balance(entries, "suspense"), balance(entries, "settlement_clearing")) == (120, -120)


def test_linked_share_closes_leg_and_suspense() -> None:
    """Under the line's own key."""
    share = Share("lump", -5000, "USD", on(3), START_AT, leg="d1")
    entries = wanted_for_dispute(about(OPENED, shares=(share,)))
    assert balance(entries, "partner_clearing", "d1") == 0
    assert [p.batch for e in named(entries, "suspense_linked") for p in e.postings if p.account == "suspense"] == [
        "lump"
    ]


def test_arbitration_won_gives_the_fee_back() -> None:
    """Accrued, charged, ruled for us, refunded: all at zero."""
    filed = heard("arbitration_opened", 5, leg("fee", 1, 60000))
    settled = (line("a", "dispute_fee", -60000, 6), line("b", "dispute_fee", 60000, 12))
    entries = wanted_for_dispute(about(OPENED, filed, heard("arbitration_won", 11), lines=settled))
    assert balance(entries, "accrued_fees") == balance(entries, "pass_through") == 0
    assert balance(entries, "fee_expense") == 0


def test_hold_that_only_the_balance_shows_is_mirrored() -> None:
    """Nobody told it, the partner took it: the merchant's side is held as well."""
    held = line("t1110", "reserve", -10000, 1, batch=None)
    entries = wanted_for_dispute(about(heard("chargeback_announced", 0), lines=(held,), chain="balance"))
    assert balance(entries, "partner_held") == 10000
    assert balance(entries, "merchant_held", "h1") == -10000


def test_notice_and_inquiry_ask_for_nothing() -> None:
    """No entry, in either preset."""
    assert wanted_for_dispute(about(heard("noticed", 0, kind="notice"))) == ()
    assert wanted_for_dispute(about(heard("inquiry_opened", 0), heard("inquiry_closed", 9), preset="merchant")) == ()


def test_countered_fee_is_told_from_the_first() -> None:
    """By what came with the debit."""
    both = Terms(
        valid_from="2024-01-01",
        fees=(
            FeeTerm(kind="received", amount_minor=1500, currency="USD"),
            FeeTerm(kind="countered", amount_minor=1500, currency="USD"),
        ),
    )
    settled = (line("a", "dispute", -6500, 1, gross_minor=-5000), line("b", "dispute_fee", -1500, 3))
    entries = wanted_for_dispute(about(OPENED, lines=settled, terms=(both,)))
    sorts = [p.sort for e in entries for p in e.postings if p.account == "fee_expense"]
    assert sorts == ["received", "countered"]
    assert {e.dispute for e in entries} == {DISPUTE}
