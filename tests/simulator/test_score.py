"""What counts as found, as explained, as collateral and as a false alarm."""

import msgspec
import pytest

from recoup.domain.instants import DAY, MINUTE, parse_instant
from recoup.simulator.affected import Affected, MoneyMet
from recoup.simulator.fault import Label, Money
from recoup.simulator.score import Seen, Truth, World, score, stops

SHOWN = "2026-02-10T10:00:00.000000Z"
AT = parse_instant(SHOWN)
WORLD = World(5, 26, 40, 350, "2026-02-02", ["stripe", "adyen"])
MONEY = Label(
    fault="Q6",
    asked="Q6@3",
    title="a dispute is won and the money does not come",
    class_="R",
    cause="not_credited",
    is_harmless=False,
    is_silent=False,
    partner="stripe",
    feed="payout_report",
    deliveries=["stripe/webhook/evt_1.http"],
    disputes=["du_1"],
    amounts=[],
    first_visible_at=SHOWN,
    lost=[],
)
FILE = msgspec.structs.replace(
    MONEY, fault="F1", cause="missing_file", deliveries=[], disputes=[], lost=["stripe/payout_report/a.csv"]
)
BREAK = Seen(
    control="credit_after_win",
    classes=("not_credited", "lost_event"),
    partner="stripe",
    feed="payout_report",
    deliveries=frozenset(),
    disputes=frozenset({"du_1"}),
    first_seen_at=AT + 5 * MINUTE,
    is_open=True,
)


def truth(*labels: Label) -> Truth:
    """A truth with these faults."""
    return Truth(WORLD, "2026-02-28T00:00:00.000000Z", list(labels))


def changed(seen: Seen, **fields: object) -> Seen:
    return msgspec.structs.replace(seen, **fields)


def test_a_break_about_the_dispute_that_names_the_cause_is_the_finding() -> None:
    """Partner, feed, dispute and class are right, five minutes after it could be seen."""
    found = score(truth(MONEY), [BREAK])
    (row,) = found.per_fault
    assert (found.found, found.missed, found.false_alarms, found.collateral) == (1, 0, 0, 0)
    assert (row.verdict, row.class_place, row.is_feed_right, row.latency_minutes) == ("found", 1, True, 5)
    assert (row.disputes_found, row.disputes_true, row.disputes_more) == (1, 1, 0)
    assert found.class_top1_pct == 100.0


def test_no_break_is_a_miss_and_says_how_to_see_it_again() -> None:
    """The command line makes the same world with this fault alone, where it was."""
    (row,) = score(truth(MONEY), []).per_fault
    assert row.verdict == "missed"
    assert row.replay == (
        "recoup simulate --seed 5 --days 26 --payments 40 --disputes 350 --first-day 2026-02-02"
        " --partners stripe,adyen --faults Q6@3 --out replay-Q6-5 && recoup score replay-Q6-5"
    )


def test_a_break_that_closed_while_the_fault_lasts_finds_nothing() -> None:
    """The money is still not there; for a fault that heals a passing break is right."""
    passing = changed(BREAK, is_open=False)
    assert score(truth(MONEY), [passing]).missed == 1
    assert score(truth(msgspec.structs.replace(MONEY, is_harmless=True)), [passing]).found == 1


def test_the_break_of_another_partner_is_no_finding() -> None:
    """It is about the dispute, but points at somebody else."""
    found = score(truth(MONEY), [changed(BREAK, partner="adyen")])
    assert (found.missed, found.collateral, found.false_alarms) == (1, 1, 0)


@pytest.mark.parametrize(("classes", "first", "three"), [(("a", "not_credited"), 0.0, 100.0), (("a", "b"), 0.0, 0.0)])
def test_a_cause_that_is_not_named_first_counts_against_the_explanation(
    classes: tuple[str, ...], first: float, three: float
) -> None:
    """Found it is all the same, and the matrix says what it was taken for."""
    found = score(truth(MONEY), [changed(BREAK, classes=classes)])
    assert (found.found, found.class_top1_pct, found.class_top3_pct) == (1, first, three)
    assert [(cell.cause, cell.said, cell.count) for cell in found.confusion] == [("not_credited", "a", 1)]


def test_of_several_breaks_the_one_that_names_the_cause_counts() -> None:
    """The other is collateral, though it came earlier."""
    other = changed(BREAK, control="leg_residue", classes=("rounding",), first_seen_at=AT)
    found = score(truth(MONEY), [other, BREAK])
    assert found.per_fault[0].control == "credit_after_win"
    assert found.collateral == 1


def test_a_break_that_belongs_to_nothing_is_a_false_alarm() -> None:
    """Also where the fault's own feed told it, of another dispute."""
    found = score(truth(MONEY), [BREAK, changed(BREAK, disputes=frozenset({"du_2"}))])
    assert found.false_alarms == 1
    assert found.alarms[0].disputes == ("du_2",)


def test_what_never_came_is_found_on_its_feed() -> None:
    """There is no delivery that a break could name."""
    missing = changed(BREAK, control="missing_file", classes=("missing_file",), disputes=frozenset({"du_9"}))
    assert score(truth(FILE), [missing]).found == 1
    assert score(truth(FILE), [changed(missing, feed="webhook")]).false_alarms == 1


def test_what_a_sound_platform_takes_without_a_word_is_absorbed() -> None:
    """A break about it is wrong, then."""
    silent = msgspec.structs.replace(MONEY, is_harmless=True, is_silent=True)
    assert score(truth(silent), []).absorbed == 1
    assert score(truth(silent), [BREAK]).missed == 1


def test_a_score_without_faults_counts_false_alarms_alone() -> None:
    """There is no share of nothing."""
    found = score(truth(), [BREAK])
    assert (found.false_alarms, found.class_top1_pct, found.class_top3_pct) == (1, None, None)


def test_checks_stand_at_the_end_of_days_and_after_each_fault() -> None:
    """None after the end, and the end itself always."""
    until = parse_instant("2026-02-28T00:00:00.000000Z")
    late = msgspec.structs.replace(MONEY, first_visible_at="2026-03-02T00:00:00.000000Z")
    assert stops(truth(MONEY, late), [until - DAY, until + DAY]) == [AT + 5 * MINUTE, until - DAY, until]


def test_a_break_that_stays_open_when_its_fault_has_healed_finds_nothing() -> None:
    """Somebody would still look for what is over."""
    heals = msgspec.structs.replace(MONEY, is_harmless=True)
    found = score(truth(heals), [BREAK])
    assert (found.missed, found.per_fault[0].ends) == (1, "open")


@pytest.mark.parametrize(
    ("class_", "minutes", "in_time"), [("D", 5, True), ("D", 6, False), ("R", 60, True), ("R", 61, False)]
)
def test_minutes_are_given_to_what_is_sure_and_an_hour_to_what_money_shows(
    class_: str, minutes: int, in_time: bool
) -> None:
    """From the first instant at which the data showed it."""
    fault = msgspec.structs.replace(MONEY, class_=class_)
    found = score(truth(fault), [changed(BREAK, first_seen_at=AT + minutes * MINUTE)])
    assert (found.per_fault[0].is_in_time, found.in_time_pct) == (in_time, 100.0 if in_time else 0.0)


def test_what_was_hit_is_compared_with_what_the_break_names() -> None:
    """Two disputes were hit, one of them is named, and one that was not."""
    two = msgspec.structs.replace(MONEY, disputes=["du_1", "du_2"])
    found = score(truth(two), [changed(BREAK, disputes=frozenset({"du_1", "du_3"}))])
    assert found.affected == Affected(true=2, found=1, more=1)
    assert (found.affected_precision_pct, found.affected_recall_pct) == (50.0, 50.0)


def test_of_a_fault_of_files_the_deliveries_are_compared() -> None:
    """Which disputes stand in them is another question."""
    file = msgspec.structs.replace(MONEY, about="deliveries", disputes=["du_8", "du_9"])
    found = score(truth(file), [changed(BREAK, disputes=frozenset(), deliveries=frozenset({"evt_1.http"}))])
    assert found.affected == Affected(true=1, found=1, more=0)


def test_money_is_compared_by_currency_and_fault() -> None:
    """What one break says too much does not stand for what another leaves out."""
    one = msgspec.structs.replace(MONEY, amounts=[Money("USD", 100)])
    other = msgspec.structs.replace(MONEY, disputes=["du_2"], deliveries=["b.csv"], amounts=[Money("USD", 100)])
    more = changed(BREAK, amounts=(Money("USD", 150),))
    less = changed(BREAK, disputes=frozenset({"du_2"}), amounts=(Money("USD", 50), Money("EUR", 7)))
    found = score(truth(one, other), [more, less])
    assert found.money == [MoneyMet("EUR", 0, 7, 0), MoneyMet("USD", 200, 200, 150)]
    assert (found.money[1].precision_pct, found.money[1].recall_pct) == (75.0, 75.0)


def test_only_a_fault_that_leaves_nothing_behind_has_a_twin() -> None:
    """A lost message that a page makes good leaves the page's time, and not the message's."""
    leaves_nothing = msgspec.structs.replace(MONEY, has_twin=True)
    assert truth(leaves_nothing).has_twin
    assert not truth(leaves_nothing, MONEY).has_twin
    assert score(truth(leaves_nothing), [BREAK], twin="differs").twins_differ == 1
    assert score(truth(MONEY), [BREAK], twin="same").twins_same == 0
