"""A home on real tables that is told small facts day by day, through the same writing and deriving as every delivery.

It stands on a register that is thrown away, and knows nothing of any other home. Day 0 is Monday 2026-03-02, UTC.
`clean_story` tells one dispute from the first message to the bank and the house's ledger without a fault; a canary
leaves out, doubles or bends one telling (`canaries.py`).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recoup.domain.findings import Finding
from recoup.domain.ids import derive, dispute_id, money_line_id
from recoup.domain.instants import DAY, HOUR, local_day, parse_instant
from recoup.domain.legs import Told
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Said, Trust, observe
from recoup.domain.terms import Days, FeeTerm, Schedule, Terms
from recoup.intake import following, grounding, taking
from recoup.intake.arrival import Arrival, Landed
from recoup.intake.ground import Account, Book
from recoup.intake.reading import Taken
from recoup.intake.rows import observation_row
from recoup.ledger.posting_rules import Preset
from recoup.partners.contract import Partner
from recoup.storage import schema
from recoup.storage.register import Register

START = parse_instant("2026-03-02T00:00:00Z")
ACCOUNT = "acct_test_1"
HOUSE_ACCOUNT, BANK_ACCOUNT = "main", "NL91RCPT0417164300"
DAYS = Days(
    announce_to_settle=2,
    settle_to_announce=1,
    report_to_payout=2,
    payout_to_bank=3,
    announce_to_house=2,
    win_to_credit=2,
    notice_to_chargeback=5,
)
FEE = FeeTerm("received", amount_minor=1500, currency="USD", borne_by="merchant")
TERMS = Terms(valid_from="2024-01-01", calendar="target", days=DAYS, fees=(FEE,))
DAILY = Schedule("payout_report", "daily", due_time="12:00", days_after=1, grace_hours=2)
LEDGER_DAILY = Schedule("ledger", "daily", due_time="12:00", days_after=1, grace_hours=2)


ACTOR = "canary"


def at(day: int, hour: int = 10, minute: int = 0) -> int:
    """The instant of an hour of a day."""
    return START + day * DAY + hour * HOUR + minute * 60_000_000


def iso(day: int) -> str:
    """The ISO day of a day."""
    return local_day(at(day), "UTC").isoformat()


def ours(theirs: str) -> str:
    """Our id of a dispute."""
    return dispute_id("stripe", ACCOUNT, theirs)


class CanaryHome:
    """One register and what was told to it."""

    def __init__(
        self,
        register: Register,
        partners: Mapping[str, Partner],
        terms: Terms = TERMS,
        preset: Preset = "platform",
        phase: str = "live",
    ) -> None:
        """Make a home on an empty register.

        Args:
          register: Thrown away afterwards.
          partners: `stripe`, `bank` and `house`: which feeds tell what, and what outcomes mean for money.
          terms: What was agreed with Stripe.
          preset: Whose books are kept.
          phase: Of the account at Stripe.
        """
        self.register = register
        self.partners = partners
        house = Terms(valid_from="2024-01-01", schedules=(LEDGER_DAILY,)) if terms.schedules else None
        accounts = [
            Account("stripe", ACCOUNT, zone="UTC", phase=phase, terms=(terms,)),
            Account("bank", BANK_ACCOUNT, zone="UTC"),
            Account("house", HOUSE_ACCOUNT, zone="UTC", terms=(house,) if house else ()),
        ]
        with self.register.transaction(ACTOR, "setup", "home", START) as batch:
            grounding.write_accounts(batch, accounts, [Book("main", preset)])

    def agree(self, terms: Terms) -> None:
        """Stripe and we agree on terms."""
        with self.register.transaction(ACTOR, "setup", "terms", START) as batch:
            grounding.write_accounts(batch, [Account("stripe", ACCOUNT, zone="UTC", terms=(terms,))], [])

    # --- deliveries -------------------------------------------------------------------------

    def delivery(
        self,
        feed: str,
        landed_at: int,
        *,
        partner: str = "stripe",
        status: str = "read",
        said: Sequence[Said] = (),
        lines: Sequence[Mapping[str, Any]] = (),
        house: Mapping[str, list[tuple[object, ...]]] | None = None,
        findings: Sequence[Finding] = (),
        quarantined: Sequence[tuple[int, Finding]] = (),
        name: str | None = None,
        body: str | None = None,
        records: int | None = None,
        trust: Trust = "signed",
        **more: Any,
    ) -> str:
        """Land one delivery and derive everything from it; gives its id."""
        account = {"stripe": ACCOUNT, "bank": BANK_ACCOUNT, "house": HOUSE_ACCOUNT}[partner]
        name = name or f"{feed}_{landed_at}_{len(said)}_{len(lines)}"
        digest = hashlib.sha256((body or f"{name}{said}{lines}{house}").encode()).hexdigest()
        arrival = Arrival(partner, feed, name, landed_at, account)
        key = derive("del", digest, partner, feed, name, landed_at)
        is_repeat = more.pop("is_repeat", False)
        landed = Landed(arrival, digest, account, is_repeat, is_repeat, key)
        taken = Taken(
            landed,
            status,
            is_verified=trust == "signed",
            records=len(said) + len(lines) + len(quarantined) if records is None else records,
            observations=[
                observation_row(
                    observe(
                        s,
                        partner=partner,
                        account=account,
                        feed=feed,
                        delivery=key,
                        position=position,
                        landed_at=landed_at,
                        trust=trust,
                    )
                )
                for position, s in enumerate(said, 1)
            ],
            money_lines=[_line(p, partner, account, feed, key, landed_at, **told) for p, told in enumerate(lines, 1)],
            findings=list(findings),
            quarantined=list(quarantined),
            house={
                name: [(*row, key, n, landed_at) for n, row in enumerate(rows, 1)]
                for name, rows in (house or {}).items()
            },
            **more,
        )
        self._take(taken, landed_at)
        return key

    def _take(self, taken: Taken, now: int) -> None:
        with self.register.reading() as view:
            ground = grounding.load(view, self.partners, {})
        with self.register.transaction(ACTOR, "ingest", "one", now) as batch:
            touched = taking.write(batch, [taken], now)
            following.follow(batch, touched, ground, now)

    # --- what is told -----------------------------------------------------------------------

    def event(
        self, theirs: str, move: str, day: int, *, feed: str = "webhook", landed_at: int | None = None, **more: Any
    ) -> str:
        """One message, or page, about a dispute."""
        is_page = feed == "disputes"
        said = Said(
            partner_dispute_id=theirs,
            form="snapshot" if is_page else "event",
            occurred_at=more.pop("occurred_at", at(day, 9)),
            move=move,
            record_id=None if is_page else more.pop("record_id", f"evt_{theirs}_{move}_{day}"),
            kind=more.pop("kind", "dispute"),
            partner_status=more.pop("partner_status", move),
            amount_minor=more.pop("amount_minor", 5000),
            currency=more.pop("currency", "USD"),
            payment_ref=more.pop("payment_ref", f"ch_{theirs}"),
            **more,
        )
        trust: Trust = "fetched" if is_page else "signed"
        return self.delivery(feed, at(day, 9, 1) if landed_at is None else landed_at, said=[said], trust=trust)

    def opened(self, theirs: str = "dp_1", day: int = 0, minor: int = 5000, currency: str = "USD", **more: Any) -> str:
        """The debit is announced, to be answered within 20 days."""
        told = {
            "amount_minor": minor,
            "currency": currency,
            "legs": (Told("debit", 1, minor, currency),),
            "opened_at": at(day, 9),
            "due_at": at(day + 20, 9),
            "due_state": "said",
            **more,
        }
        return self.event(theirs, "chargeback_opened", day, **told)

    def answered(self, theirs: str = "dp_1", day: int = 3) -> str:
        """Our answer is in."""
        said: dict[str, Any] = {"amount_minor": None, "currency": None, "payment_ref": None, "is_slot_spent": True}
        return self.event(theirs, "chargeback_under_review", day, **said)

    def won(self, theirs: str = "dp_1", day: int = 7, minor: int = 5000) -> str:
        """The partner says won, and announces the credit."""
        return self.event(theirs, "won", day, amount_minor=minor, legs=(Told("credit", 1, minor, "USD"),))

    def settled(
        self, theirs: str | None = "dp_1", day: int = 1, gross: int = -5000, fee: int = 1500, **more: Any
    ) -> str:
        """One line about a dispute on the report of a payout."""
        batch = more.pop("batch", "po_1")
        told = {
            "identity": f"txn_{theirs}_{day}_{gross}",
            "kind": "dispute" if gross < 0 else "dispute_reversal",
            "partner_dispute_id": theirs,
            "gross_minor": gross,
            "fee_minor": fee,
            "net_minor": gross - fee,
            "batch": batch,
            "effective_on": iso(day),
            **more,
        }
        return self.report(day, [told])

    def report(self, day: int, lines: Sequence[Mapping[str, Any]], feed: str = "payout_report", **more: Any) -> str:
        """A report of settled lines."""
        landed_at = more.pop("landed_at", at(day, 11))
        return self.delivery(feed, landed_at, lines=lines, trust="fetched", **more)

    def sold(self, batch: str = "po_1", day: int = 1, net: int = 100_000) -> str:
        """Sales of a batch, on its report."""
        line = {
            "identity": f"txn_sales_{batch}",
            "kind": "charge",
            "gross_minor": net,
            "net_minor": net,
            "batch": batch,
        }
        return self.report(day, [{**line, "effective_on": iso(day)}])

    def paid(self, batch: str = "po_1", day: int = 2, minor: int = 93_500) -> str:
        """The partner pays a batch out."""
        line = {"identity": batch, "kind": "payout", "gross_minor": -minor, "net_minor": -minor, "batch": batch}
        return self.report(day, [{**line, "effective_on": iso(day)}], feed="payouts")

    def banked(self, batch: str = "po_1", day: int = 3, minor: int = 93_500) -> str:
        """The bank books a payout."""
        line = {
            "identity": f"BK-{batch}-{day}",
            "kind": "bank",
            "gross_minor": minor,
            "net_minor": minor,
            "batch": batch,
        }
        landed_at = at(day, 18)
        return self.delivery(
            "statement", landed_at, partner="bank", lines=[{**line, "effective_on": iso(day)}], trust="fetched"
        )

    def confirmed(
        self, theirs: str = "dp_1", day: int = 1, kind: str = "dispute_debit", minor: int = -5000, **more: Any
    ) -> str:
        """The house's ledger moves a merchant's balance."""
        row = (
            more.pop("house_line", f"hl_{theirs}_{kind}_{day}"),
            more.pop("merchant", "mer_1"),
            kind,
            "stripe",
            theirs,
            None,
            minor,
            0,
            more.pop("currency", "USD"),
            iso(day),
        )
        return self.delivery("ledger", at(day, 20), partner="house", house={"house_line": [row]}, **more)

    def payment(self, ref: str, minor: int = 5000, day: int = -10, merchant: str = "mer_1", **more: Any) -> str:
        """The house captured a payment."""
        row = (
            f"pay_{ref}",
            merchant,
            "stripe",
            more.pop("account", ACCOUNT),
            ref,
            minor,
            more.pop("currency", "USD"),
            at(day),
        )
        return self.delivery(
            "payments", at(day, 23), partner="house", house={"payment": [row]}, covers_on=iso(day), **more
        )

    def refund(self, ref: str, minor: int, day: int) -> str:
        """The house refunded a payment."""
        row = (f"ref_{ref}_{day}", f"pay_{ref}", minor, "USD", at(day))
        return self.delivery("refunds", at(day, 23), partner="house", house={"refund": [row]})

    def merchants_behind(self, *merchants: str) -> None:
        """Who stands behind the account."""
        with self.register.transaction(ACTOR, "map", "merchants", START) as batch:
            rows = [("stripe", ACCOUNT, merchant, "2024-01-01", None, "del_map", START) for merchant in merchants]
            batch.upsert(schema.account_merchant, rows)

    def clean_story(self, theirs: str = "dp_1", *, without: Sequence[str] = ()) -> None:
        """One dispute, announced, settled, paid out, banked, confirmed, answered; without what is named."""
        self.payment(f"ch_{theirs}")
        steps: dict[str, Callable[[], str]] = {
            "opened": lambda: self.opened(theirs),
            "settled": lambda: self.settled(theirs),
            "sold": lambda: self.sold(),
            "confirmed": lambda: self.confirmed(theirs),
            "fee_confirmed": lambda: self.confirmed(theirs, kind="dispute_fee", minor=-1500),
            "paid": lambda: self.paid(),
            "banked": lambda: self.banked(),
            "answered": lambda: self.answered(theirs),
        }
        for name, step in steps.items():
            if name not in without:
                step()


def _line(
    position: int, partner: str, account: str, feed: str, delivery: str, landed_at: int, **told: Any
) -> MoneyLine:
    theirs = told.get("partner_dispute_id")
    defaults = {
        "partner_kind": told.get("kind"),
        "dispute": dispute_id(partner, account, theirs) if theirs else None,
        "partner_dispute_id": None,
        "payment_ref": None,
        "cycle": None,
        "batch": None,
        "fee_minor": 0,
        "currency": "USD",
        "original_minor": None,
        "original_currency": None,
        "occurred_at": landed_at - HOUR,
        "reference": None,
    }
    return MoneyLine(
        id=money_line_id(partner, account, told["identity"]),
        partner=partner,
        account=account,
        feed=feed,
        delivery=delivery,
        position=position,
        landed_at=landed_at,
        **{**defaults, **told},
    )
