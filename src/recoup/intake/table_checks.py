"""What is wrong with the mapped rows of a file: refused records, doubled identities, totals that differ.

Reads: mapped (the feed's columns, `problem`, `position`), source. Every check runs; none stops at its first find.
"""

from collections.abc import Collection, Mapping
from typing import Any, get_args

import duckdb
import msgspec

from recoup.domain import tables
from recoup.domain.card_numbers import mask
from recoup.domain.findings import EXCERPT_CHARACTERS, Finding, excerpt
from recoup.domain.legs import LegKind
from recoup.domain.money import render_total
from recoup.domain.observation import Kind, Nature
from recoup.intake.table_source import Source
from recoup.intake.table_staging import IDENTIFIERS
from recoup.partners.contract import Control, TableFeed

SILENT, HEAD, TOTAL = "silent", "head", "total"
REFUSED_MAX = 10_000
"""Of more bad records than this the file as a whole is bad: it is held, and the first ones are named."""
REFUSED_NAMED = 5
UNKNOWN_WORDS_MAX = 100

IDENTITY: Mapping[str, str] = {
    "money_line": "identity",
    "observation": "concat_ws('|', partner_dispute_id, coalesce(record_id, concat_ws('|', occurred_at, move,"
    " partner_status, amount_minor, leg, leg_cycle)))",
    "payment": "payment",
    "refund": "refund",
    "merchant": "merchant",
    "account_merchant": "concat_ws(' ', partner, account, merchant, valid_from)",
    "allocation": "allocation",
    "house_line": "house_line",
}
"""What may stand once in a file, by table."""
OBSERVATION_WORDS: Mapping[str, frozenset[str] | None] = {
    "partner_dispute_id": None,
    "occurred_at": None,
    "move": frozenset(tables.moves()),
    "kind": frozenset(get_args(Kind)),
    "nature": frozenset(get_args(Nature)),
    "leg": frozenset(get_args(LegKind)),
}
"""What an observation may say, by column; the first three must be said, None is any value."""
TOKEN_SHARE_MAX_PERCENT = 14
"""Five times the 2.7 % of random 16-digit references that look like a card number by prefix, length and check digit."""
TOKENS_MIN = 10
TOKEN_PREFIX = "tok_"
_OF: Mapping[str, str] = {
    "money_line": "count(*) filter (kind = 'unknown' and problem is null),"
    " count(*) filter (gross_minor - fee_minor <> net_minor and problem is null)",
    "observation": "count(*) filter (move = 'unknown' and problem is null), 0",
}
_WORD_OF: Mapping[str, tuple[str, str]] = {
    "money_line": ("partner_kind", "kind"),
    "observation": ("partner_status", "move"),
}
"""Where the partner's own word stands, and where what it means to us, which is `unknown` where nobody knows."""


class Counts(msgspec.Struct, frozen=True):
    """How many mapped rows there are, by what became of them."""

    rows: int
    totals: int
    """Rows that are no records."""
    silent: int
    troubled: int
    distinct: int
    """Different identities among the rows without a problem; as many as there are such rows, or one is doubled."""
    last_record: int
    first_total: int | None
    unknown: int
    """Rows of a kind that no vocabulary has."""
    odd: int
    """Rows whose net is not gross less fee."""
    tokens: int
    """Rows with a card number in an identifier."""

    @property
    def clean(self) -> int:
        """Rows without a problem."""
        return self.rows - self.totals - self.silent - self.troubled


def count(connection: duckdb.DuckDBPyConnection, table: str) -> Counts:
    """Count the mapped rows in one pass."""
    of_lines = _OF.get(table, "0, 0")
    # hash() lives within this one statement: nothing kept or compared between engines hangs on it.
    row = connection.execute(
        "select count(*), count(*) filter (problem in ($head, $total)), count(*) filter (problem = $silent),"
        " count(*) filter (contains(problem, '|')),"
        f" count(distinct hash({IDENTITY[table]})) filter (problem is null),"
        " coalesce(max(position) filter (problem is distinct from $total), 0),"
        f" min(position) filter (problem = $total), {of_lines}, {_holding_tokens(table)} from mapped",
        {"total": TOTAL, "head": HEAD, "silent": SILENT},
    ).fetchall()[0]
    return Counts(*row)


def _holding_tokens(table: str) -> str:
    held = [f"contains({column}, '{TOKEN_PREFIX}')" for column in IDENTIFIERS.get(table, ())]
    return f"count(*) filter ({' or '.join(held)})" if held else "0"


def refused(connection: duckdb.DuckDBPyConnection, source: Source, counts: Counts) -> dict[int, Finding]:
    """Every record that its own content refuses, by position; broken ones by how they are broken."""
    found: dict[int, Finding] = {}
    if counts.troubled:
        rows = connection.execute(
            "select position, problem from mapped where contains(problem, '|') order by position limit $most",
            {"most": REFUSED_MAX + len(source.broken) + 1},
        ).fetchall()
        found = {position: _told(source.name, position, problem) for position, problem in rows}
    for broken in source.broken:
        where = f"{source.name}:{broken.line}"
        found[broken.position] = Finding("delimited.columns", where, broken.found, broken.wanted)
    return found


def _told(name: str, position: int, problem: str) -> Finding:
    code, found, wanted = problem.split("|", 2)
    return Finding(code, f"{name} record {position}", _short(found), wanted)


def _short(found: str) -> str:
    """What was found, with the partner's own text in quotes cut to the length of an excerpt."""
    field, quote, told = found.partition('"')
    return field + excerpt(told.removesuffix('"')) if quote and len(told) > EXCERPT_CHARACTERS else found


def doubled(connection: duckdb.DuckDBPyConnection, table: str, source: Source, counts: Counts) -> dict[int, Finding]:
    """Every record that says an identity again, by position. Looked for only where counts differ."""
    if counts.distinct == counts.clean:
        return {}
    identity = IDENTITY[table]
    rows = connection.execute(
        f"with again as (select {identity} as told, min(position) as first from mapped where problem is null"
        " group by 1 having count(*) > 1)"
        f" select position, told, first from mapped join again on told = {identity}"
        " where problem is null and position > first order by position limit $most",
        {"most": REFUSED_MAX + 1},
    ).fetchall()
    return {
        position: Finding(
            "table.duplicate",
            f"{source.name} record {position}",
            f"{excerpt(told)} again, after record {first}",
            "one record",
        )
        for position, told, first in rows
    }


def foreign(connection: duckdb.DuckDBPyConnection, source: Source, currencies: Collection[str]) -> dict[int, Finding]:
    """Every money line in a currency that this account has not, by position; none where that is unknown."""
    if not currencies:
        return {}
    rows = connection.execute(
        "select position, currency from mapped where problem is null and not list_contains($ours, currency)"
        " order by position limit $most",
        {"ours": sorted(currencies), "most": REFUSED_MAX + 1},
    ).fetchall()
    wanted = f"the currency of the account, {' or '.join(sorted(currencies))}"
    return {
        position: Finding(
            "table.currency_of_account", f"{source.name} record {position}", f"a line in {currency}", wanted
        )
        for position, currency in rows
    }


def too_bad(source: Source, records: int, found: Mapping[int, Finding]) -> Finding | None:
    """Why the whole file is held for what its records are; None where the good rest goes through."""
    if found and len(found) == records and all(f.check == "table.wrong_account" for f in found.values()):
        first = next(iter(found.values()))
        return Finding("table.wrong_account", source.name, f"every record refused: {first.found}", first.wanted)
    if len(found) <= REFUSED_MAX:
        return None
    named = "; ".join(
        f"{f.where.removeprefix(source.name).strip()}: {f.found}" for f in list(found.values())[:REFUSED_NAMED]
    )
    return Finding("table.refused", source.name, f"more than {REFUSED_MAX} bad records: {named}", "a sound file")


def misplaced_total(source: Source, counts: Counts) -> Finding | None:
    """A total that records follow: two files in one, or lines in disorder."""
    if counts.first_total is None or counts.first_total > counts.last_record:
        return None
    return Finding(
        "table.total_not_last",
        source.name,
        f"a total at record {counts.first_total}, and records after it",
        "totals at the end",
    )


def controls(
    connection: duckdb.DuckDBPyConnection, feed: TableFeed, source: Source
) -> tuple[list[Control], list[Finding]]:
    """The totals that the file states beside those its records make; one that cannot be computed is said."""
    if feed.controls is None:
        return [], []
    checked: list[Control] = []
    unproven: list[Finding] = []
    for name, stated, computed, currency in connection.execute(feed.controls).fetchall():
        if stated is not None and computed is not None:
            checked.append(Control(name, stated, computed, currency))
        elif stated is not None:
            found = f"{name} stated {render_total(stated, currency)}, and a record whose amount cannot be read"
            unproven.append(Finding("table.total_unproven", source.name, found, "every amount readable", "note"))
    return checked, unproven


def uneven(source: Source, checked: Collection[Control]) -> Finding | None:
    """Why the file is held: the first total that differs, and by how much."""
    for control in checked:
        if control.stated != control.computed:
            return Finding("intake.control_total", source.name, control.found, "both equal")
    return None


def out_of_vocabulary(connection: duckdb.DuckDBPyConnection, source: Source) -> dict[int, Finding]:
    """Every observation that says something which our own tables do not have, by position: a mistake of the mapping."""
    found: dict[int, Finding] = {}
    for column, words in OBSERVATION_WORDS.items():
        must = f"{column} is null or " if column in ("move", "partner_dispute_id", "occurred_at") else ""
        known = "" if words is None else f" not list_contains($words, {column})"
        given = {} if words is None else {"words": sorted(words)}
        rows = connection.execute(
            f"select position, {column} from mapped where problem is null and ({must}{known or 'false'})"
            " order by position limit $most",
            {**given, "most": REFUSED_MAX + 1},
        ).fetchall()
        wanted = "a value in every record" if words is None else f"one of {', '.join(sorted(words))}"
        for position, told in rows:
            where = f"{source.name} record {position}"
            found[position] = Finding("table.word", where, f"{column} {excerpt(str(told))}", wanted)
    return found


def unknown_words(connection: duckdb.DuckDBPyConnection, table: str, source: Source) -> list[Finding]:
    """One finding for each of the partner's words that no vocabulary has; its lines go through as unknown."""
    word, meaning = _WORD_OF[table]
    rows = connection.execute(
        f"select coalesce({word}, ''), count(*), min(position) from mapped where {meaning} = 'unknown'"
        " and problem is null group by 1 order by 3 limit $most",
        {"most": UNKNOWN_WORDS_MAX},
    ).fetchall()
    return [
        Finding(
            "codes.unknown",
            f"{source.name} record {first}",
            f"{excerpt(word)} in {lines} records",
            "a word of the partner's codes.csv",
            "warn",
        )
        for word, lines, first in rows
    ]


def unread_words(connection: duckdb.DuckDBPyConnection, feed: TableFeed, source: Source) -> list[Finding]:
    """One finding for each word that the mapping goes on without, as the feed's own notes tell them."""
    if feed.notes is None:
        return []
    return [
        Finding(
            "codes.unknown",
            f"{source.name} {field}",
            f"{excerpt(mask(word))} in {records} records",
            f"a word of the vocabulary {vocabulary}",
            "warn",
        )
        for field, word, vocabulary, records in connection.execute(feed.notes).fetchmany(UNKNOWN_WORDS_MAX)
    ]


def odd_nets(connection: duckdb.DuckDBPyConnection, source: Source) -> list[Finding]:
    """One finding where accepted lines have another net than gross less fee: the net is what moved, and stays."""
    rows = connection.execute(
        "select count(*), min(position), arg_min(net_minor, position), arg_min(gross_minor - fee_minor, position)"
        " from mapped where problem is null and gross_minor - fee_minor <> net_minor"
    ).fetchall()
    lines, first, net, wanted = rows[0]
    if not lines:
        return []
    found = f"net {net} in minor units, and in {lines - 1} further records another one than gross less fee"
    return [Finding("table.net", f"{source.name} record {first}", found, f"gross less fee, {wanted}", "warn")]


def token_shares(connection: duckdb.DuckDBPyConnection, table: str, source: Source) -> list[Finding]:
    """Columns that hold more card numbers than chance gives: somebody sends numbers where references belong."""
    columns = IDENTIFIERS.get(table, ())
    if not columns:
        return []
    counted = ", ".join(f"count({c}), count(*) filter (contains({c}, '{TOKEN_PREFIX}'))" for c in columns)
    row: tuple[Any, ...] = connection.execute(f"select {counted} from mapped where problem is null").fetchall()[0]
    pairs = zip(columns, row[0::2], row[1::2], strict=True)
    return [
        Finding(
            "card_numbers.share",
            source.name,
            f"card numbers in {hits} of {told} values of {column}",
            "references",
            "warn",
        )
        for column, told, hits in pairs
        if hits >= TOKENS_MIN and hits * 100 > told * TOKEN_SHARE_MAX_PERCENT
    ]
