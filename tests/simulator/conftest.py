"""One clean month and what reads it, shared by the tests of the simulator."""

from pathlib import Path

import pytest

from recoup.simulator import simulate

SEED = 11
DAYS = 30


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month without faults."""
    out = tmp_path_factory.mktemp("clean") / "world"
    simulate(SEED, DAYS, out)
    return out
