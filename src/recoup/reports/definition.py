"""What a report is: the values that `report.toml` holds, with nothing looked up or checked beyond their shape."""

from typing import Literal

import msgspec

FILE = "report.toml"
ALL = "all"
"""Default of a parameter that may be left open: every merchant, partner, account or currency."""

ParameterType = Literal["day", "month", "merchant", "partner", "account", "currency"]
Format = Literal["pdf", "xlsx", "csv", "parquet", "json"]
Shape = Literal["columns", "bars", "waterfall"]
Rhythm = Literal["day", "business_day", "week", "month"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
FORMATS: tuple[Format, ...] = ("pdf", "xlsx", "csv", "parquet", "json")


class Shaped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of `report.toml`: a key that it does not know is refused."""


class Parameter(Shaped, frozen=True):
    """What may be chosen. Questions read it as `$name`; see `parameters.py` for what else it gives them."""

    name: str
    type: ParameterType
    says: str
    default: str | None = None
    """A value, a word such as `yesterday`, or `all`; without one it must be given."""


class Figures(Shaped, frozen=True, tag_field="kind", tag="figures"):
    """Headline numbers: each row is one, of `figure` and `value` or `amount_minor`, with `says` and `tone`."""

    question: str
    title: str = ""


class TableOf(Shaped, frozen=True, tag_field="kind", tag="table"):
    """Rows of a question."""

    question: str
    title: str
    columns: tuple[str, ...] = ()
    """Which columns, in this order; all of them by default."""
    heads: dict[str, str] = {}
    totals: tuple[str, ...] = ()
    """Columns summed below the table, per currency where they are money."""
    note: str = ""
    empty: str = "Nothing."
    rows_max: int = 200
    """More rows than these are counted on the page, and stand in the other formats."""


class Chart(Shaped, frozen=True, tag_field="kind", tag="chart"):
    """A picture of a question's rows; amounts of several currencies make a picture each."""

    question: str
    title: str
    shape: Shape
    label: str
    """The column that names a bar."""
    value: str
    """The column that measures it: a whole number or an amount."""
    series: str | None = None
    """The column that divides a bar into parts."""
    note: str = ""


Section = Figures | TableOf | Chart


class Schedule(Shaped, frozen=True):
    """When a report is due."""

    every: Rhythm
    at: str
    """`07:00`, in `zone`."""
    zone: str = "UTC"
    calendar: str | None = None
    """Of business days: fed, target, uk or mexico; needed where business days are counted."""
    business_day: int = 1
    """Of a month: which business day."""
    weekday: Weekday = "mon"
    """Of a week."""


class Recipient(Shaped, frozen=True):
    """Who gets which formats, and the folder they are put into; a relative one lies in the home."""

    name: str
    formats: tuple[Format, ...]
    folder: str


class Definition(Shaped, frozen=True):
    """`report.toml` as values."""

    title: str
    about: str
    owner: str
    section: tuple[Section, ...]
    zone: str = "UTC"
    """Where its days begin."""
    landscape: bool = False
    only_merchant: bool = False
    """Its questions see only what belongs to the merchant that is chosen, as they would for that merchant."""
    answers_known_at: bool | None = None
    """Whether every question of it can be asked as known at an instant; checked against them where it is said."""
    formats: tuple[Format, ...] = ("pdf", "xlsx", "csv")
    parameter: tuple[Parameter, ...] = ()
    schedule: Schedule | None = None
    recipient: tuple[Recipient, ...] = ()
