"""A notification file tells the steps of cases: opened, reversed, refused, linked to the case before."""

import io

import pytest

from recoup.domain.dispute import fold
from recoup.domain.observation import observe
from recoup.domain.tables import moves, reason_codes
from recoup.partners.amex.partner import PARTNER, with_layouts
from recoup.partners.amex.telling import CODES
from recoup.partners.contract import Arrived, FileFeed, Partner, Reading
from tests.fakes.amex_files import CARD, case, cbnot, notifications


def read(lines: list[str], partner: Partner = PARTNER, trimmed: bool = True) -> Reading:
    """One file; right-trimmed, as they come."""
    feed = partner.feeds["cbnot"]
    assert isinstance(feed, FileFeed)
    arrived = Arrived("del_1", "amex", "default", "cbnot", "cbnot.txt", 1, "America/New_York")
    data = "".join((line.rstrip() if trimmed else line) + "\r\n" for line in lines)
    parts = list(feed.read(arrived, io.BytesIO(data.encode())))
    whole = parts[-1]
    assert len(parts) == 1
    assert whole.held is not None or whole.records == whole.accepted + len(whole.quarantined)
    return whole


def untied(reading: Reading) -> list[str]:
    """Names of totals that do not tie."""
    return [control.name for control in reading.controls if control.stated != control.computed]


def checks(reading: Reading) -> set[str]:
    """Codes of what was noticed, trimmed lines aside."""
    return {finding.check for finding in reading.findings} - {"fixed_width.trimmed"}


def test_a_notification_opens_a_case_with_its_debit() -> None:
    """A negative amount is a debit; the leg refers to the adjustment that settles it."""
    reading = read(notifications(case()))
    assert (reading.held, untied(reading), checks(reading), reading.quarantined) == (None, [], set(), [])
    (placed,) = reading.observations
    said = placed.said
    assert (said.partner_dispute_id, said.move, said.kind, said.network) == (
        "861AATK",
        "chargeback_opened",
        "dispute",
        "amex",
    )
    assert (said.amount_minor, said.currency, said.reason_code) == (1235, "USD", "R13")
    assert (said.case_ref, said.payment_ref, said.partner_status) == ("861AATK", "0000251600018206", "R13 SEDIS")
    assert [(leg.leg, leg.cycle, leg.amount_minor, leg.ref) for leg in said.legs] == [
        ("debit", 1, 1235, "1116725407/adjustment/258226")
    ]
    assert reading.covers_on == "2026-07-05"


def test_a_case_that_names_the_one_before_is_in_its_chain() -> None:
    """The previous case links two disputes of one charge."""
    reading = read(notifications(case("AAA1111"), case("BBB2222", previous="AAA1111")))
    assert [p.said.case_ref for p in reading.observations] == ["AAA1111", "AAA1111"]
    assert [p.said.partner_dispute_id for p in reading.observations] == ["AAA1111", "BBB2222"]


def test_a_reversal_gives_the_debit_back() -> None:
    """M11 and M38 with a positive amount: a credit that may be taken again."""
    lines = notifications(case(), case(reason="M38", amount="0000000000012.35", adjustment="258300", on="20260801"))
    reading = read(lines)
    told = [
        observe(
            p.said,
            partner="amex",
            account="default",
            feed="cbnot",
            delivery="d",
            position=p.position,
            landed_at=1,
            trust="fetched",
        )
        for p in reading.observations
    ]
    dispute = fold(told, moves()).dispute
    assert (dispute.stage, dispute.outcome, dispute.finality) == ("representment", "won", "provisional")
    assert {leg.name for leg in dispute.legs} == {"d1", "c1"}


@pytest.mark.parametrize(
    ("reason", "move"),
    [
        ("M01", "chargeback_accepted"),
        ("M02", "withdrawn"),
        ("S01", "chargeback_lost"),
        ("M42", "chargeback_lost"),
        ("S04", "chargeback_under_review"),
        ("S03", "issuer_commented"),
        ("F29", "chargeback_opened"),
    ],
)
def test_the_reason_code_says_the_step(reason: str, move: str) -> None:
    """As the file's own documentation lists them."""
    (placed,) = read(notifications(case(reason=reason))).observations
    assert placed.said.move == move


def test_every_reason_that_a_table_knows_has_a_step() -> None:
    """No active US code of the rule tables is unknown here."""
    codes = {row.code for row in reason_codes() if row.network == "amex" and row.status == "active"}
    assert codes <= CODES.known("reason")


def test_a_reason_in_no_vocabulary_stays_unknown() -> None:
    """With a finding, and without a leg."""
    reading = read(notifications(case(reason="Z99")))
    (placed,) = reading.observations
    assert (placed.said.move, placed.said.legs) == ("unknown", ())
    assert checks(reading) == {"vocabulary.unknown"}


def test_an_adjustment_about_no_dispute_is_accepted_and_says_nothing() -> None:
    """M29 is an invoice."""
    reading = read(notifications(case(reason="M29")))
    assert (reading.accepted, reading.observations, reading.quarantined) == (1, [], [])


def test_a_sign_that_does_not_fit_the_step_tells_no_leg() -> None:
    """A chargeback with a positive amount is odd, and not booked."""
    reading = read(notifications(case(amount="0000000000012.35")))
    assert reading.observations[0].said.legs == ()
    assert checks(reading) == {"amex.sign"}


@pytest.mark.parametrize("amount", ["-00000000012,35", "1.23E+15", "-000000000012.355", ""])
def test_what_is_no_amount_stays_unknown(amount: str) -> None:
    """The case is kept without its amount."""
    reading = read(notifications(case(amount=amount)))
    assert reading.observations[0].said.amount_minor is None
    assert checks(reading) == {"amex.amount"}


def test_a_record_without_case_or_day_is_quarantined() -> None:
    """The good rest goes on."""
    reading = read(notifications(case(number=""), case(on="20261301"), case()))
    assert [q.finding.check for q in reading.quarantined] == ["amex.case", "amex.day"]
    assert len(reading.observations) == 1


def test_an_account_settled_in_another_currency_says_so_by_a_layout() -> None:
    """The files name no currency."""
    own = with_layouts(
        {"layout_cbnot.toml": ('name = "ours"\nextends = "amex_cbnot"\ncurrency = "CAD"\n', "layout_cbnot.toml")}
    )
    assert read(notifications(case()), own).observations[0].said.currency == "CAD"


@pytest.mark.parametrize("counts_all", [True, False])
def test_both_ways_to_count_tie_and_no_other(counts_all: bool) -> None:
    """Header and trailer in the count, or not."""
    lines = notifications(case("A"), case("B"), case("C"), counts_all=counts_all)
    assert untied(read(lines)) == []
    assert untied(read(lines[:1] + lines[2:])) == ["records", "records confirmed"]
    tail = lines[-1]
    lines[-1] = tail[:34] + str((int(tail[34]) + 1) % 10) + tail[35:]
    assert untied(read(lines)) == ["records"]


def test_cut_doubled_and_joined_files_are_noticed() -> None:
    """Truncation at every record, one file twice, two in one, an inquiry file."""
    lines = notifications(case("A"), case("B"))
    for count in range(len(lines)):
        assert read(lines[:count]).held is not None
    twice = read(lines + lines)
    assert twice.held is not None
    assert twice.held.check == "fixed_width.twice"
    two = read(lines + notifications(case("C"), time="0230517"))
    assert (two.held, len(two.observations)) == (None, 3)
    assert "fixed_width.logical_files" in checks(two)
    inquiries = cbnot("header", said="A00070").replace("CBNOT", "INQ02")
    refused = read([inquiries, *lines[1:]]).held
    assert refused is not None
    assert refused.check == "fixed_width.unknown_file"


def test_trimmed_and_whole_lines_read_the_same() -> None:
    """Blanks at the end say nothing."""
    lines = notifications(case("A"), case("B"))
    assert read(lines).observations == read(lines, trimmed=False).observations


def test_no_card_number_is_in_what_is_said() -> None:
    """Each record has one."""
    reading = read(notifications(case(), case(number=""), case(reason="Z99")))
    for thing in (*reading.observations, *reading.quarantined, *reading.findings):
        assert CARD not in str(thing)


def test_laid_out_a_person_reads_the_case() -> None:
    """Names as the documentation has them."""
    feed = PARTNER.feeds["cbnot"]
    assert isinstance(feed, FileFeed)
    assert feed.lay_out is not None
    data = "".join(line + "\n" for line in notifications(case())).encode()
    shown = list(feed.lay_out(io.BytesIO(data)))
    fields = {field.name: (field.at, field.raw.strip(), field.meaning) for field in shown[1].fields}
    assert fields["CURRENT_CASE_NUMBER"] == ("47-57", "861AATK", None)
    assert fields["CASE_TYPE"] == ("105-110", "SEDIS", "General dispute")
    assert [laid.findings for laid in shown] == [(), (), ()]
