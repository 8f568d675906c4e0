"""How many debits and credits belong to a stage and an outcome."""

import pytest

from recoup.domain.outcome_money import expected, read_outcome_money
from recoup.errors import TableInvalid

HEADER = "stage,outcome,debits,credits,by,source,grade,note\n"


def test_none_expected_differs_from_nothing_known() -> None:
    """A closed inquiry has no money; of an arbitration this table says nothing."""
    rows = read_outcome_money(
        f"{HEADER}inquiry,closed_no_debit,0,0,,doc,V,\nchargeback,,1,0,announce_to_settle,doc,V,\n", "x.csv"
    )
    found = expected(rows, "inquiry", "closed_no_debit")
    assert found is not None
    assert (found.debits, found.credits) == (0, 0)
    assert expected(rows, "arbitration", "won") is None
    assert expected(rows, "chargeback", None) == rows[1]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("limbo,won,1,1,,doc,V,", "stage limbo"),
        ("chargeback,draw,1,1,,doc,V,", "outcome draw"),
        ("chargeback,won,0,1,,doc,V,", "1 credits for 0 debits"),
        ("chargeback,won,-1,-1,,doc,V,", "-1 debits"),
        ("chargeback,won,1,1,,doc,X,", "grade"),
        ("chargeback,won,1,1,soon,doc,V,", "by"),
        ("chargeback,won,1,1,,doc,V,\nchargeback,won,1,1,,doc,V,", "twice"),
    ],
)
def test_row_that_does_not_hold_together_names_its_line(line: str, found: str) -> None:
    """A wrong table stops the program at start."""
    with pytest.raises(TableInvalid, match=found) as raised:
        read_outcome_money(f"{HEADER}{line}\n", "stripe/outcome_money.csv")
    assert raised.value.where.startswith("stripe/outcome_money.csv:")
