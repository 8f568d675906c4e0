"""The offices of a world, and how they are reached: in the process by its own clock, or over HTTP on this machine.

Which partners have one stands here. `looks.py` writes down what our sweeps would have fetched; here they fetch.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import httpx

from recoup.domain.instants import DAY, HOUR, MINUTE, SECOND, day_start
from recoup.simulator.klarna import api as klarna
from recoup.simulator.mollie import api as mollie
from recoup.simulator.office import Answer, Asked, Office, troubled
from recoup.simulator.truth import Plan
from recoup.simulator.world import World

OFFICES: Mapping[str, Callable[[World], Office]] = {"mollie": mollie.office, "klarna": klarna.office}
"""By partner; those that are not here are not asked."""
EVERY = 6 * HOUR
"""How often lists are asked for in a simulated life: less often than in a true one, which would take too long."""
FIRST = 30 * MINUTE
"""When on each day the first list is asked for, after midnight UTC."""
READ_MAX = 30 * SECOND
"""An answer that takes longer never comes."""
HOST = "127.0.0.1"


def offices(world: World) -> dict[str, Office]:
    """The offices of the partners of a world, with the troubles that befall them."""
    return {name: troubled(world, OFFICES[name](world)) for name in world.plan.partners if name in OFFICES}


def sweeps(plan: Plan) -> list[int]:
    """When lists are asked for while the days of a world are lived through."""
    begin = day_start(plan.first_day, "UTC") + FIRST
    return list(range(begin, begin + plan.days * DAY - FIRST, EVERY))


def next_sweep(plan: Plan, at: int) -> int | None:
    """The first list at or after an instant; None after the last."""
    return next((when for when in sweeps(plan) if when >= at), None)


class Clock:
    """The time of a simulated life, which waits move on."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self) -> int:
        """Say what time it is."""
        return self.at

    def pause(self, seconds: float) -> bool:
        """Wait, and go on."""
        self.at += int(seconds * SECOND)
        return False


class Line(httpx.BaseTransport):
    """Leads requests to offices in the process, by the partner that the host is called after."""

    def __init__(self, offices: Mapping[str, Office], clock: Clock) -> None:
        self._offices = offices
        self._clock = clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the office does; time passes meanwhile."""
        office = self._offices[request.url.host.partition(".")[0]]
        path = request.url.raw_path.decode().partition("?")[0]
        asked = Asked(request.method, path, dict(request.url.params), dict(request.headers))
        answer = office.answer(asked, self._clock.at)
        self._clock.at += min(answer.took, READ_MAX)
        if answer.took > READ_MAX:
            raise httpx.ReadTimeout("no answer in time", request=request)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)


def address(partner: str) -> str:
    """The address at which a `Line` finds a partner; it leads nowhere else."""
    return f"https://{partner}.simulated.example"


@contextmanager
def served(offices: Mapping[str, Office], clock: Callable[[], int], port: int = 0) -> Iterator[str]:
    """Serve offices on this machine, each below its partner's name; gives the address, and ends with the block.

    Args:
      offices: By partner.
      clock: As of when they answer.
      port: Where; 0 for any that is free.
    """
    server = ThreadingHTTPServer((HOST, port), _handler(offices, clock))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(offices: Mapping[str, Office], clock: Callable[[], int]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            partner, _, path = url.path.removeprefix("/").partition("/")
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked("GET", f"/{path}", dict(parse_qsl(url.query)), headers)
            office = offices.get(partner)
            self._send(office.answer(asked, clock()) if office else Answer(404, b""))

        def _send(self, answer: Answer) -> None:
            self.send_response_only(answer.status)
            for name, value in {**answer.headers, "content-length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
