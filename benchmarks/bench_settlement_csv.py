"""A settlement report from bytes to the lake, beside what DuckDB needs to copy the same CSV to Parquet.

The report is an Adyen settlement details report of 10 million lines (about 2.4 GB), made anew in a directory that is
removed afterwards. Whole path: kept as an object (hashed, encrypted, on disk) while it is read, mapped, cleaned of card
numbers, checked against the payout it states, and moved into the lake. Each part runs in a process of its own, so that
its peak of memory is its own. Prints one JSON document; wanted are a ratio of at most 2.5 and less than 2 GiB.

    python -m benchmarks.bench_settlement_csv [--lines 1000000] [--directory DIR]
"""

import argparse
import json
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from recoup.domain.ids import delivery_id
from recoup.intake.table_reader import Job, TableReading, Workroom, read_table
from recoup.partners.adyen.tables import SETTLEMENT_DETAIL
from recoup.partners.contract import Arrived
from recoup.partners.registry import partners
from recoup.storage.engine import connect
from recoup.storage.keys import HomeKey
from recoup.storage.lake import Lake
from recoup.storage.objects import ObjectStore

LINES = 10_000_000
CHARGEBACKS_EVERY = 1_000
MIB = 1024 * 1024
# References as Adyen has them: 16 letters and digits, or, older, 16 digits. A few merchant references hold digits only.
REPORT = """
copy (
  select
    'RecoupCompany' as "Company Account", 'RecoupCOM' as "Merchant Account",
    case when i % 4 = 0 then '88' || lpad(cast((i * 7919) % 100000000000000 as varchar), 14, '0')
      else upper(translate(left(md5(cast(i as varchar)), 16), '02468ace', 'GHJKLMNP')) end as "Psp Reference",
    'order-' || i as "Merchant Reference", ['visa', 'mc', 'amex'][i % 3 + 1] as "Payment Method",
    '2026-05-' || lpad(cast(1 + i % 28 as varchar), 2, '0') || ' ' || lpad(cast(i % 24 as varchar), 2, '0') || ':15:'
      || lpad(cast(i % 60 as varchar), 2, '0') as "Creation Date",
    'CEST' as "TimeZone", case when is_chargeback then 'Chargeback' else 'Settled' end as "Type",
    'M' || lpad(cast(i as varchar), 15, '0') as "Modification Reference",
    'EUR' as "Gross Currency", case when is_chargeback then gross end as "Gross Debit (GC)",
    case when not is_chargeback then gross end as "Gross Credit (GC)", '1' as "Exchange Rate", 'EUR' as "Net Currency",
    case when is_chargeback then printf('%d.%02d', (cents + 100) // 100, (cents + 100) % 100) end as "Net Debit (NC)",
    case when not is_chargeback then printf('%d.%02d', (cents - 100) // 100, (cents - 100) % 100) end
      as "Net Credit (NC)",
    cast(null as varchar) as "Commission (NC)", '0.50' as "Markup (NC)", '0.20' as "Scheme Fees (NC)",
    '0.30' as "Interchange (NC)", 'visaclassic' as "Payment Method Variant", '' as "Modification Merchant Reference",
    '42' as "Batch Number", '' as "Reserved4", '' as "Reserved5", '' as "Reserved6", '' as "Reserved7",
    '' as "Reserved8", '' as "Reserved9", '' as "Reserved10", '2026-05-29 10:00:00' as "Booking Date",
    'CEST' as "Booking Date TimeZone", 'EUR' as "Balance Currency", 'NL' as "Shopper Country",
    'EU_Adyen' as "Settlement Flow"
  from (
    select i, i % $every = 0 as is_chargeback, 1000 + i % 9000 as cents,
      printf('%d.%02d', (1000 + i % 9000) // 100, (1000 + i % 9000) % 100) as gross
    from range($lines) as n(i)
  )
) to '{path}' (format csv, header true)
"""
NET = """
select sum(case when i % $every = 0 then -(1000 + i % 9000) - 100 else 1000 + i % 9000 - 100 end)
from range($lines) as n(i)
"""
PAYOUT = (
    'RecoupCompany,RecoupCOM,,,,2026-05-29 12:00:00,CEST,MerchantPayout,"TX42 batch 42, RecoupCOM",,,,,EUR,{net},,,,'
    ",,,,42,,,,,,,,2026-05-29 12:00:00,CEST,EUR,,EU_Adyen\n"
)


def main() -> None:
    """Make the report, time both ways on it, and print what came out."""
    asked = _arguments()
    if asked.part:
        print(json.dumps(PARTS[asked.part](Path(asked.directory), asked.lines)))
        return
    with tempfile.TemporaryDirectory(dir=asked.directory, prefix="settlement-") as name:
        report = _apart("report", name, asked.lines)
        bare = _apart("bare", name, asked.lines)
        whole = _apart("whole", name, asked.lines)
    ratio = whole["seconds"] / bare["seconds"]
    print(
        json.dumps({"lines": asked.lines, "ratio": round(ratio, 2), **report, "bare": bare, "whole": whole}, indent=2)
    )


def make_report(room: Path, lines: int) -> dict[str, float]:
    """Write the report with the payout that its lines come to."""
    connection = connect(room / "tmp")
    given = {"lines": lines, "every": CHARGEBACKS_EVERY}
    connection.execute(REPORT.format(path=_report(room)), given)
    net = int(connection.execute(NET, given).fetchall()[0][0])
    with _report(room).open("a", encoding="utf-8") as file:
        file.write(PAYOUT.format(net=f"{net // 100}.{net % 100:02}"))
    return {"megabytes": round(_report(room).stat().st_size / MIB)}


def copy_bare(room: Path, _lines: int) -> dict[str, float]:
    """What the engine needs for the copy alone: every column as text, nothing checked."""
    connection = connect(room / "tmp")
    began = time.perf_counter()
    connection.execute(
        f"copy (select * from read_csv('{_report(room)}', header = true, all_varchar = true))"
        f" to '{room / 'bare.parquet'}' (format parquet)"
    )
    return _measured(began)


def take_whole(room: Path, lines: int) -> dict[str, float]:
    """What we need from the bytes to the lake."""
    key = HomeKey(secrets.token_bytes(32))
    objects = ObjectStore(room / "objects", key)
    lake = Lake(room / "lake")
    began = time.perf_counter()
    with ThreadPoolExecutor(1) as beside:
        kept = beside.submit(objects.put_file, _report(room))
        reading = read_table(Workroom(connect(room / "tmp", key.token_key)), _job(room), _made(room / "room"))
        stored = kept.result()
    assert reading.parquet is not None
    delivery = delivery_id(stored.object, "adyen", SETTLEMENT_DETAIL.name, _report(room).name, 0)
    lake.keep_delivery("money_line", "adyen", SETTLEMENT_DETAIL.name, delivery, reading.parquet)
    measured = _measured(began)
    _check(reading, lines)
    return measured


def _check(reading: TableReading, lines: int) -> None:
    assert reading.held is None, reading.held
    assert reading.accepted == reading.records == lines + 1, (reading.records, reading.accepted)
    assert [c.stated == c.computed for c in reading.controls] == [True]
    assert len(reading.money_lines) == lines // CHARGEBACKS_EVERY + 1
    assert sum(row[7] for row in reading.totals) + len(reading.money_lines) == lines + 1


def _job(room: Path) -> Job:
    arrived = Arrived(
        delivery="del_bench",
        partner="adyen",
        account="RecoupCOM",
        feed=SETTLEMENT_DETAIL.name,
        name=_report(room).name,
        landed_at=1_780_000_000_000_000,
        zone="Europe/Amsterdam",
    )
    return Job(SETTLEMENT_DETAIL, arrived, _report(room), partners()["adyen"].codes, ("EUR",))


def _measured(began: float) -> dict[str, float]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": round(time.perf_counter() - began, 2), "peak_mebibytes": round(peak)}


def _apart(part: str, directory: str, lines: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--part", part, "--directory", directory, "--lines", str(lines)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def _report(room: Path) -> Path:
    return room / "settlement_detail_report_batch_42.csv"


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--directory", default=None)
    parser.add_argument("--part", choices=sorted(PARTS), default=None)
    return parser.parse_args()


PARTS = {"report": make_report, "bare": copy_bare, "whole": take_whole}

if __name__ == "__main__":
    main()
