"""How many disputes a second are booked: facts to wanted entries, the difference to nothing posted, and rows.

Each is announced, settled with a fee that is passed on, and confirmed by the house: five entries, eleven postings.
"""

import time
from collections.abc import Callable

from recoup.domain.dispute import Dispute
from recoup.domain.legs import Leg
from recoup.domain.money_line import MoneyLine
from recoup.domain.terms import FeeTerm, Terms
from recoup.ledger.book import wanted_for_dispute
from recoup.ledger.facts import DisputeFacts, HouseLine
from recoup.ledger.posting import difference, rows

DISPUTES = 5_000
AT = 1_767_268_800_000_000
TERMS = (Terms(valid_from="2024-01-01", fees=(FeeTerm(kind="received", amount_minor=1500, currency="USD"),)),)


def facts(number: int) -> DisputeFacts:
    """Everything about one dispute."""
    key = f"dis_{number:026}"
    return DisputeFacts(
        dispute=_dispute(key),
        zone="America/Los_Angeles",
        terms=TERMS,
        merchant="mer_1",
        payment_currency="USD",
        told_at={"d1": AT},
        lines=(_line(key, number),),
        house=(
            HouseLine(f"le_{number}_1", "mer_1", "dispute_debit", -5000, 0, "USD", "2026-01-02", AT),
            HouseLine(f"le_{number}_2", "mer_1", "dispute_fee", -1500, 0, "USD", "2026-01-02", AT),
        ),
    )


def _dispute(key: str) -> Dispute:
    return Dispute(
        id=key,
        partner="stripe",
        account="acct_1",
        partner_dispute_id=key,
        kind="dispute",
        nature=None,
        chain=key,
        payment_ref=None,
        network="visa",
        stage="chargeback",
        turn="merchant",
        partner_status="needs_response",
        outcome=None,
        finality=None,
        amount_minor=5000,
        amount_won_minor=None,
        amount_lost_minor=None,
        currency="USD",
        reason_code="10.4",
        partner_due_at=None,
        due_state="unsaid",
        is_slot_spent=False,
        opened_at=AT,
        staged_at=AT,
        moved_at=AT,
        decided_at=None,
        legs=(Leg("debit", 1, 5000, "USD", AT, f"txn_{key}", False),),
        landed_at=AT,
    )


def _line(key: str, number: int) -> MoneyLine:
    return MoneyLine(
        id=f"mln_{number:026}",
        partner="stripe",
        account="acct_1",
        feed="payout_report",
        delivery="del_1",
        position=number,
        identity=f"txn_{key}",
        kind="dispute",
        partner_kind="dispute",
        dispute=key,
        partner_dispute_id=key,
        payment_ref=None,
        cycle=None,
        batch="po_1",
        gross_minor=-5000,
        fee_minor=1500,
        net_minor=-6500,
        currency="USD",
        original_minor=None,
        original_currency=None,
        occurred_at=AT,
        effective_on="2026-01-02",
        reference=None,
        landed_at=AT,
    )


def _timed(what: str, run: Callable[[], object]) -> None:
    took = min(_took(run) for _ in range(5))  # the others were disturbed
    print(f"{what}: {DISPUTES / took:,.0f} disputes/s, {took / DISPUTES * 1e6:.1f} µs each")


def _took(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def main() -> None:
    """Print disputes/s for the book alone, and with difference and rows."""
    every = [facts(number) for number in range(DISPUTES)]
    wanted = [wanted_for_dispute(each) for each in every]
    announced = [DisputeFacts(dispute=each.dispute, zone=each.zone, told_at=each.told_at) for each in every]
    print(f"{sum(map(len, wanted)) / DISPUTES:.0f} entries each")
    _timed("announced only, to entries", lambda: [wanted_for_dispute(each) for each in announced])
    _timed("all facts, to entries", lambda: [wanted_for_dispute(each) for each in every])
    _timed("entries to rows", lambda: [rows(difference(w, ()), landed_at=AT, recorded_at=AT) for w in wanted])


if __name__ == "__main__":
    main()
