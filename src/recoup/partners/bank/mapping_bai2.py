"""BAI2: transactions of final reports become money lines; the file's totals and each account's balances prove it.

Interim reports and those of a test are read and proved and make no money lines. A deletion takes back what an earlier
report said: its records are quarantined, since only a person can say which lines those are.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from recoup.domain.findings import Finding
from recoup.formats import bai2, bai2_layout
from recoup.formats.bai2 import Account, End, Transaction
from recoup.formats.laid import Field, Laid
from recoup.partners.bank.telling import CODES, Telling, is_ours, named
from recoup.partners.contract import Arrived, Control, FileFeed, Reading

DELETION, TEST = "2", "4"
"""Group statuses of reports that book nothing."""
INTERIM = ("1", "3")
"""As-of date modifiers of reports that a final one follows."""
_END_TO_END = re.compile(r"^\s*EREF:[ ]*(\S.*?)\s*$", re.MULTILINE)
"""As one bank writes it, on a continuation of its own."""


def read_bai2(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read a file of reports in parts; the last one says which day it covers, or why it is held."""
    telling = Telling(arrived)
    covers_on = ""
    for item in bai2.read(stream, arrived.name):
        if isinstance(item, End):
            telling.hold(item.broken)
            telling.find(*item.findings)
            telling.reading.controls += [Control(*total) for total in item.totals]
        elif isinstance(item, Account):
            covers_on = max(covers_on, item.group.as_of_on or "")
            _account(telling, item)
        else:
            telling.count()
            if isinstance(item, Transaction):
                _transaction(telling, item)
            else:
                telling.refuse(item.finding)
        if telling.is_full():
            yield telling.part()
    if telling.foreign and telling.foreign == telling.position:
        telling.hold(Finding("bank.account", arrived.name, "reports of other accounts alone", "one of this account"))
    telling.reading.covers_on = covers_on or None
    yield telling.part()


def _account(telling: Telling, account: Account) -> None:
    telling.find(*account.findings)
    group = account.group
    if account.transactions and (group.modifier in INTERIM or group.status == TEST):
        where = f"{telling.arrived.name}:{account.line}"
        what = "a test" if group.status == TEST else "an interim report"
        telling.find(
            Finding("bank.interim", where, f"{what} of {account.transactions} transactions", "a final one", "note")
        )


def _transaction(telling: Telling, told: Transaction) -> None:
    heading = told.heading
    group = heading.group
    if not is_ours(telling.arrived, heading.account, told.currency):
        telling.refuse_account(told.line, heading.account)
    elif group.status == DELETION:
        where = f"{telling.arrived.name}:{told.line}"
        telling.refuse(Finding("bank.deletion", where, "a report that deletes an earlier one", "a person who looks"))
    elif group.modifier in INTERIM or group.status == TEST:
        telling.accept()
    else:
        _line(telling, told)


def _line(telling: Telling, told: Transaction) -> None:
    heading = told.heading
    telling.know("bai2_type", told.kind, told.line)
    found = _END_TO_END.search(told.text)
    telling.line(
        bank_reference=told.bank_reference,
        told=(heading.account, told.value_on, told.kind, told.funds, told.customer_reference, told.text),
        minor=told.minor,
        currency=told.currency,
        on=told.on,
        kind=told.kind,
        end_to_end=(named(found[1]) if found else None) or named(told.customer_reference),
        text=told.text.partition("\n")[0],
    )


def lay_out_bai2(stream: BinaryIO) -> Iterator[Laid]:
    """Give the records of a file with what the bank's type codes mean."""
    for laid in bai2_layout.lay_out(stream):
        told = tuple(_meant(field) for field in laid.fields) if laid.kind[:2] == "16" else laid.fields
        yield laid if told == laid.fields else msgspec.structs.replace(laid, fields=told)


def _meant(field: Field) -> Field:
    meaning = CODES.meaning("bai2_type", field.raw.strip()) if field.name == "type code" else None
    if meaning is None:
        return field
    return msgspec.structs.replace(field, meaning=f"{field.meaning}: {meaning}" if field.meaning else meaning)


BAI2 = FileFeed("bai2", ("banks",), read_bai2, lay_out_bai2)
