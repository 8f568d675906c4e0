"""What a round saw while it swept: which disputes were shown, which answers nobody could read, what was not there.

The pages are read here for that alone, and land as bytes like any other. A list is compared with what we know of its
partner from elsewhere: that it leaves out a dispute is why no side is trusted alone.
"""

from collections.abc import Iterator

from sqlalchemy import select

from recoup.domain.instants import HOUR
from recoup.intake.arrival import Arrival
from recoup.intake.outbound import Outcome, outcome_of
from recoup.partners.contract import Arrived, Listing, Partner, RecordFeed, Swept
from recoup.storage import schema
from recoup.storage.register import View

LAG = 1 * HOUR
"""So long a list may lag behind its objects: nothing is missed in it before."""
NAMES_MAX = 200
"""So many names are kept of what was missed; more say nothing more."""
_KINDS = ("dispute", "request", "return")
_GONE = (404, 410)
_OURS = ("manual", "sent")
"""Feeds that tell what people know, which no list of the partner's need show."""


class Look:
    """What one round saw of one account."""

    def __init__(self, partner: Partner) -> None:
        self.shown: set[str] = set()
        """Disputes that the pages of the list told."""
        self.pages = 0
        self.held = 0
        self.absent: list[str] = []
        self.said: str | None = None
        """What came instead of an answer, first."""
        self.list_outcome: Outcome | None = None
        """What came instead of a page of the list."""
        self._partner = partner

    def over(self, arrivals: Iterator[Arrival], *, is_list: bool) -> Iterator[Arrival]:
        """Look at each arrival on its way: a page of the list, or a single dispute."""
        for arrival in arrivals:
            shown = self._read(arrival)
            if is_list:
                self.shown |= shown
            yield arrival

    def turn_down(self, page: Swept, name: str | None) -> None:
        """Note an answer that is no page: of the list, or about one dispute."""
        self.said = self.said or f"status {page.status} for {page.message.start_line.split(' ')[0]} on {page.feed}"
        if name is None:
            self.list_outcome = outcome_of(page.status)
        elif page.status in _GONE:
            self.absent.append(name)

    @property
    def is_list_whole(self) -> bool:
        """Whether every page that was asked for came."""
        return self.list_outcome is None

    def _read(self, arrival: Arrival) -> set[str]:
        """The disputes that a page tells; what cannot be read is counted."""
        self.pages += 1
        feed = self._partner.feeds.get(arrival.feed)
        if not isinstance(feed, RecordFeed) or feed.medium != "page":
            return set()
        reading = feed.read(_arrived(arrival), arrival.body or b"")
        if reading.held is not None:
            self.held += 1
            self.said = self.said or f"{arrival.name}: {reading.held.found}"
        return {placed.said.partner_dispute_id for placed in reading.observations}


def _arrived(arrival: Arrival) -> Arrived:
    return Arrived(
        delivery="",
        partner=arrival.partner,
        account=arrival.account or "",
        feed=arrival.feed,
        name=arrival.name,
        landed_at=arrival.landed_at,
        zone="UTC",
        headers=arrival.headers,
        start_line=arrival.start_line,
    )


def missed(view: View, partner: Partner, account: str, begins: int, now: int, shown: set[str]) -> list[str]:
    """The disputes that a complete list should have shown and did not, by the partner's ids.

    Args:
      view: The register, with all pages of the list in it.
      partner: Whose list.
      account: Our account there.
      begins: From when on the sweep asked for what is new.
      now: When it began.
      shown: What it showed.
    """
    listing = partner.listing
    if listing is None:
        return []
    since = 0 if listing.by == "all" else begins - listing.reach + LAG
    due = _due(view, partner, account, listing, since, now - LAG)
    return sorted(due - shown)[:NAMES_MAX]


def _due(view: View, partner: Partner, account: str, listing: Listing, since: int, until: int) -> set[str]:
    """The disputes that a list of this kind shows between two instants, as we know them."""
    d = schema.dispute.c
    ours = (d.partner == partner.name, d.account == account, d.kind.in_(_KINDS))
    if listing.by != "updated":
        opened = select(d.partner_dispute_id).where(*ours, d.opened_at >= since, d.opened_at <= until)
        return {name for (name,) in view.rows(opened)}
    changed = select(d.dispute, d.partner_dispute_id).where(*ours, d.known_from >= since)
    names: dict[str, str] = dict(view.rows(changed))
    latest = _latest(view, names)
    return {names[key] for key, at in latest.items() if since <= at <= until}


def _latest(view: View, disputes: dict[str, str]) -> dict[str, int]:
    """When the partner last said that something happened to each of these disputes."""
    columns = schema.observation.columns.keys()
    dispute, at, feed = (columns.index(name) for name in ("dispute", "occurred_at", "feed"))
    found: dict[str, int] = {}
    for row in view.by_keys(schema.observation, "dispute", disputes):
        if row[feed] not in _OURS:
            found[row[dispute]] = max(found.get(row[dispute], 0), row[at])
    return found
