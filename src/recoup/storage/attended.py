"""A statement at work in a thread of its own, while the caller's thread watches: it hears how far it is, and Ctrl-C.

DuckDB looks for signals only while it hands out rows, not while it writes a table or a file; Spark's client, stopped
in the middle of an answer, asks the server about a statement that it has just given up. So neither is interrupted
where it works: the watcher asks the engine to stop, until it does.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

TICK_SECONDS = 0.2
Made = TypeVar("Made")


def attended(work: Callable[[], Made], stop: Callable[[], object], tick: Callable[[], object] | None = None) -> Made:
    """Give what work gives.

    Args:
      stop: Asks the engine to stop; called again until the work has ended, as it may be between two statements.
      tick: Called now and then in the caller's thread.
    Raises:
      KeyboardInterrupt: Somebody pressed Ctrl-C, and the work has ended. All else that work raises.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="statement") as pool:
        running = pool.submit(work)
        try:
            while not wait([running], TICK_SECONDS).done:
                if tick is not None:
                    tick()
            return running.result()
        except KeyboardInterrupt:
            _stopped(running, stop)
            raise


def _stopped(running: Future[Made], stop: Callable[[], object]) -> None:
    while not running.done():
        stop()
        wait([running], TICK_SECONDS)
