"""Pull: fetch a partner's objects themselves, so that a webhook that never came is not missed.

A sweep lists what changed since a little before the last sweep began, plus every
dispute that our books or a person wants to see at once. The pages are landed as
bytes like any delivery; only what they say counts. An answer that is no page, by
its status, is not landed: it is told to whoever sweeps. Partners without a list
API close their gaps another way, and say so in their capabilities.
"""

from collections.abc import Callable, Iterator, Sequence

from recoup.domain.instants import HOUR
from recoup.intake.arrival import Arrival
from recoup.partners.contract import Partner, Send, Swept

OVERLAP = 1 * HOUR
"""A list may lag behind its objects; sweeping an hour twice costs nothing, since telling again changes nothing."""
FIRST_REACH = 180 * 24 * HOUR
"""How far back a first sweep looks: half a year covers what may still be open at every network we know."""
NO_PAGE = 400
"""A status from here on says why there is none."""
TurnedDown = Callable[[Swept, str | None], None]
"""Told of an answer that is no page, with the dispute that was asked for; None for a page of the list."""


def listed(
    partner: Partner, account: str, send: Send, since: int | None, now: int, turned_down: TurnedDown
) -> Iterator[Arrival]:
    """The pages of a partner's lists as arrivals, in the order fetched; none where it has no list.

    Args:
      partner: Whom to ask.
      account: Our account there.
      send: The seam to the partner's API.
      since: When the last complete list began; None for a first one. Microseconds UTC.
      now: When this one begins.
      turned_down: Told of answers that are no pages.
    """
    if partner.sweep is not None:
        for page in partner.sweep(send, begins(since, now), now):
            if page.status >= NO_PAGE:
                turned_down(page, None)
            else:
                yield _arrival(partner.name, account, page, now)


def fetched(
    partner: Partner, account: str, send: Send, names: Sequence[str], now: int, turned_down: TurnedDown
) -> Iterator[Arrival]:
    """Single disputes as arrivals, in the order of their names.

    Args:
      partner: Whom to ask.
      account: Our account there.
      send: The seam to the partner's API.
      names: What to ask for, by the partner's ids.
      now: When we ask.
      turned_down: Told of answers that are no pages.
    """
    if partner.fetch is None:
        return
    for name in names:
        page = partner.fetch(send, name)
        if page.status >= NO_PAGE:
            turned_down(page, name)
        else:
            yield _arrival(partner.name, account, page, now)


def begins(since: int | None, now: int) -> int:
    """Say from when on a sweep asks for what is new."""
    return (now - FIRST_REACH) if since is None else since - OVERLAP


def _arrival(partner: str, account: str, page: Swept, now: int) -> Arrival:
    return Arrival(
        partner=partner,
        feed=page.feed,
        name=page.name,
        landed_at=now,
        account=account,
        body=page.message.body,
        start_line=page.message.start_line,
        headers=page.message.headers,
    )
