"""`disputes`, `breaks`, `today`, `trace`, `books` and `sql` over a home of a few rows."""

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.command_line import AS_OF, answer, run
from tests.fakes.small_home import BREAK, DUE, WON

NOW = ("--as-of", AS_OF)


def test_disputes_have_exactly_the_fields_of_the_contract_with_its_values(small: Path) -> None:
    """Integers are integers, instants are text, absent is null and never missing."""
    due, won = answer(small, "disputes", *NOW)
    assert due == {
        "id": DUE,
        "kind": "dispute",
        "nature": None,
        "chain": due["chain"],
        "partner": "stripe",
        "account": "acct_test_1",
        "merchant": "mer_2",
        "partner_dispute_id": "dp_due",
        "payment_ref": "ch_2",
        "network": None,
        "stage": "chargeback",
        "turn": "merchant",
        "partner_status": "needs_response",
        "outcome": None,
        "finality": None,
        "amount_minor": 12_345,
        "amount_won_minor": None,
        "amount_lost_minor": None,
        "currency": "USD",
        "reason_code": None,
        "partner_due_at": "2026-03-22T14:00:00.000000Z",
        "act_by_at": "2026-03-22T14:00:00.000000Z",
        "due_source": "partner",
        "opened_at": "2026-03-19T18:00:00.000000Z",
    }
    assert (won["outcome"], won["amount_won_minor"], won["amount_lost_minor"]) == ("won", 5000, 0)


def test_disputes_for_a_person_fit_eighty_columns_and_say_what_to_do_next(small: Path) -> None:
    """Deadlines in words, money with its currency."""
    out = run(small, "disputes", *NOW).stdout
    assert max(map(len, out.splitlines())) <= 80
    assert "in 2 d 2 h  123.45 USD  dp_due" in out
    assert "won" in out
    assert out.endswith("\nNext:  recoup trace dp_due\n")


def test_filters_reach_the_list(small: Path) -> None:
    """As the register's own tests say in full."""
    assert [row["id"] for row in answer(small, "disputes", "--due-within", "72h", *NOW)] == [DUE]
    assert [row["id"] for row in answer(small, "disputes", "--outcome", "won", *NOW)] == [WON]
    assert answer(small, "disputes", "--min-money", "999.00EUR", *NOW) == []
    assert len(answer(small, "disputes", "--kind", "notice", *NOW)) == 1
    assert answer(small, "disputes", "--known-at", "2026-02-01T00:00:00Z") == []


def test_an_empty_list_says_what_to_do(empty: Path) -> None:
    """A home without disputes is a home without deliveries."""
    out = run(empty, "disputes").stdout
    assert out.startswith("No disputes yet.\n")
    assert "recoup ingest" in out
    assert run(empty, "breaks").stdout.startswith("No open breaks.\n")
    assert run(empty, "books", "trial").stdout == "Nothing is booked.\n"
    assert answer(empty, "disputes") == answer(empty, "breaks") == answer(empty, "books", "clearing") == []


NO_SYMPTOM: dict[str, Any] = {
    "disputes": [],
    "legs": [],
    "batches": [],
    "deliveries": [],
    "amounts": [],
    "left_out": 0,
}


def test_breaks_have_exactly_the_fields_of_the_contract(small: Path) -> None:
    """Classes ranked, amounts by currency, age in days."""
    [row] = answer(small, "breaks", *NOW)
    assert row == {
        "id": BREAK,
        "kind": "delivery",
        "classes": ["missing_file", "late_file"],
        "control": "deliveries.file_due",
        "partner": "stripe",
        "account": "acct_test_1",
        "feed": "payout_report",
        "merchant": None,
        "deliveries": [],
        "disputes": [DUE],
        "amounts": [{"currency": "USD", "minor": 12_345}, {"currency": "EUR", "minor": 100}],
        "severity": "ticket",
        "nearest_due_at": "2026-03-22T14:00:00.000000Z",
        "age_days": 2,
        "first_seen_at": "2026-03-18T12:00:00.000000Z",
        "status": "open",
        "owner": None,
        "explanation": "The payout report of 2026-03-18 has not come.",
        "ticket": None,
        "snoozed_until_at": None,
        "waits_for_approval": None,
        "work": [],
        "symptoms": [
            {**NO_SYMPTOM, "control": "missing_file", "class": "missing_file", "things": 1},
            {
                **NO_SYMPTOM,
                "control": "bank_unexpected",
                "class": "lost_event",
                "things": 5,
                "batches": [f"bank:acct_bank:po_{number}" for number in range(1, 6)],
                "amounts": [{"currency": "USD", "minor": 12_345}],
            },
            {**NO_SYMPTOM, "control": "sequence_gap", "class": "missing_file", "things": 1},
        ],
    }
    assert len(answer(small, "breaks", "--all", *NOW)) == 2


def test_a_break_explains_itself_to_a_person(small: Path) -> None:
    """How much, how old, why, by when, and where to look next."""
    out = run(small, "breaks", *NOW).stdout
    assert "123.45 USD + 1.00 EUR  stripe/acct_test_1/payout_report  2 days old" in " ".join(out.split("\n"))
    assert "The payout report of 2026-03-18 has not come." in out
    assert "likely missing_file, late_file · in 2 d 2 h · 1 dispute" in out
    assert f"recoup trace {DUE[:12]}" in out


def test_today_says_what_needs_a_person(small: Path) -> None:
    """The same for a program."""
    found = answer(small, "today", *NOW)
    assert [row["id"] for row in found["due"]] == [DUE]
    assert found["now_at"] == "2026-03-20T12:00:00.000000Z"
    out = run(small, "today", *NOW).stdout
    assert max(map(len, out.splitlines())) <= 80
    for part in ("Due within 72 hours, no evidence: 1", "Open breaks: 1", "Late partners: 1", "Since yesterday"):
        assert part in out


def test_trace_tells_the_story_and_the_proof(small: Path) -> None:
    """From the delivery to the postings, for both kinds of readers."""
    told = answer(small, "trace", "dp_won", *NOW)
    assert set(told) == {"dispute", "timeline", "proof"}
    assert {"at", "kind", "id", "text", "delivery", "position"} <= set(told["timeline"][0])
    assert told["proof"]["is_proved"] is True
    out = run(small, "trace", WON[:12], *NOW).stdout
    assert "dp_won  50.00 USD  won" in out
    assert "Proved four ways" in out
    assert "Dr partner_clearing[d1] 50.00 USD" in " ".join(out.split())


def test_books_give_what_the_contract_names(small: Path) -> None:
    """Trial balance, clearing and entries, with their fields."""
    trial = answer(small, "books", "trial")
    assert trial["balanced"] is True
    wanted = {"account", "partner", "merchant", "currency", "debit_minor", "credit_minor", "balance_minor"}
    assert wanted <= set(trial["accounts"][0])
    [one, two] = answer(small, "books", "clearing", *NOW)
    wanted = {"account", "partner", "merchant", "dispute", "leg", "currency", "balance_minor", "oldest_at", "age_days"}
    assert wanted <= set(one)
    assert one["balance_minor"] + two["balance_minor"] == 0
    entry = answer(small, "books", "entries", "--dispute", "dp_due")[-1]
    assert {"id", "book", "effective_on", "booked_at", "rule", "dispute", "reverses", "postings"} <= set(entry)
    assert {"account", "partner", "merchant", "currency", "amount_minor"} <= set(entry["postings"][0])


@pytest.mark.parametrize("words", [("trial",), ("clearing",), ("entries",)])
def test_books_for_a_person_fit_eighty_columns(small: Path, words: tuple[str, ...]) -> None:
    """Amounts with their currencies, debits and credits told apart."""
    out = run(small, "books", *words, *NOW).stdout
    assert "123.45 USD" in out
    assert max(map(len, out.splitlines())) <= 80


def test_sql_answers_with_objects_or_a_table(small: Path) -> None:
    """One process, no way to write."""
    query = "select id, amount_minor from disputes where outcome is null and kind = 'dispute'"
    assert answer(small, "sql", query) == [{"id": DUE, "amount_minor": 12_345}]
    out = run(small, "sql", query).stdout
    assert out.split()[:4] == ["id", "amount_minor", DUE, "12345"]
    assert out.endswith("1 row.\n")


def test_sql_says_when_rows_are_cut(small: Path) -> None:
    """On standard error, so that the document stays a document."""
    result = run(small, "sql", "select * from range(5)", "--rows", "2", "--json")
    assert result.stdout == '[{"range":0},{"range":1}]\n'
    assert "Cut at 2 rows: narrow the query, or raise --rows." in result.stderr
    large = run(small, "sql", "select repeat('x', 9000000) as x")
    assert "Cut at 0 rows: the next is more than an answer holds" in large.stderr


def test_sql_never_folds_a_figure(small: Path) -> None:
    """What is wider than the screen stands row by row: half a number reads as another."""
    figures = ", ".join(f"1234567890123{i} as figure_{i}" for i in range(8))
    shown = run(small, "sql", f"select {figures}").stdout.splitlines()
    assert shown[0] == "Row 1"
    assert [line.split() for line in shown[1:9]] == [[f"figure_{i}", f"1234567890123{i}"] for i in range(8)]


def test_sql_names_tables_that_are_near(small: Path) -> None:
    """And not all hundred of them."""
    assert "wanted a data source, such as disputes" in run(small, "sql", "select * from disputs").stderr
    assert "wanted a data source. List" in run(small, "sql", "select * from '/etc/passwd'").stderr


def test_sql_lists_its_sources(small: Path) -> None:
    """With every column explained."""
    listed = answer(small, "sql", "--list")
    assert [source["name"] for source in listed][:3] == ["disputes", "dispute_versions", "observations"]
    assert "money_lines  (or money_line)" in run(small, "sql", "--list").stdout


def test_quarantine_is_empty_and_says_so(small: Path) -> None:
    """Nothing waits here."""
    assert answer(small, "quarantine", "list") == []
    assert run(small, "quarantine", "list").stdout == "Nothing in quarantine.\n"


def test_one_break_by_the_beginning_of_its_id(small: Path) -> None:
    """As a person copies it from a list; another id finds nothing."""
    assert [row["id"] for row in answer(small, "breaks", BREAK[:12], *NOW)] == [BREAK]
    assert answer(small, "breaks", "brk_nobody", *NOW) == []


def test_one_break_names_what_it_explains(small: Path) -> None:
    """Legs, batches and money of each kind, a few of many; what has none of them stands in the sentence alone."""
    out = run(small, "breaks", BREAK, *NOW).stdout
    told = [line.strip() for line in out.split("\n") if line.strip().startswith("explains")]
    assert len(told) == 1
    assert told[0].startswith("explains  5 bank unexpected, lost_event  123.45 USD  batches po_1 po_2")
    assert "po_4 and 1 more" in " ".join(out.split())
    assert "explains  5" not in run(small, "breaks", *NOW).stdout, "a list stays short"


@pytest.mark.parametrize("words", [("breaks",), ("disputes",), ("drift",), ("expectations",), ("calls",), ("work",)])
def test_a_partner_that_nobody_has_is_told_beside_the_empty_list(small: Path, words: tuple[str, ...]) -> None:
    """Else a slip of the pen reads as all clear; the answer itself stays one document."""
    asked = run(small, *words, "--partner", "strpe", "--json", *NOW)
    assert asked.exit_code == 0
    assert "No partner is called strpe" in asked.stderr
    assert "No partner is called" not in asked.stdout
    assert "No partner is called" not in run(small, *words, "--partner", "stripe", *NOW).stderr
