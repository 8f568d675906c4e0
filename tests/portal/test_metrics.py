from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from recoup.app import App
from recoup.domain.instants import HOUR
from recoup.domain.partner_life import PhaseSaid, write_said
from recoup.enquiry.lists import SEVERITIES
from recoup.intake.inbox_drain import Drain
from recoup.portal.loops import Told
from recoup.portal.metrics import CAUSES_MAX, Metrics, StateCollector
from recoup.portal.state import State, look
from recoup.storage import rulings, schema
from tests.fakes import stripe_messages as stripe
from tests.fakes.homes import home
from tests.fakes.served import created, get, now, signed

LABELS = {"partner", "feed", "outcome", "cause", "fate", "severity", "loop", "le"}
LABELS |= {"class", "currency", "kind", "outlet", "version", "within", "operation", "hours"}
SECOND = 1_000_000


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with home(tmp_path / "home") as opened:
        yield opened


def values(page: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample of a page by name and labels."""
    families = text_string_to_metric_families(page)
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}


def test_nothing_is_labelled_by_what_grows(app: App) -> None:
    """Labels have few values: no case, no merchant, no account, no path that a sender chose."""
    (page,) = get(app, "/metrics", after=[signed(created()), signed(created(), path="/webhooks/who/evil")])
    labels = {name for _, pairs in values(page.text) for name, _ in pairs}
    assert labels <= LABELS
    assert "evil" not in page.text


def test_the_door_counts_and_measures(app: App) -> None:
    """Accepted, refused and turned away; how long each acknowledgement took; what waits now."""
    posts = [signed(created(1)), signed(created(2)), signed(created(3), secret="x"), signed(b"", path="/webhooks/who")]
    (page,) = get(app, "/metrics", after=posts)
    found = values(page.text)
    door = ("partner", "stripe")
    assert found["recoup_webhooks_total", (("outcome", "accepted"), door)] == 2
    assert found["recoup_webhooks_total", (("outcome", "refused"), door)] == 1
    assert found["recoup_webhooks_turned_away_total", ()] == 1
    assert found["recoup_webhook_ack_seconds_count", (door,)] == 3
    assert found["recoup_inbox_arrivals", ()] == 3
    assert 0 <= found["recoup_inbox_oldest_age_seconds", ()] < 60
    assert found["recoup_register_reachable", ()] == 1


def test_how_things_stand_is_what_the_register_says(app: App) -> None:
    """A dispute of ours that is due in two days counts as due soon; bad records and open breaks are counted."""
    with app.register.reading():
        inbox = app.open_inbox()
    due = now() + 2 * 86_400
    body = stripe.event(
        "evt_1",
        "charge.dispute.created",
        now(),
        stripe.dispute(created=now(), evidence_details={"due_by": due, "submission_count": 0}),
    )
    bad = stripe.event("evt_2", "charge.dispute.created", now(), {"object": "dispute"})
    app.take([stripe.webhook(b, now(), name=n) for n, b in (("a", body), ("b", bad))])
    state = look(app.register, inbox, now() * SECOND, app.settings.home)
    inbox.close()
    assert (state.waiting, state.waiting_since) == (0, None)
    assert state.due_soon == 1
    assert state.quarantined == 1
    assert state.quarantined_since is not None
    assert set(state.breaks) == set(SEVERITIES)


def test_what_is_in_trial_or_held_by_an_outage_wakes_nobody(app: App) -> None:
    """Alerts count what `recoup today` does: neither a trial account's deadline nor a file that an outage explains."""
    due = now() + 3600
    told = stripe.dispute(created=now(), evidence_details={"due_by": due, "submission_count": 0})
    app.take([stripe.webhook(stripe.event("evt_1", "charge.dispute.created", now(), told), now(), name="a")])
    with app.register.transaction("test", "plant", "expectation", 0) as batch:
        ((account,),) = batch.rows(select(schema.dispute.c.account))
        for key, feed in (("exp_held", "payout_report"), ("exp_late", "activity_report")):
            named = {"expectation": key, "kind": "file", "subject": key, "partner": "stripe", "account": account}
            row = named | {"feed": feed, "opened_at": 0, "due_at": SECOND, "rule": "daily"}
            batch.insert(schema.expectation, [tuple(row.get(str(c.name)) for c in schema.expectation.columns)])
        batch.insert(schema.held_expectation, [("exp_held", "out_1", None)])
    found = looked_at(app)
    assert (found.due["24h"], found.overdue) == (1, {"file": 1})
    assert set(found.feeds_late_since) == {("stripe", "activity_report")}
    with app.register.transaction("test", "rule", "trial", 0) as batch:
        said: dict[str, Any] = {
            "value": write_said(PhaseSaid("shadow", "2026-01-01")),
            "reason": "trial",
            "at": 0,
            "recorded_at": 0,
        }
        rulings.add(batch, "account_phase", f"stripe/{account}", actor="mo", **said)
    found = looked_at(app)
    assert (found.due["24h"], found.overdue, found.feeds_late_since) == (0, {}, {})


def looked_at(app: App) -> State:
    inbox = app.open_inbox()
    try:
        return look(app.register, inbox, now() * SECOND, app.settings.home)
    finally:
        inbox.close()


def test_an_acknowledged_message_that_was_drained_waits_no_more(app: App) -> None:
    """The gauge follows the inbox."""
    get(app, "/health", after=[signed(created())])
    inbox = app.open_inbox()
    assert look(app.register, inbox, now() * SECOND, app.settings.home).waiting == 1
    Drain(inbox, app.take).round()
    assert look(app.register, inbox, now() * SECOND, app.settings.home).waiting == 0
    inbox.close()


def test_a_look_is_kept_for_a_while() -> None:
    """Three scrapes in a moment ask the register once."""
    asked: list[int] = []

    def ask() -> State:
        asked.append(1)
        return State(now=HOUR, waiting=2, waiting_since=0, breaks={"page": 1})

    metrics = Metrics()
    metrics.registry.register(StateCollector(ask, lambda: HOUR, cache_seconds=60))
    pages = [generate_latest(metrics.registry).decode() for _ in range(3)]
    assert len(asked) == 1
    assert values(pages[2])["recoup_inbox_oldest_age_seconds", ()] == 3_600


def test_a_register_that_does_not_answer_is_said_and_the_rest_is_told() -> None:
    """A scrape never fails because of the thing it should warn of."""

    def ask() -> State:
        raise OSError("away")

    metrics = Metrics()
    metrics.registry.register(StateCollector(ask, lambda: 0))
    found = values(generate_latest(metrics.registry).decode())
    assert found["recoup_register_reachable", ()] == 0
    assert ("recoup_webhooks_turned_away_total", ()) in found


def test_what_the_worker_tells_is_counted() -> None:
    """Deliveries and records by outcome, how late they are, when each loop last went well."""
    metrics = Metrics()
    metrics.hear(
        Told("drain", 90 * SECOND, newest_at=60 * SECOND, deliveries=[("stripe", "webhook", "read", 4)], records=[])
    )
    metrics.hear(Told("check", 95 * SECOND, failed="OSError"))
    found = values(generate_latest(metrics.registry).decode())
    labels = (("feed", "webhook"), ("outcome", "read"), ("partner", "stripe"))
    assert found["recoup_deliveries_total", labels] == 4
    assert found["recoup_drain_lag_seconds", ()] == 30
    assert found["recoup_loop_last_success_timestamp_seconds", (("loop", "drain"),)] == 90
    assert found["recoup_loop_rounds_total", (("loop", "check"), ("outcome", "failed"))] == 1
    assert ("recoup_loop_last_success_timestamp_seconds", (("loop", "check"),)) not in found


def test_causes_are_few_whatever_senders_send() -> None:
    """A reason that quotes its sender is one reason; beyond so many they are all others."""
    metrics = Metrics()
    door = metrics.door("adyen")
    for number in range(1_000):
        door.refused(f"no strict JSON: {number} apples")
        door.refused(f"reason {'abcdefghij'[number % 10]}{'klmnopqrst'[number // 10 % 10]}")
    causes = {
        dict(labels)["cause"]
        for name, labels in values(generate_latest(metrics.registry).decode())
        if name == "recoup_webhooks_refused_total"
    }
    assert len(causes) == CAUSES_MAX + 1
    assert {"no strict JSON", "other"} <= causes
