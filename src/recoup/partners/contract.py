"""What every partner folder gives: its feeds, how to verify them, how to read them.

A partner is a value. A feed is read in one of three ways: record by record in
Python from bytes (`RecordFeed`: webhooks, API pages, small reports), record by
record from a stream (`FileFeed`: ISO 8583, ACH, ISO 20022, statements), or as a
set by SQL over a delimited or Parquet file (`TableFeed`: settlement reports, the
house's payments). Law for all: records in = accepted + quarantined, and stated
totals equal computed ones, or the delivery is held whole.

Add a partner: see CONTRIBUTING.md. The registry is `registry.py`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import BinaryIO, Literal

import msgspec

from recoup.domain.codes import Vocabulary
from recoup.domain.findings import Finding
from recoup.domain.money import render_total
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Said, Trust
from recoup.domain.outcome_money import OutcomeMoney
from recoup.formats.laid import LayOut
from recoup.partners.access import Access, Bearer

Role = Literal["announces", "settles", "pays", "banks", "confirms", "informs"]
"""One feed per account *books* a role; others of the same role corroborate."""

Closing = Literal["totals", "structure", "nothing"]
"""What proves that a delivery came whole: totals that it states itself (a trailer, a closing balance); its structure,
an opening that wants its close (JSON, XML, a length); or nothing: cut between two records it looks whole, and the
partner's README and `gaps_closed_by` say how that is noticed all the same."""


class Message(msgspec.Struct, frozen=True):
    """One HTTP message as it came. Header names are lower-case; `start_line` is the request or status line."""

    start_line: str
    headers: Mapping[str, str]
    body: bytes


class SigningKey(msgspec.Struct, frozen=True):
    """One live webhook key; several may be live while a key is rotated."""

    name: str
    secret: str


class Verdict(msgspec.Struct, frozen=True):
    """What a signature check found. `refused` lists positions (from 1) of items that fail in a batched message."""

    is_accepted: bool
    trust: Trust
    why: str = ""
    refused: Mapping[int, str] = {}


Verify = Callable[[Message, Sequence[SigningKey], int], Verdict]
"""(message, live keys, received_at in microseconds) -> verdict, over raw bytes and before any parsing of meaning."""


class Arrived(msgspec.Struct, frozen=True):
    """One delivery as a reader sees it."""

    delivery: str
    partner: str
    account: str
    feed: str
    name: str
    landed_at: int
    zone: str
    """The account's IANA zone."""
    headers: Mapping[str, str] = {}
    start_line: str = ""
    """Of the message, or of the request that fetched the page, where known."""
    refused: Mapping[int, str] = {}
    """Items that failed verification, by position: never read, always quarantined."""


class Quarantined(msgspec.Struct, frozen=True):
    """One bad record: where, and what is wrong with it. Its bytes stay in the object."""

    position: int
    finding: Finding


class Control(msgspec.Struct, frozen=True):
    """One stated total beside the computed one; they must be equal, or the delivery is held."""

    name: str
    stated: int
    computed: int
    currency: str | None = None
    """Of amounts, which are minor units; counts have none."""

    @property
    def found(self) -> str:
        """What is stated and what the records come to, for a person."""
        stated, computed = (render_total(total, self.currency) for total in (self.stated, self.computed))
        return f"{self.name} stated {stated}, computed {computed}"


class Placed(msgspec.Struct, frozen=True):
    """What one record said about one dispute, at its position in the delivery, with the trust of that record."""

    position: int
    said: Said
    account: str | None = None
    """Where the record names our account itself (Adyen's merchantAccountCode); else the delivery's."""
    trust: Trust | None = None


class Reading(msgspec.Struct):
    """Everything one delivery said. `records = accepted + len(quarantined)` always."""

    records: int = 0
    accepted: int = 0
    observations: list[Placed] = []
    money_lines: list[MoneyLine] = []
    quarantined: list[Quarantined] = []
    findings: list[Finding] = []
    controls: list[Control] = []
    held: Finding | None = None
    """Why the whole delivery is held; then nothing of it is applied."""
    covers_on: str | None = None
    """The ISO day that the delivery reports on, where it says so."""
    sequence: int | None = None
    fetch: list[str] = []
    """What a sweep should fetch soon, as `Partner.fetch` takes it: ids of disputes, or of payments whose disputes they
    are. Names that are no ids (a report's file) are for those who look at the reading."""


ReadRecords = Callable[[Arrived, bytes], Reading]


class RecordFeed(msgspec.Struct, frozen=True):
    """A feed read record by record in Python."""

    name: str
    roles: tuple[Role, ...]
    medium: Literal["webhook", "page", "file"]
    read: ReadRecords
    verify: Verify | None = None
    """None where the channel itself is trusted (our own authenticated fetch, an SFTP drop)."""
    lay_out: LayOut | None = None
    """How a person is shown a file of it; None where its format alone says enough (JSON, CSV)."""
    closed_by: Closing = "structure"
    names_alone: bool = False
    """A message of it may do no more than name what changed: the same bytes come again for the next change."""


ReadFile = Callable[[Arrived, BinaryIO], Iterable[Reading]]
"""A stream to readings of at most some thousand records each; the last one states what the whole file states (controls,
the day it covers, its sequence). One `held` holds the whole delivery, whatever the parts before it said."""


class FileFeed(msgspec.Struct, frozen=True):
    """A feed of files in a format of its own, read record by record from a stream that is never held whole."""

    name: str
    roles: tuple[Role, ...]
    read: ReadFile
    lay_out: LayOut | None = None
    """How a person is shown a file of it."""
    closed_by: Closing = "totals"


class Layout(msgspec.Struct, frozen=True):
    """The columns of one known layout of a file, by the partner's own names; order does not matter."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    free: str | None = None
    """Regular expression of column names that users of the partner define themselves."""


class TableFeed(msgspec.Struct, frozen=True):
    """A feed read as a set, by one SQL mapping over its rows.

    `sql` is one SELECT over the relation `source`, whose columns are the layout's
    columns as VARCHAR (absent optional ones NULL), in the order of the records.
    It gives the canonical columns of what it `makes`, in `TABLE_COLUMNS` order,
    and a last column `problem`: NULL for an accepted row, 'code|found|wanted' for a refused one, `silent` for an
    accepted one that makes no row of this table, `head` or `total` for one that is no record but states balances or
    totals of the file, `total` at its end.
    It joins nothing, so that the order of the records stays: the macros of `intake/sql/*.sql` look up the delivery's
    account, decimals of currencies and the partner's `codes.csv`.
    `controls` is SQL over `mapped` and `source` giving (name, stated, computed,
    currency) rows; stated NULL means that the file states nothing.
    """

    name: str
    roles: tuple[Role, ...]
    makes: Literal[
        "money_line", "observation", "payment", "refund", "merchant", "account_merchant", "allocation", "house_line"
    ]
    layouts: tuple[Layout, ...]
    sql: str
    controls: str | None = None
    notes: str | None = None
    """SQL over `source` giving (field, word, vocabulary, records): words of the partner's that no vocabulary has, where
    the mapping goes on without them; each is a finding."""
    delimiter: str = ","
    covers_from_name: str | None = None
    """Regular expression with groups (year, month, day) or (sequence) on the file's name."""
    is_identity_unique: bool = True
    """The partner promises that an identity stands once in a file; a second one is a quarantined record."""
    also: Mapping[str, str] = {}
    """Further tables made from the same file: name of the table -> SQL in the same shape. Rows of `sql` that belong to
    them are silent there, and the other way round."""
    closed_by: Closing = "totals"


MONEY_LINE_COLUMNS: tuple[str, ...] = (
    "identity",
    "kind",
    "partner_kind",
    "partner_dispute_id",
    "payment_ref",
    "cycle",
    "batch",
    "gross_minor",
    "fee_minor",
    "net_minor",
    "currency",
    "original_minor",
    "original_currency",
    "occurred_at",
    "effective_on",
    "reference",
)
OBSERVATION_COLUMNS: tuple[str, ...] = (
    "partner_dispute_id",
    "record_id",
    "occurred_at",
    "move",
    "kind",
    "nature",
    "partner_status",
    "amount_minor",
    "currency",
    "payment_ref",
    "case_ref",
    "network",
    "reason_code",
    "due_at",
    "opened_at",
    "leg",
    "leg_cycle",
    "leg_ref",
)
"""What one row says about one dispute (`domain.observation.Said`). `leg` is the movement that the row announces, of
`amount_minor`, in `leg_cycle` and with the partner's reference `leg_ref`; NULL where it announces none."""
TABLE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "money_line": MONEY_LINE_COLUMNS,
    "observation": OBSERVATION_COLUMNS,
    "payment": (
        "payment",
        "merchant",
        "partner",
        "account",
        "payment_ref",
        "captured_minor",
        "currency",
        "captured_at",
    ),
    "refund": ("refund", "payment", "amount_minor", "currency", "refunded_at"),
    "merchant": ("merchant", "name", "currency"),
    "account_merchant": ("partner", "account", "merchant", "valid_from", "valid_to"),
    "allocation": ("allocation", "payment", "principal", "fee", "fx", "valid_from"),
    "house_line": (
        "house_line",
        "merchant",
        "kind",
        "partner",
        "partner_dispute_id",
        "payment",
        "amount_minor",
        "short_minor",
        "currency",
        "effective_on",
    ),
}

Feed = RecordFeed | FileFeed | TableFeed


class Request(msgspec.Struct, frozen=True):
    """One HTTP request to a partner, without the secret: `send` adds authorisation."""

    method: str
    path: str
    """Begins with a slash, below the address that the account is set up with."""
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    """What the API wants beside authorisation: its version, what the body is. Lower-case names; never a secret."""
    body: bytes = b""
    only_asks: bool = False
    """A search by POST changes nothing, so it may be sent again when no answer came; a GET always may."""


Send = Callable[[Request], Message]
"""The one-method seam to a partner's API: tests hand in five lines, the wiring hands in httpx."""


class Swept(msgspec.Struct, frozen=True):
    """One page that a sweep fetched, to be landed as bytes on `feed` under `name`."""

    feed: str
    name: str
    message: Message
    status: int = 200
    """Of the answer; one from 400 on is no page of the list, and is counted instead of landed."""


class Listing(msgspec.Struct, frozen=True):
    """Which disputes a sweep's list must show, so that one that is left out can be noticed."""

    by: Literal["created", "updated", "all"]
    """The list begins at a time by which disputes were opened, or last changed; or it has no beginning."""
    reach: int = 0
    """Microseconds by which it begins before the time that a sweep is asked for."""


Sweep = Callable[[Send, int, int], "Iterable[Swept]"]
"""(send, changed since, now) in microseconds -> pages in the order fetched, best one by one as they come: what came
before a failure is kept."""


class Capabilities(msgspec.Struct, frozen=True):
    """What this partner can do, honestly."""

    can_list_disputes: bool
    can_fetch_dispute: bool
    has_event_ids: bool
    authenticates: Literal["body", "fields", "channel"]
    gaps_closed_by: str
    """One sentence: how a lost message is noticed."""
    tells_due_times: bool = True
    """Whether it ever says until when it waits for us; where it never does, nobody misses it."""


class Unreadable(msgspec.Struct, frozen=True):
    """Why a declared partner's folder cannot be read, in the parts of a message."""

    where: str
    found: str
    wanted: str
    remedy: str

    def __str__(self) -> str:
        """Give the one line of a message."""
        return f"{self.where}: {self.found}; wanted {self.wanted}. {self.remedy}"


class Partner(msgspec.Struct, frozen=True):
    """One partner folder as a value."""

    name: str
    title: str
    feeds: Mapping[str, Feed]
    books: Mapping[Role, tuple[str, ...]]
    """Which feeds book each role, the preferred first: a line is booked as the first of them that tells it, totals by
    the first that ever delivered for the account; the other feeds of the role corroborate."""
    codes: Vocabulary
    capabilities: Capabilities
    chain: Literal["payout", "bank", "balance"] = "payout"
    """report -> payout -> bank, file -> bank, or a running balance."""
    sweep: Sweep | None = None
    fetch: Callable[[Send, str], Swept] | None = None
    """Fetch one dispute by the partner's id."""
    listing: Listing | None = None
    """What its list of disputes must show; None where that is not known, and nobody looks."""
    account_of: Callable[[bytes], str | None] | None = None
    """Our account as the message itself names it, where it does."""
    outcome_money: tuple[OutcomeMoney, ...] = ()
    """Which legs each outcome goes with here: the folder's `outcome_money.csv`; empty where nobody wrote one."""
    access: tuple[Access, ...] = (Bearer(),)
    """The ways in which its API lets us in, at most one that takes a client id and one that takes none; of no meaning
    where nothing is swept or fetched."""
    unreadable: Unreadable | None = None
    """Set where a folder that declares a partner does not hold together: it has no feeds; others go on without it."""
