from collections.abc import Callable
from pathlib import Path

import pytest

from recoup.domain.legs import Told
from recoup.enquiry.partner_day import DayProof, Which, explained, prove_days, without_open
from recoup.enquiry.partner_day_sides import SIDES, Roles
from recoup.storage.register import open_register
from tests.controls.home import ACCOUNT, PARTNERS, Home, at, iso, ours

BOOKS = {name: {str(role): feeds for role, feeds in partner.books.items()} for name, partner in PARTNERS.items()}
MONTHS = Which(iso(-60), iso(60))
Bend = Callable[[Home], object]


@pytest.fixture
def home(tmp_path: Path, migrated_file: Path) -> Home:
    """A home of small facts."""
    path = tmp_path / "register.db"
    path.write_bytes(migrated_file.read_bytes())
    return Home(open_register(f"sqlite:///{path}"))


def proved(home: Home, day: int, which: Which = MONTHS) -> list[DayProof]:
    """The proofs of a home as of noon of a day."""
    with home.register.reading() as view:
        return prove_days(view, which, BOOKS, at(day, 12))


def left(home: Home, day: int) -> set[tuple[str, str, str, str, int]]:
    """Partner, day, account, name and size of everything that is open."""
    return {
        (proof.partner, proof.covers_on, balance.account, balance.name, abs(balance.balance_minor))
        for proof in proved(home, day)
        for balance in proof.open
    }


def test_every_day_of_a_clean_story_ties_with_nothing_left(home: Home) -> None:
    """Object, money, the rest of the reports, house, payout and bank: told as booked, on the day it moved."""
    home.clean_story()
    found = proved(home, 30)
    assert {proof.standing for proof in found} == {"tied"}
    told = {
        (p.partner, p.covers_on): {s.side: (s.rows, s.told_minor, s.difference_minor) for s in p.sides} for p in found
    }
    assert told == {
        ("stripe", iso(0)): {"object": (1, -5000, 0)},
        ("stripe", iso(1)): {"money": (1, -6500, 0), "other": (1, 100_000, 0), "house": (2, -6500, 0)},
        ("stripe", iso(2)): {"paid_out": (1, 93_500, 0)},
        ("stripe", iso(3)): {"banked": (1, 93_500, 0)},
        ("bank", iso(3)): {"banked": (1, 93_500, 0)},
    }
    assert explained(found) == []


def test_what_may_still_come_waits(home: Home) -> None:
    """A balance belongs to the day that opened it, and waits while its contract lets it."""
    home.clean_story(without=("settled", "sold", "fee_confirmed", "paid", "banked"))
    assert left(home, 1) == {("stripe", iso(0), "partner_clearing", "timing", 5000)}
    assert {proof.standing for proof in proved(home, 1)} == {"tied", "waiting"}
    assert left(home, 20) == {("stripe", iso(0), "partner_clearing", "lost_event", 5000)}


@pytest.mark.parametrize(
    ("without", "bend", "expected"),
    [
        ((), lambda home: home.settled("dp_1", day=4, batch=None), {(iso(4), "double", 5000)}),
        (("confirmed",), lambda home: None, {(iso(0), "lost_event", 5000)}),
        (("banked",), lambda home: None, {(iso(2), "lost_event", 93_500)}),
        (("paid", "banked"), lambda home: None, {(iso(1), "lost_event", 93_500)}),
        (("banked",), lambda home: home.banked(minor=93_499), {(iso(2), "rounding", 1)}),
        (("banked",), lambda home: home.banked(minor=90_000), {(iso(2), "unknown", 3500)}),
        (
            ("paid", "banked"),
            lambda home: (home.paid(minor=100_000), home.banked(minor=100_000)),
            {(iso(1), "netting", 6500)},
        ),
        (("settled",), lambda home: home.settled(gross=-4999), {(iso(0), "rounding", 1), (iso(1), "rounding", 1)}),
        (("settled",), lambda home: home.settled(gross=-50), {(iso(0), "unknown", 4950), (iso(1), "unknown", 4950)}),
        ((), lambda home: home.won(), {(iso(7), "lost_event", 5000)}),
        (
            ("confirmed",),
            lambda home: home.confirmed(merchant="mer_else"),
            {(iso(0), "wrong_merchant", 5000), (iso(1), "wrong_merchant", 5000)},
        ),
    ],
    ids=[
        "twice",
        "no house",
        "no bank",
        "no payout",
        "cent",
        "short",
        "left out",
        "off",
        "factor",
        "no credit",
        "not theirs",
    ],
)
def test_a_fault_shows_on_its_day_by_its_name(
    home: Home, without: tuple[str, ...], bend: Bend, expected: set[tuple[str, str, int]]
) -> None:
    """And on no other day."""
    home.clean_story(without=without)
    bend(home)
    found = {(day, name, minor) for partner, day, _, name, minor in left(home, 40) if partner == "stripe"}
    assert expected & found
    assert {name for _, name, _ in found} <= {name for _, name, _ in expected} | {"lost_event"}


def test_the_lines_and_disputes_that_something_hangs_on_are_named(home: Home) -> None:
    """So that nobody has to look for them."""
    home.clean_story()
    home.settled("dp_1", day=4, batch=None)
    [balance] = [b for proof in proved(home, 40) for b in proof.open if b.name == "double"]
    assert balance.dispute == ours("dp_1")
    assert set(balance.lines) == {"txn_dp_1_1_-5000", "txn_dp_1_4_-5000"}
    [remainder] = [r for proof in proved(home, 40) for r in proof.remainders if r.name == "double"]
    assert remainder.disputes == (ours("dp_1"),)


def test_each_open_cent_stands_in_exactly_one_proof(home: Home) -> None:
    """However the days are cut."""
    home.clean_story(without=("banked", "confirmed"))
    home.opened("dp_2", day=2, minor=700)
    whole = sorted(b for proof in proved(home, 30) for b in map(repr, proof.open))
    cut = sorted(
        b
        for day in range(-1, 12)
        for proof in proved(home, 30, Which(iso(day), iso(day)))
        for b in map(repr, proof.open)
    )
    assert whole == cut
    assert len(whole) == len(set(whole)) > 2


def test_explained_counts_amount_and_rows_per_currency(home: Home) -> None:
    """Unknown is what is not explained."""
    home.clean_story(without=("banked",))
    home.banked(minor=90_000)
    home.opened("dp_2", day=5, minor=700, currency="EUR")
    by_currency = {row.currency: row for row in explained(proved(home, 40))}
    assert (by_currency["USD"].minor, by_currency["USD"].explained_minor) == (3500, 0)
    assert (by_currency["EUR"].rows, by_currency["EUR"].explained_rows) == (2, 2)


def test_a_movement_that_two_feeds_tell_counts_once(home: Home) -> None:
    """As the feed that books it tells it; one that only informs is not a side."""
    home.clean_story()
    line = {"identity": "txn_dp_1_1_-5000", "kind": "dispute", "partner_dispute_id": "dp_1", "gross_minor": -5000}
    told = {**line, "fee_minor": 1500, "net_minor": -6500, "effective_on": iso(1)}
    home.report(2, [told], feed="balance_transactions")
    home.report(2, [{**told, "net_minor": -1, "identity": "txn_else"}], feed="nobody_books")
    [day] = [p for p in proved(home, 40) if p.partner == "stripe" and p.covers_on == iso(1)]
    assert {s.side: s.rows for s in day.sides}["money"] == 1
    assert day.standing == "tied"


def test_days_are_narrowed_by_partner_and_account(home: Home) -> None:
    """And without the single balances for whoever wants sums alone."""
    home.clean_story(without=("banked",))
    assert {p.partner for p in proved(home, 40, Which(iso(-5), iso(30), "stripe", ACCOUNT))} == {"stripe"}
    assert proved(home, 40, Which(iso(-5), iso(30), "stripe", "acct_none")) == []
    assert all(without_open(p).open == () and without_open(p).remainders == p.remainders for p in proved(home, 40))


def test_an_account_in_its_trial_phase_is_not_proved(tmp_path: Path, migrated_file: Path) -> None:
    """Nothing of it is booked."""
    path = tmp_path / "shadow.db"
    path.write_bytes(migrated_file.read_bytes())
    home = Home(open_register(f"sqlite:///{path}"), phase="shadow")
    home.opened()
    home.settled()
    assert [side for proof in proved(home, 10) for side in proof.sides] == []


def test_sides_are_told_in_one_order() -> None:
    """From what was said to what reached the bank."""
    assert SIDES == ("object", "money", "other", "house", "paid_out", "banked")


def test_a_second_chargeback_is_a_leg_of_its_own_day(home: Home) -> None:
    """Taken, given back, taken again: each on the day it was announced, and all settled."""
    home.clean_story()
    home.event("dp_1", "chargeback_reversed", 5, legs=(Told("credit", 1, 5000, "USD", is_provisional=True),))
    home.settled(day=6, gross=5000, fee=0, batch="po_1b")
    home.event("dp_1", "second_chargeback", 8, legs=(Told("debit", 2, 5000, "USD"),))
    home.settled(day=9, gross=-5000, fee=0, batch="po_1b", identity="txn_again")
    objects = {p.covers_on: s.told_minor for p in proved(home, 40) for s in p.sides if s.side == "object"}
    assert objects == {iso(0): -5000, iso(5): 5000, iso(8): -5000}
    assert not any(name == "double" for *_, name, _ in left(home, 40))


def test_two_statements_of_one_bank_day_count_once(home: Home) -> None:
    """Formats name one movement differently: the day is told by the feed that tells most of it."""
    home.clean_story()
    books: Roles = {**BOOKS, "bank": {"banks": ("statement", "mt940")}}
    line = {"kind": "bank", "net_minor": 93_500, "gross_minor": 93_500, "effective_on": iso(3), "batch": "po_1"}
    home.delivery("mt940", at(3, 19), partner="bank", lines=[{**line, "identity": "other name"}], trust="fetched")
    with home.register.reading() as view:
        found = prove_days(view, MONTHS, books, at(30, 12))
    [told] = [s for p in found if p.partner == "bank" for s in p.sides]
    assert (told.rows, told.told_minor) == (1, 93_500)
