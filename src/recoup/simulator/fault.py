"""What a fault is: a bend of the truth or a disturbance of the channel, and a label that only the scorer reads."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec

from recoup.domain.calendar import add_business_days, calendar
from recoup.domain.instants import day_end, local_day, render_instant
from recoup.errors import SetupInvalid
from recoup.simulator.chance import Chance
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.profiles import PROFILES
from recoup.simulator.truth import Case
from recoup.simulator.world import World

About = Literal["disputes", "deliveries", "calls"]
"""What a fault befalls. A call names nothing: what it would have fetched nobody knows."""


class Money(msgspec.Struct, frozen=True):
    """An amount at stake, positive."""

    currency: str
    minor: int


class Told(msgspec.Struct, frozen=True):
    """What a fault did, as an oracle knows it."""

    deliveries: Sequence[Sent] = ()
    """Those in which it shows."""
    disputes: Sequence[str] = ()
    """The partner's ids."""
    amounts: Sequence[Money] = ()
    first_visible_at: int | None = None
    """The earliest instant at which our data shows it; None for the arrival of the first of `deliveries`."""
    lost: Sequence[str] = ()
    """Paths of deliveries that never came."""


Later = Callable[[Channel], Told]
"""What a bend of the truth did, once everyone has told it."""


class Scene(msgspec.Struct, frozen=True):
    """Where and when a fault befalls the world."""

    world: World
    at: int
    chance: Chance


class Fault(msgspec.Struct, frozen=True):
    """One fault of the list, with its usual place in a simulated span."""

    id: str
    title: str
    class_: str
    """D: sure at arrival or a due time; R: when money or a later report comes; S: by statistics; X: not in our data."""
    cause: str
    """The word for the cause that an explanation should come to."""
    partner: str
    feed: str
    place_pct: int
    """Where it is put by default, in hundredths of the span."""
    bend: Callable[[Scene], Later] | None = None
    disturb: Callable[[Scene, Channel], Told] | None = None
    is_harmless: bool = False
    """A sound platform gets over it by itself: no break need stand open in the end."""
    is_silent: bool = False
    """A sound platform says nothing of it at all: another copy of what is known is no event."""
    needs_calls: bool = False
    """It shows only where the partner's API is asked while the days are lived through."""
    about: About = "disputes"
    """What it befalls, and so what a break should name."""
    has_twin: bool = False
    """In the end all is as if it had never been: the same state as in a world without it."""


class Label(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """One line of `truth.json`."""

    fault: str
    asked: str
    """The word that asked for it: its id in `FAULTS`, with its day where one was given."""
    title: str
    class_: str
    cause: str
    is_harmless: bool
    is_silent: bool
    partner: str
    feed: str
    deliveries: list[str]
    disputes: list[str]
    amounts: list[Money]
    first_visible_at: str
    lost: list[str]
    about: About = "disputes"
    has_twin: bool = False


def label(fault: Fault, told: Told, asked: str) -> Label:
    """The label of a fault that was injected, and the word that asked for it.

    Raises:
      SetupInvalid: It shows in no delivery before the last day is over.
    """
    seen = [sent.received_at for sent in told.deliveries]
    first = told.first_visible_at if told.first_visible_at is not None else min(seen, default=None)
    if first is None:
        raise unplaceable(fault.id)
    return Label(
        fault=fault.id.partition("-")[0],
        asked=asked,
        title=fault.title,
        class_=fault.class_,
        cause=fault.cause,
        is_harmless=fault.is_harmless,
        is_silent=fault.is_silent,
        about=fault.about,
        has_twin=fault.has_twin,
        partner=fault.partner,
        feed=fault.feed,
        deliveries=sorted({sent.path for sent in told.deliveries}),
        disputes=sorted(told.disputes),
        amounts=list(told.amounts),
        first_visible_at=render_instant(first),
        lost=sorted(told.lost),
    )


def unplaceable(what: str) -> SetupInvalid:
    """The problem that a world has nothing that a fault could befall."""
    return SetupInvalid(
        where=f"fault {what}",
        found="nothing in this world that it could befall, or not early enough to be seen",
        wanted="a case or a delivery that fits",
        remedy="Simulate more days, or more payments a day, or place it earlier.",
    )


def choose_case(scene: Scene, what: str, when: Callable[[Case], int | None]) -> Case:
    """The case that a fault befalls: the first whose time is at or after the scene's, else the last before it.

    Args:
      scene: Where and when.
      what: The fault's id, for messages.
      when: The time that counts of a case, None where it does not fit.
    Raises:
      SetupInvalid: No case fits.
    """
    fitting = [(at, case.id, case) for case in _free(scene.world) if (at := when(case)) is not None]
    later = [found for found in fitting if found[0] >= scene.at]
    if not fitting:
        raise unplaceable(what)
    case = (min(later) if later else max(fitting))[2]
    scene.world.bent.add(case.id)
    return case


def _free(world: World) -> list[Case]:
    """Cases that no fault has befallen, and whose payment no other case is about."""
    about = Counter(case.payment.id for case in world.cases)
    return [case for case in world.cases if case.id not in world.bent and about[case.payment.id] == 1]


def choose_sent(scene: Scene, what: str, fitting: Iterable[Sent]) -> Sent:
    """The delivery that a fault befalls: the first to arrive at or after the scene's time, else the last.

    None that another fault has befallen, nor one that tells of a case that is bent.

    Raises:
      SetupInvalid: None fits.
    """
    found = [sent for sent in fitting if not sent.is_disturbed and not sent.keys & scene.world.bent]
    if not found:
        raise unplaceable(what)
    return next((sent for sent in found if sent.received_at >= scene.at), found[-1])


def alone(found: Sequence[Sent], what: str) -> Sequence[Sent]:
    """Some deliveries, none of which another fault has befallen.

    Raises:
      SetupInvalid: There is none, or one has.
    """
    if not found or any(sent.is_disturbed for sent in found):
        raise unplaceable(what)
    return found


def first_of(found: Iterable[Sent], what: str) -> Sent:
    """The first of some deliveries.

    Raises:
      SetupInvalid: There is none.
    """
    for sent in found:
        return sent
    raise unplaceable(what)


def due_by_contract(partner: str, at: int, term: str) -> int:
    """The last instant of the day that a term of the contract leads to from an instant."""
    profile = PROFILES[partner]
    day = add_business_days(calendar(profile.calendar), local_day(at, profile.zone), profile.terms.days[term])
    return day_end(day, profile.zone)
