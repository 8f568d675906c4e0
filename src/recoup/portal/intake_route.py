"""The webhook route: raw bytes in, a signature checked over them, success only after they are durable.

Nothing here parses what a message means, and nothing but the inbox is waited for. A forged or stale message is
refused and, within bounds, kept as evidence: the drain lands it as a refused delivery. Read `server.py` for where
this stands, and `recoup/intake/inbox_drain.py` for what happens to the bytes next.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from time import perf_counter

import msgspec
import structlog
from starlette.types import Receive, Scope, Send

from recoup.intake.inbox_drain import FEED, endpoint, joined
from recoup.partners.contract import Message, Partner, RecordFeed, Verdict, Verify
from recoup.portal.evidence import Evidence
from recoup.portal.keyring import Keyring
from recoup.portal.metrics import DoorMetrics, Metrics
from recoup.portal.readings import Gone, Readings
from recoup.storage.inbox import Arrival, Inbox

HEADER_BYTES_MAX = 16 * 1024
RETRY_SECONDS = b"30"
ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

_log = structlog.get_logger(__name__)
_Headers = tuple[tuple[str, str], ...]


class Answer(msgspec.Struct, frozen=True):
    """What a sender hears. Never why in detail: a forger learns nothing from us."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


ACCEPTED = Answer(200, b"[accepted]")
"""The word that Adyen used to wait for; every other partner looks at the status alone."""
REFUSED = Answer(401, b"signature refused")
NO_SUCH_DOOR = Answer(404, b"no webhooks are taken here")
NOT_POSTED = Answer(405, b"webhooks are posted", ((b"allow", b"POST"),))
TOO_LARGE = Answer(413, b"too large", ((b"connection", b"close"),))
TOO_SLOW = Answer(408, b"too slow", ((b"connection", b"close"),))
HEAD_TOO_LARGE = Answer(431, b"head too large", ((b"connection", b"close"),))
NOT_STORED = Answer(503, b"not stored, send again", ((b"retry-after", RETRY_SECONDS),))


class Door(msgspec.Struct, frozen=True):
    """What one partner's messages come in by."""

    partner: str
    verify: Verify
    metrics: DoorMetrics
    evidence: Evidence


class IntakeRoute:
    """ASGI application for `POST /webhooks/{partner}` and `/webhooks/{partner}/{account}`."""

    def __init__(
        self,
        inbox: Inbox,
        partners: Mapping[str, Partner],
        keyring: Keyring,
        metrics: Metrics,
        clock: Callable[[], int],
    ) -> None:
        """Open a door for every partner that signs its webhooks; one that does not is not let in from a network.

        Args:
          inbox: Where bytes become durable.
          partners: All partners by name.
          keyring: The live keys.
          metrics: What is counted.
          clock: Microseconds UTC: when a message was received, against which its signature's age is measured.
        """
        self._inbox = inbox
        self._keyring = keyring
        self._metrics = metrics
        self._clock = clock
        self._readings = Readings()
        self._doors = {name: door for name, p in partners.items() if (door := _door(p, metrics)) is not None}
        self.failed_at: int | None = None
        """When storing failed last, until it goes well again: readiness looks here."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request to a path below `/webhooks/`."""
        began = perf_counter()
        partner, account = _addressed(scope["path"])
        door = self._doors.get(partner)
        if door is None or (account is not None and not ACCOUNT.fullmatch(account)):
            self._metrics.turned_away.inc()
            await _answer(send, NO_SUCH_DOOR)
            return
        if scope["method"] != "POST":
            await _answer(send, NOT_POSTED)
            return
        try:
            answer = await self._receive(door, account, scope, receive)
        except Gone:
            door.metrics.gone.inc()
            return
        await _answer(send, answer)
        door.metrics.ack_seconds.observe(perf_counter() - began)

    async def _receive(self, door: Door, account: str | None, scope: Scope, receive: Receive) -> Answer:
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        if sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES_MAX:
            door.metrics.too_large.inc()
            return HEAD_TOO_LARGE
        try:
            body = await self._readings.read(receive)
        except TimeoutError:
            door.metrics.too_slow.inc()
            return TOO_SLOW
        if body is None:
            door.metrics.too_large.inc()
            return TOO_LARGE
        arrival = Arrival(endpoint(door.partner, account), self._clock(), headers, body)
        verdict = await self._verdict(door, arrival)
        if not verdict.is_accepted:
            return await self._refuse(door, arrival, verdict)
        return await self._accept(door, arrival, verdict)

    async def _verdict(self, door: Door, arrival: Arrival) -> Verdict:
        """Check the signature; before refusing one, look whether keys have changed meanwhile."""
        message = Message(f"POST {arrival.endpoint} HTTP/1.1", joined(arrival.headers), arrival.body)
        keys = self._keyring.of(door.partner)
        verdict = door.verify(message, keys, arrival.received_at)
        if not verdict.is_accepted and await self._keyring.refresh() and self._keyring.of(door.partner) != keys:
            verdict = door.verify(message, self._keyring.of(door.partner), arrival.received_at)
        return verdict

    async def _accept(self, door: Door, arrival: Arrival, verdict: Verdict) -> Answer:
        if not await self._store(arrival):
            door.metrics.not_stored.inc()
            return NOT_STORED
        door.metrics.accepted.inc()
        if verdict.refused:
            door.metrics.items_refused.inc(len(verdict.refused))
        return ACCEPTED

    async def _refuse(self, door: Door, arrival: Arrival, verdict: Verdict) -> Answer:
        door.metrics.refused(verdict.why)
        size = len(arrival.body) + sum(len(name) + len(value) for name, value in arrival.headers)
        if door.evidence.admits(size, arrival.received_at) and await self._store(arrival):
            door.metrics.evidence_kept.inc()
            found = hashlib.sha256(arrival.body).hexdigest()
            told = {"partner": door.partner, "endpoint": arrival.endpoint, "why": verdict.why, "bytes": size}
            _log.warning("webhook refused", **told, object=found)
        else:
            door.metrics.evidence_dropped.inc()
        return REFUSED

    async def _store(self, arrival: Arrival) -> bool:
        """Say whether the arrival is on disk."""
        try:
            await self._inbox.put(arrival)
        except Exception as error:  # noqa: BLE001 whatever it is, the bytes are not durable and nobody may think so
            if self.failed_at is None:
                _log.error("webhooks cannot be stored", problem=str(error))
            self.failed_at = arrival.received_at
            return False
        self.failed_at = None
        return True

    async def hurry(self) -> None:
        """Stop waiting for senders that are too slow, until cancelled."""
        await self._readings.hurry()


def _addressed(path: str) -> tuple[str, str | None]:
    """Say which partner and account a path `/webhooks/<partner>[/<account>]` names."""
    _, _, partner, *account = path.split("/", 3)
    return partner, account[0] if account else None


def _door(partner: Partner, metrics: Metrics) -> Door | None:
    feed = partner.feeds.get(FEED)
    if not isinstance(feed, RecordFeed) or feed.verify is None:
        return None
    return Door(partner.name, feed.verify, metrics.door(partner.name), Evidence())


async def _answer(send: Send, answer: Answer) -> None:
    length = (b"content-length", str(len(answer.body)).encode())
    head = [(b"content-type", b"text/plain"), length, *answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": head})
    await send({"type": "http.response.body", "body": answer.body})
