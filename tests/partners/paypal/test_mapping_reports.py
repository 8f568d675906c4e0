"""PayPal's report files: rows to movements, totals to proofs, and what is held."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.domain.instants import parse_instant
from recoup.domain.legs import Told
from recoup.domain.money_line import MoneyLine
from recoup.partners.contract import Reading
from recoup.partners.paypal.mapping_reports import PART_ROWS, read_cases, read_settlement, read_transactions
from recoup.partners.paypal.report import LINE_BYTES_MAX
from tests.partners.paypal.sent import COLUMNS, SUMS, arrived, chargeback_report, checks, report, row


def read(sent: bytes, feed: str = "settlement_report", **told: str) -> Reading:
    """The whole of a report, as intake joins it."""
    readers = {
        "settlement_report": read_settlement,
        "transaction_report": read_transactions,
        "case_report": read_cases,
    }
    whole = Reading()
    for part in readers[feed](arrived(feed, name="STL-20260101.01.009.csv", **told), io.BytesIO(sent)):
        whole.records += part.records
        whole.accepted += part.accepted
        whole.money_lines += part.money_lines
        whole.observations += part.observations
        whole.quarantined += part.quarantined
        whole.findings += part.findings
        whole.controls += part.controls
        whole.fetch += part.fetch
        whole.held = whole.held or part.held
        whole.covers_on = part.covers_on or whole.covers_on
    return whole


def is_whole(reading: Reading) -> bool:
    """Whether intake would take it: nothing held, every record accounted for, every total met."""
    is_counted = reading.records == reading.accepted + len(reading.quarantined)
    return reading.held is None and is_counted and all(c.stated == c.computed for c in reading.controls)


def lines(reading: Reading) -> dict[str, MoneyLine]:
    """The money lines by the transaction's id and code."""
    return {"|".join(line.identity.split("|")[:2]): line for line in reading.money_lines}


def test_hold_release_chargeback_and_fee_are_movements_of_the_balance() -> None:
    """A hold may differ from the dispute's amount, and shares its id with its release."""
    reading = read(chargeback_report())
    assert is_whole(reading)
    assert reading.findings == []
    assert [(line.kind, line.net_minor, line.payment_ref) for line in reading.money_lines] == [
        ("charge", 9590, "1SALE"),
        ("reserve", -5900, "1SALE"),
        ("reserve", 5900, "1SALE"),
        ("dispute", -10000, "1SALE"),
        ("dispute_fee", -1600, "1SALE"),
    ]
    assert len({line.id for line in reading.money_lines}) == 5


def test_line_says_when_and_how_it_moved() -> None:
    """In the account's zone; gross less fee is net."""
    line = lines(read(chargeback_report()))["1SALE|T0006"]
    assert (line.gross_minor, line.fee_minor, line.net_minor, line.currency) == (10000, 410, 9590, "EUR")
    assert (line.occurred_at, line.effective_on) == (parse_instant("2026-01-01T18:21:47Z"), "2026-01-01")
    assert (line.identity, line.partner_kind, line.batch, line.position) == ("1SALE|T0006|CR|EUR", "T0006", None, 1)
    assert (line.reference, line.partner_dispute_id) == ("INV-1", None)


def test_report_covers_the_day_that_its_section_ends_on() -> None:
    """By the report's own words."""
    assert read(chargeback_report()).covers_on == "2026-01-01"


@pytest.mark.parametrize(
    ("code", "sign", "kind"),
    [
        ("T1106", "DR", "dispute"),
        ("T1106", "CR", "dispute_reversal"),
        ("T1202", "CR", "dispute_reversal"),
        ("T1202", "DR", "dispute"),
        ("T1107", "DR", "refund"),
        ("T1900", "CR", "adjustment"),
        ("T0200", "DR", "transfer"),
        ("T0400", "DR", "payout"),
        ("T0400", "CR", "payout_failure"),
        ("T7777", "DR", "unknown"),
    ],
)
def test_code_and_direction_say_the_kind(code: str, sign: str, kind: str) -> None:
    """A withdrawal is negative, money back positive; an unknown code stays unknown."""
    sums = "100,0,0,0" if sign == "CR" else "0,100,0,0"
    reading = read(report([row("1X", code, sign, "100")], [("EUR", sums, 100 if sign == "CR" else -100)]))
    (line,) = reading.money_lines
    assert (line.kind, line.net_minor) == (kind, 100 if sign == "CR" else -100)
    assert checks(reading) == (["vocabulary.unknown"] if kind == "unknown" else [])
    assert is_whole(reading)


def test_authorization_moves_nothing() -> None:
    """Accepted, and silent."""
    reading = read(report([row("1X", "T1300", "CR", "100")], [("EUR", "100,0,0,0", 100)]))
    assert (reading.accepted, reading.money_lines) == (1, [])


def test_fee_that_came_back_is_about_the_dispute_whose_row_it_names() -> None:
    """And names that row's payment; a fee of a payment is a fee."""
    rows = [
        row("5REV", "T1202", "CR", "2600", ref="1SALE"),
        row("6FEE", "T1108", "CR", "2000", ref="5REV"),
        row("7FEE", "T1108", "CR", "30", ref="2SALE"),
    ]
    found = lines(read(report(rows, [("EUR", "4630,0,0,0", 4630)])))
    assert (found["6FEE|T1108"].kind, found["6FEE|T1108"].payment_ref) == ("dispute_fee", "1SALE")
    assert (found["7FEE|T1108"].kind, found["7FEE|T1108"].payment_ref) == ("fee", "2SALE")


def test_fee_of_a_chargeback_in_another_file_names_no_payment() -> None:
    """What it names is a chargeback, and no payment."""
    reading = read(report([row("2FEE", "T0106", "DR", "1600", ref="6CHARGE")], [("EUR", "0,1600,0,0", -1600)]))
    assert (reading.money_lines[0].kind, reading.money_lines[0].payment_ref) == ("dispute_fee", None)


def test_fee_of_the_payment_may_come_back_with_the_reversal() -> None:
    """A cost that is negative: net is less than what was taken."""
    rows = [row("1R", "T1106", "DR", "480", ref="1SALE", fee="100", fee_sign="CR")]
    (line,) = read(report(rows, [("EUR", "0,480,100,0", -380)])).money_lines
    assert (line.gross_minor, line.fee_minor, line.net_minor) == (-480, -100, -380)


def test_payout_is_known_by_itself_and_names_the_transfer() -> None:
    """So that the bank's line meets it."""
    reading = read(report([row("8OUT", "T0400", "DR", "500", bank="BANK-7")], [("EUR", "0,500,0,0", -500)]))
    (line,) = reading.money_lines
    assert (line.batch, line.reference, line.net_minor) == (line.identity, "BANK-7", -500)


def test_yen_have_no_decimals_and_dinars_three() -> None:
    """Units are those of the currency."""
    rows = [row("1J", "T0006", "CR", "15000", "JPY"), row("1K", "T0006", "CR", "1500", "KWD")]
    found = read(report(rows, [("JPY", "15000,0,0,0", 15000), ("KWD", "1500,0,0,0", 1500)]))
    assert [line.gross_minor for line in found.money_lines] == [15000, 1500]


@pytest.mark.parametrize(
    ("bad", "column"),
    [
        (row("", "T0006", "CR", "10"), "Transaction ID"),
        (row("1X", "", "CR", "10"), "Transaction Event Code"),
        (row("1X", "T0006", "XX", "10"), "Debit or Credit"),
        (row("1X", "T0006", "CR", "1.00"), "gross amount"),
        (row("1X", "T0006", "CR", "-10"), "gross amount"),
        (row("1X", "T0006", "CR", "10", "QQQ"), "gross amount"),
        (row("1X", "T0006", "CR", "10", at="soon"), "Transaction Completion Date"),
        (row("1X", "T0006", "CR", "10", fee="1", fee_sign="XX"), "Fee Debit or Credit"),
        ("SB,1X,T0006", "row"),
        (row("1X", "T0006", "CR", "10") + ",surplus", "row"),
    ],
)
def test_bad_row_is_quarantined_and_the_good_rest_goes_on(bad: str, column: str) -> None:
    """With its line and column."""
    reading = read(report([row("1A", "T0006", "CR", "5"), bad, row("1B", "T0006", "CR", "6")], []))
    (refused,) = reading.quarantined
    assert (refused.position, refused.finding.check) == (2, "paypal.row")
    assert column in refused.finding.where
    assert ":6 " in refused.finding.where
    assert len(reading.money_lines) == 2
    assert reading.records == 3


def test_movement_that_stands_twice_is_refused() -> None:
    """Two chargebacks of one id are not taken for one."""
    twice = [row("6C", "T1201", "DR", "100"), row("6C", "T1201", "DR", "100")]
    reading = read(report(twice, [("EUR", "0,200,0,0", -200)]))
    assert (len(reading.money_lines), checks(reading)) == (1, ["paypal.row"])


def test_section_of_another_account_is_not_ours() -> None:
    """Where our account is named by PayPal's id of it."""
    assert read(chargeback_report(), account="ABCDEFGHJKLM2").money_lines == []
    assert len(read(chargeback_report(), account="main").money_lines) == 5


@pytest.mark.parametrize("at", range(1, len(chargeback_report().splitlines())))
def test_file_cut_at_any_record_is_held(at: int) -> None:
    """Its footer is missing."""
    cut = b"\n".join(chargeback_report().splitlines()[:at]) + b"\n"
    assert not is_whole(read(cut))


@pytest.mark.parametrize("at", range(4, len(chargeback_report().splitlines())))
def test_record_left_out_is_noticed(at: int) -> None:
    """But for a footer that is said by another one as well."""
    kept = chargeback_report().splitlines()
    left_out = kept.pop(at)[:2]
    assert is_whole(read(b"\n".join(kept) + b"\n")) is (left_out in (b"SF", b"SC", b"RF", b"RC"))


@pytest.mark.parametrize(
    ("told", "other"),
    [
        (b"SC,5", b"SC,6"),
        (b"RC,5", b"RC,4"),
        (b"FF,5", b"FF,4"),
        (b"SF,EUR,15900", b"SF,EUR,15901"),
        (b"SF,EUR,15900,17500", b"SF,EUR,15900,17499"),
        (b"RF,EUR,15900,17500,0,410", b"RF,EUR,15900,17500,0,411"),
        (b"RF,EUR,15900,17500,0,410", b"RF,EUR,15900,17500,1,410"),
        (b"SF,EUR,", b"SF,USD,"),
    ],
)
def test_total_that_is_off_by_one_holds_the_file(told: bytes, other: bytes) -> None:
    """Whatever total it is."""
    sent = chargeback_report().replace(told, other)
    assert sent != chargeback_report()
    assert not is_whole(read(sent))


def test_balances_that_the_rows_do_not_lead_to_are_a_finding() -> None:
    """What the balances are was not verified, so they hold nothing."""
    assert b"CR,1000,DR,1010" in chargeback_report()
    sums = [("EUR", "100,0,0,0", 50)]
    reading = read(report([row("1X", "T0006", "CR", "100")], sums))
    assert (is_whole(reading), checks(reading)) == (True, ["paypal.balance"])


@pytest.mark.parametrize(
    ("sent", "check"),
    [
        (b"", "paypal.empty"),
        (b"not a report\n", "paypal.record"),
        (chargeback_report().replace(b"INV-1", b"\xff\xfe"), "paypal.encoding"),
        (chargeback_report().decode().encode("utf-16"), "paypal.line"),
        (chargeback_report().replace(b"INV-1", b"\0"), "paypal.line"),
        (chargeback_report().replace(b'"1SALE"', b'"1SALE', 1), "paypal.quotes"),
        (chargeback_report().replace(b"SC,5", b"SC,five"), "paypal.footer"),
        (chargeback_report().replace(b"FH,1", b"XX,1"), "paypal.order"),
        (chargeback_report().replace(b"Transaction Event Code", b"Event"), "paypal.columns"),
        (chargeback_report() + chargeback_report(), "paypal.order"),
        (b"RH,x\nFH," + b"9" * (LINE_BYTES_MAX + 9), "paypal.line"),
    ],
)
def test_file_that_cannot_be_trusted_is_held(sent: bytes, check: str) -> None:
    """With the rule."""
    reading = read(sent)
    assert reading.held is not None
    assert reading.held.check == check


def test_file_with_a_byte_order_mark_and_quotes_everywhere_is_read() -> None:
    """As PayPal's own are."""
    quoted = chargeback_report().replace(b"RH,", b'\xef\xbb\xbf"RH",').replace(b"SB,", b'"SB",')
    assert is_whole(read(quoted))


def test_tabs_may_stand_for_commas_and_columns_in_any_order_with_or_without_blanks() -> None:
    """The names count."""
    tabbed = chargeback_report().replace(b",", b"\t").replace(b"Transaction ID", b"TransactionID")
    assert [line.identity for line in read(tabbed).money_lines] == [
        line.identity for line in read(chargeback_report()).money_lines
    ]


def test_further_file_of_a_report_is_counted_by_its_own_footer_alone() -> None:
    """Its report's sums are of all files; and it is not the same day told again."""
    first = chargeback_report().replace(b"FH,1", b"FH,2").replace(b"RH,2026", b"", 0)
    further = first[first.index(b"FH") :].replace(b"RC,5", b"RC,105").replace(b"RF,EUR,15900", b"RF,EUR,99999")
    reading = read(further)
    assert is_whole(reading)
    assert reading.covers_on is None
    assert not is_whole(read(further.replace(b"FF,5", b"FF,6")))


def test_transaction_that_is_pending_or_denied_moved_nothing() -> None:
    """A transaction report has those, too; a status that nobody knows is refused."""
    columns = COLUMNS.replace("Custom Field", "Transactional Status")
    rows = [row(f"1{status}", "T0006", "CR", "10", custom=status) for status in "SPDVX"]
    reading = read(report(rows, [], columns=columns), "transaction_report")
    assert [line.identity[:2] for line in reading.money_lines] == ["1S", "1V"]
    assert (reading.accepted, checks(reading)) == (4, ["paypal.row"])


def test_sums_of_a_transaction_report_inform_alone() -> None:
    """Over which rows they go was never seen; the counts hold all the same."""
    sent = chargeback_report().replace(b"SF,EUR,15900", b"SF,EUR,15901")
    reading = read(sent, "transaction_report")
    assert (is_whole(reading), checks(reading)) == (True, ["paypal.sum"])
    assert not is_whole(read(sent.replace(b"FF,5", b"FF,4"), "transaction_report"))


def test_same_movement_by_both_reports_is_one_line() -> None:
    """One identity, one id, one amount."""
    one, other = read(chargeback_report()), read(chargeback_report(), "transaction_report")
    told = [[(line.id, line.net_minor, line.payment_ref) for line in found.money_lines] for found in (one, other)]
    assert told[0] == told[1]


CASES = (
    "CH,Case type,Original transaction ID,Transaction date,Card Type,Case reason,Case filing date,Case ID,Case status,"
    "Response due date,Disputed amount,Disputed currency,Disputed transaction ID,Money movement,Chargeback Reason Code"
)


def cases(*rows: str, count: int | None = None) -> bytes:
    """A case report."""
    head = "RH,2026/01/02 02:00:00 -0800,A,EZ782AXEUJUW8,8\nFH,1\n"
    section = "SH,2026/01/01 00:00:00 -0800,2026/01/01 23:59:59 -0800,EZ782AXEUJUW8\n"
    body = "".join(f"{line}\n" for line in (CASES, *rows))
    return f"{head}{section}{body}SF,{len(rows) if count is None else count}\n".encode()


CASE = (
    "SB,Chargeback,7SELLER1,2025/12/01 08:00:00 -0800,Visa,Not as described,2026/01/01 08:00:00 -0800,PP-D-12345,"
    "Open,2026/01/11 08:00:00 -0800,10000,USD,6CHARGE,Debit,13.3"
)


def test_case_is_the_dispute_of_the_same_id_with_what_was_moved() -> None:
    """Its status is in no vocabulary: nothing follows from it, and the case is fetched."""
    reading = read(cases(CASE), "case_report")
    (placed,) = reading.observations
    said = placed.said
    assert (said.partner_dispute_id, said.payment_ref, said.move) == ("PP-D-12345", "7SELLER1", "unknown")
    assert (said.amount_minor, said.currency, said.network, said.reason_code) == (10000, "USD", "visa", "13.3")
    assert said.legs == (Told("debit", 1, 10000, "USD", "6CHARGE"),)
    assert (said.due_at, said.due_state) == (parse_instant("2026-01-11T16:00:00Z"), "said")
    assert said.occurred_at == parse_instant("2026-01-02T07:59:59Z")
    assert (reading.fetch, checks(reading), is_whole(reading)) == (["PP-D-12345"], ["vocabulary.unknown"], True)


def test_hold_that_a_case_report_tells_is_a_hold() -> None:
    """The only place where PayPal announces one."""
    reading = read(cases(CASE.replace("Debit", "On temporary hold")), "case_report")
    assert [leg.leg for leg in reading.observations[0].said.legs] == ["hold"]


def test_case_report_states_its_rows() -> None:
    """Off by one, and without the footer, it is held."""
    assert not is_whole(read(cases(CASE, count=2), "case_report"))
    assert not is_whole(read(cases(CASE)[: -len(b"SF,1\n")], "case_report"))
    assert is_whole(read(cases(CASE.replace("PP-D-12345", "")), "case_report"))


def test_case_with_bad_amount_and_time_is_kept_without_them() -> None:
    """With findings."""
    bad = CASE.replace("10000", "ten").replace("2026/01/11 08:00:00 -0800", "soon")
    reading = read(cases(bad), "case_report")
    assert checks(reading) == ["paypal.amount", "vocabulary.unknown", "paypal.instant"]
    assert reading.observations[0].said.amount_minor is None


def test_large_file_comes_in_parts() -> None:
    """Each of which holds some thousand rows at most."""
    rows = [row(f"{n}X", "T0006", "CR", "1") for n in range(PART_ROWS + 10)]
    sent = report(rows, [("EUR", f"{len(rows)},0,0,0", len(rows))])
    parts = list(read_settlement(arrived("settlement_report"), io.BytesIO(sent)))
    assert [part.records for part in parts] == [PART_ROWS, 10]
    assert [len(part.controls) for part in parts] == [0, 11]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=150)
@given(st.lists(st.lists(cells, max_size=20), max_size=4), st.integers(4, 9))
def test_whatever_stands_in_a_file_nothing_raises(rows: list[list[str]], at: int) -> None:
    """And every record is accounted for, or the file is held."""
    kept = chargeback_report().splitlines()
    kept[at:at] = [",".join(["SB", *row]).encode() for row in rows]
    reading = read(b"\n".join(kept) + b"\n")
    assert reading.held is not None or reading.records == reading.accepted + len(reading.quarantined)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(["T0006", "T1201", "T1106", "T0400"]), st.booleans(), st.integers(0, 10**9))))
def test_sums_of_the_rows_are_the_sums_of_the_lines(moved: list[tuple[str, bool, int]]) -> None:
    """Whatever moved, net of all lines is credits less debits."""
    rows = [row(f"{n}X", code, "CR" if up else "DR", str(amount)) for n, (code, up, amount) in enumerate(moved)]
    credit = sum(amount for _, up, amount in moved if up)
    debit = sum(amount for _, up, amount in moved if not up)
    reading = read(report(rows, [("EUR", f"{credit},{debit},0,0", credit - debit)]))
    assert is_whole(reading)
    assert sum(line.net_minor for line in reading.money_lines) == credit - debit


def test_published_sums_are_those_of_the_rows() -> None:
    """The footer of the report above, as PayPal would state it."""
    assert SUMS == [("EUR", "15900,17500,0,410", 15900 - 17500 - 410)]
