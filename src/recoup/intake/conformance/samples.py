"""Samples of a partner: files as it sends them, and `samples.toml`, which says what each of them tells.

A sample states its own truth: how many records it has, how many of them are bad, which disputes it tells. Where one
dispute or one movement is told by several files, `[[same]]` and `[[same_money]]` say so; `[[vector]]` names signed
messages with whether they are to be accepted; `[[spoiled]]` a change to a file that must be noticed, for formats in
which a stated total cannot be found by itself; `[[chain]]` the disputes of one payment, in order.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from recoup.domain.instants import parse_instant
from recoup.errors import InstantRefused, SamplesInvalid

FILE = "samples.toml"


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One test key that messages are signed with."""

    name: str
    secret: str


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file, and what it tells."""

    feed: str
    file: str
    received_at: str
    records: int
    quarantined: int = 0
    held: bool = False
    disputes: tuple[str, ...] = ()
    money_lines: int | None = None
    source: str = ""
    name: str | None = None
    """As the partner names the file; by default as it lies here."""
    account: str | None = None
    """Our account, where it is another than that of the samples."""


class Same(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dispute that several files tell."""

    dispute: str
    files: tuple[str, ...]


class SameMoney(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One movement that several files tell."""

    identity: str
    files: tuple[str, ...]


class Vector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signed message, and whether it is to be accepted."""

    file: str
    feed: str
    accepted: bool
    received_at: str
    key: str | None = None
    """The only live key; all of them by default."""
    why: str = ""
    source: str = ""


class Spoiled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change to a sample that must be noticed."""

    file: str
    find: str
    put: str
    why: str = ""


class Chain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Disputes of one payment: each is told by one of the files, and their case is one."""

    disputes: tuple[str, ...]
    files: tuple[str, ...]


class Samples(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All samples of one partner."""

    account: str
    zone: str = "UTC"
    currencies: tuple[str, ...] = ()
    key: tuple[Key, ...] = ()
    sample: tuple[Sample, ...] = ()
    same: tuple[Same, ...] = ()
    same_money: tuple[SameMoney, ...] = ()
    vector: tuple[Vector, ...] = ()
    spoiled: tuple[Spoiled, ...] = ()
    chain: tuple[Chain, ...] = ()

    def of(self, file: str) -> Sample:
        """Give the sample of this file.

        Raises:
          SamplesInvalid: There is none.
        """
        found = next((sample for sample in self.sample if sample.file == file), None)
        if found is None:
            raise SamplesInvalid(FILE, f"no sample {file!r}", "a file that a [[sample]] names")
        return found


def read_samples(folder: Path) -> Samples:
    """Read the samples of a folder.

    Raises:
      SamplesInvalid: No `samples.toml`, a field that samples do not have, or a file that is not there.
    """
    path = folder / FILE
    try:
        told = _times_as_text(tomllib.loads(path.read_text(encoding="utf-8")))
        samples = msgspec.convert(told, Samples)
        for received_at in (*(s.received_at for s in samples.sample), *(v.received_at for v in samples.vector)):
            parse_instant(received_at)
    except FileNotFoundError as error:
        raise SamplesInvalid(str(path), "no such file", "the samples of the partner", _REMEDY) from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError, InstantRefused) as error:
        raise SamplesInvalid(str(path), str(error), "samples with feed, file, received_at, records", _REMEDY) from error
    named = [*(sample.file for sample in samples.sample), *(vector.file for vector in samples.vector)]
    missing = sorted({file for file in named if not (folder / file).is_file()})
    if missing:
        raise SamplesInvalid(str(path), f"no file {missing[0]}", "each sample beside it", _REMEDY)
    return samples


def _times_as_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _times_as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_times_as_text(inner) for inner in value]
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value


_REMEDY = "Compare with the samples of a partner that has some."
