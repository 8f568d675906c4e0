"""What a chargeback notification file (CBNOT) says: one record, one step of one case.

The reason code says which step: most codes open a chargeback, M11 and M38 take its debit back, some only inform. A
negative amount is a debit of ours, a positive one a credit. The amount names no currency of its own: it is in US
dollars, unless the installation's own layout says otherwise (README.md).
"""

from collections.abc import Iterator
from typing import BinaryIO

from recoup.domain.findings import Notes, excerpt
from recoup.domain.instants import day_start, local_day
from recoup.domain.legs import Told
from recoup.domain.money import unit_rules
from recoup.domain.observation import Said
from recoup.domain.tables import moves
from recoup.errors import MoneyRefused
from recoup.formats import fixed_width
from recoup.formats.fixed_width import Record
from recoup.formats.fixed_width_layout import FileLayout
from recoup.formats.laid import Laid
from recoup.formats.plain_text import reference
from recoup.partners.amex.telling import CODES, NAME, NETWORK, adjustment, currency_of
from recoup.partners.contract import Arrived, Placed, Reading
from recoup.partners.fixed_width_feed import quarantine, readings


def read_cbnot(arrived: Arrived, stream: BinaryIO, layout: FileLayout) -> Iterator[Reading]:
    """Read one file of chargeback notifications; it may hold several logical files."""
    return readings(arrived, stream, layout, _Notifications(arrived, currency_of(layout)))


def lay_out(stream: BinaryIO, layout: FileLayout) -> Iterator[Laid]:
    """Show a file of chargeback notifications, with the meanings of its codes."""
    return fixed_width.lay_out(stream, layout, _means)


def _means(record: str, field: str, raw: str) -> str | None:
    word = raw.strip()
    if field == "cb_reas_code":
        return CODES.meaning("reason", word)
    return CODES.meaning(field, word) if field in ("case_type", "resolution", "supp_to_follow") else None


class _Notifications:
    """Hears one file: its day, then its cases."""

    def __init__(self, arrived: Arrived, currency: str) -> None:
        self.arrived = arrived
        self.currency = currency

    def take(self, record: Record, reading: Reading) -> None:
        """Take the header's day, or one step of one case."""
        if record.name == "header":
            if (on := record.day("ccyyddd")) is not None:
                reading.covers_on = on.isoformat()
        elif record.name == "detail":
            self._case(record, reading)

    def settle(self, reading: Reading) -> None:
        """Nothing waits: each notification is one record."""

    def _case(self, record: Record, reading: Reading) -> None:
        case, on = reference(record.text("current_case_number")), record.day("date_of_adjustment")
        if case is None:
            quarantine(self.arrived, record, reading, "amex.case", "no case number", "CURRENT_CASE_NUMBER")
            return
        if on is None:
            quarantine(self.arrived, record, reading, "amex.day", "no such day", "DATE_OF_ADJUSTMENT as YYYYMMDD")
            return
        reason = record.text("cb_reas_code")
        meaning = CODES.meaning("reason", reason)
        if meaning == "no_dispute":
            return
        notes = Notes(f"{self.arrived.name}:{record.number} {case}")
        if meaning is None:
            notes.unknown("CB_REAS_CODE", reason or None, "reason")
        if (case_type := record.text("case_type")) and CODES.meaning("case_type", case_type) is None:
            notes.unknown("CASE_TYPE", case_type, "case_type")
        at = day_start(on, self.arrived.zone)
        amount = self._amount(record, notes, at)
        said = self._said(record, case, meaning or "unknown", amount, at, notes)
        reading.observations.append(Placed(record.number, said))
        reading.findings.extend(notes.found)

    def _said(self, record: Record, case: str, move: str, amount: int | None, at: int, notes: Notes) -> Said:
        reason, number = record.text("cb_reas_code"), record.text("cb_adjustment_number")
        previous = reference(record.text("previous_case_number"))
        is_opening = move in ("chargeback_opened", "chargeback_accepted")
        return Said(
            partner_dispute_id=case,
            form="row",
            occurred_at=at,
            move=move,
            record_id="|".join((case, record.text("current_action_number"), reason, number, str(at))),
            kind="dispute",
            partner_status=_status(record),
            amount_minor=None if amount is None else abs(amount),
            currency=None if amount is None else self.currency,
            payment_ref=reference(record.text("ind_ref_number")) or reference(record.text("cb_reference_code")),
            case_ref=previous or case,
            network=NETWORK,
            reason_code=reason or None,
            opened_at=at if is_opening else None,
            legs=self._legs(record, move, amount, notes),
        )

    def _amount(self, record: Record, notes: Notes, at: int) -> int | None:
        """The signed amount: sign or blank, thirteen digits, a point, two more; None where it is no amount."""
        text = record.text("cb_amount")
        try:
            return unit_rules().from_major(NAME, self.arrived.feed, self.currency, text, local_day(at, "UTC"))
        except MoneyRefused as error:
            notes.add("amex.amount", "CB_AMOUNT", error.found, error.wanted)
            return None

    def _legs(self, record: Record, move: str, amount: int | None, notes: Notes) -> tuple[Told, ...]:
        """The debit or credit that the step announces, where the amount's sign agrees with it."""
        leg = CODES.meaning("leg", record.text("cb_reas_code"))
        if leg is None or not amount:
            return ()
        if (amount < 0) != (leg == "d1"):
            wanted = "a negative amount" if leg == "d1" else "a positive amount"
            notes.add("amex.sign", "CB_AMOUNT", f"{'negative' if amount < 0 else 'positive'} with {move}", wanted)
            return ()
        ref = adjustment(record.text("se_numb"), record.text("cb_adjustment_number"))
        if leg == "d1":
            return (Told("debit", 1, -amount, self.currency, ref),)
        return (Told("credit", 1, amount, self.currency, ref, is_provisional=moves()[move].finality == "provisional"),)


def _status(record: Record) -> str:
    """The partner's own words: reason, case type, and whether it is a letter of resolution."""
    words = [record.text("cb_reas_code"), record.text("case_type")]
    if record.text("resolution") == "Y":
        words.append("resolution")
    return excerpt(" ".join(word for word in words if word)).strip('"')
