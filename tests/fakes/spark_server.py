"""A Spark Connect server without a JVM, in a process of its own, on a free port of this machine.

Another server, of any make, is taken instead where RECOUP_TEST_SPARK names its address. Ours ends when whoever started
it lets go of its input, so also when that process is killed; and it does not hear the Ctrl-C that is meant for a
statement.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

# In a worker of a parallel run `__main__` is no file, and pyspark, however it is imported, takes that for a run of its
# own doctests and ends the process. The tests' conftest imports this file before any test is collected.
if not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__file__ = __file__

SERVER_VARIABLE = "RECOUP_TEST_SPARK"
_SERVER = """
import sys
from pysail.spark import SparkConnectServer

server = SparkConnectServer(ip="127.0.0.1", port=0)
server.start(background=True)
sys.stdout.write(f"{server.listening_address[1]}\\n")
sys.stdout.flush()
sys.stdin.read()
server.stop()
"""


@contextmanager
def running() -> Iterator[str]:
    """Give the address of a server that runs until it is left; skips where it is not installed."""
    for package in ("pysail", "pyspark"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: requirements/spark.txt")
    if os.environ.get(SERVER_VARIABLE):
        yield os.environ[SERVER_VARIABLE]
        return
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "RUST_LOG": "error"},  # it tells of every session otherwise
        start_new_session=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield f"sc://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.stdin.close()
