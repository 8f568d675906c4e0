"""What a row of a fee, submission, settlement or transaction report says about money.

A fee is the same movement in the fee report and in the submission report: submission, record, and its text.
Authorisations move nothing. Of deposits, a published report has not one: what their rows say of money is not
known, and they are refused instead of guessed.
"""

from recoup.domain.findings import Notes, excerpt
from recoup.domain.ids import money_line_id
from recoup.domain.instants import day_start, local_day, parse_instant
from recoup.domain.money_line import MoneyLine
from recoup.errors import InstantRefused
from recoup.partners.contract import Arrived, Reading
from recoup.partners.jpmorgan import wire
from recoup.partners.jpmorgan.report import Row
from recoup.partners.jpmorgan.telling import CODES, NAME, ZONE, Refused, currency_of, day, key, minor, sound


class Fees:
    """Rows of fees to money lines."""

    fields = wire.FEE_FIELDS

    def __init__(self, arrived: Arrived) -> None:
        """Begin a file."""
        self._arrived = arrived
        self._seen: set[str] = set()

    def take(self, row: Row, reading: Reading, notes: Notes) -> None:
        """Add the fee of one row; a fee of nothing is none.

        Raises:
          Refused: A cell that cannot be read, or a fee that stands twice.
        """
        currency = currency_of(row.text(wire.SETTLED_CURRENCY), wire.SETTLED_CURRENCY[0])
        fee = -minor(row.text(wire.FEE_TOTAL), currency, wire.FEE_TOTAL[0])
        category = row.text(wire.CATEGORY_TEXT)
        if CODES.meaning("charge_category", category) is None:
            notes.unknown(wire.CATEGORY_TEXT[0], category or None, "charge_category")
        identity = "|".join(key(row.text(field), field[0]) for field in (wire.SUBMISSION, wire.RECORD, wire.FEE_TEXT))
        if identity in self._seen:
            raise Refused(wire.FEE_TEXT[0], "the same fee twice", "each fee of a record once")
        self._seen.add(identity)
        if fee:
            reading.money_lines.append(self._line(row, identity, fee, currency))

    def _line(self, row: Row, identity: str, fee: int, currency: str) -> MoneyLine:
        arrived, on = self._arrived, _day(row)
        return MoneyLine(
            id=money_line_id(NAME, arrived.account, identity),
            partner=NAME,
            account=arrived.account,
            feed=arrived.feed,
            delivery=arrived.delivery,
            position=row.position,
            identity=identity,
            kind="fee",
            partner_kind=key(row.text(wire.FEE_TEXT), wire.FEE_TEXT[0]),
            dispute=None,
            partner_dispute_id=None,
            payment_ref=sound(row.text(wire.ORDER)),
            cycle=None,
            batch=sound(row.text(wire.TRANSFER)),
            gross_minor=0,
            fee_minor=fee,
            net_minor=-fee,
            currency=currency,
            original_minor=None,
            original_currency=None,
            occurred_at=day_start(day(on, wire.TRANSFER_ON[0]), ZONE),
            effective_on=on,
            reference=sound(row.text(wire.SUBMISSION)),
            landed_at=arrived.landed_at,
        )


class Settled:
    """Rows of settled or submitted transactions: authorisations are taken and say nothing of money."""

    fields = wire.SETTLEMENT_FIELDS

    def take(self, row: Row, reading: Reading, notes: Notes) -> None:
        """Take an authorisation.

        Raises:
          Refused: A deposit, or a row that does not say whether it is one.
        """
        told = row.text(wire.IS_DEPOSIT)
        if CODES.meaning("deposit_indicator", told) != "none":
            raise Refused(wire.IS_DEPOSIT[0], excerpt(told), "N; no row of a deposit was ever published")


def _day(row: Row) -> str:
    """The day of the funds transfer, Eastern.

    Raises:
      Refused: Neither a time nor a day.
    """
    told = row.text(wire.TRANSFER_ON)
    try:
        return local_day(parse_instant(told), ZONE).isoformat()
    except InstantRefused:
        return day(told, wire.TRANSFER_ON[0]).isoformat()
