"""What the books would hold of an account if it was booked from the first, or from a day on: read, and never written.

An account in trial is folded and not booked. Whether it may go live is measured on the entries that its facts ask for,
and so is what its opening entry has to carry in.
"""

from collections import defaultdict
from collections.abc import Iterator

import msgspec
from sqlalchemy import select, union

from recoup.domain.partner_life import FROM_THE_FIRST, Balance
from recoup.intake import case, derivation, settling, taking
from recoup.intake.ground import Account, Ground
from recoup.ledger.entry import Wanted
from recoup.ledger.opening import CARRIED, Beginning, stated_accounts
from recoup.storage import schema
from recoup.storage.register import View

_AT_ONCE = 2_000


def entries(view: View, ground: Ground, account: Account, from_on: str | None = None) -> Iterator[Wanted]:
    """Every entry that the facts of an account ask for: from the first, or as its books would begin on a day.

    Args:
      view: One unchanging view of the register.
      ground: For everything else; the account in it is looked at as if it was booked.
      account: Whose facts.
      from_on: The ISO day on which its books would begin; None for all entries as they are.
    """
    beginning = None if from_on is None else Beginning(from_on, 0)
    booked = msgspec.structs.replace(account, books_from=from_on or FROM_THE_FIRST, beginning=beginning)
    accounts = {**ground.accounts, (account.partner, account.account): booked}
    as_if = msgspec.structs.replace(ground, accounts=accounts, new_accounts=[])
    disputes = _disputes(view, account)
    for start in range(0, len(disputes), _AT_ONCE):
        for known in case.load(view, disputes[start : start + _AT_ONCE], {}):
            yield from derivation.asked(known, as_if)
    yield from (w for w in settling.asked(view, _whole(view, account), as_if) if _concerns(w, account))


def _concerns(wanted: Wanted, account: Account) -> bool:
    """Whether an entry is the account's, or touches its balances: the bank's own closes its payouts."""
    owner = (account.partner, account.account)
    return owner == (wanted.partner, wanted.partner_account) or any(
        owner == (p.partner, p.partner_account) for p in wanted.postings
    )


def _disputes(view: View, account: Account) -> list[str]:
    o, line = schema.observation.c, schema.money_line.c
    told = select(o.dispute).where(o.partner == account.partner, o.account == account.account)
    moved = select(line.dispute).where(
        line.partner == account.partner, line.account == account.account, line.dispute.is_not(None)
    )
    return sorted(row[0] for row in view.rows(select(union(told, moved).subquery())))


def _whole(view: View, account: Account) -> taking.Touched:
    """The reports, lines and batches of one account; bank lines come with the payouts that they name."""
    whole = taking.everything(view)
    owner = (account.partner, account.account)
    t, line = schema.settlement_total.c, schema.money_line.c
    ours = {row[0] for row in view.rows(select(t.delivery).where(t.partner == owner[0], t.account == owner[1]))}
    lines = select(line.money_line).where(line.partner == owner[0], line.account == owner[1])
    return taking.Touched(
        batches={b for b in whole.batches if (b.partner, b.account) == owner},
        totalled=whole.totalled & ours,
        single_lines=whole.single_lines & {row[0] for row in view.rows(lines)},
    )


STATED = frozenset(stated_accounts())
"""Accounts that equal an outside statement: what our facts say of them is only what moved since the first fact."""


def carried(view: View, ground: Ground, account: Account, on: str) -> list[Balance]:
    """What our own facts carry into a day, by ledger account and currency; zeros left out."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries(view, ground, account, on):
        if entry.rule.startswith(CARRIED) and (entry.partner, entry.partner_account) == (
            account.partner,
            account.account,
        ):
            for p in entry.postings:
                if p.account == entry.rule.removeprefix(CARRIED):
                    sums[p.account, p.currency] += p.amount_minor
    return [Balance(*key, minor) for key, minor in sorted(sums.items()) if minor]


def moved(view: View, ground: Ground, account: Account, on: str) -> list[Balance]:
    """What our own facts moved before a day on accounts that equal an outside statement, by account and currency."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries(view, ground, account):
        for p in entry.postings:
            is_ours = (p.partner, p.partner_account) == (account.partner, account.account)
            if entry.effective_on < on and p.account in STATED and is_ours:
                sums[p.account, p.currency] += p.amount_minor
    return [Balance(*key, minor) for key, minor in sorted(sums.items()) if minor]
