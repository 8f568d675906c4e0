"""Declared partners: a folder outside the package, with no Python in it, read into the same value as any partner.

`partner.toml` says who it is and what its files are like, `codes.csv` what its words mean, `*.sql` how rows become
observations and money lines, `contract.toml` what was agreed, `samples/` what it sends. Everything is checked when
the folder is read, and all that is wrong with it is said with file and place. `recoup partner new` writes one.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import msgspec

from recoup.domain.codes import Vocabulary, read_vocabulary
from recoup.domain.outcome_money import OutcomeMoney, read_outcome_money
from recoup.errors import DeclarationInvalid, SetupInvalid, TableInvalid
from recoup.partners.agreements import read_terms
from recoup.partners.contract import (
    TABLE_COLUMNS,
    Capabilities,
    Closing,
    Layout,
    Partner,
    Role,
    TableFeed,
    Unreadable,
)
from recoup.partners.declared_sql import problems

FILE = "partner.toml"
CODES = "codes.csv"
TERMS = "contract.toml"
OUTCOMES = "outcome_money.csv"
SAMPLES = "samples"
MESSAGE_CHARACTERS = 300
NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
Made = Literal["money_line", "observation"]


class DeclaredLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The columns of one known layout of a file."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    free: str | None = None


class DeclaredFeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One feed of files in columns; `sql`, `controls` and `notes` are files of the folder."""

    name: str
    roles: tuple[Role, ...]
    makes: Made
    sql: str
    layout: tuple[DeclaredLayout, ...]
    closed_by: Closing
    also: Mapping[Made, str] = {}
    controls: str | None = None
    notes: str | None = None
    delimiter: str = ","
    covers_from_name: str | None = None
    is_identity_unique: bool = True


class Declaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`partner.toml` as values."""

    name: str
    title: str
    gaps_closed_by: str
    feed: tuple[DeclaredFeed, ...]
    books: Mapping[Role, tuple[str, ...]] = {}
    chain: Literal["payout", "bank", "balance"] = "payout"


def read_declared(folder: Path) -> Partner:
    """Read and check the folder of one declared partner.

    Raises:
      DeclarationInvalid: A file is missing, or says what a partner cannot be; names the file and the place.
    """
    try:
        return _read(folder)
    except (TableInvalid, SetupInvalid) as problem:  # of its vocabularies, or of its example of a contract
        where = str(folder.parent / problem.where)
        raise DeclarationInvalid(where, problem.found, problem.wanted, _remedy(folder)) from problem


def _read(folder: Path) -> Partner:
    declaration = _declaration(folder / FILE)
    for where, found, wanted in _problems(folder, declaration):
        raise DeclarationInvalid(where, found, wanted, _remedy(folder))
    read_terms(_text(folder / TERMS), f"{folder.name}/{TERMS}")
    return Partner(
        name=declaration.name,
        title=declaration.title,
        feeds={feed.name: _feed(folder, feed) for feed in declaration.feed},
        books=declaration.books,
        codes=read_vocabulary(_text(folder / CODES), f"{folder.name}/{CODES}"),
        capabilities=_capabilities(declaration.gaps_closed_by),
        chain=declaration.chain,
        outcome_money=_outcomes(folder),
    )


def joined(known: Mapping[str, Partner], place: Path) -> Mapping[str, Partner]:
    """Give the partners that are known and those declared in the folders of a place, which may not be there.

    A folder that does not hold together, or takes the name of another, stops nobody but itself: in its place stands
    a partner without feeds that says why (`Partner.unreadable`).
    """
    found = dict(known)
    for path in sorted(place.glob(f"*/{FILE}")):
        partner = _read_or_why(path.parent, found)
        found[partner.name] = partner
    return MappingProxyType(found) if len(found) > len(known) else known


def _read_or_why(folder: Path, known: Mapping[str, Partner]) -> Partner:
    try:
        partner = read_declared(folder)
        if partner.name in known:
            raise name_taken(partner.name, folder)
    except DeclarationInvalid as problem:
        return _unreadable(folder, Unreadable(problem.where, problem.found, problem.wanted, problem.remedy), known)
    return partner


def name_taken(name: str, folder: Path) -> DeclarationInvalid:
    """Give the problem of a folder that declares a partner whom we know already."""
    remedy = f"Give it another name, then: recoup partner check {folder}."
    return DeclarationInvalid(str(folder / FILE), f"another {name}", "a name of its own", remedy)


def _unreadable(folder: Path, why: Unreadable, known: Mapping[str, Partner]) -> Partner:
    """Give what stands for a folder that cannot be read: no feeds, and the books that it declared, where they show."""
    try:
        told = _declaration(folder / FILE)
    except DeclarationInvalid:
        told = None
    names = [told.name] if told and NAME.fullmatch(told.name) else []
    name = next(one for one in (*names, folder.name, f"{folder.parent.name}/{folder.name}") if one not in known)
    return Partner(
        name=name,
        title=told.title if told else name,
        feeds={},
        books=told.books if told else {},
        codes=Vocabulary(()),
        capabilities=_capabilities("Nothing of it is read until its folder holds together."),
        chain=told.chain if told else "payout",
        unreadable=why,
    )


def _capabilities(gaps_closed_by: str) -> Capabilities:
    return Capabilities(
        can_list_disputes=False,
        can_fetch_dispute=False,
        has_event_ids=False,
        authenticates="channel",
        gaps_closed_by=gaps_closed_by,
    )


def _declaration(path: Path) -> Declaration:
    try:
        return msgspec.convert(tomllib.loads(_text(path)), Declaration)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        wanted = "a partner with name, title, gaps_closed_by and feeds"
        raise DeclarationInvalid(str(path), str(error)[:MESSAGE_CHARACTERS], wanted, _remedy(path.parent)) from error


def _feed(folder: Path, told: DeclaredFeed) -> TableFeed:
    return TableFeed(
        name=told.name,
        roles=told.roles,
        makes=told.makes,
        layouts=tuple(Layout(one.name, one.required, one.optional, one.free) for one in told.layout),
        sql=_text(folder / told.sql),
        controls=None if told.controls is None else _text(folder / told.controls),
        notes=None if told.notes is None else _text(folder / told.notes),
        delimiter=told.delimiter,
        covers_from_name=told.covers_from_name,
        is_identity_unique=told.is_identity_unique,
        also={made: _text(folder / sql) for made, sql in told.also.items()},
        closed_by=told.closed_by,
    )


def _outcomes(folder: Path) -> tuple[OutcomeMoney, ...]:
    path = folder / OUTCOMES
    return read_outcome_money(_text(path), f"{folder.name}/{OUTCOMES}") if path.is_file() else ()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DeclarationInvalid(str(path), "no such file", "it beside the others", _remedy(path.parent)) from error
    except (UnicodeDecodeError, OSError) as error:
        raise DeclarationInvalid(str(path), "a file that is no text", "UTF-8", _remedy(path.parent)) from error


def _problems(folder: Path, told: Declaration) -> Iterator[tuple[str, str, str]]:
    """Give (where, found, wanted) for what types alone do not show."""
    where = str(folder / FILE)
    names = [feed.name for feed in told.feed]
    for name in (told.name, *names):
        if not NAME.fullmatch(name):
            yield where, f"the name {name!r}", "lower-case letters, digits and underscores, a letter first"
    if not names or len(set(names)) != len(names):
        yield where, f"feeds {', '.join(names) or 'none'}", "at least one, each name once"
    for role, feeds in told.books.items():
        for name in feeds:
            roles = next((feed.roles for feed in told.feed if feed.name == name), ())
            if role not in roles:
                yield where, f"books {role} from {name}", "a feed that has this role"
    for feed in told.feed:
        yield from _feed_problems(folder, feed)


def _feed_problems(folder: Path, feed: DeclaredFeed) -> Iterator[tuple[str, str, str]]:
    where = f"{folder / FILE}, feed {feed.name}"
    if len(feed.delimiter) != 1 or feed.delimiter in '"\r\n':
        yield where, f"the delimiter {feed.delimiter!r}", "one character"
    if not feed.layout or not all(one.required for one in feed.layout):
        yield where, "a layout without required columns", "the columns by which a file is known"
    if feed.closed_by == "totals" and feed.controls is None:
        yield where, "closed by totals, and no controls", 'controls that compare them, or closed_by = "nothing"'
    for pattern in (feed.covers_from_name, *(one.free for one in feed.layout)):
        yield from _pattern_problems(where, pattern)
    for made, sql in ((feed.makes, feed.sql), *feed.also.items()):
        yield from _sql_problems(folder, sql, ("source",), (*TABLE_COLUMNS[made], "problem"))
    if feed.controls is not None:
        yield from _sql_problems(folder, feed.controls, ("source", "mapped"), None)
    if feed.notes is not None:
        yield from _sql_problems(folder, feed.notes, ("source",), None)


def _pattern_problems(where: str, pattern: str | None) -> Iterator[tuple[str, str, str]]:
    try:
        re.compile(pattern or "")
    except re.error as error:
        yield where, f"the pattern {pattern!r}: {error}", "a regular expression"


def _sql_problems(
    folder: Path, name: str, relations: tuple[str, ...], columns: tuple[str, ...] | None
) -> Iterator[tuple[str, str, str]]:
    path = folder / name
    if path.resolve().parent != folder.resolve():
        yield str(folder / FILE), f"the file {name!r}", "a file of the folder itself"
        return
    for found, wanted in problems(_text(path), relations, columns):
        yield str(path), found, wanted


def _remedy(folder: Path) -> str:
    return f"Mend it, then: recoup partner check {folder}."
