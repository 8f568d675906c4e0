"""ACH files in Nacha's format: a stream to entries with their addenda, every control checked, memory flat.

Nothing raises on bad data. What makes a file untrustworthy is `held`: a record out of its place, a control record that
is missing or differs by one, a length or encoding that is no Nacha file's. A record that cannot be used is an entry
with a `problem`, counted all the same. What is odd and harmless is a finding. A stream may hold several files, one
after another. Next: `nacha_records.py` for the values, `nacha_layout.py` for how a person is shown a file.

Written here because the libraries there are validate nothing (ach 0.2) or only write (nacha, ach-file), and none
knows the addenda of dishonored and contested returns.

Source: moov-io/ach (Apache-2.0), `file.go`, `batch.go`, `reader.go`, the records' files, and its test files.
"""

from collections.abc import Iterator
from typing import BinaryIO

from recoup.domain.findings import Finding
from recoup.formats.nacha_lines import Lines
from recoup.formats.nacha_records import Entry
from recoup.formats.nacha_walk import Stated, Walk


class Nacha:
    """A stream as entries: iterate once, then read what the walk found."""

    def __init__(self, stream: BinaryIO, name: str = "") -> None:
        self._lines = Lines(stream, name)
        self.walk = Walk(name)

    @property
    def held(self) -> Finding | None:
        """Why the whole is not to be trusted; None where every control holds."""
        return self._lines.refused or self.walk.held

    @property
    def findings(self) -> list[Finding]:
        """Everything that was found, `held` left out."""
        return [finding for finding in (*self._lines.notes, *self.walk.findings) if finding is not self.held]

    @property
    def totals(self) -> list[Stated]:
        """What the file controls state beside what the records come to."""
        return self.walk.totals

    def entries(self) -> Iterator[Entry]:
        """Give every entry in order, those with a problem among them."""
        take = self.walk.take
        for line, text in self._lines:
            done = take(line, text)
            if done is not None:
                yield done
        if self._lines.refused is None and (done := self.walk.finish()) is not None:
            yield done
