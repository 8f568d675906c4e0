"""What the bank of direct debits sends, read again by the standard library alone: sums, days, reasons, balances."""

import csv
import datetime as dt
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from recoup.simulator import simulate

SEED = 21
DAYS = 24
FEE = Decimal("3.00")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Direct debits over a month's end and two weekends."""
    out = tmp_path_factory.mktemp("sepa") / "world"
    simulate(SEED, DAYS, out, (), 150, disputes_per_10k=150, partners=("sepa",))
    return out


def messages(folder: Path, feed: str) -> Iterator[tuple[Path, Any]]:
    """Each file of a feed without its name space."""
    for path in sorted((folder / "sepa" / feed).iterdir()):
        yield path, ElementTree.fromstring(re.sub(r' xmlns="[^"]+"', "", path.read_text(encoding="utf-8")))


def amount(element: Any, path: str) -> Decimal:
    return Decimal(element.findtext(path))


def truth(folder: Path) -> dict[str, Any]:
    cases = json.loads((folder / "truth.json").read_text())["disputes"]
    return {case["partner_dispute_id"]: case for case in cases}


def booked_returns(folder: Path) -> dict[str, tuple[Any, dt.date]]:
    """Each return that a statement books, with its day."""
    found = {}
    for _, root in messages(folder, "statements"):
        for entry in root.iter("Ntry"):
            if entry.findtext("BkTxCd/Domn/Fmly/SubFmlyCd") == "UPDD":
                for detail in entry.iter("TxDtls"):
                    name = detail.findtext("Refs/EndToEndId")
                    assert name not in found, "a collection comes back once"
                    found[name] = detail, dt.date.fromisoformat(entry.findtext("BookgDt/Dt"))
    return found


def test_statements_tie_and_carry_on(world: Path) -> None:
    """Opening and entries are closing, counts and sums are those of the entries, and numbers grow by one."""
    closed, numbers = None, []
    for _, root in messages(world, "statements"):
        opening, closing = (amount(balance, "Amt") for balance in root.iter("Bal"))
        signed = [amount(e, "Amt") * (-1 if e.findtext("CdtDbtInd") == "DBIT" else 1) for e in root.iter("Ntry")]
        assert opening + sum(signed) == closing
        assert closed in (None, opening)
        closed = closing
        summary = root.find("BkToCstmrStmt/Stmt/TxsSummry")
        assert int(summary.findtext("TtlNtries/NbOfNtries")) == len(signed)
        assert amount(summary, "TtlNtries/Sum") == sum(map(abs, signed))
        assert amount(summary, "TtlDbtNtries/Sum") == -sum(value for value in signed if value < 0)
        numbers.append(int(root.findtext("BkToCstmrStmt/Stmt/ElctrncSeqNb")))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) == 17


def test_collections_are_the_sales_that_were_not_rejected(world: Path) -> None:
    """Count and sum of a booked order are those of the house's payments of its day, less what the bank refused."""
    rejected = {case["payment"] for case in truth(world).values() if case["last_step"] == "reject"}
    sales: dict[str, list[Decimal]] = {}
    for path in sorted((world / "house/payments").iterdir()):
        for row in csv.DictReader(path.open(encoding="utf-8")):
            if row["record"] == "line" and row["payment"] not in rejected:
                sales.setdefault(row["payment"][4:10], []).append(Decimal(row["amount"]))
    seen = 0
    for _, root in messages(world, "statements"):
        for entry in root.iter("Ntry"):
            batch = entry.find("NtryDtls/Btch")
            if entry.findtext("BkTxCd/Domn/Fmly/SubFmlyCd") == "ESDD":
                ordered = sales[batch.findtext("PmtInfId")[6:]]
                assert (int(batch.findtext("NbOfTxs")), amount(entry, "Amt")) == (len(ordered), sum(ordered))
                seen += 1
    assert seen > 20
    assert rejected


def test_a_return_takes_the_collection_and_the_banks_fee(world: Path) -> None:
    """Original amount and charge are the amount, details are the entry, and truth has the same."""
    cases, returns = truth(world), booked_returns(world)
    assert len(returns) > 20
    for name, (detail, _) in returns.items():
        assert amount(detail, "AmtDtls/InstdAmt/Amt") * 100 == cases[name]["amount_minor"]
        assert amount(detail, "Amt") - amount(detail, "AmtDtls/InstdAmt/Amt") == FEE == amount(detail, "Chrgs/Rcrd/Amt")
    for _, root in messages(world, "statements"):
        for entry in root.iter("Ntry"):
            details = [amount(detail, "Amt") for detail in entry.iter("TxDtls")]
            assert sum(details) in (0, amount(entry, "Amt"))


def test_each_return_is_announced_on_the_day_it_is_booked(world: Path) -> None:
    """A status report of the afternoon, a statement of the next morning; rejects are told before the collection."""
    returns = booked_returns(world)
    stated = {dt.date.fromisoformat(root.findtext(".//Bal/Dt/Dt")) for _, root in messages(world, "statements")}
    told = {}
    for _, root in messages(world, "status"):
        heard = dt.datetime.fromisoformat(root.findtext(".//CreDtTm")).date()
        reported = root.findall(".//TxInfAndSts")
        assert int(root.findtext(".//DtldNbOfTxs")) == len(reported)
        assert amount(root, ".//DtldCtrlSum") == sum(amount(one, ".//InstdAmt") for one in reported)
        for one in reported:
            name = one.findtext("OrgnlEndToEndId")
            is_before = heard < dt.date.fromisoformat(one.findtext(".//ReqdColltnDt"))
            # Of the last day the statement comes when the world is over.
            assert is_before == (name not in returns) or heard not in stated
            assert name not in told
            told[name] = heard
    assert returns.keys() <= told.keys()
    assert all(told[name] == day for name, (_, day) in returns.items())
    assert len(told) > len(returns)


def test_banks_return_within_their_days_and_payers_later(world: Path) -> None:
    """Only a payer's name stands beside the reasons of payers."""
    cases = truth(world)
    for name, (detail, day) in booked_returns(world).items():
        code, payer = detail.findtext("RtrInf/Rsn/Cd"), detail.findtext("RtrInf/Orgtr/Nm")
        assert (payer is not None) == (code in ("MD01", "MD06"))
        sold = dt.date.fromisoformat(f"20{cases[name]['payment'][4:10]}")
        assert 5 <= (day - sold).days <= (50 if payer else 14)
        assert day.weekday() < 5


def test_the_house_books_each_return_and_its_fee(world: Path) -> None:
    """The whole collection, and three euro that the merchant bears."""
    booked: dict[tuple[str, str], Decimal] = {}
    for path in sorted((world / "house/ledger").iterdir()):
        for row in csv.DictReader(path.open(encoding="utf-8")):
            if row["record"] == "line":
                booked[row["dispute"], row["kind"]] = Decimal(row["amount"])
    last = dt.date(2026, 2, 2) + dt.timedelta(days=DAYS - 5)
    for name, (detail, day) in booked_returns(world).items():
        if day < last:
            assert booked[name, "dispute_debit"] == -amount(detail, "AmtDtls/InstdAmt/Amt")
            assert booked[name, "dispute_fee"] == -FEE
