"""The chart of accounts: what each account holds, by what it is kept, and when it should be zero.

The rows are in `tables/accounts.csv`. Read `posting_rules.py` next for which
events post to which accounts.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import msgspec

from recoup.domain.table import Problem, Table

Group = Literal["returns to zero", "equals an outside statement", "zero when final", "profit and loss"]
KeptBy = Literal["leg", "batch", "payout", "line", "account", "none"]
"""What distinguishes two balances of one account: a dispute's leg, a batch, a payout, a line that nobody explained, the
account that an opening balance is of."""

_FOLDER = Path(__file__).parent / "tables"


def file_text(name: str) -> str:
    """The text of a file in `ledger/tables/`, UTF-8."""
    return (_FOLDER / name).read_text(encoding="utf-8")


class Account(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One row of the chart."""

    account: str
    group: Group
    kept_by: KeptBy
    is_by_merchant: Literal["yes", "no"]
    meaning: str

    @property
    def is_clearing(self) -> bool:
        """True where every balance should return to zero by itself, and age until then."""
        return self.group == "returns to zero"


def _check(row: Account) -> Iterator[Problem]:
    if row.is_clearing and row.kept_by == "none":
        yield "a clearing account kept by none", "what its balances are kept by, so that two of them never net"


accounts = Table("accounts", Account, lambda row: row.account, _check, file_text)


@cache
def chart() -> Mapping[str, Account]:
    """The chart by name.

    Raises:
      TableInvalid: A row that does not hold together.
    """
    return MappingProxyType({row.account: row for row in accounts()})


def clearing_accounts() -> tuple[str, ...]:
    """The names of the accounts that return to zero."""
    return tuple(name for name, row in chart().items() if row.is_clearing)
