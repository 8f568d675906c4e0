"""Load what derivations stand on from the register, and write what was first seen: accounts, books, contracts, keys."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import select

from recoup.domain import tables
from recoup.domain.canonical import canonical
from recoup.domain.terms import Terms
from recoup.errors import SetupInvalid
from recoup.intake.ground import Account, Book, Ground
from recoup.intake.linking import Standing
from recoup.ledger import lives
from recoup.ledger.periods import Locked
from recoup.partners.access import Credentials
from recoup.partners.contract import Partner, SigningKey
from recoup.storage import rulings, schema
from recoup.storage.keys import HomeKey
from recoup.storage.register import Batch, View

API_KEY = "api"
"""Name of the secret that opens a partner's API; every other one is a key that webhooks are signed with."""
_PARTED = "\x00"
"""Stands between client id and secret where they are wrapped as one; neither can hold it."""
_TERMS = msgspec.json.Decoder(Terms)


def load(
    view: View, partners: Mapping[str, Partner], keys: dict[str, list[SigningKey]], *, is_anew: bool = False
) -> Ground:
    """Everything that is the same for all disputes of a batch.

    Args:
      view: The register.
      partners: Those known, by name.
      keys: Live webhook keys by partner.
      is_anew: Everything is derived anew: books are locked as they were when an entry was booked.
    """
    return Ground(
        moves=tables.moves(),
        partners=partners,
        accounts=_accounts(view),
        books=_books(view, is_anew),
        standing=_standing(view),
        keys=keys,
    )


def load_keys(view: View, home: HomeKey, with_retired: bool = False) -> dict[str, list[SigningKey]]:
    """Live webhook keys by partner, opened by the home's key; the key of an API signs nothing.

    Args:
      view: The register.
      home: The home's key.
      with_retired: Also those that sign no more: for messages that came while they did.
    """
    keys: dict[str, list[SigningKey]] = {}
    signing = select(schema.secret).where(schema.secret.c.name != API_KEY).order_by(schema.secret.c.name)
    for partner, account, name, wrapped, _, retired_at in view.rows(signing):
        if retired_at is not None and not with_retired:
            continue
        secret = home.unwrap(wrapped, _about(partner, account, name)).decode()
        keys.setdefault(partner, []).append(SigningKey(name, secret))
    return keys


def load_api_keys(view: View, home: HomeKey) -> dict[tuple[str, str], Credentials]:
    """What opens partners' APIs by (partner, account), opened by the home's key."""
    is_live = (schema.secret.c.name == API_KEY, schema.secret.c.retired_at.is_(None))
    found = view.rows(select(schema.secret).where(*is_live))
    return {(p, a): _credentials(home.unwrap(wrapped, _about(p, a, name))) for p, a, name, wrapped, *_ in found}


def write_new(batch: Batch, ground: Ground) -> None:
    """Write the accounts that were first seen, and the book they are in."""
    books = {a.book for a in ground.new_accounts} - set(ground.books)
    batch.insert_new(schema.book, [(name, Book(name).preset, None) for name in sorted(books)])
    batch.insert_new(schema.account, [_account_row(a) for a in ground.new_accounts])
    ground.new_accounts.clear()


def write_accounts(batch: Batch, accounts: list[Account], books: list[Book]) -> None:
    """Write accounts, their contracts and books as a setup says them."""
    batch.insert_new(schema.book, [(b.name, b.preset, None) for b in books])
    batch.update(schema.book, ("preset",), [(b.name, b.preset) for b in books])  # a lock is no agreement, and stays
    batch.upsert(schema.account, [_account_row(a) for a in accounts])
    lives.write(batch, [(a.partner, a.account) for a in accounts])
    batch.upsert(
        schema.contract,
        [(a.partner, a.account, t.valid_from, canonical(msgspec.to_builtins(t))) for a in accounts for t in a.terms],
    )


def check_phases(view: View, accounts: list[Account]) -> None:
    """Refuse a setup that says another phase of an account that has begun to live: that is ruled, with its gate.

    Raises:
      SetupInvalid: An account of which something came is said to be in another phase than it was set up with.
    """
    known = _accounts(view)
    d = schema.delivery.c
    for told in accounts:
        was = known.get((told.partner, told.account))
        if was is None or was.phase == told.phase:
            continue
        ours = (d.partner == told.partner, d.account == told.account)
        if view.rows(select(d.delivery).where(*ours).limit(1)):
            raise SetupInvalid(
                f"{told.partner}/{told.account} phase",
                f"{told.phase!r} of an account that was set up as {was.phase!r} and has deliveries",
                f"{was.phase!r}, as it began: its life goes on by rulings",
                f"See: recoup partner life {told.partner}. To go live: recoup partner promote {told.partner}.",
            )


def write_key(batch: Batch, home: HomeKey, partner: str, account: str, key: SigningKey, now: int) -> None:
    """Keep one live webhook key, wrapped; the same secret told again stays as old as it is."""
    about = _about(partner, account, key.name)
    known = _key(batch, partner, account, key.name)
    is_same = known is not None and home.unwrap(known.wrapped, about) == key.secret.encode()
    if known is None or not is_same:
        wrapped = home.wrap(key.secret.encode(), about)
        batch.upsert(schema.secret, [(partner, account, key.name, wrapped, now, None)])
    elif known.retired_at is not None:
        batch.update(schema.secret, ("retired_at",), [(partner, account, key.name, None)])


class _Key(msgspec.Struct, frozen=True):
    wrapped: bytes
    retired_at: int | None


def _key(view: View, partner: str, account: str, name: str) -> _Key | None:
    s = schema.secret.c
    is_it = (s.partner == partner, s.account == account, s.name == name)
    found = view.rows(select(s.wrapped, s.retired_at).where(*is_it))
    return _Key(*found[0]) if found else None


def write_api_key(batch: Batch, home: HomeKey, partner: str, account: str, given: Credentials, now: int) -> None:
    """Keep what opens an account's API, client id and secret wrapped as one, so that no half of them is ever live."""
    whole = given.secret if given.client_id is None else f"{given.client_id}{_PARTED}{given.secret}"
    write_key(batch, home, partner, account, SigningKey(API_KEY, whole), now)


def retire_keys(batch: Batch, partner: str, account: str, live: set[str], now: int) -> None:
    """Retire the keys of an account that are not named live."""
    s = schema.secret.c
    known = batch.rows(select(s.name).where(s.partner == partner, s.account == account, s.retired_at.is_(None)))
    gone = sorted(name for (name,) in known if name not in live)
    batch.update(schema.secret, ("retired_at",), [(partner, account, name, now) for name in gone])


def write_endings(batch: Batch, partner: str, account: str, endings: list[tuple[str, str]]) -> None:
    """Keep what of an account ends by itself, in place of what was declared before."""
    e = schema.credential_expiry.c
    known = batch.rows(select(e.name).where(e.partner == partner, e.account == account))
    gone = sorted({name for (name,) in known} - {name for name, _ in endings})
    batch.delete(schema.credential_expiry, [(partner, account, name) for name in gone])
    batch.upsert(schema.credential_expiry, [(partner, account, name, day) for name, day in endings])


def agreements(view: View) -> tuple[object, ...]:
    """Everything a setup says that derivations stand on, for comparison."""
    tables_read = (schema.book, schema.account, schema.contract)
    return tuple(tuple(sorted(view.rows(select(table)))) for table in tables_read)


def accounts(view: View) -> list[Account]:
    """Our accounts with their terms, by partner and name."""
    return [account for _, account in sorted(_accounts(view).items())]


def _credentials(unwrapped: bytes) -> Credentials:
    client_id, parted, secret = unwrapped.decode().rpartition(_PARTED)
    return Credentials(secret, client_id if parted else None)


def _about(partner: str, account: str, name: str) -> bytes:
    return "\x00".join(("secret", partner, account, name)).encode()


def _books(view: View, is_anew: bool) -> dict[str, Book]:
    ruled = rulings.standings(view, "books_locked_through") if is_anew else {}
    told = {name: tuple((held.since_at, held.said.value) for held in now.held) for name, now in ruled.items()}
    found = view.rows(select(schema.book))
    return {name: Book(name, preset, Locked(through, told.get(name, ()))) for name, preset, through in found}


def _accounts(view: View) -> dict[tuple[str, str], Account]:
    terms: dict[tuple[str, str], list[Terms]] = {}
    for partner, account, _, body in view.rows(select(schema.contract).order_by(schema.contract.c.valid_from)):
        terms.setdefault((partner, account), []).append(_TERMS.decode(body))
    columns = (schema.account.c[name] for name in ("partner", "account", "book", "zone", "currency", "phase"))
    rows = view.rows(select(*columns))
    stand = lives.lives(view, {(row[0], row[1]): row[5] for row in rows})
    return {
        (partner, account): Account(
            partner,
            account,
            book,
            zone,
            currency,
            phase,
            tuple(terms.get((partner, account), ())),
            now.books_from,
            lives.beginning(now),
        )
        for partner, account, book, zone, currency, phase in rows
        for now in (stand[partner, account],)
    }


def _standing(view: View) -> dict[tuple[str, str], list[Standing]]:
    standing: dict[tuple[str, str], list[Standing]] = {}
    for partner, account, merchant, valid_from, valid_to, *_ in view.rows(select(schema.account_merchant)):
        standing.setdefault((partner, account), []).append(Standing(partner, account, merchant, valid_from, valid_to))
    return standing


def _account_row(a: Account) -> tuple[object, ...]:
    return (a.partner, a.account, a.book, a.zone, a.currency, a.phase, a.phase, None)
