"""The server as one ASGI application: opened with a home, closed in order, nothing left half done.

Stopping goes outside in: no new connections, answers finished, then the worker (which finishes its rounds), then the
inbox (which writes what waits), then the register. `create` is what an ASGI server calls; `run` is `recoup serve`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import msgspec
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from recoup.app import App, open_app, settings_from_environment, wall_clock
from recoup.intake.grounding import load_keys
from recoup.intake.inbox_drain import ENDPOINT
from recoup.portal import logs
from recoup.portal.health import readiness
from recoup.portal.intake_route import IntakeRoute
from recoup.portal.keyring import Keyring, Keys
from recoup.portal.metrics import Metrics, StateCollector
from recoup.portal.state import look
from recoup.portal.worker import ACTOR, WorkerProcess
from recoup.settings import Settings

DOORS = f"/{ENDPOINT}/"
CONNECTIONS_MAX = 4_096
"""More at once are told to come back: no partner opens so many."""
SWITCH_SECONDS = 0.0001
"""The thread that writes to the inbox comes back from the disk several times a commit; by default it would then wait
5 ms each time for the thread that answers."""
STOP_SECONDS = 20
"""How long answers that are on their way may take when the server stops."""
KEEP_ALIVE_SECONDS = 75
"""Longer than the usual proxy keeps a connection, so that it is never we who close one in use."""


class Front:
    """The server as one application: messages go straight to their route, pages and the rest through Starlette.

    Its routing and the layers around it would take a tenth of the time that a message takes.
    """

    def __init__(self, route: IntakeRoute, pages: Starlette) -> None:
        self.pages = pages
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop the server."""
        if scope["type"] == "http" and scope["path"].startswith(DOORS):
            await self._route(scope, receive, send)
        else:
            await self.pages(scope, receive, send)


def create() -> Front:
    """Make the application for the home that the environment names."""
    logs.configure()
    return build(settings_from_environment())


def run(settings: Settings, host: str, port: int) -> None:
    """Serve a home until told to stop."""
    logs.configure()
    sys.setswitchinterval(SWITCH_SECONDS)
    config = uvicorn.Config(
        build(settings),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    uvicorn.Server(config).run()


def build(settings: Settings, *, has_worker: bool = True) -> Front:
    """Open a home and make its application; closing the application closes the home.

    Args:
      settings: Where the home is.
      has_worker: Whether it empties its inbox itself, by a process of its own.
    Raises:
      HomeMissing: There is no home at that place.
    """
    with ExitStack() as opening:
        app = opening.enter_context(open_app(settings, actor=ACTOR))
        inbox = app.open_inbox()
        opening.callback(inbox.close)
        metrics = Metrics()
        keyring = Keyring(lambda: _keys(app))
        route = IntakeRoute(inbox, app.partners, keyring, metrics, wall_clock)
        metrics.registry.register(
            StateCollector(lambda: look(app.register, inbox, app.now(), app.settings.home), wall_clock)
        )
        if has_worker:
            worker = WorkerProcess(settings.home, metrics.hear, metrics.worker_starts.inc)
            opening.callback(worker.stop)
            worker.start()
        opened = opening.pop_all()

    async def ready(_request: Request) -> Response:
        found = await readiness(app.register, inbox, route.failed_at, wall_clock())
        return JSONResponse(msgspec.to_builtins(found), 503 if found.status == "unready" else 200)

    def measured(_request: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        beside = [asyncio.create_task(keyring.keep_fresh()), asyncio.create_task(route.hurry())]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
            await asyncio.to_thread(opened.close)

    pages = Starlette(
        routes=[
            Route("/health", _alive, methods=["GET"]),
            Route("/ready", ready, methods=["GET"]),
            Route("/metrics", measured, methods=["GET"]),
        ],
        lifespan=lifespan,
    )
    return Front(route, pages)


async def _alive(_request: Request) -> Response:
    return JSONResponse({"status": "alive"})


def _keys(app: App) -> Keys:
    with app.register.reading() as view:
        return load_keys(view, app.key)
