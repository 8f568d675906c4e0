"""The live signing keys in memory, so that no message waits for the register; read again when they may have changed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import monotonic

import structlog

from recoup.partners.contract import SigningKey

EVERY_SECONDS = 30
"""How soon a key that was taken away stops counting."""
SOONEST_SECONDS = 1
"""Refused messages make us look again, at most so often: a new key counts at once, an attack costs a look a second."""

_log = structlog.get_logger(__name__)

Keys = Mapping[str, Sequence[SigningKey]]
"""Live keys by partner: any of them may have signed."""


class Keyring:
    """The live keys, as last read."""

    def __init__(self, load: Callable[[], Keys]) -> None:
        """Read the keys now.

        Args:
          load: Reads them from the register; may block.
        """
        self._load = load
        self._keys = load()
        self._read_at = monotonic()
        self._reading = asyncio.Lock()

    def of(self, partner: str) -> Sequence[SigningKey]:
        """Give the live keys of a partner; none are no reason to let anything in."""
        return self._keys.get(partner, ())

    async def refresh(self, soonest_seconds: float = SOONEST_SECONDS) -> bool:
        """Read the keys again unless that was done just now; say whether the register was asked and answered."""
        async with self._reading:
            if monotonic() - self._read_at < soonest_seconds:
                return True  # someone else has just looked, for us as well
            self._read_at = monotonic()
            try:
                self._keys = await asyncio.to_thread(self._load)
            except Exception:  # noqa: BLE001 the door stays open with the keys it has
                _log.exception("keys could not be read again: the last ones known go on")
                return False
            return True

    async def keep_fresh(self) -> None:
        """Read the keys again now and then, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.refresh()
