"""A dispute is the fold of the set of its observations."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.dispute import fold
from recoup.domain.instants import DAY
from recoup.domain.legs import Told
from recoup.domain.observation import Observation
from tests.domain.told import MOVES, START_AT, told

OPENED = told("chargeback_opened", 0, kind="dispute", legs=(Told("debit", 1, 5000, "USD"),))
REVIEWED = told("chargeback_under_review", 3)
WON = told("won", 9, legs=(Told("credit", 1, 5000, "USD"),))
LOST = told("lost", 9)


def state(*observations: Observation) -> tuple[str | None, str, str | None, str | None]:
    """Stage, turn, outcome and finality of a story."""
    found = fold(observations, MOVES).dispute
    return found.stage, found.turn, found.outcome, found.finality


def checks(*observations: Observation) -> list[str]:
    """What is odd about a story."""
    return [finding.check for finding in fold(observations, MOVES).findings]


stories = st.lists(
    st.builds(
        told,
        st.sampled_from(sorted(MOVES)),
        st.integers(0, 5),
        name=st.sampled_from(["evt_1", "evt_2", "evt_3", "evt_4"]).map(lambda name: name),
        form=st.sampled_from(["event", "snapshot", "row"]),
        landed=st.integers(0, 9),
        due_at=st.none() | st.integers(START_AT, START_AT + 40 * DAY),
        due_state=st.sampled_from(["said", "unsaid", "none_allowed"]),
        kind=st.sampled_from([None, "notice", "request", "dispute", "return"]),
        legs=st.lists(
            st.builds(
                Told, st.sampled_from(["debit", "credit"]), st.integers(1, 2), st.integers(1, 99), st.just("USD")
            ),
            max_size=2,
        ).map(tuple),
    ),
    min_size=1,
    max_size=6,
)


@given(stories, st.randoms(use_true_random=False))
def test_order_does_not_matter(story: list[Observation], chance: object) -> None:
    """Any order of processing gives the same dispute and the same findings."""
    shuffled = list(story)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled, MOVES) == fold(story, MOVES)


@given(stories)
def test_twice_equals_once(story: list[Observation]) -> None:
    """Telling everything again changes nothing."""
    assert fold([*story, *story], MOVES) == fold(story, MOVES)


def test_second_arrival_later_changes_nothing_but_when_the_first_counts() -> None:
    """The same record landed again later was already known."""
    again = told("chargeback_opened", 0, landed=5, kind="dispute", legs=(Told("debit", 1, 5000, "USD"),))
    assert fold([OPENED, again], MOVES) == fold([again, OPENED], MOVES) == fold([OPENED], MOVES)


def test_every_order_of_a_plain_story_ends_the_same() -> None:
    """Opened, reviewed, won: six orders, one end."""
    ends = {state(*order) for order in permutations([OPENED, REVIEWED, WON])}
    assert ends == {("chargeback", "nobody", "won", "final")}


def test_created_and_closed_in_the_same_instant_is_closed() -> None:
    """Both carry the same second; the rank of the moves decides."""
    opened, lost = told("chargeback_opened", 0), told("lost", 0)
    assert state(lost, opened) == ("chargeback", "nobody", "lost", "final")
    assert checks(lost, opened) == []


def test_lost_the_next_day_won() -> None:
    """A late reversal of a final decision is a move like others."""
    late = told("won", 10)
    found = fold([OPENED, LOST, late], MOVES)
    assert (found.dispute.outcome, found.dispute.amount_won_minor, found.findings) == ("won", 5000, ())
    assert found.dispute.decided_at == START_AT + 10 * DAY


def test_regression_is_ignored_with_a_finding() -> None:
    """An old state told after the end does not open the dispute again."""
    stale = told("chargeback_opened", 12)
    assert state(OPENED, WON, stale) == ("chargeback", "nobody", "won", "final")
    assert checks(OPENED, WON, stale) == ["lifecycle.regression"]


def test_jump_is_taken_with_a_finding() -> None:
    """A second chargeback without a first is believed, and said to be odd."""
    second = told("second_chargeback", 4)
    assert state(second)[0] == "second_chargeback"
    assert checks(second) == ["lifecycle.jump"]


def test_jump_is_seen_though_a_report_tells_it_of_the_same_instant() -> None:
    """A row may begin anywhere; what it corroborates is no less odd, whichever has the lower id."""
    rows = [told("second_chargeback", 4, name=f"row_{n}", form="row") for n in range(8)]
    assert [checks(told("second_chargeback", 4), row) for row in rows] == [["lifecycle.jump"]] * 8


def test_snapshot_may_be_the_first_we_hear() -> None:
    """Fetched for the first time at whatever stage it is by then: nothing odd about it."""
    assert checks(told("pre_arbitration_opened", 4, form="snapshot")) == []


def test_snapshot_after_nothing_but_an_unknown_word_is_still_the_first_we_hear() -> None:
    """A word in no vocabulary says nothing about the stage."""
    assert checks(told("unknown", 1), told("pre_arbitration_opened", 4, form="snapshot")) == []


def test_second_chargeback_before_the_reversal_ends_lost_with_three_legs() -> None:
    """The second debit may be told before the first credit; same state, same legs."""
    reversed_ = told("chargeback_reversed", 5, legs=(Told("credit", 1, 5000, "USD", None, True),))
    second = told("second_chargeback", 8, legs=(Told("debit", 2, 5000, "USD"),))
    for order in permutations([OPENED, reversed_, second]):
        found = fold(order, MOVES).dispute
        assert (found.stage, found.outcome, [leg.name for leg in found.legs]) == (
            "second_chargeback",
            "lost",
            ["c1", "d1", "d2"],
        )


def test_reversal_dated_after_the_second_chargeback_still_tells_its_leg() -> None:
    """Even where the partner's own times are in that order: no way back to won, and no leg lost."""
    second = told("second_chargeback", 5, legs=(Told("debit", 2, 5000, "USD"),))
    reversed_ = told("chargeback_reversed", 6, legs=(Told("credit", 1, 5000, "USD", None, True),))
    found = fold([OPENED, second, reversed_], MOVES)
    assert (found.dispute.outcome, len(found.dispute.legs)) == ("lost", 3)
    assert [finding.check for finding in found.findings] == ["lifecycle.regression"]


def test_unknown_word_changes_nothing_but_the_partners_status() -> None:
    """Not lost, not won, not closed."""
    odd = told("unknown", 5, partner_status="limbo")
    found = fold([OPENED, odd], MOVES).dispute
    assert (found.stage, found.outcome, found.partner_status) == ("chargeback", None, "limbo")


def test_unknown_word_alone_leaves_the_stage_unknown() -> None:
    """The dispute exists; where it stands nobody said."""
    assert state(told("unknown")) == ("unknown", "unknown", None, None)


def test_closed_without_a_word_is_neither_won_nor_lost() -> None:
    """The partner closed it and did not say how."""
    found = fold([OPENED, told("closed_unknown", 5)], MOVES).dispute
    assert (found.outcome, found.amount_won_minor, found.amount_lost_minor) == ("unknown", None, None)
    assert state(OPENED, told("closed_unknown", 5), told("won", 6))[2] == "won"


@pytest.mark.parametrize("day", [9, 10])
def test_closed_without_a_word_takes_no_decision_back(day: int) -> None:
    """What is known to be won stays won when the partner later leaves the word out."""
    assert state(OPENED, WON, told("closed_unknown", day))[2] == "won"


@pytest.mark.parametrize(
    ("move", "won", "lost"),
    [
        ("won", 5000, 0),
        ("withdrawn", 5000, 0),
        ("lost", 0, 5000),
        ("accepted", 0, 5000),
        ("defense_expired", 0, 5000),
        ("inquiry_closed", 0, 0),
        ("prevented", 0, 0),
        ("split", None, None),
        ("chargeback_opened", None, None),
    ],
)
def test_amounts_follow_the_outcome(move: str, won: int | None, lost: int | None) -> None:
    """All, nothing, or not known: a split is never halved for lack of a number."""
    found = fold([told(move)], MOVES).dispute
    assert (found.amount_won_minor, found.amount_lost_minor) == (won, lost)


def test_amounts_of_a_dispute_without_amount_are_not_known() -> None:
    """A missing amount is never zero."""
    found = fold([told("lost", amount_minor=None)], MOVES).dispute
    assert (found.amount_minor, found.amount_won_minor, found.amount_lost_minor) == (None, None, None)


def test_earliest_due_time_of_a_stage_counts() -> None:
    """A later one counts only once an extension is proven; nobody proves one here."""
    due = START_AT + 20 * DAY
    first = told("chargeback_opened", 0, due_at=due, due_state="said")
    later = told("chargeback_opened", 1, due_at=due + 5 * DAY, due_state="said")
    earlier = told("chargeback_opened", 2, due_at=due - DAY, due_state="said")
    assert fold([first, later], MOVES).dispute.partner_due_at == due
    assert fold([first, later, earlier], MOVES).dispute.partner_due_at == due - DAY


def test_due_time_belongs_to_its_stage() -> None:
    """The inquiry's due time is not the chargeback's, nor is its spent slot."""
    inquiry = told("inquiry_opened", 0, due_at=START_AT + DAY, due_state="said", is_slot_spent=True)
    found = fold([inquiry, told("chargeback_opened", 5)], MOVES).dispute
    assert (found.partner_due_at, found.due_state, found.is_slot_spent) == (None, "unsaid", False)
    assert found.staged_at == START_AT + 5 * DAY


def test_no_response_allowed_is_not_an_unknown_deadline() -> None:
    """`due_by` 0 says that there is nothing to answer; null says nothing."""
    found = fold([told("chargeback_opened", 0, due_state="none_allowed")], MOVES).dispute
    assert (found.partner_due_at, found.due_state) == (None, "none_allowed")


def test_closed_inquiry_may_become_a_chargeback() -> None:
    """Under the same id, after the partner had closed it without a debit."""
    story = [told("inquiry_opened", 0), told("inquiry_closed", 20), told("chargeback_opened", 30)]
    assert state(*story) == ("chargeback", "merchant", None, None)
    assert checks(*story) == []


def test_notice_has_no_stage_and_becomes_a_dispute_by_name_only() -> None:
    """A fraud notice has no stage; a chargeback under its id makes it a dispute."""
    notice = told("noticed", 0, kind="notice", amount_minor=None)
    assert state(notice) == (None, "nobody", None, None)
    found = fold([notice, told("chargeback_opened", 3, kind="dispute")], MOVES).dispute
    assert (found.kind, found.stage) == ("dispute", "chargeback")


def test_resolution_has_no_stage() -> None:
    """Resolved before it became a chargeback, so it stands at no stage of one."""
    assert state(told("prevented", 0, kind="resolution")) == (None, "nobody", "prevented", "final")


def test_bank_debit_returned_for_good_is_lost_at_its_stage() -> None:
    """Where the scheme gives no answer, the return is the decision; a credit may still come."""
    final = told("return_final", 0, kind="return")
    assert state(final) == ("return", "nobody", "lost", "final")
    assert state(final, told("chargeback_credited", 4)) == ("return", "issuer", "won", "provisional")


@pytest.mark.parametrize(
    ("move", "outcome"),
    [
        ("chargeback_won", "won"),
        ("chargeback_lost", "lost"),
        ("chargeback_accepted", "accepted"),
        ("chargeback_expired", "expired"),
    ],
)
def test_decision_on_a_chargeback_says_its_stage_too(move: str, outcome: str) -> None:
    """Whether nothing was heard before, an inquiry, or the chargeback itself."""
    for before in ([], [told("inquiry_opened", 0)], [told("chargeback_opened", 0)]):
        assert state(*before, told(move, 5)) == ("chargeback", "nobody", outcome, "final")
        assert checks(*before, told(move, 5)) == []


def test_expired_request_waits_for_what_the_issuer_does() -> None:
    """An unanswered inquiry is neither lost nor closed; a chargeback may follow."""
    expired = told("inquiry_expired", 10)
    assert state(told("inquiry_opened", 0), expired) == ("inquiry", "issuer", None, None)
    assert checks(told("inquiry_opened", 0), expired, told("chargeback_opened", 12)) == []


def test_latest_known_fact_counts_and_silence_keeps_it() -> None:
    """None means not said; it takes nothing away."""
    first = told("chargeback_opened", 0, reason_code="10.4", network="visa", payment_ref="ch_1")
    found = fold([first, told("chargeback_under_review", 2, amount_minor=None, currency=None)], MOVES).dispute
    assert (found.reason_code, found.network, found.payment_ref, found.amount_minor) == ("10.4", "visa", "ch_1", 5000)


def test_leg_keeps_its_earliest_time_latest_amount_and_reference() -> None:
    """Told twice, a leg is one leg."""
    first = told("chargeback_opened", 0, legs=(Told("debit", 1, 5000, "USD", "txn_1"),))
    again = told("chargeback_under_review", 2, legs=(Told("debit", 1, 4900, "USD"),))
    (leg,) = fold([again, first], MOVES).dispute.legs
    assert (leg.amount_minor, leg.announced_at, leg.ref) == (4900, START_AT, "txn_1")


def test_disputes_that_share_a_case_are_one_chain() -> None:
    """The network's case id links them, whatever the partner calls each."""
    one = fold([told("chargeback_opened", 0, case_ref="case_9")], MOVES).dispute
    other = fold([told("second_chargeback", 9, case_ref="case_9", name="x")], MOVES).dispute
    assert one.chain == other.chain
    assert fold([told("chargeback_opened", 0)], MOVES).dispute.chain != one.chain


@pytest.mark.parametrize("before", ["chargeback_under_review", "evidence_submitted", "chargeback_lost"])
def test_row_of_a_report_repeats_what_was_told_and_takes_nothing_back(before: str) -> None:
    """A report books the chargeback some time after the event: no way back to awaiting our answer, nothing odd."""
    opened = told("chargeback_opened", 0)
    after = told(before, 5, partner_status="told")
    row = told("chargeback_opened", 6, form="row", partner_status="row", reason_code="10.4", name="row")
    found = fold([opened, after, row], MOVES)
    assert (found.dispute.stage, found.dispute.turn, found.dispute.outcome) == state(opened, after)[:3]
    assert (found.dispute.partner_status, found.dispute.reason_code, found.findings) == ("told", "10.4", ())


def test_row_of_a_report_still_reopens_at_another_stage() -> None:
    """Where the webhook was lost, the row tells the step."""
    row = told("pre_arbitration_opened", 20, form="row")
    assert state(OPENED, WON, row) == ("pre_arbitration", "merchant", None, None)


def test_decision_in_a_report_always_counts() -> None:
    """Lost, then won a day later, told by the report alone."""
    assert state(OPENED, LOST, told("won", 10, form="row"))[2] == "won"


@pytest.mark.parametrize("due_at", [0, 1, 86_400_000_000, -5, START_AT - DAY])
def test_a_due_time_that_cannot_be_one_counts_as_unsaid(due_at: int) -> None:
    """Told by whatever partner: never 1970, and a right one told later or before still counts."""
    odd = told("chargeback_opened", 0, due_at=due_at, due_state="said", opened_at=START_AT)
    right = told("chargeback_opened", 1, name="evt_2", due_at=START_AT + 9 * DAY, due_state="said")
    alone, both = fold([odd], MOVES), fold([right, odd], MOVES)
    assert (alone.dispute.partner_due_at, alone.dispute.due_state) == (None, "unsaid")
    assert (both.dispute.partner_due_at, both.dispute.due_state) == (START_AT + 9 * DAY, "said")
    assert [found.check for found in both.findings] == ["lifecycle.due_unreadable"]


def test_a_due_time_on_the_day_of_the_opening_counts() -> None:
    """A day without an hour may begin before the dispute does."""
    found = fold([told("chargeback_opened", 0, due_at=START_AT - DAY + 1, due_state="said", opened_at=START_AT)], MOVES)
    assert (found.dispute.partner_due_at, found.findings) == (START_AT - DAY + 1, ())
