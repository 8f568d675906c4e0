"""Pull: fetch a partner's objects themselves, so that a webhook that never came is not missed.

A sweep lists what changed since a little before the last sweep began, plus every
dispute that our books or a person wants to see at once. The pages are landed as
bytes like any delivery; only what they say counts. Partners without a list API
close their gaps another way, and say so in their capabilities.
"""

from collections.abc import Iterator, Sequence

from recoup.domain.instants import HOUR
from recoup.intake.arrival import Arrival
from recoup.partners.contract import Partner, Send, Swept

OVERLAP = 1 * HOUR
"""A list may lag behind its objects; sweeping an hour twice costs nothing, since telling again changes nothing."""
FIRST_REACH = 180 * 24 * HOUR
"""How far back a first sweep looks: half a year covers what may still be open at every network we know."""


def sweep(
    partner: Partner, account: str, send: Send, since: int | None, now: int, wanted: Sequence[str] = ()
) -> Iterator[Arrival]:
    """The pages of one sweep as arrivals, in the order fetched.

    Args:
      partner: Whom to ask.
      account: Our account there.
      send: The seam to the partner's API.
      since: When the last complete sweep began; None for a first one. Microseconds UTC.
      now: When this one begins.
      wanted: Disputes to fetch by id as well.
    """
    if partner.sweep is not None:
        start = (now - FIRST_REACH) if since is None else since - OVERLAP
        for page in partner.sweep(send, start, now):
            yield _arrival(partner.name, account, page, now)
    if partner.fetch is not None:
        for dispute in wanted:
            yield _arrival(partner.name, account, partner.fetch(send, dispute), now)


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
