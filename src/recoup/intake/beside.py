"""What runs in the process beside: messages read while the batch before them is written.

A module of its own, so that the other process imports neither the engine nor
the lake. `readers.py` starts it and asks it.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Mapping, Sequence

import msgspec

from recoup.intake.arrival import Arrival, Landed
from recoup.intake.ground import Ground
from recoup.intake.reading import Taken, read_message
from recoup.partners.contract import Partner, RecordFeed
from recoup.storage.keys import token_of

_NOWHERE = Landed(Arrival(partner="", feed="", name="", landed_at=0), "", "", False, False, "")


def end_with_parent() -> None:
    """A reader waits for work on a pipe that it holds open itself: only this tells it that nobody is left."""
    parent = multiprocessing.parent_process()
    assert parent is not None, "a reader is somebody's child"

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def read_all(
    messages: Sequence[Landed], known: Ground, partners: Callable[[], Mapping[str, Partner]], token_key: str
) -> list[Taken]:
    """Runs in the other process: the ground comes without partners, which are code and known there, too.

    What was landed is not sent back: whoever asked has it.
    """
    ground = msgspec.structs.replace(known, partners=partners())
    found = []
    for item in messages:
        feed = ground.feed(item.arrival.partner, item.arrival.feed)
        assert isinstance(feed, RecordFeed), "only messages are read here"
        taken = read_message(item, feed, ground, lambda digits: token_of(digits, token_key))
        taken.landed = _NOWHERE
        found.append(taken)
    return found
