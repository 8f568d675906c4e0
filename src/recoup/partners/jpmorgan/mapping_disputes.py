"""What a row of a dispute report says: one observation, and the movement of money where it is financial.

A dispute is known by its sequence number in every report, a movement by that, its type, its category and its
day of activity. What happened is the category; amounts are signed as they add to the inventory, so that what a
dispute takes from us is positive. All days are Eastern, and every report's day is what counts: only some reports
have times beside it.
"""

import datetime as dt
from collections.abc import Mapping
from typing import get_args

import msgspec

from recoup.domain.codes import reason_as_stated
from recoup.domain.findings import Notes
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import day_start, local_day, parse_instant
from recoup.domain.legs import Told
from recoup.domain.money_line import LineKind, MoneyLine
from recoup.domain.observation import DueState, Kind, Nature, Said
from recoup.domain.tables import ach_return_codes, reason_codes
from recoup.errors import InstantRefused
from recoup.partners.contract import Arrived, Placed, Reading
from recoup.partners.jpmorgan import wire
from recoup.partners.jpmorgan.report import Row
from recoup.partners.jpmorgan.telling import CODES, NAME, ZONE, Refused, currency_of, day, key, minor, sound

_KINDS: dict[str, Kind] = {kind: kind for kind in get_args(Kind)}
_NATURES: dict[str, Nature] = {nature: nature for nature in get_args(Nature)}
_NETWORKS_WITH_CODES = frozenset(row.network for row in reason_codes())
_RETURN_CODES = frozenset(row.code for row in ach_return_codes())
_RETURN = "return"
_DEBITING = frozenset({"chargeback_opened", "return_final"})
_CREDITING = frozenset({"chargeback_reversed"})
_TOLD_OPEN = frozenset({"RECD", "RTM", "BEGINV", "ENDINV"})
"""Categories in which the dispute is still to be answered."""
_ASKING = frozenset({"RECD", "RTM"})
"""Those of them that say something new: what is listed in the inventory was told before."""
_ADJUSTMENT = "AJ"
_CHECK = "ECP"


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What a row is about, read and checked."""

    name: str
    type: str
    category: str
    currency: str
    action_minor: int
    """As the report signs it: positive takes from us."""
    settled_minor: int
    settled_currency: str
    money: str
    """`FIN` or `NON`; empty where nothing says it, and any other word where it is not known."""
    on: dt.date

    @property
    def is_financial(self) -> bool:
        """Whether the row moves money, as far as it is known."""
        return CODES.meaning("financial", self.money) == "money"

    @property
    def identity(self) -> str:
        """The movement, the same in every report."""
        return f"{self.name}|{self.type}|{self.category}|{self.on}"


Flags = Mapping[tuple[str, ...], str]
"""Financial or not, by (division, type, category, currency), where the summary of a report says so."""


class Disputes:
    """Rows of one file to observations and money lines; one instance per file, since a row may stand twice."""

    fields = wire.DISPUTE_FIELDS

    def __init__(self, arrived: Arrived, flags: Flags) -> None:
        """Begin a file; `flags` is what the summary says, filled while the file is read."""
        self._arrived = arrived
        self._flags = flags
        self._seen: dict[str, int] = {}

    def take(self, row: Row, reading: Reading, notes: Notes) -> None:
        """Add what one row says; a row that stands twice says it once.

        Raises:
          Refused: A cell without which it is not known what the row says, or another row about the same movement.
        """
        facts = self._facts(row, notes)
        content = hash(tuple(row.cells.values()))
        if facts.identity in self._seen:
            if self._seen[facts.identity] != content:
                raise Refused("Dispute Transaction Sequence Number", "another row of this movement", "each once")
            notes.add("jpmorgan.row_twice", "row", "the same row again", "each row once", "warn")
            return
        self._seen[facts.identity] = content
        if facts.type == _ADJUSTMENT and facts.action_minor < 0 and facts.category == "RECD":
            if facts.is_financial:
                self._add_line(row, facts, "adjustment", reading)
            return  # in our favour: no dispute
        said = self._said(row, facts, notes)
        reading.observations.append(Placed(row.position, said))
        if facts.is_financial and facts.settled_minor:
            self._add_line(row, facts, _line_kind(facts, said.move), reading)
        self._add_fee(row, facts, notes, reading)

    def _facts(self, row: Row, notes: Notes) -> Facts:
        currency = currency_of(row.text(wire.CURRENCY), wire.CURRENCY[0])
        settled_currency = currency_of(row.text(wire.SETTLED_CURRENCY) or currency, wire.SETTLED_CURRENCY[0])
        action = minor(row.text(wire.ACTION_AMOUNT), currency, wire.ACTION_AMOUNT[0])
        settled = row.text(wire.SETTLED_AMOUNT)
        if not settled and settled_currency != currency:
            raise Refused(wire.SETTLED_AMOUNT[0], "nothing", f"an amount in {settled_currency}")
        return Facts(
            name=key(row.text(wire.SEQUENCE), wire.SEQUENCE[0]),
            type=key(row.text(wire.TYPE), wire.TYPE[0]),
            category=key(row.text(wire.CATEGORY), wire.CATEGORY[0]),
            currency=currency,
            action_minor=action,
            settled_minor=minor(settled, settled_currency, wire.SETTLED_AMOUNT[0]) if settled else action,
            settled_currency=settled_currency,
            money=self._money(row, notes),
            on=day(row.text(wire.ACTIVITY_ON), wire.ACTIVITY_ON[0]),
        )

    def _money(self, row: Row, notes: Notes) -> str:
        """Financial or not, as the row says, else as the summary says of its group."""
        group = (row.text(wire.DIVISION), row.text(wire.TYPE), row.text(wire.CATEGORY), row.text(wire.CURRENCY))
        told = row.text(wire.FINANCIAL) or self._flags.get(group, "")
        if told and CODES.meaning("financial", told) is None:
            notes.unknown(wire.FINANCIAL[0], told, "financial")
        return told

    def _said(self, row: Row, facts: Facts, notes: Notes) -> Said:
        kind = _kind(facts, notes)
        network = _network(row, facts, notes)
        reason = _text(row, wire.REASON)
        move = _move(facts, notes)
        due_at, due_state = _due(row, facts, move, notes)
        if (usage := _text(row, wire.USAGE)) is not None and CODES.meaning("usage", usage) is None:
            notes.unknown(wire.USAGE[0], usage, "usage")
        return Said(
            partner_dispute_id=facts.name,
            form="row",
            occurred_at=day_start(facts.on, ZONE),
            move=move,
            kind=kind,
            nature=_NATURES.get(CODES.meaning("nature", reason or "") or "") if kind == _RETURN else None,
            partner_status=f"{facts.type}/{facts.category}",
            amount_minor=abs(facts.action_minor),
            currency=facts.currency,
            payment_ref=_text(row, wire.ORDER),
            case_ref=_text(row, wire.ARN),
            network=network,
            reason_code=_reason(reason, network, facts.on, notes),
            due_at=due_at,
            due_state=due_state,
            opened_at=_day(row, wire.INITIATED_ON, notes),
            legs=_legs(facts, move),
        )

    def _add_fee(self, row: Row, facts: Facts, notes: Notes, reading: Reading) -> None:
        """What the row costs; J.P. Morgan writes fractions of a cent, and what is billed of them no report says."""
        told = row.text(wire.FEE)
        try:
            fee = -minor(told, facts.settled_currency, wire.FEE[0]) if told else 0
        except Refused as refused:
            notes.add("jpmorgan.fee", refused.column, refused.found, "whole minor units; the fee is not booked", "warn")
            return
        if fee:
            self._add_line(row, facts, "dispute_fee", reading, fee)

    def _add_line(self, row: Row, facts: Facts, kind: LineKind, reading: Reading, fee: int = 0) -> None:
        arrived, gross = self._arrived, 0 if fee else -facts.settled_minor
        identity = f"{facts.identity}|fee" if fee else facts.identity
        name = None if kind == "adjustment" else facts.name
        is_converted = not fee and facts.settled_currency != facts.currency
        transfer_at = _transfer_day(row)
        reading.money_lines.append(
            MoneyLine(
                id=money_line_id(NAME, arrived.account, identity),
                partner=NAME,
                account=arrived.account,
                feed=arrived.feed,
                delivery=arrived.delivery,
                position=row.position,
                identity=identity,
                kind=kind,
                partner_kind=f"{facts.type}/{facts.category}" + ("/fee" if fee else ""),
                dispute=None if name is None else dispute_id(NAME, arrived.account, name),
                partner_dispute_id=name,
                payment_ref=_text(row, wire.ORDER),
                cycle=None,
                batch=_text(row, wire.TRANSFER),
                gross_minor=gross,
                fee_minor=fee,
                net_minor=gross - fee,
                currency=facts.settled_currency,
                original_minor=-facts.action_minor if is_converted else None,
                original_currency=facts.currency if is_converted else None,
                occurred_at=day_start(facts.on, ZONE),
                effective_on=transfer_at or facts.on.isoformat(),
                reference=_text(row, wire.ARN),
                landed_at=arrived.landed_at,
            )
        )


def _kind(facts: Facts, notes: Notes) -> Kind | None:
    kind = CODES.meaning("type", facts.type)
    if kind is None:
        notes.unknown(wire.TYPE[0], facts.type, "type")
        return None
    return _KINDS[kind]


def _move(facts: Facts, notes: Notes) -> str:
    """What the category says of this type, and, where it matters, of money that it moves."""
    word = f"{facts.type}/{facts.category}"
    by_money = CODES.meaning("category", f"{word}/FIN") is not None
    if by_money and facts.money and CODES.meaning("financial", facts.money) is None:
        return "unknown"  # said where the row's money is read
    move = CODES.meaning("category", f"{word}/{facts.money}") or CODES.meaning("category", word)
    if move is None:
        notes.unknown(wire.CATEGORY[0], word, "category")
    return move or "unknown"


def _network(row: Row, facts: Facts, notes: Notes) -> str | None:
    method = _text(row, wire.METHOD)
    if method is None and facts.type == _CHECK:
        return "ach"
    network = CODES.meaning("network", method or "")
    if method is not None and network is None:
        notes.unknown(wire.METHOD[0], method, "network")
    return network


def _due(row: Row, facts: Facts, move: str, notes: Notes) -> tuple[int | None, DueState]:
    """By when to answer: the beginning of the day, Eastern; a time beside it counts where it is earlier.

    Every published row by which a chargeback is received or handed to us says it, so an empty cell there is odd; a
    report without the column says nothing.
    """
    if facts.category not in _TOLD_OPEN:
        return None, "unsaid"
    due_at = _day(row, wire.DUE_ON, notes)
    told = _text(row, wire.DUE_AT)
    if told is not None:
        try:
            stated = parse_instant(told)
        except InstantRefused as error:
            notes.add("jpmorgan.instant", wire.DUE_AT[0], error.found, error.wanted)
        else:
            if due_at is not None and stated != due_at:
                notes.add("jpmorgan.twins", wire.DUE_AT[0], "another time than the day beside it", "the day's", "warn")
            due_at = stated if due_at is None else min(due_at, stated)
    if due_at is not None:
        return due_at, "said"
    is_asking = move == "chargeback_opened" and facts.category in _ASKING
    is_empty = any(name in row.cells for name in wire.DUE_ON) and not row.text(wire.DUE_ON) and told is None
    return None, "left_empty" if is_asking and is_empty else "unsaid"


def _day(row: Row, field: wire.Field, notes: Notes) -> int | None:
    """The beginning of a day, Eastern; a day that is none is noted."""
    text = _text(row, field)
    if text is None:
        return None
    try:
        return day_start(day(text, field[0]), ZONE)
    except Refused as refused:
        notes.add("jpmorgan.day", refused.column, refused.found, refused.wanted)
        return None


def _text(row: Row, field: wire.Field) -> str | None:
    return sound(row.text(field))


def _transfer_day(row: Row) -> str | None:
    """The day of the funds transfer, Eastern, where its time can be read."""
    try:
        return local_day(parse_instant(row.text(wire.TRANSFER_AT)), ZONE).isoformat()
    except InstantRefused:
        return None


def _line_kind(facts: Facts, move: str) -> LineKind:
    if move == "unknown":
        return "unknown"
    return "dispute" if facts.settled_minor > 0 else "dispute_reversal"


def _reason(code: str | None, network: str | None, on: dt.date, notes: Notes) -> str | None:
    """The network's code; of Mastercard's only the last two digits are sent."""
    if code is not None and network == "ach" and code not in _RETURN_CODES:
        notes.unknown(wire.REASON[0], code, "ach_return_codes")
    if code is None or network not in _NETWORKS_WITH_CODES:
        return code
    for told in (code, f"48{code}") if network == "mastercard" and len(code) == 2 else (code,):
        if reason_as_stated(network, told, on) is not None:
            return told
    notes.unknown(wire.REASON[0], code, f"reason codes of {network}")
    return code


def _legs(facts: Facts, move: str) -> tuple[Told, ...]:
    """What the row says is moved: nothing where it is not financial, or does not say whether it is."""
    amount = abs(facts.action_minor)
    if not amount or not facts.is_financial:
        return ()
    if facts.action_minor > 0 and move in _DEBITING:
        return (Told("debit", 1, amount, facts.currency),)
    if facts.action_minor < 0 and move in _CREDITING:
        return (Told("credit", 1, amount, facts.currency),)
    return ()
