import io
from collections import defaultdict
from collections.abc import Iterable

import pytest

from recoup.domain.dispute import Folded, fold
from recoup.domain.instants import parse_instant, render_instant
from recoup.domain.observation import Observation, observe
from recoup.domain.tables import ach_return_codes, moves
from recoup.ledger.book import wanted_for_dispute
from recoup.ledger.facts import DisputeFacts, first_told
from recoup.partners.ach.partner import PARTNER
from recoup.partners.ach.telling import CODES
from recoup.partners.contract import Arrived, FileFeed, Reading
from tests.fakes import nacha_files as nacha
from tests.fakes.nacha_files import Batch, Entry, File, changed, contested, dishonored, forward, returned

ZONE = "America/New_York"
LANDED_AT = parse_instant("2026-02-03T12:00:00Z")
CASE = "121042880000001/231380100000001"


def read(file: File, feed: str = "returns", end: str = "\n") -> Reading:
    """What a file says, its parts put together."""
    known = PARTNER.feeds[feed]
    assert isinstance(known, FileFeed)
    whole = Reading()
    for part in known.read(Arrived("del_1", "ach", "us", feed, "r.ach", LANDED_AT, ZONE), io.BytesIO(file.data(end))):
        whole.records += part.records
        whole.accepted += part.accepted
        whole.observations += part.observations
        whole.money_lines += part.money_lines
        whole.quarantined += part.quarantined
        whole.findings += part.findings
        whole.held = whole.held or part.held
        whole.controls, whole.covers_on = part.controls, part.covers_on
    assert whole.records == whole.accepted + len(whole.quarantined)
    return whole


def one(entry: Entry, settled: str = "033", feed: str = "returns", **batch: str) -> Reading:
    """What a file with one entry says."""
    return read(File([Batch([entry], settled=settled, **batch)]), feed)  # type: ignore[arg-type]


def observations(*told: tuple[str, Reading]) -> list[Observation]:
    """Everything that readings say, as kept."""
    return [
        observe(
            placed.said,
            partner="ach",
            account="us",
            feed=feed,
            delivery=f"del_{feed}",
            position=placed.position,
            landed_at=LANDED_AT,
            trust="fetched",
        )
        for feed, reading in told
        for placed in reading.observations
    ]


def folded(*told: tuple[str, Reading]) -> Folded:
    """The one case that readings tell."""
    return fold(observations(*told), moves())


def test_a_return_is_the_decision() -> None:
    """It takes the amount, the scheme gives no answer, and the original entry is the payment."""
    reading = one(returned("R10"))
    assert (reading.held, reading.findings, reading.quarantined) == (None, [], [])
    dispute = folded(("returns", reading)).dispute
    assert (dispute.kind, dispute.nature, dispute.stage) == ("return", "unauthorised", "return")
    assert (dispute.outcome, dispute.finality, dispute.reason_code) == ("lost", "final", "R10")
    assert (dispute.partner_dispute_id, dispute.payment_ref) == (CASE, "121042880000001")
    assert [(leg.name, leg.amount_minor, leg.currency) for leg in dispute.legs] == [("d1", 12_345, "USD")]


def test_the_money_of_a_return_is_its_entry() -> None:
    """Taken from us on the settlement date, known by the two trace numbers."""
    (line,) = one(returned("R10"), settled="034").money_lines
    assert (line.kind, line.net_minor, line.fee_minor, line.currency) == ("dispute", -12_345, 0, "USD")
    assert (line.identity, line.partner_dispute_id, line.cycle) == (CASE, CASE, 1)
    assert (line.effective_on, line.partner_kind) == ("2026-02-03", "26 R10")


@pytest.mark.parametrize(
    ("reason", "nature"),
    [
        ("R01", "failure"),
        ("R02", "administrative"),
        ("R05", "unauthorised"),
        ("R11", "unauthorised"),
        ("R37", "unauthorised"),
        ("R29", "unauthorised"),
        ("R17", None),
    ],
)
def test_the_nature_of_a_return_is_that_of_its_code(reason: str, nature: str | None) -> None:
    """A failure is never a dispute; where the code's text leaves it open, so do we."""
    (placed,) = one(returned(reason)).observations
    assert placed.said.nature == nature


def test_natures_agree_with_the_table_of_codes() -> None:
    """What counts as unauthorised there is so here; only codes whose text leaves it open have no nature."""
    returns = {row.code: row for row in ach_return_codes() if row.rate_category not in ("dishonored", "contested")}
    unauthorised = {
        code for code, row in returns.items() if row.rate_category == "unauthorized" or row.needs_written_statement
    }
    assert {code for code in returns if CODES.meaning("nature", code) == "unauthorised"} == unauthorised
    administrative = {code for code, row in returns.items() if row.rate_category == "administrative"}
    assert {code for code in returns if CODES.meaning("nature", code) == "administrative"} == administrative
    open_ = {code for code in returns if CODES.meaning("nature", code) is None}
    assert open_ == {"R06", "R17", "R23", "R24", "R31", "R33", "R39", "R50"}


def test_return_dishonour_and_contest_are_one_case() -> None:
    """Linked by trace numbers, over three files and two directions."""
    dishonour = one(dishonored("R68"), "035", "sent", originator=nacha.ORIGINATOR)
    told = (("returns", one(returned("R10"))), ("sent", dishonour), ("returns", one(contested("R73"), "037")))
    assert {o.said.partner_dispute_id for o in observations(*told)} == {CASE}
    first, second, third = (folded(*told[:upto]) for upto in (1, 2, 3))
    assert [f.dispute.stage for f in (first, second, third)] == ["return", "dishonored", "contested"]
    assert [f.dispute.outcome for f in (first, second, third)] == ["lost", None, "lost"]
    assert third.findings == ()
    assert third.dispute.reason_code == "R10"
    assert [(leg.name, leg.is_provisional) for leg in third.dispute.legs] == [
        ("c1", True),
        ("d1", False),
        ("d2", False),
    ]


def test_the_case_is_the_same_in_any_order_of_files() -> None:
    """A contest may come before we are told of the return."""
    dishonour = one(dishonored("R68"), "035", "sent", originator=nacha.ORIGINATOR)
    told = [("returns", one(returned("R10"))), ("sent", dishonour), ("returns", one(contested("R73"), "037"))]
    assert folded(*told).dispute == folded(*reversed(told)).dispute


def test_the_books_of_a_contested_return_are_even() -> None:
    """Three movements at the bank, each leg announced and settled, the debit the merchant's."""
    told = (
        ("returns", one(returned("R10", 20_000))),
        ("sent", one(dishonored("R68", 20_000), "035", "sent", originator=nacha.ORIGINATOR)),
        ("returns", one(contested("R73", 20_000), "037")),
    )
    seen = observations(*told)
    dispute = fold(seen, moves()).dispute
    lines = tuple([line for _, reading in told for line in reading.money_lines])
    assert {line.feed for line in lines} == set(PARTNER.books["settles"])
    facts = DisputeFacts(
        dispute=dispute, zone=ZONE, chain=PARTNER.chain, merchant="shop", told_at=first_told(seen, dispute), lines=lines
    )
    sums: defaultdict[str, int] = defaultdict(int)
    for entry in wanted_for_dispute(facts):
        for posting in entry.postings:
            sums[f"{posting.account} {posting.leg or ''}".strip()] += posting.amount_minor
    assert {name: minor for name, minor in sums.items() if minor} == {"bank": -20_000, "merchant_clearing d1": 20_000}


def test_a_contest_without_the_dishonour_tells_the_credit_too() -> None:
    """Nobody told us of the dishonour: the step is remarked, and all three legs are known."""
    found = folded(("returns", one(returned("R10"))), ("returns", one(contested("R73"), "037")))
    assert [finding.check for finding in found.findings] == ["lifecycle.jump"]
    assert [leg.name for leg in found.dispute.legs] == ["c1", "d1", "d2"]


def test_a_misrouted_dishonour_leaves_the_case_open() -> None:
    """R71: it may be sent again, to the right bank."""
    found = folded(("returns", one(returned("R10"))), ("returns", one(contested("R71"), "037")))
    assert (found.dispute.stage, found.dispute.outcome) == ("contested", None)


def test_the_last_of_several_addenda_speaks() -> None:
    """Return, dishonour and contest under one entry: a history, and one movement."""
    entry = contested("R73")
    history = (*returned("R07").addenda, *dishonored("R68").addenda, *entry.addenda)
    reading = one(Entry(entry.code, entry.amount, entry.receiver, entry.trace, history))
    assert {placed.said.partner_status for placed in reading.observations} == {"R73", None}
    assert len(reading.money_lines) == 1


@pytest.mark.parametrize(
    ("entry", "feed"),
    [
        (dishonored(), "returns"),
        (forward(), "returns"),
        (forward("22"), "returns"),
        (changed("C61"), "returns"),
        (returned(), "sent"),
        (contested(), "sent"),
        (changed("C01"), "sent"),
    ],
)
def test_what_is_another_banks_side_is_refused(entry: Entry, feed: str) -> None:
    """Direction decides: nothing of it moves a case of ours."""
    reading = one(entry, feed=feed)
    assert (reading.observations, reading.money_lines, reading.held) == ([], [], None)
    (refused,) = reading.quarantined
    assert (refused.finding.check, refused.finding.where) == ("ach.issuer_side", "r.ach:3")


@pytest.mark.parametrize("entry", [forward(), forward("22"), changed("C61")])
def test_what_we_sent_and_is_no_dishonour_is_counted(entry: Entry) -> None:
    """Our debits, our credits, our refusals of changes: they are in the file, and say nothing about a return."""
    reading = one(entry, feed="sent")
    assert (reading.records, reading.accepted, reading.observations, reading.money_lines) == (1, 1, [], [])


def test_a_notification_of_change_never_moves_money() -> None:
    """It is administrative, and on the chain of the original entry."""
    reading = one(changed("C01"), entry_class="COR")
    (placed,) = reading.observations
    assert (placed.said.kind, placed.said.nature, placed.said.move) == ("return", "administrative", "noticed")
    assert (placed.said.reason_code, placed.said.amount_minor, placed.said.legs) == ("C01", None, ())
    assert reading.money_lines == []
    both = observations(("returns", reading), ("returns", one(returned(sequence=1))))
    chains = {fold([o], moves()).dispute.chain for o in both}
    assert len({o.dispute for o in both}) == 2
    assert len(chains) == 1


def test_an_unknown_code_stays_unknown() -> None:
    """What moved is kept; what it means is not guessed."""
    reading = one(returned("R99"))
    (placed,) = reading.observations
    assert (placed.said.move, placed.said.nature, placed.said.legs) == ("unknown", None, ())
    assert [finding.check for finding in reading.findings] == ["vocabulary.unknown"]
    assert [line.net_minor for line in reading.money_lines] == [-12_345]
    assert [f.check for f in one(changed("C77")).findings] == ["vocabulary.unknown"]


def test_a_returned_prenotification_is_administrative() -> None:
    """Nothing was taken: no leg, no line, no decision."""
    (placed,) = (reading := one(returned("R03", 0))).observations
    assert (placed.said.move, placed.said.nature, placed.said.legs) == ("noticed", "administrative", ())
    assert reading.money_lines == []


def test_a_credit_that_comes_back_is_no_dispute() -> None:
    """Money of ours that could not be paid: it returns to us."""
    reading = one(returned("R03", code="21"))
    assert reading.observations == []
    assert [(line.kind, line.net_minor, line.dispute) for line in reading.money_lines] == [
        ("refund_failure", 12_345, None)
    ]


def test_a_repeated_entry_is_refused() -> None:
    """In the same file; in another file it is the same observation and the same line."""
    batch = [Batch([returned("R10")], number=1), Batch([returned("R10")], number=2)]
    reading = read(File(batch))
    assert [refused.finding.check for refused in reading.quarantined] == ["ach.repeated"]
    assert len(reading.money_lines) == 1
    again = read(File([Batch([returned("R10")])], modifier="B"))
    assert {o.id for o in observations(("returns", reading))} == {o.id for o in observations(("returns", again))}
    assert [line.id for line in reading.money_lines] == [line.id for line in again.money_lines]


def test_an_entry_without_trace_numbers_is_refused() -> None:
    """Nobody could say what it is about."""
    blank = returned(original=" " * 15)
    (refused,) = one(blank).quarantined
    assert refused.finding.check == "ach.trace"


@pytest.mark.parametrize(
    ("settled", "created", "day"),
    [("033", "260131", "2026-02-02"), ("   ", "260131", "2026-01-31"), ("   ", "      ", "2026-02-03")],
)
def test_the_day_is_that_of_settlement_else_of_the_file_else_of_its_coming(
    settled: str, created: str, day: str
) -> None:
    """The last of them with a finding."""
    reading = read(File([Batch([returned()], settled=settled)], created=created))
    (line,) = reading.money_lines
    assert line.effective_on == day
    assert render_instant(line.occurred_at) == f"{day}T05:00:00.000000Z"
    assert ("ach.day" in {finding.check for finding in reading.findings}) == (not created.strip())


def test_a_wrong_sum_holds_the_file() -> None:
    """Even where every entry reads well."""
    data = File([Batch([returned(), returned(sequence=2)])]).data().replace(b"000000024690", b"000000024691", 1)
    feed = PARTNER.feeds["returns"]
    assert isinstance(feed, FileFeed)
    arrived = Arrived("del_1", "ach", "us", "returns", "r.ach", LANDED_AT, ZONE)
    parts = list(feed.read(arrived, io.BytesIO(data)))
    assert [part.held.where for part in parts if part.held] == ["r.ach:7 Total Debit"]


def test_what_a_file_states_stands_beside_what_it_has() -> None:
    """Six totals, those of money with their currency, and the day it is of."""
    reading = read(File([Batch([returned(), returned(sequence=2)])]))
    stated = {control.name: (control.stated, control.computed, control.currency) for control in reading.controls}
    assert stated["debits"] == (24_690, 24_690, "USD")
    assert stated["entries and addenda"] == (4, 4, None)
    assert reading.covers_on == "2026-02-02"


def test_large_files_come_in_parts() -> None:
    """At most some thousand entries at once; their counts add up."""
    feed = PARTNER.feeds["returns"]
    assert isinstance(feed, FileFeed)
    data = File([Batch([returned(sequence=at) for at in range(1, 5001)])]).data("")
    arrived = Arrived("del_1", "ach", "us", "returns", "r.ach", LANDED_AT, ZONE)
    assert [part.records for part in feed.read(arrived, io.BytesIO(data))] == [2000, 2000, 1000]


def words(reading: Reading) -> Iterable[str]:
    """Everything that a reading says, as text."""
    yield from map(repr, (*reading.observations, *reading.money_lines, *reading.findings, *reading.quarantined))


@pytest.mark.parametrize(
    "entry", [returned("R10"), returned("R99"), contested(), changed(), forward(), returned(code="21"), returned("RXX")]
)
def test_nothing_personal_leaves_the_file(entry: Entry) -> None:
    """Neither account number nor name, identification number or corrected data, accepted or refused."""
    said = "".join(words(one(entry)))
    for personal in (nacha.ACCOUNT_NUMBER, nacha.NAME, nacha.IDENTIFICATION, "1918171614"):
        assert personal not in said
