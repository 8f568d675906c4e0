"""Outlets: the ways by which a page reaches people, each with one method.

A page is one JSON document. The file is for a log shipper or for a person who reads it; the webhook is for whatever
wakes people, signed so that it can tell our pages from others'. A page may come twice: its id and telling say so.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from recoup.domain.instants import SECOND
from recoup.settings import WatchSettings

Post = Callable[[str, bytes, Mapping[str, str]], int]
"""Post bytes with headers to an address; gives the status of the answer, raises OSError where none comes."""


class Outlet(Protocol):
    """One way to people."""

    @property
    def name(self) -> str:
        """Its name in table notice_sending."""
        ...

    def deliver(self, page: bytes, notice: str) -> None:
        """Hand a page over.

        Raises:
          OSError: It is not with anybody yet.
        """
        ...


class FileOutlet:
    """Appends each page as a line to a file."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    def deliver(self, page: bytes, notice: str) -> None:
        """Append the page, and have it on the disk."""
        with self._path.open("ab") as file:
            file.write(page + b"\n")
            file.flush()
            os.fsync(file.fileno())


class WebhookOutlet:
    """Posts each page to an address, signed."""

    name = "webhook"

    def __init__(self, url: str, secret: str, post: Post, clock: Callable[[], int]) -> None:
        self._url = url
        self._secret = secret
        self._post = post
        self._clock = clock

    def deliver(self, page: bytes, notice: str) -> None:
        """Post the page; anything but a 2xx means that nobody has it."""
        at = self._clock() // SECOND
        headers = {
            "content-type": "application/json",
            "recoup-notice": notice,
            "recoup-signature": f"t={at},v1={signature(self._secret, at, page)}",
        }
        status = self._post(self._url, page, headers)
        if not 200 <= status < 300:
            raise OSError(f"status {status}")


def signature(secret: str, at: int, page: bytes) -> str:
    """Sign a page: hex HMAC-SHA-256 over `<seconds since 1970>.<page>`."""
    return hmac.new(secret.encode(), b"%d." % at + page, hashlib.sha256).hexdigest()


def outlets(settings: WatchSettings, post: Post, clock: Callable[[], int]) -> Sequence[Outlet]:
    """Give the outlets that an installation names; none where it names none."""
    found: list[Outlet] = []
    if settings.notice_url is not None:
        found.append(WebhookOutlet(settings.notice_url, settings.notice_secret, post, clock))
    if settings.notice_file is not None:
        found.append(FileOutlet(settings.notice_file))
    return found
