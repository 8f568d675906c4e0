"""Whether the server lives, and whether it should be sent webhooks.

`/health` answers as long as the process does. `/ready` looks: it says no only where webhooks cannot be stored, since
a partner that is turned away is a partner that gives up sometime; a register that does not answer, or an inbox that
is not drained, is said and answered with yes.
"""

import asyncio
from collections.abc import Callable
from typing import Literal

import msgspec
import structlog
from sqlalchemy import select

from recoup.domain.instants import MINUTE, SECOND
from recoup.storage import schema
from recoup.storage.inbox import Inbox
from recoup.storage.register import Register

LOOK_SECONDS_MAX = 5
LAG_MAX = 15 * MINUTE
"""A drain that is further behind is not catching up a burst any more."""
FAILED_FOR = 30 * SECOND
"""So long after a failure nobody is sent here; then somebody must be, or we would never know that it is over."""
_NEVER_A_NUMBER = 0

_log = structlog.get_logger(__name__)


class Readiness(msgspec.Struct, frozen=True):
    """What `/ready` says."""

    status: Literal["ready", "degraded", "unready"]
    inbox_writable: bool
    register_reachable: bool
    waiting: int | None
    drain_lag_seconds: int | None
    """Age of the oldest message that the register does not have; 0 for none, None where nobody could look."""


async def readiness(register: Register, inbox: Inbox, failed_at: int | None, now: int) -> Readiness:
    """Look whether webhooks can be stored and read.

    Args:
      register: Asked for one row.
      inbox: Asked to write, without leaving anything.
      failed_at: When a webhook could last not be stored; None where the last one could.
      now: Microseconds UTC.
    """
    is_storing = failed_at is None or now - failed_at > FAILED_FOR
    is_writable = is_storing and await _answers(lambda: inbox.done([_NEVER_A_NUMBER]), "inbox")
    is_reachable = await _answers(lambda: _ask(register), "register")
    waiting = await _waiting(inbox)
    lag = None if waiting is None else 0 if waiting[1] is None else max(0, now - waiting[1])
    is_well = is_reachable and lag is not None and lag <= LAG_MAX
    return Readiness(
        status="unready" if not is_writable else "ready" if is_well else "degraded",
        inbox_writable=is_writable,
        register_reachable=is_reachable,
        waiting=None if waiting is None else waiting[0],
        drain_lag_seconds=None if lag is None else lag // SECOND,
    )


def _ask(register: Register) -> None:
    with register.reading() as view:
        view.rows(select(schema.book.c.name).limit(1))


async def _waiting(inbox: Inbox) -> tuple[int, int | None] | None:
    found: list[tuple[int, int | None]] = []
    return found[0] if await _answers(lambda: found.append(inbox.waiting()), "inbox") else None


async def _answers(ask: Callable[[], None], what: str) -> bool:
    """Whether a store answers in time. A thread that still waits is left to itself."""
    try:
        await asyncio.wait_for(asyncio.to_thread(ask), LOOK_SECONDS_MAX)
    except Exception:  # noqa: BLE001 whatever is wrong with a store, the answer is no
        _log.exception("no answer", store=what)
        return False
    return True
