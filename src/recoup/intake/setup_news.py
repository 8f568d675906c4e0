"""What a setup changed, account by account, and what each account still lacks, in words a person reads.

Values only: two views of the register are compared. Nothing of a key but its name is in them.
Read `grounding.py` for how a setup is written.
"""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select

from recoup.domain.canonical import parse
from recoup.intake.grounding import API_KEY
from recoup.intake.sweep_rounds import API_URL, setting_name
from recoup.partners.contract import Partner, RecordFeed
from recoup.storage import schema
from recoup.storage.register import View

Owner = tuple[str, str]
"""A partner and our account there."""
_FIELDS = ("book", "zone", "currency", "phase")
_WAITED_FOR = frozenset({"announces", "settles"})
"""Roles of partners whose contract says something: of the house and of banks nothing but files is expected."""


class AccountNews(msgspec.Struct, frozen=True):
    """One account of a setup: what is other than before, and what is missing; both empty where all is as it was."""

    partner: str
    account: str
    news: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Standing(msgspec.Struct, frozen=True):
    """What the register says of accounts at one time."""

    accounts: Mapping[Owner, tuple[str | None, ...]]
    contracts: Mapping[Owner, Mapping[str, str]]
    """By the day each begins, as canonical JSON."""
    keys: Mapping[Owner, Mapping[str, bytes]]
    """Live ones by name, wrapped."""
    settings: Mapping[str, str]


def standing(view: View) -> Standing:
    """Read what stands now."""
    a, c, s = schema.account.c, schema.contract.c, schema.secret.c
    contracts: dict[Owner, dict[str, str]] = {}
    for partner, account, since, body in view.rows(select(c.partner, c.account, c.valid_from, c.body)):
        contracts.setdefault((partner, account), {})[since] = body
    keys: dict[Owner, dict[str, bytes]] = {}
    live = select(s.partner, s.account, s.name, s.wrapped).where(s.retired_at.is_(None))
    for partner, account, name, wrapped in view.rows(live):
        keys.setdefault((partner, account), {})[name] = bytes(wrapped)
    rows = view.rows(select(a.partner, a.account, *(a[name] for name in _FIELDS)))
    return Standing(
        accounts={(partner, account): tuple(fields) for partner, account, *fields in rows},
        contracts=contracts,
        keys=keys,
        settings={row[0]: row[1] for row in view.rows(select(schema.setting))},
    )


def news(
    owners: Sequence[Owner], before: Standing, after: Standing, partners: Mapping[str, Partner]
) -> list[AccountNews]:
    """Compare what stood before a setup with what stands after it.

    Args:
      owners: The accounts that the setup names, in its order.
      before: What stood before it was taken over.
      after: What stands since.
      partners: All that are known.
    """
    return [
        AccountNews(
            partner=owner[0],
            account=owner[1],
            news=(
                *_account(before.accounts.get(owner), after.accounts[owner]),
                *_contracts(before.contracts.get(owner, {}), after.contracts.get(owner, {})),
                *_keys(before.keys.get(owner, {}), after.keys.get(owner, {})),
                *_api(setting_name(API_URL, *owner), before, after),
            ),
            missing=tuple(_missing(partners[owner[0]], owner, after)),
        )
        for owner in owners
    ]


def _account(before: tuple[str | None, ...] | None, after: tuple[str | None, ...]) -> list[str]:
    if before is None:
        return ["new"]
    told = zip(_FIELDS, before, after, strict=True)
    return [f"{name} {was or 'none'} → {is_ or 'none'}" for name, was, is_ in told if was != is_]


def _contracts(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    told = []
    for since, body in sorted(after.items()):
        if since not in before:
            told.append(f"contract from {since} added")
        elif before[since] != body:
            was, is_ = parse(before[since]), parse(body)
            changed = sorted(name for name in {*was, *is_} if was.get(name) != is_.get(name))
            told.append(f"contract from {since} changed: {', '.join(changed)}")
    return told


def _keys(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    told = [
        f"key {name} {'replaced' if name in before else 'added'}"
        for name, wrapped in sorted(after.items())
        if before.get(name) != wrapped
    ]
    return [*told, *(f"key {name} retired" for name in sorted(before.keys() - after.keys()))]


def _api(name: str, before: Standing, after: Standing) -> list[str]:
    url = after.settings.get(name)
    return [] if url == before.settings.get(name) else [f"API at {url}"]


def _missing(partner: Partner, owner: Owner, after: Standing) -> list[str]:
    keys = after.keys.get(owner, {})
    has_webhook = any(isinstance(feed, RecordFeed) and feed.verify is not None for feed in partner.feeds.values())
    has_api = API_KEY in keys and setting_name(API_URL, *owner) in after.settings
    told = []
    if _WAITED_FOR & partner.books.keys() and not after.contracts.get(owner):
        told.append("no contract: no money and no file is expected, and no fee compared")
    if has_webhook and not keys.keys() - {API_KEY}:
        told.append("no key for webhooks: what comes is refused")
    if partner.sweep is not None and not has_api:
        lack = "api_url" if API_KEY in keys else f"key named {API_KEY}"
        told.append(f"no {lack}: nobody sweeps, so a lost message stays lost")
    return told
