import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from recoup.app import App
from recoup.domain.instants import HOUR, MINUTE
from recoup.errors import PartnerUnreachable
from recoup.intake.directory import AccountSetup, Key, Setup
from recoup.intake.grounding import load_api_keys
from recoup.intake.sweep_rounds import EVERY, FETCH_AGAIN, Rounds
from recoup.partners.access import Credentials
from recoup.partners.contract import Message, Request, Send
from recoup.storage import schema
from tests.fakes import stripe_messages as stripe
from tests.fakes.homes import home

NOW = (stripe.START + stripe.DAY) * 1_000_000
URL = "https://api.stripe.test"
KEY = "sk_test_of_the_tests"


class Api:
    """Stripe's API with the disputes it is given; keeps what it was asked."""

    def __init__(self, *disputes: dict[str, object]) -> None:
        self.disputes = {str(d["id"]): d for d in disputes}
        self.asked: list[Request] = []
        self.is_down = False

    def __call__(self, request: Request) -> Message:
        """Answer with a page, or with one dispute."""
        if self.is_down:
            raise PartnerUnreachable(request.path, "ConnectError", "an answer")
        self.asked.append(request)
        name = request.path.rpartition("/")[2]
        if request.path.startswith("/v1/disputes/"):
            return Message("HTTP/1.1 200 OK", {}, json.dumps(self.disputes[name]).encode())
        found = self.disputes.values() if request.path == "/v1/disputes" else ()
        return Message("HTTP/1.1 200 OK", {}, stripe.page(*found))

    def paths(self) -> list[str]:
        """What was asked since last time."""
        paths, self.asked = [r.path for r in self.asked], []
        return paths


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self) -> int:
        """Say what it is set to."""
        return self.at


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    keys = (Key("one", stripe.SECRET), Key("api", KEY))
    account = AccountSetup("stripe", stripe.ACCOUNT, "America/New_York", key=keys, api_url=URL)
    with home(tmp_path / "home", setup=Setup(account=(account,))) as opened:
        yield opened


def rounds(app: App, send: Send, clock: Clock) -> Rounds:
    """Rounds over a home that ask one API."""
    return Rounds(
        app.register,
        app.partners,
        api_keys=lambda view: load_api_keys(view, app.key),
        connect=lambda _reachable, _note: send,
        take=app.take,
        clock=clock,
    )


def statuses(app: App) -> dict[str, str]:
    """The partner's status of each dispute."""
    d = schema.dispute.c
    with app.register.reading() as view:
        return dict(view.rows(select(d.partner_dispute_id, d.partner_status)))


def test_an_account_with_a_key_and_an_address_is_reachable(app: App) -> None:
    """Both are needed; the key stands in no text made from it."""
    (found,) = rounds(app, Api(), Clock(NOW)).reachable()
    assert (found.partner.name, found.account, found.url) == ("stripe", stripe.ACCOUNT, URL)
    assert found.credentials == Credentials(KEY)
    assert KEY not in repr(found)
    assert KEY not in repr(found.credentials)
    with app.register.transaction("test", "setup", "api", 1) as batch:
        batch.delete(schema.setting, [(f"api_url stripe {stripe.ACCOUNT}",)])
    assert rounds(app, Api(), Clock(NOW)).reachable() == []


def test_a_dispute_whose_webhook_never_came_is_found(app: App) -> None:
    """The list shows what was never pushed."""
    sweeping = rounds(app, Api(stripe.dispute(7)), Clock(NOW))
    done = sweeping.round(*sweeping.reachable())
    assert done is not None
    assert (done.is_list, done.report.observations_new) == (True, 1)
    assert statuses(app) == {"dp_7": "needs_response"}


def test_the_list_is_asked_for_again_only_after_a_while(app: App) -> None:
    """A second round at once has nothing to ask; a quarter of an hour later the list is due, overlap and all."""
    api, clock = Api(), Clock(NOW)
    sweeping = rounds(app, api, clock)
    (account,) = sweeping.reachable()
    assert sweeping.round(account) is not None
    first = api.asked[0].query["created[gte]"]
    api.asked = []
    clock.at = NOW + EVERY - 1
    assert sweeping.round(account) is None
    clock.at = NOW + EVERY
    assert rounds(app, api, clock).round(account) is not None, "another process knows when the last list began"
    assert int(first) < int(api.asked[0].query["created[gte]"]) < NOW // 1_000_000


def test_a_list_that_fails_is_due_again(app: App) -> None:
    """Half a sweep is no sweep: its beginning is not remembered."""
    api, clock = Api(stripe.dispute(7)), Clock(NOW)
    sweeping = rounds(app, api, clock)
    (account,) = sweeping.reachable()
    api.is_down = True
    with pytest.raises(PartnerUnreachable):
        sweeping.round(account)
    api.is_down, clock.at = False, NOW + MINUTE
    done = sweeping.round(account)
    assert done is not None
    assert done.is_list


def test_a_lost_closing_is_found_by_asking_for_the_dispute_itself(app: App) -> None:
    """No list shows that an old dispute was closed; fetching it does, and not at every round."""
    old = stripe.dispute(3)
    app.take([stripe.webhook(stripe.event("evt_3", "charge.dispute.created", stripe.START, old), stripe.START)])
    api, clock = Api(), Clock(NOW)
    api.disputes["dp_3"] = old
    sweeping = rounds(app, api, clock)
    (account,) = sweeping.reachable()
    sweeping.round(account)
    assert "/v1/disputes/dp_3" in api.paths()
    api.disputes["dp_3"] = stripe.dispute(3, "lost")
    clock.at = NOW + EVERY
    sweeping.round(account)
    assert "/v1/disputes/dp_3" not in api.paths()
    clock.at = NOW + FETCH_AGAIN + HOUR
    sweeping.round(account)
    assert statuses(app) == {"dp_3": "lost"}
    clock.at += 2 * FETCH_AGAIN
    api.paths()
    sweeping.round(account)
    assert "/v1/disputes/dp_3" not in api.paths(), "a decided dispute is left alone"


def test_a_reference_that_is_no_id_is_never_put_into_a_path(app: App) -> None:
    """What a file calls a dispute may be anything; only what looks like an id is asked for."""
    body = stripe.event("evt_4", "charge.dispute.created", stripe.START, stripe.dispute(4, id="dp/../../secrets"))
    app.take([stripe.webhook(body, stripe.START)])
    api = Api()
    sweeping = rounds(app, api, Clock(NOW))
    sweeping.round(*sweeping.reachable())
    assert not any("secrets" in path for path in api.paths())


def test_what_a_message_only_hints_at_is_fetched_once(app: App) -> None:
    """A message without an amount names a dispute of a known stage: it is fetched at once, and then no more."""
    bare = stripe.dispute() | {"amount": None}
    app.take([stripe.webhook(stripe.event("evt_1", "charge.dispute.created", 1, bare), 1)])
    api, clock = Api(stripe.dispute()), Clock(NOW)
    sweeps = rounds(app, api, clock)
    [which] = sweeps.reachable()
    sweeps.round(which)
    assert f"/v1/disputes/{bare['id']}" in api.paths()
    with app.register.reading() as view:
        assert view.rows(select(schema.fetch_wanted)) == []
    sweeps.round(which)
    assert api.paths() == []
