"""The channel: what partners, the house and the bank send, when it arrives, and the directory that it is kept in.

A delivery after the last simulated day is not sent. Bodies are written as they
are made, so that a large world needs little memory; the list of deliveries is
written at the end, in order of arrival, after faults have had their way with it.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from recoup.domain.instants import render_instant
from recoup.errors import SetupInvalid

LIST_NAME = "deliveries.jsonl"


class Sent(msgspec.Struct):
    """One delivery: where its bytes lie, on which feed, when it arrives, what it is about."""

    path: str
    partner: str
    feed: str
    received_at: int
    account: str
    keys: frozenset[str] = frozenset()
    """What it is about: ids of cases and payouts, ISO days, words of steps. Only faults and labels read them."""
    order: int = 0
    """Place among deliveries of one instant."""
    is_disturbed: bool = False
    """A fault has befallen it already: each takes one at most."""


class Channel:
    """A directory of deliveries in the making."""

    def __init__(self, out: Path, until: int) -> None:
        self.out = out
        self.until = until
        self.sent: list[Sent] = []
        self._paths: set[str] = set()

    def send(self, sent: Sent, body: bytes) -> bool:
        """Send one delivery; False where it would arrive after the last day."""
        if sent.received_at >= self.until:
            return False
        self.list_again(sent)
        self.write(sent.path, body)
        return True

    def again(self, sent: Sent, at: int, path: str | None = None) -> Sent:
        """Another arrival of a delivery, under its own name or another; neither is befallen by anything else."""
        sent.is_disturbed = True
        keys = (sent.account, sent.keys)
        return Sent(path or sent.path, sent.partner, sent.feed, at, *keys, is_disturbed=True)

    def list_again(self, sent: Sent) -> None:
        """List a delivery whose bytes lie there already, or are written by the caller."""
        sent.order = len(self.sent)
        self.sent.append(sent)

    def write(self, path: str, body: bytes) -> None:
        """Write the bytes of a delivery."""
        if path in self._paths:
            raise SetupInvalid(where=path, found="a second delivery of this name", wanted="each name once")
        self._paths.add(path)
        place = self.out / path
        try:
            place.write_bytes(body)
        except FileNotFoundError:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)

    def read(self, sent: Sent) -> bytes:
        """The bytes of a delivery."""
        return (self.out / sent.path).read_bytes()

    def change(self, sent: Sent, body: bytes) -> None:
        """Put other bytes in place of those of a delivery."""
        sent.is_disturbed = True
        (self.out / sent.path).write_bytes(body)

    def delay(self, sent: Sent, until: int) -> None:
        """Let a delivery arrive later."""
        sent.is_disturbed = True
        sent.received_at = until

    def drop(self, sent: Sent) -> None:
        """Lose a delivery."""
        self.sent.remove(sent)
        (self.out / sent.path).unlink()

    def on(self, partner: str, feed: str, *keys: str) -> Iterator[Sent]:
        """The deliveries of a feed that are about all of these, in order of arrival."""
        wanted = frozenset(keys)
        fitting = (s for s in self.sent if s.partner == partner and s.feed == feed and wanted <= s.keys)
        yield from sorted(fitting, key=arrival_order)

    def first(self, partner: str, feed: str, is_it: Callable[[Sent], bool]) -> Sent:
        """The first delivery of a feed that fits.

        Raises:
          SetupInvalid: None does: the world is too small for what was asked.
        """
        for sent in self.on(partner, feed):
            if is_it(sent):
                return sent
        raise SetupInvalid(
            where=f"{partner} {feed}",
            found="no delivery that this fault could befall",
            wanted="one",
            remedy="Simulate more days, or more payments a day.",
        )

    def write_list(self) -> None:
        """Write `deliveries.jsonl`."""
        lines = [_line(sent) for sent in sorted(self.sent, key=arrival_order)]
        (self.out / LIST_NAME).write_bytes(b"".join(lines))


def arrival_order(sent: Sent) -> tuple[int, int]:
    """The order in which deliveries arrive."""
    return sent.received_at, sent.order


def http_message(start_line: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """One raw HTTP message: start line, headers, blank line, body."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{start_line}\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body


def body_of(message: bytes) -> bytes:
    """The body of a raw HTTP message."""
    return message.split(b"\r\n\r\n", 1)[1]


_LINES = msgspec.json.Encoder()


def _line(sent: Sent) -> bytes:
    told = {
        "path": sent.path,
        "partner": sent.partner,
        "feed": sent.feed,
        "received_at": render_instant(sent.received_at),
    }
    return _LINES.encode(told | {"account": sent.account}) + b"\n"
