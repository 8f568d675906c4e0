"""What runs in the process beside: messages read while the batch before them is written.

A module of its own, so that the other process imports neither the engine nor
the lake. `readers.py` starts it and asks it.
"""

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from recoup.intake.arrival import Arrival, Landed
from recoup.intake.ground import Ground
from recoup.intake.landing import headers_text
from recoup.intake.reading import Taken, read_message
from recoup.partners.contract import Partner, RecordFeed
from recoup.storage.keys import token_of

_NOWHERE = Landed(Arrival(partner="", feed="", name="", landed_at=0), "", "", False, False, "")


def end_with_parent() -> None:
    """A reader waits for work on a pipe that it holds open itself: only this tells it that nobody is left."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "a reader is somebody's child"

    # Nearly nothing here is a cycle: looking for some every few hundred records takes a tenth of the time.
    gc.set_threshold(100_000)

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


_PACK = msgspec.msgpack.Encoder(enc_hook=str)
_LANDED = msgspec.msgpack.Decoder(list[Landed], dec_hook=lambda _, told: Path(told))
_TAKEN = msgspec.msgpack.Decoder(list[Taken])


def pack_landed(messages: Sequence[Landed]) -> bytes:
    """Messages for `read_all`; a third of the time that pickling them takes."""
    return _PACK.encode(messages)


def unpack_taken(told: bytes) -> list[Taken]:
    """What `read_all` gave."""
    return _TAKEN.decode(told)


def read_all(packed: bytes, known: Ground, partners: Callable[[], Mapping[str, Partner]], token_key: str) -> bytes:
    """Runs in the other process: the ground comes without partners, which are code and known there, too.

    What was landed is not sent back: whoever asked has it.
    """
    messages = _LANDED.decode(packed)
    ground = msgspec.structs.replace(known, partners=partners())
    found = []
    for item in messages:
        feed = ground.feed(item.arrival.partner, item.arrival.feed)
        assert isinstance(feed, RecordFeed), "only messages are read here"
        taken = read_message(item, feed, ground, lambda digits: token_of(digits, token_key))
        taken.landed = _NOWHERE
        taken.headers = headers_text(item.arrival)
        found.append(taken)
    return _PACK.encode(found)
