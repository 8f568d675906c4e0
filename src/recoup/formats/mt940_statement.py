"""One page of a statement: what its fields must say, and the proof by its balances.

A page that does not prove itself is `broken`, and with it the file: no closing balance (it was cut), no opening one
(its head is missing), fields out of order, another currency inside, or opening plus movements that is not closing.
Where an amount cannot be read the sum is not known: then a finding says so, and the page stands.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping

import msgspec

from recoup.domain.findings import Finding, Severity, excerpt
from recoup.domain.money import render
from recoup.formats.mt940_values import Balance, Days, Heading, Movement, Refused, balance, floor, number_and_sum

__all__ = ["Item", "Movement", "Page", "Refused", "Statement"]

_NUMBER = re.compile(r"([0-9]{1,18})(?:/([0-9]{1,9}))?\s*")
FINDINGS_MAX = 200
"""Findings of one page that are kept; a page with more is wrong all over."""


class Page(msgspec.Struct, frozen=True):
    """The end of one message: what it stated, what was counted, and whether it holds together.

    `line` 0 is no message but the end of the file, with what is to say of it all.
    """

    line: int
    heading: Heading = Heading()
    opening: Balance | None = None
    closing: Balance | None = None
    movements: int = 0
    unread: int = 0
    sum_minor: int = 0
    broken: Finding | None = None
    """Why the page, and so the file, cannot be trusted."""
    findings: tuple[Finding, ...] = ()


Item = Movement | Refused | Page


class Statement:
    """Gathers one page."""

    def __init__(self, name: str, line: int) -> None:
        self._name = name
        self._line = line
        self._days = Days()
        self._broken: Finding | None = None
        self._findings: list[Finding] = []
        self._opening: Balance | None = None
        self._closing: Balance | None = None
        self._floors: list[int] = []
        self._stated: list[tuple[int, str, int, str, int]] = []
        self._counts = {"C": 0, "D": 0}
        self._unbooked = 0
        self._sums = {"C": 0, "D": 0}
        self._unread = 0
        self.has_begun = False
        self.is_framed = False
        self.is_ended = False
        self.heading = Heading()

    def take(self, line: int, tag: str, text: str) -> None:
        """Take a field that is no movement."""
        if not self.has_begun:
            self.has_begun = True
            self._line = line
        step = _STEPS.get(tag)
        if step is not None:
            step(self, line, tag, text)

    def add(self, read: tuple[Movement | Refused, list[Finding]]) -> Movement | Refused:
        """Count a movement, and give it back."""
        told, odd = read
        if not self.has_begun:
            self.has_begun = True
            self._line = told.line
        if odd and len(self._findings) < FINDINGS_MAX:
            self._findings += odd
        if self._closing is not None:
            self._break("order", told.line, "a movement after the closing balance", "movements before it")
        minor = told.minor
        if minor is None:
            self._unread += 1
        elif type(told) is Movement and told.mark[0] == "E" and not self.heading.is_interim:
            return self._expected(told)
        else:
            side = "C" if minor >= 0 else "D"
            self._counts[side] += 1
            self._sums[side] += minor
        return told

    def page(self, strays: list[Finding]) -> Page:
        """Close the page and prove it."""
        self._prove()
        return Page(
            line=self._line,
            heading=self.heading,
            opening=self._opening,
            closing=self._closing,
            movements=self._counts["C"] + self._counts["D"] + self._unbooked + self._unread,
            unread=self._unread,
            sum_minor=self._sums["C"] + self._sums["D"],
            broken=self._broken,
            findings=(*strays, *self._findings),
        )

    def _expected(self, told: Movement) -> Refused:
        self._unbooked += 1
        found = Finding(
            "mt940.expected", f"{self._name}:{told.line}", f"mark {told.mark}", "booked movements in a statement"
        )
        return Refused(told.line, found)

    # --- fields -----------------------------------------------------------------------------

    def _take_account(self, line: int, _tag: str, text: str) -> None:
        if self.heading.account or self._has_movements():
            self._break("order", line, "a second account within one message", "one account (25) before all movements")
        self._head(account=text.partition("\n")[0].strip())

    def _take_number(self, line: int, _tag: str, text: str) -> None:
        found = _NUMBER.fullmatch(text.partition("\n")[0])
        if found is None:
            self._note("number", line, excerpt(text), "the number of the statement and of its page: 27/1")
            return
        self._head(number=int(found[1]), page=int(found[2]) if found[2] else None)

    def _take_opening(self, line: int, tag: str, text: str) -> None:
        if self._opening is not None or self._has_movements():
            self._break("order", line, "an opening balance after movements", "one before all movements")
            return
        self._opening = self._balance(line, tag, text)
        if self._opening is not None:
            self._head(currency=self._opening.currency, opened_on=dt.date.fromisoformat(self._opening.on))

    def _take_closing(self, line: int, tag: str, text: str) -> None:
        if self._closing is not None:
            self._break("order", line, "a second closing balance", "one to a message")
            return
        self._closing = self._balance(line, tag, text)

    def _take_other_balance(self, line: int, tag: str, text: str) -> None:
        if balance(text, line, self._days, True) is None:
            self._note("balance", line, excerpt(f":{tag}:{text}"), "C or D, YYMMDD, currency, amount")

    def _take_floor(self, line: int, _tag: str, text: str) -> None:
        self._head(is_interim=True)
        found = floor(text)
        if found is None:
            self._note("floor", line, excerpt(text), "currency, C or D, amount")
            return
        self._floors.append(found[1])
        if self.heading.currency is None:
            self._head(currency=found[0])

    def _take_sum(self, line: int, tag: str, text: str) -> None:
        self._head(is_interim=True)
        found = number_and_sum(text)
        if found is None:
            self._break("sum", line, excerpt(f":{tag}:{text}"), "count, currency, sum")
        else:
            self._stated.append((line, tag[2], *found))

    def _take_time(self, _line: int, _tag: str, _text: str) -> None:
        self._head(is_interim=True)

    def _head(self, **told: object) -> None:
        self.heading = msgspec.structs.replace(self.heading, **told)

    def _balance(self, line: int, tag: str, text: str) -> Balance | None:
        found = balance(text, line, self._days, tag.endswith("F"))
        if found is None:
            wanted = "C or D, YYMMDD, a currency in force, an amount that fits it"
            self._break("balance", line, excerpt(f":{tag}:{text.partition(chr(10))[0]}"), wanted)
        return found

    # --- proof ------------------------------------------------------------------------------

    def _prove(self) -> None:
        if self._opening is not None or self._closing is not None:
            self._head(is_interim=False)
        if not self.heading.account:
            self._break("account", self._line, "no account", "one (25): the head of the message")
        if self.is_framed and not self.is_ended:
            self._break("end", self._line, "a message without its end", "a line of - and }: the message was cut")
        if self.heading.is_interim:
            self._prove_sums()
            return
        if self._opening is None:
            self._break("opening", self._line, "no opening balance", "one (60F or 60M): the head of the message")
        if self._closing is None:
            self._break("closing", self._line, "no closing balance", "one (62F or 62M): the message was cut")
        if self._opening is not None and self._closing is not None:
            self._prove_page(self._opening)
            self._prove_balances(self._opening, self._closing)

    def _prove_page(self, opening: Balance) -> None:
        """The first page opens with 60F, a further one with 60M; no number of a page says nothing."""
        page = self.heading.page
        if not page or (page == 1) == opening.is_final:
            return
        found = f"page {page} of statement {self.heading.number} with a {'first' if opening.is_final else 'carried'}"
        wanted = "60F on the first page, 60M on each that follows"
        self._note("page", opening.line, f"{found} opening balance", wanted)

    def _prove_balances(self, opening: Balance, closing: Balance) -> None:
        if opening.currency != closing.currency:
            self._break("currency", closing.line, closing.currency, f"{opening.currency}, as the opening balance")
            return
        if not closing.is_final:
            self._note("continued", closing.line, "a balance between two pages", "the statement's next page", "note")
        if self._unread:
            found = f"{self._unread} movement{'' if self._unread == 1 else 's'} without an amount that can be read"
            self._note("unproven", closing.line, found, "all amounts, to prove the closing balance")
            return
        expected = opening.minor + self._sums["C"] + self._sums["D"]
        if expected != closing.minor:
            currency = closing.currency
            moved = render(self._sums["C"] + self._sums["D"], currency)
            self._break(
                "proof",
                closing.line,
                f"a closing balance of {render(closing.minor, currency)}",
                f"{render(expected, currency)}: opening {render(opening.minor, currency)}, movements {moved}",
            )

    def _prove_sums(self) -> None:
        """Counts and sums of an MT942; with a floor limit they may hold movements that are not listed."""
        if not self._stated and not self.is_ended:
            self._break("end", self._line, "an interim report without end", "its sums (90), or a line of -: it was cut")
        if self._unread or any(self._floors):
            return
        for line, side, count, currency, minor in self._stated:
            counted, moved = self._counts[side], abs(self._sums[side])
            if (count, minor) != (counted, moved):
                found = f"{count} entries of {render(minor, currency)}"
                self._break("sum", line, found, f"{counted} of {render(moved, currency)}, as they stand there")

    def _has_movements(self) -> bool:
        return any(self._counts.values()) or self._unbooked + self._unread > 0

    def _break(self, check: str, line: int, found: str, wanted: str) -> None:
        self._broken = self._broken or Finding(f"mt940.{check}", f"{self._name}:{line}", found, wanted)

    def _note(self, check: str, line: int, found: str, wanted: str, severity: Severity = "warn") -> None:
        self._findings.append(Finding(f"mt940.{check}", f"{self._name}:{line}", found, wanted, severity))


_STEPS: Mapping[str, Callable[[Statement, int, str, str], None]] = {
    "25": Statement._take_account,
    "25P": Statement._take_account,
    "28": Statement._take_number,
    "28C": Statement._take_number,
    "60F": Statement._take_opening,
    "60M": Statement._take_opening,
    "62F": Statement._take_closing,
    "62M": Statement._take_closing,
    "64": Statement._take_other_balance,
    "65": Statement._take_other_balance,
    "34F": Statement._take_floor,
    "13D": Statement._take_time,
    "90C": Statement._take_sum,
    "90D": Statement._take_sum,
}
