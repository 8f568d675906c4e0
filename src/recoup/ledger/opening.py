"""How books begin in the middle of a life: what was before a day is carried in as balances, what comes after is booked.

An account that was in trial has facts from before its books begin. Those are not booked one by one: what they leave on
clearing accounts, leg by leg and batch by batch, is carried in on the first day, so that what settles later finds the
leg it settles, and nothing is booked twice. `opening_clearing` sets against it what a person agreed with the partner's
statement; it returns to zero where both say the same. Profit and loss of before stays before. Everything is derived
from the facts and the dated decision, so that a late fact of before changes what is carried, and shows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from recoup.domain.money_line import DISPUTE_KINDS, MoneyLine
from recoup.domain.partner_life import Balance
from recoup.ledger.accounts import chart
from recoup.ledger.entry import Posting, Wanted
from recoup.ledger.facts import Total
from recoup.ledger.journal import Journal
from recoup.ledger.posting_rules import Chain, Filling, Preset, rule_names

CARRIED = "carried_"
"""How the rules begin that carry a balance in; the rest of the name is the account's."""
_OWN = "opening_"
"""How the rules begin that take a balance from the statement as it is."""
_BY_BATCH = ("settlement_clearing", "payout_clearing")


class Beginning(msgspec.Struct, frozen=True):
    """From which day on the facts of an account are booked, and since when that is known."""

    on: str
    known_at: int
    ruling: str | None = None
    """That agreed the balances of before."""
    balances: tuple[Balance, ...] = ()
    agreed_at: int = 0
    """Since when those are known."""


class Books(msgspec.Struct, frozen=True):
    """Whose books begin: what every entry of one account has in common."""

    book: str
    preset: Preset
    chain: Chain
    partner: str
    account: str

    def journal(self, dispute: str | None = None) -> Journal:
        """An empty journal of these books."""
        return Journal(
            book=self.book,
            preset=self.preset,
            chain=self.chain,
            partner=self.partner,
            account=self.account,
            dispute=dispute,
        )


def carried_accounts() -> tuple[str, ...]:
    """The accounts whose balances our own facts carry in."""
    return tuple(name for name in chart() if CARRIED + name in rule_names())


def stated_accounts() -> tuple[str, ...]:
    """The accounts that equal an outside statement: their opening is what the statement says."""
    return tuple(name for name in chart() if _OWN + name in rule_names())


def begun(wanted: Sequence[Wanted], beginning: Beginning, books: Books) -> tuple[Wanted, ...]:
    """What of these entries is booked, where books begin on a day: later ones as they are, earlier ones as balances.

    Args:
      wanted: All entries that the facts of one dispute, or of any number of other subjects, ask for.
      beginning: The first day that is booked.
      books: Of the account.
    """
    since = beginning.known_at
    after = [
        w if w.known_at >= since else msgspec.structs.replace(w, known_at=since)
        for w in wanted
        if w.effective_on >= beginning.on
    ]
    before: dict[tuple[str | None, str | None], list[Wanted]] = defaultdict(list)
    for w in wanted:
        if w.effective_on < beginning.on:
            before[w.dispute, w.subject].append(w)
    carried = [c for key, told in before.items() for c in _carried(*key, told, beginning, books)]
    return (*after, *carried)


_Key = tuple[str, str | None, str | None, str | None, str | None, str]
"""Account, sort, merchant, leg, batch and currency of what is carried."""


def _carried(
    dispute: str | None, subject: str | None, told: Iterable[Wanted], beginning: Beginning, books: Books
) -> list[Wanted]:
    """Balances that are kept by leg or line, and those of batches nobody named; batches have many writers."""
    accounts = frozenset(carried_accounts())
    sums: dict[_Key, int] = defaultdict(int)
    known_at = beginning.known_at
    for entry in told:
        known_at = max(known_at, entry.known_at)
        for p in entry.postings:
            if p.account in accounts and not (p.account in _BY_BATCH and p.batch):
                sums[_key(p)] += p.amount_minor
    journal = books.journal(dispute)
    for key, minor in sorted(sums.items(), key=lambda item: tuple(part or "" for part in item[0])):
        _carry(journal, key, minor, Since(beginning.on, known_at), subject)
    return journal.entries


class Since(msgspec.Struct, frozen=True):
    """The day that an entry is effective on, and since when it is known."""

    effective_on: str
    known_at: int


def _key(p: Posting) -> _Key:
    return p.account, p.sort, p.merchant, p.leg, p.batch, p.currency


def _carry(journal: Journal, key: _Key, minor: int, since: Since, subject: str | None) -> None:
    account, sort, merchant, leg, batch, currency = key
    filling = _filling(journal, account, currency, merchant=merchant, leg=leg)
    filling.batch = filling.payout = filling.line = batch
    filling.kind = sort
    about = " ".join((account, leg or "-", currency, merchant or "-", batch or "-"))
    rule, amounts = CARRIED + account, {"amount": minor}
    journal.write(
        rule, about, since.effective_on, since.known_at, amounts, filling, event="carried_in", subject=subject
    )


def _filling(
    journal: Journal, account: str, currency: str, *, merchant: str | None = None, leg: str | None = None
) -> Filling:
    filling = journal.filling(currency, merchant=merchant, leg=leg)
    filling.account = account
    return filling


def batch_subject(books: Books, batch: str) -> str:
    """What entries that carry one batch in are about."""
    return f"batch:{books.partner}:{books.account}:{batch}"


def carried_batch(
    batch: str,
    lines: Sequence[MoneyLine],
    totals: Sequence[Total],
    bank: Sequence[MoneyLine],
    beginning: Beginning,
    books: Books,
) -> tuple[Wanted, ...]:
    """What one batch carries in: reported before the day and not paid out, or paid out and not at the bank.

    Args:
      batch: Payout id or batch number.
      lines: Its lines that are booked one by one, payouts among them, each movement once.
      totals: The rest of its reports.
      bank: Lines of the bank that name one of its payouts, each once.
      beginning: The first day that is booked.
      books: Of the account.
    """
    sums: dict[tuple[str, str], int] = defaultdict(int)
    known_at = beginning.known_at
    movements: tuple[MoneyLine | Total, ...] = (*lines, *totals, *bank)
    for told in movements:
        if told.effective_on < beginning.on:
            known_at = max(known_at, told.landed_at)
            for account, minor in _moved(told):
                sums[account, told.currency] += minor
    journal = books.journal()
    for (account, currency), minor in sorted(sums.items()):
        key = (account, None, None, None, batch, currency)
        _carry(journal, key, minor, Since(beginning.on, known_at), batch_subject(books, batch))
    return tuple(journal.entries)


def _moved(told: MoneyLine | Total) -> list[tuple[str, int]]:
    """What a movement puts on settlement_clearing and payout_clearing, as the posting rules do; debit positive."""
    if isinstance(told, Total) or told.kind in DISPUTE_KINDS:
        return [("settlement_clearing", told.net_minor)]
    if told.kind == "bank":
        return [("payout_clearing", -told.net_minor)]
    if told.kind in ("payout", "payout_failure"):
        return [("settlement_clearing", told.net_minor), ("payout_clearing", -told.gross_minor)]
    return [("settlement_clearing", told.net_minor)]


def agreed_entries(beginning: Beginning, books: Books) -> tuple[Wanted, ...]:
    """What was agreed with the partner's statement, one entry per account and currency; none where nothing was."""
    journal = books.journal()
    for told in beginning.balances:
        filling = _filling(journal, told.account, told.currency)
        filling.kind = told.account
        own = _OWN + told.account
        rule = own if own in rule_names() else "opening_agreed"
        about, amounts = f"{told.account} {told.currency}", {"amount": told.amount_minor}
        journal.write(
            rule,
            about,
            beginning.on,
            max(beginning.known_at, beginning.agreed_at),
            amounts,
            filling,
            event="opened_with",
            subject=beginning.ruling,
        )
    return tuple(journal.entries)
