"""A small marketplace with true disputes and money, two partners, a house and a bank, and what they send of it.

`simulate` writes a directory of deliveries as `recoup ingest` reads it, with `truth.json` beside it, which only the
scorer reads. It is seeded: the same arguments give the same bytes on every machine. Product code never imports this
room. Read `world.py` first, then `channel.py`, then `faults.py`.
"""

from recoup.simulator.faults import DEMO_FAULTS, FAULTS
from recoup.simulator.run import Counts, simulate

__all__ = ["DEMO_FAULTS", "FAULTS", "Counts", "simulate"]
