"""Lines that name a payment and no dispute find the only dispute of that payment, whatever came first."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recoup.controls.balances import unbalanced
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.legs import Told
from recoup.domain.money_line import MoneyLine
from recoup.intake.arrival import Arrival
from recoup.intake.attribution import Paid, about, changed
from recoup.intake.state_hash import state_hash
from recoup.storage import schema
from recoup.storage.register import Register, open_register
from tests.controls.home import ACCOUNT, Home, at, iso, ours
from tests.fakes import stripe_messages as stripe
from tests.fakes.homes import home as new_home
from tests.fakes.tables import REPORT_HEADER, TRANSACTION

PAYMENT = Paid("stripe", ACCOUNT, "ch_1")
Tell = Callable[[Home], object]


def line(**told: object) -> MoneyLine:
    """A debit of payment ch_1 that names no dispute."""
    plain: dict[str, object] = {
        "id": money_line_id("stripe", ACCOUNT, "txn_1"),
        "partner": "stripe",
        "account": ACCOUNT,
        "feed": "payout_report",
        "delivery": "del_1",
        "position": 1,
        "identity": "txn_1",
        "kind": "dispute",
        "partner_kind": None,
        "dispute": None,
        "partner_dispute_id": None,
        "payment_ref": "ch_1",
        "cycle": None,
        "batch": None,
        "gross_minor": -5000,
        "fee_minor": 0,
        "net_minor": -5000,
        "currency": "USD",
        "original_minor": None,
        "original_currency": None,
        "occurred_at": 0,
        "effective_on": "2026-03-02",
        "reference": None,
        "landed_at": 0,
    }
    return MoneyLine(**plain | told)  # type: ignore[arg-type]


def named(theirs: str, **told: object) -> MoneyLine:
    """The same, told with a case."""
    return line(partner_dispute_id=theirs, dispute=dispute_id("stripe", ACCOUNT, theirs), **told)


@pytest.mark.parametrize(("disputes", "found"), [([], None), (["dis_1"], "dis_1"), (["dis_1", "dis_2"], None)])
def test_a_line_belongs_to_the_only_dispute_of_its_payment(disputes: list[str], found: str | None) -> None:
    """To none while there are none or several."""
    assert about([line()], {PAYMENT: disputes}) == found


def test_what_one_feed_names_counts_for_all_tellings_of_the_movement() -> None:
    """A case that is told is better than one that is found."""
    told = [line(feed="balance_transactions"), named("dp_2")]
    assert about(told, {PAYMENT: ["dis_1"]}) == ours("dp_2")
    assert about([*told, named("dp_3", feed="activity_report")], {PAYMENT: ["dis_1"]}) is None


def test_a_movement_told_without_any_payment_is_about_nothing() -> None:
    """Nor does it get lost."""
    assert about([line(payment_ref=None)], {PAYMENT: ["dis_1"]}) is None


def test_only_disputes_whose_kind_or_payment_changed_change_what_lines_are_about() -> None:
    """A dispute that came, went, became a dispute or moved to another payment; and no other."""

    def row(kind: str = "dispute", ref: str | None = "ch_1", status: str = "open") -> tuple[object, ...]:
        told = {"dispute": "dis_1", "partner": "stripe", "account": ACCOUNT, "kind": kind, "payment_ref": ref}
        return tuple((told | {"partner_status": status}).get(name.key) for name in schema.dispute.columns)

    def payments(before: Sequence[Any], after: Sequence[Any]) -> set[str]:
        gone = {old[0] for old in before} - {new[0] for new in after}
        return {paid.ref for paid in changed({old[0]: old for old in before}, after, gone)}

    assert payments([row()], [row(status="closed")]) == set()
    assert payments([], [row()]) == payments([row()], []) == payments([row("notice")], [row()]) == {"ch_1"}
    assert payments([row()], [row(ref=None)]) == {"ch_1"}
    assert payments([row()], [row(ref="ch_2")]) == {"ch_1", "ch_2"}


# --- any order ------------------------------------------------------------------------------


def settled(day: int, gross: int, feed: str = "payout_report", theirs: str | None = None, **told: object) -> Tell:
    """One line on a report, by its payment alone."""
    plain = {
        "identity": f"txn_{day}_{gross}",
        "kind": "dispute" if gross < 0 else "dispute_reversal",
        "partner_dispute_id": theirs,
        "payment_ref": "ch_1",
        "gross_minor": gross,
        "fee_minor": 1500 if gross < 0 else 0,
        "net_minor": gross - 1500 if gross < 0 else gross,
        "batch": "po_1",
        "effective_on": iso(day),
    }
    return lambda home: home.report(day, [plain | told], feed=feed)


def event(theirs: str, move: str, day: int, **told: Any) -> Tell:
    """One message about a dispute of the payment."""
    return lambda home: home.event(theirs, move, day, **{"payment_ref": "ch_1"} | told)


DEBIT, CREDIT = (Told("debit", 1, 5000, "USD"),), (Told("credit", 1, 5000, "USD"),)
TELLINGS: Sequence[Tell] = (
    event("dp_1", "chargeback_opened", 0, legs=DEBIT),
    event("dp_1", "won", 9, legs=CREDIT),
    event("dp_1", "chargeback_under_review", 4, payment_ref=None),
    settled(1, -5000),
    settled(1, -5000, "balance_transactions", payment_ref=None, batch=None),
    settled(10, 5000),
    settled(10, 5000, "balance_transactions", "dp_1"),
    event("issfr_1", "unknown", 1, kind="notice"),
    event("dp_2", "chargeback_opened", 2, legs=DEBIT),
    event("dp_2", "chargeback_under_review", 3, payment_ref="ch_2"),
    event("dp_3", "chargeback_opened", 2, kind="notice"),
    event("dp_3", "chargeback_opened", 5, kind="dispute", payment_ref="ch_2"),
    settled(6, -700, payment_ref="ch_2"),
    settled(6, -800, "payout_report", "dp_4"),
)


@contextmanager
def a_home(migrated: Path) -> Iterator[Home]:
    """A home on a register of its own."""
    with tempfile.TemporaryDirectory() as room:
        shutil.copy(migrated, Path(room) / "register.db")
        register = open_register(f"sqlite:///{room}/register.db")
        yield Home(register)
        register.close()


def stand(register: Register) -> tuple[str, list[tuple[object, ...]]]:
    """The hash of everything derived, and which line is about what."""
    table = schema.money_line.c
    with register.reading() as view:
        lines = view.rows(select(table.identity, table.feed, table.partner_dispute_id, table.dispute))
        return state_hash(view), sorted(lines, key=str)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_order_of_disputes_and_lines_shows(migrated_file: Path, data: st.DataObject) -> None:
    """Any part of a story, told in any order and some of it twice, gives the same links, books and hash."""
    part = data.draw(st.lists(st.sampled_from(range(len(TELLINGS))), unique=True, min_size=2))
    mixed = data.draw(st.permutations([*part, *data.draw(st.lists(st.sampled_from(part), max_size=2))]))
    found = []
    for order in (sorted(part), mixed):
        with a_home(migrated_file) as home:
            for number in order:
                TELLINGS[number](home)
            found.append(stand(home.register))
    assert found[0] == found[1]


def tell(home: Home, *tellings: Tell) -> None:
    """Tell these, one delivery after another."""
    for telling in tellings:
        telling(home)


def links(home: Home) -> dict[str, str | None]:
    """What each line is about."""
    table = schema.money_line.c
    with home.register.reading() as view:
        return {row[0]: row[1] for row in view.rows(select(table.identity, table.dispute))}


def open_legs(home: Home, *accounts: str) -> set[str | None]:
    """What is left on some accounts, by leg or line."""
    with home.register.reading() as view:
        return {b.leg or b.batch for b in unbalanced(view, accounts)}


OPENED, TAKEN = event("dp_1", "chargeback_opened", 0, legs=DEBIT), settled(1, -5000)
SECOND = event("dp_2", "chargeback_opened", 2, legs=DEBIT)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_line_that_names_the_payment_settles_the_only_dispute(register: Register, is_reversed: bool) -> None:
    """On both databases, whichever came first."""
    home = Home(register)
    tell(home, *((TAKEN, OPENED) if is_reversed else (OPENED, TAKEN)))
    assert links(home) == {"txn_1_-5000": ours("dp_1")}
    assert open_legs(home, "partner_clearing", "suspense") == set()


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_second_dispute_of_the_payment_lets_the_line_go(register: Register, is_reversed: bool) -> None:
    """Its money lies in suspense again, and both legs are open."""
    home = Home(register)
    tell(home, OPENED, *((SECOND, TAKEN) if is_reversed else (TAKEN, SECOND)))
    assert links(home) == {"txn_1_-5000": None}
    assert open_legs(home, "suspense") == {"txn_1_-5000"}
    assert open_legs(home, "partner_clearing") == {"d1"}


def test_a_second_dispute_that_turns_out_to_be_of_another_payment_gives_the_line_back(register: Register) -> None:
    """What was told of it later counts, as for anything else of it."""
    home = Home(register)
    tell(home, OPENED, TAKEN, SECOND, event("dp_2", "chargeback_under_review", 3, payment_ref="ch_2"))
    assert links(home) == {"txn_1_-5000": ours("dp_1")}


def test_a_notice_of_the_payment_does_not_stand_in_the_way(register: Register) -> None:
    """It moves no money, so no line can be about it."""
    home = Home(register)
    tell(home, event("issfr_1", "unknown", 0, kind="notice"), TAKEN, OPENED)
    assert links(home) == {"txn_1_-5000": ours("dp_1")}
    tell(home, event("issfr_2", "unknown", 1, kind="alert"))
    assert links(home) == {"txn_1_-5000": ours("dp_1")}


def test_a_line_alone_opens_no_dispute(register: Register) -> None:
    """There is no case to name; a line that does name one gives it a dispute, which then has the other lines, too."""
    home = Home(register)
    tell(home, TAKEN)
    assert links(home) == {"txn_1_-5000": None}
    tell(home, settled(6, -800, "payout_report", "dp_4"))
    assert links(home) == {"txn_1_-5000": ours("dp_4"), "txn_6_-800": ours("dp_4")}


def test_a_line_of_an_unnamed_fee_is_linked_as_another_feed_tells_it(register: Register) -> None:
    """One movement is about one dispute, and is booked once, whichever feed knows whose it is."""
    home = Home(register)
    fee: dict[str, Any] = {
        "kind": "dispute_fee",
        "gross_minor": -1500,
        "fee_minor": 0,
        "net_minor": -1500,
        "identity": "txn_fee",
    }
    tell(
        home,
        OPENED,
        settled(1, -1500, payment_ref=None, **fee),
        settled(1, -1500, "balance_transactions", **fee),
    )
    assert links(home) == {"txn_fee": ours("dp_1")}
    assert open_legs(home, "suspense") == set()


@pytest.mark.parametrize("is_reversed", [False, True])
def test_money_is_linked_since_line_and_dispute_are_both_known(register: Register, is_reversed: bool) -> None:
    """At no instant it is in suspense and on the leg at once: the one ends when the other begins."""
    home = Home(register)
    late = event("dp_1", "chargeback_opened", 2, legs=DEBIT)
    tell(home, *((late, TAKEN) if is_reversed else (TAKEN, late)))
    tell(home, event("dp_1", "chargeback_under_review", 4))
    entry = schema.entry.c
    with register.reading() as view:
        booked = view.rows(select(entry.rule, entry.is_active, entry.booked_at).where(entry.rule != "debit_announced"))
    known_at = at(2, 9, 1)
    assert {row for row in booked if row[0] == "debit_settled"} == {("debit_settled", 1, known_at)}
    suspended = {moment for rule, _, moment in booked if rule == "line_suspended"}
    assert suspended == (set() if is_reversed else {at(1, 11), known_at})


UNNAMED = "txn_d,,,ch_1,2026-02-03 10:00:00,2026-02-04 00:00:00,2026-02-05 00:00:00,usd,-50,15,-65,dispute,Taken,po_1"


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_line_of_a_large_file_is_linked_as_one_of_a_small_file(tmp_path: Path, is_reversed: bool) -> None:
    """Its ten thousand sales lie in the lake and count in total; the one line about a dispute is in the register."""
    path = tmp_path / "report.csv"
    path.write_text("\n".join([REPORT_HEADER, UNNAMED, *(TRANSACTION.format(n=n) for n in range(10_000))]) + "\n")
    opened = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute())
    landed_at = (stripe.START + 3 * stripe.DAY) * 1_000_000
    report = Arrival("stripe", "payout_report", "report.csv", landed_at, account=stripe.ACCOUNT, path=path)
    arrivals = [stripe.webhook(opened, stripe.START), report]
    with new_home(tmp_path / "home") as app:
        for arrival in reversed(arrivals) if is_reversed else arrivals:
            assert app.take([arrival]).held == 0
        line, total = schema.money_line.c, schema.settlement_total.c
        with app.register.reading() as view:
            lines = view.rows(select(line.identity, line.dispute))
            assert lines == [("txn_d", dispute_id("stripe", stripe.ACCOUNT, "dp_1"))]
            assert view.rows(select(total.kind, total.lines)) == [("charge", 10_000)]
            assert unbalanced(view, ("suspense", "partner_clearing")) == []
        before = app.state_hash()
        app.again(hashlib.sha256(path.read_bytes()).hexdigest())
        assert app.state_hash() == before
        assert app.replay().same
