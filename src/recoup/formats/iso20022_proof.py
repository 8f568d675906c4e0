"""The proof of a statement: what its summary and balances state beside what its entries come to.

In a camt.053 the opening balance and the booked entries come to the closing balance, in each
currency that has one of both. Numbers and sums of entries are compared wherever they are stated,
over all entries. Reports (camt.052) may leave out what an earlier one told, so their balances prove
nothing. Findings say what cannot be proved, and why.
"""

from collections.abc import Iterator, Sequence

import msgspec

from recoup.domain.findings import Finding, Severity
from recoup.formats.iso20022_elements import FRACTION_MAX, Fields, decimals_of, scaled, whole_number
from recoup.formats.iso20022_pieces import Balance, Entry, Money, Statement, Total

BOOKED = "BOOK"


class _Sums(msgspec.Struct, gc=False):
    """Entries of one currency, in minor units."""

    credit_minor: int = 0
    debit_minor: int = 0
    booked_minor: int = 0
    """Net of those that are booked."""


class Proof:
    """What the entries of one statement come to; `count` each, then ask for `totals`."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._sums: dict[str, _Sums] = {}
        self._credits = self._debits = 0
        self._unread = 0
        self.entries = 0

    def count(self, entry: Entry) -> None:
        """Add one entry, once; one whose amount or direction cannot be read leaves the sums unknown."""
        self.entries += 1
        minor, currency = entry.amount.minor, entry.amount.currency
        if minor is None or minor < 0 or entry.is_credit is None or currency is None:
            self._unread += 1
            return
        sums = self._sums.get(currency)
        if sums is None:
            sums = self._sums[currency] = _Sums()
        is_booked = entry.status == BOOKED or entry.status is None
        if entry.is_credit:
            self._credits += 1
            sums.credit_minor += minor
            sums.booked_minor += minor if is_booked else 0
        else:
            self._debits += 1
            sums.debit_minor += minor
            sums.booked_minor -= minor if is_booked else 0

    def totals(self, statement: Statement, summary: Fields, balances: Sequence[Balance]) -> Iterator[Total | Finding]:
        """Give each stated total beside the computed one, and findings about what cannot be compared."""
        where = f"{self._where}, line {statement.line}, statement {statement.number}"
        if not self.entries and statement.header.message == "camt.052":
            if "count" in summary or "sum" in summary:
                yield _note(where, "iso20022.totals_only", "totals without entries", "entries", "note")
            return
        yield from self._counts(where, summary)
        if self._unread:
            found = f"{self._unread} entries whose amount cannot be read"
            yield _note(where, "iso20022.proof", found, "amounts, to prove sums and balances")
            return
        yield from self._summed(where, summary)
        if statement.header.message == "camt.053":
            yield from self._balanced(where, balances)

    def _counts(self, where: str, summary: Fields) -> Iterator[Total | Finding]:
        counts = {"": self.entries, "credit_": self._credits, "debit_": self._debits}
        for kind, computed in counts.items():
            text = summary.get(f"{kind}count")
            if text is None or (kind and self._unread):
                continue
            stated = whole_number(text)
            name = f"{kind.replace('_', ' ')}entries"
            if stated is None:
                yield _note(where, "iso20022.total", f"a number of {name} that is none", "a whole number")
            else:
                yield Total(where, f"number of {name}", stated, computed)

    def _summed(self, where: str, summary: Fields) -> Iterator[Total | Finding]:
        currency, decimals = self._scale()
        credit_sum, debit_sum = self._sum("credit_minor", decimals), self._sum("debit_minor", decimals)
        gross, net = credit_sum + debit_sum, credit_sum - debit_sum
        sums = {"sum": gross, "credit_sum": credit_sum, "debit_sum": debit_sum, "net": abs(net)}
        for slot, computed in sums.items():
            text = summary.get(slot)
            if text is None:
                continue
            stated = scaled(text, decimals)
            name = f"{slot.replace('_', ' ')} of entries"
            if stated is None:
                yield _note(where, "iso20022.total", f"a {name} that is none", f"a number of {decimals} decimals")
            elif slot == "sum" and abs(stated) == abs(net) != gross:
                yield _note(where, "iso20022.net_sum", "the net of the entries stated as their sum", "the sum", "note")
            else:
                # Some banks sign a sum of debits; what it says is the same.
                yield Total(where, name, abs(stated), computed, currency)
        if summary.get("net") is not None and (is_up := summary.get("net_is_credit")) is not None and net:
            yield Total(where, "direction of the net (1 credit, 0 debit)", int(is_up), int(net > 0))

    def _scale(self) -> tuple[str | None, int]:
        """The one currency of the entries and its decimals; of several, the most decimals there are."""
        if len(self._sums) == 1:
            currency = next(iter(self._sums))
            return currency, decimals_of(currency) or 0
        return None, FRACTION_MAX

    def _sum(self, slot: str, decimals: int) -> int:
        return sum(
            getattr(sums, slot) * 10 ** (decimals - (decimals_of(currency) or 0))
            for currency, sums in self._sums.items()
        )

    def _balanced(self, where: str, balances: Sequence[Balance]) -> Iterator[Total | Finding]:
        if unread := [b for b in balances if b.amount.minor is None or b.is_credit is None]:
            found = f"{len(unread)} balances whose amount or direction cannot be read"
            yield _note(where, "iso20022.proof", found, "amounts of their currency, CRDT or DBIT")
            return
        currencies = sorted({b.amount.currency or "" for b in balances} | set(self._sums))
        for currency in currencies:
            own = [b for b in balances if b.amount.currency == currency]
            opening = _of_kind(own, "OPBD") or _of_kind(own, "PRCD")
            closing = _of_kind(own, "CLBD")
            if len(opening) != 1 or len(closing) != 1:
                found = f"{len(opening)} opening and {len(closing)} closing balances in {currency}"
                yield _note(where, "iso20022.proof", found, "one of each, to prove the entries", "warn")
                continue
            moved = self._sums[currency].booked_minor if currency in self._sums else 0
            stated, opened = _signed(closing[0]), _signed(opening[0])
            yield Total(where, "closing balance", stated, opened + moved, currency)


def problem_of(entry: Entry) -> tuple[str, str] | None:
    """Say what makes an entry no movement of money: (found, wanted); None where nothing does."""
    if entry.amount.minor is None:
        return f"amount {_shown(entry.amount)}", "an amount of a currency with minor units"
    if entry.amount.minor < 0:
        return "a negative amount", "an amount of 0 or more, with CRDT or DBIT"
    return ("neither CRDT nor DBIT", "CdtDbtInd") if entry.is_credit is None else None


def _shown(amount: Money) -> str:
    text = amount.text if len(amount.text) <= 40 else amount.text[:39] + "…"
    return f"'{text}' {amount.currency or 'without currency'}"[:60]


def _of_kind(balances: Sequence[Balance], kind: str) -> list[Balance]:
    return [b for b in balances if (b.kind or "").partition("/")[0] == kind]


def _signed(balance: Balance) -> int:
    minor = balance.amount.minor or 0
    return minor if balance.is_credit else -minor


def _note(where: str, check: str, found: str, wanted: str, severity: Severity = "error") -> Finding:
    return Finding(check, where, found, wanted, severity)
