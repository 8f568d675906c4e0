"""The book of everything that is about no dispute: the rest of a report, payouts, the bank, and what nobody explained.

Each total, payout and bank line is one fact and one entry, and its subject is
the report or the line itself: so any of them can be booked again alone. Other
lines are booked net, fees and all, in total per report, batch, kind and
currency: their contra is the report, which is not ours to split.
"""

from collections.abc import Iterable

from recoup.domain.money_line import MoneyLine
from recoup.ledger.entry import Wanted
from recoup.ledger.facts import BankLine, BatchFacts, Total
from recoup.ledger.journal import Journal
from recoup.ledger.posting_rules import rule_of_kind


def wanted_for_batch(facts: BatchFacts) -> tuple[Wanted, ...]:
    """Every entry that totals, payouts, lumps and bank lines of one account ask for, each fact once."""
    journal = Journal(
        book=facts.book, preset=facts.preset, chain=facts.chain, partner=facts.partner, account=facts.account
    )
    for total in sorted(set(facts.totals), key=lambda t: (t.report, t.batch or "", t.kind, t.currency)):
        _book_total(journal, total, facts.account)
    for line in _each_once((*facts.payouts, *facts.lumps)):
        _book_line(journal, line)
    for told in sorted({b.line.id: b for b in facts.bank}.values(), key=lambda b: b.line.id):
        _book_bank(journal, told)
    return tuple(journal.entries)


def payout_of(line: MoneyLine, payouts: Iterable[MoneyLine]) -> MoneyLine | None:
    """The payout that a bank line's reference names, whole and exactly; None where none or several do.

    Args:
      line: A line of a bank statement.
      payouts: Lines of kind payout, of any partner.
    """
    if not line.reference:
        return None
    named = {p.id: p for p in payouts if line.reference in (p.reference, p.identity)}
    return next(iter(named.values())) if len(named) == 1 else None


def _book_total(journal: Journal, total: Total, account: str) -> None:
    filling = journal.filling(total.currency, batch=total.batch or None)
    filling.kind = total.kind
    filling.line = total.report
    journal.write(
        rule_of_kind()[total.kind],
        f"{total.kind} {total.currency} {total.batch or '-'} {account}",
        total.effective_on,
        total.landed_at,
        {"net": total.net_minor},
        filling,
        event="reported",
        subject=total.report,
    )


def _book_line(journal: Journal, line: MoneyLine) -> None:
    """A payout, as it leaves or comes back, or a lump."""
    is_back = line.kind == "payout_failure"
    cost = line.gross_minor - line.net_minor
    amounts = {
        "principal": line.gross_minor if is_back else -line.gross_minor,
        "processing": cost,
        "net": line.net_minor,
    }
    filling = journal.filling(line.currency, batch=line.batch)
    filling.payout = payout_key(line)
    filling.line = line.identity
    filling.kind = line.kind
    rule = rule_of_kind()[line.kind]
    journal.write(
        rule, line.identity, line.effective_on, line.landed_at, amounts, filling, event="line_booked", subject=line.id
    )


def payout_key(line: MoneyLine) -> str:
    """What payout_clearing is kept by: the payout's own batch, which a failed one names too."""
    return line.batch or line.identity


def _book_bank(journal: Journal, told: BankLine) -> None:
    """Money at the bank: it closes the payout it names, under the partner that paid; else it waits to be explained.

    A payout that our books do not hold, of an account in trial, is explained and closes nothing.
    """
    line, payout = told.line, told.payout
    filling = journal.filling(line.currency)
    filling.line = line.identity
    rule = "bank_unexplained"
    if payout is not None and told.is_elsewhere:
        rule = "bank_elsewhere"
        filling.batch = payout_key(payout)
        filling.kind = line.kind
    elif payout is not None:
        rule = "bank_received"
        filling.payout = payout_key(payout)
        filling.payer = (payout.partner, payout.account)
    journal.write(
        rule,
        line.identity,
        line.effective_on,
        line.landed_at,
        {"net": line.net_minor},
        filling,
        event="banked",
        subject=line.id,
    )


def _each_once(lines: Iterable[MoneyLine]) -> list[MoneyLine]:
    return sorted({line.id: line for line in lines}.values(), key=lambda line: (line.effective_on, line.identity))
