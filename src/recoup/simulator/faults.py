"""All faults that can be injected, by id, and the few that the demo shows.

Ids are those of the project's list of faults; an id with a partner behind a
hyphen is the same fault at another place. Truth is bent before anyone tells it,
the channel disturbed after.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress

import msgspec

from recoup.domain.instants import DAY, day_start
from recoup.errors import SetupInvalid
from recoup.simulator import (
    call_faults,
    case_faults,
    daily_file_faults,
    feed_faults,
    file_faults,
    message_faults,
    money_faults,
    stream_faults,
    sum_faults,
    truth_faults,
)
from recoup.simulator.chance import Chance
from recoup.simulator.channel import Channel
from recoup.simulator.fault import Fault, Label, Later, Scene, label
from recoup.simulator.jpmorgan import faults as jpmorgan_faults
from recoup.simulator.profiles import PROFILES, USUAL, in_order
from recoup.simulator.sepa import faults as sepa_faults
from recoup.simulator.world import World

_ROOMS = (
    file_faults,
    feed_faults,
    message_faults,
    stream_faults,
    truth_faults,
    case_faults,
    money_faults,
    sum_faults,
    call_faults,
    jpmorgan_faults,
    sepa_faults,
    daily_file_faults,
)

FAULTS: dict[str, Fault] = {fault.id: fault for room in _ROOMS for fault in room.FAULTS}

DEMO_FAULTS = ("I4@5?", "W8@6?", "M2@7?", "Q7@8?", "Q11@9?", "W1@10?", "Q6@11?", "F1@13?", "F3@17?", "T10@2?")
"""A month of a small marketplace: ten things go wrong, some of which heal by themselves; in fewer days, fewer."""


def chosen(text: str) -> list[str]:
    """Read what a person asks for: `none`, `all` (each where it fits), or words of faults with commas between them."""
    word = text.strip()
    if word == "all":
        return [f"{fault}?" for fault in FAULTS]
    return [] if word == "none" else [part.strip() for part in word.split(",") if part.strip()]


def partners_of(word: str) -> tuple[str, ...]:
    """Who takes payments in a small world that a fault can befall: its partner, or the usual ones."""
    fault = FAULTS[word]
    named = next((name for name in (fault.partner, word.partition("-")[2]) if name in PROFILES), None)
    return USUAL if named is None or named in USUAL else (named,)


class Placed(msgspec.Struct, frozen=True):
    """A fault and the instant at or after which it strikes."""

    fault: Fault
    at: int
    asked: str
    is_optional: bool
    """Leave it out where the world has nothing that it could befall."""


def place(words: Sequence[str], world: World) -> list[Placed]:
    """Read faults as they are asked for: `F1`, `F1@12` from the twelfth day on, `F1@12?` if there is such a day.

    Raises:
      SetupInvalid: There is no such fault, or no such day.
    """
    return [placed for word in words if (placed := _placed(word, world)) is not None]


def _placed(word: str, world: World) -> Placed | None:
    name, _, day = word.removesuffix("?").partition("@")
    is_optional = word.endswith("?")
    fault = FAULTS.get(name)
    if fault is None:
        raise SetupInvalid(where="faults", found=repr(name), wanted=f"one of {', '.join(FAULTS)}")
    if day and not (day.isascii() and day.isdigit() and 1 <= int(day) <= world.plan.days):
        if is_optional:
            return None
        raise SetupInvalid(where=f"fault {name}", found=f"day {day!r}", wanted=f"a day from 1 to {world.plan.days}")
    if fault.partner in PROFILES and fault.partner not in world.plan.partners:
        if is_optional:
            return None
        found = f"a world without {fault.partner}"
        remedy = f"Simulate with: --partners {','.join(in_order((*world.plan.partners, fault.partner)))}"
        raise SetupInvalid(where=f"fault {name}", found=found, wanted="it among the partners", remedy=remedy)
    if fault.needs_calls and not world.plan.calls:
        if is_optional:
            return None
        found, wanted = "a world whose partners nobody asks", "one whose partners' APIs are asked"
        raise SetupInvalid(f"fault {name}", found, wanted, "Simulate with --calls, and with its partner.")
    begins = day_start(world.plan.first_day, "UTC")
    offset = (int(day) - 1) * DAY if day else world.plan.days * DAY * fault.place_pct // 100
    return Placed(fault, begins + offset, word.removesuffix("?"), is_optional)


def bend(world: World, placed: Iterable[Placed]) -> list[tuple[Placed, Later]]:
    """Bend the truth; what each bend did is known once everyone has told it."""
    found = []
    for one in placed:
        if one.fault.bend is not None:
            with _leaving_out(one):
                found.append((one, one.fault.bend(_scene(world, one))))
    return found


def disturb(
    world: World, channel: Channel, placed: Iterable[Placed], bent: Iterable[tuple[Placed, Later]]
) -> list[Label]:
    """Disturb the channel, and label everything that was done, in the order of its first showing."""
    labels = []
    for one, later in bent:
        with _leaving_out(one):
            labels.append(label(one.fault, later(channel), one.asked))
    for one in placed:
        if one.fault.disturb is not None:
            with _leaving_out(one):
                labels.append(label(one.fault, one.fault.disturb(_scene(world, one), channel), one.asked))
    return sorted(labels, key=lambda found: (found.first_visible_at, found.fault, found.partner))


def _leaving_out(placed: Placed) -> AbstractContextManager[None]:
    """Let an optional fault go without trace where nothing fits it."""
    return suppress(SetupInvalid) if placed.is_optional else nullcontext()


def _scene(world: World, placed: Placed) -> Scene:
    return Scene(world, placed.at, Chance(world.plan.seed, "fault", placed.fault.id))
