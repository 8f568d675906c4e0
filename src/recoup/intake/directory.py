"""What lies in folders: a directory of deliveries in order of arrival, its setup, or single files by hand.

A directory of deliveries has `deliveries.jsonl`, one line per delivery in order
of arrival, and may have `setup.toml`: accounts, zones, contracts, test keys. A
webhook or API page is one raw HTTP message in a `.http` file; every other file
is its own bytes.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from recoup.domain.calendar import calendar
from recoup.domain.clocks import parse_lead
from recoup.domain.findings import Finding
from recoup.domain.instants import parse_day, parse_instant, zone_of
from recoup.domain.money import check_currency
from recoup.domain.terms import Terms
from recoup.errors import RecoupError, SetupInvalid
from recoup.formats import http_message
from recoup.intake.arrival import Arrival
from recoup.intake.ground import Account, Book

LIST_NAME = "deliveries.jsonl"
SETUP_NAME = "setup.toml"
SMALL_BYTES = 4 * 1024 * 1024
"""Files up to this size are read into memory at once; larger ones are streamed."""

MESSAGE_BYTES_MAX = 33 * 1024 * 1024
"""A message up to this size is taken apart, so that its body is the same object as any other arrival of it."""


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One key of an account: a webhook's, or what opens its partner's API."""

    name: str
    secret: str
    client_id: str | None = None
    """Of the key named `api` alone: whom the secret belongs to, where the partner wants two values."""
    expires_on: str | None = None
    """Its last day, in the account's zone; None for one that does not end by itself."""


class Expiry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something else of an account that ends by itself: a certificate, a password, an entry in a list of addresses."""

    name: str
    expires_on: str


class AccountSetup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One account of a setup."""

    partner: str
    account: str
    zone: str
    book: str = "main"
    currency: str | None = None
    phase: Literal["shadow", "live", "closing"] = "live"
    """With which it begins; what becomes of it is ruled (`recoup partner promote`)."""
    key: tuple[Key, ...] = ()
    """Keys that webhooks are signed with; one named `api` opens the partner's API instead."""
    expiry: tuple[Expiry, ...] = ()
    contract: tuple[Terms, ...] = ()
    api_url: str | None = None
    """Where that API is, up to the paths that the partner names; without it nobody sweeps."""

    def endings(self) -> list[tuple[str, str]]:
        """What of it ends by itself: name and last day, keys first."""
        keys = [(f"key {key.name}", key.expires_on) for key in self.key if key.expires_on is not None]
        return [*keys, *((one.name, one.expires_on) for one in self.expiry)]


class BookSetup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One set of books of a setup."""

    name: str = "main"
    preset: Literal["platform", "merchant"] = "platform"


class Setup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`setup.toml` as values."""

    book: BookSetup = BookSetup()
    account: tuple[AccountSetup, ...] = ()

    def accounts(self) -> list[Account]:
        """The accounts, with their terms."""
        return [Account(a.partner, a.account, a.book, a.zone, a.currency, a.phase, a.contract) for a in self.account]

    def books(self) -> list[Book]:
        """The sets of books."""
        return [Book(self.book.name, self.book.preset)]


class _Line(msgspec.Struct, frozen=True):
    path: str
    partner: str
    feed: str
    received_at: str
    account: str | None = None


def read_setup(path: Path) -> Setup:
    """The setup in a TOML file.

    Raises:
      SetupInvalid: Not TOML, or a field that a setup does not have; names the file and the field.
    """
    try:
        setup = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Setup)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise SetupInvalid(
            where=str(path), found=str(error), wanted="accounts with partner, account, zone, keys and contracts"
        ) from error
    for account in setup.account:
        _check_account(f"{path}, {account.partner}/{account.account}", account)
    return setup


def _check_account(where: str, account: AccountSetup) -> None:
    """Refuse what would fail later, at a check of the whole home: zones, calendars, days, currencies, times."""
    try:
        zone_of(account.zone)
        if account.currency is not None:
            check_currency(account.currency)
        for _, day in account.endings():
            parse_day(day)
        for terms in account.contract:
            _check_terms(terms)
    except RecoupError as problem:
        raise SetupInvalid(where, problem.found, problem.wanted, "Mend the file; nothing of it was taken.") from problem


def _check_terms(terms: Terms) -> None:
    for day in (terms.valid_from, terms.valid_to):
        if day is not None:
            parse_day(day)
    calendar(terms.calendar)
    parse_lead(terms.cut_off)
    for currency in (*terms.settles_in, *(fee.currency for fee in terms.fees if fee.currency)):
        check_currency(currency)
    for schedule in terms.schedules:
        parse_lead(schedule.due_time)


def read_directory(folder: Path) -> Iterator[Arrival]:
    """The deliveries of a directory, in the order of its list.

    Raises:
      SetupInvalid: A line of the list that is not a delivery, or names a file outside the directory or not there.
    """
    listing = folder / LIST_NAME
    with listing.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _listed(folder, f"{listing.name}:{number}", line)


def read_file(
    path: Path, partner: str, feed: str, *, account: str | None, landed_at: int, is_time_given: bool
) -> Arrival:
    """One file that a person hands in."""
    return _arrival(
        path,
        name=path.name,
        partner=partner,
        feed=feed,
        account=account,
        landed_at=landed_at,
        is_given=True,
        is_fetch_time_known=is_time_given,
    )


def _listed(folder: Path, where: str, line: bytes) -> Arrival:
    try:
        told = msgspec.json.decode(line, type=_Line)
        landed_at = parse_instant(told.received_at)
    except (msgspec.DecodeError, msgspec.ValidationError, RecoupError, ValueError) as error:
        raise SetupInvalid(
            where=where, found=str(error), wanted='{"path", "partner", "feed", "received_at"}, received_at in UTC'
        ) from error
    path = (folder / told.path).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise SetupInvalid(where=where, found=f"path {told.path!r}", wanted="a file inside the directory")
    return _arrival(
        path,
        name=told.path,
        partner=told.partner,
        feed=told.feed,
        account=told.account,
        landed_at=landed_at,
        is_given=True,
    )


def _arrival(path: Path, **told: Any) -> Arrival:
    """An arrival of a file: an HTTP message is taken apart, a small file read, a large one left where it is."""
    name = Path(told.pop("name")).name
    size = path.stat().st_size
    if size > (MESSAGE_BYTES_MAX if path.suffix == ".http" else SMALL_BYTES):
        return Arrival(name=name, path=path, **told)
    raw = path.read_bytes()
    if path.suffix != ".http":
        return Arrival(name=name, body=raw, path=path, **told)
    message = http_message.parse(raw, name)
    if isinstance(message, Finding):
        return Arrival(name=name, body=raw, broken=message, **told)
    return Arrival(name=name, body=message.body, start_line=message.start_line, headers=message.headers, **told)
