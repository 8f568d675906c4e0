"""A month of a small marketplace: simulated, broken on purpose, taken in, checked and explained."""

import shutil
from collections.abc import Mapping

import msgspec
from sqlalchemy import func, select

from recoup.app import Progress, create_home, open_app
from recoup.controls.explained import value_explained_pct
from recoup.settings import Settings
from recoup.simulator import DEMO_FAULTS, simulate
from recoup.storage import schema

MARK = "made-by-demo"
"""A file in a home that a demo made, and another demo may therefore replace."""
DELIVERIES = "demo-deliveries"


class Demonstrated(msgspec.Struct, frozen=True):
    """What the demo simulated, took in and found."""

    deliveries: int
    disputes: int
    breaks: int
    value_explained_pct: Mapping[str, float]
    """Per currency, two decimals, rounded down: of the money in open breaks, the part whose class is known."""
    home: str


def demo(settings: Settings, *, seed: int, days: int, progress: Progress | None = None) -> Demonstrated:
    """Simulate partners with a few faults, take everything in, check, and say what was found.

    A home that an earlier demo made is made anew; any other stays untouched.

    Raises:
      HomeExists: There is a home at that place that no demo made.
    """
    home = settings.home
    if (home / MARK).is_file():
        shutil.rmtree(home)
    create_home(settings)
    (home / MARK).touch()
    simulate(seed, days, home / DELIVERIES, DEMO_FAULTS)
    with open_app(settings, actor="demo") as app:
        report = app.ingest([home / DELIVERIES], progress=progress)
        found = app.check()
        with app.register.reading() as view:
            disputes = view.rows(
                select(func.count()).select_from(schema.dispute).where(schema.dispute.c.kind != "notice")
            )
            explained = {currency: float(share) for currency, share in value_explained_pct(view).items()}
    return Demonstrated(report.deliveries, int(disputes[0][0]), found.open, explained, str(home))
