from collections.abc import Callable

import msgspec

from recoup.domain.findings import Finding
from tests.controls.home import ACCOUNT, DAILY, TERMS, Home, Seen, iso

SCHEDULED = msgspec.structs.replace(TERMS, schedules=(DAILY,))
_CUT = Finding("intake.control_total", "payout_report", "a sum that differs", "equal sums")
BATCH = f"stripe:{ACCOUNT}:po_2"


def paid_twice(home_with: Callable[..., Home]) -> Home:
    """One payout whose report was read, and another, on the first Thursday."""
    home = home_with(SCHEDULED)
    home.clean_story()
    home.paid("po_2", day=3, minor=10_000)
    home.banked("po_2", day=4, minor=10_000)
    for day in (0, 1, 2):
        home.report(day + 1, [], covers_on=iso(day), name=f"report_{day}.csv")
    return home


def of_stripe(home: Home) -> list[Seen]:
    """The open breaks, but for files of the house that nobody tells here."""
    return [b for b in home.breaks() if b.partner == "stripe"]


def explained(home: Home, control: str) -> dict[str, tuple[str, ...]]:
    """Which batches the only break of a control explains, by control."""
    (found,) = [b for b in of_stripe(home) if b.control == control]
    return {shown.control: shown.batches for shown in found.symptoms[1:]}


def test_a_payout_whose_report_is_past_due_is_explained_by_the_missing_file(home_with: Callable[..., Home]) -> None:
    """Its batch is kept with the file that should have told it."""
    home = paid_twice(home_with)
    home.check(3)
    assert of_stripe(home) == [], "within its time nothing is said"
    home.check(4)
    assert explained(home, "missing_file") == {"payout_unreported": (BATCH,)}
    assert len(of_stripe(home)) == 1


def test_a_payout_whose_report_is_held_is_explained_by_what_holds_it(home_with: Callable[..., Home]) -> None:
    """The file came, and nothing of it was applied."""
    home = paid_twice(home_with)
    home.report(4, [], covers_on=iso(3), status="held", findings=[_CUT], name="report_3.csv")
    home.check(4)
    assert explained(home, "held_delivery")["payout_unreported"] == (BATCH,)


def test_a_payout_whose_report_is_in_quarantine_whole_is_explained_by_that(home_with: Callable[..., Home]) -> None:
    """The file counts as come, and none of its records was accepted."""
    home = paid_twice(home_with)
    home.report(4, [], covers_on=iso(3), records=2, quarantined=[(1, _CUT), (2, _CUT)], name="report_3.csv")
    home.check(4)
    assert explained(home, "quarantined_records") == {"payout_unreported": (BATCH,)}


def test_a_payout_without_a_report_that_does_not_reach_the_bank_is_a_break_of_its_own(
    home_with: Callable[..., Home],
) -> None:
    """A missing report explains what a payout is made of, and not where the money is."""
    home = home_with(SCHEDULED)
    home.clean_story()
    home.paid("po_2", day=3, minor=10_000)
    home.check(12)
    assert {"payout_unbanked", "missing_file"} <= {b.control for b in home.breaks()}
