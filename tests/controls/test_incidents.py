"""Breaks that came together are one incident, from the check that finds them until none of them is open."""

from recoup.app.break_work import Wanted, Work
from recoup.enquiry.incidents import IncidentRow, incidents
from tests.controls.home import Home, at


def listed(home: Home, day: int, id_: str | None = None, *, is_all: bool = False) -> list[IncidentRow]:
    with home.register.reading() as view:
        return incidents(view, at(day), id_=id_, is_all=is_all)


def unconfirmed(home: Home, *names: str) -> None:
    for name in names:
        home.payment(f"ch_{name}")
        home.opened(name)
        home.answered(name)


def test_breaks_of_one_kind_and_time_are_one_incident(home: Home) -> None:
    """With their money together, counted once each."""
    unconfirmed(home, "dp_1", "dp_2", "dp_3")
    home.check(6)
    found = listed(home, 6)
    breaks = home.breaks()
    assert 0 < len(found) < len(breaks)
    assert sorted(key for row in found for key in row.breaks) == sorted({key for row in found for key in row.breaks})
    assert sum(row.breaks_open for row in found) == len(breaks)
    for row in found:
        assert row.amounts or not row.disputes


def test_an_incident_is_as_loud_as_its_breaks_together(home: Home) -> None:
    """Many tickets of one cause may page, whatever each of them is alone."""
    names = [f"dp_{n}" for n in range(1, 4)]
    for name in names:
        home.payment(f"ch_{name}", minor=400_000)
        home.opened(name, minor=400_000)
        home.answered(name)
    home.check(6)
    assert {b.severity for b in home.breaks()} == {"ticket"}
    assert "page" in {row.severity for row in listed(home, 6)}
    assert "page" in {row.alerted_as for row in listed(home, 6)}


def test_it_ends_with_its_last_open_break_and_tells_what_happened(home: Home) -> None:
    """Known ones are nobody's incident any more; the timeline says who decided."""
    home.clean_story(without=["confirmed"])
    home.check(4)
    (row,) = listed(home, 4)
    Work(home.register, actor="mo", now=at(5), recorded_at=at(5)).decide(
        list(row.breaks), Wanted(verb="known", reason="agreed")
    )
    home.check(5)
    assert listed(home, 5) == []
    (over,) = listed(home, 5, is_all=True)
    assert (over.id, over.status, over.breaks_open) == (row.id, "closed", 0)
    (told,) = listed(home, 5, row.id[:12])
    assert [event.kind for event in told.timeline] == ["break", "alert", "decision", "end"]


def test_checking_again_changes_no_incident(home: Home) -> None:
    """Nobody is told twice."""
    home.clean_story(without=["confirmed"])
    home.check(4)
    before = listed(home, 4)
    home.check(5)
    assert [(row.id, row.alerted_at, row.breaks) for row in listed(home, 5)] == [
        (row.id, row.alerted_at, row.breaks) for row in before
    ]
