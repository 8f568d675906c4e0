import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from recoup.app import App
from recoup.intake import grounding
from recoup.partners.contract import SigningKey
from recoup.portal.evidence import MINUTE_COUNT
from recoup.portal.intake_route import HEADER_BYTES_MAX
from recoup.portal.keyring import SOONEST_SECONDS
from recoup.portal.readings import BODY_BYTES_MAX
from recoup.portal.server import build
from tests.fakes import stripe_messages as stripe
from tests.fakes.homes import home
from tests.fakes.served import DOOR, Post, client, created, get, now, post, signed, waiting


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with home(tmp_path / "home") as opened:
        yield opened


def test_a_signed_message_is_acknowledged_and_its_bytes_are_kept(app: App) -> None:
    """What was acknowledged lies in the inbox byte for byte, with its headers and when it came."""
    before = now()
    (answer,) = post(app, signed(created()))
    assert (answer.status_code, answer.content) == (200, b"[accepted]")
    (kept,) = waiting(app)
    assert kept.body == created()
    assert kept.endpoint == DOOR
    assert before <= kept.received_at // 1_000_000 <= now()
    assert dict(kept.headers)["stripe-signature"].startswith("t=")


def test_the_account_in_the_path_goes_with_the_message(app: App) -> None:
    """A partner with several accounts of ours posts each to a path of its own."""
    (answer,) = post(app, signed(created(), path=f"{DOOR}/{stripe.ACCOUNT}"))
    assert answer.status_code == 200
    assert [a.endpoint for a in waiting(app)] == [f"{DOOR}/{stripe.ACCOUNT}"]


def test_a_forged_message_is_refused_and_kept_as_evidence(app: App) -> None:
    """The sender hears nothing but no; we keep what was tried."""
    (answer,) = post(app, signed(created(), secret="whsec_of_somebody_else"))
    assert answer.status_code == 401
    assert b"key" not in answer.content
    assert [a.body for a in waiting(app)] == [created()]


@pytest.mark.parametrize("age_seconds", [301, 600, 2 * 365 * 86_400])
def test_an_old_message_is_refused_though_its_signature_holds(app: App, age_seconds: int) -> None:
    """A captured message played again later is no message."""
    (answer,) = post(app, signed(created(), at=now() - age_seconds))
    assert answer.status_code == 401


def test_a_body_changed_by_one_byte_is_refused(app: App) -> None:
    """The signature is over the raw bytes, not over what they mean."""
    true = signed(created())
    (answer,) = post(app, Post(true.path, true.body.replace(b'"id": "evt_1"', b'"id":  "evt_1"'), true.headers))
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/nobody",
        "/webhooks/",
        "/webhooks/stripe/a/b",
        "/webhooks/house",
        "/webhooks/bank",
        f"{DOOR}/..%2Fx",
        f"{DOOR}/-a",
    ],
)
def test_there_is_no_door_for_who_does_not_sign(app: App, path: str) -> None:
    """Unknown partners, partners without signed webhooks and accounts that are no name: not found, nothing kept."""
    (answer,) = post(app, signed(created(), path=path))
    assert answer.status_code == 404
    assert waiting(app) == []


def test_an_unknown_event_is_acknowledged_and_kept(app: App) -> None:
    """What we do not understand today is kept for the day we do; a refusal would only be sent again."""
    body = stripe.event("evt_9", "charge.dispute.renamed_tomorrow", now(), {"object": "novelty"})
    (answer,) = post(app, signed(body))
    assert answer.status_code == 200
    assert [a.body for a in waiting(app)] == [body]


def test_signed_bytes_that_are_no_json_are_acknowledged(app: App) -> None:
    """The door does not read; whoever signs rubbish has sent it, and it is quarantined later."""
    (answer,) = post(app, signed(b"\xff\xfe{"))
    assert answer.status_code == 200


def test_a_key_added_while_the_server_runs_counts_at_once(app: App) -> None:
    """While a key is rotated both sign; neither needs a restart."""

    def add() -> None:
        time.sleep(SOONEST_SECONDS)
        with app.register.transaction("test", "key", "stripe", 1) as batch:
            grounding.write_key(batch, app.key, "stripe", stripe.ACCOUNT, SigningKey("two", "whsec_second"), 1)

    old, new = signed(created(1)), signed(created(2), secret="whsec_second")
    answers = post(app, new, new, old, between=add)
    assert [a.status_code for a in answers] == [401, 200, 200]


def test_the_key_of_an_api_signs_nothing(app: App) -> None:
    """Who reads our API key somewhere can ask, but cannot tell."""
    with app.register.transaction("test", "key", "stripe", 1) as batch:
        grounding.write_key(batch, app.key, "stripe", stripe.ACCOUNT, SigningKey("api", "sk_test_of_the_tests"), 1)
    (answer,) = post(app, signed(created(), secret="sk_test_of_the_tests"))
    assert answer.status_code == 401


def test_without_live_keys_nothing_comes_in(tmp_path: Path) -> None:
    """No key is no reason to believe anybody."""
    with home(tmp_path / "home", setup=None) as app:
        (answer,) = post(app, signed(created(), secret=""))
        assert answer.status_code == 401


def test_fifty_equal_messages_at_once_are_all_acknowledged(app: App) -> None:
    """Two inserts that race must not make one sender hear of an error."""
    answers = post(app, *[signed(created())] * 50)
    assert {a.status_code for a in answers} == {200}
    assert len(waiting(app)) == 50


def test_a_body_longer_than_we_take_is_refused_unread(app: App) -> None:
    """One that says its length, and one that goes on and on: neither fills the memory."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * 65_536

    async def run() -> int:
        async with client(build(app.settings, has_worker=False)) as asking:
            return int((await asking.post(DOOR, content=endless())).status_code)

    read: list[int] = []
    assert post(app, signed(b"x" * (BODY_BYTES_MAX + 1)))[0].status_code == 413
    assert post(app, signed(b"x" * BODY_BYTES_MAX))[0].status_code == 200
    assert asyncio.run(run()) == 413
    assert len(read) <= BODY_BYTES_MAX // 65_536 + 2


def test_a_head_longer_than_we_take_is_refused(app: App) -> None:
    """What is kept beside a body is bounded, too."""
    true = signed(created())
    (answer,) = post(app, true._replace(headers={**true.headers, "x-long": "y" * HEADER_BYTES_MAX}))
    assert answer.status_code == 431
    assert waiting(app) == []


def test_what_cannot_be_stored_is_not_acknowledged(app: App) -> None:
    """A disk that refuses makes the sender try again; once it takes bytes again, so do we."""
    app.open_inbox().close()
    path = app.settings.home / "inbox.db"

    def switch() -> None:
        with sqlite3.connect(path) as connection:
            connection.execute(steps.pop(0))

    full = (
        "create trigger full before insert on inbox_arrival begin select raise(abort, 'database or disk is full'); end"
    )
    steps = [full, "drop trigger full", "select 1"]
    answers = post(app, *(signed(created(n)) for n in (1, 2, 3)), between=switch)
    assert [a.status_code for a in answers] == [200, 503, 200]
    assert answers[1].headers["retry-after"]
    assert [a.body for a in waiting(app)] == [created(1), created(3)]


def test_evidence_is_bounded_and_refusals_are_counted_all(app: App) -> None:
    """An attacker fills neither the disk nor our view: what is dropped is still counted, by reason."""
    forged = signed(created(), secret="whsec_of_somebody_else")
    tries = MINUTE_COUNT + 15
    (page,) = get(app, "/metrics", after=[forged] * tries)
    assert len(waiting(app)) in range(MINUTE_COUNT, tries)  # a minute may turn while we try
    assert f'recoup_webhooks_total{{outcome="refused",partner="stripe"}} {tries}.0' in page.text
    assert f'cause="a signature by none of n live keys",partner="stripe"}} {tries}.0' in page.text
    assert 'recoup_webhook_evidence_total{fate="dropped",partner="stripe"} ' in page.text


def test_other_methods_are_not_allowed(app: App) -> None:
    """The door takes messages; it shows nothing."""
    (answer,) = get(app, DOOR)
    assert answer.status_code == 405
