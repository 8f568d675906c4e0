"""The score: breaks that a home opened, compared with what was broken on purpose.

A break belongs to a fault when both are about one dispute or one delivery; where it names neither, when both are about
one feed. Of the breaks that belong to a fault the one that names its cause counts, and those that name another are
collateral; what belongs to no fault is a false alarm. A fault that a sound platform takes without a word is absorbed
when no break belongs to it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from recoup.domain.instants import MINUTE, parse_instant
from recoup.simulator.fault import Label
from recoup.simulator.truth import Plan

Verdict = Literal["found", "absorbed", "missed"]
TOP = 3
"""So many classes at the head of a break are read as its explanation."""


class Seen(msgspec.Struct, frozen=True):
    """One break, in the partner's own words: file names for deliveries, the partner's ids for disputes."""

    control: str
    classes: tuple[str, ...]
    partner: str
    feed: str | None
    deliveries: frozenset[str]
    disputes: frozenset[str]
    first_seen_at: int
    is_open: bool


class FaultScore(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """How one fault was met. One row per fault of `truth.json`."""

    fault: str
    title: str
    partner: str
    feed: str
    cause: str
    verdict: Verdict
    control: str | None
    """Of the break that counts; None where there is none."""
    class_: str | None
    """The first class of that break."""
    class_place: int | None
    """Place of the true cause among its classes, 1 for the first; None where it is not among them."""
    is_feed_right: bool
    latency_minutes: int | None
    """From the first instant at which the data showed it to the first check that saw it."""
    disputes_found: int
    disputes_more: int
    """Disputes in the break that the fault did not touch."""
    disputes_true: int
    breaks: int
    """All breaks that belong to it: one for each file, say, that a partner sends in another layout."""
    collateral: int
    """Those of them that name another cause, or another partner."""
    replay: str
    """A command line that plays this fault alone again."""


class FalseAlarm(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """A break that belongs to no fault."""

    control: str
    class_: str
    partner: str
    feed: str | None
    disputes: tuple[str, ...]
    deliveries: tuple[str, ...]


class Confused(msgspec.Struct, frozen=True):
    """One cell of the confusion matrix: the true cause, the class said first, how often."""

    cause: str
    said: str
    count: int


class Score(msgspec.Struct, frozen=True):
    """The score of one directory."""

    found: int
    absorbed: int
    """Taken without a word, as it should be: another copy of a known file, a message delivered twice."""
    missed: int
    false_alarms: int
    collateral: int
    class_top1_pct: float | None
    """Of the faults found, the part whose cause the break names first; two decimals, rounded down."""
    class_top3_pct: float | None
    per_fault: Sequence[FaultScore]
    confusion: Sequence[Confused]
    alarms: Sequence[FalseAlarm]


class World(msgspec.Struct, frozen=True):
    """How to make a world again."""

    seed: int
    days: int
    payments_per_day: int
    disputes_per_10k: int
    first_day: str
    partners: Sequence[str]
    calls: bool = False
    """Partners' APIs are asked while the days are lived through."""
    asked: Sequence[str] = ()
    """Faults, as they were asked for."""

    @property
    def plan(self) -> Plan:
        """What the world was built from."""
        first_day = dt.date.fromisoformat(self.first_day)
        counts = (self.payments_per_day, self.disputes_per_10k)
        return Plan(self.seed, first_day, self.days, *counts, tuple(self.partners), self.calls)

    def command(self, fault: str) -> str:
        """The command line that makes it with one fault and scores it."""
        out = f"replay-{fault.partition('@')[0]}-{self.seed}"
        return (
            f"recoup simulate --seed {self.seed} --days {self.days} --payments {self.payments_per_day}"
            f" --disputes {self.disputes_per_10k} --first-day {self.first_day}"
            f" --partners {','.join(self.partners)}{' --calls' if self.calls else ''} --faults {fault} --out {out}"
            f" && recoup score {out}"
        )


class Truth(msgspec.Struct, frozen=True):
    """What the scorer reads of `truth.json`."""

    world: World
    until: str
    faults: list[Label]


def score(truth: Truth, breaks: Sequence[Seen]) -> Score:
    """Compare the breaks that a home ever opened with what is true of its deliveries.

    Args:
      truth: The labels, and how to make the world again.
      breaks: All breaks, those that closed by themselves among them.
    """
    rows = [_of_fault(label, breaks, truth.world) for label in truth.faults]
    alarms = [_alarm(seen) for seen in breaks if not any(belongs(seen, label) for label in truth.faults)]
    found = [row for row in rows if row.verdict == "found"]
    places = Counter(row.class_place for row in found)
    near = sum(places[place] for place in range(1, TOP + 1))
    said = Counter((row.cause, str(row.class_)) for row in found)
    return Score(
        found=len(found),
        absorbed=sum(row.verdict == "absorbed" for row in rows),
        missed=sum(row.verdict == "missed" for row in rows),
        false_alarms=len(alarms),
        collateral=sum(row.collateral for row in rows),
        class_top1_pct=_pct(places[1], len(found)),
        class_top3_pct=_pct(near, len(found)),
        per_fault=rows,
        confusion=[Confused(*cell, count) for cell, count in sorted(said.items())],
        alarms=alarms,
    )


def belongs(seen: Seen, label: Label) -> bool:
    """Whether a break and a fault are about one thing."""
    if seen.disputes & set(label.disputes) or seen.deliveries & _names(label.deliveries):
        return True
    # A break about a batch, a period or a file that never came names its feed and nothing else.
    is_of_feed = (seen.partner, seen.feed) == (label.partner, label.feed)
    return is_of_feed and (bool(label.lost) or not (seen.disputes or seen.deliveries))


def _of_fault(label: Label, breaks: Sequence[Seen], world: World) -> FaultScore:
    ours = [seen for seen in breaks if belongs(seen, label)]
    right = [seen for seen in ours if seen.partner == label.partner]
    best = min(right, key=lambda seen: _merit(seen, label), default=None)
    if label.is_silent:
        best = None
    hit = frozenset(label.disputes)
    return FaultScore(
        fault=label.fault,
        title=label.title,
        partner=label.partner,
        feed=label.feed,
        cause=label.cause,
        verdict=_verdict(label, ours, best),
        control=best.control if best else None,
        class_=best.classes[0] if best else None,
        class_place=_place(best, label) if best else None,
        is_feed_right=best is not None and best.feed == label.feed,
        latency_minutes=_latency(best, label) if best else None,
        disputes_found=len(best.disputes & hit) if best else 0,
        disputes_more=len(best.disputes - hit) if best else 0,
        disputes_true=len(hit),
        breaks=len(ours),
        collateral=sum(seen is not best and _points_elsewhere(seen, label) for seen in ours),
        replay=world.command(label.asked),
    )


def _verdict(label: Label, ours: Sequence[Seen], best: Seen | None) -> Verdict:
    if label.is_silent:
        return "missed" if ours else "absorbed"
    return "missed" if best is None or not (best.is_open or label.is_harmless) else "found"


def _merit(seen: Seen, label: Label) -> tuple[bool, int, bool, int]:
    """Order of the breaks that belong to a fault, the best first: open where it lasts, naming the cause, early."""
    place = _place(seen, label) or len(seen.classes) + 1
    return not (seen.is_open or label.is_harmless), place, seen.feed != label.feed, seen.first_seen_at


def _points_elsewhere(seen: Seen, label: Label) -> bool:
    return (seen.partner, seen.classes[0]) != (label.partner, label.cause)


def _place(seen: Seen, label: Label) -> int | None:
    return seen.classes.index(label.cause) + 1 if label.cause in seen.classes else None


def _latency(seen: Seen, label: Label) -> int:
    return (seen.first_seen_at - parse_instant(label.first_visible_at)) // MINUTE


def _alarm(seen: Seen) -> FalseAlarm:
    disputes, deliveries = tuple(sorted(seen.disputes)), tuple(sorted(seen.deliveries))
    return FalseAlarm(seen.control, seen.classes[0], seen.partner, seen.feed, disputes, deliveries)


def _names(paths: Iterable[str]) -> frozenset[str]:
    """File names without their folders, as deliveries are called."""
    return frozenset(path.rpartition("/")[2] for path in paths)


def _pct(part: int, whole: int) -> float | None:
    return part * 10_000 // whole / 100 if whole else None


def stops(truth: Truth, days: Sequence[int], wait: int = 5 * MINUTE) -> list[int]:
    """When to check: at the end of each day, and a little after each fault could first be seen.

    Args:
      truth: What is true.
      days: The ends of the days.
      wait: How long after its first showing a fault should be found.
    """
    until = parse_instant(truth.until)
    shown = [parse_instant(label.first_visible_at) + wait for label in truth.faults]
    return sorted({at for at in (*days, *shown) if at < until} | {until})
