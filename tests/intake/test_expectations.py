import datetime as dt
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.dispute import fold
from recoup.domain.ids import money_line_id
from recoup.domain.instants import DAY, HOUR, day_start, parse_instant
from recoup.domain.legs import Told
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation, Said, observe
from recoup.domain.tables import moves
from recoup.domain.terms import Days, Schedule, Terms
from recoup.intake.expectations import (
    GAP_MAX,
    Agreed,
    Came,
    Expected,
    changes,
    row,
    wanted_for_batch,
    wanted_for_dispute,
    wanted_for_feed,
)
from recoup.ledger.entry import Posting, Wanted
from recoup.ledger.facts import Total
from recoup.storage import schema

MONDAY = parse_instant("2026-03-02T10:00:00Z")
DAYS = Days(
    announce_to_settle=2,
    settle_to_announce=1,
    report_to_payout=2,
    payout_to_bank=3,
    announce_to_house=1,
    win_to_credit=4,
    notice_to_chargeback=5,
)
TERMS = Terms(valid_from="2024-01-01", calendar="target", days=DAYS)
AGREED = Agreed("stripe", "acct_1", "Europe/Berlin", (TERMS,))


def end_of(day: str) -> int:
    """The last microsecond of an ISO day in Berlin."""
    following = dt.date.fromisoformat(day) + dt.timedelta(days=1)
    return day_start(following, "Europe/Berlin") - 1


def said(move: str, day: int = 0, **more: Any) -> Observation:
    told = Said("dp_1", "event", MONDAY + day * DAY, move, record_id=f"evt_{move}_{day}", kind="dispute", **more)
    return observe(
        told,
        partner="stripe",
        account="acct_1",
        feed="webhook",
        delivery=f"del_{move}_{day}",
        position=1,
        landed_at=MONDAY + day * DAY + HOUR,
        trust="signed",
    )


OPENED = said("chargeback_opened", amount_minor=5000, currency="USD", legs=(Told("debit", 1, 5000, "USD"),))
WON = said("won", 7)


def entry(fact: str, known: int, day: str, *lines: tuple[str, str, int]) -> Wanted:
    """An entry of one leg's lines (account, leg, minor)."""
    return Wanted(
        fact=fact,
        rule=fact,
        rule_version=1,
        book="main",
        partner="stripe",
        partner_account="acct_1",
        dispute="dis_1",
        subject=None,
        effective_on=day,
        known_at=known,
        postings=tuple(
            Posting(account, None, "stripe", "acct_1", None, "dis_1", leg, None, "USD", minor)
            for account, leg, minor in lines
        ),
    )


ANNOUNCED = entry(
    "announced d1", 10, "2026-03-02", ("merchant_clearing", "d1", 5000), ("partner_clearing", "d1", -5000)
)
SETTLED = entry("settled d1", 20, "2026-03-03", ("partner_clearing", "d1", 5000), ("settlement_clearing", "", -5000))
SETTLED_TOO = entry("settled again", 30, "2026-03-04", ("partner_clearing", "d1", 1), ("settlement_clearing", "", -1))
CONFIRMED = entry("confirmed d1", 25, "2026-03-03", ("house_ledger", "", 5000), ("merchant_clearing", "d1", -5000))


def of_dispute(
    *entries: Wanted, told: tuple[Observation, ...] = (OPENED,), agreed: Agreed = AGREED
) -> dict[str, Expected]:
    dispute = fold(told, moves()).dispute
    return {e.kind: e for e in wanted_for_dispute(dispute, told, entries, agreed, moves())}


# --- disputes -------------------------------------------------------------------------------


def test_an_announced_leg_waits_for_its_money_and_for_the_house() -> None:
    """Both from the day of the announcement, to the end of their last day in the account's zone."""
    found = of_dispute(ANNOUNCED)
    assert set(found) == {"leg_settled", "leg_confirmed"}
    settled = found["leg_settled"]
    assert (settled.leg, settled.amount_minor, settled.currency) == ("d1", 5000, "USD")
    assert (settled.due_at, settled.closed_at, settled.closed_by) == (end_of("2026-03-04"), None, None)
    assert settled.rule == "contract from 2024-01-01: announce_to_settle 2 banking days (target)"
    assert found["leg_confirmed"].due_at == end_of("2026-03-03")


def test_the_earliest_entry_closes() -> None:
    """Of two that settle the leg, the one known first, in any order of entries."""
    for entries in permutations([ANNOUNCED, SETTLED, SETTLED_TOO, CONFIRMED]):
        found = of_dispute(*entries)
        assert (found["leg_settled"].closed_at, found["leg_settled"].closed_by) == (20, "settled d1")
        assert found["leg_confirmed"].closed_by == "confirmed d1"


def test_a_settled_leg_waits_for_its_announcement_only_when_money_came_first() -> None:
    """Alone it waits; announced later it was waited for; announced before it never was."""
    assert of_dispute(SETTLED)["leg_announced"].closed_at is None
    late = msgspec.structs.replace(ANNOUNCED, known_at=99)
    assert of_dispute(SETTLED, late)["leg_announced"].closed_by == "announced d1"
    assert "leg_announced" not in of_dispute(SETTLED, ANNOUNCED)


def test_a_converted_announcement_is_no_settlement() -> None:
    """What is announced in a foreign currency goes through fx_position, and its money is still to come."""
    told = entry("announced d1", 10, "2026-03-02", ("fx_position", "d1", 5000), ("partner_clearing", "d1", -5000))
    assert of_dispute(told)["leg_settled"].closed_at is None


def test_days_are_banking_days_of_the_calendar() -> None:
    """From Thursday before Easter, two banking days are Wednesday after it."""
    thursday = msgspec.structs.replace(ANNOUNCED, effective_on="2026-04-02")
    assert of_dispute(thursday)["leg_settled"].due_at == end_of("2026-04-08")


def test_days_may_be_calendar_days() -> None:
    """Then holidays count."""
    agreed = msgspec.structs.replace(AGREED, terms=(msgspec.structs.replace(TERMS, day_kind="calendar"),))
    thursday = msgspec.structs.replace(ANNOUNCED, effective_on="2026-04-02")
    assert of_dispute(thursday, agreed=agreed)["leg_settled"].due_at == end_of("2026-04-04")


def test_the_terms_of_the_day_count() -> None:
    """A later agreement does not reach back."""
    later = Terms(valid_from="2026-03-03", days=msgspec.structs.replace(DAYS, announce_to_settle=10))
    agreed = msgspec.structs.replace(AGREED, terms=(msgspec.structs.replace(TERMS, valid_to="2026-03-03"), later))
    assert of_dispute(ANNOUNCED, agreed=agreed)["leg_settled"].due_at == end_of("2026-03-04")


@pytest.mark.parametrize("terms", [(), (Terms(valid_from="2024-01-01"),), (Terms(valid_from="2027-01-01", days=DAYS),)])
def test_without_a_term_nothing_is_expected(terms: tuple[Terms, ...]) -> None:
    """No contract, no term in it, or none yet."""
    agreed = msgspec.structs.replace(AGREED, terms=terms)
    assert of_dispute(ANNOUNCED, SETTLED, told=(OPENED, WON), agreed=agreed) == {}


def test_past_the_end_of_its_calendar_nothing_is_expected() -> None:
    """No date is computed there."""
    agreed = msgspec.structs.replace(AGREED, terms=(msgspec.structs.replace(TERMS, calendar="uk"),))
    assert of_dispute(msgspec.structs.replace(ANNOUNCED, effective_on="2028-12-29"), agreed=agreed) == {}


def test_a_win_waits_for_the_credit_of_the_latest_debit() -> None:
    """Announced or settled closes it; four banking days after the decision."""
    found = of_dispute(ANNOUNCED, SETTLED, told=(OPENED, WON))["credit_after_win"]
    assert (found.leg, found.amount_minor, found.due_at, found.closed_at) == ("c1", 5000, end_of("2026-03-13"), None)
    credit = entry(
        "credited c1", 70, "2026-03-09", ("partner_clearing", "c1", 5000), ("merchant_clearing", "c1", -5000)
    )
    assert of_dispute(ANNOUNCED, SETTLED, credit, told=(OPENED, WON))["credit_after_win"].closed_by == "credited c1"


def test_a_win_without_a_debit_waits_for_nothing() -> None:
    """An inquiry that was won took nothing."""
    assert of_dispute(told=(said("inquiry_opened"), WON)) == {}


def test_a_notice_waits_for_a_chargeback_or_an_end() -> None:
    """By the partner's messages, the earliest of them."""
    notice = said("chargeback_announced", amount_minor=5000, currency="USD")
    open_ = of_dispute(told=(notice,))["chargeback_after_notice"]
    assert (open_.due_at, open_.closed_at) == (end_of("2026-03-09"), None)
    charged, withdrawn = said("chargeback_opened", 3), said("withdrawn", 4)
    for told in permutations((notice, charged, withdrawn)):
        assert of_dispute(told=told)["chargeback_after_notice"].closed_by == charged.id
    assert of_dispute(told=(notice, withdrawn))["chargeback_after_notice"].closed_by == withdrawn.id


def test_a_chargeback_without_a_notice_waits_for_none() -> None:
    """Most come without."""
    assert "chargeback_after_notice" not in of_dispute(ANNOUNCED)


# --- batches --------------------------------------------------------------------------------


def line(identity: str, kind: str, minor: int, day: str, landed_at: int, batch: str = "po_1") -> MoneyLine:
    return MoneyLine(
        id=money_line_id("stripe", "acct_1", identity),
        partner="stripe",
        account="acct_1",
        feed="payouts",
        delivery="del_1",
        position=1,
        identity=identity,
        kind=kind,  # type: ignore[arg-type]
        partner_kind=None,
        dispute=None,
        partner_dispute_id=None,
        payment_ref=None,
        cycle=None,
        batch=batch,
        gross_minor=minor,
        fee_minor=0,
        net_minor=minor,
        currency="USD",
        original_minor=None,
        original_currency=None,
        occurred_at=landed_at,
        effective_on=day,
        reference=None,
        landed_at=landed_at,
    )


SALES = Total("rep_1", "po_1", "charge", "USD", 100_000, "2026-03-02", MONDAY)
PAYOUT = line("po_1", "payout", -100_000, "2026-03-03", MONDAY + DAY)
BANKED = line("BK-1", "bank", 100_000, "2026-03-04", MONDAY + 2 * DAY)
RETURNED = line("po_1_back", "payout_failure", 100_000, "2026-03-05", MONDAY + 3 * DAY)


def of_batch(*lines: MoneyLine, totals: tuple[Total, ...] = (SALES,)) -> dict[str, Expected]:
    return {e.kind: e for e in wanted_for_batch("po_1", lines, totals, AGREED)}


def test_a_reported_batch_waits_for_its_payout_and_the_payout_for_the_bank() -> None:
    """Each closed by the next."""
    assert of_batch()["paid_out"].due_at == end_of("2026-03-04")
    assert of_batch()["paid_out"].amount_minor == 100_000
    found = of_batch(PAYOUT)
    assert found["paid_out"].closed_by == PAYOUT.id
    assert (found["bank_credit"].due_at, found["bank_credit"].closed_at) == (end_of("2026-03-06"), None)
    assert of_batch(PAYOUT, BANKED)["bank_credit"].closed_by == BANKED.id


def test_a_payout_that_failed_waits_for_no_bank() -> None:
    """It came back."""
    assert of_batch(PAYOUT, RETURNED)["bank_credit"].closed_by == RETURNED.id


@pytest.mark.parametrize("net", [0, -5000])
def test_a_batch_with_nothing_for_us_waits_for_no_payout(net: int) -> None:
    """It is carried forward."""
    assert of_batch(totals=(msgspec.structs.replace(SALES, net_minor=net),)) == {}


# --- feeds ----------------------------------------------------------------------------------

DAILY = Terms(valid_from="2024-01-01", schedules=(Schedule("report", "daily", "12:00", 1, 2),))
NUMBERED = Terms(
    valid_from="2024-01-01", schedules=(Schedule("report", "per_batch", grace_hours=2, has_sequence=True),)
)


def came(day: int, *, covers: str | None = None, number: int | None = None, status: str = "read") -> Came:
    return Came(f"del_{day}_{covers}_{number}", MONDAY + day * DAY, status, covers, number)


def of_feed(*deliveries: Came, terms: Terms = DAILY, until: int = 5) -> list[Expected]:
    agreed = Agreed("stripe", "acct_1", "America/New_York", (terms,))
    return list(wanted_for_feed("report", deliveries, agreed, MONDAY + until * DAY))


def test_files_are_expected_from_the_first_that_came_until_now() -> None:
    """A day is expected once it is over, and not before the account's first file."""
    found = of_feed(came(0, covers="2026-03-01"))
    assert [e.subject.rpartition(":")[2] for e in found] == [f"2026-03-0{day}" for day in range(1, 7)]
    assert [e.closed_by is None for e in found] == [False, *[True] * 5]
    assert of_feed() == []


def test_a_file_is_due_at_its_local_time_with_grace_on_days_when_clocks_change() -> None:
    """Noon in New York is 17:00 UTC in winter and 16:00 from 8 March 2026 on."""
    found = {e.subject[-10:]: e.due_at for e in of_feed(came(0, covers="2026-03-01"), until=8)}
    assert found["2026-03-06"] == parse_instant("2026-03-07T19:00:00Z")
    assert found["2026-03-07"] == parse_instant("2026-03-08T18:00:00Z")


def test_a_due_time_that_clocks_jump_over_is_an_hour_later() -> None:
    """Half past two does not exist on 8 March 2026 in New York."""
    terms = Terms(valid_from="2024-01-01", schedules=(Schedule("report", "daily", "02:30", 1, 0),))
    found = {e.subject[-10:]: e.due_at for e in of_feed(came(0, covers="2026-03-01"), terms=terms, until=8)}
    assert found["2026-03-07"] == parse_instant("2026-03-08T07:30:00Z")


def test_a_file_that_says_no_day_is_that_of_the_day_before() -> None:
    """As its schedule means it."""
    assert of_feed(came(0))[0].closed_by == came(0).delivery
    assert of_feed(came(0))[0].subject.endswith("2026-03-01")


def test_a_held_file_closes_nothing_and_the_earliest_whole_one_does() -> None:
    """The first that was read."""
    held, whole, again = (
        came(0, covers="2026-03-01", status="held"),
        came(1, covers="2026-03-01"),
        came(2, covers="2026-03-01"),
    )
    assert of_feed(held)[0].closed_at is None
    for order in permutations((held, whole, again)):
        assert of_feed(*order)[0].closed_by == whole.delivery


def test_numbers_that_were_overtaken_are_expected() -> None:
    """The missing one is open, the late one was."""
    found = of_feed(came(0, number=1), came(1, number=4), came(2, number=2), terms=NUMBERED)
    assert [(e.subject.rpartition(":")[2], e.closed_by) for e in found] == [
        ("2", came(2, number=2).delivery),
        ("3", None),
    ]
    assert found[1].due_at == came(1).landed_at + 2 * HOUR


def test_a_jump_in_numbers_is_no_thousand_files() -> None:
    """A renumbering, or a name misread: neighbours far apart are not filled."""
    assert of_feed(came(0, number=1), came(1, number=1 + GAP_MAX + 1), terms=NUMBERED) == []
    assert len(of_feed(came(0, number=1), came(1, number=1 + GAP_MAX), terms=NUMBERED)) == GAP_MAX - 1
    assert of_feed(came(0, number=1), came(1, number=999_999_999_999), terms=NUMBERED) == []


@given(st.permutations([came(day, number=number) for day, number in enumerate((3, 4, 6, 5, 9, 7))]))
def test_order_of_deliveries_does_not_matter(order: list[Came]) -> None:
    """Their times do."""
    expected = of_feed(*[came(day, number=number) for day, number in enumerate((3, 4, 6, 5, 9, 7))], terms=NUMBERED)
    assert of_feed(*order, terms=NUMBERED) == expected


# --- stored and wanted ----------------------------------------------------------------------


def test_only_what_differs_is_written_and_what_nothing_asks_for_goes() -> None:
    """Compared by key."""
    first, second = of_batch(PAYOUT).values()
    changed = msgspec.structs.replace(second, due_at=second.due_at + 1)
    assert changes([first, second], [row(first), row(second)]) == ([], [])
    assert changes([first, changed], [row(first), row(second)]) == ([row(changed)], [])
    assert changes([first], [row(first), row(second)]) == ([], [(second.id,)])


def test_a_row_has_the_columns_of_its_table() -> None:
    """In their order."""
    expected = of_batch()["paid_out"]
    named = dict(zip((c.name for c in schema.expectation.columns), row(expected), strict=True))
    assert named.pop("expectation") == expected.id
    assert named == msgspec.structs.asdict(expected)


def test_feed_that_never_delivered_is_expected_since_the_account_did() -> None:
    """A first file that never comes is missing like any other; where nothing ever came, nothing is expected."""
    agreed = Agreed("stripe", "acct_1", "America/New_York", (DAILY,))
    until = MONDAY + 3 * DAY
    assert wanted_for_feed("report", (), agreed, until) == ()
    found = wanted_for_feed("report", (), agreed, until, since=MONDAY)
    assert [e.subject.rpartition(":")[2] for e in found] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert all(e.closed_at is None for e in found)
