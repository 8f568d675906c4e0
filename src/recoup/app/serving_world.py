"""The APIs of a simulated world, served over HTTP on this machine as of one instant."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from recoup.app.scoring import read_truth
from recoup.domain.instants import parse_instant
from recoup.errors import SetupInvalid
from recoup.simulator.calls import offices, served
from recoup.simulator.profiles import PROFILES
from recoup.simulator.run import bent_world


class Served(msgspec.Struct, frozen=True):
    """One account that can be asked, in the words of a `setup.toml`."""

    partner: str
    account: str
    api_url: str
    key: str
    """What opens it: it opens nothing outside the simulation."""


@contextmanager
def served_world(folder: Path, at: int | None, port: int = 0) -> Iterator[Sequence[Served]]:
    """Serve the APIs of a simulated directory's partners until the block ends.

    Args:
      folder: What `simulate` wrote.
      at: As of when they answer, microseconds UTC; None for the end of the world.
      port: Where on this machine; 0 for any that is free.
    Raises:
      SetupInvalid: The directory has no truth, or nobody in it has an API that is simulated.
    """
    truth = read_truth(folder)
    now = parse_instant(truth.until) if at is None else at
    found = offices(bent_world(truth.world.plan, truth.world.asked))
    if not found:
        asked = ", ".join(truth.world.partners)
        raise SetupInvalid(str(folder), f"a world with {asked} alone", "a partner whose API is simulated", _REMEDY)
    with served(found, lambda: now, port) as base:
        yield [_served(name, base) for name in found]


_REMEDY = "Make one with: recoup simulate --partners mollie,klarna --out DIR"


def _served(partner: str, base: str) -> Served:
    profile = PROFILES[partner]
    return Served(partner, profile.account, f"{base}/{partner}", profile.api_key or "")
