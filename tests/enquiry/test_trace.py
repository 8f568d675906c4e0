import pytest

from recoup.enquiry.trace import trace
from recoup.errors import DisputeAmbiguous, DisputeNotFound
from recoup.storage.register import View
from tests.fakes.small_home import CREATED, DUE, EVENT, NOW, REPORTED, WON, open_bytes


@pytest.mark.parametrize("reference", [WON, "dp_won", "ch_1", WON[:12]])
def test_a_dispute_answers_to_every_name_it_has(view: View, reference: str) -> None:
    """Our id or its beginning, the partner's id, the payment's reference."""
    assert trace(view, reference, NOW, open_bytes).dispute.id == WON


def test_several_answers_are_listed(view: View) -> None:
    """The notice and the dispute of one payment both answer, so both are named."""
    with pytest.raises(DisputeAmbiguous, match=r"2 disputes: .*dp_due.*issfr_1|2 disputes: .*issfr_1.*dp_due"):
        trace(view, "ch_2", NOW, open_bytes)


def test_no_answer_says_what_would_be_one(view: View) -> None:
    """The message leads to the list."""
    with pytest.raises(DisputeNotFound, match="recoup disputes"):
        trace(view, "dp_none", NOW, open_bytes)


def test_the_story_goes_from_bytes_to_postings_in_the_order_we_knew_it(view: View) -> None:
    """What follows from something never stands before it."""
    told = trace(view, WON, NOW, open_bytes).timeline
    assert [moment.at for moment in told] == sorted(moment.at for moment in told)
    first = [moment.kind for moment in told if moment.at == told[0].at]
    assert first == ["delivery", "observation", "version", "entry", "expectation"]
    kinds = {moment.kind for moment in told}
    assert kinds == {
        "delivery",
        "observation",
        "version",
        "money_line",
        "house_line",
        "entry",
        "expectation",
        "finding",
    }


def test_an_expectation_stands_behind_what_it_follows_from(view: View) -> None:
    """Its days begin at midnight; we knew of it with the entry that opened its leg, and closed it no earlier."""
    told = trace(view, WON, NOW, open_bytes).timeline
    expected = [at for at, moment in enumerate(told) if moment.kind == "expectation"]
    opens = [at for at in expected if told[at].text.startswith("expects leg_settled d1")]
    booked = [at for at, moment in enumerate(told) if any(p.leg == "d1" for p in moment.postings)]
    assert opens
    assert min(opens) > min(booked)
    assert all(told[at].at >= told[0].at and at > 0 for at in expected)


def test_each_field_of_a_message_is_found_in_its_bytes(view: View) -> None:
    """From a canonical value to the byte of the partner's message it was read from."""
    [told] = [
        m
        for m in trace(view, WON, NOW, open_bytes).timeline
        if m.kind == "observation" and m.delivery == CREATED["delivery"]
    ]
    places = {spot.field: (spot.path, spot.byte) for spot in told.fields}
    assert places["amount_minor"] == ("$.data.object.amount", EVENT.index(b"5000") + 1)
    assert places["due_at"][0] == "$.data.object.evidence_details.due_by"
    assert places["reason_code"][0] == "$.data.object.reason"


def test_each_field_of_a_report_is_found_in_its_line(view: View) -> None:
    """Column and line, and minor units found where major ones were written."""
    lines = [
        m
        for m in trace(view, WON, NOW, open_bytes).timeline
        if m.kind == "money_line" and m.delivery == REPORTED["delivery"]
    ]
    places = {spot.field: (spot.path, spot.line) for spot in lines[0].fields}
    assert places["net_minor"] == ("net", 3)
    assert places["fee_minor"] == ("fee", 3)


def test_words_say_what_changed(view: View) -> None:
    """A version names what is other than before; a break names itself."""
    told = trace(view, WON, NOW, open_bytes).timeline
    [change] = [m for m in told if m.kind == "version" and "changes" in m.text]
    assert "outcome none → won" in change.text
    assert any("The payout report" in m.text for m in trace(view, DUE, NOW, open_bytes).timeline if m.kind == "break")
