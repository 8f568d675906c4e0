"""Records of a Nacha file as values: the line as sent, and the fields that code needs, by their positions.

A record keeps its 94 characters and cuts fields out when they are asked for: most entries of a file are only counted.
Positions here count from 0, as Python does; `nacha_fields.py` has every field with its name, counted from 1.

Source: moov-io/ach (Apache-2.0), one file for each record: `entryDetail.go`, `addenda99.go` and so on.
"""

import datetime as dt
from functools import cache, lru_cache
from typing import Literal

import msgspec

from recoup.domain.findings import Finding
from recoup.domain.tables import ach_return_codes

RECORD = 94
"""Characters of a record."""
BLOCK = 10
"""Records of a block; the last one is filled up with lines of nines."""
HASH_MODULUS = 10**10
"""An entry hash keeps its ten rightmost digits."""
ADV = "ADV"
IAT = "IAT"

Returned = Literal["return", "dishonored", "contested"]
"""What an addenda 99 tells: a return, its dishonour by the originating bank, the receiving bank's contest of that."""


class FileHeader(msgspec.Struct, frozen=True, gc=False):
    """Record 1."""

    line: int
    text: str

    @property
    def destination(self) -> str:
        """Who the file is for, a routing number as a rule."""
        return self.text[3:13].strip()

    @property
    def origin(self) -> str:
        """Who sent it."""
        return self.text[13:23].strip()

    @property
    def created_on(self) -> dt.date | None:
        """The file creation date; None where it is none."""
        return day_of(self.text[23:29])

    @property
    def modifier(self) -> str:
        """Which file of the day it is: A, B and so on."""
        return self.text[33]


class BatchHeader(msgspec.Struct, frozen=True, gc=False):
    """Record 5."""

    line: int
    text: str

    @property
    def service_class(self) -> str:
        """200 mixed, 220 credits, 225 debits, 280 accounting advices."""
        return self.text[1:4]

    @property
    def company(self) -> str:
        """Company identification; of an IAT batch that of the originator."""
        return self.text[40:50].strip()

    @property
    def entry_class(self) -> str:
        """Standard entry class: PPD, WEB, COR and so on."""
        return self.text[50:53]

    @property
    def is_change(self) -> bool:
        """A batch of notifications of change, its international form among them."""
        return self.entry_class == "COR" or self.text[4:10] == "IATCOR"

    @property
    def is_international(self) -> bool:
        """Laid out as IAT: class IAT, or its notifications of change."""
        return self.entry_class == IAT or self.text[4:10] == "IATCOR"

    @property
    def originator(self) -> str:
        """Eight digits of the bank that sent the batch; of a return the receiving bank of the original entry."""
        return self.text[79:87]

    @property
    def number(self) -> str:
        """Batch number, seven digits."""
        return self.text[87:94]

    def settled_on(self, near: dt.date) -> dt.date | None:
        """The settlement date, which the operator states as day of the year; None where it does not.

        Args:
          near: A day within half a year of it, such as that of the file's creation: it gives the year.
        """
        return day_of_year(self.text[75:78], near)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """Record 6 with the addenda that follow it. The amount is in cents."""

    line: int
    text: str
    batch: BatchHeader
    file: FileHeader | None
    addenda: tuple[str, ...]
    amount_minor: int
    is_debit: bool
    """The receiver of the entry is debited."""
    problem: Finding | None = None
    """Why the record cannot be used; it is counted all the same."""

    @property
    def transaction_code(self) -> str:
        """Two digits: kind of account, and what is done to it."""
        return self.text[1:3]

    @property
    def receiver(self) -> str:
        """Eight digits of the bank that receives the entry; of a return the originating bank of the original one."""
        return self.text[3:11]

    @property
    def trace(self) -> str:
        """The entry's trace number, fifteen digits; accounting advices have none."""
        return "" if self.batch.entry_class == ADV else self.text[79:94]

    @property
    def returns(self) -> tuple["Addenda99", ...]:
        """Its addenda 99 in their order: several are the history of one return, the last of them is the news."""
        return tuple([Addenda99(text) for text in self.addenda if text[1:3] == "99"])

    @property
    def changes(self) -> tuple["Addenda98", ...]:
        """Its addenda 98."""
        return tuple([Addenda98(text) for text in self.addenda if text[1:3] == "98"])


class Addenda99(msgspec.Struct, frozen=True, gc=False):
    """Addenda of a return, a dishonored return or a contested dishonored return: the code says which."""

    text: str

    @property
    def code(self) -> str:
        """The return reason code, R and two digits."""
        return self.text[3:6]

    @property
    def tells(self) -> Returned | None:
        """What it is by its code; None for a code that no table knows, whose layout is not known either."""
        return return_kinds().get(self.code)

    @property
    def original_trace(self) -> str:
        """Trace number of the original entry."""
        return self.text[6:21]

    @property
    def original_receiver(self) -> str:
        """Eight digits of the bank that received the original entry."""
        return self.text[27:35]

    @property
    def return_trace(self) -> str | None:
        """Trace number of the return that is dishonored or contested about."""
        return self.text[38:53] if self.tells in ("dishonored", "contested") else None

    @property
    def return_code(self) -> str | None:
        """Reason code of that return."""
        return f"R{self.text[56:58]}" if self.return_trace is not None else None

    @property
    def dishonored_trace(self) -> str | None:
        """Trace number of the dishonored return that is contested."""
        return self.text[58:73] if self.tells == "contested" else None

    @property
    def trace(self) -> str:
        """Its own trace number, that of its entry."""
        return self.text[79:94]


class Addenda98(msgspec.Struct, frozen=True, gc=False):
    """Addenda of a notification of change, or of the refusal of one. The corrected data is personal."""

    text: str

    @property
    def code(self) -> str:
        """The change code, C and two digits; of a refusal the reason of the refusal, C61 to C69."""
        return self.text[3:6]

    @property
    def is_refusal(self) -> bool:
        """The originating bank refuses a notification of change."""
        return "C61" <= self.code <= "C69"

    @property
    def original_trace(self) -> str:
        """Trace number of the original entry."""
        return self.text[6:21]

    @property
    def original_receiver(self) -> str:
        """Eight digits of the bank that received the original entry."""
        return self.text[27:35]


@cache
def return_kinds() -> dict[str, Returned]:
    """What each return reason code tells, from the table of return codes."""
    kinds: dict[str, Returned] = {}
    for row in ach_return_codes():
        kinds[row.code] = row.rate_category if row.rate_category in ("dishonored", "contested") else "return"
    return kinds


@lru_cache(maxsize=1024)
def day_of(text: str) -> dt.date | None:
    """Read YYMMDD as a day of this century; None for anything else."""
    if not (len(text) == 6 and text.isascii() and text.isdigit()):
        return None
    try:
        return dt.date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def day_of_year(text: str, near: dt.date) -> dt.date | None:
    """Read a day of the year, 001 to 366, as the day nearest to another one; None for anything else."""
    if not (len(text) == 3 and text.isascii() and text.isdigit() and 1 <= int(text) <= 366):
        return None
    found = []
    for year in range(max(near.year - 1, 1), min(near.year + 1, 9998) + 1):
        day = dt.date(year, 1, 1) + dt.timedelta(days=int(text) - 1)
        if day.year == year:
            found.append(day)
    return min(found, key=lambda day: abs(day - near), default=None)
