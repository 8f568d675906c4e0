"""One clean month and what reads it, shared by the tests of the simulator."""

from pathlib import Path

import pytest

from recoup.simulator import simulate

SEED = 11
DAYS = 30
PAYMENTS, DISPUTES = 40, 350
"""Fewer payments than by default, and as many disputes: the worlds of the tests are many."""


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month without faults."""
    out = tmp_path_factory.mktemp("clean") / "world"
    simulate(SEED, DAYS, out, (), PAYMENTS, disputes_per_10k=DISPUTES)
    return out
