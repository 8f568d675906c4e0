"""Facts about one dispute, made in one line each, to book from."""

from typing import Any

from recoup.domain.dispute import fold
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import DAY
from recoup.domain.legs import LegKind, Told
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation, Said, observe
from recoup.domain.tables import moves
from recoup.domain.terms import FeeTerm, Terms
from recoup.ledger.entry import Wanted
from recoup.ledger.facts import DisputeFacts, HouseLine, first_told

START_AT = 1_767_268_800_000_000
"""2026-01-01T12:00:00Z: noon, so that a day in most zones is the day in UTC."""
DISPUTE = dispute_id("stripe", "acct_1", "dp_1")
FEE_OF_15 = Terms(valid_from="2024-01-01", fees=(FeeTerm(kind="received", amount_minor=1500, currency="USD"),))


def on(day: int) -> str:
    """The ISO day that many days after the start."""
    return f"2026-01-{1 + day:02}"


def leg(name: LegKind, cycle: int, minor: int = 5000, currency: str = "USD", **more: Any) -> Told:
    """One leg as told."""
    return Told(name, cycle, minor, currency, **more)


def heard(move: str, day: int, *legs: Told, landed: int | None = None, kind: Any = "dispute") -> Observation:
    """One observation of a day, landed in the same instant or on the day given."""
    at = START_AT + day * DAY
    said = Said("dp_1", "event", at, move, record_id=f"{move}_{day}", kind=kind, legs=legs)
    return observe(
        said,
        partner="stripe",
        account="acct_1",
        feed="webhook",
        delivery=f"del_{move}_{day}",
        position=1,
        landed_at=at if landed is None else START_AT + landed * DAY,
        trust="signed",
    )


def line(identity: str, kind: Any, net: int, day: int, **more: Any) -> MoneyLine:
    """One money line of the dispute, without a fee unless its gross is given."""
    gross = more.pop("gross_minor", net)
    row: dict[str, Any] = {
        "currency": "USD",
        "cycle": None,
        "batch": "po_1",
        "original_minor": None,
        "original_currency": None,
        "reference": None,
        "dispute": DISPUTE,
        "partner_dispute_id": "dp_1",
        "effective_on": on(day),
        "landed_at": START_AT + day * DAY,
    } | more
    return MoneyLine(
        id=money_line_id("stripe", "acct_1", identity),
        partner="stripe",
        account="acct_1",
        feed="payout_report",
        delivery="del_report",
        position=1,
        identity=identity,
        kind=kind,
        partner_kind=None,
        payment_ref=None,
        gross_minor=gross,
        fee_minor=gross - net,
        net_minor=net,
        occurred_at=START_AT + day * DAY,
        **row,
    )


def house(name: str, kind: str, minor: int, day: int, **more: Any) -> HouseLine:
    """One line of the house's ledger."""
    row: dict[str, Any] = {"short_minor": 0, "currency": "USD", "merchant": "shop"} | more
    return HouseLine(
        id=name, kind=kind, amount_minor=minor, effective_on=on(day), landed_at=START_AT + day * DAY, **row
    )


def about(*observations: Observation, **more: Any) -> DisputeFacts:
    """The facts that follow from these observations, with what else is given."""
    dispute = fold(observations, moves()).dispute
    row: dict[str, Any] = {"zone": "UTC", "merchant": "shop"} | more
    return DisputeFacts(dispute=dispute, told_at=first_told(observations, dispute), **row)


def balance(entries: tuple[Wanted, ...], account: str, leg: str | None = None, currency: str = "USD") -> int:
    """What is left on an account, of one leg where one is given."""
    return sum(
        p.amount_minor
        for entry in entries
        for p in entry.postings
        if p.account == account and p.currency == currency and (leg is None or p.leg == leg)
    )


def named(entries: tuple[Wanted, ...], rule: str) -> list[Wanted]:
    """The entries of one rule."""
    return [entry for entry in entries if entry.rule == rule]
