"""From PayPal's bytes to the books: a settlement report that names no case settles the dispute of its payment."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import select

from recoup.app import App
from recoup.controls.balances import unbalanced
from recoup.domain.instants import DAY, HOUR
from recoup.domain.terms import Days, FeeTerm, Terms
from recoup.enquiry.trace import trace
from recoup.intake.arrival import Arrival
from recoup.intake.directory import AccountSetup, Key, Setup
from recoup.storage import schema
from tests.fakes.homes import home
from tests.partners.paypal.sent import body, dispute, event, money, moved, report, row
from tests.partners.paypal.test_signature import NOW, WEBHOOK, certificate, message

ACCOUNT = "EZ782AXEUJUW8"
TERMS = Terms(
    valid_from="2024-01-01",
    calendar="fed",
    days=Days(announce_to_settle=2, settle_to_announce=1, announce_to_house=1, win_to_credit=3),
    fees=(FeeTerm(kind="received", amount_minor=2_000, currency="USD", borne_by="house"),),
)
SETUP = Setup(
    account=(
        AccountSetup("paypal", ACCOUNT, "America/Los_Angeles", key=(Key(WEBHOOK, certificate()),), contract=(TERMS,)),
    )
)
TAKEN, FEE = (
    moved("DEBIT", "100.00", "2026-01-01T18:00:00Z"),
    moved("DEBIT", "20.00", "2026-01-01T18:00:00Z", "CHARGEBACK_FEE"),
)
GIVEN = moved("CREDIT", "100.00", "2026-01-02T18:00:00Z")
LOST = {"dispute_outcome": {"outcome_code": "RESOLVED_BUYER_FAVOUR", "amount_refunded": money("100.00")}}
WON = {"dispute_outcome": {"outcome_code": "RESOLVED_SELLER_FAVOUR"}}
SALES = [row("7SELLER1", "T0006", "CR", "10000", "USD", fee="410")]
CHARGEBACK = [
    row("6CHARGE", "T1201", "DR", "10000", "USD", ref="7SELLER1"),
    row("2FEE", "T0106", "DR", "2000", "USD", ref="6CHARGE"),
]
REVERSAL = [row("8BACK", "T1201", "CR", "10000", "USD", ref="7SELLER1")]


def webhook(kind: str, lag: int, *told: str, **changes: Any) -> Arrival:
    """A signed message as it came, some hours after it was sent."""
    thing = dispute(*told, **changes)
    said = message(body(event(kind, thing, id=f"WH-{kind}-{lag}", create_time=f"2026-01-01T1{lag}:00:05.000Z")))
    return Arrival(
        partner="paypal",
        feed="webhook",
        name=f"{kind}-{lag}",
        landed_at=NOW + lag * HOUR,
        body=said.body,
        start_line=said.start_line,
        headers=said.headers,
    )


def settlement(name: str, rows: Sequence[str], sums: str, moved_minor: int, room: Path, day: int = 1) -> Arrival:
    """A settlement report, landed the morning after."""
    path = room / name
    path.write_bytes(report(list(rows), [("USD", sums, moved_minor)]))
    return Arrival("paypal", "settlement_report", name, NOW + day * DAY, path=path)


def taken(room: Path) -> list[Arrival]:
    """A dispute that was lost, and the report with the money that was taken."""
    return [
        webhook("CREATED", 0),
        webhook("RESOLVED", 1, "CHARGEBACK", "RESOLVED", money_movements=[TAKEN, FEE], **LOST),
        settlement("STL-1.csv", SALES + CHARGEBACK, "10000,12000,0,410", -2410, room),
    ]


def given_back(room: Path) -> list[Arrival]:
    """An appeal that was won, and the report with the money that came back."""
    return [
        webhook("UPDATED", 2, "PRE_ARBITRATION", "RESOLVED", money_movements=[TAKEN, FEE, GIVEN], **WON),
        settlement("STL-2.csv", REVERSAL, "10000,0,0,0", 10000, room, day=2),
    ]


@contextmanager
def paypal_home(place: Path) -> Iterator[App]:
    """A home with one account at PayPal."""
    with home(place / "home", setup=SETUP) as app:
        yield app


def left(app: App) -> set[tuple[str, str | None]]:
    """What does not stand at zero of a dispute's clearing, and of what nobody explains."""
    with app.register.reading() as view:
        return {(b.account, b.leg or b.batch) for b in unbalanced(view, ("partner_clearing", "suspense"))}


def links(app: App) -> dict[str, bool]:
    """Which lines are about a dispute."""
    line = schema.money_line.c
    with app.register.reading() as view:
        found = view.rows(select(line.identity, line.dispute, line.partner_dispute_id))
    assert {told for _, _, told in found} == {None}
    return {identity.split("|")[0]: dispute is not None for identity, dispute, _ in found}


def test_lines_that_name_the_payment_settle_the_dispute(tmp_path: Path) -> None:
    """Webhooks and a report of the same day: every leg at zero, nothing unexplained, and the trace says how."""
    with paypal_home(tmp_path) as app:
        done = app.take(taken(tmp_path))
        assert (done.refused, done.held, done.quarantined) == (0, 0, 0)
        assert links(app) == {"7SELLER1": False, "6CHARGE": True, "2FEE": True}
        assert left(app) == set()
        with app.register.reading() as view:
            story = trace(view, "PP-D-12345", app.now(), app.open_bytes)
        told = [moment.text for moment in story.timeline if moment.kind == "money_line"]
        assert len(told) == 2
        assert all("names no dispute; linked as the only one of payment 7SELLER1" in text for text in told)


def test_money_that_came_back_is_of_the_same_dispute(tmp_path: Path) -> None:
    """A won appeal: both directions of T1201 name the payment."""
    with paypal_home(tmp_path) as app:
        app.take([*taken(tmp_path), *given_back(tmp_path)])
        assert left(app) == set()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_no_order_of_messages_and_reports_shows(tmp_path: Path, order: tuple[int, ...]) -> None:
    """One after another in any order, at once, or by replay: the same hash."""
    with paypal_home(tmp_path / "straight") as app:
        app.take(taken(tmp_path))
        straight = app.state_hash()
    with paypal_home(tmp_path / "mixed") as app:
        for number in order:
            app.take([taken(tmp_path)[number]])
        assert (app.state_hash(), left(app)) == (straight, set())
        assert app.replay().same


def test_a_second_case_of_the_payment_lets_its_lines_go(tmp_path: Path) -> None:
    """Which of the two the money is about is not guessed; the same by replay."""
    with paypal_home(tmp_path) as app:
        app.take(taken(tmp_path))
        app.take([webhook("CREATED", 3, dispute_id="PP-D-2")])
        assert links(app) == {"7SELLER1": False, "6CHARGE": False, "2FEE": False}
        assert {account for account, _ in left(app)} == {"partner_clearing", "suspense"}
        assert app.replay().same


def test_a_report_that_is_read_again_is_linked_again(tmp_path: Path) -> None:
    """Nothing is booked anew: the difference is none."""
    with paypal_home(tmp_path) as app:
        app.take(taken(tmp_path))
        before = app.state_hash()
        with app.register.reading() as view:
            entries = len(view.rows(select(schema.entry.c.entry)))
            kept = view.rows(select(schema.delivery.c.object, schema.delivery.c.feed))
        for name in sorted(name for name, _ in kept):
            app.again(name)
        assert (app.state_hash(), left(app)) == (before, set())
        with app.register.reading() as view:
            assert len(view.rows(select(schema.entry.c.entry))) == entries


def test_a_line_that_is_told_again_is_no_restatement_of_itself(tmp_path: Path) -> None:
    """What we found is no word of PayPal's that a second telling without it contradicts."""
    with paypal_home(tmp_path) as app:
        app.take(taken(tmp_path))
        more = [*SALES, row("7SELLER2", "T0006", "CR", "100", "USD"), *CHARGEBACK]
        done = app.take([settlement("STL-1-again.csv", more, "10100,12000,0,410", -2310, tmp_path, day=3)])
        assert done.accepted == 4
        with app.register.reading() as view:
            assert view.rows(select(schema.finding.c.check_).where(schema.finding.c.check_ == "money.restated")) == []
        assert left(app) == set()


def test_the_lake_has_lines_as_they_were_told(tmp_path: Path) -> None:
    """What was found can change with the next message; what was told cannot, and is written once."""
    with paypal_home(tmp_path) as app:
        app.take(taken(tmp_path))
        app.check()
        files = [str(path) for path in app.lake.files("money_line", "paypal", "settlement_report")]
        found = duckdb.execute("select count(*), count(dispute) from read_parquet($files)", {"files": files}).fetchall()
        assert found == [(3, 0)]
