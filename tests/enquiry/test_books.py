from recoup.domain.instants import DAY, HOUR
from recoup.enquiry import books
from recoup.enquiry.books import Which
from recoup.storage.register import View
from tests.fakes.small_home import DUE, LATE, NOW, OPENED, WON


def test_the_trial_balance_counts_what_stands(view: View) -> None:
    """A reversed pair shows on neither side."""
    trial = books.trial(view)
    assert trial.balanced
    [row] = [row for row in trial.accounts if (row.account, row.merchant) == ("merchant_clearing", "mer_2")]
    assert (row.debit_minor, row.credit_minor, row.balance_minor) == (12_345, 0, 12_345)
    assert sum(row.balance_minor for row in trial.accounts) == 0


def test_the_trial_balance_of_another_time_is_what_stood_then(view: View) -> None:
    """The wrong entry stood until the reversal was booked."""
    then = books.trial(view, known_at=LATE + HOUR - 1)
    assert [row.balance_minor for row in then.accounts if row.merchant == "mer_2"] == [99_999]
    assert then.balanced
    assert books.trial(view, known_at=NOW) == books.trial(view)


def test_clearing_shows_only_what_has_not_returned_to_zero(view: View) -> None:
    """Leg by leg, with the age of its oldest posting; legs are never netted."""
    rows = books.clearing(view, Which(), NOW + DAY)
    assert [(row.account, row.dispute, row.leg, row.balance_minor, row.age_days) for row in rows] == [
        ("merchant_clearing", DUE, "d1", 12_345, 1),
        ("partner_clearing", DUE, "d1", -12_345, 1),
    ]
    assert {row.merchant for row in rows} == {"mer_2"}, "the dispute's merchant, where the account has none"


def test_clearing_of_another_time_is_what_was_open_then(view: View) -> None:
    """The first debit was open until its settlement was booked."""
    rows = books.clearing(view, Which(dispute=WON), NOW, known_at=OPENED)
    assert [(row.account, row.leg, row.balance_minor) for row in rows] == [
        ("merchant_clearing", "d1", 5000),
        ("partner_clearing", "d1", -5000),
    ]


def test_clearing_narrows_by_merchant_partner_and_account(view: View) -> None:
    """Each of the three leaves out what does not fit."""
    assert len(books.clearing(view, Which(merchant="mer_2"), NOW)) == 2
    assert books.clearing(view, Which(merchant="mer_1"), NOW) == []
    assert books.clearing(view, Which(partner="adyen"), NOW) == []
    assert [row.account for row in books.clearing(view, Which(account="partner_clearing"), NOW)] == ["partner_clearing"]


def test_entries_come_in_the_order_they_were_booked_with_all_their_lines(view: View) -> None:
    """Reversed ones and reversals stand in the list, each with what it reverses."""
    wrong, taken_back, right = books.entries(view, Which(dispute=DUE))
    assert (wrong.is_active, taken_back.reverses, right.is_active) == (False, wrong.id, True)
    assert [sum(p.amount_minor for p in entry.postings) for entry in (wrong, taken_back, right)] == [0, 0, 0]


def test_entries_narrow_by_what_any_of_their_lines_is_about(view: View) -> None:
    """An entry is shown whole where one of its lines fits."""
    found = books.entries(view, Which(account="settlement_clearing", rule="debit_settled"))
    assert [[posting.account for posting in entry.postings] for entry in found] == [
        ["partner_clearing", "fee_expense", "settlement_clearing"]
    ]
    assert books.entries(view, Which(), known_at=OPENED - 1) == []
