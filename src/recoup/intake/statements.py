"""Which statement books a day of a bank account, where several formats tell of it: no movement counts twice.

Banks name one movement differently in different formats, so that two statements of one account cannot be laid upon
each other line by line. A day of an account in a currency is booked as one feed tells it: the one that tells most
movements of it, and of several the most preferred (`Partner.books["banks"]`). Not simply the preferred one: some
formats notify of a few movements within the day that a statement in another format tells in full. What other feeds
tell of that day corroborates. So a bank may change its format from one day to the next, and the books follow.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import select

from recoup.domain.money_line import MoneyLine
from recoup.intake.ground import Ground
from recoup.intake.rows import Row, money_line_from
from recoup.intake.taking import BankDay
from recoup.storage import schema
from recoup.storage.register import View

_DELIVERY, _LINE = schema.delivery.c, schema.money_line.c
_DAYS_AT_ONCE = 500

Booking = dict[BankDay, str]
"""The feed that books each day which more than one may tell."""


def beside(view: View, days: Collection[BankDay], ground: Ground) -> list[MoneyLine]:
    """All lines of these days, of accounts of which several feeds tell: whose turn it is may have changed."""
    return [money_line_from(row) for row in _of_days(view, days, ground)]


def booking(view: View, lines: Iterable[MoneyLine], ground: Ground) -> Booking:
    """Say which feed books the days of these lines; a day that is not named is booked by the only feed there is."""
    days = {day_of(line) for line in lines}
    told: dict[BankDay, Counter[str]] = defaultdict(Counter)
    for row in _of_days(view, days, ground):
        line = money_line_from(row)
        told[day_of(line)][line.feed] += 1
    return {day: _booking(day, feeds, ground) for day, feeds in told.items()}


def _booking(day: BankDay, told: Mapping[str, int], ground: Ground) -> str:
    return min(told, key=lambda feed: (-told[feed], _rank(ground, day.partner, feed)))


def counted(lines: Iterable[MoneyLine], booked: Booking, ground: Ground) -> list[MoneyLine]:
    """The lines that count, each once: those of the feed that books their day, as the most preferred tells them."""
    best: dict[str, tuple[int, MoneyLine]] = {}
    for line in lines:
        if booked.get(day_of(line), line.feed) != line.feed:
            continue
        rank = _rank(ground, line.partner, line.feed)
        if line.id not in best or rank < best[line.id][0]:
            best[line.id] = (rank, line)
    return [best[key][1] for key in sorted(best)]


def day_of(line: MoneyLine) -> BankDay:
    """The day that a line of a statement is booked on."""
    return BankDay(line.partner, line.account, line.currency, line.effective_on)


def _of_days(view: View, days: Collection[BankDay], ground: Ground) -> Iterator[Row]:
    accounts: dict[tuple[str, str], list[BankDay]] = defaultdict(list)
    for day in days:
        accounts[day.partner, day.account].append(day)
    for (partner, account), told in sorted(accounts.items()):
        if len(_feeds(view, partner, account, ground)) > 1:
            yield from _lines(view, partner, account, set(told))


def _feeds(view: View, partner: str, account: str, ground: Ground) -> set[str]:
    of_account = (_DELIVERY.partner == partner, _DELIVERY.account == account, _DELIVERY.status == "read")
    statement = select(_DELIVERY.feed).where(*of_account).distinct()
    return {row[0] for row in view.rows(statement)} & set(ground.partner(partner).books.get("banks", ()))


def _lines(view: View, partner: str, account: str, days: set[BankDay]) -> Iterator[Row]:
    ordered = sorted({day.on for day in days})
    for start in range(0, len(ordered), _DAYS_AT_ONCE):
        some = _LINE.effective_on.in_(ordered[start : start + _DAYS_AT_ONCE])
        ours = (_LINE.partner == partner, _LINE.account == account, _LINE.kind == "bank")
        for row in view.rows(select(schema.money_line).where(some, *ours)):
            if BankDay(partner, account, row[17], row[21]) in days:
                yield row


def _rank(ground: Ground, partner: str, feed: str) -> int:
    feeds = ground.partner(partner).books.get("banks", ())
    return feeds.index(feed) if feed in feeds else len(feeds)
