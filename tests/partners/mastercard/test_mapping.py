"""What Mastercard's clearing file says: disputes, requests, refusals, sides, totals."""

import io
from typing import Any

import pytest

from recoup.domain.dispute import Dispute, fold
from recoup.domain.instants import parse_instant, render_instant
from recoup.domain.observation import Said, observe
from recoup.domain.tables import moves
from recoup.partners.contract import Arrived, FileFeed, Reading
from recoup.partners.mastercard.mapping import PART_RECORDS, read_clearing
from recoup.partners.mastercard.partner import PARTNER
from tests.fakes.ipm_files import (
    ARN,
    FILE_ID,
    OTHER_FILE_ID,
    Told,
    blocked,
    chargeback,
    logical,
    pds,
    sale,
    vbs,
)

LANDED_AT = parse_instant("2026-02-01T12:00:00Z")
NAME = f"{ARN}/0000000042"


def read(data: bytes, account: str = "acq_1", zone: str = "UTC") -> Reading:
    """Everything a file says, its parts joined."""
    arrived = Arrived("del_1", "mastercard", account, "clearing", "T112.ipm", LANDED_AT, zone)
    whole = Reading()
    for part in read_clearing(arrived, io.BytesIO(data)):
        assert part.records == part.accepted + len(part.quarantined)
        assert part.records <= PART_RECORDS
        whole.records += part.records
        whole.accepted += part.accepted
        whole.observations += part.observations
        whole.money_lines += part.money_lines
        whole.quarantined += part.quarantined
        whole.findings += part.findings
        whole.controls += part.controls
        whole.held = whole.held or part.held
        whole.covers_on = part.covers_on or whole.covers_on
    return whole


def of(*told: Told, **changes: Any) -> Reading:
    """What one logical file with these messages says."""
    return read(vbs(logical(told)), **changes)


def only(reading: Reading) -> Said:
    """The one observation of a sound file."""
    assert (reading.held, reading.quarantined) == (None, [])
    assert all(control.stated == control.computed for control in reading.controls)
    (placed,) = reading.observations
    return placed.said


def folded(*readings: Reading) -> Dispute:
    """The one dispute that some files tell."""
    told = [
        observe(
            placed.said,
            partner="mastercard",
            account="acq_1",
            feed="clearing",
            delivery="del_1",
            position=placed.position,
            landed_at=LANDED_AT,
            trust="fetched",
        )
        for reading in readings
        for placed in reading.observations
    ]
    assert len({observation.dispute for observation in told}) == 1
    return fold(told, moves()).dispute


def checks(reading: Reading) -> list[str]:
    """Which findings a reading has."""
    return [finding.check for finding in reading.findings]


def test_a_first_chargeback_opens_a_dispute() -> None:
    """With its amount, reason, chain and the day on which it was processed."""
    said = only(of(("1442", chargeback())))
    assert (said.partner_dispute_id, said.case_ref, said.payment_ref) == (NAME, ARN, ARN)
    assert (said.move, said.kind, said.network, said.reason_code) == (
        "chargeback_opened",
        "dispute",
        "mastercard",
        "4853",
    )
    assert (said.amount_minor, said.currency) == (1234, "EUR")
    assert render_instant(said.occurred_at) == "2026-01-31T00:00:00.000000Z"
    assert said.opened_at == said.occurred_at
    assert said.record_id == f"{FILE_ID}/00000002"
    (leg,) = said.legs
    assert (leg.leg, leg.cycle, leg.amount_minor, leg.currency, leg.ref) == ("debit", 1, 1234, "EUR", said.record_id)


def test_a_day_is_the_accounts_day() -> None:
    """A date without a time begins where the account is."""
    said = only(of(("1442", chargeback()), zone="America/New_York"))
    assert render_instant(said.occurred_at) == "2026-01-31T05:00:00.000000Z"


def test_without_a_business_date_the_files_day_counts() -> None:
    """The date of the sale never does."""
    said = only(of(("1442", chargeback(p_0158="MCC"))))
    assert render_instant(said.occurred_at) == "2026-01-31T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("told", "move", "leg"),
    [
        (("1442", chargeback("453")), "chargeback_opened", ("debit", 1, False)),
        (("1442", chargeback("451")), "second_chargeback", ("debit", 2, False)),
        (("1442", chargeback("454")), "second_chargeback", ("debit", 2, False)),
        (("1240", chargeback("205", de_25="2700")), "chargeback_reversed", ("credit", 1, True)),
        (("1240", chargeback("282", de_25="2700")), "chargeback_reversed", ("credit", 1, True)),
        (("1442", chargeback("450", p_0025="R260131")), "withdrawn", ("credit", 1, False)),
        (("1442", chargeback("454", p_0025="R260131")), "withdrawn", ("credit", 2, False)),
    ],
)
def test_each_message_is_its_move_and_leg(told: Told, move: str, leg: tuple[str, int, bool]) -> None:
    """First and second debit, the credit between, and what takes them back."""
    said = only(of(told))
    assert said.move == move
    assert [(one.leg, one.cycle, one.is_provisional) for one in said.legs] == [leg]


def test_our_second_presentment_says_nothing_about_reason_and_amount_at_stake() -> None:
    """Its reason is of another list, and what we present again may be a part."""
    said = only(of(("1240", chargeback("282", de_4="000000000500", de_25="2700"))))
    assert (said.reason_code, said.amount_minor, said.is_slot_spent) == (None, None, True)
    assert said.legs[0].amount_minor == 500


def test_a_dispute_over_several_files_is_one() -> None:
    """Chargeback, second presentment, arbitration chargeback: in any order the same."""
    files = [
        read(vbs(logical([("1442", chargeback(p_0158="MCC1010001A 260101"[:12] + "260101"))]))),
        read(
            vbs(
                logical(
                    [("1240", chargeback("205", p_0158="MCC1010001A 260110"[:12] + "260110"))], file_id=OTHER_FILE_ID
                )
            )
        ),
    ]
    first = folded(*files)
    assert (first.stage, first.outcome, first.finality) == ("representment", "won", "provisional")
    assert first == folded(*reversed(files))
    assert [leg.name for leg in first.legs] == ["c1", "d1"]


def test_a_reversed_chargeback_is_withdrawn() -> None:
    """Both in one file, as they come when an issuer errs."""
    dispute = folded(of(("1442", chargeback()), ("1442", chargeback(p_0025="R260131"))))
    assert (dispute.stage, dispute.outcome) == ("chargeback", "withdrawn")
    assert [leg.name for leg in dispute.legs] == ["c1", "d1"]


def test_a_retrieval_request_is_a_case_of_its_own_in_the_chain() -> None:
    """It takes no money, and the chargeback that may follow is another case."""
    request = {number: value for number, value in chargeback("603", de_25="6321").items() if number not in (4, 5)}
    reading = of(("1644", request), ("1442", chargeback()))
    first, second = (placed.said for placed in reading.observations)
    assert (first.kind, first.move, first.legs, first.reason_code) == ("request", "inquiry_opened", (), "6321")
    assert first.partner_dispute_id != second.partner_dispute_id
    assert first.case_ref == second.case_ref
    assert checks(reading) == []


def test_the_scale_is_the_messages_own() -> None:
    """Currencies without decimals and with three; a scale that is not ISO's is brought to it."""
    for number, exponents, minor, currency in (
        ("392", "3920", 1234, "JPY"),
        ("414", "4143", 1234, "KWD"),
        ("978", "9780", 123400, "EUR"),
    ):
        said = only(of(("1442", chargeback(de_49=number, p_0148=exponents + "9782"[: 4 * (number != "978")]))))
        assert (said.amount_minor, said.currency) == (minor, currency)


@pytest.mark.parametrize("changes", [{"p_0148": "8402"}, {"p_0148": ""}, {"de_49": "000"}, {"p_0148": "9784"}])
def test_an_amount_without_scale_is_unknown(changes: dict[str, str]) -> None:
    """Two decimals would be a guess; the dispute is there all the same."""
    reading = of(("1442", chargeback(**changes)))
    said = only(reading)
    assert (said.amount_minor, said.currency, said.legs, said.move) == (None, None, (), "chargeback_opened")
    assert "mastercard.amount" in checks(reading)


def test_a_chargeback_of_a_refund_has_no_leg() -> None:
    """Its money goes the other way; no table says how far."""
    reading = of(("1442", chargeback(de_3="200000")))
    assert only(reading).legs == ()
    assert reading.money_lines == []
    assert set(checks(reading)) == {"mastercard.direction"}


def test_an_unknown_function_code_is_kept_and_told() -> None:
    """Of a chargeback as an observation without a move, of others by a finding."""
    reading = of(("1442", chargeback("459")), ("1644", {24: "777", 48: pds(("0023", "CT6"))}))
    (placed,) = reading.observations
    assert (placed.said.move, placed.said.partner_status, placed.said.legs) == ("unknown", "1442-459", ())
    assert [finding.found for finding in reading.findings if finding.check == "vocabulary.unknown"] == [
        "1442-459",
        "1644-777",
    ]
    assert (reading.records, reading.accepted) == (4, 4)


def test_an_unknown_pds_is_told_once_with_its_count() -> None:
    """A mandate adds one to every message; nothing is dropped."""
    reading = of(*[("1442", chargeback(p_9998="new"))] * 3)
    assert [(f.check, f.found, f.where, f.severity) for f in reading.findings] == [
        ("mastercard.pds", "PDS 9998, 3 times", "T112.ipm:2", "note")
    ]


def test_an_unknown_reason_code_is_kept_and_told() -> None:
    """Arbitration chargebacks have codes of another list."""
    reading = of(("1442", chargeback(de_25="9999")))
    assert only(reading).reason_code == "9999"
    assert checks(reading) == ["vocabulary.unknown"]


def test_first_presentments_are_counted_and_no_disputes() -> None:
    """Our sales: records of the file, and nothing else."""
    reading = of(*[("1240", sale(number)) for number in range(5)])
    assert (reading.records, reading.accepted, reading.observations, reading.money_lines) == (7, 7, [], [])


def test_what_we_sent_and_was_refused_is_an_error() -> None:
    """What was done there did not happen, so somebody must know."""
    exception = {
        24: "691",
        48: pds(("0005", "P0148" + "04" + "0123" + "000"), ("0138", "00000007"), ("0280", OTHER_FILE_ID)),
    }
    (finding,) = of(("1644", exception)).findings
    assert (finding.check, finding.severity) == ("mastercard.message_exception", "error")
    assert finding.found == f"our message refused: file {OTHER_FILE_ID}, message 00000007: P0148 severity 04 code 0123"


@pytest.mark.parametrize("arn", ["", "123", ARN[:-1] + "X"])
def test_a_chargeback_without_an_acquirer_reference_is_quarantined(arn: str) -> None:
    """The good rest of the file goes on."""
    reading = of(("1442", chargeback(de_31=arn)), ("1442", chargeback()))
    assert [(q.position, q.finding.check) for q in reading.quarantined] == [(2, "mastercard.arn")]
    assert len(reading.observations) == 1


def test_messages_of_the_issuing_side_are_quarantined() -> None:
    """Where the account is named by its number: chargebacks that it sent, second presentments that it got."""
    told = [("1442", chargeback()), ("1240", chargeback("205", de_93="2108", de_94="9999"))]
    for account in ("2108", "00000002108"):
        reading = of(*told, account=account)
        assert [q.finding.check for q in reading.quarantined] == ["mastercard.issuer_side"] * 2
    assert of(*told, account="9999").quarantined == []
    assert of(*told).quarantined == []


def test_a_damaged_message_is_quarantined_and_the_rest_goes_on() -> None:
    """Its place and its fault, no byte of it."""
    records = logical([("1442", chargeback()), ("1442", chargeback(de_95="0000000043"))])
    records[1] = records[1][:-3]
    reading = read(vbs(records))
    assert [(q.position, q.finding.check) for q in reading.quarantined] == [(2, "iso8583.length")]
    assert len(reading.observations) == 1


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (vbs(logical([("1442", chargeback())]))[:-40], "iso8583.truncated"),
        (vbs(logical([("1442", chargeback())])[:-1]), "iso8583.no_trailer"),
        (vbs(logical([("1442", chargeback())])) * 2, "iso8583.file_twice"),
        (vbs(logical([("1442", chargeback())], trailer_id=OTHER_FILE_ID)), "iso8583.other_trailer"),
        (b"not an IPM file", "iso8583.framing"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_held(data: bytes, check: str) -> None:
    """Whole, with the place and the rule."""
    held = read(data).held
    assert held is not None
    assert held.check == check
    assert held.where.startswith("T112.ipm:")


@pytest.mark.parametrize("told", [{"count_off": 1}, {"sum_off": -1}])
def test_a_total_that_does_not_agree_holds_the_file(told: dict[str, int]) -> None:
    """Both numbers are named, and stand among the controls."""
    reading = read(vbs(logical([("1442", chargeback())], **told)))  # type: ignore[arg-type]
    assert reading.held is not None
    assert reading.held.check == "iso8583.total"
    off = [control.stated - control.computed for control in reading.controls if control.stated != control.computed]
    assert off == list(told.values())


def test_several_logical_files_are_taken_and_told() -> None:
    """Each with its own totals; the day is one only where it is one for all."""
    other = "001260201" + OTHER_FILE_ID[9:]
    data = vbs([*logical([("1442", chargeback())]), *logical([("1442", chargeback())], file_id=other)])
    reading = read(data)
    assert (reading.held, len(reading.observations), len(reading.controls), reading.covers_on) == (None, 2, 4, None)
    assert checks(reading) == ["mastercard.files"]
    assert {placed.said.record_id for placed in reading.observations} == {f"{FILE_ID}/00000002", f"{other}/00000002"}


def test_the_same_file_under_another_name_tells_nothing_new() -> None:
    """Records are named by the file's id and their number; blocks and encoding change nothing."""
    told = [("1442", chargeback())]
    plain = read(vbs(logical(told)))
    again = read(blocked(vbs(logical(told, encoding="cp500"))))
    assert [placed.said for placed in plain.observations] == [placed.said for placed in again.observations]
    assert plain.money_lines == again.money_lines


def test_a_test_file_is_told() -> None:
    """Processing mode T in production would be disputes that nobody has."""
    assert checks(read(vbs(logical([("1442", chargeback())], mode="T")))) == ["mastercard.test_file"]


def test_a_large_file_comes_in_parts() -> None:
    """A stream is never held whole; the last part states what the whole states."""
    data = vbs(logical([("1240", sale(number)) for number in range(5000)]))
    arrived = Arrived("del_1", "mastercard", "acq_1", "clearing", "T112.ipm", LANDED_AT, "UTC")
    feed = PARTNER.feeds["clearing"]
    assert isinstance(feed, FileFeed)
    parts = list(feed.read(arrived, io.BytesIO(data)))
    assert [part.records for part in parts] == [2000, 2000, 1002, 0]
    assert parts[-1].covers_on == "2026-01-31"
    assert next((control.stated, control.computed) for control in parts[-1].controls) == (5002, 5002)
