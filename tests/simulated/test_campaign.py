"""A campaign plans its worlds by seed, sums their scores, and names a command for whatever failed."""

from collections import Counter
from functools import partial
from math import ceil

import msgspec
import pytest

from recoup.app.campaign import FAULTS_PER_WORLD, Lived, Trial, planned, run, side_by_side, summed
from recoup.simulator.affected import Affected
from recoup.simulator.faults import FAULTS
from recoup.simulator.score import FalseAlarm, FaultScore, Score, Verdict

TRIAL = Trial("faulted", 7, "2026-02-02", 60, ("W1?",), ("stripe",))


def _row(verdict: Verdict = "found", *, place: int | None = 1, minutes: int = 5, more: int = 0) -> FaultScore:
    return FaultScore(
        fault="W1",
        title="Lost webhook",
        partner="stripe",
        feed="webhook",
        cause="lost_event",
        verdict=verdict,
        control="lost_event",
        class_="lost_event" if place == 1 else "timing",
        class_place=place,
        is_feed_right=True,
        latency_minutes=minutes,
        disputes_found=1,
        disputes_more=more,
        disputes_true=1,
        is_in_time=minutes <= 5,
        affected=Affected(1, 1, more),
        breaks=1,
        collateral=0,
        replay="recoup simulate …",
    )


def _score(*rows: FaultScore, alarms: tuple[FalseAlarm, ...] = ()) -> Score:
    missed = sum(row.verdict == "missed" for row in rows)
    return Score(
        found=len(rows) - missed,
        absorbed=0,
        missed=missed,
        false_alarms=len(alarms),
        collateral=0,
        class_top1_pct=None,
        class_top3_pct=None,
        per_fault=rows,
        confusion=(),
        alarms=alarms,
    )


def test_the_same_seed_plans_the_same_worlds() -> None:
    """And another seed others."""
    one, again, other = (planned(partner_days=60, clean_days=60, pairs=5, seed=seed) for seed in (3, 3, 4))
    assert one == again
    assert one != other


def test_every_fault_has_its_turn() -> None:
    """As many worlds as it takes for all faults hold each of them once at least."""
    trials = planned(partner_days=3 * len(FAULTS), clean_days=0, pairs=0)
    times = Counter(word.removesuffix("?") for trial in trials for word in trial.faults)
    assert set(times) == set(FAULTS)
    assert max(times.values()) <= 4


def test_no_two_faults_of_a_world_strike_one_feed() -> None:
    """They would speak of the same files."""
    for trial in planned(partner_days=300, clean_days=0, pairs=0):
        feeds = [(FAULTS[word.removesuffix("?")].partner, FAULTS[word.removesuffix("?")].feed) for word in trial.faults]
        assert len(set(feeds)) == len(feeds)


def test_no_two_worlds_share_a_seed() -> None:
    """A failing one is named by its seed."""
    trials = planned(partner_days=100, clean_days=500, pairs=20)
    assert len({trial.seed for trial in trials}) == len(trials)


def test_a_pair_is_two_faults_that_data_show() -> None:
    """A fault that nobody can see hides nothing and is hidden by nothing."""
    pairs = planned(partner_days=0, clean_days=0, pairs=50)
    named = [FAULTS[word.removesuffix("?")] for pair in pairs for word in pair.faults]
    assert all(len(set(pair.faults)) == 2 for pair in pairs)
    assert not any(fault.is_silent for fault in named)


def test_shares_are_rounded_down() -> None:
    """Two of three is 66.66 %, so that 100 % is said of all alone."""
    found = summed([Lived(TRIAL, _score(_row(), _row(), _row("missed", place=None)))])
    assert found.found_pct == 66.66
    assert found.named_first_pct == 100


def test_a_missed_fault_is_named_with_its_command() -> None:
    """The seed and the faults of its world are in it."""
    found = summed([Lived(TRIAL, _score(_row("missed", place=None)))])
    assert found.failures[0].what == "missed W1 at stripe webhook"
    assert "--seed 7 " in found.failures[0].replay
    assert "--faults 'W1?' " in found.failures[0].replay


def test_late_and_misnamed_are_failures_too() -> None:
    """Found is not enough."""
    found = summed([Lived(TRIAL, _score(_row(minutes=6), _row(place=4)))])
    assert [failure.what for failure in found.failures] == [
        "W1 seen 6 minutes late",
        "W1 (lost_event) called timing",
    ]
    assert found.in_time_pct == 50
    assert found.named_in_three_pct == 50


def test_disputes_beside_the_fault_cost_precision() -> None:
    """One right and one wrong is a half."""
    found = summed([Lived(TRIAL, _score(_row(more=1)))])
    assert (found.affected_precision_pct, found.affected_recall_pct) == (50, 100)
    assert found.failures[0].what == "W1: lost_event names 1 of 1 disputes and 1 others"


def test_an_alarm_in_a_clean_world_is_counted_apart() -> None:
    """There it is the whole answer."""
    alarm = FalseAlarm(control="tie_out", class_="netting", partner="stripe", feed=None, disputes=(), deliveries=())
    clean = Trial("clean", 8, "2026-02-02", 60, (), ("stripe",))
    found = summed([Lived(clean, _score(alarms=(alarm,)))])
    assert (found.false_alarms_clean, found.false_alarms_faulted) == (1, 0)
    assert found.failures[0].what == "false alarm: tie_out (netting) at stripe"


def test_a_world_that_stops_the_program_is_a_failure() -> None:
    """It is never left out of the count."""
    found = summed([Lived(TRIAL, None, problem="KeyError: 'x'")])
    assert (found.trials, found.failures[0].what) == (1, "KeyError: 'x'")


def test_more_worlds_than_processes_all_come_back() -> None:
    """However many one process lives through."""
    trials = [msgspec.structs.replace(TRIAL, seed=seed) for seed in range(12)]
    assert sorted(one.trial.seed for one in side_by_side(partial(Lived, score=None), trials, 1)) == list(range(12))


@pytest.mark.slow
def test_a_small_campaign_is_lived_through() -> None:
    """Worlds of every kind, each in a process of its own."""
    found = run(partner_days=12, clean_days=1, pairs=1, seed=5)
    assert found.trials == ceil(12 / FAULTS_PER_WORLD) + 2
    assert found.pairs == 1
    assert found.false_alarms_clean == 0
    assert found.faulted_partner_days > 0
