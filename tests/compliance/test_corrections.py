import pytest
from sqlalchemy import select

from recoup.compliance.corrections import unaccepted
from recoup.errors import SealRefused
from recoup.storage import schema
from tests.compliance.days import hashes, sealing
from tests.controls.home import START, Home, at, ours


def sealed(home: Home, day: int = 20) -> None:
    """A told story with every day sealed that can be."""
    home.clean_story()
    assert sealing(home, day).seal_due()
    assert sealing(home, day).correct() == []


def late_line(home: Home, day: int = 21, **more: object) -> str:
    """A settled line of day 1 that is told after the day was sealed."""
    told = {"identity": "txn_late", "kind": "dispute_fee", "partner_dispute_id": "dp_1", "gross_minor": -300}
    line = {**told, "net_minor": -300, "fee_minor": 0, "batch": "po_9", "effective_on": "2026-03-03", **more}
    return home.report(day, [line], landed_at=at(day, 11))


def test_a_later_fact_is_exactly_one_correction_that_names_it(home: Home) -> None:
    """With the delivery that brought it, the entries it made, and by how much sums changed."""
    sealed(home)
    delivery = late_line(home)
    [correction] = sealing(home, 22).correct()
    assert (correction.partner, correction.covers_on) == ("stripe", "2026-03-03")
    assert correction.deliveries == (delivery,)
    assert correction.disputes == (ours("dp_1"),)
    assert [dict(amount) for amount in correction.amounts] == [{"currency": "USD", "minor": 300}]
    assert correction.reason.startswith("money lines 1 → 2, entries ")
    with home.register.reading() as view:
        days = {
            row[0]
            for row in view.rows(
                select(schema.entry.c.effective_on).where(schema.entry.c.entry.in_(correction.entries))
            )
        }
    assert days == {"2026-03-03"}
    assert sealing(home, 22).correct() == []
    assert sealing(home, 22).correct(is_whole=True) == []


def test_a_fact_of_an_open_day_corrects_nothing(home: Home) -> None:
    """Only sealed days are held to what they were."""
    sealed(home)
    late_line(home, effective_on="2026-03-20")
    assert sealing(home, 22).correct() == []


def test_the_same_file_again_corrects_nothing(home: Home) -> None:
    """It says nothing that was not said."""
    sealed(home)
    late_line(home)
    [correction] = sealing(home, 22).correct()
    sealing(home, 22).accept(correction.correction, "the partner billed late")
    late_line(home, 23)
    assert sealing(home, 24).correct(is_whole=True) == []


def test_a_correction_is_a_note_until_it_is_accepted(home: Home) -> None:
    """Accepting seals the day again, linked to the seal before; then the break closes."""
    sealed(home)
    late_line(home)
    [correction] = sealing(home, 22).correct()
    home.check(22)
    [found] = [b for b in home.breaks() if b.control == "sealed_day_changed"]
    assert (found.severity, found.classes[0]) == ("note", "late_fact")
    assert correction.correction in found.explanation
    first = sealing(home, 22).find(correction.correction)[0]
    again = sealing(home, 23).accept(correction.correction, "the partner billed late")
    assert (again.sequence, again.previous, again.correction) == (2, first.hash, correction.correction)
    assert (again.content, again.reason) == (correction.content, "the partner billed late")
    assert sealing(home, 23).broken() == []
    with home.register.reading() as view:
        assert unaccepted(view) == []
    home.check(23)
    assert [b for b in home.breaks() if b.control == "sealed_day_changed"] == []


def test_a_second_later_fact_is_a_second_correction(home: Home) -> None:
    """What was found before is not found again; the newest is the one to accept."""
    sealed(home)
    late_line(home)
    [first] = sealing(home, 22).correct()
    second_delivery = late_line(home, 23, identity="txn_later")
    [second] = sealing(home, 24).correct()
    assert second.deliveries == (second_delivery,)
    with pytest.raises(SealRefused, match="a day that has changed again"):
        sealing(home, 24).accept(first.correction, "seen")
    sealing(home, 24).accept(second.correction, "seen")
    with home.register.reading() as view:
        assert unaccepted(view) == []


def test_a_change_that_nothing_explains_wakes_somebody(home: Home) -> None:
    """Rows that were edited behind the program's back are found by looking at every sealed day again."""
    sealed(home)
    with home.register.transaction("test", "tamper", "line", START) as batch:
        [line] = batch.rows(select(schema.money_line).where(schema.money_line.c.kind == "dispute"))
        batch.update(schema.money_line, ["gross_minor"], [(line[0], line[1], -4000)])
    [correction] = sealing(home, 22).correct(is_whole=True)
    assert (correction.deliveries, correction.entries) == ((), ())
    assert correction.reason == "money lines say something else: nothing that was recorded since explains it"
    home.check(22)
    [found] = [b for b in home.breaks() if b.control == "sealed_day_changed"]
    assert (found.severity, found.classes[0]) == ("page", "books_broken")


def test_seals_and_corrections_change_nothing_that_is_derived(home: Home) -> None:
    """The facts of a day are the same before and after it is sealed."""
    home.clean_story()
    before = hashes(home)
    sealing(home).seal_due()
    assert hashes(home) == before
