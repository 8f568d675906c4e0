"""Control on what was agreed: accounts with disputes or money of which no contract says what to hold them to.

Without a term nothing is expected and no fee is compared; that silence is said here, once for each partner, so that
it is never taken for a clean day. Reads: account, contract, dispute, money_line, settlement_total.
"""

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import case, func, select

from recoup.controls.conversions import conversions
from recoup.controls.moment import Moment
from recoup.controls.symptom import Symptom
from recoup.domain.instants import Instant
from recoup.domain.money_line import DISPUTE_KINDS
from recoup.domain.terms import NO_TERMS, Terms
from recoup.storage import schema
from recoup.storage.register import View

Owner = tuple[str, str]
_MOVED = frozenset({"settles", "pays"})
"""Roles of partners that move money of ours by contract; a bank only tells what moved."""
_NO_MONEY = ("notice", "alert")
_COSTS = ("received", "bank_return")
"""What a debit costs: of cards and wallets the one, of bank debits the other."""
_GIVES_BACK = ("won", "withdrawn")
_NAMED_MAX = 5


class _Facts(msgspec.Struct):
    """What came for one account that a contract would be held to."""

    disputes: int = 0
    wins: int = 0
    debits: int = 0
    has_money: bool = False
    latest_at: Instant = 0


def no_contract(view: View, moment: Moment) -> list[Symptom]:
    """Partners with an account that has disputes or money, and no contract on the day of the latest of them.

    Or with money that was converted, where the house declares no rate of that day (`rates.csv`).
    """
    bare = {owner for owner, agreed in moment.agreed.items() if _may_lack(agreed.terms)}
    facts = _facts(view, moment) if bare else {}
    said = {owner: lack for owner in bare & facts.keys() if (lack := _lack(owner, facts[owner], moment))}
    for owner, lack in _unrated(view, moment).items():
        said[owner] = f"{said[owner]}; it {lack}" if owner in said else lack
    lacking: dict[str, dict[str, str]] = {}
    for (partner, account), lack in sorted(said.items()):
        lacking.setdefault(partner, {})[account] = lack
    return [_symptom(partner, accounts) for partner, accounts in lacking.items()]


def _unrated(view: View, moment: Moment) -> dict[Owner, str]:
    """Accounts whose latest conversion between two currencies no declared rate can be compared with."""
    latest: dict[Owner, dict[tuple[str, str], str]] = {}
    for one in conversions(view, moment):
        latest.setdefault((one.partner, one.account), {})[one.pair] = one.on
    unrated = {
        owner: sorted(pair for pair, day in pairs.items() if (*pair, day) not in moment.rates)
        for owner, pairs in latest.items()
    }
    return {owner: f"has {_pairs(pairs)}, and no rate to compare with" for owner, pairs in unrated.items() if pairs}


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return f"money converted from {' and from '.join(f'{base} to {quote}' for base, quote in pairs)}"


def _may_lack(agreed: Iterable[Terms]) -> bool:
    """Whether some contract of an account, or its want of any, may leave something open; asked before any table is."""
    terms = tuple(agreed)
    return not terms or any(t.valid_to is not None or _open_terms(t) for t in terms)


def _open_terms(terms: Terms) -> list[str]:
    days = terms.days
    return [name for name in ("announce_to_settle", "win_to_credit") if getattr(days, name) is None] + (
        ["fees"] if all(terms.fee(kind) is None for kind in _COSTS) else []
    )


def _lack(owner: Owner, facts: _Facts, moment: Moment) -> str:
    """What an account is without, as the end of a sentence; empty where all that its facts ask for was agreed."""
    terms = moment.terms_of(*owner).on(moment.day(facts.latest_at, *owner))
    has = f"has {_has(facts)}"
    if terms is NO_TERMS:
        return f"{has} and no contract"
    settles = "settles" in moment.roles.get(owner[0], {})
    asked = {"announce_to_settle": facts.disputes and settles, "win_to_credit": facts.wins, "fees": facts.debits}
    unsaid = [_UNSAID[name] for name in _open_terms(terms) if asked[name]]
    return f"{has}, and its contract does not say {' nor '.join(unsaid)}" if unsaid else ""


_UNSAID = {
    "announce_to_settle": "when what is announced is settled",
    "win_to_credit": "when a win is credited",
    "fees": "what a dispute costs",
}


def _has(facts: _Facts) -> str:
    counted = f"{facts.disputes} dispute{'' if facts.disputes == 1 else 's'}"
    parts = [counted] * bool(facts.disputes) + ["money"] * facts.has_money
    return " and ".join(parts)


def _symptom(partner: str, accounts: Mapping[str, str]) -> Symptom:
    named = [f"account {account} at {partner} {said}" for account, said in list(accounts.items())[:_NAMED_MAX]]
    more = [f"{len(accounts) - _NAMED_MAX} more accounts likewise"] if len(accounts) > _NAMED_MAX else []
    return Symptom(
        control="no_contract",
        kind="settlement",
        cause=partner,
        classes=("no_contract",),
        partner=partner,
        account=next(iter(accounts)) if len(accounts) == 1 else None,
        is_note=True,
        seen=f"{'; '.join([*named, *more])}".replace("account", "Account", 1),
        expected="What is not agreed or declared is not checked: no fee is compared, no rate, and nothing is ever late",
    )


# --- what came ------------------------------------------------------------------------------


def _facts(view: View, moment: Moment) -> dict[Owner, _Facts]:
    found: dict[Owner, _Facts] = {}
    d, m, t = schema.dispute.c, schema.money_line.c, schema.settlement_total.c
    wins = func.count(case((d.outcome.in_(_GIVES_BACK), 1)))
    disputes = select(d.partner, d.account, func.count(), wins, func.max(d.moved_at)).where(d.kind.not_in(_NO_MONEY))
    for partner, account, count, won, latest_at in view.rows(disputes.group_by(d.partner, d.account)):
        facts = found.setdefault((partner, account), _Facts())
        facts.disputes, facts.wins, facts.latest_at = count, won, latest_at
    movers = [partner for partner, books in moment.roles.items() if _MOVED & books.keys()]
    debits = func.count(case((m.kind.in_(sorted(DISPUTE_KINDS)), 1)))
    lines = select(m.partner, m.account, debits, func.max(m.landed_at)).where(m.partner.in_(movers))
    totals = select(t.partner, t.account, func.count() * 0, func.max(t.landed_at)).where(t.partner.in_(movers))
    told = [*view.rows(lines.group_by(m.partner, m.account)), *view.rows(totals.group_by(t.partner, t.account))]
    for partner, account, count, latest_at in told:
        facts = found.setdefault((partner, account), _Facts())
        facts.debits, facts.has_money = facts.debits + count, True
        facts.latest_at = max(facts.latest_at, latest_at)
    return found
