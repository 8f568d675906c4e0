import asyncio

from recoup.partners.contract import SigningKey
from recoup.portal.keyring import Keyring, Keys

ONE, TWO = SigningKey("one", "1"), SigningKey("two", "2")


class Kept:
    """Keys as a register keeps them; counts how often it is asked."""

    def __init__(self) -> None:
        self.keys: dict[str, list[SigningKey]] = {"stripe": [ONE]}
        self.asked = 0
        self.error: Exception | None = None

    def __call__(self) -> Keys:
        """Read them."""
        self.asked += 1
        if self.error is not None:
            raise self.error
        return {name: list(keys) for name, keys in self.keys.items()}


def test_nobody_asks_the_register_for_a_key_that_is_in_memory() -> None:
    """A message is verified with what was last read."""
    kept = Kept()
    ring = Keyring(kept)
    assert [list(ring.of("stripe")) for _ in range(100)] == [[ONE]] * 100
    assert list(ring.of("adyen")) == []
    assert kept.asked == 1


def test_a_refresh_reads_new_keys_and_a_hundred_at_once_read_once() -> None:
    """An attack with bad signatures costs one look, not one each."""

    async def run() -> None:
        await asyncio.sleep(0.06)
        await asyncio.gather(*(ring.refresh(0.05) for _ in range(100)))

    kept = Kept()
    ring = Keyring(kept)
    kept.keys["stripe"].append(TWO)
    asyncio.run(run())
    assert list(ring.of("stripe")) == [ONE, TWO]
    assert kept.asked == 2


def test_a_register_that_does_not_answer_leaves_the_keys_as_they_were() -> None:
    """The door stays open while the register is away."""
    kept = Kept()
    ring = Keyring(kept)
    kept.error = OSError("away")
    assert not asyncio.run(ring.refresh(0))
    assert list(ring.of("stripe")) == [ONE]
