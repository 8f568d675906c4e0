"""The inbox: bytes of webhooks as they arrive, durable before anyone is told so, drained into the register later.

It has a file of its own (on PostgreSQL a table of its own and no turn), so that an arrival never waits behind an
ingest. Each arrival is a row, exact redeliveries too, since each of them counts as a delivery; equal bytes are kept
once when they become objects. No transaction spans inbox and register: `take`, land, then `done`, where landing the
same arrival again must change nothing. An arrival's number is never used twice, so it can be part of its name.
"""

import asyncio
import itertools
import queue
import secrets
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, Identity, MetaData, Table, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from recoup.errors import StorageProblem
from recoup.storage.database import Database
from recoup.storage.keys import NONCE_SIZE, HomeKey
from recoup.storage.postgres import PostgresDatabase
from recoup.storage.sqlite import SqliteDatabase
from recoup.storage.types import Bytes, Instant, Text, Whole

GROUP = 500
CHECKPOINT_BYTES = 8 * 1024 * 1024  # small: who waits for an acknowledgement waits for a checkpoint too
WAITING_MAX = 20_000  # arrivals not yet on disk; beyond it the disk is not keeping up, and senders should retry
_SALT_SIZE = 16

metadata = MetaData()
arrival_ = Table(
    "inbox_arrival",
    metadata,
    Column("number", Whole, Identity(), primary_key=True),
    Column("endpoint", Text, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("sealed", Bytes, nullable=False),
    comment="One arrival that the register does not have yet.",
    sqlite_strict=True,
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One HTTP message as it came.

    Attributes:
      endpoint: The path it was posted to, which names partner and account.
      received_at: Microseconds UTC.
      headers: Pairs as sent, in order; signatures among them.
      body: The raw bytes.
      number: Given by the inbox; 0 until then.
    """

    endpoint: str
    received_at: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    number: int = 0


class Waiting(NamedTuple):
    """What the register does not have yet: how many arrivals, and when the oldest came (None for none)."""

    arrivals: int
    oldest_at: int | None


class _Pending(NamedTuple):
    arrival: Arrival
    durable: asyncio.Future[None]


class Inbox:
    """The inbox of one home. Any number of threads and processes may put; one at a time should take."""

    def __init__(self, database: Database, home_key: HomeKey) -> None:
        self._database = database
        self._seals = _Seals(home_key)
        self._waiting: queue.SimpleQueue[_Pending | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        with database.writing() as connection:
            metadata.create_all(connection)

    async def put(self, arrival: Arrival) -> None:
        """Return once the arrival is on disk, in one commit with all that waited beside it.

        Raises:
          StorageProblem: It is not on disk, and the sender must be told to try again.
        """
        if self._waiting.qsize() >= WAITING_MAX:
            raise _refused(f"{WAITING_MAX} arrivals that wait for the disk")
        durable = asyncio.get_running_loop().create_future()
        self._waiting.put(_Pending(arrival, durable))
        self._start_writer()
        await durable

    def put_many(self, arrivals: Sequence[Arrival]) -> None:
        """Write arrivals in one commit, in the calling thread."""
        rows = [(a.endpoint, a.received_at, self._seals.seal(a)) for a in arrivals]
        with self._database.writing() as connection:
            for start in range(0, len(rows), GROUP):
                part = rows[start : start + GROUP]
                connection.exec_driver_sql(_insertion(connection.dialect.paramstyle, len(part)), tuple(chain(*part)))

    def take(self, limit: int) -> list[Arrival]:
        """Give the oldest arrivals, in order of their numbers; they stay until they are `done`."""
        oldest = select(arrival_).order_by(arrival_.c.number).limit(limit)
        with self._database.reading() as connection:
            return [self._seals.unseal(*row) for row in connection.execute(oldest)]

    def done(self, numbers: Sequence[int]) -> None:
        """Forget arrivals that the register has; those forgotten already do no harm."""
        if numbers:
            with self._database.writing() as connection:
                self._database.delete(connection, arrival_, [(number,) for number in numbers])

    def waiting(self) -> Waiting:
        """Say how much waits to be drained, for metrics and health."""
        counted = select(func.count(), func.min(arrival_.c.received_at)).select_from(arrival_)
        with self._database.reading() as connection:
            return Waiting(*connection.execute(counted).one())

    def close(self) -> None:
        """Write what waits, then let go of every connection."""
        if self._writer is not None:
            self._waiting.put(None)
            self._writer.join()
        self._database.close()

    def _start_writer(self) -> None:
        """Start the thread that writes, the first time, and should it ever have died."""
        if self._writer is None or not self._writer.is_alive():
            with self._starting:
                if self._writer is None or not self._writer.is_alive():
                    self._writer = threading.Thread(target=self._write, name="inbox", daemon=True)
                    self._writer.start()

    def _write(self) -> None:
        for group in self._groups():
            error: StorageProblem | None = _refused("an arrival that could not be written")
            try:
                self.put_many([pending.arrival for pending in group])
                error = None
            except (SQLAlchemyError, OSError, StorageProblem) as caught:
                error = _refused(f"{type(caught).__name__} while writing")
            finally:  # whatever happened, nobody is left waiting
                _answer(group, error)

    def _groups(self) -> Iterator[list[_Pending]]:
        """Wait for an arrival and take what waits beside it, until told to stop."""
        while (first := self._waiting.get()) is not None:
            group = [first]
            while len(group) < GROUP and not self._waiting.empty():
                item = self._waiting.get()
                if item is None:
                    yield group
                    return
                group.append(item)
            yield group


def open_inbox(register_url: str, path: Path, home_key: HomeKey) -> Inbox:
    """Open the inbox that goes with a register: the file at `path`, or a table in PostgreSQL's database."""
    if make_url(register_url).get_backend_name() == "postgresql":
        return Inbox(PostgresDatabase(register_url, turn=None), home_key)
    return Inbox(SqliteDatabase(path, checkpoint_bytes=CHECKPOINT_BYTES), home_key)


@cache
def _insertion(paramstyle: str, rows: int) -> str:
    """Give one statement for many rows: one that is run row by row gives the interpreter away at each of them, and
    the thread waits for it each time while webhooks are answered."""
    row = "(?, ?, ?)" if paramstyle == "qmark" else "(%s, %s, %s)"
    return f"insert into {arrival_.name} (endpoint, received_at, sealed) values {', '.join([row] * rows)}"


class _Seals:
    """Encrypts arrivals under a key of this process, derived from the home's by a salt that goes with each row.

    So nonces are plain counters, and no number of arrivals wears out a key.
    """

    def __init__(self, home_key: HomeKey) -> None:
        self._home_key = home_key
        self._salt = secrets.token_bytes(_SALT_SIZE)
        self._numbers = itertools.count()
        self._ciphers: dict[bytes, AESGCM] = {}

    def seal(self, arrival: Arrival) -> bytes:
        nonce = next(self._numbers).to_bytes(NONCE_SIZE, "big")
        content = msgspec.msgpack.encode((arrival.headers, arrival.body))
        about = _about(arrival.endpoint, arrival.received_at)
        return self._salt + nonce + self._cipher(self._salt).encrypt(nonce, content, about)

    def unseal(self, number: int, endpoint: str, received_at: int, sealed: bytes) -> Arrival:
        salt, nonce = sealed[:_SALT_SIZE], sealed[_SALT_SIZE : _SALT_SIZE + NONCE_SIZE]
        try:
            content = self._cipher(salt).decrypt(
                nonce, sealed[_SALT_SIZE + NONCE_SIZE :], _about(endpoint, received_at)
            )
        except InvalidTag:
            raise StorageProblem(
                where=f"inbox arrival {number}",
                found="bytes that the home's key does not open",
                wanted="an arrival sealed in this home",
                remedy="Check that keys/home.key belongs to this home.",
            ) from None
        headers, body = msgspec.msgpack.decode(content, type=tuple[tuple[tuple[str, str], ...], bytes])
        return Arrival(endpoint, received_at, headers, body, number)

    def _cipher(self, salt: bytes) -> AESGCM:
        if salt not in self._ciphers:
            self._ciphers[salt] = AESGCM(self._home_key.subkey(f"inbox {salt.hex()}"))
        return self._ciphers[salt]


def _about(endpoint: str, received_at: int) -> bytes:
    return f"{received_at} {endpoint}".encode()


def _answer(group: Sequence[_Pending], error: StorageProblem | None) -> None:
    """Wake those who wait, with one call per event loop: a call for each would cost more than the writing."""
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = defaultdict(list)
    for pending in group:
        by_loop[pending.durable.get_loop()].append(pending.durable)
    for loop, durables in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed, and nobody waits on it
            loop.call_soon_threadsafe(_settle, durables, error)


def _settle(durables: Sequence[asyncio.Future[None]], error: StorageProblem | None) -> None:
    for durable in durables:
        if durable.done():  # the sender hung up
            continue
        if error:
            durable.set_exception(error)
        else:
            durable.set_result(None)


def _refused(found: str) -> StorageProblem:
    return StorageProblem(where="inbox", found=found, wanted="a disk that keeps up", remedy="See: recoup doctor.")
