"""Files of every table feed, and a room to read them in: a real engine, made once, with the macros of a home."""

from collections.abc import Collection
from functools import cache
from pathlib import Path

import duckdb

from recoup.domain.codes import read_vocabulary
from recoup.intake import table_reader
from recoup.intake.table_reader import Job, TableReading, Workroom
from recoup.partners.adyen.tables import TABLE_FEEDS as ADYEN
from recoup.partners.bank.tables import TABLE_FEEDS as BANK
from recoup.partners.contract import Arrived, TableFeed
from recoup.partners.house.tables import TABLE_FEEDS as HOUSE
from recoup.partners.stripe.tables import TABLE_FEEDS as STRIPE
from tests.fakes.engines import engine

FEEDS: dict[str, dict[str, TableFeed]] = {"adyen": ADYEN, "bank": BANK, "house": HOUSE, "stripe": STRIPE}
LANDED_AT = 1_780_000_000_000_000  # 2026-05-28, after every day in these files
PARTNERS = Path(table_reader.__file__).parents[1] / "partners"

SETTLEMENT_HEADER = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,"
    "Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,"
    "Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),"
    "Payment Method Variant,Modification Merchant Reference,Batch Number,Reserved4,Reserved5"
)
SALE = (
    "Recoup,RecoupCOM,PSP{n:013},order-{n},visa,2026-05-10 12:00:00,CEST,Settled,MOD{n:013},EUR,,10.00,1,EUR,,9.50,"
    ",0.30,0.15,0.05,visaclassic,,7,,"
)
CHARGEBACK = (
    "Recoup,RecoupCOM,PSP{n:013},order-{n},visa,2026-05-11 12:00:00,CEST,Chargeback,DSP{n:013},EUR,5.00,,1,EUR,15.65,,"
    ",10.65,,,visaclassic,,7,,"
)
PAYOUT = 'Recoup,RecoupCOM,,,,2026-05-12 12:00:00,CEST,MerchantPayout,"TX1 batch 7, RecoupCOM",,,,,EUR,{net},,,,,,,,7,,'

REPORT_HEADER = (
    "balance_transaction_id,payment_metadata[order],source_id,charge_id,created,available_on,"
    "automatic_payout_effective_at,currency,gross,fee,net,reporting_category,description,automatic_payout_id"
)
TRANSACTION = (
    "txn_{n},o-{n},ch_{n},ch_{n},2026-01-30 10:00:00,2026-02-01 00:00:00,2026-02-02 00:00:00,usd,25,0.95,24.05,charge,"
    "Payment,po_1"
)


@cache
def _workroom(in_memory_bytes: int = table_reader.IN_MEMORY_BYTES) -> Workroom:
    return Workroom(engine(), in_memory_bytes)


def read(
    partner: str,
    feed: str,
    content: str | bytes,
    room: Path,
    *,
    name: str = "file.csv",
    account: str = "default",
    zone: str = "Europe/Amsterdam",
    currencies: Collection[str] = (),
    in_memory_bytes: int = table_reader.IN_MEMORY_BYTES,
) -> TableReading:
    """Read a file as the intake does, in a room of its own."""
    path = room / f"in-{len(list(room.iterdir()))}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    job = _job(partner, feed, path, name, account, zone, currencies)
    return table_reader.read_table(_workroom(in_memory_bytes), job, room)


def read_path(partner: str, feed: str, path: Path, room: Path) -> TableReading:
    """The same for a file that is there."""
    return table_reader.read_table(_workroom(), _job(partner, feed, path, path.name, "default", "UTC", ()), room)


def _job(partner: str, feed: str, path: Path, name: str, account: str, zone: str, currencies: Collection[str]) -> Job:
    codes = read_vocabulary((PARTNERS / partner / "codes.csv").read_text(), f"{partner}/codes.csv")
    arrived = Arrived(
        delivery="del_1", partner=partner, account=account, feed=feed, name=name, landed_at=LANDED_AT, zone=zone
    )
    return Job(FEEDS[partner][feed], arrived, path, codes, currencies)


def connection() -> duckdb.DuckDBPyConnection:
    """The engine of the room, to look at what was written."""
    return _workroom().connection


def lines(*told: str) -> str:
    """Lines as a file has them, each with its end."""
    return "".join(f"{line}\n" for line in told)


def settlement(*told: str, payout: str | None = None) -> str:
    """An Adyen settlement details report of batch 7."""
    return lines(SETTLEMENT_HEADER, *told, *([PAYOUT.format(net=payout)] if payout else []))


def report(*told: str) -> str:
    """A Stripe payout reconciliation report."""
    return lines(REPORT_HEADER, *told)


def shown(reading: TableReading) -> list[str]:
    """What was quarantined, as messages read."""
    return [
        f"{q.position}: {q.finding.found}; wanted {q.finding.wanted} [{q.finding.check}]" for q in reading.quarantined
    ]
