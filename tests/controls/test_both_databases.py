"""The same facts, controls and breaks on SQLite and PostgreSQL: every control looks, and many of them see something."""

import msgspec

from recoup.controls.explained import breaks_explained, clearing_explained
from recoup.controls.moment import load_moment
from recoup.controls.run import symptoms
from recoup.domain.findings import Finding
from recoup.domain.legs import Told
from recoup.domain.tables import moves
from recoup.storage.register import Register
from tests.controls.home import DAILY, PARTNERS, TERMS, Home, at, iso

TOTALS = Finding("intake.control_total", "payout_report", "sum stated 100 USD, computed 90 USD", "both equal")
WORD = Finding("codes.unknown", "evt_1", '"because"', "a word of the vocabulary reasons", "warn")
SEEN = {
    "amount_fit",
    "batch_unpaid",
    "bank_unexpected",
    "clock_headroom",
    "credit_after_win",
    "deadline_moved",
    "double_money",
    "fee_conformance",
    "held_delivery",
    "house_unexpected",
    "leg_residue",
    "lost_event",
    "merchant_of_payment",
    "missing_file",
    "orphan_dispute",
    "outcome_missing",
    "quarantined_records",
    "refused_signature",
    "returned_above_captured",
    "suspense",
    "unknown_word",
}


def tell_everything(home: Home) -> None:
    """A bad week: one of nearly everything, each on a dispute of its own."""
    for n in range(12):
        home.payment(f"ch_dp_{n}")
        home.opened(f"dp_{n}")
        if n != 8:
            home.answered(f"dp_{n}", day=1)
    home.payment("ch_later", day=2)
    home.event("dp_0", "won", 1)
    home.settled("dp_1", day=1)
    home.settled("dp_1", day=2, identity="txn_twice")
    home.settled("dp_2", gross=-4000)
    home.settled("dp_3", fee=2000)
    home.confirmed("dp_4", merchant="mer_2")
    home.refund("ch_dp_5", 5000, 1)
    home.event("dp_6", "closed_unknown", 2)
    home.event("dp_7", "lost", 2, feed="disputes")
    home.event(
        "dp_8", "chargeback_opened", 1, record_id="evt_moved", due_at=at(5), due_state="said", opened_at=at(0, 9)
    )
    home.opened("dp_orphan")
    home.opened("dp_big", minor=500_000, payment_ref="ch_dp_9")
    home.event("dp_10", "unknown", 2, partner_status="reconsidered", legs=(Told("credit", 1, 5000, "USD"),))
    home.settled(None, gross=-777, fee=0, identity="txn_lump", kind="adjustment")
    home.sold("po_1")
    home.banked("po_unknown", day=0)
    home.confirmed("dp_ghost", day=0)
    home.report(1, [], covers_on=iso(0), name="first.csv")
    home.report(2, [], covers_on=iso(1), name="held.csv", status="held", findings=[TOTALS])
    home.report(3, [], covers_on=iso(2), name="bad.csv", quarantined=[(1, TOTALS)], records=9)
    home.delivery("webhook", at(3), findings=[WORD], name="word")
    home.delivery("webhook", at(3), status="refused", name="forged")


def test_a_bad_week_is_seen_alike(register: Register) -> None:
    """Each control finds its own, checking again changes nothing, and all of the money has a name."""
    home = Home(register, msgspec.structs.replace(TERMS, schedules=(DAILY,)))
    tell_everything(home)
    home.check(3)
    home.check(8)
    found = home.breaks()
    with register.reading() as view:
        assert {s.control for s in symptoms(view, load_moment(view, at(8), moves(), PARTNERS))} >= SEEN
    assert len(found) > 10
    again = home.check(8)
    assert (again.opened, again.closed, again.open) == (0, 0, len(found))
    with register.reading() as view:
        assert all(e.explained_minor == e.minor > 0 for e in breaks_explained(view))
        assert clearing_explained(view, at(8))


def test_a_clean_story_is_silent_alike(register: Register) -> None:
    """No database sees what is not there."""
    home = Home(register)
    home.clean_story()
    for day in (0, 5, 15):
        home.check(day)
    assert home.breaks(with_closed=True) == []
