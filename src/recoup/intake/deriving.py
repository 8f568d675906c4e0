"""Fold, link, book, expect: everything that follows from the facts about a set of disputes, written as differences.

For each dispute that was touched: all its observations are folded, the fold is
linked to the house, the entries it asks for are compared with those posted, and
so are its expectations. What is the same is not written. Nothing here depends
on the order in which deliveries were processed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from recoup.domain.dispute import Dispute, fold
from recoup.domain.instants import local_day
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation, Said, observe
from recoup.intake import expectations, rows
from recoup.intake.ground import Account, Ground
from recoup.intake.linking import Link, Payment, link
from recoup.intake.rows import Row
from recoup.ledger import book, posting
from recoup.ledger.book import Bearer, DisputeFacts, HouseLine
from recoup.storage import schema
from recoup.storage.register import Batch

_DISPUTE_WIDTH = len(schema.dispute.columns)
_NO_BEARER = Bearer()


class Known(msgspec.Struct):
    """Everything the register knows about a set of disputes, by dispute id."""

    observations: Mapping[str, list[Observation]]
    lines: Mapping[str, list[MoneyLine]]
    disputes: Mapping[str, Row]
    house: Mapping[tuple[str, str], list[HouseLine]]
    payments: Mapping[tuple[str, str], Payment] = {}
    bearers: Mapping[str, Bearer] = {}


class Derived(msgspec.Struct):
    """Rows to write."""

    disputes: list[Row] = []
    versions: list[Row] = []
    findings: list[Row] = []
    wanted: list[book.Wanted] = []
    expected: list[expectations.Expected] = []


def derive(batch: Batch, ids: set[str], fresh: Mapping[str, list[Observation]], causes: Mapping[str, str], ground: Ground, recorded_at: int) -> None:
    """Bring everything derived about these disputes up to date.

    Args:
      batch: The write batch in which their facts were written.
      ids: Disputes whose facts, links or money changed.
      fresh: Observations written in this batch; all there are for a dispute that is new.
      causes: The delivery that touched each dispute, for its version.
      ground: Moves, partners, accounts, terms.
      recorded_at: When this runs; in no hash.
    """
    if not ids:
        return
    known = _load(batch, ids, fresh)
    folded = {i: _fold(i, known, ground) for i in sorted(ids)}
    present = {i: f for i, f in folded.items() if f is not None}
    _load_payments(batch, known, [f.dispute for f in present.values()])
    derived = Derived()
    for dispute_id, f in present.items():
        _derive_one(dispute_id, f, known, ground, causes, derived)
    _write(batch, set(present), known, derived, ground, recorded_at)
