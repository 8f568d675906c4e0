"""The control on the books themselves: anything but zero means that the program is at fault, and somebody is woken.

What must hold stands in `recoup.ledger.checks`; here each breach becomes a symptom.
"""

from recoup.controls.moment import Moment
from recoup.controls.symptom import Symptom
from recoup.domain.findings import Finding
from recoup.ledger.checks import broken_books
from recoup.storage.register import View

OURSELVES = "house"


def ledger_invariant(view: View, moment: Moment) -> list[Symptom]:
    """Every breach of the ledger's laws: entries that do not balance, have no postings, or stand twice."""
    return [_broken(finding) for finding in broken_books(view)]


def _broken(finding: Finding) -> Symptom:
    return Symptom(
        control="ledger_invariant",
        kind="books",
        cause=f"{finding.check}:{finding.where}",
        classes=("books_broken",),
        partner=OURSELVES,
        is_page=True,
        seen=f"The books break a law at {finding.where}: {finding.found}",
        expected=f"Wanted was {finding.wanted}",
    )
