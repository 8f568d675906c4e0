"""How fast an error budget is burnt, when an account is left alone, and what a try is counted as."""

import msgspec
import pytest

from recoup.domain.instants import DAY, HOUR, MINUTE
from recoup.intake.call_health import BAD_MIN, REST, REST_MAX, TallySeen, burns, circuit_of
from recoup.intake.call_tally import SLOW, Tally, nearer
from recoup.intake.outbound import Tried, operation_of, outcome_of
from recoup.partners.contract import Request

NOW = 1_000 * DAY
GOOD = TallySeen("stripe", "acct", NOW - MINUTE, "GET /v1/disputes", 100, 0, 0, 0, 0, 0, 0, 0, 0, 1, None)


def bad(count: int, ago: int = MINUTE) -> TallySeen:
    """So many tries that failed, so long ago."""
    return msgspec.structs.replace(GOOD, began_at=NOW - ago, tries=count, failed=count)


def test_a_budget_is_burnt_by_the_share_that_failed() -> None:
    """One in a hundred lasts just so."""
    one = msgspec.structs.replace(GOOD, failed=1)
    assert [burn.tenths for burn in burns([one], NOW)] == [10, 10, 10]
    assert not any(burn.is_too_fast for burn in burns([one], NOW))


def test_few_failures_say_nothing_of_a_rate() -> None:
    """Nine of nine are too few; ten are not."""
    assert not any(burn.is_too_fast for burn in burns([bad(BAD_MIN - 1)], NOW))
    assert all(burn.is_too_fast for burn in burns([bad(BAD_MIN)], NOW))


@pytest.mark.parametrize(
    ("ago", "fast"),
    [(30 * MINUTE, [True, True, True]), (5 * HOUR, [False, True, True]), (50 * HOUR, [False, False, True])],
)
def test_each_span_looks_at_its_own_time(ago: int, fast: list[bool]) -> None:
    """What failed two days ago burns the budget of three days alone."""
    good = [msgspec.structs.replace(GOOD, began_at=NOW - hours * HOUR, tries=3) for hours in range(70)]
    assert [burn.is_too_fast for burn in burns([*good, bad(20, ago)], NOW)] == fast


def test_slow_tries_are_bad_ones() -> None:
    """Though each was answered in the end."""
    assert burns([msgspec.structs.replace(GOOD, slow=50)], NOW)[0].is_too_fast


def test_an_account_rests_longer_with_each_failure() -> None:
    """Five minutes after the third, an hour at most; a round that ended well, or in the partner's list, begins anew."""
    rests = [circuit_of([("failed", NOW)] * count).rests_until - NOW for count in (3, 4, 5, 9)]
    assert rests == [REST, 2 * REST, 4 * REST, REST_MAX]
    assert circuit_of([("failed", NOW)] * 2).state == "half_open"
    assert circuit_of([(None, NOW), ("failed", NOW)]).state == "closed"
    assert circuit_of([("unreadable", NOW)] * 9).state == "closed"


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/v2/payments/tr_7UhSN1zuXS/chargebacks", "GET /v2/payments/…/chargebacks"),
        ("/v4/payment/disputes/krn%3Apayment%3Adispute%3A1", "GET /v4/payment/disputes/…"),
        ("/v1.1/disputes", "GET /v1.1/disputes"),
        ("/v1/disputes/du_1", "GET /v1/disputes/…"),
    ],
)
def test_an_operation_names_nobody(path: str, operation: str) -> None:
    """Ids are left out, so that operations are few."""
    assert operation_of(Request("GET", path)) == operation


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((200, "done"), (204, "done"), (301, "elsewhere"), (400, "rejected"), (401, "refused"), (403, "refused")),
        *((404, "absent"), (408, "failed"), (410, "absent"), (429, "throttled"), (500, "failed"), (503, "failed")),
    ],
)
def test_a_status_is_counted_as_what_it_means(status: int, outcome: str) -> None:
    """For us, not for the standard."""
    assert outcome_of(status) == outcome


def test_tries_are_counted_once() -> None:
    """Each under what came of it; one that took long as slow besides."""
    tally = Tally()
    for tried in (
        Tried("GET /x", "done", 200, SLOW, 3_000_000),
        Tried("GET /x", "throttled", 429, 5, -1_000_000),
        Tried("GET /x", "unreachable", None, 7),
    ):
        tally.add(tried)
    assert (tally.tries, tally.throttled, tally.unreachable, tally.slow, tally.slowest) == (3, 1, 1, 1, SLOW)
    assert tally.clock_offset == -1_000_000


def test_the_offset_that_is_nearer_to_none_counts() -> None:
    """A slow answer is no wrong clock."""
    assert nearer(None, None) is None
    assert nearer(5, None) == 5
    assert nearer(5, -3) == -3
