"""Two workers on one home: the second takes over while the first is silent, and the first wakes up."""

import tempfile
from pathlib import Path

from recoup.storage.lease import Lease
from recoup.storage.migrate import migrate
from recoup.storage.register import open_register


def fail() -> None:
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        register = open_register(f"sqlite:///{place / 'register.db'}")
        migrate(register)
        first, second = (Lease(register, place / name, lambda: 0, silent_seconds=0) for name in ("one", "two"))
        for name in ("one", "two"):
            (place / name).mkdir()
        assert first.try_take()
        assert second.try_take()
        first.renew()
