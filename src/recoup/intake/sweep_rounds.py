"""Which accounts are to be swept now, and what of theirs: the rounds that close the gap webhooks leave.

A round lists what is new at the partner once a quarter of an hour, and fetches by id what no list shows: disputes
that we heard of without their stage, at once, and every open one now and then. The register remembers when the last
complete list began; a round that fails is simply due again.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import select

from recoup.domain.instants import HOUR, MINUTE
from recoup.intake import sweeping
from recoup.intake.arrival import Arrival
from recoup.intake.inbox_drain import Take
from recoup.intake.pipeline import Report
from recoup.partners.access import Credentials
from recoup.partners.contract import Partner, Send
from recoup.storage import schema
from recoup.storage.register import Register, View

API_URL = "api_url"
"""Setting `api_url <partner> <account>`: where that account's API is, up to the path."""
LISTED = "sweep"
"""Setting `sweep <partner> <account>`: when the last complete list began, microseconds UTC."""
EVERY = 15 * MINUTE
FETCH_AGAIN = 6 * HOUR
"""How often an open dispute is looked at by its id: a closing that got lost is noticed the same day."""
FETCHES_MAX = 500
"""Fetches a round for one account: some minutes at a small part of the rate that partners allow."""
CHUNK = 50
"""Pages landed at a time, so that what was fetched is kept even when the next page fails."""
_ID = re.compile(r"[A-Za-z0-9_:-]{1,128}")
"""What may stand in a path, Klarna's colons too; a dispute whose id is anything else, or a token, is not asked for."""
_KINDS = ("dispute", "request")
_UNKNOWN_STAGES = (None, "unknown")


class Reachable(msgspec.Struct, frozen=True):
    """One account whose partner can be asked. The credentials are the API's, and stand in no text made from this."""

    partner: Partner
    account: str
    url: str
    credentials: Credentials

    def __repr__(self) -> str:
        """Say whom, never with which key."""
        return f"Reachable({self.partner.name}, {self.account})"


Connect = Callable[[Reachable], Send]
ApiKeys = Callable[[View], Mapping[tuple[str, str], Credentials]]
"""What opens the APIs, by (partner, account)."""


class Round(msgspec.Struct, frozen=True):
    """What one round did for one account."""

    partner: str
    account: str
    is_list: bool
    """Whether the list was due and is complete now; else only single disputes were fetched."""
    report: Report


class Rounds:
    """Sweeps the accounts of one register, in turn."""

    def __init__(
        self,
        register: Register,
        partners: Mapping[str, Partner],
        api_keys: ApiKeys,
        connect: Connect,
        take: Take,
        clock: Callable[[], int],
    ) -> None:
        self._register = register
        self._partners = partners
        self._api_keys = api_keys
        self._connect = connect
        self._take = take
        self._clock = clock
        self._fetched_at: dict[tuple[str, str, str], int] = {}

    def reachable(self) -> list[Reachable]:
        """Give the accounts with an API key and an address, of partners that can be asked."""
        with self._register.reading() as view:
            keys, settings = self._api_keys(view), _settings(view)
        found: list[Reachable] = []
        for name, account in sorted(keys):
            partner, url = self._partners.get(name), settings.get(setting_name(API_URL, name, account))
            if partner is not None and url is not None and (partner.sweep or _can_fetch(partner)):
                found.append(Reachable(partner, account, url, keys[name, account]))
        return found

    def round(self, which: Reachable) -> Round | None:
        """Ask one account for what is due; None where nothing is.

        Raises:
          PartnerUnreachable: No answer; what was fetched before is kept, and the round is due again.
        """
        now = self._clock()
        name, account = which.partner.name, which.account
        with self._register.reading() as view:
            listed = _settings(view).get(setting_name(LISTED, name, account))
            wanted = self._wanted(view, name, account, now) if _can_fetch(which.partner) else []
        since = None if listed is None else int(listed)
        is_list = which.partner.sweep is not None and (since is None or now - since >= EVERY)
        if not is_list and not wanted:
            return None
        asked = which.partner if is_list else msgspec.structs.replace(which.partner, sweep=None)
        arrivals = sweeping.sweep(asked, account, self._connect(which), since, now, wanted)
        report = self._land(arrivals)
        self._fetched_at.update({(name, account, dispute): now for dispute in wanted})
        self._forget_hints(name, account, wanted, now)
        if is_list:
            self._remember(name, account, now)
        return Round(name, account, is_list, report)

    def _land(self, arrivals: Iterable[Arrival]) -> Report:
        """Land what comes, some pages at a time; before a failure goes on its way, what came until then."""
        report, chunk = Report(), list[Arrival]()
        try:
            for arrival in arrivals:
                chunk.append(arrival)
                if len(chunk) == CHUNK:
                    whole, chunk = chunk, []
                    _add(report, self._take(whole))
        finally:
            if chunk:
                _add(report, self._take(chunk))
        return report

    def _wanted(self, view: View, partner: str, account: str, now: int) -> list[str]:
        """What to fetch: first what was hinted at, then disputes of no stage, then those not looked at for longest."""
        d, h = schema.dispute.c, schema.fetch_wanted.c
        hinted = view.rows(select(h.name).where(h.partner == partner, h.account == account).order_by(h.landed_at))
        hints = [name for (name,) in hinted if _ID.fullmatch(name) and not name.startswith("tok_")]
        open_ones = select(d.partner_dispute_id, d.stage).where(
            d.partner == partner, d.account == account, d.outcome.is_(None), d.kind.in_(_KINDS)
        )
        due: list[tuple[bool, int, str]] = []
        for name, stage in view.rows(open_ones):
            at = self._fetched_at.get((partner, account, name), 0)
            if now - at >= FETCH_AGAIN and _ID.fullmatch(name) and not name.startswith("tok_"):
                due.append((stage not in _UNKNOWN_STAGES, at, name))
        return list(dict.fromkeys([*hints, *(name for _, _, name in sorted(due))]))[:FETCHES_MAX]

    def _forget_hints(self, partner: str, account: str, fetched: Sequence[str], asked_at: int) -> None:
        """Forget the hints that were followed; one that landed while we asked stays."""
        h = schema.fetch_wanted.c
        with self._register.reading() as view:
            told = view.rows(select(h.name).where(h.partner == partner, h.account == account, h.landed_at <= asked_at))
        gone = [(partner, account, name) for name in sorted({name for (name,) in told} & set(fetched))]
        if gone:
            with self._register.transaction("sweep", "fetch", f"{partner}/{account}", self._clock()) as batch:
                batch.delete(schema.fetch_wanted, gone)

    def _remember(self, partner: str, account: str, began_at: int) -> None:
        with self._register.transaction("sweep", "sweep", f"{partner}/{account}", self._clock()) as batch:
            batch.upsert(schema.setting, [(setting_name(LISTED, partner, account), str(began_at))])


def setting_name(name: str, partner: str, account: str) -> str:
    """Say under which name a setting of one account stands."""
    return f"{name} {partner} {account}"


def _can_fetch(partner: Partner) -> bool:
    """Whether single disputes can be asked for; some partners have reports to fetch, and no disputes."""
    return partner.fetch is not None and partner.capabilities.can_fetch_dispute


def _settings(view: View) -> dict[str, str]:
    return dict(view.rows(select(schema.setting.c.name, schema.setting.c.value)))


def _add(total: Report, part: Report) -> None:
    for field in Report.__struct_fields__:
        setattr(total, field, getattr(total, field) + getattr(part, field))
