import pytest

from recoup.domain.tables import moves
from recoup.errors import TableInvalid
from recoup.ledger.accounts import chart, file_text
from recoup.ledger.posting_rules import (
    CHAINS,
    PRESETS,
    Filling,
    fill,
    move_money,
    posting_rules,
    read_rules,
    rule_names,
    rules,
    settling_rules,
)

HEADER = "rule,version,preset,chain,line,side,account,amount,sort,kept_by\n"
SOUND = HEADER + "r,1,both,any,1,debit,bank,net,,none\nr,1,both,any,2,credit,suspense,net,,line\n"
FILLING = Filling("stripe", "acct_1", "dis_1", "shop", "EUR", "USD", leg="c1", answered="d1", batch="po_1", line="l1")


def test_every_rule_books_something_in_some_preset() -> None:
    """A rule that is never compiled is a row too many."""
    assert {name for name, _, _ in rules()} == rule_names()


def test_rules_are_the_same_for_every_chain() -> None:
    """How a partner pays changes the account that is credited, never whether there is an entry."""
    for name, preset, _ in rules():
        assert all((name, preset, chain) in rules() for chain in CHAINS)


def test_rule_for_merchants_books_nothing_in_own_books() -> None:
    """Nobody is charged where nobody is behind us."""
    assert [p for p in PRESETS if ("fee_passed_on", p, "payout") in rules()] == ["platform"]


def test_every_move_has_a_rule_or_says_that_it_moves_no_money() -> None:
    """One row per move, each with its reason."""
    assert {row.move for row in move_money()} == set(moves())
    assert all(row.why for row in move_money())
    assert all(row.money == "none" or row.rules for row in move_money())


def test_only_what_moved_settles_a_leg() -> None:
    """Announcements post what was announced, also those that go through another currency."""
    assert settling_rules() == {
        "debit_settled",
        "debit_settled_converted",
        "credit_settled",
        "credit_settled_converted",
        "suspense_linked",
    }


def test_accounts_without_a_rule_are_those_of_later_steps() -> None:
    """Rounding has no rule yet; every other account of the chart is posted to."""
    assert set(chart()) - {row.account for row in posting_rules()} == {"rounding"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SOUND.replace("credit,suspense,net", "credit,suspense,net+fee"), "fee left over"),
        (SOUND.replace("2,credit", "2,debit"), "net left over"),
        (SOUND.replace("suspense,net,,line", "suspense,principal,,line"), "net, principal left over"),
        (SOUND.replace("bank,net", "savings,net"), "account savings"),
        (SOUND.replace("net,,line", "net,,none"), "suspense kept by none"),
        (SOUND.replace("bank,net", "bank,nets"), "amount nets"),
        (SOUND.replace("bank,net", "bank,net*2"), "amount net*2"),
        (SOUND.replace("bank,net,,", "bank,net,gratis,"), "sort gratis"),
        (SOUND.replace("both,any,2", "both,any,3"), "lines [1, 3]"),
        (SOUND.replace("both,any,2", "both,payout,2"), "net left over"),
        (SOUND.replace("bank,net", "bank,net+amount"), "amount net+amount"),
        (SOUND + "r,1,both,any,1,debit,bank,net,,none\n", "twice"),
    ],
)
def test_table_that_does_not_hold_together_is_refused(text: str, found: str) -> None:
    """At start, naming the rule, whatever the numbers would have been."""
    with pytest.raises(TableInvalid, match=r"posting_rules\.csv") as refused:
        read_rules(text)
    assert found in refused.value.found


def test_latest_version_counts() -> None:
    """A rule that was changed keeps its old rows, and books by the new."""
    newer = SOUND + "r,2,both,any,1,debit,bank,paid,,none\nr,2,both,any,2,credit,suspense,paid,,line\n"
    rule = read_rules(newer)["r", "platform", "payout"]
    assert (rule.version, rule.lines[0].terms) == (2, ((1, "paid"),))


def test_lines_of_zero_are_left_out() -> None:
    """An entry has only what moved."""
    rule = rules()["debit_settled", "platform", "payout"]
    postings = fill(rule, FILLING, {"principal": 5000, "fee": 0, "processing": 0, "tax": 0})
    assert [(p.account, p.amount_minor) for p in postings] == [
        ("partner_clearing", 5000),
        ("settlement_clearing", -5000),
    ]


def test_postings_name_what_their_account_is_kept_by_and_nothing_else() -> None:
    """A leg here, a batch there, the merchant where it is the merchant's."""
    rule = rules()["credit_settled_converted", "platform", "payout"]
    amounts = {"principal": 3240, "original": 3000, "fee": 11, "processing": 0, "tax": 0}
    kept = {(p.account, p.currency): (p.leg, p.batch, p.dispute, p.merchant) for p in fill(rule, FILLING, amounts)}
    assert kept == {
        ("settlement_clearing", "USD"): (None, "po_1", None, None),
        ("fee_expense", "USD"): (None, None, "dis_1", None),
        ("fx_position", "USD"): ("c1", None, "dis_1", None),
        ("fx_position", "EUR"): ("c1", None, "dis_1", None),
        ("partner_clearing", "EUR"): ("c1", None, "dis_1", None),
    }


def test_shipped_table_reads_as_text_too() -> None:
    """The one that is checked is the one that ships."""
    assert read_rules(file_text("posting_rules.csv")) == rules()
