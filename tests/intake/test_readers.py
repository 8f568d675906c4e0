"""Messages read in another process say what they say here, and that process ends with this one."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from recoup.intake import grounding, landing
from recoup.intake.beside import Beside
from recoup.intake.ground import Ground
from recoup.intake.readers import Readers
from recoup.intake.reading import Taken
from recoup.intake.tables import TableReader
from recoup.partners.registry import partners
from recoup.storage.engine import connect
from recoup.storage.lake import Lake
from tests.fakes import stripe_messages as stripe
from tests.fakes.homes import home

GONE_SECONDS_MAX = 10
CHILD = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from recoup.intake.beside import begin
if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=begin, initargs=(dict,))
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


def read(room: Path, processes: int) -> list[Taken]:
    """What a won life and a forged message say, read by that many processes."""
    forged = stripe.webhook(stripe.event("evt_x", "charge.dispute.created", 1, stripe.dispute()), 1, secret="whsec_no")
    with home(room / "home") as app, app.register.reading() as view:
        ground: Ground = grounding.load(view, app.partners, grounding.load_keys(view, app.key))
        landed = landing.land([*stripe.won_life(), forged], ground, view)
        tables = TableReader(lambda: connect(room, "00"), Lake(room / "lake"), room)
        beside = Beside(processes, partners)
        readers = Readers(tables, "00", beside, from_messages=1)
        try:
            return readers.begin(landed, ground)()
        finally:
            readers.close()
            beside.close()


def test_another_process_reads_the_same(tmp_path: Path) -> None:
    """Same order, same observations, same refusals."""
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    assert read(tmp_path / "here", processes=0) == read(tmp_path / "there", processes=1)


def test_a_reader_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """Nothing is left behind by a process that had no time to say goodbye."""
    script = tmp_path / "parent.py"
    script.write_text(CHILD)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    reader = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    until = time.monotonic() + GONE_SECONDS_MAX
    while Path(f"/proc/{reader}").exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not Path(f"/proc/{reader}").exists()
