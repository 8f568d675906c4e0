import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from recoup.portal import logs

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
