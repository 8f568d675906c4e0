"""The files as they travel between our bank and the network: Nacha's format, which `recoup.formats.nacha` reads.

What a record says is taken from there; here is only what this partner adds to the shapes: which of an entry's addenda
speaks, and the trace numbers by which return, dishonour and contest are one case.
"""

import re

import msgspec

from recoup.formats.nacha_records import Addenda99, Entry, Returned

TRACE = re.compile(r"[0-9]{15}")


class Case(msgspec.Struct, frozen=True, gc=False):
    """One entry about a return: what it tells, and the trace numbers of the entries before it."""

    code: str
    tells: Returned | None
    original: str
    """Trace number of our own entry."""
    returned: str
    """Trace number of the return: the entry's own, or the one that it dishonors or contests."""
    trace: str
    """Trace number of the entry itself."""
    return_code: str | None
    """Reason code of the return, where this is not the return itself."""

    @property
    def name(self) -> str:
        """One name for the whole case, whichever of its entries tells of it."""
        return f"{self.original}/{self.returned}"

    @property
    def movement(self) -> str:
        """The name of the money that this entry moves."""
        return f"{self.original}/{self.trace}"


def case_of(entry: Entry) -> Case | None:
    """Read the last addenda 99 of an entry: those before it are the history that it carries along; None without any."""
    told = entry.returns
    return _case(entry, told[-1]) if told else None


def _case(entry: Entry, last: Addenda99) -> Case:
    return Case(
        code=last.code,
        tells=last.tells,
        original=last.original_trace,
        returned=entry.trace if last.return_trace is None else last.return_trace,
        trace=entry.trace,
        return_code=last.return_code,
    )
