"""Fold, link, book, expect: everything that follows from what is known of a dispute, as the rows to write.

Pure: cases in, rows out, so that it can run in another process. For each case
all observations are folded, the fold is linked to the house, the entries it asks
for are compared with those posted, and so are its expectations. What is the same
is not written, and nothing depends on the order in which deliveries were processed.
"""

from collections.abc import Iterable, Sequence

import msgspec

from recoup.domain.dispute import Dispute, Folded, History, fold, fold_history
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation, Said, observe
from recoup.intake import expectations, rows, versions
from recoup.intake.case import Case
from recoup.intake.expectations import Agreed, Expected
from recoup.intake.ground import Account, Ground
from recoup.intake.linking import Link, Payment, link
from recoup.intake.rows import Row
from recoup.ledger import posting
from recoup.ledger.book import wanted_for_dispute
from recoup.ledger.entry import Wanted
from recoup.ledger.facts import MERCHANT_BEARS, Bearer, DisputeFacts, HouseLine, first_told
from recoup.ledger.opening import begun
from recoup.storage import schema

FOLDED = "lifecycle."
"""How the checks of findings begin that a fold makes; they follow it."""
_KNOWN_FROM = schema.dispute.columns.keys().index("known_from")
_VERSION = schema.dispute.columns.keys().index("version")


class Derived(msgspec.Struct, array_like=True):
    """What is to be written of some cases, table by table."""

    disputes: list[Row] = []
    """New."""
    changed: list[Row] = []
    versions: list[Row] = []
    rewritten: list[tuple[str, Row | None, list[Row]]] = []
    """Disputes whose history is told anew: the row of table dispute where it changed, and all earlier states."""
    gone: list[str] = []
    """Disputes that nothing tells of any more."""
    findings: list[Row] = []
    findings_gone: list[Row] = []
    expectations: list[Row] = []
    expectations_gone: list[Row] = []
    entries: list[Row] = []
    postings: list[Row] = []
    retired: list[Row] = []

    def add(self, other: "Derived") -> None:
        """Write that, too."""
        for name in self.__struct_fields__:
            getattr(self, name).extend(getattr(other, name))


def derive_cases(cases: Sequence[Case], ground: Ground, landed_at: int, recorded_at: int) -> Derived:
    """What follows from these cases.

    Args:
      cases: Disputes that were touched, each with all that is known of it.
      ground: Moves, partners, accounts, terms.
      landed_at: The latest landing of the batch: since when its reversals are known.
      recorded_at: When this runs; in no hash.
    """
    derived = Derived()
    wanted: list[Wanted] = []
    entries: list[Row] = []
    postings: list[Row] = []
    expected: list[Expected] = []
    stored: list[Row] = []
    for case in cases:
        entries += case.entries
        postings += case.postings
        stored += case.expectations
        told = _told(case)
        if told.observations:
            outcome = _derive_one(told, ground)
            wanted += outcome.wanted
            expected += outcome.expected
            _add_dispute(derived, outcome, told, ground)
            _add_findings(derived, case, outcome.findings)
        else:
            derived.gone.append(case.dispute)
            _add_findings(derived, case, ())
    derived.expectations, derived.expectations_gone = expectations.changes(expected, stored)
    posted = posting.posted(entries, postings)
    change = posting.difference(wanted, posted.active, posted.turns)
    if change:
        made = posting.rows(change, landed_at=landed_at, recorded_at=recorded_at, locked=ground.locked())
        derived.entries, derived.postings, derived.retired = made.entries, made.postings, made.retired
    return derived


class _Told(msgspec.Struct, frozen=True):
    """A case, read."""

    case: Case
    observations: list[Observation]
    lines: list[MoneyLine]


class _Outcome(msgspec.Struct, frozen=True):
    """One dispute, derived."""

    dispute: Dispute
    history: History | None
    """Where it was asked for already."""
    payment: Payment | None
    columns: Row
    """What tables dispute and dispute_version have of it."""
    wanted: tuple[Wanted, ...]
    """The entries that are booked: of an account in trial none, of one that was what is since its books began."""
    expected: tuple[Expected, ...]
    findings: Sequence[Row]


def _told(case: Case) -> _Told:
    """A dispute that only money speaks of is told by it: that it is there, and for which payment."""
    lines = [rows.money_line_from(row) for row in case.lines]
    observations = [rows.observation_from(row) for row in case.observations] or _implied(lines)
    return _Told(case, observations, [_known(line, observations) for line in lines])


def _known(line: MoneyLine, observations: Sequence[Observation]) -> MoneyLine:
    """A line that names no dispute is known to be about this one since the dispute is known to be of its payment."""
    if line.partner_dispute_id is not None:
        return line
    of_payment = [o.landed_at for o in observations if o.said.payment_ref == line.payment_ref]
    since = min(of_payment or [o.landed_at for o in observations], default=line.landed_at)
    return line if since <= line.landed_at else msgspec.structs.replace(line, landed_at=since)


def _implied(lines: Sequence[MoneyLine]) -> list[Observation]:
    """What settled money says of a dispute that nobody announced: that it is there, and for which payment."""
    naming = [line for line in lines if line.partner_dispute_id is not None]
    if not naming:
        return []
    line = min(naming, key=lambda told: (told.occurred_at, told.identity, told.feed))
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


def _derive_one(told: _Told, ground: Ground) -> _Outcome:
    observations = told.observations
    # A new dispute that several landings tell has a past from the start.
    has_past = told.case.stored is None and len(observations) > 1
    history = fold_history(observations, ground.moves) if has_past else None
    folded = history.folded if history else fold(observations, ground.moves)
    dispute = folded.dispute
    account = ground.account(dispute.partner, dispute.account)
    payment = _payment_of(dispute, told.case.payments)
    linked = _linked(dispute, payment, ground)
    asked = _asked(dispute, linked, payment, account, told, ground)
    agreed = Agreed(dispute.partner, dispute.account, account.zone, account.terms)
    return _Outcome(
        dispute=dispute,
        history=history,
        payment=payment,
        columns=rows.dispute_columns(dispute, linked),
        wanted=_booked(asked, account, ground),
        # What is waited for follows from all facts, whether they are booked or not.
        expected=expectations.wanted_for_dispute(dispute, observations, asked, agreed, ground.moves),
        findings=_finding_rows(folded, observations) if folded.findings else (),
    )


def _payment_of(dispute: Dispute, known: Sequence[Row]) -> Payment | None:
    """The payment by its reference at the same account, else the only one of that reference at the partner.

    A dispute that comes on another account than its payment is a break of its own; two payments of one reference at
    other accounts are none of this dispute's.
    """
    payments = [p for p in map(_payment, known) if p.payment_ref == dispute.payment_ref]
    ours = [p for p in payments if p.account == dispute.account]
    if ours:
        return ours[0]
    return payments[0] if len(payments) == 1 else None


def _linked(dispute: Dispute, payment: Payment | None, ground: Ground) -> Link:
    account = ground.account(dispute.partner, dispute.account)
    return link(dispute, payment, ground.behind(dispute.partner, dispute.account), account.terms, account.zone)


def asked(case: Case, ground: Ground) -> tuple[Wanted, ...]:
    """The entries that are booked about one dispute by accounts as they are, or as they might be."""
    told = _told(case)
    return _derive_one(told, ground).wanted if told.observations else ()


def _booked(asked: tuple[Wanted, ...], account: Account, ground: Ground) -> tuple[Wanted, ...]:
    """What of the entries that the facts ask for is booked."""
    if account.books_from is None:
        return ()
    if account.beginning is None:
        return asked
    books = account.books_of(ground.book(account), ground.partner(account.partner).chain)
    return begun(asked, account.beginning, books)


def _asked(
    dispute: Dispute, linked: Link, payment: Payment | None, account: Account, told: _Told, ground: Ground
) -> tuple[Wanted, ...]:
    book = ground.book(account)
    partner = ground.partner(dispute.partner)
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
            bearer=_bearing([_bearer(row) for row in told.case.allocations if row[1] == payment.id])
            if payment
            else MERCHANT_BEARS,
            told_at=first_told(told.observations, dispute),
            lines=preferred(told.lines, partner.books.get("settles", ())) if told.lines else (),
            house=tuple(_house_line(row) for row in told.case.house),
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


def _finding_rows(folded: Folded, observations: Sequence[Observation]) -> list[Row]:
    dispute = folded.dispute
    at = {
        "partner": dispute.partner,
        "account": dispute.account,
        "feed": observations[0].feed,
        "delivery": "",
        "landed_at": min(o.landed_at for o in observations),
    }
    return [rows.finding_row(found, at, dispute=dispute.id) for found in folded.findings]


def _add_findings(derived: Derived, case: Case, wanted: Sequence[Row]) -> None:
    """Findings of the fold follow the fold: one that no longer holds goes, one that is new comes."""
    if not wanted and not case.findings:
        return
    new = {row[0]: row for row in wanted}
    stored = {row[0] for row in case.findings if row[1].startswith(FOLDED)}
    derived.findings += [row for key, row in new.items() if key not in stored]
    derived.findings_gone += [(key,) for key in sorted(stored - new.keys())]


def _add_dispute(derived: Derived, outcome: _Outcome, told: _Told, ground: Ground) -> None:
    case = told.case
    old = case.stored
    if old is None:
        row, before = versions.rows(case.dispute, _states(outcome, told, ground))
        derived.disputes.append(row)
        derived.versions += before
    elif (landed_at := _follows(old, case.fresh)) is None:
        row, before = versions.rows(case.dispute, _states(outcome, told, ground))
        derived.rewritten.append((case.dispute, row if row != old else None, before))
    elif old[1:_KNOWN_FROM] != outcome.columns:
        cause = min(row[rows.OBSERVED_DELIVERY] for row in case.fresh)
        derived.changed.append((case.dispute, *outcome.columns, landed_at, old[_VERSION] + 1))
        derived.versions.append((case.dispute, old[_VERSION], *old[1:_VERSION], landed_at, cause))


def _follows(old: Row, fresh: Sequence[Row]) -> int | None:
    """When what is new landed, if all of it landed at once and after what stands; else history is told anew."""
    landings: set[int] = {row[rows.OBSERVED_LANDED] for row in fresh}
    return landings.pop() if len(landings) == 1 and min(landings) > old[_KNOWN_FROM] else None


def _states(outcome: _Outcome, told: _Told, ground: Ground) -> list[versions.State]:
    if outcome.payment is None and len(told.observations) == 1:
        only = told.observations[0]
        return [versions.State(only.landed_at, only.delivery, outcome.columns)]
    history = outcome.history or fold_history(told.observations, ground.moves)

    def derived(at: int, payment: Payment | None) -> Row:
        # The payment may land between two observations: then the dispute is as it was after the earlier one.
        latest = history.known.get(at) or history.known[max(landed for landed in history.known if landed < at)]
        return rows.dispute_columns(latest, _linked(latest, payment, ground))

    return versions.states(told.observations, outcome.payment, outcome.columns, derived)


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
