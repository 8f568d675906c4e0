"""Many simulated worlds, lived through and scored side by side: what of everything that breaks is found.

A campaign has three kinds of trials: *faulted* ones, where some things go wrong, each at a feed of its own; *clean*
ones over the days that calendars make hard, where any break is a false alarm; and *pairs*, two faults in one world, so
that one might hide the other. A trial is a seed and a few numbers, so that whatever fails can be played alone again.
"""

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import combinations, count, islice
from math import ceil
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import msgspec

from recoup.app.scoring import score_directory
from recoup.domain.instants import DAY, parse_instant
from recoup.settings import read_settings
from recoup.simulator.affected import percent, together
from recoup.simulator.chance import Chance
from recoup.simulator.faults import FAULTS, partners_of
from recoup.simulator.profiles import PROFILES
from recoup.simulator.run import simulate
from recoup.simulator.score import Confused, FalseAlarm, FaultScore, Score

Kind = Literal["faulted", "clean", "pair"]
Progress = Callable[[int, int], None]
"""Told (trials done, of how many)."""

DAYS = 26
"""A world of a month: the shortest in which a dispute can be lost, paid and told by the bank."""
PAYMENTS = 60
DISPUTES_PER_10K = 150
FAULTS_PER_WORLD = 10
"""Not two for each partner of a world; more would be a chaos of its own. Each strikes another feed."""
PEAK = 5
"""So many times the usual payments in a world of a peak."""
TOP = 3
FIRST_DAYS = tuple(
    dt.date.fromisoformat(day)
    for day in (
        "2026-02-02",  # a month's end and a holiday of American banks
        "2026-02-26",  # clocks change in America on 8 March
        "2026-03-19",  # and in Europe on 29 March; Good Friday on 3 April
        "2026-04-27",  # the first of May, when TARGET is closed
        "2026-10-15",  # clocks change back on 25 October and 1 November
        "2026-12-14",  # Christmas, the year's end
        "2028-02-14",  # a leap day
    )
)
"""Where a world begins: each has a month's end and weekends, and one thing more that calendars make hard."""


class Trial(msgspec.Struct, frozen=True):
    """One world to live through."""

    kind: Kind
    seed: int
    first_day: str
    payments_per_day: int
    faults: tuple[str, ...]
    partners: tuple[str, ...]
    calls: bool = False
    """Partners' APIs are asked while it is lived through."""
    days: int = DAYS

    def command(self) -> str:
        """Give the command line that plays it again."""
        out = f"replay-{self.kind}-{self.seed}"
        faults = f"'{','.join(self.faults)}'" if self.faults else "none"  # a shell would read the question marks
        return (
            f"recoup simulate --seed {self.seed} --days {self.days} --payments {self.payments_per_day}"
            f" --disputes {DISPUTES_PER_10K} --first-day {self.first_day} --partners {','.join(self.partners)}"
            f"{' --calls' if self.calls else ''} --faults {faults} --out {out} && recoup score {out}"
        )


class Failure(msgspec.Struct, frozen=True):
    """What was not as it should be in one trial."""

    kind: Kind
    what: str
    replay: str


class Quality(msgspec.Struct, frozen=True):
    """How one fault was met over all trials."""

    times: int
    found: int
    """Absorbed ones among them, where nothing should be said."""
    named_first: int
    named_in_three: int
    late: int
    """Found later than in time."""


class Campaign(msgspec.Struct, frozen=True):
    """What a campaign found. Shares are in percent with two decimals, rounded down; None where there was nothing."""

    trials: int
    faulted_partner_days: int
    """Days of a partner on which something was broken on purpose."""
    clean_partner_days: int
    faults: int
    found_pct: float | None
    named_first_pct: float | None
    """Of those found; `named_in_three_pct` counts the first three classes."""
    named_in_three_pct: float | None
    in_time_pct: float | None
    """Found minutes after the data showed it, what only money shows with the first settlement; of those found."""
    affected_precision_pct: float | None
    """Of the disputes or deliveries that breaks name, those that were hit; the recall is the other way round."""
    affected_recall_pct: float | None
    false_alarms_clean: int
    false_alarms_faulted: int
    pairs: int
    pairs_both_found_pct: float | None
    per_fault: dict[str, Quality]
    confusion: Sequence[Confused]
    failures: Sequence[Failure]


class Lived(msgspec.Struct, frozen=True):
    """A trial with its score; or why it could not be lived through."""

    trial: Trial
    score: Score | None
    days_hit: int = 0
    problem: str = ""


def run(
    *, partner_days: int, clean_days: int, pairs: int, seed: int = 1, jobs: int = 2, progress: Progress | None = None
) -> Campaign:
    """Simulate, live through and score many worlds, in processes of their own.

    Args:
      partner_days: So many days of partners with a fault at least.
      clean_days: So many without any.
      pairs: So many worlds with two faults.
      seed: Names the campaign; the same gives the same trials.
      jobs: How many at once.
      progress: Told (trials done, of how many).
    """
    trials = planned(partner_days=partner_days, clean_days=clean_days, pairs=pairs, seed=seed)
    lived: list[Lived] = []
    for one in side_by_side(_live, trials, jobs):
        lived.append(one)
        if progress is not None:
            progress(len(lived), len(trials))
    order = {trial: place for place, trial in enumerate(trials)}
    return summed(sorted(lived, key=lambda one: order[one.trial]))


def side_by_side(work: Callable[[Trial], Lived], trials: Iterable[Trial], jobs: int) -> Iterator[Lived]:
    """Give what comes of each trial, as it ends, in processes that live as long as the campaign.

    No limit of tasks for a process: CPython waits for ever once one has reached it (its issue 115634, 3.11 to 3.14).
    """
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(work, trial) for trial in trials]):
            yield done.result()


# --- which worlds ---------------------------------------------------------------------------


def planned(*, partner_days: int, clean_days: int, pairs: int, seed: int = 1) -> list[Trial]:
    """Say which worlds a campaign lives through."""
    partners = tuple(PROFILES)
    seeds = count(seed * 100_000)
    return [
        *islice(_faulted(seeds, partners, seed), ceil(partner_days / FAULTS_PER_WORLD)),
        *islice(_clean(seeds, partners), ceil(clean_days / (DAYS * len(partners)))),
        *islice(_pairs(seeds, seed), pairs),
    ]


def _faulted(seeds: Iterator[int], partners: tuple[str, ...], seed: int) -> Iterator[Trial]:
    """Worlds with some faults each: all of them in turn, so that each comes as often as another."""
    chance = Chance(seed, "campaign", "faulted")
    waiting: list[str] = []
    for number, own in enumerate(seeds):
        if len(waiting) < FAULTS_PER_WORLD:
            waiting += chance.shuffled(list(FAULTS))
        chosen = _at_feeds_of_their_own(waiting)
        waiting = _without(waiting, chosen)
        first = FIRST_DAYS[number % len(FIRST_DAYS)]
        yield Trial(
            "faulted", own, first.isoformat(), PAYMENTS, tuple(f"{name}?" for name in chosen), partners, _ask(chosen)
        )


def _ask(faults: Iterable[str]) -> bool:
    """Whether some of these faults show only where partners are asked."""
    return any(FAULTS[name].needs_calls for name in faults)


def _at_feeds_of_their_own(waiting: Sequence[str]) -> list[str]:
    """Give the first faults of which no two strike one feed."""
    taken: dict[tuple[str, str], str] = {}
    for name in waiting:
        taken.setdefault((FAULTS[name].partner, FAULTS[name].feed), name)
    return list(taken.values())[:FAULTS_PER_WORLD]


def _without(waiting: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """What still waits, each of the chosen taken out once."""
    left = Counter(chosen)
    kept = []
    for name in waiting:
        if left[name]:
            left[name] -= 1
        else:
            kept.append(name)
    return kept


def _clean(seeds: Iterator[int], partners: tuple[str, ...]) -> Iterator[Trial]:
    """Worlds where nothing is wrong; every third one is a peak, in every second one partners are asked."""
    for number, seed in enumerate(seeds):
        first = FIRST_DAYS[number % len(FIRST_DAYS)]
        payments = PAYMENTS * PEAK if number % 3 == 2 else PAYMENTS
        yield Trial("clean", seed, first.isoformat(), payments, (), partners, calls=number % 2 == 1)


def _pairs(seeds: Iterator[int], seed: int) -> Iterator[Trial]:
    """Worlds with two faults that no data hides, drawn from all pairs."""
    told = [name for name, fault in FAULTS.items() if not fault.is_silent]
    drawn = [*combinations(told, 2)]
    chance = Chance(seed, "campaign", "pairs")
    for number, own in enumerate(seeds):
        one, other = drawn[chance.below(len(drawn))]
        partners = tuple(p for p in PROFILES if p in _needed(one, other))
        first = FIRST_DAYS[number % len(FIRST_DAYS)]
        asked = (f"{one}?", f"{other}?")
        yield Trial("pair", own, first.isoformat(), PAYMENTS, asked, partners, _ask((one, other)))


def _needed(*faults: str) -> set[str]:
    """The partners that some faults need: their own, or, of the house, those that it may forget something of."""
    own = [{FAULTS[word].partner} & PROFILES.keys() or set(partners_of(word)) for word in faults]
    return set().union(*own)


# --- one world ------------------------------------------------------------------------------


def _live(trial: Trial) -> Lived:
    """Simulate a world and score it in a home that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="recoup-campaign-") as place:
        world, home = Path(place) / "world", Path(place) / "home"
        try:
            simulate(
                *(trial.seed, trial.days, world, trial.faults, trial.payments_per_day),
                first_day=dt.date.fromisoformat(trial.first_day),
                disputes_per_10k=DISPUTES_PER_10K,
                partners=trial.partners,
                calls=trial.calls,
            )
            score = score_directory(world, read_settings({}, home))
        except Exception as problem:  # noqa: BLE001 a world that stops the program is a finding of the campaign
            return Lived(trial, None, problem=f"{type(problem).__name__}: {problem}")
        return Lived(trial, score, _days_hit(world))


def _days_hit(world: Path) -> int:
    """Days of partners on which a fault can first be seen."""
    labels = msgspec.json.decode((world / "truth.json").read_bytes())["faults"]
    return len({(one["partner"], parse_instant(one["first_visible_at"]) // DAY) for one in labels})


# --- all together ---------------------------------------------------------------------------


def summed(lived: Sequence[Lived]) -> Campaign:
    """Sum the scores of all trials."""
    scored = [(one.trial, one.score) for one in lived if one.score is not None]
    rows = [row for _, score in scored for row in score.per_fault]
    found = [row for row in rows if row.verdict == "found"]
    pairs = [score for trial, score in scored if trial.kind == "pair" and len(score.per_fault) == 2]
    told = Counter((row.cause, str(row.class_)) for row in found)
    hit = together(row.affected for row in found)
    return Campaign(
        trials=len(lived),
        faulted_partner_days=sum(one.days_hit for one in lived if one.trial.kind == "faulted"),
        clean_partner_days=sum(t.days * len(t.partners) for t, _ in scored if t.kind == "clean"),
        faults=len(rows),
        found_pct=percent(len(rows) - sum(row.verdict == "missed" for row in rows), len(rows)),
        named_first_pct=percent(sum(row.class_place == 1 for row in found), len(found)),
        named_in_three_pct=percent(sum(_is_near(row) for row in found), len(found)),
        in_time_pct=percent(len(found) - sum(_is_late(row) for row in found), len(found)),
        affected_precision_pct=percent(hit.found, hit.found + hit.more),
        affected_recall_pct=percent(hit.found, hit.true),
        false_alarms_clean=_alarms(scored, "clean"),
        false_alarms_faulted=_alarms(scored, "faulted") + _alarms(scored, "pair"),
        pairs=len(pairs),
        pairs_both_found_pct=percent(sum(score.missed == 0 for score in pairs), len(pairs)),
        per_fault={name: _quality(rows, name) for name in sorted({row.fault for row in rows})},
        confusion=[Confused(cause, said, number) for (cause, said), number in sorted(told.items())],
        failures=[failure for one in lived for failure in _failures(one)],
    )


def _alarms(scored: Sequence[tuple[Trial, Score]], kind: Kind) -> int:
    return sum(score.false_alarms for trial, score in scored if trial.kind == kind)


def _is_near(row: FaultScore) -> bool:
    return row.class_place is not None and row.class_place <= TOP


def _is_late(row: FaultScore) -> bool:
    return row.is_in_time is not True


def _quality(rows: Sequence[FaultScore], name: str) -> Quality:
    own = [row for row in rows if row.fault == name]
    found = [row for row in own if row.verdict == "found"]
    return Quality(
        times=len(own),
        found=sum(row.verdict != "missed" for row in own),
        named_first=sum(row.class_place == 1 for row in found),
        named_in_three=sum(_is_near(row) for row in found),
        late=sum(_is_late(row) for row in found),
    )


def _failures(lived: Lived) -> Iterator[Failure]:
    """What went wrong in one trial, each with a command line that plays it again."""
    replay = lived.trial.command()
    if lived.score is None:
        yield Failure(lived.trial.kind, lived.problem, replay)
        return
    for row in lived.score.per_fault:
        if row.verdict == "missed":
            yield Failure(lived.trial.kind, f"missed {row.fault} at {row.partner} {row.feed}", replay)
        elif row.verdict == "found" and not _is_near(row):
            yield Failure(lived.trial.kind, f"{row.fault} ({row.cause}) called {row.class_}", replay)
        elif row.verdict == "found" and _is_late(row):
            yield Failure(lived.trial.kind, f"{row.fault} seen {row.latency_minutes} minutes late", replay)
        if row.verdict == "found" and (row.affected.more or row.affected.found < row.affected.true):
            yield Failure(lived.trial.kind, _misses(row), replay)
    yield from (Failure(lived.trial.kind, _alarm(alarm), replay) for alarm in lived.score.alarms)


def _misses(row: FaultScore) -> str:
    hit = row.affected
    return f"{row.fault}: {row.control} names {hit.found} of {hit.true} {row.about} and {hit.more} others"


def _alarm(alarm: FalseAlarm) -> str:
    return f"false alarm: {alarm.control} ({alarm.class_}) at {alarm.partner} {alarm.feed or ''}".rstrip()
