import io
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import structlog

from recoup.intake.arrival import Arrival
from recoup.intake.inbox_drain import TRIES, Drain
from recoup.intake.pipeline import Report
from recoup.portal import logs
from recoup.portal.loops import Told, note_drained
from tests.fakes import stripe_messages as stripe
from tests.fakes.homes import home
from tests.fakes.served import now, post, signed

VISA = "4242424242424242"
SPACED = "3782 822463 10005"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def last(lines: io.StringIO) -> dict[str, Any]:
    """The last line as a value."""
    found: dict[str, Any] = json.loads(lines.getvalue().splitlines()[-1])
    return found


def test_a_line_is_json_with_level_time_and_what_is_bound(lines: io.StringIO) -> None:
    """A round's lines carry the round, so that they are found together."""
    with structlog.contextvars.bound_contextvars(loop="drain", round="1a"):
        structlog.get_logger("recoup.test").info("taken", arrivals=3)
    told = last(lines)
    assert {k: told[k] for k in ("event", "level", "arrivals", "loop", "round")} == {
        "event": "taken",
        "level": "info",
        "arrivals": 3,
        "loop": "drain",
        "round": "1a",
    }
    assert told["timestamp"].endswith("Z")


@pytest.mark.parametrize("number", [VISA, SPACED, "5555-5555-5555-4444"])
def test_no_card_number_gets_into_a_log(lines: io.StringIO, number: str) -> None:
    """Not in the text, not in a value however deep, not as a name, not in a traceback, not through a library."""
    log = structlog.get_logger("recoup.test")
    log.info(f"read {number}", why=number, deep={"a": [number, {number: (number,)}]}, thing=ValueError(number))
    logging.getLogger("some.library").warning("got %s", number)
    try:
        raise ValueError(f"a card {number}")
    except ValueError:
        log.exception("failed")
    written = lines.getvalue()
    assert written.count("\n") == 3
    assert "ValueError" in written
    assert number not in written
    assert number.replace(" ", "").replace("-", "") not in written


def test_a_card_number_as_a_number_is_masked_and_a_time_is_not(lines: io.StringIO) -> None:
    """Microseconds have sixteen digits, too, and stay readable."""
    structlog.get_logger("recoup.test").info("x", card=int(VISA), at=1_770_000_000_000_000, ok=True, none=None, f=0.5)
    told = last(lines)
    assert told["card"] != int(VISA)
    assert VISA not in lines.getvalue()
    assert (told["at"], told["ok"], told["none"], told["f"]) == (1_770_000_000_000_000, True, None, 0.5)


PUBLISHED = (
    *("4242424242424242", "4111111111111111", "4012888888881881", "5555555555554444", "2223003122003222"),
    *("378282246310005", "371449635398431", "6011111111111117", "3530111333300000", "30569309025904"),
    "6200000000000005",
)
"""Numbers that networks and providers publish for tests."""


def test_no_card_number_of_a_message_reaches_a_log_on_any_way(lines: io.StringIO, tmp_path: Path) -> None:
    """Refused at the door, taken in, quarantined, set aside by a reader that fails, and checked: at every level."""
    logging.getLogger().setLevel(logging.DEBUG)
    with home(tmp_path / "home") as app:
        texts = (*PUBLISHED, *(f"{n[:4]} {n[4:8]} {n[8:12]} {n[12:]}" for n in PUBLISHED))
        bodies = [told_with(number, text) for number, text in enumerate(texts, start=1)]
        post(app, *(signed(body) for body in bodies), *(signed(body, secret="whsec_of_others") for body in bodies))
        opened = app.open_inbox()
        told = Told("drain", 0)
        with structlog.contextvars.bound_contextvars(loop="drain", round="7f"):
            for _ in range(TRIES + 1):
                note_drained(told, Drain(opened, app.take).round(), 500)
            post(app, signed(bodies[0]))
            failing = Drain(opened, fails)
            for _ in range(TRIES):
                failing.round()
        opened.close()
        app.check()
    written = lines.getvalue()
    assert '"drained"' in written
    assert '"webhook refused"' in written
    assert "ArithmeticError" in written
    assert [number for number in texts if number in written] == []


def told_with(number: int, text: str) -> bytes:
    """An event with a card number in every place that a person could have put it."""
    body = stripe.dispute(number, reason=text, metadata={"note": text}, payment_intent=text)
    return stripe.event(f"evt_{number}", "charge.dispute.created", now(), body)


def fails(arrivals: Sequence[Arrival]) -> Report:
    """A reader that puts what it read into its error."""
    raise ArithmeticError(str([arrival.body for arrival in arrivals]))
