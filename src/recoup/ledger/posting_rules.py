"""Posting rules: which accounts an event posts to, as a table, and the postings made from it.

One rule has the lines of one kind of entry; some lines differ by preset (who
bears disputes in this book) or by chain (how the partner pays). Amounts are sums
of a few named amounts, so that every rule is proved to balance before any of it
is used, whatever the numbers. `book.py` decides which rule a fact needs.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Literal, NamedTuple

import msgspec

from recoup.domain.money_line import LineKind
from recoup.domain.table import Problem, Table
from recoup.domain.tables import moves
from recoup.errors import TableInvalid
from recoup.ledger.accounts import chart, file_text
from recoup.ledger.entry import Posting

Preset = Literal["platform", "merchant"]
Chain = Literal["payout", "bank", "balance"]
PRESETS: tuple[Preset, ...] = ("platform", "merchant")
CHAINS: tuple[Chain, ...] = ("payout", "bank", "balance")

_OWN = "own"
_SETTLED = "settled"
AMOUNTS: Mapping[str, str] = MappingProxyType(
    {
        "amount": _OWN,  # as announced
        "original": _OWN,  # as settled, in the currency of the dispute
        "residue": _OWN,  # what is left on a balance
        "principal": _SETTLED,  # what a line moved, without fees; positive in the rule's own direction
        "fee": _SETTLED,  # cost is positive
        "processing": _SETTLED,  # the part of a fee that is not for the dispute
        "tax": _SETTLED,
        "net": _SETTLED,  # as it moved our balance: money to us is positive
        "paid": _SETTLED,  # what the house took from a merchant's balance
        "short": _SETTLED,  # what it could not take
    }
)
"""The amounts a rule may name, and in which of an entry's two currencies each is."""

FEE_KINDS = ("received", "countered", "arbitration", "alert", "programme", "bank_return", "processing", "compensation")
_BY_FEE = "<fee>"
_BY_KIND = "<kind>"
_SORTS = frozenset({_BY_FEE, _BY_KIND, *FEE_KINDS})
_SLOTS = ("none", "leg", "answered", "batch", "payout", "line", "account")
_PAYOUT = _SLOTS.index("payout")
_TERM = re.compile(r"([+-]?)([a-z]+)")


class RuleLine(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One row of `posting_rules.csv`."""

    rule: str
    version: int
    preset: Literal["platform", "merchant", "both"]
    chain: Literal["payout", "bank", "balance", "any"]
    line: int
    side: Literal["debit", "credit"]
    account: str
    amount: str
    kept_by: Literal["leg", "answered", "batch", "payout", "line", "account", "none"]
    """`answered`: the leg that this one answers, c1 of d2 or d1 of c1."""
    sort: str | None = None


class LineKindRule(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One row of `line_kinds.csv`: how a line is booked that names no dispute."""

    kind: LineKind
    rule: str
    why: str


class MoveMoney(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One row of `move_money.csv`: the posting rules of a move, or the mark that it moves no money."""

    move: str
    money: str
    why: str

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules by name; none where the move moves no money."""
        return () if self.money == "none" else tuple(self.money.split())


class Line(NamedTuple):
    """One line of a rule, ready to be filled; a tuple, since filling is what booking spends its time on."""

    account: str
    sort: str | None
    leg_slot: int
    batch_slot: int
    """Places in the keys that `fill` puts together; 0 is None."""
    is_by_merchant: bool
    names_dispute: bool
    is_own: bool
    """In the dispute's own currency; else in the one that moved."""
    terms: tuple[tuple[int, str], ...]
    """Debit positive: factor and name of amount."""


class Rule(msgspec.Struct, frozen=True, gc=False):
    """The lines of one kind of entry for one preset and chain."""

    name: str
    version: int
    lines: tuple[Line, ...]


class Filling(msgspec.Struct, gc=False):
    """What fills a rule's lines, apart from the amounts."""

    partner: str
    partner_account: str
    dispute: str | None
    merchant: str | None
    own: str
    """Currency of what was announced."""
    settled: str
    """Currency of what moved."""
    leg: str | None = None
    answered: str | None = None
    batch: str | None = None
    payout: str | None = None
    line: str | None = None
    account: str | None = None
    """Of the chart: whose opening balance it is."""
    payer: tuple[str, str] | None = None
    """Partner and account that paid, where the bank is the one that books it: whose payout it closes."""
    fee: str | None = None
    kind: str | None = None


def fill(rule: Rule, filling: Filling, amounts: Mapping[str, int]) -> tuple[Posting, ...]:
    """The postings of one entry: lines of zero are left out, so an entry of nothing has none."""
    whose = (filling.partner, filling.partner_account)
    keys = (None, filling.leg, filling.answered, filling.batch, filling.payout, filling.line, filling.account)
    dispute, merchant, own, settled = filling.dispute, filling.merchant, filling.own, filling.settled
    postings = []
    for account, sort, leg_slot, batch_slot, is_by_merchant, names_dispute, is_own, terms in rule.lines:
        minor = 0
        for factor, name in terms:
            minor += factor * amounts[name]
        if minor:
            partner, at_partner = whose if batch_slot != _PAYOUT else filling.payer or whose
            postings.append(
                Posting(
                    account,
                    sort and _sort(sort, filling),
                    partner,
                    at_partner,
                    merchant if is_by_merchant else None,
                    dispute if names_dispute else None,
                    keys[leg_slot],
                    keys[batch_slot],
                    own if is_own else settled,
                    minor,
                )
            )
    return tuple(postings)


def _sort(sort: str, filling: Filling) -> str | None:
    return filling.fee if sort == _BY_FEE else filling.kind if sort == _BY_KIND else sort


def _check_line(row: RuleLine) -> Iterator[Problem]:
    account = chart().get(row.account)
    if account is None:
        yield f"account {row.account}", "an account of the chart"
        return
    if ("leg" if row.kept_by == "answered" else row.kept_by) != account.kept_by:
        yield f"{row.account} kept by {row.kept_by}", f"kept by {account.kept_by}, as the chart says"
    if row.sort is not None and row.sort not in _SORTS:
        yield f"sort {row.sort}", f"one of {', '.join(sorted(_SORTS))}"
    if "".join(sign + name for sign, name in _TERM.findall(row.amount)) != row.amount:
        yield f"amount {row.amount}", "names of amounts with + or - between"
    for _, name in _TERM.findall(row.amount):
        if name not in AMOUNTS:
            yield f"amount {name}", f"one of {', '.join(AMOUNTS)}"


posting_rules = Table(
    "posting_rules",
    RuleLine,
    lambda row: (row.rule, row.version, row.preset, row.chain, row.line),
    _check_line,
    file_text,
)


def _check_kind(row: LineKindRule) -> Iterator[Problem]:
    if row.rule not in rule_names():
        yield f"rule {row.rule}", "a rule of posting_rules.csv"


def _check_move(row: MoveMoney) -> Iterator[Problem]:
    if row.move not in moves():
        yield f"move {row.move}", "a move of moves.csv"
    for name in row.rules:
        if name not in rule_names():
            yield f"rule {name}", "a rule of posting_rules.csv, or none"


line_kinds = Table("line_kinds", LineKindRule, lambda row: row.kind, _check_kind, file_text)
move_money = Table("move_money", MoveMoney, lambda row: row.move, _check_move, file_text)


@cache
def rule_names() -> frozenset[str]:
    """Every rule there is, whatever preset and chain."""
    return frozenset(row.rule for row in posting_rules())


@cache
def settling_rules() -> frozenset[str]:
    """The rules that close a leg of partner_clearing: they post there what moved, the others what was announced."""
    return frozenset(
        row.rule for row in posting_rules() if row.account == "partner_clearing" and row.amount != "amount"
    )


@cache
def rule_of_kind() -> Mapping[str, str]:
    """The rule that books a line which names no dispute, by kind of line."""
    return MappingProxyType({row.kind: row.rule for row in line_kinds()})


@cache
def rules() -> Mapping[tuple[str, str, str], Rule]:
    """Every rule by name, preset and chain, in its latest version; a preset without lines books nothing.

    Raises:
      TableInvalid: A rule that does not balance whatever the amounts, a line told twice, a move of the lifecycle
        with neither a rule nor a mark that it moves no money, a kind of line without a rule.
    """
    made = _compiled(posting_rules())
    _check_complete("move_money.csv", {row.move for row in move_money()}, set(moves()))
    _check_complete("line_kinds.csv", set(rule_of_kind()), set(LineKind.__args__))  # type: ignore[attr-defined]
    return made


@cache
def rules_for(preset: Preset, chain: Chain) -> Mapping[str, Rule]:
    """The rules of one preset and chain, by name; a name that is not there books nothing."""
    return MappingProxyType({name: rule for (name, p, c), rule in rules().items() if (p, c) == (preset, chain)})


def read_rules(text: str) -> Mapping[tuple[str, str, str], Rule]:
    """The rules of a given table, checked as those that ship.

    Raises:
      TableInvalid: As `rules`.
    """
    return _compiled(posting_rules.read(text))


def _compiled(rows: Sequence[RuleLine]) -> Mapping[tuple[str, str, str], Rule]:
    latest: dict[str, int] = {}
    for row in rows:
        latest[row.rule] = max(row.version, latest.get(row.rule, 0))
    by_rule: defaultdict[str, list[RuleLine]] = defaultdict(list)
    for row in rows:
        if row.version == latest[row.rule]:
            by_rule[row.rule].append(row)
    made: dict[tuple[str, str, str], Rule] = {}
    for name, lines in by_rule.items():
        for preset in PRESETS:
            for chain in CHAINS:
                rule = _rule(name, lines, preset, chain)
                if rule is not None:
                    made[name, preset, chain] = rule
    return MappingProxyType(made)


def _rule(name: str, rows: list[RuleLine], preset: Preset, chain: Chain) -> Rule | None:
    if not any(row.preset == preset for row in rows) and any(row.preset != "both" for row in rows):
        return None
    fitting = [row for row in rows if row.preset in (preset, "both") and row.chain in (chain, "any")]
    fitting.sort(key=lambda row: row.line)
    _check_rule(name, fitting, f"{preset}, {chain}")
    return Rule(name, fitting[0].version, tuple(_line(row) for row in fitting))


def _line(row: RuleLine) -> Line:
    account = chart()[row.account]
    terms = _terms(row)
    return Line(
        account=row.account,
        sort=row.sort,
        leg_slot=_SLOTS.index(row.kept_by) if account.kept_by == "leg" else 0,
        batch_slot=_SLOTS.index(row.kept_by) if account.kept_by in ("batch", "payout", "line", "account") else 0,
        is_by_merchant=account.is_by_merchant == "yes",
        names_dispute=account.kept_by in ("leg", "none"),
        is_own=AMOUNTS[terms[0][1]] == _OWN,
        terms=terms,
    )


def _terms(row: RuleLine) -> tuple[tuple[int, str], ...]:
    side = 1 if row.side == "debit" else -1
    return tuple((-side if sign == "-" else side, name) for sign, name in _TERM.findall(row.amount))


def _check_rule(name: str, rows: list[RuleLine], where: str) -> None:
    if [row.line for row in rows] != list(range(1, len(rows) + 1)):
        raise _invalid(name, where, f"lines {[row.line for row in rows]}", "each line once, from 1 on")
    left: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        if len({AMOUNTS[term] for _, term in _terms(row)}) != 1:
            raise _invalid(name, where, f"amount {row.amount}", "amounts of one currency in a line")
        for factor, term in _terms(row):
            left[term] += factor
    if over := sorted(term for term, factor in left.items() if factor):
        raise _invalid(name, where, f"{', '.join(over)} left over", "debits equal to credits for every amount")


def _check_complete(file: str, found: set[str], wanted: set[str]) -> None:
    if missing := sorted(wanted - found):
        raise TableInvalid(where=file, found=f"no row for {', '.join(missing)}", wanted="a row for each")


def _invalid(name: str, where: str, found: str, wanted: str) -> TableInvalid:
    return TableInvalid(
        where=f"posting_rules.csv, {name} ({where})", found=found, wanted=wanted, remedy="Mend the table."
    )
