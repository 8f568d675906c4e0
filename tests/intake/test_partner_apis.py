"""Whole rounds against partners' APIs on this machine: asked, landed, read, in the register."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
from sqlalchemy import select
from starlette.responses import RedirectResponse, Response

from recoup.app import App
from recoup.domain.instants import HOUR, SECOND, parse_instant
from recoup.errors import PartnerUnreachable
from recoup.intake.directory import AccountSetup, Key, Setup
from recoup.intake.grounding import load_api_keys
from recoup.intake.outbound import Outbound, open_client
from recoup.intake.sweep_rounds import EVERY, FETCH_AGAIN, Round, Rounds
from recoup.storage import schema
from tests.fakes.homes import home
from tests.fakes.partner_apis import Answers, Asked, PartnerApi, Tokens, basic, header, served
from tests.partners.braintree import sent as braintree
from tests.partners.checkout import sent as checkout
from tests.partners.klarna import sent as klarna
from tests.partners.mollie import sent as mollie
from tests.partners.paypal import sent as paypal
from tests.partners.square import sent as square

NOW = parse_instant("2026-02-01T10:00:00Z")
SECRET, CLIENT = "secret-of-the-tests", "client-of-the-tests"
PAYPAL_LIST = "/v1/customer/disputes"


class Part(NamedTuple):
    """One partner as it is played."""

    partner: str
    api: PartnerApi
    disputes: set[str]
    client_id: str | None = None
    below: str = ""
    """What comes between host and paths."""


class Told(NamedTuple):
    """A home whose only account has its API on this machine."""

    app: App
    rounds: Rounds
    clock: list[int]
    waits: list[float]

    def round(self) -> Round | None:
        """Have the account's turn."""
        (account,) = self.rounds.reachable()
        return self.rounds.round(account)

    def disputes(self) -> set[str]:
        """The disputes of the register."""
        with self.app.register.reading() as view:
            return {row[0] for row in view.rows(select(schema.dispute.c.partner_dispute_id))}

    def deliveries(self) -> list[tuple[Any, ...]]:
        """All that is written of deliveries: names and headers."""
        with self.app.register.reading() as view:
            return list(view.rows(select(schema.delivery)))


@contextmanager
def playing(place: Path, part: Part) -> Iterator[Told]:
    """A home, an account and its partner's API."""
    clock, waits = [NOW], list[float]()

    def pause(seconds: float) -> bool:
        waits.append(seconds)
        return False

    with served(part.api) as url, open_client() as client:
        key = Key("api", SECRET, part.client_id)
        account = AccountSetup(part.partner, "ours", "UTC", key=(key,), api_url=url + part.below)
        outbound = Outbound(client, lambda: clock[0], pause)
        with home(place, setup=Setup(account=(account,))) as app:
            rounds = Rounds(
                app.register,
                app.partners,
                api_keys=lambda view: load_api_keys(view, app.key),
                connect=lambda r, note: outbound.send_to(r.url, r.partner.access, r.credentials, note),
                take=app.take,
                clock=lambda: clock[0],
            )
            yield Told(app, rounds, clock, waits)


def play_paypal(count: int = 3, seconds: int = 31_668) -> tuple[Part, Tokens]:
    """PayPal: a token of some hours, a list of two on a page, each dispute by itself."""
    told = {"scope": "https://uri.paypal.com/services/disputes/read-seller", "app_id": "APP-80W284485P519543T"}
    tokens = Tokens("/v1/oauth2/token", CLIENT, SECRET, seconds, **told)
    names = [f"PP-D-{n}" for n in range(count)]

    def answers(asked: Asked) -> Any:
        if asked.path != PAYPAL_LIST:
            return paypal.dispute(dispute_id=asked.path.rpartition("/")[2])
        start = int(asked.query.get("next_page_token", "0"))
        shown = names[start : start + 2]
        items = [
            {"dispute_id": name, "status": "UNDER_REVIEW", "update_time": "2026-01-01T10:00:00.000Z"} for name in shown
        ]
        following = f"https://api-m.paypal.com{PAYPAL_LIST}?page_size=50&next_page_token={start + 2}"
        links = [{"rel": "next", "href": following}] if start + 2 < len(names) else []
        return {"items": items, "links": links}

    api = PartnerApi(tokens.selling(answers), tokens.lets_in)
    return Part("paypal", api, set(names), CLIENT), tokens


def play_braintree() -> Part:
    """Braintree: basic authorisation, searches by POST with a body in XML, two on a page."""
    names = [f"d{n}" for n in range(5)]

    def answers(asked: Asked) -> Any:
        assert asked.headers["x-apiversion"] == "6"
        if asked.method == "GET":
            return braintree.dispute(id=asked.path.rpartition("/")[2])
        assert asked.body.startswith(b"<search>")
        page = int(asked.query["page"])
        told = "".join(braintree.dispute(id=name) for name in names[2 * page - 2 : 2 * page])
        head = (
            f'<current-page-number type="integer">{page}</current-page-number><page-size type="integer">2</page-size>'
        )
        return f'<disputes type="collection">{head}<total-items type="integer">5</total-items>{told}</disputes>'

    api = PartnerApi(answers, header("authorization", basic(CLIENT, SECRET)))
    return Part("braintree", api, set(names), CLIENT, "/merchants/integration_merchant")


def play_checkout(lets_in: Callable[[Asked], bool], client_id: str | None, wrap: Callable[[Answers], Answers]) -> Part:
    """Checkout.com: pages by offset, no reports."""
    names = [f"dsp_{n:03}" for n in range(260)]

    def answers(asked: Asked) -> Any:
        if asked.path == "/reports":
            return {"count": 0, "data": []}
        skip, limit = int(asked.query["skip"]), int(asked.query["limit"])
        shown = [checkout.listed(id=name) for name in names[skip : skip + limit]]
        return checkout.page(*shown, skip=skip) | {"total_count": len(names)}

    return Part("checkout", PartnerApi(wrap(answers), lets_in), set(names), client_id)


def play_checkout_by_key() -> Part:
    """With a secret key."""
    return play_checkout(header("authorization", f"Bearer {SECRET}"), None, lambda answers: answers)


def play_checkout_by_tokens() -> Part:
    """With an access key."""
    tokens = Tokens("/connect/token", CLIENT, SECRET, 3600, scope="disputes:view reports:view")
    return play_checkout(tokens.lets_in, CLIENT, tokens.selling)


def play_square() -> Part:
    """Square: its version in a header, a cursor, no payouts."""
    names = [f"SQD{n}" for n in range(5)]

    def answers(asked: Asked) -> Any:
        assert asked.headers["square-version"] == "2025-08-20"
        if asked.path != "/v2/disputes":
            return {"/v2/locations": {"locations": [{"id": "LOC1"}]}, "/v2/payouts": {}}.get(asked.path)
        start = int(asked.query.get("cursor", "0"))
        more = {"cursor": str(start + 2)} if start + 2 < len(names) else {}
        return {"disputes": [square.dispute(id=name) for name in names[start : start + 2]]} | more

    return Part("square", PartnerApi(answers, header("authorization", f"Bearer {SECRET}")), set(names))


def play_klarna(has_end: bool = True, client_id: str | None = None) -> Part:
    """Klarna: an API key after the word Basic, or user and password; each page begins after an item of the last."""
    names = [f"krn:network:us1:live:payment:dispute:{n}" for n in range(4)]

    def answers(asked: Asked) -> Any:
        name = unquote(asked.path.rpartition("/")[2])
        if name in names:
            return klarna.dispute(payment_dispute_id=name)
        after = asked.query.get("starting_after")
        start = names.index(after) + 1 if after else 0
        shown = names[start : start + 2]
        last = None if not shown else shown[-1] if has_end or not after else names[1]
        return klarna.page(*(klarna.dispute(payment_dispute_id=one) for one in shown), last=last)

    proof = f"Basic {SECRET}" if client_id is None else basic(client_id, SECRET)
    return Part("klarna", PartnerApi(answers, header("authorization", proof)), set(names), client_id)


def play_mollie() -> Part:
    """Mollie: links to the next page; no balance moved, nothing settled."""
    names = [f"chb_{n}" for n in range(3)]

    def answers(asked: Asked) -> Any:
        if asked.path != "/v2/chargebacks":
            many = asked.path.rpartition("/")[2]
            return mollie.page("balance_transactions" if many == "transactions" else many)
        start = names.index(asked.query["from"]) if "from" in asked.query else 0
        shown = [mollie.chargeback(id=name, createdAt="2026-01-31T17:00:52+00:00") for name in names[start : start + 2]]
        return mollie.page("chargebacks", *shown, after=names[start + 2] if start + 2 < len(names) else None)

    return Part("mollie", PartnerApi(answers, header("authorization", f"Bearer {SECRET}")), set(names))


PARTS: dict[str, Callable[[], Part]] = {
    "paypal": lambda: play_paypal()[0],
    "braintree": play_braintree,
    "checkout by key": play_checkout_by_key,
    "checkout by tokens": play_checkout_by_tokens,
    "square": play_square,
    "klarna by key": play_klarna,
    "klarna by user": lambda: play_klarna(client_id=CLIENT),
    "mollie": play_mollie,
}


@pytest.mark.parametrize("name", PARTS)
def test_a_round_brings_home_what_the_partner_has(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """All pages of it, as the partner lets us in, and none of what lets us in."""
    caplog.set_level(logging.DEBUG)
    part = PARTS[name]()
    with playing(tmp_path / "home", part) as told:
        done = told.round()
        assert done is not None
        assert (done.is_list, done.report.held, done.report.quarantined) == (True, 0, 0)
        assert told.disputes() == part.disputes
        assert not _secrets(caplog.text)
        assert not _secrets(repr(told.deliveries()))
        assert "session=of-the-tests" not in repr(told.deliveries())
        assert '"date"' in repr(told.deliveries()), "headers of answers are landed"
        assert not any("cookie" in asked.headers for asked in part.api.asked)


@pytest.mark.parametrize("name", ["paypal", "braintree", "klarna by key", "mollie", "square"])
def test_an_open_dispute_is_asked_for_by_its_id(name: str, tmp_path: Path) -> None:
    """A closing that no list shows is found so, whatever stands in the id."""
    part = PARTS[name]()
    part.api.answers = _single_too(part)
    with playing(tmp_path / "home", part) as told:
        told.round()
        part.api.asked.clear()
        told.clock[0] = NOW + FETCH_AGAIN
        done = told.round()
        assert done is not None
        assert done.report.held == 0
        asked = {unquote(one.query.get("from", one.path.rpartition("/")[2])) for one in part.api.asked}
        assert part.disputes <= asked


def test_a_token_lasts_over_rounds_and_is_renewed_before_it_ends(tmp_path: Path) -> None:
    """Partners ask that tokens are used again."""
    part, tokens = play_paypal(seconds=3600)
    with playing(tmp_path / "home", part) as told:
        told.round()
        told.clock[0] += EVERY
        told.round()
        assert len(tokens.sold) == 1
        tokens.live.clear()
        told.clock[0] = NOW + 3600 * SECOND - 60 * SECOND
        told.round()
        assert len(tokens.sold) == 2
        assert all(one.headers["authorization"] != "Bearer token-of-the-tests-1" for one in part.api.asked[-2:])


def test_a_token_that_was_taken_back_is_bought_anew_in_the_midst_of_a_list(tmp_path: Path) -> None:
    """Once; what was asked for is asked for again."""
    part, tokens = play_paypal()
    answers = part.api.answers

    def answer(asked: Asked) -> Any:
        if asked.query.get("next_page_token") and len(tokens.sold) == 1:
            tokens.live.clear()
        return answers(asked)

    part.api.answers = answer
    with playing(tmp_path / "home", part) as told:
        told.round()
        assert told.disputes() == part.disputes
        assert len(tokens.sold) == 2


def test_credentials_that_do_not_open_are_said_without_being_said(tmp_path: Path) -> None:
    """The round fails with a way out, and no token is tried for ever."""
    part, tokens = play_paypal()
    part.api.lets_in = lambda asked: asked.path == tokens.path
    with playing(tmp_path / "home", part) as told:
        with pytest.raises(PartnerUnreachable, match=r"status 401.*recoup setup") as caught:
            told.round()
        assert not _secrets(str(caught.value))
        assert part.api.paths() == [tokens.path, PAYPAL_LIST, tokens.path, PAYPAL_LIST]


def test_we_wait_as_long_as_a_partner_says(tmp_path: Path) -> None:
    """And go on where we were; trouble on the other side is tried again, too."""
    part = play_square()
    part.api.first = [Response(status_code=429, headers={"retry-after": "7"}), Response(status_code=502)]
    with playing(tmp_path / "home", part) as told:
        told.round()
        assert told.disputes() == part.disputes
        assert told.waits == [7.0, 4.0]


def test_a_search_by_post_is_tried_again_as_well(tmp_path: Path) -> None:
    """It only asks."""
    part = play_braintree()
    part.api.first = [Response(status_code=503)]
    with playing(tmp_path / "home", part) as told:
        told.round()
        assert told.disputes() == part.disputes


def test_a_list_that_leads_in_a_circle_is_noticed_and_what_came_is_kept(tmp_path: Path) -> None:
    """It is no whole list, so it is due again at once."""
    part = play_klarna(has_end=False)
    with playing(tmp_path / "home", part) as told:
        with pytest.raises(PartnerUnreachable, match="klarna list of disputes: page 2 leads back"):
            told.round()
        assert told.disputes() == part.disputes
        asked = len(part.api.asked)
        assert asked == 2
        with pytest.raises(PartnerUnreachable):
            told.round()
        assert len(part.api.asked) > asked


def test_a_way_elsewhere_is_not_gone(tmp_path: Path) -> None:
    """Not with our key, and not without it."""
    elsewhere, part = PartnerApi(lambda _asked: {}, lambda _asked: True), play_square()
    with served(elsewhere) as url, playing(tmp_path / "home", part) as told:
        part.api.first = [RedirectResponse(f"{url}/v2/disputes", 307)]
        with pytest.raises(PartnerUnreachable, match="status 307"):
            told.round()
        assert elsewhere.asked == []
        assert told.round() is not None


def test_a_way_elsewhere_is_not_gone_for_a_token_either(tmp_path: Path) -> None:
    """Client id and secret would go with it."""
    elsewhere, (part, _) = PartnerApi(lambda _asked: {}, lambda _asked: True), play_paypal()
    with served(elsewhere) as url, playing(tmp_path / "home", part) as told:
        part.api.first = [RedirectResponse(f"{url}/v1/oauth2/token", 302)]
        with pytest.raises(PartnerUnreachable, match=r"POST /v1/oauth2/token.*status 302"):
            told.round()
        assert elsewhere.asked == []


def test_a_next_page_elsewhere_is_asked_for_at_home(tmp_path: Path) -> None:
    """Of a link only what says which page counts."""
    part, _ = play_paypal()
    elsewhere = PartnerApi(lambda _asked: {}, lambda _asked: True)
    answers = part.api.answers
    with served(elsewhere) as url:
        part.api.answers = lambda asked: json.loads(json.dumps(answers(asked)).replace("https://api-m.paypal.com", url))
        with playing(tmp_path / "home", part) as told:
            told.round()
            assert told.disputes() == part.disputes
    assert elsewhere.asked == []


def test_a_partner_without_disputes_to_ask_for_is_left_alone(tmp_path: Path) -> None:
    """Adyen has report files alone, which webhooks name; an open dispute there is no reason to ask."""
    part = Part("adyen", PartnerApi(lambda _asked: {}, lambda _asked: True), set())
    with playing(tmp_path / "home", part) as told:
        assert told.rounds.reachable() == []


def test_a_list_is_remembered_as_complete_by_its_beginning(tmp_path: Path) -> None:
    """The next one begins where this one began, whatever time it took."""
    part = play_klarna()
    with playing(tmp_path / "home", part) as told:
        told.round()
        told.clock[0] = NOW + EVERY
        told.round()
        begun = [asked.query["updated_at_start"] for asked in part.api.asked if "updated_at_start" in asked.query]
        assert begun[-1] == "2026-02-01T08:00:00.000Z", "an hour twice: once of every sweep, once of Klarna's"
        assert parse_instant(begun[-1]) == NOW - 2 * HOUR


def _secrets(text: str) -> list[str]:
    """What of our secrets stands in a text."""
    words = (SECRET, CLIENT, basic(CLIENT, SECRET), "token-of-the-tests")
    return [word for word in words if word in text]


def _single_too(part: Part) -> Answers:
    """What the list answers, and single disputes where the list alone was played."""
    answers = part.api.answers

    def answer(asked: Asked) -> Any:
        name = asked.path.rpartition("/")[2]
        if part.partner == "square" and name in part.disputes:
            return {"dispute": square.dispute(id=name)}
        return answers(asked)

    return answer
