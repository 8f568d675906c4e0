"""What a home of small facts is asked about its partner-days, as the program asks it."""

from recoup.app.sealing import Sealing
from recoup.compliance.content import contents
from recoup.enquiry.partner_day import DayProof, Which
from recoup.enquiry.partner_day_sides import Days, our_accounts
from tests.controls.home import PARTNERS, Home, at, iso

LAST = 40
"""Long after everything of a story was told and was due."""


def sealing(home: Home, day: int = LAST) -> Sealing:
    """What can be done with the days of a home on a day of its story; what is done is recorded then."""
    return Sealing(home.register, PARTNERS, actor="test", now=at(day, 12), recorded_at=at(day, 12))


def proofs(home: Home, day: int = LAST) -> list[DayProof]:
    """The proofs of all days of a story, as of one of them."""
    return sealing(home, day).prove(Which(iso(-30), iso(LAST)))


def hashes(home: Home, last: int = 12) -> dict[tuple[str, str, str], str]:
    """The hash of the facts of each day of each account."""
    with home.register.reading() as view:
        days = Days(iso(-2), iso(last))
        return {
            (account.partner, account.account, day): content.hash
            for account in our_accounts(view)
            for day, content in contents(view, account, days, sealing(home).books).items()
        }
