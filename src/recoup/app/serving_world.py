"""The APIs of a simulated world, served over HTTP on this machine: as of one instant, or along with its days."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from recoup.app import wall_clock
from recoup.app.scoring import read_truth
from recoup.domain.instants import day_start, parse_instant
from recoup.errors import SetupInvalid, UsageProblem
from recoup.simulator.calls import offices, served
from recoup.simulator.profiles import PROFILES
from recoup.simulator.run import bent_world
from recoup.simulator.score import Truth
from recoup.simulator.setup_file import setup_text


class Served(msgspec.Struct, frozen=True):
    """One account that can be asked, in the words of a `setup.toml`."""

    partner: str
    account: str
    api_url: str
    key: str
    """What opens it: it opens nothing outside the simulation."""


class ServedWorld(msgspec.Struct, frozen=True):
    """Who can be asked, and as of when they answer."""

    accounts: Sequence[Served]
    setup: str
    """The `setup.toml` of the world, with the addresses."""
    until: int
    """When the days of the world end, or the instant as of which they answer; microseconds UTC."""
    is_live: bool
    """They answer by the clock of this machine, which stands within the days of the world."""


@contextmanager
def served_world(folder: Path, at: int | None, port: int = 0) -> Iterator[ServedWorld]:
    """Serve the APIs of a simulated directory's partners until the block ends.

    Args:
      folder: What `simulate` wrote.
      at: As of when they answer, microseconds UTC; None for now where that lies within the days of the world, so that
        it goes on as time does, else for its end.
      port: Where on this machine; 0 for any that is free.
    Raises:
      SetupInvalid: The directory has no truth, or nobody in it has an API that is simulated.
      UsageProblem: Somebody else listens at the port.
    """
    truth = read_truth(folder)
    world = bent_world(truth.world.plan, truth.world.asked)
    found = offices(world)
    if not found:
        asked = ", ".join(truth.world.partners)
        raise SetupInvalid(str(folder), f"a world with {asked} alone", "a partner whose API is simulated", _REMEDY)
    until = parse_instant(truth.until) if at is None else at
    is_live = at is None and _is_within(truth, wall_clock())
    clock: Callable[[], int] = (lambda: min(wall_clock(), until)) if is_live else (lambda: until)
    with ExitStack() as stack:
        try:
            base = stack.enter_context(served(found, clock, port))
        except OSError as problem:
            remedy = "Leave it out for any that is free."
            raise UsageProblem("--port", f"{port}: {problem.strerror}", "a port that is free", remedy) from problem
        accounts = [_served(name, base) for name in found]
        setup = setup_text(world, {one.partner: one.api_url for one in accounts})
        yield ServedWorld(accounts, setup, until, is_live)


def _is_within(truth: Truth, now: int) -> bool:
    return day_start(truth.world.plan.first_day, "UTC") <= now < parse_instant(truth.until)


_REMEDY = "Make one with: recoup simulate --partners mollie,klarna --out DIR"


def _served(partner: str, base: str) -> Served:
    profile = PROFILES[partner]
    return Served(partner, profile.account, f"{base}/{partner}", profile.api_key or "")
