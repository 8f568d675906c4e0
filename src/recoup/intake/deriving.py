"""Fold, link, book, expect: everything that follows from the facts about a set of disputes, written as differences.

For each dispute that was touched: all its observations are folded, the fold is
linked to the house, the entries it asks for are compared with those posted, and
so are its expectations. What is the same is not written, and nothing depends on
the order in which deliveries were processed. Batches and payouts are next door
(`settling.py`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from recoup.domain.dispute import Dispute, Folded, History, fold, fold_history
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation, Said, observe
from recoup.intake import expectations, rows, versions
from recoup.intake.expectations import Agreed, Expected
from recoup.intake.ground import Account, Ground
from recoup.intake.linking import Link, Payment, link
from recoup.intake.posting import post
from recoup.intake.rows import Row
from recoup.ledger.book import wanted_for_dispute
from recoup.ledger.entry import Wanted
from recoup.ledger.facts import MERCHANT_BEARS, Bearer, DisputeFacts, HouseLine, first_told
from recoup.storage import schema
from recoup.storage.register import Batch

SHADOW = "shadow"
"""Phase of an account whose disputes are folded and checked, and not booked."""
_KNOWN_FROM = schema.dispute.columns.keys().index("known_from")
_VERSION = schema.dispute.columns.keys().index("version")
_T = TypeVar("_T")


class Known(msgspec.Struct):
    """Everything the register knows about a set of disputes. Maps without a dispute's id mean "nothing"."""

    observations: dict[str, list[Observation]]
    lines: dict[str, list[MoneyLine]]
    disputes: dict[str, Row]
    house: dict[tuple[str, str], list[HouseLine]] = {}
    """By partner and the partner's dispute id, which is all that the house knows."""
    payments: dict[tuple[str, str], list[Payment]] = {}
    """By partner and the partner's reference, in order of the house's id."""
    bearers: dict[str, list[tuple[str, Bearer]]] = {}
    """By payment: (valid from, who bears), dated."""
    histories: dict[str, History] = {}
    """Of disputes that are new, and told by several landings."""


class Outcome(msgspec.Struct, frozen=True):
    """One dispute, derived."""

    dispute: Dispute
    columns: Row
    """What tables dispute and dispute_version have of it."""
    wanted: tuple[Wanted, ...]
    expected: tuple[Expected, ...]
    findings: tuple[Row, ...]


def derive(
    batch: Batch,
    ids: set[str],
    fresh: Mapping[str, list[Observation]],
    ground: Ground,
    recorded_at: int,
) -> None:
    """Bring everything derived about these disputes up to date.

    Args:
      batch: The write batch in which their facts were written.
      ids: Disputes whose facts, links or money changed.
      fresh: Observations written in this batch, where one wrote some; then all there are for a dispute that is new.
      ground: Moves, partners, accounts, terms.
      recorded_at: When this runs; in no hash.
    """
    if not ids:
        return
    known = _load(batch, ids, fresh)
    folded = {i: _fold(i, known, ground) for i in sorted(ids)}
    present = {i: f for i, f in folded.items() if f is not None}
    _load_house(batch, known, [f.dispute for f in present.values()])
    outcomes = [_derive_one(f, known, ground) for f in present.values()]
    _write_disputes(batch, ids, outcomes, known, fresh, ground)
    _write_findings(batch, ids, known, outcomes)
    _write_expectations(batch, ids, known, outcomes)
    post(
        batch,
        [w for o in outcomes for w in o.wanted],
        ground,
        disputes=ids & known.disputes.keys(),
        landed_at=max((o.dispute.landed_at for o in outcomes), default=recorded_at),
        recorded_at=recorded_at,
    )


# --- load -----------------------------------------------------------------------------------


def _load(batch: Batch, ids: set[str], fresh: Mapping[str, list[Observation]]) -> Known:
    disputes = {row[0]: row for row in batch.by_keys(schema.dispute, "dispute", ids)}
    lines = [rows.money_line_from(row) for row in batch.by_keys(schema.money_line, "dispute", ids)]
    new = {dispute: told for dispute, told in fresh.items() if dispute not in disputes}
    old = [rows.observation_from(row) for row in batch.by_keys(schema.observation, "dispute", ids - new.keys())]
    observations = _grouped(old, lambda o: o.dispute) | new
    return Known(observations, _grouped(lines, lambda line: line.dispute or ""), disputes)


def _load_house(batch: Batch, known: Known, disputes: Sequence[Dispute]) -> None:
    told = batch.by_keys(schema.house_line, "partner_dispute_id", {d.partner_dispute_id for d in disputes})
    known.house = _grouped((row for row in told), lambda row: (row[3], row[4]), _house_line)
    refs = {d.payment_ref for d in disputes if d.payment_ref is not None}
    payments = [_payment(row) for row in batch.by_keys(schema.payment, "payment_ref", refs)]
    known.payments = _grouped(sorted(payments, key=lambda p: p.id), lambda p: (p.partner, p.payment_ref))
    allocated = batch.by_keys(schema.allocation, "payment", {p.id for p in payments})
    known.bearers = _grouped(allocated, lambda row: str(row[1]), _bearer)


def _grouped(items: Iterable[Any], key: Any, made: Any = None) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(made(item) if made else item)
    return groups


def _house_line(row: Row) -> HouseLine:
    return HouseLine(
        id=row[0],
        merchant=row[1],
        kind=row[2],
        amount_minor=row[6],
        short_minor=row[7],
        currency=row[8],
        effective_on=row[9],
        landed_at=row[12],
    )


def _payment(row: Row) -> Payment:
    return Payment(
        id=row[0],
        merchant=row[1],
        partner=row[2],
        account=row[3],
        payment_ref=row[4],
        captured_minor=row[5],
        currency=row[6],
        captured_at=row[7],
        delivery=row[8],
        landed_at=row[10],
    )


def _bearer(row: Row) -> tuple[str, Bearer]:
    return row[5], Bearer(principal=row[2], fee=row[3], fx=row[4])


# --- derive ---------------------------------------------------------------------------------


def _fold(dispute_id: str, known: Known, ground: Ground) -> Folded | None:
    """The fold of all observations; a dispute that only money speaks of stands at an unknown stage."""
    observations = known.observations.get(dispute_id) or _implied(known.lines.get(dispute_id, ()))
    if not observations:
        return None
    known.observations[dispute_id] = observations
    if len(observations) == 1 or dispute_id in known.disputes:
        return fold(observations, ground.moves)
    history = known.histories[dispute_id] = fold_history(observations, ground.moves)
    return history.folded


def _implied(lines: Sequence[MoneyLine]) -> list[Observation]:
    """What settled money says of a dispute that nobody announced: that it is there, and for which payment."""
    if not lines:
        return []
    line = min(lines, key=lambda told: (told.occurred_at, told.identity, told.feed))
    said = Said(
        partner_dispute_id=line.partner_dispute_id or "",
        form="row",
        occurred_at=line.occurred_at,
        move="unknown",
        record_id=f"settled:{line.identity}",
        kind="dispute",
        payment_ref=line.payment_ref,
        amount_minor=abs(line.original_minor if line.original_minor is not None else line.gross_minor),
        currency=line.original_currency or line.currency,
    )
    return [
        observe(
            said,
            partner=line.partner,
            account=line.account,
            feed=line.feed,
            delivery=line.delivery,
            position=line.position,
            landed_at=line.landed_at,
            trust="fetched",
        )
    ]


def _derive_one(folded: Folded, known: Known, ground: Ground) -> Outcome:
    dispute = folded.dispute
    account = ground.account(dispute.partner, dispute.account)
    observations = known.observations[dispute.id]
    payment = _payment_of(dispute, known)
    linked = _linked(dispute, payment, ground)
    wanted = _wanted(dispute, linked, payment, account, observations, known, ground)
    agreed = Agreed(dispute.partner, dispute.account, account.zone, account.terms)
    return Outcome(
        dispute=dispute,
        columns=rows.dispute_columns(dispute, linked),
        wanted=wanted,
        expected=expectations.wanted_for_dispute(dispute, observations, wanted, agreed, ground.moves),
        findings=tuple(_finding_rows(folded, observations)),
    )


def _payment_of(dispute: Dispute, known: Known) -> Payment | None:
    """The payment by its reference at the same account, else the only one of that reference at the partner.

    A dispute that comes on another account than its payment is a break of its own; two payments of one reference at
    other accounts are none of this dispute's.
    """
    payments = known.payments.get((dispute.partner, dispute.payment_ref or ""), [])
    ours = [p for p in payments if p.account == dispute.account]
    if ours:
        return ours[0]
    return payments[0] if len(payments) == 1 else None


def _linked(dispute: Dispute, payment: Payment | None, ground: Ground) -> Link:
    account = ground.account(dispute.partner, dispute.account)
    return link(dispute, payment, ground.behind(dispute.partner, dispute.account), account.terms, account.zone)


def _wanted(
    dispute: Dispute,
    linked: Link,
    payment: Payment | None,
    account: Account,
    observations: Sequence[Observation],
    known: Known,
    ground: Ground,
) -> tuple[Wanted, ...]:
    if account.phase == SHADOW:
        return ()
    book = ground.book(account)
    partner = ground.partner(dispute.partner)
    settling = partner.books.get("settles", ())
    return wanted_for_dispute(
        DisputeFacts(
            dispute=dispute,
            zone=account.zone,
            book=book.name,
            preset=book.preset,
            chain=partner.chain,
            terms=account.terms,
            merchant=linked.merchant,
            payment_currency=payment.currency if payment else None,
            bearer=_bearing(known.bearers.get(payment.id, ())) if payment else MERCHANT_BEARS,
            told_at=first_told(observations, dispute),
            lines=preferred(known.lines.get(dispute.id, ()), settling),
            house=tuple(known.house.get((dispute.partner, dispute.partner_dispute_id), ())),
        )
    )


def _bearing(dated: Sequence[tuple[str, Bearer]]) -> Bearer:
    """The latest allocation's word; the house dates it, and a dispute is borne as it stands."""
    return max(dated, key=lambda item: item[0])[1] if dated else MERCHANT_BEARS


def preferred(lines: Iterable[MoneyLine], feeds: Sequence[str]) -> tuple[MoneyLine, ...]:
    """Each movement once, as the preferred of the booked feeds tells it; feeds that only inform do not count."""
    rank = {feed: at for at, feed in enumerate(feeds)}
    best: dict[str, MoneyLine] = {}
    for line in lines:
        if line.feed in rank and (line.id not in best or rank[line.feed] < rank[best[line.id].feed]):
            best[line.id] = line
    return tuple(best[key] for key in sorted(best))


def _finding_rows(folded: Folded, observations: Sequence[Observation]) -> Iterable[Row]:
    dispute = folded.dispute
    at = {
        "partner": dispute.partner,
        "account": dispute.account,
        "feed": observations[0].feed,
        "delivery": "",
        "landed_at": min(o.landed_at for o in observations),
    }
    return [rows.finding_row(found, at, dispute=dispute.id) for found in folded.findings]


# --- write ----------------------------------------------------------------------------------


def _write_disputes(
    batch: Batch,
    ids: set[str],
    outcomes: Sequence[Outcome],
    known: Known,
    fresh: Mapping[str, list[Observation]],
    ground: Ground,
) -> None:
    new: list[Row] = []
    changed: list[Row] = []
    earlier: list[Row] = []
    again: list[Outcome] = []
    for outcome in outcomes:
        dispute = outcome.dispute.id
        old = known.disputes.get(dispute)
        if old is None:
            row, before = versions.rows(dispute, _states(outcome, known, ground))
            new.append(row)
            earlier.extend(before)
        elif (landed_at := _follows(old, fresh.get(dispute, ()))) is None:
            again.append(outcome)
        elif old[1:_KNOWN_FROM] != outcome.columns:
            told = fresh[dispute]
            changed.append((dispute, *outcome.columns, landed_at, old[_VERSION] + 1))
            earlier.append((dispute, old[_VERSION], *old[1:_VERSION], landed_at, min(o.delivery for o in told)))
    batch.insert(schema.dispute, new)
    batch.upsert(schema.dispute, changed)
    batch.insert(schema.dispute_version, earlier)
    _rewrite(batch, again, known, ground)
    gone = (ids & known.disputes.keys()) - {o.dispute.id for o in outcomes}
    batch.delete(schema.dispute, [(key,) for key in sorted(gone)])
    _forget_versions(batch, gone)


def _follows(old: Row, told: Sequence[Observation]) -> int | None:
    """When what is new landed, if all of it landed at once and after what stands; else history is told anew."""
    landings = {o.landed_at for o in told}
    return landings.pop() if len(landings) == 1 and min(landings) > old[_KNOWN_FROM] else None


def _rewrite(batch: Batch, outcomes: Sequence[Outcome], known: Known, ground: Ground) -> None:
    """Tell the history of these disputes anew: something came that landed earlier, or at several times."""
    stored = batch.by_keys(schema.dispute_version, "dispute", {o.dispute.id for o in outcomes})
    old = {row[:2]: row for row in stored}
    current: list[Row] = []
    wanted: list[Row] = []
    for outcome in outcomes:
        row, before = versions.rows(outcome.dispute.id, _states(outcome, known, ground))
        current.extend([row] if row != known.disputes[outcome.dispute.id] else [])
        wanted.extend(before)
    batch.upsert(schema.dispute, current)
    batch.upsert(schema.dispute_version, [row for row in wanted if old.get(row[:2]) != row])
    batch.delete(schema.dispute_version, sorted(old.keys() - {row[:2] for row in wanted}))


def _states(outcome: Outcome, known: Known, ground: Ground) -> list[versions.State]:
    dispute = outcome.dispute
    observations = known.observations[dispute.id]
    history = known.histories.get(dispute.id) or fold_history(observations, ground.moves)

    def derived(at: int, payment: Payment | None) -> Row:
        # The payment may land between two observations: then the dispute is as it was after the earlier one.
        latest = history.known.get(at) or history.known[max(landed for landed in history.known if landed < at)]
        return rows.dispute_columns(latest, _linked(latest, payment, ground))

    payment = _payment_of(dispute, known)
    return versions.states(observations, payment, outcome.columns, derived)


def _forget_versions(batch: Batch, gone: set[str]) -> None:
    """A dispute that nothing tells of any more has no past either."""
    stored = batch.by_keys(schema.dispute_version, "dispute", gone) if gone else []
    batch.delete(schema.dispute_version, [row[:2] for row in stored])


def _write_findings(batch: Batch, ids: set[str], known: Known, outcomes: Sequence[Outcome]) -> None:
    """Findings of the fold follow the fold: one that no longer holds goes, one that is new comes."""
    wanted = {row[0]: row for o in outcomes for row in o.findings}
    stored = batch.by_keys(schema.finding, "dispute", ids & known.disputes.keys())
    folded = {row[0] for row in stored if row[1].startswith("lifecycle.")}
    batch.delete(schema.finding, [(key,) for key in sorted(folded - wanted.keys())])
    batch.insert_new(schema.finding, [row for key, row in wanted.items() if key not in folded])


def _write_expectations(batch: Batch, ids: set[str], known: Known, outcomes: Sequence[Outcome]) -> None:
    stored = batch.by_keys(schema.expectation, "dispute", ids & known.disputes.keys())
    upserts, gone = expectations.changes((e for o in outcomes for e in o.expected), stored)
    batch.upsert(schema.expectation, upserts)
    batch.delete(schema.expectation, gone)
