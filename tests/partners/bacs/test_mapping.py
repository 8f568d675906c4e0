"""Bacs' reports: returns that decide, claims that are disputes, messages that never are money."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.dispute import fold
from recoup.domain.instants import parse_instant
from recoup.domain.observation import UNDISPUTED, Observation, observe
from recoup.domain.tables import moves
from recoup.partners.bacs.mapping_arudd import read_arudd
from recoup.partners.bacs.mapping_ddica import read_ddica
from recoup.partners.bacs.mapping_mandates import read_addacs, read_auddis
from recoup.partners.bacs.partner import PARTNER
from recoup.partners.bacs.telling import account_of
from recoup.partners.contract import Arrived, Reading, RecordFeed
from tests.partners.bacs.reports import arudd, claim, ddica, item, messages

LANDED_AT = parse_instant("2026-01-17T08:00:00Z")


def read(how: Callable[[Arrived, bytes], Reading], body: bytes, account: str = "default") -> Reading:
    """Read a report; every record is accounted for."""
    reading = how(Arrived("del_1", "bacs", account, "x", "x.xml", LANDED_AT, "Europe/London"), body)
    assert reading.held is not None or reading.records == reading.accepted + len(reading.quarantined)
    return reading


def held(reading: Reading) -> str | None:
    """Why a delivery is held, by its own finding or by a control that does not tie."""
    if reading.held is not None:
        return reading.held.check
    return next((control.name for control in reading.controls if control.stated != control.computed), None)


def observed(reading: Reading, delivery: str = "del_1") -> list[Observation]:
    """The observations of a reading, in their place."""
    return [
        observe(
            placed.said,
            partner="bacs",
            account="default",
            feed="x",
            delivery=delivery,
            position=placed.position,
            landed_at=LANDED_AT,
            trust="given",
        )
        for placed in reading.observations
    ]


# --- ARUDD ----------------------------------------------------------------------------------


def test_a_returned_debit_is_decided_and_takes_its_amount() -> None:
    """One case by our reference, the day of the collection and the amount."""
    reading = read(read_arudd, arudd(item()))
    assert (held(reading), reading.covers_on, reading.findings) == (None, "2026-01-16", [])
    dispute = fold(observed(reading), moves()).dispute
    assert (dispute.partner_dispute_id, dispute.stage, dispute.outcome) == ("X01234/2026-01-12/6500", "return", "lost")
    assert (dispute.kind, dispute.nature, dispute.reason_code) == ("return", "administrative", "1012")
    assert [(leg.name, leg.amount_minor, leg.currency) for leg in dispute.legs] == [("d1", 6_500, "GBP")]
    assert dispute.opened_at == parse_instant("2026-01-16T00:00:00Z")
    (line,) = reading.money_lines
    assert (line.identity, line.kind, line.net_minor, line.effective_on) == (
        "X01234/2026-01-12/6500",
        "dispute",
        -6_500,
        "2026-01-16",
    )
    assert (line.batch, line.partner_kind) == ("123456 2026-01-16 000", "17 1012")


@pytest.mark.parametrize(
    ("words", "nature"),
    [
        ("REFER TO PAYER", "failure"),
        ("Refer  to payer", "failure"),
        ("PAYER DECEASED", "administrative"),
        ("ADVANCE NOTICE DISPUTED", None),
        ("NO INSTRUCTION", None),
    ],
)
def test_the_nature_follows_from_the_words_and_not_from_the_code(words: str, nature: str | None) -> None:
    """How the code is made was not verified; what the lists leave open stays open."""
    reading = read(read_arudd, arudd(item(words=words, code="9999")))
    (placed,) = reading.observations
    assert (placed.said.nature, placed.said.reason_code, placed.said.move) == (nature, "9999", "return_final")
    assert reading.findings == []


def test_unknown_words_have_no_nature_and_are_said() -> None:
    """The return stands."""
    reading = read(read_arudd, arudd(item(words="SOMETHING NEW")))
    assert (reading.observations[0].said.nature, reading.observations[0].said.move) == (None, "return_final")
    assert [found.check for found in reading.findings] == ["vocabulary.unknown"]


def test_two_items_that_say_the_same_are_two() -> None:
    """Each with its money."""
    reading = read(read_arudd, arudd(item(), item(), value="130.00"))
    assert held(reading) is None
    assert [line.identity for line in reading.money_lines] == ["X01234/2026-01-12/6500", "X01234/2026-01-12/6500/2"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (arudd(item(), number="2"), "returned items"),
        (arudd(item(), value="65.01"), "value of returned items"),
        (arudd(item(), value="65"), None),
        (arudd(item(), value="?"), "bacs.totals"),
        (arudd(item()).replace(b"<Totals", b"<Total").replace(b"</Totals", b"</Total"), "bacs.totals"),
        (arudd(item()).replace(b"2026-01-16", b"16/01/2026"), "bacs.report"),
        (arudd(item()).replace(b"OriginatingAccountRecords", b"Other"), "bacs.report"),
        (arudd(item()).replace(b"ARUDD", b"AWACS"), "bacs.document"),
        (ddica(claim()), "bacs.document"),
        (arudd(item())[:-20], "xml_tree.syntax"),
        (b"", "xml_tree.syntax"),
        (arudd(item()) + arudd(item()), "xml_tree.syntax"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + arudd(item())[44:], "xml_tree.doctype"),
    ],
)
def test_a_report_that_does_not_hold_together_is_held(body: bytes, why: str | None) -> None:
    """Wrong totals, none, no day, another report, cut, doubled, with entities."""
    assert held(read(read_arudd, body)) == why


def test_a_bad_item_is_quarantined_and_the_value_is_open() -> None:
    """Its number counts all the same."""
    reading = read(read_arudd, arudd(item(), item(ref="X2", value="6O.00"), value="125.00"))
    assert held(reading) is None
    assert [(bad.position, bad.finding.check) for bad in reading.quarantined] == [(2, "bacs.amount")]
    assert [found.check for found in reading.findings] == ["bacs.unproven"]


def test_another_service_user_is_held() -> None:
    """The report names whose it is."""
    assert account_of(arudd(item())) == account_of(ddica(claim())) == account_of(messages()) == "123456"
    assert account_of(b"<BACSDocument/>") is None
    assert held(read(read_arudd, arudd(item()), account="123456")) is None
    assert held(read(read_arudd, arudd(item()), account="654321")) == "bacs.account"
    assert held(read(read_ddica, ddica(claim()), account="654321")) == "bacs.account"


# --- DDICA ----------------------------------------------------------------------------------


def test_a_claim_is_a_dispute_that_waits_for_us() -> None:
    """Its money goes on the day that the report names; it begins on the day that we were told."""
    reading = read(read_ddica, ddica(claim(("2025-11-12", "65.00"))))
    assert (held(reading), reading.findings) == (None, [])
    dispute = fold(observed(reading), moves()).dispute
    assert (dispute.partner_dispute_id, dispute.stage, dispute.turn, dispute.outcome) == (
        "X01234/BANK-REF-1",
        "return",
        "us",
        None,
    )
    assert dispute.nature == "indemnity"
    assert dispute.nature not in UNDISPUTED
    assert (dispute.reason_code, reading.observations[0].said.case_ref) == ("5", "X01234/2025-11-12")
    assert dispute.opened_at == parse_instant("2026-01-17T00:00:00Z")
    (line,) = reading.money_lines
    assert (line.net_minor, line.effective_on, line.batch) == (-6_500, "2026-02-05", "DDIC 2026-02-05")


def test_return_and_claim_of_one_collection_are_one_chain() -> None:
    """By our reference and the day of the collection."""
    returned = read(read_arudd, arudd(item())).observations[0].said
    claimed = read(read_ddica, ddica(claim(("2026-01-12", "65.00")))).observations[0].said
    assert returned.case_ref == claimed.case_ref == "X01234/2026-01-12"
    assert returned.partner_dispute_id != claimed.partner_dispute_id


def test_a_cancelled_claim_is_withdrawn_and_says_nothing_of_money() -> None:
    """Whether it had moved by then is not in the report."""
    new = read(read_ddica, ddica(claim()))
    gone = read(read_ddica, ddica(total="0.00", cancelled=(claim(kind="DDICCancellation"),), cancelled_total="65.00"))
    assert (held(gone), gone.money_lines) == (None, [])
    dispute = fold([*observed(new), *observed(gone, "del_2")], moves()).dispute
    assert (dispute.outcome, [leg.name for leg in dispute.legs]) == ("withdrawn", ["d1"])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (ddica(claim(), total="65.01"), "TotalValueOfDebits"),
        (ddica(claim(total="1,065.00"), total="1,065.00"), None),
        (ddica(claim(), total="?"), "bacs.totals"),
        (
            ddica(claim(), cancelled=(claim(kind="DDICCancellation"),), cancelled_total="1.00"),
            "TotalValueOfCancellations",
        ),
        (ddica(claim(), more="<Challenges><Challenge><Amount>1</Amount></Challenge></Challenges>"), "bacs.group"),
        (ddica(claim(), more="<Remark>text</Remark>"), None),
        (arudd(item()), "bacs.document"),
    ],
)
def test_claims_are_held_to_their_value(body: bytes, why: str | None) -> None:
    """Of new ones and of cancelled ones; a group that nobody described is not read past."""
    assert held(read(read_ddica, body)) == why


@pytest.mark.parametrize(
    ("told", "check"),
    [
        (claim(("2025-11-12", "60.00")), "bacs.claim_total"),
        (claim(bank=""), "bacs.claim"),
        (claim(total="0.00"), "bacs.claim"),
        (claim(total="x"), "bacs.amount"),
        (claim(("2025-11-12", "")), "bacs.amount"),
    ],
)
def test_a_bad_claim_is_quarantined(told: str, check: str) -> None:
    """Collections that are not worth it, no reference, no amount."""
    reading = read(read_ddica, ddica(told))
    assert (held(reading), [bad.finding.check for bad in reading.quarantined]) == (None, [check])
    assert [found.check for found in reading.findings] == ["bacs.unproven"]


def test_a_claim_without_day_of_debit_is_quarantined() -> None:
    """Its money would have no day."""
    reading = read(read_ddica, ddica(claim()).replace(b"2026-02-05", b""))
    assert [bad.finding.check for bad in reading.quarantined] == ["bacs.claim"]


# --- mandates -------------------------------------------------------------------------------


def test_a_changed_mandate_is_administrative_and_no_money() -> None:
    """In no list of disputes."""
    advice = 'record-type="A" reason-code="1" reference="X01234" effective-date="2026-01-15" payer-name="A PAYER"'
    reading = read(read_addacs, messages(advice))
    (placed,) = reading.observations
    assert (placed.said.nature, placed.said.move, placed.said.legs) == ("administrative", "noticed", ())
    assert placed.said.nature in UNDISPUTED
    assert (placed.said.partner_dispute_id, placed.said.reason_code) == ("X01234/A1/2026-01-15", "1")
    assert placed.said.partner_status == "instruction cancelled by payer"
    assert (reading.money_lines, reading.findings) == ([], [])


def test_an_instruction_that_came_back_is_administrative_and_a_submission_is_counted() -> None:
    """One that was refused is said."""
    told = messages(
        'record-type="V" file-type="LIVE" accepted-ddi="3" rejected-ddi="0"',
        'record-type="V" file-type="LIVE" accepted-ddi="2" rejected-ddi="1"',
        'record-type="R" file-type="LIVE"',
        'record-type="N" reason-code="5" reference="X01234"',
        'record-type="D" reason-code="Z" reference="X01235" effective-date="150126"',
    )
    reading = read(read_auddis, told)
    assert (reading.records, reading.accepted, len(reading.observations)) == (5, 5, 2)
    assert [found.check for found in reading.findings] == [
        "bacs.refused_submission",
        "bacs.refused_submission",
        "vocabulary.unknown",
        "bacs.day",
    ]


@pytest.mark.parametrize(
    ("advice", "check"),
    [
        ('record-type="X" reason-code="1" reference="X01234"', "bacs.record_type"),
        ('record-type="A" reason-code="1"', "bacs.reference"),
    ],
)
def test_a_bad_advice_is_quarantined(advice: str, check: str) -> None:
    """The others go on."""
    reading = read(read_addacs, messages(advice, 'record-type="A" reason-code="0" reference="X01235"'))
    assert ([bad.finding.check for bad in reading.quarantined], len(reading.observations)) == ([check], 1)


# --- all of them ----------------------------------------------------------------------------


def test_no_payer_is_named() -> None:
    """Neither name nor account, in anything that is written."""
    for how, body in (
        (read_arudd, arudd(item())),
        (read_ddica, ddica(claim(("2025-11-12", "65.00")))),
        (read_addacs, messages('record-type="A" reason-code="1" reference="X01234" payer-name="A PAYER"')),
    ):
        told = str(read(how, body))
        assert "A PAYER" not in told
        assert "12345678" not in told


@given(st.binary(max_size=200) | st.text("<>/=\"' aARUD", max_size=120).map(str.encode))
def test_nothing_raises(body: bytes) -> None:
    """Whatever the bytes: held, and shown."""
    for feed in PARTNER.feeds.values():
        assert isinstance(feed, RecordFeed)
        assert feed.lay_out is not None
        assert feed.read(Arrived("", "bacs", "default", feed.name, "x", LANDED_AT, "UTC"), body).held is not None
        assert list(feed.lay_out(io.BytesIO(body)))


def test_a_person_sees_every_element_and_what_is_wrong_with_it() -> None:
    """Attributes and texts by name, with meanings; findings at their record."""
    feed = PARTNER.feeds["arudd"]
    assert isinstance(feed, RecordFeed)
    assert feed.lay_out is not None
    laid = list(feed.lay_out(io.BytesIO(arudd(item(), item(value="x"), value="65.00"))))
    items = [record for record in laid if record.kind == "ReturnedDebitItem"]
    fields = {field.name: (field.at, field.raw, field.meaning) for field in items[0].fields}
    assert fields["returnDescription"] == ("@returnDescription", "INSTRUCTION CANCELLED", "administrative")
    assert fields["transCode"] == ("@transCode", "17", "regular collection")
    assert [finding.check for finding in items[1].findings] == ["bacs.amount"]
    claims = PARTNER.feeds["ddica"]
    assert isinstance(claims, RecordFeed)
    assert claims.lay_out is not None
    shown = [record for record in claims.lay_out(io.BytesIO(ddica(claim()))) if record.kind == "DDICAdvice"]
    assert [(field.name, field.raw) for field in shown[0].fields][:3] == [
        ("SeqNo", "1"),
        ("PayingBankReference", "BANK-REF-1"),
        ("SUReference", "X01234"),
    ]
