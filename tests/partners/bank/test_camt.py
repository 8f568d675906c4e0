"""Booked entries of our account become lines of the bank, named so that no movement is told twice or lost."""

import io

import pytest

from recoup.domain.instants import parse_instant
from recoup.partners.bank.camt import CAMT, day_of
from recoup.partners.contract import Arrived, Reading
from tests.formats.test_iso20022 import ONE_RETURN, balance, detail, entry, returns, statement

OURS = "DE02120300000000202051"
PROVED = balance("OPBD", "100.00") + balance("CLBD", "90.00")


def read(body: str, account: str = OURS) -> Reading:
    """What a file says, all parts together."""
    arrived = Arrived("d", "bank", account, "camt", "s.xml", parse_instant("2026-02-01T00:00:00Z"), "Europe/Berlin")
    parts = list(CAMT.read(arrived, io.BytesIO(body.encode())))
    whole = parts[-1]
    for part in parts[:-1]:
        whole.records += part.records
        whole.accepted += part.accepted
        whole.money_lines += part.money_lines
        whole.quarantined += part.quarantined
        whole.findings += part.findings
        whole.held = whole.held or part.held
    assert whole.records == whole.accepted + len(whole.quarantined)
    return whole


def checks(reading: Reading) -> list[str]:
    """Checks of the findings."""
    return [finding.check for finding in reading.findings]


def test_an_entry_is_a_line_signed_as_the_balance_moves() -> None:
    """One transaction names the payout that the payer gave along."""
    reading = read(statement(PROVED + entry(inner=detail(7))))
    (line,) = reading.money_lines
    assert (line.identity, line.kind, line.net_minor, line.currency, line.batch) == (
        "REF-2026-1",
        "bank",
        -1000,
        "EUR",
        "E2E-7",
    )
    assert (line.effective_on, reading.covers_on, reading.sequence, reading.held) == (
        "2026-01-31",
        "2026-01-31",
        31,
        None,
    )


def test_an_entry_of_many_transactions_is_one_line_named_by_its_batch() -> None:
    """The bank booked one sum; what is in it is not ours to split here."""
    inner = "<Btch><PmtInfId>BATCH-1</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>" + detail(1, "4.00") + detail(2, "6.00")
    (line,) = read(statement(PROVED + entry(inner=inner))).money_lines
    assert (line.net_minor, line.batch) == (-1000, "BATCH-1")


def test_charges_within_an_entry_and_transactions_that_are_missing_are_noted() -> None:
    """The entry counts; that it is another sum is worth a look."""
    inner = "<Btch><NbOfTxs>3</NbOfTxs></Btch>" + detail(1, "4.00") + detail(2, "5.50")
    assert checks(read(statement(PROVED + entry(inner=inner)))) == ["bank.entry_sum", "bank.batch_count"]


def test_without_the_banks_reference_the_name_is_made_of_what_is_told() -> None:
    """The same bytes name the same movement; two that look alike stay two; the entry's own number is no name."""
    nameless = (
        entry(status="BOOK").replace("REF-2026-1", "NONREF").replace("<Ntry>", "<Ntry><NtryRef>1234567</NtryRef>")
    )
    body = statement(balance("OPBD", "100.00") + balance("CLBD", "80.00") + nameless * 2)
    first, second = ([line.identity for line in read(body).money_lines] for _ in range(2))
    assert first == second
    assert len(set(first)) == 2
    assert all(name.startswith("stated:") for name in first)


def test_the_reference_of_an_only_transaction_names_the_entry_where_it_has_none() -> None:
    """Some banks give it there alone."""
    inner = detail(1).replace("<EndToEndId>", "<AcctSvcrRef>TX-REF-1</AcctSvcrRef><EndToEndId>")
    nameless = entry(inner=inner).replace("<AcctSvcrRef>REF-2026-1</AcctSvcrRef>", "")
    assert [line.identity for line in read(statement(PROVED + nameless)).money_lines] == ["TX-REF-1"]


def test_a_notification_makes_a_line_only_by_name() -> None:
    """The statement tells the movement again, and only a name makes the two one."""
    named = read(statement(entry(), message="camt.054"))
    assert [line.identity for line in named.money_lines] == ["REF-2026-1"]
    nameless = read(statement(entry(), message="camt.054").replace("REF-2026-1", "NONREF"))
    assert (nameless.money_lines, nameless.accepted, checks(nameless)) == ([], 1, ["bank.unnamed"])


def test_a_report_within_the_day_and_what_is_pending_make_no_line() -> None:
    """They may be taken back, and come again."""
    report = read(statement(entry(), message="camt.052"))
    assert (report.money_lines, report.accepted, checks(report)) == ([], 1, ["bank.interim"])
    pending = read(statement(balance("OPBD", "1.00") + balance("CLBD", "1.00") + entry(status="PDNG")))
    assert (pending.money_lines, pending.accepted, pending.held) == ([], 1, None)


def test_a_status_that_nobody_knows_books_nothing_and_says_so() -> None:
    """Unknown is not booked."""
    reading = read(statement(balance("OPBD", "1.00") + balance("CLBD", "1.00") + entry(status="ODD")))
    assert (reading.money_lines, checks(reading)) == ([], ["vocabulary.unknown"])


def test_entries_of_another_account_are_refused_and_alone_hold_the_file() -> None:
    """A file may hold several accounts; one delivery is about one."""
    reading = read(statement(PROVED + entry()), account="DE89370400440532013000")
    assert reading.held is not None
    assert [q.finding.check for q in reading.quarantined] == ["bank.account"]


@pytest.mark.parametrize("wrong", ["90.01", "89.99"])
def test_a_statement_that_does_not_add_up_is_held_with_its_place(wrong: str) -> None:
    """The finding names statement and balance."""
    reading = read(statement(PROVED + entry()).replace("90.00", wrong))
    assert reading.held is not None
    assert "statement 1" in reading.held.where
    assert "closing balance" in reading.held.found


def test_a_statement_twice_in_one_file_is_held() -> None:
    """Its movements would count twice."""
    body = statement(PROVED + entry())
    inner = body[body.index("<Stmt>") : body.index("</Stmt>") + len("</Stmt>")]
    reading = read(body.replace(inner, inner * 2))
    assert reading.held is not None
    assert reading.held.check == "bank.repeated"


def test_gaps_between_the_statements_of_a_file_are_said() -> None:
    """Numbers follow each other, and each opens with what the last one closed with."""
    body = statement(PROVED + entry())
    first = body[body.index("<Stmt>") : body.index("</Stmt>") + len("</Stmt>")]
    later = first.replace(">31<", ">33<").replace("S-1", "S-2").replace("REF-2026-1", "REF-2")
    reading = read(body.replace(first, first + later))
    assert checks(reading) == ["bank.sequence_gap", "bank.balance_gap"]
    assert (reading.held, reading.sequence) == (None, None)


def test_a_message_of_returns_is_no_statement() -> None:
    """Its records are another partner's."""
    reading = read(returns(ONE_RETURN))
    assert reading.held is not None
    assert (reading.held.check, reading.held.found) == ("bank.message", "pacs.004")


def test_an_entry_without_a_day_is_refused() -> None:
    """No day, no booking."""
    reading = read(statement(PROVED + entry().replace("<BookgDt><Dt>2026-01-31</Dt></BookgDt>", "")))
    assert [q.finding.check for q in reading.quarantined] == ["bank.day"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T23:30:00Z", "2026-02-01"),
        ("2026-01-31T23:30:00.123456+00:00", "2026-02-01"),
        ("2026-01-31T23:30:00", "2026-01-31"),
        ("2026-01-31+01:00", "2026-01-31"),
        ("31.01.2026", None),
        ("2026-02-30", None),
        ("", None),
    ],
)
def test_the_day_of_a_booking_is_that_of_the_account(text: str, wanted: str | None) -> None:
    """An instant has the day of the zone; a time without offset is the bank's own."""
    assert day_of(text, "Europe/Berlin") == wanted
