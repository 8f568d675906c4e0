"""What the worker sends to the outside while it watches itself: real sockets of this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from recoup.intake.outbound import open_client
from recoup.portal.watch_loops import pinger, poster
from recoup.watch.outlets import WebhookOutlet, signature

SECRET = "sixteen or longer"


@contextmanager
def listening(status: int = 200) -> Iterator[tuple[str, list[tuple[str, bytes, dict[str, str]]]]]:
    """A server of somebody else: its address, and what it got."""
    got: list[tuple[str, bytes, dict[str, str]]] = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            got.append((f"{self.command} {self.path}", body, {k.lower(): v for k, v in self.headers.items()}))
            self.send_response(status)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        server.server_close()


def test_a_page_arrives_as_it_was_signed() -> None:
    """The receiver makes the signature anew from what came."""
    with listening() as (url, got), open_client() as client:
        WebhookOutlet(f"{url}/pages", SECRET, poster(client), lambda: 1_700_000_000_000_000).deliver(
            b'{"a":1}', "ntc_1"
        )
    ((line, body, headers),) = got
    assert (line, body, headers["content-type"]) == ("POST /pages", b'{"a":1}', "application/json")
    at, signed = headers["recoup-signature"].removeprefix("t=").split(",v1=")
    assert signed == signature(SECRET, int(at), body)


def test_a_way_elsewhere_is_not_followed() -> None:
    """Whoever answers there has not got the page."""
    with listening(302) as (url, got), open_client() as client:
        with pytest.raises(OSError, match="status 302"):
            WebhookOutlet(f"{url}/pages", SECRET, poster(client), lambda: 0).deliver(b"{}", "ntc_1")
        assert len(got) == 1


def test_the_outside_watcher_is_asked_and_its_absence_names_no_address() -> None:
    """The address may be a secret: an error of it tells only its kind."""
    with listening() as (url, got), open_client() as client:
        assert pinger(client)(f"{url}/token-of-ours") == 200
        assert got[0][0] == "GET /token-of-ours"
    with open_client() as client, pytest.raises(OSError) as failed:
        pinger(client)(f"{url}/token-of-ours")
    assert "token-of-ours" not in str(failed.value)
    assert failed.value.__cause__ is None
