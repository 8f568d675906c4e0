"""A server on a home, in this process: requests go through the whole application, without a socket."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx

from recoup.app import App
from recoup.portal.server import Front, build
from recoup.storage.inbox import Arrival
from tests.fakes import stripe_messages as stripe

DOOR = "/webhooks/stripe"


class Post(NamedTuple):
    """One request to be made."""

    path: str
    body: bytes
    headers: dict[str, str]


def now() -> int:
    """Seconds since 1970: what is posted to a running server is signed now."""
    return int(time.time())


def signed(body: bytes, *, secret: str = stripe.SECRET, at: int | None = None, path: str = DOOR) -> Post:
    """A message with a signature of now, or of another time."""
    when = now() if at is None else at
    return Post(
        path, body, {"stripe-signature": stripe.signature(body, when, secret), "content-type": "application/json"}
    )


def created(number: int = 1) -> bytes:
    """An event that opens a dispute."""
    return stripe.event(f"evt_{number}", "charge.dispute.created", stripe.START, stripe.dispute(number))


@asynccontextmanager
async def client(server: Front) -> Any:
    """A client of a server that is up, and stopped in order afterwards."""
    async with (
        server.pages.router.lifespan_context(server.pages),
        httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://recoup.test") as asking,
    ):
        yield asking


def post(app: App, *posts: Post, between: Callable[[], None] | None = None) -> list[httpx.Response]:
    """Post everything, all at once, or one after the other with something done in between."""

    async def run() -> list[httpx.Response]:
        async with client(build(app.settings, has_worker=False)) as asking:
            if between is None:
                return await asyncio.gather(*(_send(asking, p) for p in posts))
            answers = []
            for p in posts:
                answers.append(await _send(asking, p))
                between()
            return answers

    return asyncio.run(run())


def get(app: App, *paths: str, after: Sequence[Post] = ()) -> list[httpx.Response]:
    """Get pages of a server, after something was posted to it."""

    async def run() -> list[httpx.Response]:
        async with client(build(app.settings, has_worker=False)) as asking:
            for p in after:
                await _send(asking, p)
            return [await asking.get(path) for path in paths]

    return asyncio.run(run())


def waiting(app: App) -> list[Arrival]:
    """What lies in the inbox, as another process sees it."""
    inbox = app.open_inbox()
    try:
        return inbox.take(10_000)
    finally:
        inbox.close()


async def _send(asking: httpx.AsyncClient, p: Post) -> httpx.Response:
    return await asking.post(p.path, content=p.body, headers=p.headers)
