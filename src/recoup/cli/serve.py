"""`serve`: webhooks, health and metrics over HTTP."""

from importlib import import_module
from typing import Annotated

import typer

from recoup.cli.call import Call, command
from recoup.settings import Settings

SERVER = "recoup.portal.server"
"""Named and not imported: no face knows another one, and only this command needs it."""
HOST = "127.0.0.1"
PORT = 8420


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, options=("home",))(serve)


def serve(
    call: Call,
    host: Annotated[str, typer.Option(help="Address to listen at")] = HOST,
    port: Annotated[int, typer.Option(help="Port to listen at", min=0, max=65535)] = PORT,
) -> None:
    """Take webhooks in; answer health and metrics."""
    settings = call.settings
    with call.app():
        pass  # a home that is missing is said before anything listens
    serve_home(call, settings, host, port)


def serve_home(call: Call, settings: Settings, host: str = HOST, port: int = PORT) -> None:
    """Start the server on a home and stay until it is stopped."""
    server = import_module(SERVER)
    call.screen.note(f"Serving {settings.home} at http://{host}:{port}; stop with Ctrl-C.")
    server.run(settings, host, port)
