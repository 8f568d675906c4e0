"""MT940 becomes money lines that are named once, prove themselves and meet their payouts."""

import io

import pytest

from recoup.domain.findings import Finding
from recoup.domain.money_line import MoneyLine
from recoup.partners.bank import mapping_mt940, telling
from recoup.partners.bank.mapping_mt940 import MT940, lay_out_mt940, read_mt940
from recoup.partners.contract import Arrived, Reading

HEAD = ":20:STARTUMS\n:25:{account}\n:28C:{number}\n:60F:C260105EUR10,00\n"
IN = ":61:2601050105CR100,00NTRFNONREF//BANK-20260105-1\n:86:166?00GUTSCHRIFT?20EREF+po_1?21SVWZ+STRIPE PAYOUT\n"
BACK = ":61:2512150105DR30,00NRTINONREF//BANK-20260105-2\n:86:109?00RUECKLASTSCHRIFT?20EREF+ORDER-7?34912\n"


def statement(
    *lines: str, closing: str = "C260105EUR110,00", account: str = "DE02120300000000202051", number: str = "5/1"
) -> bytes:
    """One message."""
    return (HEAD.format(account=account, number=number) + "".join(lines) + f":62F:{closing}\n-\n").encode()


def read(raw: bytes, account: str = "default") -> Reading:
    """The parts of a reading as one."""
    arrived = Arrived("del_1", "bank", account, "mt940", "x.sta", 1_780_000_000_000_000, "Europe/Berlin")
    whole = Reading()
    for part in read_mt940(arrived, io.BytesIO(raw)):
        whole.records += part.records
        whole.accepted += part.accepted
        whole.money_lines += part.money_lines
        whole.quarantined += part.quarantined
        whole.findings += part.findings
        whole.held = whole.held or part.held
        whole.covers_on, whole.sequence = part.covers_on, part.sequence
    assert whole.records == whole.accepted + len(whole.quarantined)
    return whole


def check(finding: Finding | None) -> str | None:
    """The check of a finding."""
    return None if finding is None else finding.check


def test_a_credit_names_its_payout() -> None:
    """The bank's reference names the line, the end-to-end reference the payout, the remittance is for people."""
    reading = read(statement(IN))
    assert (reading.held, reading.covers_on, reading.sequence) == (None, "2026-01-05", 5)
    (line,) = reading.money_lines
    assert (line.kind, line.identity, line.batch, line.reference) == (
        "bank",
        "BANK-20260105-1",
        "po_1",
        "STRIPE PAYOUT",
    )
    assert (line.net_minor, line.gross_minor, line.fee_minor, line.currency) == (10_000, 10_000, 0, "EUR")
    assert line.effective_on == "2026-01-05"
    assert line.occurred_at == 1_767_567_600_000_000  # midnight in Berlin


def test_a_returned_debit_is_seen() -> None:
    """Type, business code and reason stand in the partner's kind; the value date of December does not move it."""
    reading = read(statement(IN, BACK, closing="C260105EUR80,00"))
    (line,) = reading.money_lines[1:]
    assert (line.partner_kind, line.net_minor, line.batch, line.effective_on) == (
        "NRTI 109/912",
        -3_000,
        "ORDER-7",
        "2026-01-05",
    )
    reversed_debit = BACK.replace("DR30", "RDR30")
    (line,) = read(statement(reversed_debit, closing="C260105EUR40,00")).money_lines
    assert (line.partner_kind, line.net_minor) == ("NRTI RD 109/912", 3_000)


@pytest.mark.parametrize("reference", ["", "//NONREF", "//55555", "//00000000", "//ABCDEFGH"])
def test_a_reference_that_can_be_no_name_gives_way_to_what_was_stated(reference: str) -> None:
    """Two movements that look alike stay two; the same bytes name the same ones."""
    line = f":61:2601050105CR100,00NTRFNONREF{reference}\n:86:166?20SVWZ+X\n"
    raw = statement(line, line, closing="C260105EUR210,00")
    names = [told.identity for told in read(raw).money_lines]
    assert len(set(names)) == 2
    assert all(name.startswith("stated:") for name in names)
    assert [told.identity for told in read(raw).money_lines] == names
    other = statement(line, closing="C260105EUR110,00", number="6/1")
    assert read(other).money_lines[0].identity not in names


def test_a_reference_used_twice_in_a_file_names_one_movement() -> None:
    """The second one is named by what was stated of it: no money is lost."""
    lines = read(statement(IN, IN, closing="C260105EUR210,00")).money_lines
    assert lines[0].identity == "BANK-20260105-1"
    assert lines[1].identity.startswith("stated:")


def test_what_does_not_prove_itself_is_held() -> None:
    """With the reason, place and what was wanted."""
    held = read(statement(IN, closing="C260105EUR110,01")).held
    assert held is not None
    assert (held.check, held.where) == ("mt940.proof", "x.sta:7")
    assert held.wanted == "110.00 EUR: opening 10.00 EUR, movements 100.00 EUR"


def test_a_bad_line_is_quarantined_and_the_rest_goes_on() -> None:
    """A finding says that the balance is open."""
    reading = read(statement(IN, ":61:garbage\n"))
    assert (reading.held, reading.records, reading.accepted) == (None, 2, 1)
    assert [(bad.position, bad.finding.check) for bad in reading.quarantined] == [(2, "mt940.line")]
    assert [finding.check for finding in reading.findings] == ["mt940.unproven"]


def test_an_interim_report_books_nothing() -> None:
    """Its movements come again with the statement."""
    interim = ":20:X\n:25:DE02120300000000202051\n:28C:1/1\n:34F:EUR0,00\n" + IN + ":90C:1EUR100,00\n-\n"
    reading = read(interim.encode())
    assert (reading.held, reading.records, reading.accepted, reading.money_lines) == (None, 1, 1, [])
    assert (reading.covers_on, [finding.check for finding in reading.findings]) == (None, ["bank.interim"])


def test_another_account_is_quarantined_and_alone_it_is_held() -> None:
    """By its last four characters; a currency at its end does not make it another."""
    ours, theirs = "DE02120300000000202051", "DE02500105170137075030"
    both = read(statement(IN) + statement(IN, account=theirs, number="5/2"), account=ours)
    assert (len(both.money_lines), [bad.finding.check for bad in both.quarantined]) == (1, ["bank.account"])
    assert "5030" in both.quarantined[0].finding.found
    assert theirs not in both.quarantined[0].finding.found
    assert check(read(statement(IN, account=theirs), account=ours).held) == "bank.account"
    assert read(statement(IN, account=ours + "EUR"), account=ours).held is None


def test_a_file_with_several_statements_has_no_number_of_its_own() -> None:
    """Gaps are found inside it."""
    two = statement(closing="C260105EUR10,00") + statement(closing="C260106EUR10,00", number="7/1")
    reading = read(two)
    assert (reading.sequence, reading.covers_on) == (None, "2026-01-06")
    assert [finding.check for finding in reading.findings] == ["mt940.sequence_gap"]


def test_a_large_file_comes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """No part is longer than some thousand records, and the last one says what is covered."""
    monkeypatch.setattr(telling, "LINES_AT_ONCE", 3)
    arrived = Arrived("del_1", "bank", "default", "mt940", "x.sta", 0, "UTC")
    raw = statement(*(IN.replace("-1\n", f"-{n}\n", 1) for n in range(10)), closing="C260105EUR1010,00")
    parts = list(read_mt940(arrived, io.BytesIO(raw)))
    assert [part.records for part in parts] == [3, 3, 3, 1]
    assert [part.covers_on for part in parts] == [None, None, None, "2026-01-05"]
    lines: list[MoneyLine] = [line for part in parts for line in part.money_lines]
    assert [line.position for line in lines] == list(range(1, 11))


def test_codes_are_shown_with_what_they_mean() -> None:
    """In the viewer."""
    laid = list(lay_out_mt940(io.BytesIO(statement(IN, BACK, closing="C260105EUR80,00"))))
    told = {(field.name, field.raw): field.meaning for record in laid for field in record.fields}
    assert told["transaction type", "NRTI"] == "returned item"
    assert told["business transaction code", "109"] == "SEPA direct debit returned"
    assert told["text key extension", "912"] == "the payer objected"


def test_the_feed_is_the_bank_s() -> None:
    """It banks, and is proved by totals."""
    assert (MT940.name, MT940.roles, MT940.closed_by, MT940.read) == (
        "mt940",
        ("banks",),
        "totals",
        mapping_mt940.read_mt940,
    )
