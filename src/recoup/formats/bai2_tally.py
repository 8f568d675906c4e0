"""What a BAI2 file states about itself beside what stands in it, at three levels.

An account's control total is the sum of all its amounts as written, summaries and transactions alike, signs kept; its
number of records counts 03, 16, 88 and 49. A group adds its accounts, a file its groups, each with its own two records.
A trailer that is missing or states something else breaks the file: nothing of it can be trusted. Where an amount could
not be read, the totals above it are not known; then a finding says so, and the rest stands.
"""

from collections.abc import Iterator

import msgspec

from recoup.domain.findings import Finding, Severity
from recoup.domain.money import render
from recoup.formats.bai2_values import Group, Heading, Refused, Transaction, amount_of

OPENING, CLOSING = "010", "015"
"""Type codes of the ledger balances."""
CREDITS, DEBITS = "100", "400"
"""Type codes of the sums of all credits and of all debits."""
FINDINGS_MAX = 200
"""Findings of one logical file that are kept; a file with more is wrong all over."""


class Account(msgspec.Struct, frozen=True):
    """The end of one account: its balances as stated, and what its transactions add up to."""

    line: int
    account: str
    currency: str
    group: Group
    opening_minor: int | None = None
    closing_minor: int | None = None
    transactions: int = 0
    unread: int = 0
    sum_minor: int = 0
    findings: tuple[Finding, ...] = ()


class End(msgspec.Struct, frozen=True):
    """The end of one logical file, or of the bytes."""

    line: int
    sender: str = ""
    file: str = ""
    """The sender's identification of the file."""
    created_on: str = ""
    """As written, YYMMDD."""
    records: int = 0
    totals: tuple[tuple[str, int, int], ...] = ()
    """What its trailer states beside what was computed: (name, stated, computed)."""
    broken: Finding | None = None
    """Why nothing of the file can be trusted."""
    findings: tuple[Finding, ...] = ()


Item = Transaction | Refused | Account | End


class _Level(msgspec.Struct):
    """An open account, group or file: since which line, records counted, amounts added, parts inside."""

    line: int
    records: int = 0
    total: int = 0
    parts: int = 0
    is_known: bool = True
    """False once an amount below could not be read."""


class Tally:
    """Counts and adds as records come, and compares at each trailer."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._file: _Level | None = None
        self._group: _Level | None = None
        self._account: _Level | None = None
        self._head: tuple[str, str, str] = ("", "", "")
        self._of_group = Group()
        self._heading: Heading | None = None
        self._sums = [0, 0]
        self._unread = 0
        self._transactions = 0
        self._broken: Finding | None = None
        self._findings: list[Finding] = []
        self._totals: list[tuple[str, int, int]] = []
        self._ended: set[tuple[str, str, str, int, int]] = set()
        self._files = 0

    # --- opening ----------------------------------------------------------------------------

    def open_file(self, line: int, physical: int, fields: list[str]) -> Iterator[Item]:
        """A 01 record."""
        if self._file is not None:
            self.breaks("trailer", line, "a second file header", "the file trailer (99) of the first")
            yield from self._end(line)
        padded = [field.strip() for field in fields] + [""] * 5
        self._head = (padded[0], padded[2], padded[4])
        self._file = _Level(line, physical)

    def open_group(self, line: int, physical: int, group: Group) -> Iterator[Item]:
        """A 02 record."""
        if self._file is None:
            self.breaks("header", line, "a group outside of a file", "a file header (01)")
            self._file = _Level(line)
        if self._group is not None:
            yield from self._cut("group", line, "98")
            self._leave_group()
        self._of_group = group
        self._group = _Level(line, physical)

    def open_account(self, line: int, physical: int) -> Iterator[Item]:
        """A 03 record."""
        if self._group is None:
            self.breaks("header", line, "an account outside of a group", "a group header (02)")
            self._group = _Level(line)
        if self._account is not None:
            yield from self._cut("account", line, "49")
        self._account = _Level(line, physical)
        self._sums, self._unread, self._transactions = [0, 0], 0, 0

    def begin(self, heading: Heading, problem: Finding | None) -> None:
        """What the 03 record says."""
        assert self._account is not None, "an account is open"
        self._heading = heading
        self._account.total = heading.sum_minor
        if problem is not None:
            self._account.is_known = problem.check != "bai2.amount" and self._account.is_known
            self.note(problem.check.removeprefix("bai2."), heading.line, problem.found, problem.wanted, "error")

    # --- inside -----------------------------------------------------------------------------

    def count(self, line: int, physical: int) -> None:
        """Count records of the innermost open level."""
        level = self._account or self._group or self._file
        if level is None:
            self.breaks("header", line, "a record outside of a file", "a file header (01)")
        else:
            level.records += physical

    def add(self, told: Transaction | Refused) -> Transaction | Refused:
        """Add a 16 record, and give it back."""
        account = self._account
        if account is None:
            self.breaks("header", told.line, "a transaction outside of an account", "an account (03)")
            return told
        self._transactions += 1
        minor = told.minor
        if minor is None:
            self._unread += 1
            account.is_known = False
        else:
            account.total += abs(minor)
            self._sums[minor < 0] += minor
        return told

    def refuse(self, told: Refused) -> Refused:
        """Count a record of no known code: what it is worth is not known."""
        level = self._account or self._group or self._file
        if level is not None:
            level.is_known = False
        return told

    def note(self, check: str, line: int, found: str, wanted: str, severity: Severity = "warn") -> None:
        """Note what is odd."""
        if len(self._findings) < FINDINGS_MAX:
            self._findings.append(Finding(f"bai2.{check}", self._where(line), found, wanted, severity))

    def breaks(self, check: str, line: int, found: str, wanted: str) -> None:
        """Note why nothing of the file can be trusted; the first reason counts."""
        self._broken = self._broken or Finding(f"bai2.{check}", self._where(line), found, wanted)

    # --- closing ----------------------------------------------------------------------------

    def close_account(self, line: int, physical: int, fields: list[str]) -> Iterator[Item]:
        """A 49 record."""
        account = self._account
        if account is None:
            self.breaks("header", line, "an account trailer without account", "an account (03) before it")
            return
        account.records += physical
        self._compare("account", line, fields, (account.total, account.records), account.is_known)
        yield self._account_end(line)
        group = self._group
        assert group is not None, "an account is in a group"
        group.parts += 1
        _add(group, account)
        self._account = None

    def close_group(self, line: int, physical: int, fields: list[str]) -> Iterator[Item]:
        """A 98 record."""
        if self._account is not None:
            yield from self._cut("account", line, "49")
        group = self._group
        if group is None:
            self.breaks("header", line, "a group trailer without group", "a group header (02) before it")
            return
        group.records += physical
        self._compare("group", line, fields, (group.total, group.parts, group.records), group.is_known)
        self._leave_group()

    def close_file(self, line: int, physical: int, fields: list[str]) -> Iterator[Item]:
        """A 99 record."""
        if self._group is not None:
            yield from self._cut("group", line, "98")
            self._leave_group()
        file = self._file
        if file is None:
            self.breaks("header", line, "a file trailer without file", "a file header (01) before it")
            return
        file.records += physical
        self._compare("file", line, fields, (file.total, file.parts, file.records), file.is_known)
        self._once(line, file)
        yield from self._end(line)

    def finish(self) -> Iterator[Item]:
        """The end of the bytes."""
        if self._file is not None:
            self.breaks("trailer", self._file.line, "a file without its end", "a file trailer (99): it was cut")
            yield from self._end(self._file.line)
        elif not self._files:
            self.breaks("no_file", 0, "no record of a file", "a file header (01)")
            yield from self._end(0)
        elif self._broken is not None or self._findings:
            yield from self._end(0)

    # --- comparing --------------------------------------------------------------------------

    def _compare(self, level: str, line: int, fields: list[str], wanted: tuple[int, ...], is_known: bool) -> None:
        names = ("control total", *(("parts",) if len(wanted) == 3 else ()), "number of records")
        for at, (what, counted) in enumerate(zip(names, wanted, strict=True)):
            stated = amount_of(fields[at]) if at < len(fields) and fields[at].strip() else None
            if stated is None:
                self.breaks("total", line, f"a {level} trailer without {what}", f"{counted}")
            elif at == 0 and not is_known:
                self.note("unproven", line, f"a {level} with amounts that cannot be read", "all of them, to prove it")
            elif level == "file" and stated == counted:
                self._totals.append((f"file {what}", stated, counted))
            elif stated != counted:
                found = f"{what} of the {level} stated {stated}"
                self.breaks("total", line, found, f"{counted}, as counted since line {self._since(level)}")

    def _since(self, level: str) -> int:
        open_level = {"account": self._account, "group": self._group, "file": self._file}[level]
        return open_level.line if open_level is not None else 0

    def _account_end(self, line: int) -> Account:
        heading = self._heading
        assert heading is not None, "an account has its heading"
        stated = dict(heading.summary)
        told = Account(
            heading.line,
            heading.account,
            heading.currency or "",
            self._of_group,
            stated.get(OPENING),
            stated.get(CLOSING),
            self._transactions,
            self._unread,
            sum(self._sums),
        )
        if heading.currency is not None and not self._unread:
            self._prove(line, told, stated, heading.currency)
        return told

    def _prove(self, line: int, told: Account, stated: dict[str, int], currency: str) -> None:
        """Opening plus transactions is closing; where no transactions are listed, the sums stand for them."""
        if told.opening_minor is None or told.closing_minor is None:
            if told.transactions:
                wanted = "opening (010) and closing ledger balance (015), to prove its transactions"
                self.note("balances", told.line, f"account with {told.transactions} transactions alone", wanted)
            return
        moved = told.sum_minor
        if not told.transactions:
            moved = stated.get(CREDITS, 0) - abs(stated.get(DEBITS, 0))
        expected = told.opening_minor + moved
        if expected != told.closing_minor:
            self.breaks(
                "proof",
                line,
                f"a closing balance of {render(told.closing_minor, currency)}",
                f"{render(expected, currency)}: opening {render(told.opening_minor, currency)}, transactions "
                f"{render(moved, currency)}",
            )

    # --- leaving ----------------------------------------------------------------------------

    def _cut(self, level: str, line: int, trailer: str) -> Iterator[Item]:
        """A level that ends without its trailer."""
        self.breaks("trailer", line, f"the end of an {level} without trailer".replace("an g", "a g"), f"a {trailer}")
        if self._account is not None:
            yield self._account_end(line)
            if self._group is not None:
                _add(self._group, self._account)
            self._account = None

    def _leave_group(self) -> None:
        if self._file is not None and self._group is not None:
            self._file.parts += 1
            _add(self._file, self._group)
        self._group = None

    def _once(self, line: int, file: _Level) -> None:
        """A second file is read on its own; the same one again would count twice."""
        key = (*self._head, file.total, file.records)
        if key in self._ended:
            self.breaks("twice", line, f"file {self._head[2]} of {self._head[1]} a second time", "each file once")
        elif self._files:
            self.note("second_file", file.line, "a further file behind the first", "one file to a delivery")
        if len(self._ended) < 100_000:
            self._ended.add(key)

    def _end(self, line: int) -> Iterator[Item]:
        records = self._file.records if self._file is not None else 0
        if self._account is not None:
            yield self._account_end(line)
        sender, created, file = self._head
        yield End(line, sender, file, created, records, tuple(self._totals), self._broken, tuple(self._findings))
        self._file = self._group = self._account = None
        self._files += 1
        self._broken = None
        self._findings = []
        self._totals = []

    def _where(self, line: int) -> str:
        return f"{self._name}:{line}" if line else self._name


def _add(outer: _Level, inner: _Level) -> None:
    outer.total += inner.total
    outer.records += inner.records
    outer.is_known = outer.is_known and inner.is_known
