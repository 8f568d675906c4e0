from collections.abc import Callable

import msgspec

from recoup.domain.findings import Finding
from recoup.domain.terms import Schedule
from recoup.intake.reading import EVERY_RECORD_REFUSED
from tests.controls.home import DAILY, TERMS, Home, at, iso, ours

TOTALS = Finding("intake.control_total", "payout_report", "sum stated 100 USD, computed 90 USD", "both equal")
BAD = Finding("delimited.amount_format", "payout_report:7", '"12,50"', "a decimal with a point")
NUMBERED = Schedule("payout_report", "per_batch", grace_hours=2, has_sequence=True)


def scheduled(home_with: Callable[..., Home], *schedules: Schedule) -> Home:
    return home_with(msgspec.structs.replace(TERMS, schedules=schedules or (DAILY,)))


def test_a_held_file_is_one_break_with_its_reason(home: Home) -> None:
    """Which file, what was found, what was wanted, and the class that the reason names."""
    key = home.report(1, [], status="held", findings=[TOTALS], covers_on=iso(0), name="report_1.csv")
    home.check(1)
    found = home.only()
    assert (found.control, found.classes[0], found.feed) == ("held_delivery", "control_total", "payout_report")
    assert found.deliveries == [key]
    assert "report_1.csv" in found.explanation
    assert "sum stated 100 USD, computed 90 USD" in found.explanation


def test_a_held_file_without_one_good_record_is_written_otherwise(home: Home) -> None:
    """Amounts that nobody can read add up to nothing: not the totals are wrong, but every record."""
    refused = Finding(EVERY_RECORD_REFUSED, "payout_report", "5 of 5 records refused", "amounts with a point", "warn")
    home.report(1, [], status="held", findings=[TOTALS, refused], covers_on=iso(0), records=5)
    home.check(1)
    found = home.only()
    assert found.classes[:2] == ["format_drift", "control_total"]
    assert "sum stated 100 USD, computed 90 USD" in found.explanation


def test_a_cut_file_stays_a_cut_one(home: Home) -> None:
    """Whatever its records were."""
    cut = Finding("jpmorgan.truncated", "payout_report", "an end without the closing line", "the first line again")
    refused = Finding(EVERY_RECORD_REFUSED, "payout_report", "1 of 1 records refused", "amounts with a point", "warn")
    home.report(1, [], status="held", findings=[cut, refused], covers_on=iso(0), records=1)
    home.check(1)
    assert home.only().classes[0] == "truncated_file"


def test_a_held_file_that_is_sent_again_whole_is_over(home: Home) -> None:
    """The same day, read: the break closes with it."""
    home.report(1, [], status="held", findings=[TOTALS], covers_on=iso(0), name="cut.csv")
    home.check(1)
    home.report(2, [], covers_on=iso(0), name="whole.csv")
    home.check(2)
    assert home.breaks() == []
    assert [b.closed_at for b in home.breaks(with_closed=True)] == [at(2, 11)]


def test_a_file_of_another_day_does_not_replace_a_held_one(home: Home) -> None:
    """Tomorrow's report says nothing about today's."""
    home.report(1, [], status="held", findings=[TOTALS], covers_on=iso(0))
    home.report(2, [], covers_on=iso(1))
    home.check(2)
    assert home.only().control == "held_delivery"


def test_a_missing_file_is_a_break_after_its_grace(home_with: Callable[..., Home]) -> None:
    """Due by noon, two hours of grace: silent at two, open a moment later."""
    home = scheduled(home_with)
    home.report(1, [], covers_on=iso(0))
    home.check(2, hour=14)
    assert home.breaks() == []
    home.check(2, hour=15)
    found = home.only()
    assert (found.control, found.classes[0]) == ("missing_file", "missing_file")
    assert (found.partner, found.feed) == ("stripe", "payout_report")
    assert f"No stripe payout_report file has come for {iso(1)}" in found.explanation


def test_days_in_a_row_without_a_file_are_one_break(home_with: Callable[..., Home]) -> None:
    """A feed that is dead for four days is one cause."""
    home = scheduled(home_with)
    home.report(1, [], covers_on=iso(0))
    home.check(3)
    home.check(5)
    found = home.only()
    assert f"each of the 4 days from {iso(1)} to {iso(4)}" in found.explanation
    assert found.first_seen_at == at(3, 23)


def test_two_missing_files_with_one_between_are_two_breaks(home_with: Callable[..., Home]) -> None:
    """Each gap has its own cause."""
    home = scheduled(home_with)
    for day in (0, 2, 4):
        home.report(day + 1, [], covers_on=iso(day))
    home.check(5)
    assert [b.control for b in home.breaks()] == ["missing_file", "missing_file"]


def test_a_file_that_came_late_is_written_down_as_late(home_with: Callable[..., Home]) -> None:
    """Also where nobody checked between its due time and its coming."""
    home = scheduled(home_with)
    home.report(1, [], covers_on=iso(0))
    key = home.report(3, [], covers_on=iso(1))
    home.report(3, [], covers_on=iso(2), landed_at=at(3, 12))
    home.check(3)
    assert home.breaks() == []
    (late,) = home.breaks(with_closed=True)
    assert (late.classes[0], late.deliveries, late.closed_at) == ("late_file", [key], at(3, 11))


def test_the_same_bytes_on_two_days_are_two_files(home_with: Callable[..., Home]) -> None:
    """Two empty reports: the second is a repeat of an object, and the report of its own day."""
    home = scheduled(home_with)
    home.report(1, [], covers_on=iso(0), body="empty")
    home.report(2, [], covers_on=iso(1), body="empty", is_repeat=True, status="known")
    home.check(2)
    assert home.breaks(with_closed=True) == []


def test_a_number_that_a_higher_one_overtook_is_a_gap(home_with: Callable[..., Home]) -> None:
    """Numbers 3 and 4 are missing once 5 has come: one break for both."""
    home = scheduled(home_with, NUMBERED)
    for day, number in ((0, 1), (1, 2), (2, 5)):
        home.report(day, [], sequence=number)
    home.check(2, hour=12)
    assert home.breaks() == []
    home.check(2, hour=14)
    found = home.only()
    assert (found.control, found.classes[0]) == ("sequence_gap", "missing_file")
    assert "numbers 3 to 4" in found.explanation


def test_numbers_without_a_gap_are_silent(home_with: Callable[..., Home]) -> None:
    """Out of order within the grace, and complete."""
    home = scheduled(home_with, NUMBERED)
    for number, hour in ((7, 9), (9, 10), (8, 11)):
        home.report(0, [], sequence=number, landed_at=at(0, hour))
    home.check(2)
    assert home.breaks(with_closed=True) == []


def test_a_missing_report_absorbs_the_legs_it_would_have_settled(home_with: Callable[..., Home]) -> None:
    """One cause, one break: the file, with the dispute, its money and its merchant."""
    home = scheduled(home_with)
    home.delivery("ledger", at(0, 12), partner="house", covers_on=iso(-1))
    home.report(0, [], covers_on=iso(-1))
    home.payment("ch_dp_1")
    home.opened()
    home.confirmed(covers_on=iso(0))
    for day in (2, 3):
        home.delivery("ledger", at(day, 11), partner="house", covers_on=iso(day - 1))
        home.report(day, [], covers_on=iso(day - 1))
    home.answered()
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0], found.disputes) == ("missing_file", "missing_file", [ours("dp_1")])
    assert (found.amounts, found.merchant) == ({"USD": 5000}, "mer_1")
    assert "It also explains a leg that is not settled" in found.explanation


def test_a_missing_report_of_other_days_absorbs_nothing(home_with: Callable[..., Home]) -> None:
    """A gap a week before the leg cannot be its cause."""
    home = scheduled(home_with)
    home.report(-9, [], covers_on=iso(-10))
    for day in range(-7, 4):
        home.report(day, [], covers_on=iso(day - 1))
        home.delivery("ledger", at(day, 11), partner="house", covers_on=iso(day - 1))
    home.payment("ch_dp_1")
    home.opened()
    home.confirmed()
    home.answered()
    home.check(3)
    assert {b.control for b in home.breaks()} == {"missing_file", "leg_unsettled"}


def test_a_held_report_explains_that_it_is_missing(home_with: Callable[..., Home]) -> None:
    """Held is the cause; the schedule's and the leg's breaks are its symptoms."""
    home = scheduled(home_with)
    home.delivery("ledger", at(0, 12), partner="house", covers_on=iso(-1))
    home.report(0, [], covers_on=iso(-1))
    home.payment("ch_dp_1")
    home.opened()
    home.confirmed(covers_on=iso(0))
    home.report(1, [], status="held", findings=[TOTALS], covers_on=iso(0))
    for day in (2, 3):
        home.delivery("ledger", at(day, 11), partner="house", covers_on=iso(day - 1))
        home.report(day, [], covers_on=iso(day - 1))
    home.answered()
    home.check(3)
    found = home.only()
    assert (found.control, found.disputes) == ("held_delivery", [ours("dp_1")])
    assert "a file that has not come" in found.explanation


def test_forged_messages_of_a_day_are_one_break(home: Home) -> None:
    """Refused, kept and counted; among good ones it is a stranger, not a new key."""
    home.opened()
    keys = [home.delivery("webhook", at(0, hour), status="refused", name=f"forged_{hour}") for hour in (8, 11)]
    home.check(0)
    found = home.only()
    assert (found.control, found.classes[0], found.severity) == ("refused_signature", "forged", "ticket")
    assert found.deliveries == sorted(keys)


def test_refusals_alone_look_like_a_new_key(home: Home) -> None:
    """Everything refused and nothing accepted since: somebody is woken."""
    for hour in (8, 9, 10):
        home.delivery("webhook", at(0, hour), status="refused", name=f"refused_{hour}")
    home.check(0)
    assert (home.only().classes[0], home.only().severity) == ("key_rotated", "page")


def test_quarantined_records_are_one_break_per_delivery(home: Home) -> None:
    """The good rest went through; the bad ones are counted, with the first shown."""
    key = home.report(1, [], quarantined=[(7, BAD), (9, BAD)], records=40)
    home.check(1)
    found = home.only()
    assert (found.control, found.deliveries) == ("quarantined_records", [key])
    assert "2 records of 40" in found.explanation
    assert '"12,50"' in found.explanation


def test_a_file_of_nothing_but_bad_records_has_drifted(home: Home) -> None:
    """The partner writes otherwise than it did."""
    home.report(1, [], quarantined=[(n, BAD) for n in range(1, 41)], records=40)
    home.check(1)
    assert home.only().classes[0] == "format_drift"


def test_a_file_of_nothing_but_another_account_s_records_is_somebody_else_s(home: Home) -> None:
    """It is written as ever: only whom it is for is wrong."""
    foreign = Finding("sepa.foreign_account", "27.xml:31", "account ending in 7030", "the account of this delivery")
    home.report(1, [], quarantined=[(n, foreign) for n in range(1, 5)], records=4)
    home.check(1)
    assert home.only().classes[0] == "wrong_recipient"


def test_the_same_day_again_with_other_content_is_a_restatement(home_with: Callable[..., Home]) -> None:
    """A second report of one day, with one row more."""
    home = scheduled(home_with)
    home.report(1, [], covers_on=iso(0), name="report_v1.csv", records=10)
    home.report(1, [], covers_on=iso(0), name="report_v2.csv", records=11, landed_at=at(1, 13))
    home.check(1)
    found = home.only()
    assert (found.control, found.classes[0], len(found.deliveries)) == ("same_period_again", "restatement", 2)


def test_the_same_content_in_a_new_envelope_is_only_noted(home_with: Callable[..., Home]) -> None:
    """Nothing moved twice, so nobody is asked to do anything but tell the partner."""
    home = scheduled(home_with)
    home.report(1, [], covers_on=iso(0), name="report_v1.csv", records=10)
    home.report(1, [], covers_on=iso(0), name="again.csv", records=10, landed_at=at(1, 13))
    home.check(1)
    assert (home.only().classes[0], home.only().severity) == ("duplicate_rows", "note")


def test_two_pages_of_a_feed_without_schedule_are_silent(home: Home) -> None:
    """Pages of one day are no restatement of each other."""
    home.report(1, [], covers_on=iso(0), name="page_1")
    home.report(1, [], covers_on=iso(0), name="page_2", landed_at=at(1, 12))
    home.check(1)
    assert home.breaks() == []


def test_any_other_finding_of_a_reader_is_kept_in_sight(home: Home) -> None:
    """No finding is lost because no control was written for it."""
    odd = Finding("stripe.column_added", "payout_report.csv", 'column "extra"', "the columns of the layout", "warn")
    home.report(1, [], findings=[odd])
    home.check(1)
    assert (home.only().control, home.only().classes[0]) == ("data_finding", "format_drift")
