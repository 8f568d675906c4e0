"""A small home as rows: one dispute won and settled, one open and not settled, one notice, one break.

Amounts and entries are those of the first story of the golden ones: 50.00 USD taken with a fee of 15.00, given back.
"""

from typing import Any

from recoup.domain.ids import derive, dispute_id
from recoup.domain.instants import DAY, HOUR, parse_instant
from recoup.domain.legs import Leg, Told, write_legs, write_told
from recoup.domain.money import Amount
from recoup.domain.symptoms import Symptoms, as_text
from recoup.errors import ObjectMissing
from recoup.storage import schema
from recoup.storage.register import Register

NOW = parse_instant("2026-03-20T12:00:00Z")
OPENED = parse_instant("2026-03-01T09:00:00Z")
WON_AT = parse_instant("2026-03-12T09:00:00Z")
LATE = parse_instant("2026-03-19T18:00:00Z")
ACCOUNT = "acct_test_1"
WON = dispute_id("stripe", ACCOUNT, "dp_won")
DUE = dispute_id("stripe", ACCOUNT, "dp_due")
NOTICE = dispute_id("stripe", ACCOUNT, "issfr_1")
EVENT = (
    b'{"id": "evt_1", "type": "charge.dispute.created",\n "data": {"object": {"id": "dp_won", "amount": 5000,\n'
    b'  "currency": "usd", "charge": "ch_1", "reason": "fraudulent", "status": "needs_response",\n'
    b'  "created": 1772355600, "evidence_details": {"due_by": 1773100800}}}}'
)
REPORT = (
    b"balance_transaction_id,created,gross,fee,net,currency,dispute\n"
    b"txn_0,x,1,0,1,usd,\n"
    b"txn_1,x,-50.00,15.00,-65.00,usd,dp_won\n"
)
BODIES = {"a" * 64: EVENT, "b" * 64: REPORT}


def delivery(name: str, feed: str, object_hash: str, landed_at: int, partner: str = "stripe") -> dict[str, Any]:
    return {
        "delivery": derive("del", name),
        "object": object_hash,
        "partner": partner,
        "account": ACCOUNT,
        "feed": feed,
        "name": name,
        "landed_at": landed_at,
        "recorded_at": landed_at,
        "is_verified": 1,
        "is_repeat": 0,
        "status": "read",
        "records": 1,
        "accepted": 1,
        "quarantined": 0,
    }


CREATED = delivery("evt_1.http", "webhook", "a" * 64, OPENED)
CLOSED = delivery("evt_2.http", "webhook", "c" * 64, WON_AT)
REPORTED = delivery("payout_report.csv", "payout_report", "b" * 64, OPENED + DAY)
OPENED_TOO = delivery("evt_3.http", "webhook", "d" * 64, LATE)


def dispute(ours: str, theirs: str, **more: Any) -> dict[str, Any]:
    return {
        "dispute": ours,
        "partner": "stripe",
        "account": ACCOUNT,
        "partner_dispute_id": theirs,
        "kind": "dispute",
        "chain": derive("chn", theirs),
        "turn": "merchant",
        "is_slot_spent": 0,
        "moved_at": OPENED,
        "legs": "[]",
        "known_from": OPENED,
        "version": 0,
        "currency": "USD",
        **more,
    }


def leg(kind: Any, cycle: int, minor: int, at: int) -> Leg:
    return Leg(kind, cycle, minor, "USD", at, None, False)


FIRST = {
    "merchant": "mer_1",
    "payment_ref": "ch_1",
    "network": "visa",
    "stage": "chargeback",
    "partner_status": "needs_response",
    "amount_minor": 5000,
    "reason_code": "fraudulent",
    "partner_due_at": OPENED + 9 * DAY,
    "act_by_at": OPENED + 9 * DAY,
    "due_source": "partner",
    "opened_at": OPENED,
    "legs": write_legs((leg("debit", 1, 5000, OPENED),)),
}
DISPUTES = [
    dispute(
        WON,
        "dp_won",
        **{
            **FIRST,
            "partner_status": "won",
            "turn": "nobody",
            "outcome": "won",
            "finality": "final",
            "amount_won_minor": 5000,
            "amount_lost_minor": 0,
            "act_by_at": None,
            "due_source": None,
            "legs": write_legs((leg("credit", 1, 5000, WON_AT), leg("debit", 1, 5000, OPENED))),
            "known_from": WON_AT,
            "version": 1,
            "moved_at": WON_AT,
        },
    ),
    dispute(
        DUE,
        "dp_due",
        merchant="mer_2",
        payment_ref="ch_2",
        stage="chargeback",
        partner_status="needs_response",
        amount_minor=12_345,
        opened_at=LATE,
        partner_due_at=NOW + 50 * HOUR,
        act_by_at=NOW + 50 * HOUR,
        due_source="partner",
        known_from=LATE,
        legs=write_legs((leg("debit", 1, 12_345, LATE),)),
    ),
    dispute(NOTICE, "issfr_1", kind="notice", turn="nobody", payment_ref="ch_2", amount_minor=700, known_from=LATE),
]
VERSIONS = [
    {**dispute(WON, "dp_won", **FIRST), "version": 0, "known_to": WON_AT, "cause": CLOSED["delivery"]},
]


def observation(key: str, ours: str, theirs: str, told: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "observation": derive("obs", key),
        "dispute": ours,
        "partner": "stripe",
        "account": ACCOUNT,
        "partner_dispute_id": theirs,
        "form": "event",
        "record_id": key,
        "feed": "webhook",
        "delivery": told["delivery"],
        "position": 1,
        "occurred_at": told["landed_at"],
        "landed_at": told["landed_at"],
        "trust": "signed",
        "move": "chargeback_opened",
        "content": key,
        **more,
    }


OBSERVATIONS = [
    observation(
        "evt_1",
        WON,
        "dp_won",
        CREATED,
        partner_status="needs_response",
        amount_minor=5000,
        currency="USD",
        payment_ref="ch_1",
        reason_code="fraudulent",
        due_at=1773100800 * 1_000_000,
        due_state="said",
        legs=write_told((Told("debit", 1, 5000, "USD"),)),
    ),
    observation(
        "evt_2",
        WON,
        "dp_won",
        CLOSED,
        move="won",
        partner_status="won",
        legs=write_told((Told("credit", 1, 5000, "USD"),)),
    ),
    observation("evt_3", DUE, "dp_due", OPENED_TOO, amount_minor=12_345, currency="USD"),
]


def line(identity: str, kind: str, gross: int, fee: int, batch: str, on: str, **more: Any) -> dict[str, Any]:
    return {
        "money_line": derive("mln", identity),
        "feed": "payout_report",
        "partner": "stripe",
        "account": ACCOUNT,
        "identity": identity,
        "delivery": REPORTED["delivery"],
        "position": 2,
        "kind": kind,
        "dispute": WON,
        "partner_dispute_id": "dp_won",
        "batch": batch,
        "gross_minor": gross,
        "fee_minor": fee,
        "net_minor": gross - fee,
        "currency": "USD",
        "occurred_at": OPENED,
        "effective_on": on,
        "landed_at": OPENED + DAY,
        **more,
    }


LINES = [
    line("txn_1", "dispute", -5000, 1500, "po_1", "2026-03-02"),
    line("txn_2", "dispute_reversal", 5000, 0, "po_2", "2026-03-13", landed_at=WON_AT + DAY),
]
HOUSE = [
    {
        "house_line": f"hl_{number}",
        "merchant": "mer_1",
        "kind": kind,
        "partner": "stripe",
        "partner_dispute_id": "dp_won",
        "amount_minor": minor,
        "short_minor": 0,
        "currency": "USD",
        "effective_on": "2026-03-03",
        "delivery": REPORTED["delivery"],
        "position": number,
        "landed_at": OPENED + 2 * DAY,
    }
    for number, (kind, minor) in enumerate(
        (("dispute_debit", -5000), ("dispute_fee", -1500), ("dispute_credit", 5000)), 1
    )
]

Line = tuple[str, int, dict[str, Any]]
ENTRIES: list[dict[str, Any]] = []
POSTINGS: list[dict[str, Any]] = []


def book(rule: str, about: str | None, at: int, *lines: Line, **more: Any) -> str:
    """Add an entry with its postings; gives its id."""
    key = derive("ent", rule, about, at, more.get("reverses"), len(ENTRIES))
    ENTRIES.append(
        {
            "entry": key,
            "fact": derive("fct", key),
            "turn": 0,
            "book": "main",
            "rule": rule,
            "rule_version": 1,
            "dispute": about,
            "effective_on": "2026-03-02",
            "booked_at": at,
            "period": "2026-03",
            "is_active": 1,
            "recorded_at": at,
            **more,
        }
    )
    for number, (account, minor, kept_by) in enumerate(lines, start=1):
        POSTINGS.append(
            {
                "entry": key,
                "line": number,
                "account": account,
                "partner": "stripe",
                "partner_account": ACCOUNT,
                "currency": "USD",
                "amount_minor": minor,
                "dispute": about if "batch" not in kept_by else None,
                **kept_by,
            }
        )
    return key


def leg_of(name: str, merchant: str | None = None) -> dict[str, Any]:
    return {"leg": name, "merchant": merchant}


book(
    "debit_announced",
    WON,
    OPENED,
    ("merchant_clearing", 5000, leg_of("d1", "mer_1")),
    ("partner_clearing", -5000, leg_of("d1")),
)
book(
    "debit_settled",
    WON,
    OPENED + DAY,
    ("partner_clearing", 5000, leg_of("d1")),
    ("fee_expense", 1500, {"sort": "received"}),
    ("settlement_clearing", -6500, {"batch": "po_1"}),
)
book("fee_passed_on", WON, OPENED + DAY, ("merchant_clearing", 1500, leg_of("f1", "mer_1")), ("fee_income", -1500, {}))
book(
    "credit_announced",
    WON,
    WON_AT,
    ("partner_clearing", 5000, leg_of("c1")),
    ("merchant_clearing", -5000, leg_of("c1", "mer_1")),
)
book(
    "credit_settled",
    WON,
    WON_AT + DAY,
    ("settlement_clearing", 5000, {"batch": "po_2"}),
    ("partner_clearing", -5000, leg_of("c1")),
)
for name, amount in (("d1", 5000), ("f1", 1500), ("c1", -5000)):
    book(
        "house_confirmed",
        WON,
        WON_AT + DAY,
        ("house_ledger", amount, {"merchant": "mer_1"}),
        ("merchant_clearing", -amount, leg_of(name, "mer_1")),
    )
for batch, amount in (("po_1", 100_000), ("po_2", 100_000)):
    book(
        "other_activity",
        None,
        WON_AT + DAY,
        ("settlement_clearing", amount, {"batch": batch}),
        ("other_activity", -amount, {"batch": batch}),
    )
    paid = amount + (-6500 if batch == "po_1" else 5000)
    book(
        "payout_made",
        None,
        WON_AT + DAY,
        ("payout_clearing", paid, {"batch": batch}),
        ("settlement_clearing", -paid, {"batch": batch}),
    )
    book("bank_received", None, WON_AT + 2 * DAY, ("bank", paid, {}), ("payout_clearing", -paid, {"batch": batch}))
# Booked too high, taken back and booked again, all by one later message: only what stands counts.
DOUBTED = derive("fct", "debit of the due dispute")
WRONG = book(
    "debit_announced",
    DUE,
    LATE,
    ("merchant_clearing", 99_999, leg_of("d1", "mer_2")),
    ("partner_clearing", -99_999, leg_of("d1")),
    is_active=0,
    fact=DOUBTED,
)
book(
    "debit_announced",
    DUE,
    LATE + HOUR,
    ("merchant_clearing", -99_999, leg_of("d1", "mer_2")),
    ("partner_clearing", 99_999, leg_of("d1")),
    is_active=0,
    reverses=WRONG,
    turn=1,
    fact=DOUBTED,
)
book(
    "debit_announced",
    DUE,
    LATE + HOUR,
    ("merchant_clearing", 12_345, leg_of("d1", "mer_2")),
    ("partner_clearing", -12_345, leg_of("d1")),
    turn=2,
    fact=DOUBTED,
)

BREAK = derive("brk", "one")
SYMPTOMS = (
    Symptoms("missing_file", "missing_file", 1),
    Symptoms(
        control="bank_unexpected",
        class_="lost_event",
        things=5,
        batches=tuple(f"bank:acct_bank:po_{number}" for number in range(1, 6)),
        amounts=(Amount(12_345, "USD"),),
    ),
    Symptoms("sequence_gap", "missing_file", 1),
)
"""What shows the open break: five payouts on a bank statement, and a gap that has no name."""
ROWS: dict[str, list[dict[str, Any]]] = {
    "dispute": DISPUTES,
    "dispute_version": VERSIONS,
    "delivery": [CREATED, CLOSED, REPORTED, OPENED_TOO],
    "observation": OBSERVATIONS,
    "money_line": LINES,
    "house_line": HOUSE,
    "entry": ENTRIES,
    "posting": POSTINGS,
    "expectation": [
        {
            "expectation": derive("exp", name),
            "kind": kind,
            "subject": name,
            "partner": "stripe",
            "account": ACCOUNT,
            "feed": feed,
            "dispute": about,
            "leg": leg_name,
            "amount_minor": amount,
            "currency": "USD" if amount else None,
            "opened_at": OPENED - OPENED % DAY,  # terms count days from midnight
            "due_at": due,
            "closed_at": closed,
            "closed_by": "txn_1" if closed else None,
            "rule": "contract from 2024-01-01",
        }
        for name, kind, feed, about, leg_name, amount, due, closed in (
            ("settled", "leg_settled", None, WON, "d1", 5000, OPENED + 5 * DAY, OPENED + DAY),
            ("open", "leg_settled", None, DUE, "d1", 12_345, NOW + 3 * DAY, None),
            ("charge", "leg_confirmed", None, DUE, "d1", 12_345, NOW + 3 * DAY, None),
            ("file", "file", "payout_report", None, None, None, NOW - 2 * DAY, None),
        )
    ],
    "finding": [
        {
            "finding": derive("fnd", "one"),
            "check_": "lifecycle.jump",
            "partner": "stripe",
            "account": ACCOUNT,
            "feed": "webhook",
            "delivery": CLOSED["delivery"],
            "dispute": WON,
            "where_": "stripe dp_won",
            "found": "won after chargeback",
            "wanted": "a submission before",
            "severity": "warn",
            "landed_at": WON_AT,
        }
    ],
    "break_": [
        {
            "break_": BREAK,
            "control": "deliveries.file_due",
            "cause": "file",
            "kind": "delivery",
            "classes": '["missing_file","late_file"]',
            "partner": "stripe",
            "account": ACCOUNT,
            "feed": "payout_report",
            "merchant": None,
            "deliveries": "[]",
            "disputes": f'["{DUE}"]',
            "amounts": '[{"currency":"USD","minor":12345},{"currency":"EUR","minor":100}]',
            "severity": "ticket",
            "nearest_due_at": NOW + 50 * HOUR,
            "first_seen_at": NOW - 2 * DAY,
            "last_seen_at": NOW,
            "closed_at": None,
            "status": "open",
            "owner": None,
            "explanation": "The payout report of 2026-03-18 has not come.",
            "symptoms": as_text(SYMPTOMS),
        },
        {
            "break_": derive("brk", "two"),
            "control": "money.leg_open",
            "cause": "leg",
            "kind": "money",
            "classes": '["timing"]',
            "partner": "adyen",
            "deliveries": "[]",
            "disputes": "[]",
            "amounts": "[]",
            "severity": "page",
            "first_seen_at": NOW - 9 * DAY,
            "last_seen_at": NOW - 3 * DAY,
            "closed_at": NOW - 3 * DAY,
            "status": "closed",
            "explanation": "The money came late.",
            "symptoms": "[]",
        },
    ],
}


def fill(register: Register, rows: dict[str, list[dict[str, Any]]], now: int) -> None:
    """Write the rows; columns that a row does not name are absent."""
    with register.transaction("test", "fill", "a small home", now) as batch:
        for name, values in rows.items():
            table = schema.metadata.tables[name]
            batch.insert(table, [tuple(value.get(c.name) for c in table.columns) for value in values])


def open_bytes(object_hash: str) -> bytes:
    """The kept bytes of the home's objects."""
    if object_hash not in BODIES:
        raise ObjectMissing(where=object_hash[:12], found="no bytes", wanted="kept bytes")
    return BODIES[object_hash]
