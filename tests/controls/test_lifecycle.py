from recoup.domain.findings import Finding
from recoup.domain.legs import Told
from recoup.domain.observation import Said
from tests.controls.home import Home, at, ours


def test_an_old_state_after_a_final_one_is_a_regression(home: Home) -> None:
    """Refused by the fold, and asked about."""
    home.clean_story()
    home.event("dp_1", "lost", 6)
    home.event("dp_1", "inquiry_opened", 7)
    home.check(8)
    found = home.only()
    assert (found.control, found.classes[0], found.disputes) == ("illegal_move", "status_regression", [ours("dp_1")])
    assert (found.feed, found.partner) == ("webhook", "stripe")


def test_a_jump_over_a_stage_is_one_too(home: Home) -> None:
    """A second chargeback without a first: taken, with a break."""
    home.payment("ch_dp_1")
    home.event("dp_1", "second_chargeback", 0, legs=(Told("debit", 2, 5000, "USD"),), opened_at=at(0))
    home.check(1)
    assert ("illegal_move", "stage_jump") in {(b.control, b.classes[0]) for b in home.breaks()}


def test_one_id_with_two_contents_is_one_break(home: Home) -> None:
    """The earliest counts, both are kept."""
    home.clean_story()
    home.opened(landed_at=at(2, 9), minor=5000, reason_code="fraudulent")
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0], found.disputes) == (
        "same_id_other_content",
        "same_id_other_body",
        [ours("dp_1")],
    )


def test_the_same_message_twice_is_silent(home: Home) -> None:
    """A retry with the same id and content."""
    home.clean_story()
    home.opened(landed_at=at(2, 9))
    home.check(3)
    assert home.breaks() == []


def test_an_end_without_an_outcome_is_never_won_or_lost(home: Home) -> None:
    """The partner closed it and did not say how."""
    home.clean_story()
    home.event("dp_1", "closed_unknown", 6, partner_status="closed")
    home.check(8)
    found = home.only()
    assert (found.control, found.classes[0], found.amounts) == ("outcome_missing", "outcome_missing", {"USD": 5000})


def test_a_notice_that_nothing_follows_is_past_due(home: Home) -> None:
    """Five banking days after Monday is the next Monday."""
    home.payment("ch_dp_1")
    home.event("dp_1", "chargeback_announced", 0, due_at=at(25), due_state="said", opened_at=at(0))
    home.check(7)
    assert home.breaks() == []
    home.check(8)
    found = home.only()
    assert (found.control, found.classes[0], found.amounts) == ("notice_without_end", "lost_event", {"USD": 5000})


def test_a_notice_that_ends_without_a_chargeback_is_silent(home: Home) -> None:
    """An end is as good as the chargeback."""
    home.payment("ch_dp_1")
    home.event("dp_1", "chargeback_announced", 0, due_at=at(25), due_state="said", opened_at=at(0))
    home.event("dp_1", "withdrawn", 3)
    home.check(9)
    assert home.breaks(with_closed=True) == []


def test_an_outcome_that_only_a_page_shows_is_a_lost_message(home: Home) -> None:
    """The message was lost: the page knows the end, and no message told it."""
    home.clean_story()
    page = home.event("dp_1", "lost", 6, feed="disputes")
    home.check(6, hour=10)
    assert home.breaks() == []
    home.check(6, hour=11)
    found = home.only()
    assert (found.control, found.classes[0]) == ("lost_event", "lost_event")
    assert (found.disputes, found.deliveries, found.feed) == ([ours("dp_1")], [page], "webhook")
    assert found.severity == "note", "the page made it good"


def test_a_page_of_every_day_shows_one_lost_message(home: Home) -> None:
    """The day on which it was shown first names the cause."""
    home.clean_story()
    for day in (6, 7, 8):
        home.event("dp_1", "lost", day, feed="disputes")
        home.check(day)
    assert (home.only().control, home.only().first_seen_at) == ("lost_event", at(6, 23))


def test_a_debit_that_only_a_report_announces_is_a_lost_message(home: Home) -> None:
    """The notice was told, and the chargeback itself, with its debit, was not."""
    home.payment("ch_dp_1")
    home.event("dp_1", "chargeback_announced", 0, due_at=at(25), due_state="said", opened_at=at(0))
    home.event("dp_1", "chargeback_opened", 1, feed="disputes", legs=(Told("debit", 1, 5000, "USD"),))
    home.check(1)
    assert (home.only().control, home.only().disputes) == ("lost_event", [ours("dp_1")])


def test_a_message_after_the_page_closes_the_break(home: Home) -> None:
    """A retry that comes at last."""
    home.clean_story()
    home.event("dp_1", "lost", 6, feed="disputes")
    home.check(6, hour=12)
    home.event("dp_1", "lost", 6, landed_at=at(7))
    home.check(7)
    assert home.breaks() == []


def test_pages_of_disputes_from_before_the_first_message_are_silent(home: Home) -> None:
    """What was there before we listened is not lost."""
    home.opened("dp_2", day=0)
    home.payment("ch_dp_1")
    home.payment("ch_dp_2")
    home.event("dp_1", "lost", 1, feed="disputes", opened_at=at(-30))
    home.check(1)
    assert "lost_event" not in {b.control for b in home.breaks()}


def test_a_page_that_shows_what_messages_told_is_silent(home: Home) -> None:
    """The same stage under another step: nothing is lost by it."""
    home.clean_story()
    home.event("dp_1", "chargeback_opened", 4, feed="disputes")
    home.check(5)
    assert home.breaks() == []


def test_messages_lost_on_one_day_are_one_break(home: Home) -> None:
    """An outage of ours loses many at once."""
    for name in ("dp_1", "dp_2"):
        home.payment(f"ch_{name}")
        home.opened(name)
        home.settled(name)
        home.confirmed(name)
        home.confirmed(name, kind="dispute_fee", minor=-1500)
        home.answered(name)
        home.event(name, "lost", 6, feed="disputes")
    home.check(7)
    assert home.only().disputes == sorted([ours("dp_1"), ours("dp_2")])


def test_an_unknown_status_is_one_break_for_all_its_disputes(home: Home) -> None:
    """One word, two disputes, one question to the partner."""
    for name in ("dp_1", "dp_2"):
        home.payment(f"ch_{name}")
        home.event(name, "unknown", 0, partner_status="under_reconsideration", opened_at=at(0))
    home.check(0)
    found = home.only()
    assert (found.control, found.classes[0]) == ("unknown_word", "unknown_status")
    assert found.disputes == sorted([ours("dp_1"), ours("dp_2")])
    assert '"under_reconsideration"' in found.explanation


def test_a_word_names_the_disputes_whose_records_say_it(home: Home) -> None:
    """The reader's finding knows only the delivery; the observation knows the dispute."""
    word = Finding("codes.unknown", "evt_1", '"10.9"', "a word of the vocabulary reason codes of visa", "warn")
    said = Said("dp_1", "event", at(3), "chargeback_opened", record_id="evt_9", reason_code="10.9")
    home.clean_story()
    home.delivery("webhook", at(3), said=[said], findings=[word])
    home.check(3)
    assert (home.only().classes[0], home.only().disputes) == ("unknown_reason", [ours("dp_1")])


def test_a_closing_without_a_status_is_an_outcome_that_is_missing(home: Home) -> None:
    """One break about the end, none about the word that is not there."""
    none = Finding("codes.unknown", "evt_1", "nothing", "a word of the vocabulary status", "warn")
    said = Said("dp_1", "event", at(6), "closed_unknown", record_id="evt_8")
    page = Said("dp_1", "snapshot", at(6, 12), "unknown")
    home.clean_story()
    home.delivery("webhook", at(6), said=[said])
    home.delivery("disputes", at(6, 12), said=[page], findings=[none], trust="fetched")
    home.check(8)
    assert home.only().control == "outcome_missing"


def test_an_unknown_reason_is_told_by_its_finding(home: Home) -> None:
    """The record is taken, the word is asked about."""
    word = Finding("stripe.unknown_reason", "evt_1", '"because"', "a reason of the vocabulary", "warn")
    home.clean_story()
    key = home.delivery("webhook", at(3), findings=[word], name="evt_1")
    home.check(3)
    found = home.only()
    assert (found.control, found.classes[0], found.deliveries) == ("unknown_word", "unknown_reason", [key])
