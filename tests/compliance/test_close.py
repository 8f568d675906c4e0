import pytest

from recoup.errors import UsageProblem
from tests.compliance.days import sealing
from tests.compliance.test_corrections import late_line
from tests.controls.home import Home, iso


def test_a_month_is_ready_when_every_day_is_sealed(home: Home) -> None:
    """Of every account, from the day on which it began."""
    home.clean_story()
    found = sealing(home, 39).month("2026-03")
    assert not found.is_ready
    stripe = next(row for row in found.accounts if row.partner == "stripe")
    assert (stripe.days, stripe.sealed, stripe.unsealed[0].covers_on) == (30, 0, iso(0))
    sealing(home, 39).seal_due()
    found = sealing(home, 39).month("2026-03")
    assert found.is_ready
    assert {row.sealed == row.days for row in found.accounts} == {True}


def test_a_correction_that_nobody_accepted_keeps_a_month_open(home: Home) -> None:
    """And is named."""
    home.clean_story()
    sealing(home, 39).seal_due()
    late_line(home, 39)
    [correction] = sealing(home, 40).correct()
    found = sealing(home, 40).month("2026-03")
    assert not found.is_ready
    assert [row.corrections for row in found.accounts if row.corrections] == [(correction.correction,)]
    sealing(home, 40).accept(correction.correction, "billed late")
    assert sealing(home, 40).month("2026-03").is_ready


def test_a_month_that_is_not_over_is_not_ready(home: Home) -> None:
    """Whatever is sealed of it."""
    home.clean_story()
    sealing(home, 20).seal_due()
    assert not sealing(home, 20).month("2026-03").is_ready


@pytest.mark.parametrize("text", ["March", "2026-13", "2026-3-1", ""])
def test_what_is_no_month_is_refused(home: Home, text: str) -> None:
    """With an example."""
    with pytest.raises(UsageProblem):
        sealing(home).month(text)
