"""What a settlement file (EPRAW, EPTRN, EPPRC) says: the money lines of payments, and the payments themselves.

Signed as it moves our balance: a negative chargeback takes money. Chargeback and adjustment records name no case; an
adjustment has the number that the chargeback notification has, and that is its identity. The payment is the sum of
what its records move; where it is not, that is a finding and no more, because an opening debit balance may lie between
them and published samples do not tie either.
"""

import datetime as dt
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding
from recoup.domain.ids import money_line_id
from recoup.domain.instants import day_start
from recoup.domain.money import unit_rules
from recoup.domain.money_line import LineKind, MoneyLine
from recoup.errors import MoneyRefused
from recoup.formats import fixed_width
from recoup.formats.fixed_width import Record
from recoup.formats.fixed_width_layout import FileLayout
from recoup.formats.laid import Laid
from recoup.formats.plain_text import reference
from recoup.partners.amex.telling import CODES, NAME, adjustment, currency_of
from recoup.partners.contract import Arrived, Reading
from recoup.partners.fixed_width_feed import quarantine, readings


def read_settlement(arrived: Arrived, stream: BinaryIO, layout: FileLayout) -> Iterator[Reading]:
    """Read one settlement file: usually several logical files, one per payee."""
    return readings(arrived, stream, layout, _Settlement(arrived, currency_of(layout)))


def lay_out(stream: BinaryIO, layout: FileLayout) -> Iterator[Laid]:
    """Show a settlement file, with the meanings of its codes."""
    return fixed_width.lay_out(stream, layout, _means)


def _means(record: str, field: str, raw: str) -> str | None:
    return CODES.meaning(field, raw) if field == "detail_record_type" else None


class _Moved(msgspec.Struct, frozen=True):
    """What one record moves, in the file's own counting."""

    kind: LineKind
    identity: str
    gross: int
    fee: int
    net: int
    on: dt.date
    ref: str | None = None


class _Settlement:
    """Hears one file: per logical file its payments with what they say and what was counted."""

    def __init__(self, arrived: Arrived, currency: str) -> None:
        self.arrived = arrived
        self.currency = currency
        self.stated: dict[str, int] = {}
        self.moved: dict[str, int] = {}
        self.seen: dict[str, int] = {}

    def take(self, record: Record, reading: Reading) -> None:
        """Take one record; records of charge are parts of their summary and move nothing themselves."""
        if record.name == "header":
            self._begin(record, reading)
        elif record.name == "summary":
            self._payment(record, reading)
        elif record.name in _READ:
            self._detail(record, reading)
        elif record.name == "trailer":
            self._compare(record, reading)

    def settle(self, reading: Reading) -> None:
        """Nothing waits: each movement is one record."""

    def _begin(self, record: Record, reading: Reading) -> None:
        self.stated, self.moved, self.seen = {}, {}, {}
        if (on := record.day("df_hdr_date")) is not None:
            reading.covers_on = on.isoformat()

    def _payment(self, record: Record, reading: Reading) -> None:
        paid, on = record.number_of("payment_amount"), record.day("payment_date")
        if paid is None or on is None:
            quarantine(self.arrived, record, reading, "amex.payment", "no amount or no day", "PAYMENT_AMOUNT and _DATE")
            return
        batch = _batch(record)
        self.stated[batch] = self.stated.get(batch, 0) + paid
        moved = _Moved("payout", batch, -paid, 0, -paid, on)
        reading.money_lines.append(self._line(record, moved))

    def _detail(self, record: Record, reading: Reading) -> None:
        on = record.day("amex_process_date")
        found = _READ[record.name](record, on) if on is not None else None
        if found is None:
            quarantine(self.arrived, record, reading, "amex.amount", "no amount or no day", "signed amounts and a day")
            return
        batch = _batch(record)
        self.moved[batch] = self.moved.get(batch, 0) + found.net
        count = self.seen[found.identity] = self.seen.get(found.identity, 0) + 1
        if count > 1:
            found = msgspec.structs.replace(found, identity=f"{found.identity}/{count}")
        line = self._line(record, found)
        reading.money_lines.append(line)
        if found.net != found.gross - found.fee:
            where = f"{self.arrived.name}:{record.number} {found.identity} net"
            wanted = f"{found.gross} less {found.fee}"
            reading.findings.append(Finding("amex.net", where, str(found.net), wanted, "warn"))

    def _compare(self, record: Record, reading: Reading) -> None:
        """Say which payments are not the sum of their records."""
        for batch, stated in self.stated.items():
            moved = self.moved.get(batch, 0)
            if stated != moved:
                where = f"{self.arrived.name}:{record.number} payment {batch}"
                found = f"{stated} paid, {moved} in its records"
                reading.findings.append(Finding("amex.payment_sum", where, found, "both equal", "warn"))

    def _line(self, record: Record, moved: _Moved) -> MoneyLine:
        arrived, batch = self.arrived, _batch(record)
        return MoneyLine(
            id=money_line_id(NAME, arrived.account, moved.identity),
            partner=NAME,
            account=arrived.account,
            feed=arrived.feed,
            delivery=arrived.delivery,
            position=record.number,
            identity=moved.identity,
            kind=moved.kind,
            partner_kind=record.text("detail_record_type"),
            dispute=None,
            partner_dispute_id=None,
            payment_ref=None,
            cycle=None,
            batch=batch,
            gross_minor=self._minor(moved.gross, moved.on),
            fee_minor=self._minor(moved.fee, moved.on),
            net_minor=self._minor(moved.net, moved.on),
            currency=self.currency,
            original_minor=None,
            original_currency=None,
            occurred_at=day_start(moved.on, arrived.zone),
            effective_on=moved.on.isoformat(),
            reference=moved.ref,
            landed_at=arrived.landed_at,
        )

    def _minor(self, amount: int, on: dt.date) -> int:
        return unit_rules().from_minor(NAME, self.arrived.feed, self.currency, amount, on)


def _batch(record: Record) -> str:
    """The payment that a record is part of: payee, year and number."""
    words = (record.text("amex_payee_number"), record.text("payment_year") + record.text("payment_number"))
    batch = reference("/".join(words))
    if batch is None:
        raise MoneyRefused("", "no payment number", "PAYMENT_YEAR and PAYMENT_NUMBER")
    return batch


def _sum(record: Record, *fields: str) -> int | None:
    """The sum of fields, of which blank ones count as nothing; None where one is no number."""
    total = 0
    for field in fields:
        if not record.text(field):
            continue
        amount = record.number_of(field)
        if amount is None:
            return None
        total += amount
    return total


def _soc(record: Record, on: dt.date) -> _Moved | None:
    gross, net = record.number_of("soc_amount"), record.number_of("net_soc_amount")
    fee = _sum(record, "discount_amount", "service_fee_amount")
    if gross is None or net is None or fee is None:
        return None
    return _Moved("charge", _named(record, "soc"), gross, fee, net, on, reference(record.text("soc_invoice_number")))


def _chargeback(record: Record, on: dt.date) -> _Moved | None:
    gross, net = record.number_of("chargeback_amount"), record.number_of("net_chargeback_amount")
    fee = _sum(record, "discount_amount", "service_fee_amount")
    if gross is None or net is None or fee is None:
        return None
    kind: LineKind = "dispute" if gross < 0 else "dispute_reversal"
    return _Moved(kind, _named(record, "chargeback"), gross, fee, net, on, _reason(record, "chargeback_reason"))


def _adjustment(record: Record, on: dt.date) -> _Moved | None:
    """An adjustment that names a card is about a charge, and so about a dispute; any other is about the account."""
    gross, net = record.number_of("adjustment_amount"), record.number_of("net_adjustment_amount")
    fee = _sum(record, "discount_amount", "service_fee_amount")
    if gross is None or net is None or fee is None:
        return None
    kind: LineKind = "adjustment"
    if record.text("cardmember_number").strip("0"):
        kind = "dispute" if gross < 0 else "dispute_reversal"
    number = record.text("adjustment_number")
    name = adjustment(record.text("amex_se_number"), number) or _named(record, "adjustment")
    return _Moved(kind, name, gross, fee, net, on, _reason(record, "adjustment_reason"))


def _fee(record: Record, on: dt.date) -> _Moved | None:
    fields = ("asset_billing_amount", "take_one_commission_amount", "other_fee_amount", "asset_billing_tax")
    net = _sum(record, *fields)
    if net is None:
        return None
    return _Moved("fee", _named(record, "fee"), net, 0, net, on, _reason(record, "other_fee_description"))


def _named(record: Record, kind: str) -> str:
    """A line without a number of its own: payment, establishment, kind, invoice and business day."""
    words = (_batch(record), record.text("amex_se_number"), kind, record.text("soc_invoice_number"))
    return "/".join((*words, record.text("se_business_date"))).rstrip("/")


def _reason(record: Record, field: str) -> str | None:
    return reference(" ".join(record.text(field)[:60].split()))


_READ = {"soc": _soc, "chargeback": _chargeback, "adjustment": _adjustment, "fee": _fee}
