"""The loops by which the worker watches itself: canaries, pages, vitals, and the pulse that says how all loops fare."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

import httpx
import structlog

from recoup.app import App, wall_clock
from recoup.domain.instants import MINUTE, SECOND
from recoup.errors import LeaseLost
from recoup.portal.loops import Loop, Told
from recoup.storage.inbox import Inbox
from recoup.storage.lease import RENEW_SECONDS, Lease
from recoup.watch.outlets import outlets
from recoup.watch.pulse import Pulse
from recoup.watch.sending import Sending
from recoup.watch.vitals import Vitals

CANARY_SECONDS = 10 * MINUTE // SECOND
CANARY_FIRST_SECONDS = 60
"""A worker that has just begun has other things to do."""
NOTICE_SECONDS = 15
VITALS_SECONDS = MINUTE // SECOND
ANSWER_SECONDS_MAX = 10.0
PULSE = "pulse"
"""The loop that writes how the others fare; its own sign of life is the lease."""

_log = structlog.get_logger(__name__)


class Watch:
    """The watch of one worker."""

    def __init__(
        self,
        app: App,
        inbox: Inbox,
        lease: Lease,
        client: httpx.Client,
        stop: threading.Event,
        tell: Callable[[Told], None],
    ) -> None:
        settings = app.settings.watch
        ways = outlets(settings, poster(client), wall_clock)
        self._sending = Sending(app.register, ways, wall_clock, app.now)
        self._waiting = 0
        self._canaries = app.canaries()
        self._vitals = Vitals(app.settings.home, app.register, wall_clock, settings.ping_url, pinger(client))
        backlogs = {"drain": lambda: inbox.waiting().arrivals, "notices": lambda: self._waiting}
        self._pulse = Pulse(app.register, lease, wall_clock, backlogs)
        self._stop = stop
        self._tell = tell

    def hear(self, told: Told) -> None:
        """Take in what became of a round of a loop, and tell it on."""
        if told.loop != PULSE:
            self._pulse.hear(told.loop, told.at, told.failed)
        self._tell(told)

    def loops(self) -> Sequence[Loop]:
        """Give its own loops."""
        stop, hear = self._stop, self.hear
        return (
            Loop("canary", self._show, CANARY_SECONDS, stop, hear, wall_clock, CANARY_FIRST_SECONDS),
            Loop("notices", self._send, NOTICE_SECONDS, stop, hear, wall_clock),
            Loop("vitals", self._look, VITALS_SECONDS, stop, hear, wall_clock),
            Loop(PULSE, self._beat, RENEW_SECONDS, stop, hear, wall_clock),
        )

    def begin(self, loops: Iterable[str]) -> None:
        """Write down which loops go round from now on."""
        self._sending.forget_others()
        self._pulse.begin(name for name in loops if name != PULSE)

    def end(self) -> None:
        """Write down that they were told to stop."""
        with suppress(LeaseLost):  # then they are another worker's to tell of
            self._pulse.end()

    def _show(self, _told: Told) -> None:
        shown = self._canaries.round(self._stop.is_set)
        blind = [one.control for one in shown if not one.is_seen]
        if shown:
            _log.info("canaries shown", controls=len(shown), blind=blind)

    def _send(self, _told: Told) -> None:
        self._waiting = self._sending.round()

    def _look(self, _told: Told) -> None:
        self._vitals.round()

    def _beat(self, _told: Told) -> None:
        try:
            self._pulse.beat()
        except LeaseLost:
            self._stop.set()
            raise


def poster(client: httpx.Client) -> Callable[[str, bytes, Mapping[str, str]], int]:
    """Give the seam by which a page is posted: its answer's status, whatever else it says."""

    def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        return _status(client, "POST", url, body, headers)

    return post


def pinger(client: httpx.Client) -> Callable[[str], int]:
    """Give the seam by which an outside watcher is told that all is well."""

    def ping(url: str) -> int:
        return _status(client, "GET", url, b"", {})

    return ping


def _status(client: httpx.Client, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> int:
    told = {"user-agent": "recoup", **headers}
    try:
        with client.stream(method, url, content=body, headers=told, timeout=ANSWER_SECONDS_MAX) as answer:
            return answer.status_code
    except httpx.HTTPError as error:
        raise OSError(type(error).__name__) from None  # its text may name the address, and the address may be a secret
