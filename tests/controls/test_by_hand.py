"""What a person recorded, beside what the partner's next message says."""

from recoup.domain.observation import Said
from tests.controls.home import Home, at


def recorded(home: Home, day: int, move: str = "issuer_commented", **more: object) -> str:
    said = Said(partner_dispute_id="dp_1", form="event", occurred_at=at(day, 8), move=move, **more)  # type: ignore[arg-type]
    return home.delivery("manual", at(day, 8), said=[said], trust="given")


def controls(home: Home, day: int) -> list[str]:
    home.check(day)
    return [b.control for b in home.breaks() if b.control == "told_by_hand"]


def test_an_outcome_that_the_partner_tells_otherwise_is_a_break(home: Home) -> None:
    """With both deliveries, both words, and the class that says so."""
    home.clean_story()
    by_hand = recorded(home, 5, "lost")
    assert controls(home, 5) == []
    home.won(day=7)
    assert controls(home, 7) == ["told_by_hand"]
    (b,) = [b for b in home.breaks() if b.control == "told_by_hand"]
    assert by_hand in b.deliveries
    assert len(b.deliveries) == 2
    assert b.classes[0] == "told_otherwise"
    assert "recorded by hand as lost" in b.explanation
    assert "says won" in b.explanation


def test_what_the_partner_confirms_is_no_break(home: Home) -> None:
    """The next machine says the same."""
    home.clean_story()
    recorded(home, 5, "won")
    home.won(day=7)
    assert controls(home, 7) == []


def test_a_deadline_and_an_amount_are_compared_too(home: Home) -> None:
    """Each question by itself; what the partner said before is not held against the person."""
    home.opened()
    recorded(home, 1, due_at=at(9), due_state="said", amount_minor=4000, currency="USD")
    assert controls(home, 1) == []
    home.event("dp_1", "chargeback_opened", 2, due_at=at(20, 9), due_state="said")
    assert controls(home, 2) == ["told_by_hand", "told_by_hand"]


def test_the_last_that_was_recorded_counts(home: Home) -> None:
    """A person may mend what a person wrote."""
    home.clean_story()
    recorded(home, 5, "lost")
    recorded(home, 6, "won")
    home.won(day=7)
    assert controls(home, 7) == []
