"""MT940 and MT942: booked movements become money lines, pages prove the file, and what came back says so.

The end-to-end reference names the payout that a movement is, as in every other format; where `:86:` has none, the
reference for the account owner stands for it. An interim report (MT942) is read and proved and makes no money lines:
the statement tells the same movements again, and a movement that is not booked yet may be taken back.
"""

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding
from recoup.formats import mt940, mt940_layout
from recoup.formats.laid import Field, Laid
from recoup.formats.mt940 import Movement, Page
from recoup.formats.mt940_details import Details, parse
from recoup.partners.bank.telling import CODES, Telling, is_ours, named
from recoup.partners.contract import Arrived, Control, FileFeed, Reading


def read_mt940(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a file of statements in parts; the last one says what the file covers, or why it is held."""
    telling = Telling(arrived)
    covered = _Covered()
    for item in mt940.read(stream, arrived.name):
        if isinstance(item, Page):
            _page(telling, item)
            covered.add(item)
        else:
            telling.count()
            if isinstance(item, Movement):
                _movement(telling, item)
            else:
                telling.refuse(item.finding)
        if telling.is_full():
            yield telling.part()
    if telling.foreign and telling.foreign == telling.position:
        telling.hold(Finding("bank.account", arrived.name, "statements of other accounts alone", "one of this account"))
    telling.reading.covers_on = covered.on
    telling.reading.sequence = covered.number()
    telling.reading.controls = covered.controls()
    yield telling.part()


class _Covered:
    """The last day that the file closes on, its number, where it holds one statement alone, and its balances."""

    def __init__(self) -> None:
        self.on: str | None = None
        self._numbers: set[tuple[str, int]] = set()
        self._balances: dict[str, tuple[int, int]] = {}

    def add(self, page: Page) -> None:
        opening, closing = page.opening, page.closing
        if opening is not None and closing is not None and not page.unread:
            stated, computed = self._balances.get(closing.currency, (0, 0))
            expected = opening.minor + page.sum_minor
            self._balances[closing.currency] = (stated + closing.minor, computed + expected)
        if page.closing is None or not page.closing.is_final:
            return
        self.on = max(self.on or "", page.closing.on)
        if len(self._numbers) < 2:
            self._numbers.add((page.heading.account, page.heading.number or 0))

    def number(self) -> int | None:
        """The statement's number; a file with several has none."""
        if len(self._numbers) != 1:
            return None
        ((_, number),) = self._numbers
        return number or None

    def controls(self) -> list[Control]:
        """Closing balances as stated beside what follows from the movements, all pages of a currency together."""
        return [Control("closing balances", *told, currency) for currency, told in sorted(self._balances.items())]


def _page(telling: Telling, page: Page) -> None:
    telling.hold(page.broken)
    telling.find(*page.findings)
    if page.heading.is_interim and page.broken is None and page.movements:
        where = f"{telling.arrived.name}:{page.line}"
        found = f"an interim report of {page.movements} movements"
        telling.find(Finding("bank.interim", where, found, "the statement that books them", "note"))


def _movement(telling: Telling, movement: Movement) -> None:
    heading = movement.heading
    if not is_ours(telling.arrived, heading.account, movement.currency):
        telling.refuse_account(movement.line, heading.account)
        return
    if heading.is_interim:
        telling.accept()
        return
    details = parse(movement.details)
    _know(telling, movement, details)
    telling.line(
        bank_reference=movement.bank_reference,
        told=(
            heading.account,
            heading.number,
            heading.page,
            heading.opened_on,
            movement.value_on,
            movement.kind,
            movement.reference,
            movement.supplementary,
            movement.details,
        ),
        minor=movement.minor,
        currency=movement.currency,
        on=movement.booked_on,
        kind=_kind(movement, details),
        end_to_end=named(details.end_to_end) or named(movement.reference),
        text=details.remittance or details.booking_text or movement.supplementary,
    )


def _know(telling: Telling, movement: Movement, details: Details) -> None:
    """Note the bank's codes that nobody has written down here; numbers of a bank's own (N024) are no words."""
    if movement.kind[1:].isalpha():
        telling.know("swift_type", movement.kind[1:], movement.line)
    if details.code:
        telling.know("gvc", details.code, movement.line)
        if details.reason and details.code in _RETURNED:
            telling.know("text_key_extension", details.reason, movement.line)


def _kind(movement: Movement, details: Details) -> str:
    """The bank's words: type, reversal mark, business code, and why it came back, `NRTI RD 109/912`."""
    code = f"{details.code}/{details.reason}" if details.reason else details.code
    mark = movement.mark if movement.mark[0] == "R" else ""
    return " ".join(word for word in (movement.kind, mark, code) if word)


_RETURNED = ("109", "159")
"""Business codes of what came back: there the text key extension says why; elsewhere it is the bank's own."""
_MEANINGS = {
    "business transaction code": "gvc",
    "text key extension": "text_key_extension",
}


def lay_out_mt940(stream: BinaryIO) -> Iterator[Laid]:
    """Give the records of a file with what the bank's codes mean."""
    for laid in mt940_layout.lay_out(stream):
        told = tuple(_meant(field) for field in laid.fields)
        yield laid if told == laid.fields else msgspec.structs.replace(laid, fields=told)


def _meant(field: Field) -> Field:
    vocabulary, code = _MEANINGS.get(field.name), field.raw
    if field.name == "transaction type":
        vocabulary, code = "swift_type", field.raw[1:]
    meaning = CODES.meaning(vocabulary, code) if vocabulary else None
    return field if meaning is None else msgspec.structs.replace(field, meaning=meaning)


MT940 = FileFeed("mt940", ("banks",), read_mt940, lay_out_mt940)
