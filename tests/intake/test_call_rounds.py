"""Every round of asking is written down, and what follows: lists that are whole, gaps, rests, hints that stay."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import msgspec
import pytest
from sqlalchemy import select

from recoup.app import App
from recoup.domain.instants import DAY, HOUR, MINUTE, SECOND, day_start, parse_instant
from recoup.errors import PartnerUnreachable
from recoup.intake import call_health
from recoup.intake.arrival import Arrival
from recoup.intake.call_health import KEPT, RESTS_AFTER, RoundSeen, circuit
from recoup.intake.call_standing import standing
from recoup.intake.directory import AccountSetup, Expiry, Key, Setup
from recoup.intake.grounding import load_api_keys
from recoup.intake.outbound import Outbound
from recoup.intake.sweep_rounds import FETCH_AGAIN, HINT_LASTS, LISTED, Reachable, Round, Rounds, setting_name
from recoup.simulator.calls import Clock, Line, address, offices
from recoup.simulator.klarna import wire
from recoup.simulator.profiles import PROFILES
from recoup.simulator.truth import Plan, Trouble
from recoup.simulator.world import World, build
from recoup.storage import schema
from tests.fakes.homes import home

PLAN = Plan(7, dt.date(2026, 2, 2), 20, 40, 400, ("mollie", "klarna"), True)
NOW = parse_instant("2026-02-12T09:00:00Z")
FOREVER = NOW + 100 * DAY


@pytest.fixture(scope="module")
def world() -> World:
    """Twenty days of two partners that are asked."""
    return build(PLAN)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    accounts = tuple(_account(name) for name in PLAN.partners)
    with home(tmp_path / "home", setup=Setup(account=accounts)) as opened:
        yield opened


def _account(name: str) -> AccountSetup:
    profile = PROFILES[name]
    keys = [Key("api", profile.api_key or "")] + ([Key(*profile.key)] if profile.key else [])
    return AccountSetup(name, profile.account, profile.zone, key=tuple(keys))


class Asking:
    """The program's rounds over offices in the process, at a time that is set."""

    def __init__(self, app: App, world: World, *troubles: Trouble) -> None:
        self.clock = Clock(NOW)
        self._app = app
        found = offices(msgspec.structs.replace(world, troubles=list(troubles)))
        outbound = Outbound(httpx.Client(transport=Line(found, self.clock)), self.clock, self.clock.pause)
        self.rounds = Rounds(
            app.register,
            app.partners,
            api_keys=lambda view: load_api_keys(view, app.key),
            connect=lambda r, note: outbound.send_to(r.url, r.partner.access, r.credentials, note),
            take=app.take,
            clock=self.clock,
        )

    def ask(self, partner: str, at: int = NOW) -> Round | None:
        """Have one account's turn; None where nothing is due, or where it broke off."""
        self.clock.at = at
        with self._app.register.reading() as view:
            keys = load_api_keys(view, self._app.key)
        account = PROFILES[partner].account
        with suppress(PartnerUnreachable):
            return self.rounds.round(
                Reachable(self._app.partners[partner], account, address(partner), keys[partner, account])
            )
        return None

    def seen(self, partner: str) -> list[RoundSeen]:
        """The rounds that were written down."""
        with self._app.register.reading() as view:
            return call_health.rounds(view, FOREVER, owner=(partner, PROFILES[partner].account))


def listed_at(app: App, partner: str) -> int | None:
    """When the last list began that counts as whole."""
    s = schema.setting.c
    name = setting_name(LISTED, partner, PROFILES[partner].account)
    with app.register.reading() as view:
        found = view.rows(select(s.value).where(s.name == name))
    return int(found[0][0]) if found else None


def told_by_message(app: App, world: World) -> str:
    """A dispute at Klarna that a message told of; its id."""
    case = next(c for c in world.cases_at("klarna") if NOW - 20 * HOUR < c.opened_at < NOW - 2 * HOUR)
    message = wire.message(wire.event_body(case, case.steps[0]))
    head, _, body = message.partition(b"\r\n\r\n")
    headers = {line.partition(": ")[0]: line.partition(": ")[2] for line in head.decode().split("\r\n")[1:]}
    arrival = Arrival(
        "klarna", "webhook", "first.http", case.opened_at + SECOND, PROFILES["klarna"].account, body,
        start_line="POST /webhooks/klarna HTTP/1.1", headers=headers,
    )  # fmt: skip
    assert app.take([arrival]).observations_new == 1
    return case.id


def test_a_good_round_is_one_row_and_one_for_each_operation(app: App, world: World) -> None:
    """What was asked, how often, what came of it; the list is whole."""
    asking = Asking(app, world)
    asking.ask("mollie")
    (row,) = asking.seen("mollie")
    assert (row.is_list, row.is_complete, row.held, row.failure) == (1, 1, 0, None)
    assert row.objects == sum(c.opened_at <= NOW for c in world.cases_at("mollie"))
    with app.register.reading() as view:
        (one,) = standing(view, NOW + HOUR)
    assert {of.operation: (of.tries, of.done) for of in one.operations} == {
        "GET /v2/balances": (1, 1),
        "GET /v2/balances/…/transactions": (22, 22),
        "GET /v2/chargebacks": (1, 1),
        "GET /v2/settlements": (1, 1),
    }
    assert one.is_well
    assert (one.circuit, one.listed_at, one.clock_offset) == ("closed", NOW, 0)


@pytest.mark.parametrize(
    ("word", "failure"), [("down", "failed"), ("refuse", "refused"), ("throttle", "throttled"), ("moved", "elsewhere")]
)
def test_a_round_that_breaks_off_says_why(word: str, failure: str, app: App, world: World) -> None:
    """And no list counts as whole; when all is well again, it begins where the last whole one did."""
    asking = Asking(app, world, Trouble("klarna", word, NOW, NOW + HOUR))
    assert asking.ask("klarna") is None
    (row,) = asking.seen("klarna")
    assert (row.is_complete, row.failure) == (0, failure)
    assert listed_at(app, "klarna") is None
    asking.ask("klarna", NOW + 2 * HOUR)
    assert listed_at(app, "klarna") == NOW + 2 * HOUR


@pytest.mark.parametrize(("word", "failure", "held"), [("error_body", "unreadable", 1), ("cursor", "rejected", 0)])
def test_a_list_with_a_page_that_is_none_is_not_whole(
    word: str, failure: str, held: int, app: App, world: World
) -> None:
    """An error as if all were well, and a second page that is refused: both leave the list to be asked for again."""
    asking = Asking(app, world, Trouble("klarna", word, NOW, NOW + HOUR))
    told = asking.ask("klarna")
    assert told is not None
    assert not told.is_list
    (row,) = asking.seen("klarna")
    assert (row.is_complete, row.failure, row.held) == (0, failure, held)
    assert listed_at(app, "klarna") is None


def test_an_answer_that_is_no_page_is_not_landed(app: App, world: World) -> None:
    """It is counted; nobody has to look at a held delivery for it."""
    asking = Asking(app, world, Trouble("klarna", "cursor", NOW, NOW + HOUR))
    told = asking.ask("klarna")
    assert told is not None
    assert (told.report.deliveries, told.report.held) == (1, 0)


def test_what_a_list_leaves_out_is_noticed_by_what_messages_told(app: App, world: World) -> None:
    """Though it is fetched by its id in the same round; a sound list misses nothing."""
    case = told_by_message(app, world)
    asking = Asking(app, world, Trouble("klarna", "hide", 0, NOW + HOUR, frozenset({case})))
    asking.ask("klarna")
    asking.ask("klarna", NOW + 2 * HOUR)
    first, second = asking.seen("klarna")
    assert first.missing == [case]
    assert first.found == 1
    assert second.missing == []


def test_a_list_that_lags_a_little_misses_nothing(app: App, world: World) -> None:
    """A quarter of an hour is what lists do."""
    told_by_message(app, world)
    asking = Asking(app, world, Trouble("klarna", "lag", 0, FOREVER, by=15 * MINUTE))
    asking.ask("klarna")
    assert asking.seen("klarna")[0].missing == []


def test_an_account_that_fails_again_and_again_is_left_alone_for_a_while(app: App, world: World) -> None:
    """After three rounds for five minutes, then ten; one that goes well ends it."""
    asking = Asking(app, world, Trouble("klarna", "refuse", NOW, NOW + HOUR))
    for number in range(RESTS_AFTER):
        asking.ask("klarna", NOW + number * MINUTE)
    last = NOW + (RESTS_AFTER - 1) * MINUTE
    asking.ask("klarna", last + 4 * MINUTE)
    assert len(asking.seen("klarna")) == RESTS_AFTER
    asking.ask("klarna", last + 6 * MINUTE)
    assert len(asking.seen("klarna")) == RESTS_AFTER + 1
    with app.register.reading() as view:
        rests = circuit(view, "klarna", PROFILES["klarna"].account)
    assert rests.at(last + 7 * MINUTE) == "open"
    assert rests.at(last + 30 * MINUTE) == "half_open"
    asking.ask("klarna", NOW + 2 * HOUR)
    with app.register.reading() as view:
        assert circuit(view, "klarna", PROFILES["klarna"].account).state == "closed"


def test_what_a_message_named_and_is_not_there_is_asked_for_for_a_week(app: App, world: World) -> None:
    """In another account it is not found; once ours is asked it is, and no later than that."""
    case = next(c for c in world.cases_at("mollie") if c.opened_at < NOW - HOUR)
    hint(app, case.payment.ref, NOW - MINUTE)
    asking = Asking(app, world, Trouble("mollie", "elsewhere", 0, NOW + 8 * HOUR))
    asking.ask("mollie")
    asking.ask("mollie", NOW + FETCH_AGAIN)
    first, second = asking.seen("mollie")
    assert first.not_there == second.not_there == [case.payment.ref]
    assert waiting(app) == [case.payment.ref]
    asking.ask("mollie", NOW + 3 * FETCH_AGAIN)
    assert waiting(app) == []


def test_what_is_never_there_is_given_up_after_a_week(app: App, world: World) -> None:
    """Somebody may have made it up: nobody signs a name."""
    hint(app, "tr_madeUp1", NOW - MINUTE)
    asking = Asking(app, world)
    asking.ask("mollie")
    asking.ask("mollie", NOW + HINT_LASTS)
    assert [row.not_there for row in asking.seen("mollie")] == [["tr_madeUp1"], []]


def hint(app: App, name: str, at: int) -> None:
    """A classic message of Mollie's."""
    body = f"id={name}".encode()
    app.take([Arrival("mollie", "webhook", f"{at}.http", at, PROFILES["mollie"].account, body)])


def waiting(app: App) -> list[str]:
    """What waits to be fetched."""
    with app.register.reading() as view:
        return [name for (name,) in view.rows(select(schema.fetch_wanted.c.name))]


def test_a_name_that_is_told_again_is_asked_for_again(app: App, world: World) -> None:
    """The same bytes come when a chargeback is received and when it is reversed."""
    case = next(c for c in world.cases_at("mollie") if c.step_at("win") and c.opened_at < NOW - HOUR)
    asking = Asking(app, world)
    for at in (NOW - MINUTE, NOW + 3 * MINUTE):
        hint(app, case.payment.ref, at)
        assert waiting(app) == [case.payment.ref]
        asking.ask("mollie", at + MINUTE)
        assert waiting(app) == []


def test_rounds_of_long_ago_are_forgotten(app: App, world: World) -> None:
    """A quarter is kept."""
    asking = Asking(app, world)
    asking.ask("klarna", day_start(PLAN.first_day, "UTC"))
    asking.ask("klarna", day_start(PLAN.first_day, "UTC") + KEPT + HOUR)
    assert len(asking.seen("klarna")) == 1


def test_a_setup_says_what_ends(app: App) -> None:
    """Keys and other things; what it no longer names is forgotten."""
    with_end = msgspec.structs.replace(
        _account("klarna"),
        key=(Key("api", PROFILES["klarna"].api_key or "", expires_on="2026-03-01"),),
        expiry=(Expiry("client certificate", "2026-02-20"),),
    )
    app.apply(Setup(account=(with_end,)))
    with app.register.reading() as view:
        (one,) = standing(view, NOW)
    assert [(e.name, e.expires_on, e.days_left) for e in one.expires] == [
        ("client certificate", "2026-02-20", 8),
        ("key api", "2026-03-01", 17),
    ]
    assert not one.is_well
    app.apply(Setup(account=(_account("klarna"),)))
    with app.register.reading() as view:
        assert standing(view, NOW) == []
