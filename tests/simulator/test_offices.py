"""Offices of simulated partners: pages that lead to the end, keys, limits, and real HTTP."""

import datetime as dt
from contextlib import suppress
from itertools import pairwise

import httpx
import msgspec
import pytest

from recoup.domain.instants import DAY, HOUR, MINUTE, SECOND, parse_instant
from recoup.errors import PartnerUnreachable
from recoup.intake.outbound import Outbound, Tried, open_client
from recoup.partners.access import Credentials
from recoup.partners.contract import Message, Send, Swept
from recoup.partners.registry import partners
from recoup.simulator.calls import Clock, Line, address, next_sweep, offices, served
from recoup.simulator.office import PER_MINUTE, Asked, Office, Seen
from recoup.simulator.profiles import PROFILES
from recoup.simulator.truth import Plan, Trouble
from recoup.simulator.world import World, build

PARTNERS = partners()
PLAN = Plan(7, dt.date(2026, 2, 2), 20, 40, 400, ("mollie", "klarna"), True)
NOW = parse_instant("2026-02-20T09:00:00Z")


@pytest.fixture(scope="module")
def world() -> World:
    """Twenty days of two partners that are asked."""
    return build(PLAN)


def troubled(world: World, *troubles: Trouble) -> dict[str, Office]:
    return offices(msgspec.structs.replace(world, troubles=list(troubles)))


class Asking:
    """The program's own way to ask, over a line in the process; remembers each try."""

    def __init__(self, found: dict[str, Office], at: int = NOW) -> None:
        self.clock = Clock(at)
        self.tried: list[Tried] = []
        self._client = httpx.Client(transport=Line(found, self.clock))

    def send(self, partner: str, secret: str | None = None) -> Send:
        outbound = Outbound(self._client, self.clock, self.clock.pause)
        given = Credentials(secret or PROFILES[partner].api_key or "")
        return outbound.send_to(address(partner), PARTNERS[partner].access, given, self.tried.append)

    def sweep(self, partner: str) -> list[Swept]:
        sweep = PARTNERS[partner].sweep
        assert sweep is not None
        return list(sweep(self.send(partner), NOW - 12 * DAY, NOW))


def ids(pages: list[Swept], feed: str) -> list[str]:
    """Ids of what pages of a feed list, in their order."""
    found = []
    for page in pages:
        told = msgspec.json.decode(page.message.body)
        if page.feed == feed:
            listed = told.get("disputes") or told.get("_embedded", {}).get(feed, [])
            found += [one.get("payment_dispute_id") or one["id"] for one in listed]
    return found


def test_every_movement_is_listed_once_the_newest_first(world: World) -> None:
    """Pages of 250 follow one another by the cursor; nothing stands on two of them, nothing between."""
    pages = Asking(offices(world)).sweep("mollie")
    moved = ids(pages, "balance_transactions")
    assert len([page for page in pages if page.feed == "balance_transactions"]) > 1
    assert len(set(moved)) == len(moved) > 250
    times = [
        one["createdAt"]
        for page in pages
        if page.feed == "balance_transactions"
        for one in msgspec.json.decode(page.message.body)["_embedded"]["balance_transactions"]
    ]
    assert all(later >= earlier for later, earlier in pairwise(times))


def test_all_disputes_of_the_time_are_listed(world: World) -> None:
    """By their last change at Klarna, by their creation at Mollie; none before it happened."""
    asking = Asking(offices(world))
    for partner, feed in (("klarna", "disputes"), ("mollie", "chargebacks")):
        shown = set(ids(asking.sweep(partner), feed))
        opened = {c.id for c in world.cases_at(partner) if NOW - 11 * DAY <= c.opened_at <= NOW}
        later = {c.id for c in world.cases_at(partner) if c.opened_at > NOW}
        assert opened <= shown
        assert not later & shown


@pytest.mark.parametrize("partner", ["klarna", "mollie"])
def test_another_key_is_not_let_in(partner: str, world: World) -> None:
    """The right one is that of the setup."""
    asking = Asking(offices(world))
    fetch = PARTNERS[partner].fetch
    assert fetch is not None
    with pytest.raises(PartnerUnreachable, match="status 401"):
        fetch(asking.send(partner, "another"), "x")
    assert [tried.outcome for tried in asking.tried] == ["refused"]


def test_more_questions_than_a_minute_allows_are_throttled(world: World) -> None:
    """And told when to come again."""
    office = offices(world)["klarna"]
    asked = Asked("GET", "/v4/payment/disputes/x", {}, dict([office.header]))
    statuses = [office.answer(asked, NOW).status for _ in range(PER_MINUTE + 1)]
    assert set(statuses[:-1]) == {404}
    assert statuses[-1] == 429
    assert office.answer(asked, NOW + MINUTE).status == 404


TROUBLES = {
    "down": "failed",
    "throttle": "throttled",
    "quota": "throttled",
    "moved": "elsewhere",
    "refuse": "refused",
}


@pytest.mark.parametrize("word", list(TROUBLES))
def test_a_trouble_lasts_as_long_as_it_lasts(word: str, world: World) -> None:
    """Before and after it everything is as ever."""
    found = troubled(world, Trouble("klarna", word, NOW, NOW + HOUR))
    for at, wanted in ((NOW - SECOND, "done"), (NOW, TROUBLES[word]), (NOW + 2 * HOUR, "done")):
        asking = Asking(found, at)
        with suppress(PartnerUnreachable):
            asking.sweep("klarna")
        assert asking.tried[0].outcome == wanted


def test_what_a_list_leaves_out_is_there_by_its_id(world: World) -> None:
    """That is how a gap is told from a dispute that does not exist."""
    case = next(c for c in world.cases_at("klarna") if NOW - 5 * DAY < c.opened_at < NOW)
    found = troubled(world, Trouble("klarna", "hide", 0, NOW + DAY, frozenset({case.id})))
    asking = Asking(found)
    assert case.id not in ids(asking.sweep("klarna"), "disputes")
    fetch = PARTNERS["klarna"].fetch
    assert fetch is not None
    assert fetch(asking.send("klarna"), case.id).status == 200


def test_in_another_account_nothing_is_there(world: World) -> None:
    """The list is empty, and what is asked for by its id is not found."""
    asking = Asking(troubled(world, Trouble("mollie", "elsewhere", 0, NOW + DAY)))
    fetch = PARTNERS["mollie"].fetch
    assert ids(asking.sweep("mollie"), "chargebacks") == []
    assert fetch is not None
    assert fetch(asking.send("mollie"), world.cases_at("mollie")[0].id).status == 404


def test_a_slow_answer_takes_its_time(world: World) -> None:
    """Simulated time passes, no other."""
    asking = Asking(troubled(world, Trouble("mollie", "slow", 0, NOW + DAY)))
    asking.sweep("mollie")
    assert min(tried.took for tried in asking.tried) == 25 * SECOND
    assert asking.clock.at >= NOW + 50 * SECOND


def test_the_same_pages_come_over_http(world: World) -> None:
    """On this machine, with the program's own client; each partner below its name."""
    found = offices(world)
    within = Asking(found).sweep("klarna")
    with served(found, lambda: NOW) as base, open_client() as client:
        outbound = Outbound(client, lambda: NOW, lambda _seconds: True)
        given = Credentials(PROFILES["klarna"].api_key or "")
        send = outbound.send_to(f"{base}/klarna", PARTNERS["klarna"].access, given)
        sweep = PARTNERS["klarna"].sweep
        assert sweep is not None
        over = list(sweep(send, NOW - 12 * DAY, NOW))
    assert [page.message.body for page in over] == [page.message.body for page in within]
    assert all(isinstance(page.message, Message) for page in over)


def test_the_next_list_is_asked_for_within_six_hours() -> None:
    """And none after the end."""
    first = next_sweep(PLAN, 0)
    assert first is not None
    assert next_sweep(PLAN, first + 1) == first + 6 * HOUR
    assert next_sweep(PLAN, NOW + 30 * DAY) is None


def test_seen_in_full_is_what_is_usual() -> None:
    """No list leaves anything out by itself."""
    assert Seen() == Seen(frozenset(), 0, None, False, False, False)
