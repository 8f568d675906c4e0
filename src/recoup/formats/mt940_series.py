"""Pages of one file beside each other: numbers that grow by one, balances that follow, and no page twice.

A page that stands twice in a file breaks it: its movements would count twice. A gap between two pages is a finding,
since what is missing may come in another file. Banks that do not number (0, or no number) are held by their balances.
"""

import msgspec

from recoup.domain.findings import Finding
from recoup.domain.money import render
from recoup.formats.mt940_statement import Page

ACCOUNTS_MAX = 10_000
"""Accounts of a file whose last page is remembered."""
PAGES_MAX = 500_000
"""Pages that are remembered to know one again; a file of that many has some hundred MB."""


class Series:
    """What the pages of a file have said so far."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._last: dict[str, Page] = {}
        self._seen: set[int] = set()

    def place(self, page: Page) -> Page:
        """Give the page with what is wrong with its place among the others."""
        if page.heading.is_interim or page.opening is None or page.closing is None:
            return page
        broken = page.broken or self._twice(page)
        last = self._last.get(page.heading.account)
        findings = () if last is None else self._gaps(last, page)
        if last is not None or len(self._last) < ACCOUNTS_MAX:
            self._last[page.heading.account] = page
        if broken is page.broken and not findings:
            return page
        return msgspec.structs.replace(page, broken=broken, findings=(*page.findings, *findings))

    def _twice(self, page: Page) -> Finding | None:
        opening, closing = page.opening, page.closing
        assert opening is not None, "only whole pages are placed"
        assert closing is not None, "only whole pages are placed"
        told = (
            page.heading.account,
            page.heading.number,
            page.heading.page,
            opening.on,
            opening.minor,
            closing.on,
            closing.minor,
        )
        key = hash((*told, page.movements, page.sum_minor))
        if page.movements and key in self._seen:
            return self._wrong("twice", page, f"{_named(page)} a second time", "each page of a statement once", True)
        if len(self._seen) < PAGES_MAX:
            self._seen.add(key)
        return None

    def _gaps(self, last: Page, page: Page) -> tuple[Finding, ...]:
        found = []
        if not _follows(last, page):
            wanted = f"the one after {_named(last)}"
            found.append(self._wrong("sequence_gap", page, _named(page), wanted))
        before, after = last.closing, page.opening
        if (
            before is not None
            and after is not None
            and (before.minor, before.currency) != (after.minor, after.currency)
        ):
            opened = f"opens with {render(after.minor, after.currency)}"
            wanted = f"{render(before.minor, before.currency)}, with which {_named(last)} closed"
            found.append(self._wrong("balance_gap", page, f"{_named(page)} {opened}", wanted))
        return tuple(found)

    def _wrong(self, check: str, page: Page, found: str, wanted: str, is_error: bool = False) -> Finding:
        where = f"{self._name}:{page.line}"
        return Finding(f"mt940.{check}", where, found, wanted, "error" if is_error else "warn")


def _follows(last: Page, page: Page) -> bool:
    """Whether a page has the next number; a new year may begin with 1 again; a bank without numbers says nothing."""
    if not last.heading.number or not page.heading.number:
        return True
    if page.heading.number == last.heading.number:
        return page.heading.page is None or last.heading.page is None or page.heading.page == last.heading.page + 1
    is_new_year = page.heading.number == 1 and last.closing is not None and page.closing is not None
    if is_new_year and last.closing and page.closing and last.closing.on[:4] < page.closing.on[:4]:
        return True
    return page.heading.number == last.heading.number + 1


def _named(page: Page) -> str:
    if not page.heading.number:
        return f"the statement of {page.closing.on}" if page.closing else "a statement"
    return f"statement {page.heading.number}" + ("" if page.heading.page is None else f"/{page.heading.page}")
