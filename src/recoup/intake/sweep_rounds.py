"""Which accounts are to be swept now, and what of theirs: the rounds that close the gap webhooks leave.

A round lists what is new at the partner once a quarter of an hour, and fetches by id what no list shows: disputes
that we heard of without their stage, at once, and every open one now and then. The register remembers when the last
complete list began; a round that fails is simply due again.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import select

from recoup.domain.canonical import canonical
from recoup.domain.instants import HOUR, MINUTE
from recoup.errors import PartnerUnreachable
from recoup.intake import call_health, sweep_look, sweeping
from recoup.intake.arrival import Arrival
from recoup.intake.call_tally import Notebook
from recoup.intake.inbox_drain import Take
from recoup.intake.outbound import Note
from recoup.intake.pipeline import Report
from recoup.intake.setting_aside import add_report
from recoup.intake.sweep_look import Look
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
HINT_LASTS = 7 * 24 * HOUR
"""How long we look for what a partner named and says it does not have: asked in another account, it is there."""
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


Connect = Callable[[Reachable, Note], Send]
"""The seam to an account's API, which tells of each try."""
ApiKeys = Callable[[View], Mapping[tuple[str, str], Credentials]]
"""What opens the APIs, by (partner, account)."""


class Round(msgspec.Struct, frozen=True):
    """What one round did for one account."""

    partner: str
    account: str
    is_list: bool
    """Whether the list was due and is complete now; else only single disputes were fetched, or it broke off."""
    report: Report
    failure: str | None = None
    """What came instead of the pages that are missing."""


class _Task(msgspec.Struct, frozen=True):
    """What one round asks: the list since when, and single disputes."""

    since: int | None
    is_list: bool
    wanted: list[str]


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
        every: int = EVERY,
    ) -> None:
        self._register = register
        self._partners = partners
        self._api_keys = api_keys
        self._connect = connect
        self._take = take
        self._clock = clock
        self._every = every
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
        """Ask one account for what is due; None where nothing is, or where its circuit is open.

        Raises:
          PartnerUnreachable: No answer; what was fetched before is kept, and the round is due again.
        """
        now = self._clock()
        task = self._task(which, now)
        if task is None:
            return None
        look, book, failed = Look(which.partner), Notebook(), None
        try:
            report = self._land(self._pages(which, task, now, look, book))
        except PartnerUnreachable as problem:
            failed = problem
            raise
        finally:
            self._write_down(which, task, now, look, book, failed)
        is_whole = task.is_list and look.is_list_whole and not look.held
        self._fetched_at.update({(which.partner.name, which.account, dispute): now for dispute in task.wanted})
        there = [dispute for dispute in task.wanted if dispute not in look.absent]
        self._forget_hints(which.partner.name, which.account, there, now)
        if is_whole:
            self._remember(which.partner.name, which.account, now)
        return Round(which.partner.name, which.account, is_whole, report, look.said)

    def _pages(self, which: Reachable, task: "_Task", now: int, look: Look, book: Notebook) -> Iterator[Arrival]:
        """Ask, and look at what comes."""
        send, partner, account = self._connect(which, book.note), which.partner, which.account
        if task.is_list:
            pages = sweeping.listed(partner, account, send, task.since, now, look.turn_down)
            yield from look.over(pages, is_list=True)
        singles = sweeping.fetched(partner, account, send, task.wanted, now, look.turn_down)
        yield from look.over(singles, is_list=False)

    def _task(self, which: Reachable, now: int) -> "_Task | None":
        """What is to be asked of an account now."""
        name, account = which.partner.name, which.account
        with self._register.reading() as view:
            if call_health.circuit(view, name, account).rests_until > now:
                return None
            listed = _settings(view).get(setting_name(LISTED, name, account))
            wanted = self._wanted(view, name, account, now) if _can_fetch(which.partner) else []
        since = None if listed is None else int(listed)
        is_list = which.partner.sweep is not None and (since is None or now - since >= self._every)
        return _Task(since, is_list, wanted) if is_list or wanted else None

    def _write_down(
        self, which: Reachable, task: "_Task", now: int, look: Look, book: Notebook, failed: PartnerUnreachable | None
    ) -> None:
        """Keep what the round came to, whatever that is."""
        name, account = which.partner.name, which.account
        is_complete = failed is None and look.is_list_whole and not look.held
        missed: list[str] = []
        if task.is_list and is_complete:
            with self._register.reading() as view:
                begins = sweeping.begins(task.since, now)
                missed = sweep_look.missed(view, which.partner, account, begins, now, look.shown)
        found = len(task.wanted) - len(look.absent) if failed is None else 0
        said = look.said if failed is None else failed.found
        row = (
            *(name, account, now, self._clock(), int(task.is_list), int(is_complete), look.pages, look.held),
            *(len(look.shown), canonical(missed), found, canonical(sorted(look.absent)[: sweep_look.NAMES_MAX])),
            *(_failure(book, look, failed), said),
        )
        with self._register.noting() as batch:
            batch.upsert(schema.sweep_round, [row])
            batch.upsert(schema.call_tally, list(book.rows(name, account, now)))
            batch.delete(schema.sweep_round, call_health.outlived(batch, schema.sweep_round, name, account, now))
            batch.delete(schema.call_tally, call_health.outlived(batch, schema.call_tally, name, account, now))

    def _land(self, arrivals: Iterable[Arrival]) -> Report:
        """Land what comes, some pages at a time; before a failure goes on its way, what came until then."""
        report, chunk = Report(), list[Arrival]()
        try:
            for arrival in arrivals:
                chunk.append(arrival)
                if len(chunk) == CHUNK:
                    whole, chunk = chunk, []
                    add_report(report, self._take(whole))
        finally:
            if chunk:
                add_report(report, self._take(chunk))
        return report

    def _wanted(self, view: View, partner: str, account: str, now: int) -> list[str]:
        """What to fetch: first what was hinted at, then disputes of no stage, then those not looked at for longest."""
        d, h = schema.dispute.c, schema.fetch_wanted.c
        told = select(h.name, h.landed_at).where(h.partner == partner, h.account == account).order_by(h.landed_at)
        hinted = [name for name, at in view.rows(told) if self._is_due(partner, account, name, at, now)]
        hints = [name for name in hinted if _ID.fullmatch(name) and not name.startswith("tok_")]
        open_ones = select(d.partner_dispute_id, d.stage).where(
            d.partner == partner, d.account == account, d.outcome.is_(None), d.kind.in_(_KINDS)
        )
        due: list[tuple[bool, int, str]] = []
        for name, stage in view.rows(open_ones):
            at = self._fetched_at.get((partner, account, name), 0)
            if now - at >= FETCH_AGAIN and _ID.fullmatch(name) and not name.startswith("tok_"):
                due.append((stage not in _UNKNOWN_STAGES, at, name))
        return list(dict.fromkeys([*hints, *(name for _, _, name in sorted(due))]))[:FETCHES_MAX]

    def _is_due(self, partner: str, account: str, name: str, hinted_at: int, now: int) -> bool:
        """Whether to follow a hint: a new one at once, one whose object was not there now and then, for some days."""
        at = self._fetched_at.get((partner, account, name))
        if at is None or hinted_at > at:
            return True
        return now - at >= FETCH_AGAIN and now - hinted_at < HINT_LASTS

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


def _failure(book: Notebook, look: Look, failed: PartnerUnreachable | None) -> str | None:
    """The outcome of the try that a round broke off at; None where it did not."""
    if failed is None:
        is_whole = look.is_list_whole and not look.held
        return None if is_whole else ("unreadable" if look.held else look.list_outcome)
    # A list that leads in a circle breaks off after an answer that was one.
    return "astray" if book.last_outcome in (None, "done") else book.last_outcome


def _can_fetch(partner: Partner) -> bool:
    """Whether single disputes can be asked for; some partners have reports to fetch, and no disputes."""
    return partner.fetch is not None and partner.capabilities.can_fetch_dispute


def _settings(view: View) -> dict[str, str]:
    return dict(view.rows(select(schema.setting.c.name, schema.setting.c.value)))
