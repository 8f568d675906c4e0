"""The score: breaks that a home opened, compared with what was broken on purpose.

A break belongs to a fault when both are about one dispute or one delivery; where it names neither, when both are about
one feed. Of the breaks that belong to a fault the one that names its cause counts, and those that name another are
collateral; what belongs to no fault is a false alarm. A fault that lasts must have an open break in the end, one that
heals by itself a closed one; one that a sound platform takes without a word is absorbed when no break belongs to it.

How right the objects and the money of a break are is in `affected.py`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from recoup.domain.instants import HOUR, MINUTE, parse_instant
from recoup.simulator.affected import NOTHING, Affected, MoneyMet, affected, money_met, percent, together
from recoup.simulator.fault import About, Label, Money
from recoup.simulator.truth import Plan

Verdict = Literal["found", "absorbed", "missed"]
Twin = Literal["same", "differs", "none"]
"""Whether in the end all is as in a world without the fault; `none` where it would not be, or nobody looked."""
TOP = 3
"""So many classes at the head of a break are read as its explanation."""
IN_TIME = {"R": HOUR}
"""How long after the data could show it a fault should be found, by class: what only money shows, an hour after it."""
IN_TIME_ELSE = 5 * MINUTE


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
    amounts: tuple[Money, ...] = ()


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
    """All breaks that belong to it."""
    collateral: int
    """Those of them that name another cause, or another partner."""
    replay: str
    """A command line that plays this fault alone again."""
    is_in_time: bool | None = None
    """Found within minutes of that; what only money shows within an hour. None where there is no break."""
    ends: Literal["open", "closed"] | None = None
    """How that break stands in the end."""
    about: About = "disputes"
    """What it befell."""
    affected: Affected = NOTHING
    """Of those, how many are true, found, and named beside them."""
    amounts: Sequence[MoneyMet] = ()
    twin: Twin = "none"


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
    """The score of one directory. Percentages have two decimals, rounded down; None where there is nothing to count."""

    found: int
    absorbed: int
    """Taken without a word, as it should be: another copy of a known file, a message delivered twice."""
    missed: int
    false_alarms: int
    collateral: int
    class_top1_pct: float | None
    """Of the faults found, the part whose cause the break names first."""
    class_top3_pct: float | None
    per_fault: Sequence[FaultScore]
    confusion: Sequence[Confused]
    alarms: Sequence[FalseAlarm]
    in_time_pct: float | None = None
    """Of the faults found, the part that was found in time."""
    affected: Affected = NOTHING
    """Over all faults found: the disputes or deliveries that each befell."""
    affected_precision_pct: float | None = None
    affected_recall_pct: float | None = None
    money: Sequence[MoneyMet] = ()
    """Over all faults found, by currency."""
    twins_same: int = 0
    twins_differ: int = 0
    value_explained_pct: Mapping[str, float] = {}
    """Of the money of open breaks, by currency, the part with a class other than unknown."""
    clearing_explained_pct: Mapping[str, float] = {}
    """Of what stands on clearing accounts, by currency, the part that waits within its time or is named by a break.

    What a break explains is named by it: bank money whose report never came, a payout that no report tells of.
    """


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

    @property
    def has_twin(self) -> bool:
        """Whether in the end all should be as in this world without its faults."""
        return bool(self.faults) and all(label.has_twin for label in self.faults)


class Explained(msgspec.Struct, frozen=True):
    """How much of what is open in the home has a name, in percent by currency."""

    value_pct: Mapping[str, float] = {}
    clearing_pct: Mapping[str, float] = {}


NOT_ASKED = Explained()


def score(truth: Truth, breaks: Sequence[Seen], *, twin: Twin = "none", explained: Explained = NOT_ASKED) -> Score:
    """Compare the breaks that a home ever opened with what is true of its deliveries.

    Args:
      truth: The labels, and how to make the world again.
      breaks: All breaks, those that closed by themselves among them.
      twin: Whether the home's state is that of a world without faults; `none` where that was not looked at.
      explained: How much of what is open has a name.
    """
    rows = [_of_fault(label, _not_of_others(label, truth.faults, breaks), truth.world, twin) for label in truth.faults]
    alarms = [_alarm(seen) for seen in breaks if not any(belongs(seen, label) for label in truth.faults)]
    found = [row for row in rows if row.verdict == "found"]
    places = Counter(row.class_place for row in found)
    near = sum(places[place] for place in range(1, TOP + 1))
    said = Counter((row.cause, str(row.class_)) for row in found)
    hit = together(row.affected for row in found)
    return Score(
        found=len(found),
        absorbed=sum(row.verdict == "absorbed" for row in rows),
        missed=sum(row.verdict == "missed" for row in rows),
        false_alarms=len(alarms),
        collateral=sum(row.collateral for row in rows),
        class_top1_pct=percent(places[1], len(found)),
        class_top3_pct=percent(near, len(found)),
        in_time_pct=percent(sum(row.is_in_time is True for row in found), len(found)),
        affected=hit,
        affected_precision_pct=percent(hit.found, hit.found + hit.more),
        affected_recall_pct=percent(hit.found, hit.true),
        money=_summed(found),
        twins_same=sum(row.twin == "same" for row in rows),
        twins_differ=sum(row.twin == "differs" for row in rows),
        value_explained_pct=explained.value_pct,
        clearing_explained_pct=explained.clearing_pct,
        per_fault=rows,
        confusion=[Confused(*cell, count) for cell, count in sorted(said.items())],
        alarms=alarms,
    )


def belongs(seen: Seen, label: Label) -> bool:
    """Whether a break and a fault are about one thing."""
    hit = set(label.disputes)
    if label.about == "disputes" and hit and seen.disputes:
        return bool(seen.disputes & hit)  # a page or a file tells of many
    if seen.disputes & hit or seen.deliveries & _names(label.deliveries):
        return True
    # A break about a batch, a period or a file that never came names its feed and nothing else.
    is_of_feed = (seen.partner, seen.feed) == (label.partner, label.feed)
    return is_of_feed and (bool(label.lost) or not (seen.disputes or seen.deliveries))


def _not_of_others(label: Label, labels: Sequence[Label], breaks: Sequence[Seen]) -> list[Seen]:
    """The breaks that may count for or against a fault: none that another fault rightly has, by its cause."""
    others = [other for other in labels if other is not label]
    return [seen for seen in breaks if _is_named(seen, label) or not any(_is_named(seen, other) for other in others)]


def _is_named(seen: Seen, label: Label) -> bool:
    """Whether a break is about a fault, and names its cause first."""
    return belongs(seen, label) and not _points_elsewhere(seen, label)


def _of_fault(label: Label, breaks: Sequence[Seen], world: World, twin: Twin) -> FaultScore:
    ours = [seen for seen in breaks if belongs(seen, label)]
    right = [seen for seen in ours if seen.partner == label.partner]
    best = None if label.is_silent else min(right, key=lambda seen: _merit(seen, label), default=None)
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
        latency_minutes=_latency(best, label) // MINUTE if best else None,
        is_in_time=_latency(best, label) <= IN_TIME.get(label.class_, IN_TIME_ELSE) if best else None,
        ends=None if best is None else "open" if best.is_open else "closed",
        about=label.about,
        affected=_affected(label, best),
        amounts=money_met(label.amounts, best.amounts if best else ()),
        disputes_found=len(best.disputes & hit) if best else 0,
        disputes_more=len(best.disputes - hit) if best else 0,
        disputes_true=len(hit),
        breaks=len(ours),
        collateral=sum(seen is not best and _points_elsewhere(seen, label) for seen in ours),
        twin=twin if label.has_twin else "none",
        replay=world.command(label.asked),
    )


def _affected(label: Label, best: Seen | None) -> Affected:
    if label.about == "calls":
        return NOTHING
    if label.about == "disputes":
        return affected(frozenset(label.disputes), best.disputes if best else frozenset())
    return affected(_names(label.deliveries), best.deliveries if best else frozenset())


def _verdict(label: Label, ours: Sequence[Seen], best: Seen | None) -> Verdict:
    if label.is_silent:
        return "missed" if ours else "absorbed"
    return "missed" if best is None or not _ends_right(best, label) else "found"


def _ends_right(seen: Seen, label: Label) -> bool:
    """Whether a break is closed in the end where its fault heals by itself, and open where it lasts."""
    return seen.is_open != label.is_harmless


def _merit(seen: Seen, label: Label) -> tuple[bool, int, bool, int]:
    """Order of the breaks that belong to a fault, the best first: standing as it should, naming the cause, early."""
    place = _place(seen, label) or len(seen.classes) + 1
    return not _ends_right(seen, label), place, seen.feed != label.feed, seen.first_seen_at


def _points_elsewhere(seen: Seen, label: Label) -> bool:
    return (seen.partner, seen.classes[0]) != (label.partner, label.cause)


def _place(seen: Seen, label: Label) -> int | None:
    return seen.classes.index(label.cause) + 1 if label.cause in seen.classes else None


def _latency(seen: Seen, label: Label) -> int:
    return seen.first_seen_at - parse_instant(label.first_visible_at)


def _alarm(seen: Seen) -> FalseAlarm:
    disputes, deliveries = tuple(sorted(seen.disputes)), tuple(sorted(seen.deliveries))
    return FalseAlarm(seen.control, seen.classes[0], seen.partner, seen.feed, disputes, deliveries)


def _names(paths: Iterable[str]) -> frozenset[str]:
    """File names without their folders, as deliveries are called."""
    return frozenset(path.rpartition("/")[2] for path in paths)


def _summed(rows: Iterable[FaultScore]) -> list[MoneyMet]:
    """The money of several faults by currency; each fault's is compared by itself, so that none stands for another."""
    sums: dict[str, MoneyMet] = {}
    for met in (met for row in rows for met in row.amounts):
        sums[met.currency] = met.plus(sums[met.currency]) if met.currency in sums else met
    return [sums[currency] for currency in sorted(sums)]


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
