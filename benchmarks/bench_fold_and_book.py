"""Observations per second, end to end: from signed webhooks to folded, booked and expected disputes, and by replay.

Each dispute is told by four signed Stripe webhooks (opened, answered, withdrawn,
decided). Measured: landing with encryption, signature, reading, writing, folding,
linking, booking and expecting, in batches of at most 5,000 observations; then
`replay --check` over all of it. Twice: with a dispute's messages in one batch, as
when a backlog is read, and with each in another batch, as they come in life, where
every message derives its dispute anew.

    python -m benchmarks.bench_fold_and_book [--observations 100000] [--postgres URL] [--no-replay]

Prints one JSON document: observations per second, and the replay's seconds and verdict.
"""

import argparse
import hashlib
import hmac
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recoup.app import create_home, open_app
from recoup.domain.terms import Days, FeeTerm, Terms
from recoup.intake.arrival import Arrival
from recoup.intake.directory import AccountSetup, Key, Setup
from recoup.settings import Settings

SECRET = "whsec_benchmark"
START = 1_770_000_000
WANTED_SQLITE, WANTED_POSTGRES = 10_000, 8_000
TOLD_PER_DISPUTE = 4


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--observations", type=int, default=100_000)
    parser.add_argument("--postgres", help="address of an empty database; SQLite in a temporary home by default")
    parser.add_argument("--no-replay", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recoup-bench-") as room:
        shapes = ("together",) if given.postgres else ("together", "apart")
        figures = {
            shape: measure(
                Path(room) / shape, given.observations, given.postgres, not given.no_replay, shape == "apart"
            )
            for shape in shapes
        }
        print(json.dumps(figures, indent=2))


def measure(
    home: Path, observations: int, postgres: str | None, with_replay: bool, is_apart: bool = False
) -> dict[str, Any]:
    """Take in that many observations; give the figures."""
    settings = Settings(home, postgres or f"sqlite:///{home / 'register.db'}")
    create_home(settings)
    with open_app(settings) as app:
        app.apply(_setup())
        arrivals = list(_arrivals(observations // TOLD_PER_DISPUTE, is_apart))
        started = time.perf_counter()
        report = app.take(arrivals)
        seconds = time.perf_counter() - started
        rate = report.observations_new / seconds
        wanted = WANTED_POSTGRES if postgres else WANTED_SQLITE
        figures: dict[str, Any] = {
            "register": "postgresql" if postgres else "sqlite",
            "observations": report.observations_new,
            "seconds": round(seconds, 2),
            "observations_per_second": round(rate),
            "of_wanted": round(rate / wanted, 2),
            "problems": len(report.problems),
        }
        if with_replay:
            started = time.perf_counter()
            replayed = app.replay()
            figures["replay_seconds"] = round(time.perf_counter() - started, 1)
            figures["replay_same"] = replayed.same
    return figures


def _setup() -> Setup:
    terms = Terms(
        valid_from="2024-01-01",
        calendar="fed",
        days=Days(announce_to_settle=5, announce_to_house=3, win_to_credit=7),
        fees=(FeeTerm(kind="received", amount_minor=1500, currency="USD"),),
    )
    account = AccountSetup("stripe", "acct_bench", "America/New_York", key=(Key("one", SECRET),), contract=(terms,))
    return Setup(account=(account,))


def _arrivals(disputes: int, is_apart: bool) -> Iterator[Arrival]:
    if is_apart:
        for step in range(TOLD_PER_DISPUTE):
            yield from (_arrival(number, step) for number in range(disputes))
    else:
        for number in range(disputes):
            yield from (_arrival(number, step) for step in range(TOLD_PER_DISPUTE))


def _arrival(number: int, step: int) -> Arrival:
    at = START + step * 86_400 + number
    body = json.dumps(_event(number, step, at)).encode()
    signed = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return Arrival(
        partner="stripe",
        feed="webhook",
        name=f"evt_{number}_{step}",
        landed_at=(at + 1) * 1_000_000,
        body=body,
        start_line="POST /webhooks/stripe HTTP/1.1",
        headers={"stripe-signature": f"t={at},v1={signed}", "content-type": "application/json"},
    )


def _event(number: int, step: int, at: int) -> dict[str, Any]:
    kind = ("created", "updated", "funds_withdrawn", "closed")[step]
    status = ("needs_response", "under_review", "under_review", "won" if number % 3 == 0 else "lost")[step]
    amount = 1_000 + number % 50_000
    moved = [
        {
            "id": f"txn_{number}",
            "object": "balance_transaction",
            "amount": -amount,
            "currency": "usd",
            "fee": 1500,
            "net": -amount - 1500,
            "created": START + number,
            "reporting_category": "dispute",
            "source": f"dp_{number}",
            "type": "adjustment",
        }
    ]
    return {
        "id": f"evt_{number}_{step}",
        "object": "event",
        "api_version": "2026-06-24.dahlia",
        "created": at,
        "type": f"charge.dispute.{kind}",
        "livemode": True,
        "data": {
            "object": {
                "id": f"dp_{number}",
                "object": "dispute",
                "amount": amount,
                "currency": "usd",
                "charge": f"ch_{number}",
                "created": START + number,
                "reason": "fraudulent",
                "status": status,
                "balance_transactions": moved if step >= 2 else [],
                "evidence_details": {"due_by": START + number + 9 * 86_400, "submission_count": 0 if step == 0 else 1},
                "payment_method_details": {
                    "type": "card",
                    "card": {"brand": "visa", "case_type": "chargeback", "network_reason_code": "10.4"},
                },
            }
        },
    }


if __name__ == "__main__":
    main()
