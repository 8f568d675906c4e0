"""The register's tables, one definition for SQLite and PostgreSQL.

Every column is an integer, a text or bytes (`types.py`), so that a plain tuple
of Python values is a row on both databases. What a row *is* stands in each
table's comment; the migrations in `migrations/` are checked against this file.
Read `register.py` next for how rows get in and out.
"""

from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, MetaData, PrimaryKeyConstraint, Table, text
from sqlalchemy.types import TypeEngine

from recoup.storage.types import Bytes, Day, Flag, Instant, Key, Minor, Text, Whole

metadata = MetaData()


def _table(name: str, comment: str, *items: Column[Any] | PrimaryKeyConstraint | Index | ForeignKeyConstraint) -> Table:
    return Table(name, metadata, *items, comment=comment, sqlite_strict=True)


def _must(name: str, kind: type[TypeEngine[Any]]) -> Column[Any]:
    return Column(name, kind, nullable=False)


def _may(name: str, kind: type[TypeEngine[Any]]) -> Column[Any]:
    return Column(name, kind, nullable=True)


def _index_where_set(name: str, column: str, columns: tuple[str, ...]) -> Index:
    """Index only the rows that have a value there: half of each table's writes then leave the index alone."""
    where = text(f"{column} is not null")
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


# --- who and what ---------------------------------------------------------------------------

book = _table(
    "book",
    "One set of books of one legal entity.",
    _must("name", Text),
    _must("preset", Text),  # platform | merchant
    _may("locked_through", Day),  # as the rulings on it say now
    PrimaryKeyConstraint("name"),
)

ruling = _table(
    "ruling",
    "One thing that a person ruled and that derivation follows from, as the lock of a book; append-only.",
    _must("ruling", Key),
    _must("kind", Text),  # books_locked_through | account_phase | account_opening | shape_accepted | schedule
    _must("subject", Text),  # name of the book; partner/account; canonical JSON list of partner, account and feed
    _must("sequence", Whole),  # 1 for the first of a kind and subject
    _may("value", Text),  # what holds from then on: the last locked day; canonical JSON; or NULL for none
    _must("reason", Text),
    _must("actor", Text),
    _must("at", Instant),  # since when it is known
    _must("needs_approval", Flag),  # it holds once another person approves it
    _may("approves", Key),  # the ruling that this one lets hold
    _must("recorded_at", Instant),
    PrimaryKeyConstraint("ruling"),
    Index("ruling_by_subject", "kind", "subject"),
)

merchant = _table(
    "merchant",
    "One party that is owed money by us; as the house's merchants feed last said.",
    _must("merchant", Key),
    _may("name", Text),
    _may("currency", Text),
    _must("delivery", Key),
    _must("landed_at", Instant),
    PrimaryKeyConstraint("merchant"),
)

account = _table(
    "account",
    "One account of ours at one partner: its zone, book, and the phase it was set up with.",
    _must("partner", Text),
    _must("account", Text),
    _must("book", Text),
    _must("zone", Text),  # IANA name; days of this account are days there
    _may("currency", Text),
    _must("phase", Text),  # shadow | live | closing: as it was set up; what became of it is ruled
    _must("phase_now", Text),  # shadow | live | closing | closed: as ruled since
    _may("books_from", Day),  # the first day that is booked, where that was ruled; NULL: all or nothing, by phase_now
    PrimaryKeyConstraint("partner", "account"),
)

account_merchant = _table(
    "account_merchant",
    "Who stands behind an account, MID or SUN at a partner, from a day to a day (to excluded).",
    _must("partner", Text),
    _must("account", Text),
    _must("merchant", Key),
    _must("valid_from", Day),
    _may("valid_to", Day),
    _must("delivery", Key),
    _must("landed_at", Instant),
    PrimaryKeyConstraint("partner", "account", "merchant", "valid_from"),
)

contract = _table(
    "contract",
    "One dated agreement with a partner about one account; `body` is canonical JSON of contract.toml.",
    _must("partner", Text),
    _must("account", Text),
    _must("valid_from", Day),
    _must("body", Text),
    PrimaryKeyConstraint("partner", "account", "valid_from"),
)

secret = _table(
    "secret",
    "One live key of a partner account (webhook signing key, API key), wrapped by the home's key.",
    _must("partner", Text),
    _must("account", Text),
    _must("name", Text),
    _must("wrapped", Bytes),
    _must("added_at", Instant),
    _may("retired_at", Instant),  # a retired key signs nothing new; what it signed can still be read again
    PrimaryKeyConstraint("partner", "account", "name"),
)

setting = _table(
    "setting",
    "One fact about this home itself, such as which clock it runs on.",
    _must("name", Text),
    _must("value", Text),
    PrimaryKeyConstraint("name"),
)

fetch_wanted = _table(
    "fetch_wanted",
    "What a partner only hinted at, by its own name of it, until it was fetched.",
    _must("partner", Text),
    _must("account", Text),
    _must("name", Text),
    _must("delivery", Key),
    _must("landed_at", Instant),
    PrimaryKeyConstraint("partner", "account", "name"),
)

credential_expiry = _table(
    "credential_expiry",
    "One key, certificate or right of an account that ends by itself on a day, as a setup says.",
    _must("partner", Text),
    _must("account", Text),
    _must("name", Text),
    _must("expires_on", Day),  # its last day, in the account's zone
    PrimaryKeyConstraint("partner", "account", "name"),
)

sweep_round = _table(
    "sweep_round",
    "One round of asking one account's API, and what came of it; only breaks follow from it.",
    _must("partner", Text),
    _must("account", Text),
    _must("began_at", Instant),
    _must("ended_at", Instant),
    _must("is_list", Flag),  # the list was asked for; else single objects alone
    _must("is_complete", Flag),  # all that was asked for came, and could be read
    _must("pages", Whole),
    _must("held", Whole),  # answers that no reader could read
    _must("objects", Whole),  # disputes that the list showed
    _must("missed", Text),  # canonical JSON list of disputes that it should have shown, by the partner's ids
    _must("found", Whole),  # disputes that were asked for one by one, and came
    _must("absent", Text),  # canonical JSON list of those that the partner says it does not have
    _may("failure", Text),  # outcome of the try that ended it: refused, throttled, failed, unreachable, …
    _may("said", Text),  # what came instead, in a few words; never a body
    PrimaryKeyConstraint("partner", "account", "began_at"),
)

call_tally = _table(
    "call_tally",
    "How the tries of one operation went in one round of asking one account's API.",
    _must("partner", Text),
    _must("account", Text),
    _must("began_at", Instant),  # of the round
    _must("operation", Text),  # method and path, ids left out
    _must("tries", Whole),
    _must("refused", Whole),
    _must("absent", Whole),
    _must("throttled", Whole),
    _must("failed", Whole),
    _must("unreachable", Whole),
    _must("elsewhere", Whole),
    _must("rejected", Whole),
    _must("slow", Whole),  # tries that took longer than any should, whatever came of them
    _must("slowest", Whole),  # microseconds
    _may("clock_offset", Whole),  # microseconds, the smallest seen; positive: the partner's is before ours
    PrimaryKeyConstraint("partner", "account", "began_at", "operation"),
)

# --- the house's own records ----------------------------------------------------------------

payment = _table(
    "payment",
    "One payment as the house captured it.",
    _must("payment", Key),  # the house's own id
    _must("merchant", Key),
    _must("partner", Text),
    _must("account", Text),
    _must("payment_ref", Text),  # the partner's reference: ch_..., pspReference
    _must("captured_minor", Minor),
    _must("currency", Text),
    _must("captured_at", Instant),
    _must("delivery", Key),
    _must("position", Whole),
    _must("landed_at", Instant),
    PrimaryKeyConstraint("payment"),
    Index("payment_by_ref", "partner", "payment_ref"),
)

refund = _table(
    "refund",
    "One refund as the house made it.",
    _must("refund", Key),
    _must("payment", Key),
    _must("amount_minor", Minor),
    _must("currency", Text),
    _must("refunded_at", Instant),
    _must("delivery", Key),
    _must("position", Whole),
    _must("landed_at", Instant),
    PrimaryKeyConstraint("refund"),
    Index("refund_by_payment", "payment"),
)

allocation = _table(
    "allocation",
    "Who bears principal, fee and FX of a payment's disputes, from a day on.",
    _must("allocation", Key),
    _must("payment", Key),
    _must("principal", Text),  # merchant | house
    _must("fee", Text),
    _must("fx", Text),
    _must("valid_from", Day),
    _must("delivery", Key),
    _must("position", Whole),
    _must("landed_at", Instant),
    PrimaryKeyConstraint("allocation"),
    Index("allocation_by_payment", "payment"),
)

house_line = _table(
    "house_line",
    "One movement on a merchant's balance in the house's own ledger.",
    _must("house_line", Key),  # the house's own entry id
    _must("merchant", Key),
    _must("kind", Text),  # dispute_debit | dispute_credit | dispute_fee | fee_credit | other
    _may("partner", Text),
    _may("partner_dispute_id", Text),
    _may("payment", Key),
    _must("amount_minor", Minor),  # signed as the merchant sees it: a debit is negative
    _must("short_minor", Minor),  # part of a debit that the merchant could not pay: now a receivable
    _must("currency", Text),
    _must("effective_on", Day),
    _must("delivery", Key),
    _must("position", Whole),
    _must("landed_at", Instant),
    PrimaryKeyConstraint("house_line"),
    Index("house_line_by_dispute", "partner", "partner_dispute_id"),
)

# --- bytes ----------------------------------------------------------------------------------

object_ = _table(
    "object",
    "Bytes, once: where they lie and the key that opens them, wrapped by the home's key.",
    _must("object", Key),  # hex SHA-256 of the plaintext
    _must("size", Whole),
    _must("place", Text),  # pack name or file name below objects/
    _must("at_byte", Whole),
    _must("stored_size", Whole),
    _may("wrapped_key", Bytes),  # NULL once erased
    PrimaryKeyConstraint("object"),
)

delivery = _table(
    "delivery",
    "One arrival of an object on a feed.",
    _must("delivery", Key),
    _must("object", Key),
    _must("partner", Text),
    _must("account", Text),
    _must("feed", Text),
    _must("name", Text),  # as the partner names it
    _must("landed_at", Instant),
    _must("recorded_at", Instant),
    _must("is_verified", Flag),
    _must("is_repeat", Flag),  # the object had been delivered on this feed before
    _must("status", Text),  # read | held | refused | known (not read again) | erased
    _must("records", Whole),
    _must("accepted", Whole),
    _must("quarantined", Whole),
    _may("lake_file", Text),
    _may("covers_on", Day),  # the day, or
    _may("sequence", Whole),  # the number, that this delivery is the report of
    _may("headers", Text),  # canonical JSON of the HTTP start line and headers, secrets left out
    PrimaryKeyConstraint("delivery"),
    Index("delivery_by_object", "object", "partner", "feed"),
    Index("delivery_by_feed", "partner", "account", "feed", "landed_at"),
)

quarantine = _table(
    "quarantine",
    "One bad record, by position, until it is released or read again.",
    _must("delivery", Key),
    _must("position", Whole),
    _must("code", Text),
    _must("found", Text),  # scrubbed excerpt
    _must("wanted", Text),
    _must("landed_at", Instant),
    _may("released_at", Instant),
    _may("release_reason", Text),
    PrimaryKeyConstraint("delivery", "position"),
)

finding = _table(
    "finding",
    "One thing that is wrong with the data of a delivery or dispute, kept until it is no longer so.",
    _must("finding", Key),
    _must("check_", Text),
    _must("partner", Text),
    _must("account", Text),
    _must("feed", Text),
    _must("delivery", Key),
    _may("dispute", Key),
    _must("where_", Text),
    _must("found", Text),
    _must("wanted", Text),
    _must("severity", Text),  # note | warn | error
    _must("landed_at", Instant),
    PrimaryKeyConstraint("finding"),
    Index("finding_by_delivery", "delivery"),
    Index("finding_by_dispute", "dispute"),
)

fingerprint = _table(
    "fingerprint",
    "How often a field of a feed was seen written in one way, on one day of landing; never a value.",
    _must("partner", Text),
    _must("account", Text),
    _must("feed", Text),
    _must("version", Text),  # of the message, as the partner names it; '' where it does not
    _must("landed_on", Day),  # UTC
    _must("path", Text),  # the way to the field; '' for the whole
    _must("facet", Text),  # row | file | header | object | list | number | null | empty | how a text is written
    _must("count", Whole),
    _must("subjects", Text),  # up to four subjects, as numbers that name nobody; * where there are more
    PrimaryKeyConstraint("partner", "account", "feed", "version", "landed_on", "path", "facet"),
)

# --- facts ----------------------------------------------------------------------------------

observation = _table(
    "observation",
    "One canonical fact from one record, once; no body.",
    _must("observation", Key),
    _must("dispute", Key),
    _must("partner", Text),
    _must("account", Text),
    _must("partner_dispute_id", Text),
    _must("form", Text),  # event | snapshot | row
    _may("record_id", Text),
    _must("feed", Text),
    _must("delivery", Key),
    _must("position", Whole),
    _must("occurred_at", Instant),
    _must("landed_at", Instant),
    _must("trust", Text),  # signed | partly | fetched | given
    _may("kind", Text),
    _may("nature", Text),  # of a return: failure | unauthorised | refund_right | administrative | indemnity
    _must("move", Text),
    _may("partner_status", Text),
    _may("amount_minor", Minor),
    _may("currency", Text),
    _may("payment_ref", Text),
    _may("case_ref", Text),
    _may("network", Text),
    _may("reason_code", Text),
    _may("due_at", Instant),
    _may("due_state", Text),  # said | none_allowed | unsaid | left_empty
    _may("opened_at", Instant),
    _may("is_slot_spent", Flag),
    _may("legs", Text),  # canonical JSON of the legs told, NULL when none
    _must("content", Key),  # hash of the canonical content
    PrimaryKeyConstraint("observation"),
    Index("observation_by_dispute", "dispute"),
    Index("observation_by_delivery", "delivery"),
)

UNNAMED = "partner_dispute_id is null and kind in ('dispute', 'dispute_fee', 'dispute_reversal')"
"""A line about a dispute that was told without one, as the index over such lines has it."""
_IS_UNNAMED = text(UNNAMED)
_IS_PAYOUT = text("kind = 'payout'")
_IS_BANK = text("kind = 'bank'")

money_line = _table(
    "money_line",
    "One canonical movement as one feed told it; of large deliveries only those booked one by one.",
    _must("money_line", Key),  # from partner, account, identity: the same on every feed
    _must("feed", Text),
    _must("partner", Text),
    _must("account", Text),
    _must("identity", Text),
    _must("delivery", Key),
    _must("position", Whole),
    _must("kind", Text),
    _may("partner_kind", Text),
    _may("dispute", Key),
    _may("partner_dispute_id", Text),
    _may("payment_ref", Text),
    _may("cycle", Whole),
    _may("batch", Text),  # the payout or batch that this line is paid in
    _must("gross_minor", Minor),
    _must("fee_minor", Minor),  # cost is positive
    _must("net_minor", Minor),
    _must("currency", Text),
    _may("original_minor", Minor),
    _may("original_currency", Text),
    _must("occurred_at", Instant),
    _must("effective_on", Day),
    _may("reference", Text),
    _must("landed_at", Instant),
    PrimaryKeyConstraint("money_line", "feed"),
    Index("money_line_by_dispute", "dispute"),
    Index("money_line_by_batch", "batch"),
    Index("money_line_by_delivery", "delivery"),
    Index("money_line_by_day", "effective_on"),
    # Lines about a dispute that name only its payment wait for it there.
    Index("unnamed_line_by_payment", "payment_ref", sqlite_where=_IS_UNNAMED, postgresql_where=_IS_UNNAMED),
    # Bank lines and payouts meet by name; few of all lines are either.
    Index("payout_by_identity", "identity", sqlite_where=_IS_PAYOUT, postgresql_where=_IS_PAYOUT),
    Index("payout_by_reference", "reference", sqlite_where=_IS_PAYOUT, postgresql_where=_IS_PAYOUT),
    Index("bank_line_by_batch", "batch", sqlite_where=_IS_BANK, postgresql_where=_IS_BANK),
    Index("bank_line_by_reference", "reference", sqlite_where=_IS_BANK, postgresql_where=_IS_BANK),
)

settlement_total = _table(
    "settlement_total",
    "The lines of one delivery that are not booked one by one, summed by payout, kind and currency.",
    _must("delivery", Key),
    _must("batch", Text),  # '' when the line is in no payout yet
    _must("kind", Text),
    _must("currency", Text),
    _must("partner", Text),
    _must("account", Text),
    _must("feed", Text),
    _must("lines", Whole),
    _must("gross_minor", Minor),
    _must("fee_minor", Minor),
    _must("net_minor", Minor),
    _must("effective_on", Day),
    _must("landed_at", Instant),
    PrimaryKeyConstraint("delivery", "batch", "kind", "currency"),
    Index("settlement_total_by_batch", "batch"),
    Index("settlement_total_by_account", "partner", "account"),
)

# --- what is derived ------------------------------------------------------------------------

_DISPUTE_COLUMNS: tuple[tuple[str, type[TypeEngine[Any]], bool], ...] = (
    ("partner", Text, True),
    ("account", Text, True),
    ("partner_dispute_id", Text, True),
    ("kind", Text, True),
    ("nature", Text, False),
    ("chain", Key, True),
    ("merchant", Key, False),
    ("payment", Key, False),
    ("payment_ref", Text, False),
    ("network", Text, False),
    ("stage", Text, False),
    ("turn", Text, True),
    ("partner_status", Text, False),
    ("outcome", Text, False),
    ("finality", Text, False),
    ("provisional_until", Instant, False),
    ("amount_minor", Minor, False),
    ("amount_won_minor", Minor, False),
    ("amount_lost_minor", Minor, False),
    ("currency", Text, False),
    ("reason_code", Text, False),
    ("partner_due_at", Instant, False),
    ("ceiling_due_at", Instant, False),
    ("act_by_at", Instant, False),
    ("due_source", Text, False),
    ("is_slot_spent", Flag, True),
    ("opened_at", Instant, False),
    ("moved_at", Instant, True),  # occurred_at of the latest applied observation
    ("legs", Text, True),  # canonical JSON of the announced legs
)


def _dispute_columns() -> list[Column[Any]]:
    return [_must(n, t) if must else _may(n, t) for n, t, must in _DISPUTE_COLUMNS]


dispute = _table(
    "dispute",
    "The current fold of one case, with its links.",
    _must("dispute", Key),
    *_dispute_columns(),
    _must("known_from", Instant),  # landed_at of what changed it last
    _must("version", Whole),  # how many states went before
    PrimaryKeyConstraint("dispute"),
    Index("dispute_by_partner_id", "partner", "partner_dispute_id"),
    Index("dispute_by_payment_ref", "partner", "payment_ref"),
    Index("dispute_by_payment", "payment"),
    Index("dispute_by_act_by", "act_by_at"),
)

dispute_version = _table(
    "dispute_version",
    "One earlier state of a dispute: known from, to (excluded), and the delivery that ended it.",
    _must("dispute", Key),
    _must("version", Whole),
    *_dispute_columns(),
    _must("known_from", Instant),
    _must("known_to", Instant),
    _must("cause", Key),
    PrimaryKeyConstraint("dispute", "version"),
)

entry = _table(
    "entry",
    "One balanced journal entry; nothing posted is ever changed.",
    _must("entry", Key),
    _must("fact", Text),  # with the turn unique by itself, as the entry's id is made from the two
    _must("turn", Whole),  # even turns post the fact, odd turns reverse it
    _must("book", Text),
    _must("rule", Text),
    _must("rule_version", Whole),
    _may("dispute", Key),
    _may("subject", Text),  # report or money line where there is no dispute
    _must("effective_on", Day),
    _must("booked_at", Instant),  # landed_at of what made us know
    _must("period", Text),  # YYYY-MM
    _may("reverses", Key),
    _must("is_active", Flag),  # 0 for a reversed entry and for its reversal
    _must("recorded_at", Instant),
    PrimaryKeyConstraint("entry"),
    Index("entry_by_dispute", "dispute"),
    Index("entry_by_day", "effective_on"),
    _index_where_set("entry_by_subject", "subject", ("subject",)),
)

posting = _table(
    "posting",
    "One line of an entry; debit positive.",
    _must("entry", Key),
    _must("line", Whole),
    _must("account", Text),  # ledger account of DESIGN's chart
    _may("sort", Text),  # fee kind and the like: the account's subdivision
    _must("partner", Text),
    _must("partner_account", Text),
    _may("merchant", Key),
    _may("dispute", Key),
    _may("leg", Text),  # d1, c1, f1: what a clearing account is kept by
    _may("batch", Text),  # or payout: what a settlement clearing account is kept by
    _must("currency", Text),
    _must("amount_minor", Minor),
    PrimaryKeyConstraint("entry", "line"),
    Index("posting_by_dispute", "dispute", "account"),
    _index_where_set("posting_by_batch", "batch", ("account", "partner", "batch")),
)

expectation = _table(
    "expectation",
    "Something that should be observed by a due time.",
    _must("expectation", Key),
    _must("kind", Text),
    _must("subject", Text),
    _must("partner", Text),
    _must("account", Text),
    _may("feed", Text),
    _may("dispute", Key),
    _may("leg", Text),
    _may("batch", Text),
    _may("amount_minor", Minor),
    _may("currency", Text),
    _must("opened_at", Instant),
    _must("due_at", Instant),
    _may("closed_at", Instant),
    _may("closed_by", Text),
    _must("rule", Text),
    PrimaryKeyConstraint("expectation"),
    Index("expectation_by_due", "closed_at", "due_at"),
    Index("expectation_by_dispute", "dispute"),
    Index("expectation_by_batch", "batch"),
)

break_ = _table(
    "break_",
    "One open or closed discrepancy: one cause, with everything that shows it.",
    _must("break_", Key),
    _must("control", Text),
    _must("cause", Text),
    _must("kind", Text),
    _must("classes", Text),  # canonical JSON list, likeliest first
    _must("partner", Text),
    _may("account", Text),
    _may("feed", Text),
    _may("merchant", Key),
    _must("deliveries", Text),  # canonical JSON lists
    _must("disputes", Text),
    _must("amounts", Text),  # canonical JSON list of {currency, minor}
    _must("severity", Text),  # page | ticket | note
    _may("nearest_due_at", Instant),
    _must("first_seen_at", Instant),
    _must("last_seen_at", Instant),
    _may("closed_at", Instant),
    _must("status", Text),  # open | closed | known | snoozed
    _may("owner", Text),
    _must("explanation", Text),
    _must("symptoms", Text),  # canonical JSON list: what shows it, its own first, then what it explains
    PrimaryKeyConstraint("break_"),
    Index("break_by_status", "status", "partner"),
)

incident = _table(
    "incident",
    "One matter for a person: the breaks of one partner, feed and family that came together.",
    _must("incident", Key),
    _must("partner", Text),
    _may("feed", Text),
    _must("family", Text),  # family of the controls that found its breaks
    _must("opened_at", Instant),
    _must("joined_at", Instant),  # when its latest break was first seen
    _may("closed_at", Instant),
    _must("severity", Text),  # page | ticket | note: of all its open breaks together
    _may("alerted_as", Text),  # page | ticket: how loud people were told
    _may("alerted_at", Instant),
    _must("is_over_budget", Flag),  # it would have paged, and the pages of the day were used up
    PrimaryKeyConstraint("incident"),
    Index("incident_by_partner", "partner", "feed"),
)

incident_break = _table(
    "incident_break",
    "One break of an incident.",
    _must("break_", Key),
    _must("incident", Key),
    PrimaryKeyConstraint("break_"),
    Index("incident_break_by_incident", "incident"),
)

outage_word = _table(
    "outage_word",
    "One thing that a person said of an outage of a partner, with all that holds after it; append-only.",
    _must("word", Key),
    _must("outage", Key),
    _must("sequence", Whole),  # 1 for the first of an outage
    _must("verb", Text),  # open | change | close | withdraw
    _must("partner", Text),
    _may("account", Text),  # NULL for all accounts there
    _must("feeds", Text),  # canonical JSON list; empty for all of them
    _must("from_at", Instant),
    _may("to_at", Instant),  # NULL while nobody knows the end
    _must("grace_hours", Whole),  # after the end, until what was held is due
    _must("reason", Text),
    _must("actor", Text),
    _must("at", Instant),
    _must("recorded_at", Instant),
    PrimaryKeyConstraint("word"),
    Index("outage_word_by_outage", "outage", "sequence"),
)

held_expectation = _table(
    "held_expectation",
    "One expectation that an outage keeps from being overdue, as the last check found it.",
    _must("expectation", Key),
    _must("outage", Key),
    _may("until_at", Instant),  # when it is due instead; NULL while the outage is open
    PrimaryKeyConstraint("expectation"),
    Index("held_expectation_by_outage", "outage"),
)

break_decision = _table(
    "break_decision",
    "One thing that a person, or Recoup by itself, decided about a break; append-only.",
    _must("break_decision", Key),
    _must("break_", Key),
    _must("sequence", Whole),  # 1 for the first of a break
    _must("verb", Text),  # assign | note | snooze | known | close | link | approve | reopen | gone
    _may("value", Text),  # the owner of assign, the ticket of link
    _may("until_at", Instant),  # of snooze
    _may("reason", Text),
    _must("actor", Text),
    _must("is_automatic", Flag),
    _must("at", Instant),
    _must("amounts", Text),  # canonical JSON: currency to minor units, as the break was then
    _must("disputes", Whole),
    _must("severity", Text),
    _must("needs_approval", Flag),
    _may("approves", Key),  # the decision that this one lets hold
    _must("recorded_at", Instant),
    PrimaryKeyConstraint("break_decision"),
    Index("break_decision_by_break", "break_", "sequence"),
)

touch = _table(
    "touch",
    "One time that somebody, or Recoup by itself, worked on something: the work log; append-only.",
    _must("touch", Key),
    _must("subject_kind", Text),  # break | record | ticket
    _must("subject", Text),
    _must("control", Text),  # that found the break; the feed for what was learnt by hand
    _must("kind", Text),  # family of the control
    _must("first_class", Text),  # the likeliest cause at the time
    _must("partner", Text),
    _must("verb", Text),
    _must("actor", Text),
    _must("is_automatic", Flag),
    _may("minutes", Whole),  # of a person's work; NULL where nobody said
    _must("at", Instant),
    _must("recorded_at", Instant),
    PrimaryKeyConstraint("touch"),
    Index("touch_by_subject", "subject"),
)

ticket = _table(
    "ticket",
    "One message to a partner about breaks: what is asked for and what should come back; never changed.",
    _must("ticket", Key),
    _must("partner", Text),
    _may("account", Text),  # NULL where it is about several
    _must("control", Text),  # that found the first of its breaks
    _must("kind", Text),  # family of the control
    _must("first_class", Text),  # the likeliest cause when it was opened: it chose what is asked
    _must("title", Text),
    _must("breaks", Text),  # canonical JSON list
    _must("disputes", Whole),
    _must("amounts", Text),  # canonical JSON list of {currency, minor}: what should come back; empty where nothing
    _must("message", Key),  # hash of the object that holds its text
    _must("attachment", Key),  # hash of the object that holds its table
    _must("opened_at", Instant),
    _must("actor", Text),
    _must("recorded_at", Instant),
    PrimaryKeyConstraint("ticket"),
    Index("ticket_by_partner", "partner", "opened_at"),
)

ticket_step = _table(
    "ticket_step",
    "One thing that was done about a ticket: sent, answered, reminded of, money that came; append-only.",
    _must("ticket_step", Key),
    _must("ticket", Key),
    _must("sequence", Whole),  # 1 for the first of a ticket
    _must("verb", Text),  # open | sent | remind | escalate | answer | credit | close | reopen
    _must("at", Instant),
    _must("actor", Text),
    _may("reason", Text),
    _may("channel", Text),  # mail | portal | phone | outlet | other: how it went out
    _may("desk", Text),  # where it went to
    _may("due_at", Instant),  # by when an answer is owed
    _may("due_rule", Text),  # the term that says so
    _may("object", Key),  # bytes of the answer
    _may("delivery", Key),  # what was recorded by hand of it
    _may("money_line", Key),  # that came back
    _may("amount_minor", Minor),  # of the money line
    _may("currency", Text),
    _must("recorded_at", Instant),
    PrimaryKeyConstraint("ticket_step"),
    Index("ticket_step_by_ticket", "ticket", "sequence"),
    Index("ticket_step_by_line", "money_line"),
)

manual_record = _table(
    "manual_record",
    "What one person wrote down of a portal, a call or a letter, and who approved it.",
    _must("record", Key),
    _must("partner", Text),
    _must("account", Text),
    _must("partner_dispute_id", Text),
    _must("channel", Text),  # portal | call | letter | mail | other
    _must("tells", Text),  # canonical JSON list: outcome, deadline, money, status
    _must("needs_approval", Flag),
    _must("actor", Text),
    _must("at", Instant),
    _must("delivery", Key),
    _may("approved_by", Text),
    _may("approved_at", Instant),
    _may("approved_delivery", Key),  # the same with the approval in it: what is read
    PrimaryKeyConstraint("record"),
    Index("manual_record_by_dispute", "partner", "partner_dispute_id"),
)

report_run = _table(
    "report_run",
    "One report made once: what was asked, as known when, by whom, and what its rows hash to.",
    _must("run", Key),
    _must("report", Text),
    _must("query_hash", Key),  # of the text of all its questions
    _must("parameters", Text),  # canonical JSON
    _must("as_of", Instant),
    _must("known_at", Instant),
    _may("slot_at", Instant),  # the time of the schedule that this run is for
    _must("rows", Whole),
    _must("rows_hash", Key),  # of the canonical rows of all its questions
    _must("tables_hash", Key),  # of the tables of rules that it was made under
    _must("version", Text),  # of Recoup
    _must("actor", Text),
    _must("made_at", Instant),
    PrimaryKeyConstraint("run"),
    Index("report_run_by_report", "report", "made_at"),
)

report_answer = _table(
    "report_answer",
    "The answer of one question in one run of a report: rows, sums and hash, never the rows themselves.",
    _must("run", Key),
    _must("question", Text),
    _must("query_hash", Key),
    _must("rows", Whole),
    _must("rows_hash", Key),
    _must("sums", Text),  # canonical JSON: column, currency, sum in minor units as text
    PrimaryKeyConstraint("run", "question"),
    Index("report_answer_by_hash", "rows_hash"),
)

seal = _table(
    "seal",
    "One partner-day declared complete, with counts, sums and a hash of its facts; append-only.",
    _must("seal", Key),
    _must("partner", Text),
    _must("account", Text),
    _must("covers_on", Day),  # a day in the account's zone
    _must("sequence", Whole),  # 1, then one more for each time that the day was sealed again
    _must("zone", Text),
    _must("deliveries", Whole),
    _must("records", Whole),
    _must("observations", Whole),
    _must("money_lines", Whole),
    _must("entries", Whole),
    _must("sums", Text),  # canonical JSON list, per currency, minor units
    _must("sections", Text),  # canonical JSON: rows and hash of each kind of fact
    _must("content", Key),  # hex SHA-256 over the sections: equal facts, equal hash
    _must("waits", Text),  # canonical JSON list of sentences: what was not complete when it was sealed all the same
    _may("correction", Key),  # the correction that this seal takes in
    _may("reason", Text),  # a person's, where something was waited for or corrected
    _must("sealed_at", Instant),
    _must("sealed_by", Text),
    _may("approved_by", Text),
    _must("previous", Key),  # hash of the day's seal before this one
    _must("hash", Key),  # hex SHA-256 over everything above
    _must("recorded_at", Instant),
    PrimaryKeyConstraint("seal"),
    Index("seal_by_day", "partner", "account", "covers_on"),
)

seal_correction = _table(
    "seal_correction",
    "One change of a sealed day by a later fact, with what brought it; append-only.",
    _must("correction", Key),
    _must("seal", Key),
    _must("partner", Text),
    _must("account", Text),
    _must("covers_on", Day),
    _must("content", Key),  # hash of the day's facts as they are now
    _must("sections", Text),
    _must("sums", Text),
    _must("deliveries", Text),  # canonical JSON list of those recorded since that tell of the day
    _must("entries", Text),  # canonical JSON list of those booked or reversed since
    _must("disputes", Text),  # canonical JSON list
    _must("amounts", Text),  # canonical JSON list of {currency, minor}: by how much sums changed
    _must("reason", Text),  # what changed, in a sentence
    _must("found_at", Instant),
    _must("recorded_at", Instant),
    PrimaryKeyConstraint("correction"),
    Index("seal_correction_by_seal", "seal"),
)

match_run = _table(
    "match_run",
    "One finished run of matching rules; what it found lies in Parquet files of the lake.",
    _must("match_run", Key),
    _must("pair", Text),
    _must("on_day", Day),
    _must("engine", Text),
    _must("rules", Text),  # hex SHA-256 of the file of rules
    _must("folder", Text),  # in the lake; gone for runs that are long past
    _must("counts", Text),  # canonical JSON
    _must("actor", Text),
    _must("started_at", Instant),
    _must("recorded_at", Instant),
    PrimaryKeyConstraint("match_run"),
    Index("match_run_by_pair", "pair", "recorded_at"),
)

match_decision = _table(
    "match_decision",
    "What a person said of two lines: that they are one thing, or that they are not.",
    _must("match_decision", Key),
    _must("pair", Text),
    _must("left_item", Text),
    _must("right_item", Text),
    _must("is_together", Flag),
    _must("actor", Text),
    _must("reason", Text),
    _must("at", Instant),
    _may("ended_at", Instant),  # taken back
    _may("ended_by", Text),
    _may("end_reason", Text),
    PrimaryKeyConstraint("match_decision"),
    Index("match_decision_by_pair", "pair", "ended_at"),
)

match_break = _table(
    "match_break",
    "What the latest run of a pair left open, for breaks: one thing each, or the smallest together.",
    _must("match_break", Key),
    _must("pair", Text),
    _must("match_run", Key),  # that found it first
    _must("class_", Text),  # of matching's closed list, or changed
    _must("partner", Text),
    _may("account", Text),
    _may("side", Text),  # left | right
    _may("item", Text),  # the line that it is named by; NULL where several things are told together
    _may("rule", Text),
    _must("things", Whole),  # how many breaks of the run
    _must("amounts", Text),  # canonical JSON list of {currency, minor}: what is in question
    _must("since_on", Day),  # first day of its lines
    _must("until_on", Day),
    _must("owner", Text),  # as the pair says
    _must("explanation", Text),
    _must("deliveries", Text),  # canonical JSON lists
    _must("disputes", Text),
    _must("legs", Text),
    _must("batches", Text),
    PrimaryKeyConstraint("match_break"),
    Index("match_break_by_pair", "pair"),
)

# --- how Recoup itself fares --------------------------------------------------------------------

notice = _table(
    "notice",
    "One page as it is brought to people: of one incident, or of all that a day's budget held back.",
    _must("notice", Key),
    _may("incident", Key),  # NULL where it stands for several
    _must("partner", Text),
    _must("family", Text),
    _must("incidents", Whole),  # how many incidents it stands for by now
    _must("tellings", Whole),  # how often it was to be told: 1, then once more each time the number doubles
    _must("made_at", Instant),
    _must("changed_at", Instant),
    PrimaryKeyConstraint("notice"),
    Index("notice_by_incident", "incident"),
    Index("notice_by_time", "changed_at"),
)

notice_sending = _table(
    "notice_sending",
    "How far one notice has come on one outlet.",
    _must("notice", Key),
    _must("outlet", Text),
    _must("tellings", Whole),  # of those asked for, how many are delivered
    _must("tries", Whole),  # since the last that went well
    _may("tried_at", Instant),
    _may("sent_at", Instant),
    _may("failure", Text),  # of the last try
    PrimaryKeyConstraint("notice", "outlet"),
)

canary_run = _table(
    "canary_run",
    "One planted fault shown to one control, in a home that is thrown away: was it seen?",
    _must("control", Text),
    _must("ran_at", Instant),
    _must("is_seen", Flag),
    _must("took_ms", Whole),
    _must("version", Text),  # of Recoup
    _must("said", Text),  # what the control said, or why it did not
    PrimaryKeyConstraint("control", "ran_at"),
)

heartbeat = _table(
    "heartbeat",
    "One loop of the worker: when a round of it last went well, and what waits.",
    _must("loop", Text),
    _must("token", Whole),  # of the lease that its worker holds
    _must("began_at", Instant),
    _may("succeeded_at", Instant),
    _may("failed_at", Instant),
    _may("failure", Text),  # the kind of the last error
    _may("backlog", Whole),  # what waited after the last round; NULL where nothing can
    _must("noted_at", Instant),
    _may("ended_at", Instant),  # its worker was told to stop
    PrimaryKeyConstraint("loop"),
)

clock_jump = _table(
    "clock_jump",
    "One time that the wall clock moved otherwise than time passed.",
    _must("noted_at", Instant),  # by the wall, after the jump
    _must("by_us", Whole),  # microseconds; negative is backwards
    _must("since_us", Whole),  # microseconds in which it happened
    PrimaryKeyConstraint("noted_at"),
)

lease = _table(
    "lease",
    "Who may work on this home: one worker at a time, each with a higher token than the one before.",
    _must("name", Text),
    _must("token", Whole),
    _must("place", Text),  # machine and home of the holder
    _must("beats", Whole),  # how often it was renewed
    _must("taken_at", Instant),
    _must("renewed_at", Instant),
    _may("released_at", Instant),
    PrimaryKeyConstraint("name"),
)

audit = _table(
    "audit",
    "One per transaction: who did what to what; append-only and hash-linked.",
    _must("sequence", Whole),
    _must("at", Instant),
    _must("actor", Text),
    _must("verb", Text),
    _must("subject", Text),
    _must("body", Text),  # canonical JSON: counts and hashes of what changed, never data
    _must("previous", Key),
    _must("hash", Key),
    PrimaryKeyConstraint("sequence"),
)
