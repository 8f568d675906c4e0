"""What stands inside PDSs of Mastercard's clearing messages: file ids, exponents, dates, settlement, errors.

Each function reads the text of one PDS, empty where it is absent, by the positions of its subfields, and gives None
or nothing where it does not hold what it should; what a value means stands in `codes.csv`. Pure.

Source:
  Comments on the columns of table `mcw_fin` (public SQL of an acquirer's system) for the subfields of 0025, 0105,
  0148, 0158, 0159 and 0268 in their order; SmartVista clearing file format 1.10 for the lengths in 0005, 0025, 0105
  and 0165; a public jPOS reader of IPM files for the whole length of 0159 (67).
"""

import datetime as dt

import msgspec

_ENTRY_CHARACTERS = 4
_ERROR_CHARACTERS = 14
_SETTLEMENT_CHARACTERS = 67


class FileId(msgspec.Struct, frozen=True):
    """PDS 0105, in its parts."""

    kind: str
    on: dt.date | None
    processor: str
    sequence: str


class Settlement(msgspec.Struct, frozen=True):
    """PDS 0159: in which settlement of which service the message is settled."""

    service: str
    on: dt.date
    cycle: str


def file_id(text: str) -> FileId:
    """Read a file id: type 3, reference date YYMMDD 6, processor 11, sequence 5."""
    return FileId(text[:3], day(text[3:9]), text[9:20], text[20:25])


def exponents(text: str) -> dict[str, int]:
    """Read PDS 0148: for each currency, by its three-digit number, how many decimals its amounts have here."""
    entries = [text[at : at + _ENTRY_CHARACTERS] for at in range(0, len(text), _ENTRY_CHARACTERS)]
    return {entry[:3]: int(entry[3]) for entry in entries if len(entry) == _ENTRY_CHARACTERS and entry.isdecimal()}


def business_day(text: str) -> dt.date | None:
    """Read the business date in PDS 0158: the day on which the message was processed."""
    return day(text[12:18])


def settlement(text: str) -> Settlement | None:
    """Read PDS 0159, where it is whole and has a settlement date."""
    on = day(text[59:65])
    if len(text) != _SETTLEMENT_CHARACTERS or on is None:
        return None
    return Settlement(text[40:50].strip(), on, text[65:67].strip())


def settlement_indicator(text: str) -> str:
    """Read the first subfield of PDS 0165; nothing where it is blank."""
    return text[:1].strip()


def is_reversal(text: str) -> bool:
    """Whether PDS 0025 says that the message takes back an earlier one."""
    return text[:1] == "R"


def errors(text: str) -> tuple[str, ...]:
    """Read PDS 0005: each error as the element it is in, its severity and its code."""
    told = [text[at : at + _ERROR_CHARACTERS] for at in range(0, len(text), _ERROR_CHARACTERS)]
    return tuple(f"{one[:5].strip()} severity {one[5:7]} code {one[7:11]}" for one in told)


def day(text: str) -> dt.date | None:
    """Read a day YYMMDD of this century."""
    if len(text) != 6 or not text.isdecimal():
        return None
    try:
        return dt.date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None
