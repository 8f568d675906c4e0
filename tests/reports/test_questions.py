import pytest

from recoup.errors import ReportInvalid
from recoup.reports.questions import bind
from tests.reports.conftest import ask_about


def test_parameters_are_put_in_beside_nothing_that_looks_like_one() -> None:
    """A `$` in a string or a comment is text."""
    text = "select '$day' as a, $day as b -- $day\nfrom disputes order by $day"
    assert bind(text, {"day": "date '2026-01-31'"}) == (
        "select '$day' as a, date '2026-01-31' as b -- $day\nfrom disputes order by date '2026-01-31'"
    )


def test_amounts_know_their_currency() -> None:
    """By its own name where there is one, else by `currency`."""
    text = "select original_minor, original_currency, net_minor, currency from money_lines order by money_line, feed"
    found = {column.name: column.currency for column in ask_about(text).columns}
    assert found == {
        "original_minor": "original_currency",
        "original_currency": None,
        "net_minor": "currency",
        "currency": None,
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("select dispute from disputs order by dispute", "disputs"),
        ("select disput from disputes order by 1", "disput"),
        ("select dispute from disputes", "no order by"),
        ("select dispute, amount_minor from disputes order by dispute", "amount_minor alone"),
        ("select avg(version) as mean from disputes order by mean", "DOUBLE"),
        ("select $merchnt as m from disputes order by m", "$merchnt"),
        ("select dispute, dispute from disputes order by dispute", "two columns"),
        ("select version as amount, amount_minor, currency from disputes order by version", "amount and amount_minor"),
        ("delete from disputes", "DELETE"),
        ("select * from read_csv('/etc/passwd') order by 1", "read_csv"),
        ("select 'open", "question.sql"),
    ],
)
def test_what_does_not_hold_together_is_refused_when_it_is_read(text: str, found: str) -> None:
    """Not at seven in the morning, when it is run."""
    with pytest.raises(ReportInvalid) as refused:
        ask_about(text)
    assert found in str(refused.value)


def test_a_question_says_why_it_knows_only_the_present() -> None:
    """Of breaks only the last word is kept; of entries every one."""
    assert "breaks" in ask_about("select severity from breaks order by severity").silent
    assert ask_about("select entry from entries order by entry").silent == ""
