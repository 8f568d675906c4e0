"""Is this file what a run wrote? The rows are hashed again and looked for in the register, which alone is believed.

A stamp that lies beside the file or in it only says where to look; what it claims about the rows is not taken.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from recoup.errors import OutputUnreadable
from recoup.reports.answers import Text, rows_hash
from recoup.reports.csv_file import read_csv
from recoup.reports.outputs import STAMP
from recoup.reports.parquet_file import STAMP as STAMP_INSIDE
from recoup.reports.parquet_file import read_parquet
from recoup.reports.runs import Kept, KeptAnswer, answers_of, answers_with
from recoup.storage.register import View

Read = tuple[tuple[str, ...], list[tuple[Text, ...]]]
_READERS: Mapping[str, Callable[[Path], Read]] = {".csv": read_csv, ".parquet": read_parquet}


class Verdict(msgspec.Struct, frozen=True):
    """What is known about a file."""

    same: bool
    """A run gave exactly these rows."""
    rows: int
    rows_hash: str
    runs: tuple[tuple[Kept, KeptAnswer], ...]
    """The runs that gave these rows, oldest first."""
    claimed: tuple[Kept, KeptAnswer] | None
    """Where the rows are not a run's: the run that the file says it is of, as the register has it."""


class Claim(msgspec.Struct):
    """What is looked at of a stamp: of which run it says that it is."""

    run: str


def verify(view: View, path: Path) -> Verdict:
    """Hash the rows of a file again and look for them.

    Raises:
      OutputUnreadable: The file is neither CSV nor Parquet as a report writes it, or is not there.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None or not path.is_file():
        found = f"a file that ends in {path.suffix or 'nothing'}" if path.is_file() else "no such file"
        raise OutputUnreadable(path.name, found, "a .csv or .parquet file of a report")
    heads, texts = reader(path)
    found_hash = rows_hash(heads, texts)
    runs = tuple(answers_with(view, found_hash))
    claimed = None if runs else _claimed(view, path)
    return Verdict(bool(runs), len(texts), found_hash, runs, claimed)


def _claimed(view: View, path: Path) -> tuple[Kept, KeptAnswer] | None:
    claim = _claim(path)
    if claim is None:
        return None
    return next((pair for pair in answers_of(view, claim.run) if pair[1].question == path.stem), None)


def _claim(path: Path) -> Claim | None:
    try:
        if path.suffix.lower() == ".parquet":
            return msgspec.json.decode((pq.read_metadata(path).metadata or {})[STAMP_INSIDE], type=Claim)
        return msgspec.json.decode(path.with_name(STAMP).read_bytes(), type=Claim)
    except (OSError, KeyError, pa.ArrowInvalid, msgspec.MsgspecError):
        return None
