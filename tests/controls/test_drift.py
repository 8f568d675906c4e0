"""A feed that is learnt, changes, is told as one break, and is accepted; in a home with real readers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recoup.app import App, create_home, open_app
from recoup.app.accepting import Feed
from recoup.controls import drift
from recoup.controls.moment import load_moment
from recoup.domain import tables
from recoup.domain.instants import DAY, parse_instant
from recoup.errors import AcceptRefused
from recoup.intake.arrival import Arrival
from recoup.settings import read_settings
from recoup.storage import schema

START = parse_instant("2026-03-02T10:00:00Z")


def payout(number: int, **more: Any) -> dict[str, Any]:
    told = {"id": f"po_{number}", "object": "payout", "amount": 100, "currency": "usd", "created": 1_772_000_000}
    return told | {"status": "paid", "method": "standard", "reconciliation": "done"} | more


def page(day: int, *, is_renamed: bool = False, **more: Any) -> Arrival:
    """Twenty-five payouts of a day."""
    data = [payout(day * 100 + n, **more) for n in range(25)]
    if is_renamed:
        for one in data:
            one["settled_by"] = one.pop("reconciliation")
    body = json.dumps({"object": "list", "data": data}).encode()
    return Arrival("stripe", "payouts", f"p{day}.json", START + day * DAY, "acct_1", body=body, is_given=True)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[App]:
    """Ten days of one shape."""
    settings = read_settings({}, tmp_path / "home")
    create_home(settings)
    with open_app(settings, as_of=START + 9 * DAY, actor="ann") as app:
        app.take([page(day) for day in range(10)])
        yield app


def told(app: App, day: int) -> list[tuple[str, str]]:
    with app.register.reading() as view:
        moment = load_moment(view, START + day * DAY, tables.moves(), app.partners)
        return [(c.path, c.kind) for one in drift.drifts(view, moment) for _, c in one.changes]


def breaks(app: App, day: int) -> list[tuple[str, str, str]]:
    app.follow(START + day * DAY)
    b = schema.break_.c
    with app.register.reading() as view:
        is_it = (b.control == "contract_drift", b.status == "open")
        return [(row[0], row[1], row[2]) for row in view.rows(select(b.control, b.feed, b.explanation).where(*is_it))]


def test_ten_equal_days_say_nothing(home: App) -> None:
    """On none of them."""
    assert [told(home, day) for day in range(10)] == [[]] * 10
    assert breaks(home, 9) == []


def test_a_renamed_field_is_one_break_until_it_is_accepted(home: App) -> None:
    """Gone under one name and new under another; a person accepts it, and it is learnt anew."""
    home.take([page(day, is_renamed=True) for day in (10, 11)])
    assert told(home, 10) == [
        ("{list}.data[]{payout}.reconciliation", "removed"),
        ("{list}.data[]{payout}.settled_by", "added"),
    ]
    ((control, feed, explanation),) = breaks(home, 11)
    assert (control, feed) == ("contract_drift", "payouts")
    assert "reconciliation is gone, from 25 of 25" in explanation
    assert "recoup drift accept stripe payouts" in explanation
    ruled = home.accepting().accept_shape(Feed("stripe", "payouts"), None, "announced")
    assert (ruled.since_on, len(ruled.accepted)) == ("2026-03-12", 2)
    assert breaks(home, 11) == []
    assert home.replay().same
    home.take([page(day, is_renamed=True) for day in range(12, 20)])
    assert [told(home, day) for day in range(12, 20)] == [[]] * 8
    home.take([page(20)])
    assert len(told(home, 20)) == 2


@pytest.mark.parametrize(
    ("more", "change"),
    [
        ({"amount": "100"}, ("amount", "retyped")),
        ({"created": "1.77E+9"}, ("created", "retyped")),
        ({"method": "STANDARD"}, ("method", "written")),
        ({"currency": {"code": "usd"}}, ("currency", "retyped")),
        ({"hint": "x"}, ("hint", "added")),
    ],
)
def test_other_types_and_ways_of_writing(home: App, more: dict[str, Any], change: tuple[str, str]) -> None:
    """On the first day that has them."""
    home.take([page(10, **more)])
    path, kind = change
    assert (f"{{list}}.data[]{{payout}}.{path}", kind) in told(home, 10)


def test_a_known_field_comes_without_a_word(home: App) -> None:
    """The folder's shapes name it: `failure_balance_transaction` is rare."""
    home.take([page(10, failure_balance_transaction="txn_1")])
    assert told(home, 10) == []


def test_what_was_mended_is_over_after_a_week(home: App) -> None:
    """One day of another shape, and then none any more."""
    home.take([page(10, hint="x"), *(page(day) for day in range(11, 20))])
    assert [len(told(home, day)) for day in (10, 12, 16, 17, 19)] == [1, 1, 1, 0, 0]


def test_one_field_may_be_accepted_alone(home: App) -> None:
    """The other one stays a break."""
    home.take([page(10, hint="x", amount="100")])
    home.follow(START + 10 * DAY)
    home.accepting().accept_shape(Feed("stripe", "payouts"), "{list}.data[]{payout}.hint", "announced")
    assert told(home, 10) == [("{list}.data[]{payout}.amount", "retyped")]


@pytest.mark.parametrize(
    "feed", [Feed("stripe", "payouts"), Feed("adyen", "webhook"), Feed("stripe", "payouts", "other")]
)
def test_nothing_to_accept_is_refused(home: App, feed: Feed) -> None:
    """A feed as it was, one that never came, one of another account."""
    with pytest.raises(AcceptRefused):
        home.accepting().accept_shape(feed, None, "why not")
