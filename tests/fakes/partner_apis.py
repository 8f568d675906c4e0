"""Partners' APIs on this machine: real servers on a free port, each playing one partner, stopped when done with.

Tokens, pages and errors have the shapes that the partners published (`tests/partners/<name>/sent.py`). A server
remembers what it was asked, and can be told to answer otherwise first.
"""

import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SECONDS_MAX = 20


class Asked(NamedTuple):
    """One request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


Answers = Callable[[Asked], Any]
"""A request to a document (sent as JSON), to text (sent as XML) or to None (404)."""


class PartnerApi:
    """One partner's API: who is let in, what it answers, what it was asked, what it is to answer first."""

    def __init__(self, answers: Answers, lets_in: Callable[[Asked], bool]) -> None:
        self.answers = answers
        self.lets_in = lets_in
        self.asked: list[Asked] = []
        self.first: list[Response] = []

    async def respond(self, request: Request) -> Response:
        """Answer one request."""
        asked = Asked(
            request.method,
            request.scope["raw_path"].decode().partition("?")[0],
            dict(request.query_params),
            dict(request.headers),
            await request.body(),
        )
        self.asked.append(asked)
        if self.first:
            return self.first.pop(0)
        if not self.lets_in(asked):
            return Response('{"error": "unauthorized"}', 401, media_type="application/json")
        return _response(self.answers(asked))

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [asked.path for asked in self.asked]


class Tokens:
    """A partner that gives tokens: each lets in until it is taken back or another day begins."""

    def __init__(self, path: str, client_id: str, secret: str, seconds: int, **told: Any) -> None:
        self.path = path
        self.sold: list[str] = []
        self.live: set[str] = set()
        self._proof = basic(client_id, secret)
        self._told = {"token_type": "Bearer", "expires_in": seconds} | told

    def lets_in(self, asked: Asked) -> bool:
        """Whether a request has a live token; one for a token proves who asks."""
        if asked.path == self.path:
            return asked.headers["authorization"] == self._proof
        return asked.headers["authorization"].removeprefix("Bearer ") in self.live

    def selling(self, answers: Answers) -> Answers:
        """Answer with a new token where one is asked for."""

        def answer(asked: Asked) -> Any:
            return self._sell(asked) if asked.path == self.path else answers(asked)

        return answer

    def _sell(self, asked: Asked) -> dict[str, Any]:
        assert parse_qs(asked.body.decode())["grant_type"] == ["client_credentials"]
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        self.sold.append(f"token-of-the-tests-{len(self.sold) + 1}")
        self.live.add(self.sold[-1])
        return self._told | {"access_token": self.sold[-1]}


@contextmanager
def served(api: PartnerApi) -> Iterator[str]:
    """Serve an API on a free port of this machine; gives its address, and ends with the block."""
    app = Starlette(routes=[Route("/{path:path}", api.respond, methods=["GET", "POST"])])
    config = uvicorn.Config(app, "127.0.0.1", 0, log_level="error", lifespan="off", date_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + SECONDS_MAX
    while not server.started:
        assert thread.is_alive(), "the server ended before it began"
        assert time.monotonic() < until, "the server did not begin in time"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(SECONDS_MAX)
        assert not thread.is_alive(), "the server did not end"


def basic(user: str, password: str) -> str:
    """The header of basic authorisation."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def header(name: str, value: str) -> Callable[[Asked], bool]:
    """Let in whoever has a header with this value."""
    return lambda asked: asked.headers.get(name) == value


def _response(found: Any) -> Response:
    told = {"date": "Sun, 01 Feb 2026 10:00:00 GMT", "set-cookie": "session=of-the-tests"}
    if found is None:
        return Response('{"error": "not found"}', 404, told, "application/json")
    if isinstance(found, str):
        return Response(found, 200, told, "application/xml")
    return Response(json.dumps(found), 200, told, "application/json")
