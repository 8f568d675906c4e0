"""Clocks count as rows say; the earliest due time that counts is the one to act by; unverified rows only inform."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain import tables
from recoup.domain.clocks import (
    ActBy,
    Deadline,
    StatedDue,
    act_by,
    ceiling_due,
    clocks,
    counting_due,
    due,
    first_that_counts,
    parse_lead,
    said_due,
)
from recoup.domain.instants import HOUR, Instant, day_end, parse_instant, render_instant
from recoup.domain.observation import DueState
from recoup.domain.rows import StageClock
from recoup.errors import CalendarExhausted, InstantRefused, NoDeadlineRule

ON = dt.date(2026, 6, 1)
START = parse_instant("2026-06-01T10:00:00Z")
micros = st.integers(1_704_067_200_000_000, 1_900_000_000_000_000)


def row(clock: str) -> StageClock:
    return next(each for each in tables.stage_clocks() if each.id == clock)


def ends(clock: str, started_at: str) -> str:
    deadline = due(row(clock), parse_instant(started_at))
    assert deadline is not None
    return render_instant(deadline.due_at)


def a_deadline(due_at: Instant, is_verified: bool = True) -> Deadline:
    return Deadline(
        due_at=due_at,
        due_on=ON,
        clock="a-clock",
        owes="merchant",
        owed="answer_dispute",
        level="network",
        is_verified=is_verified,
        grade="V" if is_verified else "S",
        source="a page",
        on_expiry=None,
    )


@pytest.mark.parametrize(
    ("clock", "started_at", "due_at"),
    [
        ("visa-collaboration-dispute-response", "2026-06-01T10:00:00Z", "2026-07-01T23:59:59.999999Z"),
        ("mastercard-dual-message-second-presentment", "2026-06-01T10:00:00Z", "2026-07-16T23:59:59.999999Z"),
        ("mastercard-dual-message-collaboration", "2026-06-01T10:00:00Z", "2026-06-04T10:00:00.000000Z"),
        ("pix-med-med-return", "2026-06-01T10:00:00Z", "2026-06-02T10:00:00.000000Z"),
        # Friday 3 July 2026 is open at the Fed, so the second banking day opens on Monday, in New York.
        ("ach-return-return-std", "2026-07-02T15:00:00Z", "2026-07-06T04:00:00.000000Z"),
        # Day 60 is Friday 4 September; Monday is Labor Day; when Tuesday opens, in New York.
        ("ach-return-return-unauthorized", "2026-07-06T15:00:00Z", "2026-09-08T04:00:00.000000Z"),
        ("ach-return-dishonored", "2026-06-18T15:00:00Z", "2026-06-27T03:59:59.999999Z"),
        # Five interbank days over Easter, in the zone of TARGET.
        ("sepa-core-r-txn-return", "2026-04-01T08:00:00Z", "2026-04-10T21:59:59.999999Z"),
        ("bacs-indemnity-challenge", "2026-12-14T08:00:00Z", "2027-01-06T23:59:59.999999Z"),
        ("sepa-core-r-txn-refund-authorised", "2026-02-01T08:00:00Z", "2026-03-29T23:59:59.999999Z"),
        ("sepa-core-r-txn-refund-unauthorised", "2026-01-31T08:00:00Z", "2027-02-28T23:59:59.999999Z"),
        ("sepa-core-r-txn-refund-unauthorised", "2026-01-15T08:00:00Z", "2027-02-15T23:59:59.999999Z"),
        ("becs-au-claim-claim", "2024-02-29T08:00:00Z", "2031-02-28T23:59:59.999999Z"),
    ],
)
def test_a_clock_ends_as_its_row_says(clock: str, started_at: str, due_at: str) -> None:
    """Hours, calendar days, banking, interbank and working days, weeks, months, years."""
    assert ends(clock, started_at) == due_at


def test_days_are_counted_in_the_zone_that_is_asked_for() -> None:
    """23:30 in New York is the next day in UTC: the count begins a day earlier there."""
    clock, late = row("visa-collaboration-dispute-response"), parse_instant("2026-06-02T03:30:00Z")
    in_utc, in_new_york = due(clock, late), due(clock, late, "America/New_York")
    assert in_utc is not None
    assert in_new_york is not None
    assert (in_utc.due_on, in_new_york.due_on) == (dt.date(2026, 7, 2), dt.date(2026, 7, 1))
    assert in_new_york.due_at == day_end(dt.date(2026, 7, 1), "America/New_York")


@pytest.mark.parametrize(
    "clock",
    [
        "bacs-indemnity-indemnity-claim",  # unlimited
        "visa-rdr-pre-dispute-rdr",  # in real time
        "sepa-core-r-txn-refusal-reject",  # until settlement
        "eftpos-domestic-rfi",  # no figure known
        "pad-ca-recourse-business",  # business days of a country without a calendar
        "visa-compliance-pre-compliance",  # counts back from a filing
    ],
)
def test_a_row_without_a_countable_length_gives_no_date(clock: str) -> None:
    """Unlimited, immediate, unknown and uncountable are None, not a guess."""
    assert due(row(clock), START) is None


def test_past_the_last_year_of_its_calendar_a_clock_gives_no_date() -> None:
    """Running out of calendar is told, not bridged."""
    with pytest.raises(CalendarExhausted):
        due(row("ach-return-dishonored"), parse_instant("2030-12-30T15:00:00Z"))


@given(started_at=micros)
def test_no_clock_ends_before_it_starts(started_at: Instant) -> None:
    """Every row that can be counted ends after its start, or has no calendar so far."""
    for clock in tables.stage_clocks():
        try:
            deadline = due(clock, started_at)
        except CalendarExhausted:
            continue
        assert deadline is None or deadline.due_at > started_at, clock.id


def test_the_flow_of_a_visa_code_decides_whose_turn_pre_arbitration_is() -> None:
    """Collaboration: we answer in 30 days. Allocation: the issuer does, and we may file after its refusal."""
    ours = ceiling_due("visa", "pre_arbitration", "13.1", START, None, ON)
    assert ours is not None
    assert ours.clock == "visa-collaboration-pre-arbitration-response"
    assert ceiling_due("visa", "pre_arbitration", "10.4", START, None, ON) is None
    filing = ceiling_due("visa", "pre_arbitration", "10.4", START, None, ON, starts="pre_arbitration_declined")
    assert filing is not None
    assert (filing.owed, filing.due_on) == ("file_arbitration", dt.date(2026, 6, 11))


def test_an_unknown_code_takes_no_row_for_certain_codes() -> None:
    """Without a reason code the flow is not known, so no day is computed."""
    assert ceiling_due("visa", "chargeback", None, START, None, ON) is None
    assert ceiling_due("mastercard", "chargeback", None, START, None, ON) is not None


def test_a_ceiling_says_what_it_is_worth() -> None:
    """A secondary source gives a computed date that is marked as not verified, with its source."""
    ceiling = ceiling_due("mastercard", "chargeback", "4853", START, None, ON)
    assert ceiling is not None
    assert (ceiling.is_verified, ceiling.grade) == (False, "S")
    assert ceiling.source
    assert ceiling.due_on == dt.date(2026, 7, 16)


def test_no_rule_is_no_ceiling() -> None:
    """Unknown networks, stages and days before a rule give None."""
    assert ceiling_due("girocard", "chargeback", "1", START, None, ON) is None
    assert ceiling_due("visa", "unknown", "10.4", START, None, ON) is None
    assert ceiling_due("visa", None, "10.4", START, None, ON) is None
    assert ceiling_due("visa", "chargeback", "10.4", START, None, dt.date(2018, 4, 14)) is None
    assert ceiling_due("visa", "chargeback", "10.4", START, None, dt.date(2018, 4, 15)) is not None


def test_a_partners_own_limit_is_no_ceiling_of_the_network() -> None:
    """Adyen's 9 and 18 days stand beside Visa's 30, by region, and only when asked for."""
    network = ceiling_due("visa", "chargeback", "10.4", START, "US", ON)
    assert network is not None
    assert network.due_on == dt.date(2026, 7, 1)

    def at_adyen(region: str | None) -> list[int | None]:
        found = clocks("visa", "chargeback", "10.4", ON, region=region, level="psp", partner="adyen")
        return [clock.length for clock in found]

    assert (at_adyen("US"), at_adyen("CA"), at_adyen("NL"), at_adyen(None)) == ([9], [9], [18], [])


def test_the_issuers_clock_is_not_ours() -> None:
    """What the other side owes is listed, and is no ceiling."""
    assert [clock.owes for clock in clocks("visa", "representment", "13.1", ON)] == ["issuer"]
    assert ceiling_due("visa", "representment", "13.1", START, None, ON) is None


def test_a_verified_deadline_comes_before_an_earlier_unverified_one() -> None:
    """What only informs does not hide what counts; among equals the earliest is given."""
    unverified, verified, later = a_deadline(1, is_verified=False), a_deadline(2), a_deadline(3)
    assert first_that_counts([unverified, later, verified]) == verified
    assert first_that_counts([unverified]) == unverified
    assert first_that_counts([]) is None


def test_a_day_that_nobody_published_is_not_verified() -> None:
    """A verified row counted along an unpublished year gives a computed date."""
    clock = msgspec.structs.replace(row("bacs-indemnity-challenge"), grade="V")
    published, not_published = (
        due(clock, parse_instant("2027-06-01T08:00:00Z")),
        due(clock, parse_instant("2028-06-01T08:00:00Z")),
    )
    assert published is not None
    assert not_published is not None
    assert (published.is_verified, not_published.is_verified) == (True, False)


def test_no_response_allowed_is_not_an_unknown_due_time() -> None:
    """Epoch 0 and null are kept apart."""
    assert said_due(0) == (None, "none_allowed")
    assert said_due(None) == (None, "unsaid")
    assert said_due(1_723_679_999) == (parse_instant("2024-08-14T23:59:59Z"), "said")
    with pytest.raises(InstantRefused):
        said_due(True)


def test_the_earlier_of_partner_and_verified_rule_counts() -> None:
    """Less the cut-off, and with who says so."""
    assert act_by(START, "said", False, a_deadline(START + 1), 10) == ActBy(START - 10, "partner")
    assert act_by(START + 1, "said", False, a_deadline(START), 10) == ActBy(START - 10, "rule")
    assert act_by(START, "said", False, None) == ActBy(START, "partner")


def test_an_unverified_ceiling_moves_nothing() -> None:
    """It is shown as computed; the partner's time stands, or none does."""
    unverified = a_deadline(START - 1, is_verified=False)
    assert act_by(START, "said", False, unverified) == ActBy(START, "partner")
    assert act_by(None, "unsaid", False, unverified) == ActBy(None, None)
    assert act_by(None, "unsaid", False, a_deadline(START)) == ActBy(START, "rule")


@given(
    partner=st.none() | micros,
    state=st.sampled_from(["said", "none_allowed", "unsaid"]),
    is_spent=st.booleans(),
    ceiling=st.none() | st.builds(a_deadline, micros, st.booleans()),
    lead=st.integers(0, 72 * HOUR),
)
def test_the_time_to_act_by_is_never_after_what_counts(
    partner: Instant | None, state: DueState, is_spent: bool, ceiling: Deadline | None, lead: int
) -> None:
    """A spent slot and a response that is not allowed have no clock; else it is the earliest of what counts."""
    counting = [partner] if partner is not None and state == "said" else []
    counting += [ceiling.due_at] if ceiling is not None and ceiling.is_verified else []
    found = act_by(partner, state, is_spent, ceiling, lead)
    if is_spent or state == "none_allowed" or not counting:
        assert found == ActBy(None, None)
    else:
        assert found.at == min(counting) - lead


def test_the_earliest_stated_due_time_counts_until_an_extension_is_proven() -> None:
    """A later date on its own is a slip or a guess; a proven one starts the count anew."""
    first = StatedDue(due_at=START, stated_at=1)
    later = StatedDue(due_at=START + 5 * HOUR, stated_at=2)
    proven = StatedDue(due_at=START + 5 * HOUR, stated_at=3, is_proven_extension=True)
    sooner = StatedDue(due_at=START + HOUR, stated_at=4)
    assert counting_due([later, first]) == first
    assert counting_due([proven, later, first]) == proven
    assert counting_due([sooner, proven, first]) == sooner
    assert counting_due([]) is None


@given(dues=st.lists(st.builds(StatedDue, micros, micros, st.just(False)), min_size=1, max_size=6))
def test_without_proof_no_due_time_moves_later(dues: list[StatedDue]) -> None:
    """In whatever order the partner stated them."""
    counting = counting_due(dues)
    assert counting is not None
    assert counting.due_at == min(due.due_at for due in dues)


def test_a_lead_is_hours_and_minutes() -> None:
    """As contracts write it."""
    assert parse_lead("36:00") == 36 * HOUR
    assert parse_lead("00:30") == HOUR // 2
    for text in ("36", "1:60", "-1:00", "36h", ""):
        with pytest.raises(NoDeadlineRule):
            parse_lead(text)
