"""A Spark Connect server without a JVM, in this process, on a free port of this machine; it ends with the process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def running() -> Iterator[str]:
    """Give the address of a server that runs until it is left; skips where it is not installed."""
    os.environ.setdefault("RUST_LOG", "error")  # it tells of every session otherwise
    sail = pytest.importorskip("pysail.spark", reason="pysail is not installed: requirements/spark.txt")
    server = sail.SparkConnectServer(ip="127.0.0.1", port=0)
    server.start(background=True)
    try:
        yield f"sc://127.0.0.1:{server.listening_address[1]}"
    finally:
        server.stop()
