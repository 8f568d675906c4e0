from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Table, select

from recoup.app import App
from recoup.errors import StorageProblem
from recoup.intake.arrival import Arrival
from recoup.intake.inbox_drain import SET_ASIDE, TRIES, Drain, as_arrival, endpoint, joined
from recoup.intake.pipeline import Report
from recoup.storage import inbox, schema
from recoup.storage.database import Row
from recoup.storage.inbox import Inbox
from tests.fakes import stripe_messages as stripe
from tests.fakes.homes import home

SECOND = 1_000_000


@pytest.fixture
def app(tmp_path: Path, register_url: str) -> Iterator[App]:
    with home(tmp_path / "home", register_url) as opened:
        yield opened


@pytest.fixture
def box(app: App) -> Iterator[Inbox]:
    opened = app.open_inbox()
    yield opened
    opened.close()


def message(number: int = 1, *, body: bytes | None = None, secret: str = stripe.SECRET, lag: int = 1) -> inbox.Arrival:
    """One signed message as it lies in the inbox."""
    sent = stripe.event(f"evt_{number}", "charge.dispute.created", stripe.START, stripe.dispute(number))
    bytes_ = sent if body is None else body
    headers = (
        ("Stripe-Signature", stripe.signature(bytes_, stripe.START, secret)),
        ("Content-Type", "application/json"),
    )
    return inbox.Arrival("/webhooks/stripe", (stripe.START + lag) * SECOND, headers, bytes_)


def rows(app: App, table: Table) -> list[Row]:
    """All rows of a table."""
    with app.register.reading() as view:
        return view.rows(select(table))


def column(app: App, table: Table, name: str) -> list[object]:
    """One column of a table, sorted."""
    with app.register.reading() as view:
        return sorted(row[0] for row in view.rows(select(table.c[name])))


def test_what_waits_is_taken_in_and_forgotten(app: App, box: Inbox) -> None:
    """A round lands, reads and folds what was acknowledged, and leaves the inbox empty."""
    box.put_many([message(1), message(2)])
    drained = Drain(box, app.take).round()
    assert (drained.taken, drained.set_aside) == (2, 0)
    assert drained.deliveries["stripe", "read"] == 2
    assert drained.records["stripe", "accepted"] == 2
    assert drained.newest_at == (stripe.START + 1) * SECOND
    assert column(app, schema.dispute, "partner_dispute_id") == ["dp_1", "dp_2"]
    assert column(app, schema.delivery, "landed_at") == [(stripe.START + 1) * SECOND] * 2
    assert box.waiting() == (0, None)


def test_killed_between_taking_and_forgetting_nothing_doubles(app: App, box: Inbox) -> None:
    """The same arrivals come again under the same names: one delivery each, the same state."""
    box.put_many([message(1), message(2)])
    app.take([as_arrival(a) for a in box.take(10)])  # and then the process dies
    before, deliveries = app.state_hash(), rows(app, schema.delivery)
    drained = Drain(box, app.take).round()
    assert drained.taken == 2
    assert app.state_hash() == before
    assert rows(app, schema.delivery) == deliveries
    assert box.waiting() == (0, None)


def test_fifty_equal_messages_are_fifty_deliveries_and_one_observation(app: App, box: Inbox) -> None:
    """A redelivery counts as what it is, and says nothing new."""
    box.put_many([message()] * 50)
    drained = Drain(box, app.take, batch=20)
    rounds = [drained.round() for _ in range(3)]
    assert [r.taken for r in rounds] == [20, 20, 10]
    assert sum(r.deliveries["stripe", "known"] for r in rounds) == 49
    assert len(rows(app, schema.delivery)) == 50
    assert len(rows(app, schema.observation)) == 1
    assert len(rows(app, schema.object_)) == 1


def test_a_forged_message_becomes_a_refused_delivery(app: App, box: Inbox) -> None:
    """Evidence is landed with its bytes, and nothing in it is believed."""
    box.put_many([message(1, secret="whsec_of_somebody_else"), message(2)])
    drained = Drain(box, app.take).round()
    assert drained.deliveries["stripe", "refused"] == 1
    assert column(app, schema.delivery, "status") == ["read", "refused"]
    assert column(app, schema.dispute, "partner_dispute_id") == ["dp_2"]
    assert len(rows(app, schema.object_)) == 2


def test_an_unknown_event_is_kept_and_read_without_effect(app: App, box: Inbox) -> None:
    """An event type of tomorrow is a delivery of today."""
    box.put_many([message(body=stripe.event("evt_1", "charge.dispute.renamed", stripe.START, {"object": "novelty"}))])
    assert Drain(box, app.take).round().taken == 1
    assert len(rows(app, schema.delivery)) == 1
    assert rows(app, schema.dispute) == []


def test_a_message_that_is_no_json_is_quarantined_and_the_rest_goes_through(app: App, box: Inbox) -> None:
    """Signed rubbish holds up nobody."""
    box.put_many([message(body=b"\xff\xfe{"), message(2)])
    drained = Drain(box, app.take).round()
    assert drained.taken == 2
    assert drained.records["stripe", "quarantined"] + drained.deliveries["stripe", "held"] == 1
    assert column(app, schema.dispute, "partner_dispute_id") == ["dp_2"]


class Breaking:
    """Takes in what the register takes in, but for bodies with a mark: a reader with a bug in it."""

    def __init__(self, app: App, mark: bytes, error: Exception) -> None:
        self.calls = 0
        self._app, self._mark, self._error = app, mark, error

    def __call__(self, arrivals: Sequence[Arrival]) -> Report:
        """Fail for the whole batch, as a transaction does."""
        self.calls += 1
        if any(a.broken is None and self._mark in (a.body or b"") for a in arrivals):
            raise self._error
        return self._app.take(arrivals)


def test_one_arrival_that_fails_is_found_and_set_aside_and_the_others_go_through(app: App, box: Inbox) -> None:
    """Its neighbours are in at once; after three failures it is held with its bytes and the kind of the error."""
    box.put_many([message(n) for n in range(1, 9)])
    drain = Drain(box, Breaking(app, b'"evt_5"', KeyError("4242424242424242")))
    rounds = [drain.round() for _ in range(TRIES)]
    assert [r.taken for r in rounds] == [7, 0, 1]
    assert [r.set_aside for r in rounds] == [0, 0, 1]
    assert box.waiting() == (0, None)
    assert column(app, schema.dispute, "partner_dispute_id") == [f"dp_{n}" for n in (1, 2, 3, 4, 6, 7, 8)]
    assert column(app, schema.delivery, "status") == ["held"] + ["read"] * 7
    (finding,) = [row for row in rows(app, schema.finding) if row[1] == SET_ASIDE]
    assert "KeyError" in str(finding)
    assert "4242" not in str(finding)


def test_what_was_set_aside_is_read_again_once_the_reader_is_mended(app: App, box: Inbox) -> None:
    """Held is not lost: the kept bytes give their dispute later."""
    box.put_many([message(5)])
    drain = Drain(box, Breaking(app, b'"evt_5"', KeyError("bug")))
    for _ in range(TRIES):
        drain.round()
    (kept,) = column(app, schema.delivery, "object")
    app.again(str(kept))
    assert column(app, schema.dispute, "partner_dispute_id") == ["dp_5"]


def test_an_arrival_that_cannot_even_be_held_is_passed_by(app: App, box: Inbox) -> None:
    """Then it stays in the inbox, and those behind it still go through."""

    def take(arrivals: Sequence[Arrival]) -> Report:
        if any(b'"evt_1"' in (a.body or b"") for a in arrivals):
            raise KeyError("bug")
        return app.take(arrivals)

    box.put_many([message(1)])
    drain = Drain(box, take, batch=1)
    for _ in range(TRIES):
        assert drain.round().taken == 0
    box.put_many([message(2)])
    assert drain.round().taken == 1
    assert [a.body for a in box.take(9)] == [message(1).body]


@pytest.mark.parametrize(
    "error", [StorageProblem("register", "no disk", "one"), OSError(28, "No space left on device")]
)
def test_trouble_outside_blames_no_arrival(app: App, box: Inbox, error: Exception) -> None:
    """A full disk is told at once and tried again; nothing is set aside however long it lasts."""
    box.put_many([message(1), message(2)])
    take = Breaking(app, b"evt_", error)
    drain = Drain(box, take)
    for _ in range(2 * TRIES):
        with pytest.raises(type(error)):
            drain.round()
    assert take.calls == 2 * TRIES
    assert box.waiting()[0] == 2
    assert Drain(box, app.take).round().deliveries["stripe", "read"] == 2


def test_an_account_in_the_path_is_the_deliverys(app: App, box: Inbox) -> None:
    """The path names the account where the message does not."""
    told = message()
    box.put_many([inbox.Arrival(endpoint("stripe", "acct_two"), told.received_at, told.headers, told.body)])
    Drain(box, app.take).round()
    assert column(app, schema.delivery, "account") == ["acct_two"]


def test_headers_sent_twice_are_joined() -> None:
    """Names are lower-case, and no value is lost."""
    assert joined([("X-A", "1"), ("b", "2"), ("x-a", "3")]) == {"x-a": "1, 3", "b": "2"}
