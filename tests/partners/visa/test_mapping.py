"""A clearing file tells disputes, their reversals, second presentments, fees and notices, and says what it cannot."""

import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.dispute import Dispute, fold
from recoup.domain.observation import observe
from recoup.domain.tables import moves
from recoup.partners.contract import Arrived, FileFeed, Partner, Placed, Reading
from recoup.partners.visa.partner import PARTNER, with_layouts
from recoup.partners.visa.telling import has_right_check, purchase_day
from tests.fakes.visa_files import CARD, arn, draft, fee, logical_file, other

ONE = arn()
OWN = """
# Positions invented for this test: a member's licensed layout has the real ones.
name = "own"
extends = "visa_base_ii_public"

[[record]]
name = "fraud_advice"
role = "detail"
when = [{ at = "1-2", is = ["40"] }, { at = "4", is = ["0"] }]
fields_of = "fraud_advice"
fields = [
  { name = "acquirer_reference", at = "101-123" },
  { name = "fraud_type", at = "130" },
  { name = "amount", at = "131-142", type = "digits" },
  { name = "currency", at = "143-145" },
]

[[record]]
name = "dispute_4"
role = "continuation"
when = [{ at = "1-2", is = ["15"] }, { at = "4", is = ["4"] }]
fields_of = "further"
fields = [{ name = "dispute_condition", at = "120-123" }, { name = "case_number", at = "124-133" }]
"""


def read(lines: list[str], account: str = "default", partner: Partner = PARTNER, end: str = "\n") -> Reading:
    """One file, all its parts as one."""
    feed = partner.feeds["clearing"]
    assert isinstance(feed, FileFeed)
    arrived = Arrived("del_1", "visa", account, "clearing", "v.ctf", 1_773_500_000_000_000, "Europe/Berlin")
    whole = Reading()
    for part in feed.read(arrived, io.BytesIO("".join(line + end for line in lines).encode())):
        assert part.held is not None or part.records == part.accepted + len(part.quarantined)
        whole.records += part.records
        whole.accepted += part.accepted
        for name in ("observations", "money_lines", "quarantined", "findings", "controls"):
            getattr(whole, name).extend(getattr(part, name))
        whole.held = whole.held or part.held
        whole.covers_on = part.covers_on or whole.covers_on
    return whole


def untied(reading: Reading) -> list[str]:
    """Names of totals that do not tie."""
    return [control.name for control in reading.controls if control.stated != control.computed]


def folded(placed: list[Placed]) -> Dispute:
    """The dispute that observations tell."""
    told = [
        observe(
            p.said,
            partner="visa",
            account="default",
            feed="clearing",
            delivery="del_1",
            position=p.position,
            landed_at=1,
            trust="fetched",
        )
        for p in placed
    ]
    return fold(told, moves()).dispute


def test_a_chargeback_opens_a_dispute_by_its_reference_and_takes_the_money() -> None:
    """TC 15 usage 1: first debit in the currency table's units, on the processing day."""
    reading = read(logical_file(draft("15", reference=ONE, minor=1234, reason="83")))
    assert (reading.held, untied(reading), reading.findings, reading.quarantined) == (None, [], [], [])
    (placed,) = reading.observations
    said, (line,) = placed.said, reading.money_lines
    assert (said.move, said.kind, said.case_ref, said.payment_ref) == ("chargeback_opened", "dispute", ONE, ONE)
    assert (said.amount_minor, said.currency, said.reason_code) == (1234, "EUR", "83")
    assert (line.kind, line.gross_minor, line.effective_on, line.partner_dispute_id) == (
        "dispute",
        -1234,
        "2026-03-14",
        ONE,
    )
    assert [(leg.leg, leg.cycle, leg.amount_minor, leg.ref) for leg in said.legs] == [("debit", 1, 1234, line.identity)]
    assert reading.covers_on == "2026-03-14"


def test_a_chargeback_its_second_presentment_and_its_reversal_are_one_dispute() -> None:
    """By the acquirer reference number, in any of three files."""
    steps = [
        draft("15", reference=ONE, processed="6073"),
        draft("05", reference=ONE, usage="2", processed="6080"),
        draft("35", reference=ONE, processed="6090"),
    ]
    reading = read(logical_file(*steps))
    assert [placed.said.move for placed in reading.observations] == [
        "chargeback_opened",
        "chargeback_reversed",
        "chargeback_credited",
    ]
    assert {placed.said.partner_dispute_id for placed in reading.observations} == {ONE}
    dispute = folded(reading.observations)
    assert (dispute.stage, dispute.outcome, dispute.finality) == ("representment", "won", "provisional")
    assert [line.gross_minor for line in reading.money_lines] == [-1000, 1000, 1000]


@pytest.mark.parametrize("code", ["05", "06", "07", "25", "26", "27"])
def test_an_original_and_its_reversal_are_nobody_s_dispute(code: str) -> None:
    """Accepted, and nothing more."""
    reading = read(logical_file(draft(code, reference=ONE)))
    assert (reading.records, reading.accepted) == (1, 1)
    assert (reading.observations, reading.money_lines, reading.findings) == ([], [], [])


@pytest.mark.parametrize(("code", "usage"), [("16", "1"), ("36", "1"), ("25", "2"), ("15", "7"), ("05", "9")])
def test_a_step_in_no_source_stays_unknown_and_moves_no_money(code: str, usage: str) -> None:
    """Unknown never becomes a default."""
    reading = read(logical_file(draft(code, reference=ONE, usage=usage)))
    (placed,) = reading.observations
    assert placed.said.move == "unknown"
    assert placed.said.legs == ()
    assert reading.money_lines == []
    assert [finding.check for finding in reading.findings] == ["vocabulary.unknown"]


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 500), ("KWD", 12345), ("EUR", 1)])
def test_amounts_have_the_decimals_of_their_currency(currency: str, minor: int) -> None:
    """No exponent is in the record: zero and three decimals come from the table."""
    (placed,) = read(logical_file(draft("15", reference=ONE, currency=currency, minor=minor))).observations
    assert (placed.said.amount_minor, placed.said.currency) == (minor, currency)


def test_what_an_issuer_sends_counts_in_the_destination_s_currency_and_what_we_send_in_the_source_s() -> None:
    """The two sides differ where currencies do."""
    dispute, ours = draft("15", reference=ONE, minor=1000), draft("05", reference=ONE, usage="2", minor=1000)
    for transaction, place in ((dispute, 76), (ours, 61)):
        transaction[0] = transaction[0][:place] + "000000001100840" + transaction[0][place + 15 :]
    lines = logical_file(dispute, ours)
    reading = read(lines)
    assert [(p.said.amount_minor, p.said.currency) for p in reading.observations] == [(1000, "EUR"), (1000, "EUR")]


def test_fees_are_costs_of_ours_unless_we_collect_them() -> None:
    """TC 10 takes from its destination, TC 20 gives to it."""
    reading = read(logical_file(fee("10", 500), fee("20", 300), fee("10", 500)), account="412345")
    assert [(line.kind, line.net_minor) for line in reading.money_lines] == [("fee", -500), ("fee", 300), ("fee", -500)]
    assert len({line.identity for line in reading.money_lines}) == 3
    collected = read(logical_file(fee("10", 500, source="412345", destination="400001")), account="412345")
    assert [line.net_minor for line in collected.money_lines] == [500]


def test_the_public_layout_says_what_it_cannot_read() -> None:
    """Fraud advices and requests are quarantined, reports counted and said once."""
    reading = read(logical_file(other("40"), other("52"), other("33"), other("33"), other("46")))
    assert [q.finding.check for q in reading.quarantined] == ["visa.layout_missing"] * 2
    assert "fraud_advice.acquirer_reference" in reading.quarantined[0].finding.wanted
    assert [(f.check, f.found) for f in reading.findings] == [
        ("visa.unread", "2 transactions"),
        ("visa.unread", "1 transactions"),
    ]
    assert (reading.held, untied(reading)) == (None, [])


def test_a_layout_of_one_s_own_reads_what_it_describes() -> None:
    """Fraud advices become notices, case numbers name disputes, dispute conditions are reasons."""
    own = with_layouts({"layout.toml": (OWN, "home/contracts/visa/layout.toml")})
    advice = other("40")
    advice[0] = advice[0][:100] + ONE + " " * 6 + "6" + "000000001500978" + advice[0][145:]
    dispute = [*draft("15", reference=ONE), "1504".ljust(119) + "13.17000000001".ljust(49)]
    reading = read(logical_file(advice, dispute), partner=own)
    assert (reading.held, untied(reading), reading.quarantined) == (None, [], [])
    notice, case = (placed.said for placed in reading.observations)
    assert (notice.kind, notice.move, notice.case_ref, notice.reason_code) == ("notice", "noticed", ONE, "6")
    assert (notice.amount_minor, notice.currency, notice.legs) == (1500, "EUR", ())
    assert (case.partner_dispute_id, case.case_ref, case.reason_code) == ("7000000001", ONE, "13.1")
    assert reading.money_lines[0].partner_dispute_id == "7000000001"


def test_money_that_the_layout_does_not_know_leaves_the_sums_uncompared() -> None:
    """A money transfer is in the trailer's sums, its positions are not public."""
    lines = logical_file(draft("15", reference=ONE), other("33"))
    lines[3] = "09" + lines[3][2:]
    reading = read(lines)
    assert (reading.held, untied(reading)) == (None, [])
    assert {f.check for f in reading.findings} == {"fixed_width.unchecked", "visa.unread"}


@pytest.mark.parametrize("counts_itself", [True, False])
def test_trailers_tie_whether_they_count_themselves_or_not(counts_itself: bool) -> None:
    """No public source says which."""
    reading = read(logical_file(draft("15", reference=ONE), fee(), counts_itself=counts_itself))
    assert (reading.held, untied(reading), len(reading.controls)) == (None, [], 10)


@pytest.mark.parametrize(("trailer", "last"), [(-2, 30), (-2, 42), (-2, 60), (-2, 83), (-2, 116), (-1, 30), (-1, 116)])
def test_a_trailer_off_by_one_does_not_tie(trailer: int, last: int) -> None:
    """Amounts, transactions and TCRs, of the batch and of the file."""
    lines = logical_file(draft("15", reference=ONE), draft("05", reference=arn(sequence=2)), counts_itself=False)
    line = lines[trailer]
    lines[trailer] = line[: last - 1] + str((int(line[last - 1]) + 7) % 10) + line[last:]
    assert untied(read(lines))


def test_a_file_cut_at_any_record_is_held() -> None:
    """With separators and without."""
    lines = logical_file(draft("15", reference=ONE), fee())
    for count in range(len(lines)):
        for end in ("\n", ""):
            assert read(lines[:count], end=end).held is not None


def test_two_logical_files_are_noticed_and_one_twice_is_held() -> None:
    """A file id on another day is another file."""
    first = logical_file(draft("15", reference=ONE))
    second = logical_file(draft("15", reference=arn(sequence=2)), on=dt.date(2026, 3, 15), file_id="002")
    both = read(first + second)
    assert (both.held, len(both.observations)) == (None, 2)
    assert "fixed_width.logical_files" in {finding.check for finding in both.findings}
    twice = read(first + first)
    assert twice.held is not None
    assert twice.held.check == "fixed_width.twice"


def test_a_dispute_of_another_acquirer_is_refused_where_the_account_is_a_bin() -> None:
    """Our side is the acquirer's."""
    other_bin = logical_file(draft("15", reference=arn("499999")))
    assert [q.finding.check for q in read(other_bin, account="412345").quarantined] == ["visa.issuer_side"]
    assert read(other_bin, account="default").quarantined == []


@pytest.mark.parametrize(
    ("values", "check"),
    [
        ({"reference": "0" * 23}, "visa.arn"),
        ({"reference": "2412345607000000000001X"}, "visa.arn"),
    ],
)
def test_a_record_without_its_reference_is_quarantined(values: dict[str, str], check: str) -> None:
    """The good rest goes on."""
    reading = read(logical_file(draft("15", **values), draft("15", reference=ONE)))  # type: ignore[arg-type]
    assert [q.finding.check for q in reading.quarantined] == [check]
    assert len(reading.observations) == 1


def test_a_currency_in_no_table_quarantines_the_record() -> None:
    """Not guessed."""
    bad = draft("15", reference=ONE)
    bad[0] = bad[0][:73] + "000" + bad[0][76:88] + "001" + bad[0][91:]
    reading = read(logical_file(bad))
    assert [q.finding.check for q in reading.quarantined] == ["visa.value"]


def test_a_further_record_alone_is_an_orphan() -> None:
    """It belongs to no transaction."""
    reading = read(logical_file([*draft("15", reference=ONE), draft("05", reference=ONE)[1]]))
    assert "visa.orphan" in {finding.check for finding in reading.findings}


def test_around_new_year_days_get_the_right_year() -> None:
    """A purchase of December, processed in January, in a file of January."""
    late = draft("15", reference=arn(day="5364"), purchase="1230", processed="6002")
    (placed,) = read(logical_file(late, on=dt.date(2026, 1, 2))).observations
    assert placed.said.occurred_at == int(dt.datetime(2026, 1, 1, 23, tzinfo=dt.UTC).timestamp()) * 1_000_000
    early = draft("15", reference=arn(day="5360"), purchase="1226", processed="5365")
    reading = read(logical_file(early, on=dt.date(2026, 1, 1)))
    assert reading.money_lines[0].effective_on == "2025-12-31"
    assert reading.findings == []


@given(st.dates(dt.date(2018, 1, 1), dt.date(2049, 12, 31)), st.integers(0, 540))
def test_the_year_of_a_purchase_is_found_however_late_the_dispute(purchase: dt.date, later: int) -> None:
    """By the day within the reference, up to 540 days before processing."""
    reference = arn(day=f"{purchase.year % 10}{purchase:%j}")
    assert purchase_day(f"{purchase:%m%d}", reference, purchase + dt.timedelta(days=later)) == purchase


@given(st.integers(0, 10**11 - 1), st.integers(0, 21))
def test_the_check_digit_finds_every_single_wrong_digit(sequence: int, place: int) -> None:
    """Luhn's formula over 23 digits."""
    right = arn(sequence=sequence)
    assert has_right_check(right)
    wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
    assert not has_right_check(wrong)


@given(st.permutations(range(4)), st.data())
def test_the_order_of_transactions_does_not_matter(order: list[int], data: st.DataObject) -> None:
    """The same set of observations and lines, whatever stands first."""
    steps = [
        draft("15", reference=ONE),
        draft("05", reference=ONE, usage="2"),
        draft("15", reference=arn(sequence=2), minor=77),
        fee(),
    ]
    straight, mixed = read(logical_file(*steps)), read(logical_file(*(steps[n] for n in order)))
    assert {p.said for p in straight.observations} == {p.said for p in mixed.observations}
    assert {line.identity for line in straight.money_lines} == {line.identity for line in mixed.money_lines}


def test_no_card_number_is_in_what_is_said() -> None:
    """Not in findings, identities or references, even before they are scrubbed."""
    reading = read(logical_file(draft("16", reference=ONE), fee(), draft("15", reference="0" * 23), other("40")))
    for thing in (*reading.observations, *reading.money_lines, *reading.quarantined, *reading.findings):
        assert CARD not in str(thing)


def test_laid_out_a_person_reads_names_places_and_meanings() -> None:
    """The lens on a clearing file."""
    feed = PARTNER.feeds["clearing"]
    assert isinstance(feed, FileFeed)
    assert feed.lay_out is not None
    data = "".join(logical_file(draft("15", reference=ONE))).encode("cp037")
    header, dispute, *_ = feed.lay_out(io.BytesIO(data))
    assert (header.kind, header.at) == ("TC 90 file header", "byte 0")
    shown = {field.name: (field.at, field.raw, field.meaning) for field in dispute.fields}
    assert shown["Acquirer reference number"] == ("27-49", ONE, None)
    assert shown["Transaction code"] == ("1-2", "15", "Chargeback of a sales draft")
    assert shown["Destination currency code"] == ("74-76", "978", "EUR")
