"""What a file of returned direct entry items says: one return per item, its money, and what is odd about it.

A returned debit takes the amount from our account. Items have no number of their own: one is named by our lodgement
reference, the day the file was processed and the amount, and by its place among equal ones of the file.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, get_args

from recoup.domain.codes import read_vocabulary
from recoup.domain.findings import Finding, excerpt
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import day_start
from recoup.domain.legs import Told
from recoup.domain.money_line import LineKind, MoneyLine
from recoup.domain.observation import Nature, Said
from recoup.formats import fixed_width
from recoup.formats.fixed_width import Record
from recoup.formats.fixed_width_layout import FileLayout
from recoup.formats.fixed_width_values import day_of_no_month_until
from recoup.formats.laid import Laid
from recoup.formats.plain_text import reference
from recoup.partners.contract import Arrived, Placed, Reading
from recoup.partners.fixed_width_feed import quarantine, readings

NAME = "becs"
CURRENCY = "AUD"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "becs/codes.csv")
_NATURES: dict[str, Nature] = {nature: nature for nature in get_args(Nature)}


def read_returns(arrived: Arrived, stream: BinaryIO, layout: FileLayout) -> Iterator[Reading]:
    """Read one file of returned items."""
    return readings(arrived, stream, layout, _Returns(arrived))


def lay_out(stream: BinaryIO, layout: FileLayout) -> Iterator[Laid]:
    """Show a file of returned items, with the meanings of its codes."""
    return fixed_width.lay_out(stream, layout, _means)


def _means(record: str, field: str, raw: str) -> str | None:
    return CODES.meaning(field, raw.strip()) if field in ("return_code", "transaction_code") else None


class _Returns:
    """Hears one file: the day of its header, then its items."""

    def __init__(self, arrived: Arrived) -> None:
        self.arrived = arrived
        self.processed_on: dt.date | None = None
        self.user = ""
        self.seen: dict[str, int] = {}

    def take(self, record: Record, reading: Reading) -> None:
        """Take the header's day, or one item."""
        if record.name == "header":
            self._begin(record, reading)
        elif record.name == "debit":
            self._item(record, reading)
        elif record.name == "credit":
            self._credit(record, reading)

    def settle(self, reading: Reading) -> None:
        """Nothing waits: each item is one record."""

    def _begin(self, record: Record, reading: Reading) -> None:
        self.processed_on = record.day("processed_on")
        self.user = record.text("user_id")
        self.seen.clear()
        if self.processed_on is None:
            where = f"{self.arrived.name}:{record.number} Date to be processed"
            reading.held = Finding("becs.day", where, "no such day", "the day of the file as DDMMYY")
        else:
            reading.covers_on = self.processed_on.isoformat()

    def _item(self, record: Record, reading: Reading) -> None:
        amount, on = record.number_of("amount"), self.processed_on
        if amount is None or amount <= 0:
            quarantine(self.arrived, record, reading, "becs.amount", "no amount", "an amount above 0, in cents")
            return
        if on is None:
            quarantine(self.arrived, record, reading, "becs.day", "an item of no day", "a header with its day")
            return
        name = self._name(record, on, amount)
        reading.money_lines.append(self._line(record, name, "dispute", -amount, on))
        code, at = record.text("return_code"), day_start(on, self.arrived.zone)
        move = CODES.meaning("move", code) or "unknown"
        if move == "unknown":
            where = f"{self.arrived.name}:{record.number} {name} Return code"
            found = excerpt(code) if code else "nothing"
            reading.findings.append(Finding("vocabulary.unknown", where, found, "a word of the vocabulary return_code"))
        said = Said(
            partner_dispute_id=name,
            form="row",
            occurred_at=at,
            move=move,
            record_id=f"returned/{code}",
            kind="return",
            nature=_NATURES.get(CODES.meaning("nature", code) or ""),
            partner_status=CODES.meaning("return_code", code),
            amount_minor=amount,
            currency=CURRENCY,
            payment_ref=reference(record.text("lodgement")),
            case_ref=self._original(record, on),
            network="becs",
            reason_code=code or None,
            opened_at=at,
            legs=(Told("debit", 1, amount, CURRENCY, name),),
        )
        reading.observations.append(Placed(record.number, said))

    def _credit(self, record: Record, reading: Reading) -> None:
        """A payment of ours that came back: money to us, and nobody's dispute."""
        amount, on = record.number_of("amount"), self.processed_on
        if amount is None or amount <= 0 or on is None:
            quarantine(
                self.arrived, record, reading, "becs.amount", "no amount or no day", "an amount above 0, in cents"
            )
            return
        name = self._name(record, on, amount)
        reading.money_lines.append(self._line(record, f"credit/{name}", "refund_failure", amount, on))

    def _name(self, record: Record, on: dt.date, amount: int) -> str:
        lodgement = reference(record.text("lodgement")) or "no reference"
        name = f"{lodgement}/{on.isoformat()}/{amount}"
        self.seen[name] = count = self.seen.get(name, 0) + 1
        return name if count == 1 else f"{name}/{count}"

    def _original(self, record: Record, on: dt.date) -> str | None:
        """The entry that came back: who sent it, its reference and its day, as far as they are said."""
        lodgement = reference(record.text("lodgement"))
        sent = day_of_no_month_until(record.raw("original_day"), on)
        if lodgement is None or sent is None:
            return None
        return f"{record.text('original_user') or self.user}/{lodgement}/{sent.isoformat()}"

    def _line(self, record: Record, name: str, kind: LineKind, gross_minor: int, on: dt.date) -> MoneyLine:
        arrived, is_dispute = self.arrived, kind == "dispute"
        return MoneyLine(
            id=money_line_id(NAME, arrived.account, name),
            partner=NAME,
            account=arrived.account,
            feed=arrived.feed,
            delivery=arrived.delivery,
            position=record.number,
            identity=name,
            kind=kind,
            partner_kind=f"{record.text('transaction_code')}/{record.text('return_code')}",
            dispute=dispute_id(NAME, arrived.account, name) if is_dispute else None,
            partner_dispute_id=name if is_dispute else None,
            payment_ref=reference(record.text("lodgement")),
            cycle=1 if is_dispute else None,
            batch=f"{self.user}/{on.isoformat()}",
            gross_minor=gross_minor,
            fee_minor=0,
            net_minor=gross_minor,
            currency=CURRENCY,
            original_minor=None,
            original_currency=None,
            occurred_at=day_start(on, arrived.zone),
            effective_on=on.isoformat(),
            reference=None,
            landed_at=arrived.landed_at,
        )
