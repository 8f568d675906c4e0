"""All money ties in the written files, read again with nothing of the simulator's: lines, payouts, bank, house."""

import csv
import json
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

Row = dict[str, str]
PLACES = {"JPY": 0, "KWD": 3}


def rows(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def bodies(folder: Path, feed: str) -> list[Any]:
    return [json.loads(path.read_bytes().partition(b"\r\n\r\n")[2]) for path in sorted((folder / feed).iterdir())]


def stripe_payouts(folder: Path) -> dict[str, Decimal]:
    """Payouts as their list tells them, in dollars."""
    pages = bodies(folder, "stripe/payouts")
    return {p["id"]: Decimal(p["amount"]) / 100 for page in pages for p in page["data"]}


def bank_lines(folder: Path) -> dict[tuple[str, str], Decimal]:
    """(currency, payout named) to amount."""
    found = {}
    for path in sorted((folder / "bank/statement").iterdir()):
        for row in rows(path):
            if row["record"] == "line":
                assert (row["currency"], row["end_to_end"]) not in found
                found[row["currency"], row["end_to_end"]] = Decimal(row["amount"])
    return found


def moved(row: Row) -> Decimal:
    return Decimal(row["Net Credit (NC)"] or 0) - Decimal(row["Net Debit (NC)"] or 0)


def batches(folder: Path) -> list[tuple[str, str, Decimal, Decimal]]:
    """(number, currency, sum of the lines, payout) of each settlement report."""
    found = []
    for path in sorted((folder / "adyen/settlement_detail").iterdir()):
        *lines, last = rows(path)
        assert last["Type"] == "MerchantPayout"
        net = sum((moved(line) for line in lines), Decimal(0))
        found.append((last["Batch Number"], last["Net Currency"], net, -moved(last)))
    return found


def test_lines_of_each_stripe_report_add_up_to_its_payout(clean: Path) -> None:
    """Net of all lines is the payout that the report names, and each line is gross less fee."""
    payouts, seen = stripe_payouts(clean), 0
    for path in sorted((clean / "stripe/payout_report").iterdir()):
        lines = rows(path)
        names = {line["automatic_payout_id"] for line in lines}
        assert len(names) == 1
        assert sum(Decimal(line["net"]) for line in lines) == payouts[names.pop()]
        assert all(Decimal(r["gross"]) - Decimal(r["fee"]) == Decimal(r["net"]) for r in lines)
        seen += 1
    assert seen >= 18


def test_each_stripe_payout_reaches_the_bank(clean: Path) -> None:
    """All payouts but the latest two have their line, of the same amount."""
    payouts, bank = stripe_payouts(clean), bank_lines(clean)
    arrived = {name: amount for (currency, name), amount in bank.items() if currency == "USD"}
    assert arrived.items() <= payouts.items()
    assert len(payouts) - len(arrived) <= 2


def test_lines_of_each_adyen_batch_add_up_to_its_payout_and_the_bank(clean: Path) -> None:
    """Lines, payout row and bank line are one amount; numbers grow by one."""
    found, bank = batches(clean), bank_lines(clean)
    assert [int(number) for number, *_ in found] == list(range(412, 412 + len(found)))
    assert {currency for _, currency, *_ in found} == {"EUR", "JPY"}
    for number, currency, lines, paid in found:
        assert lines == paid, number
        assert bank.get((currency, number), paid) == paid
    missing = [number for number, currency, *_ in found if (currency, number) not in bank]
    assert len(missing) <= 2


def test_cost_of_each_adyen_line_is_gross_less_net(clean: Path) -> None:
    """In one currency the fees are the difference between gross and net."""
    fees = ("Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)")
    for path in sorted((clean / "adyen/settlement_detail").iterdir()):
        for row in rows(path):
            if row["Gross Currency"] == row["Net Currency"]:
                gross = Decimal(row["Gross Credit (GC)"] or 0) - Decimal(row["Gross Debit (GC)"] or 0)
                assert gross - moved(row) == sum(Decimal(row[name] or 0) for name in fees), row


def test_statements_carry_their_balance_on(clean: Path) -> None:
    """Opening and lines are closing, and the next one opens where the last closed."""
    closed: dict[str, Decimal] = {}
    for path in sorted((clean / "bank/statement").iterdir()):
        opening, *lines, closing = rows(path)
        amounts = [Decimal(line["amount"]) for line in lines]
        assert Decimal(opening["amount"]) + sum(amounts) == Decimal(closing["amount"])
        assert int(closing["lines"]) == len(lines)
        assert closed.get(opening["account"], Decimal(opening["amount"])) == Decimal(opening["amount"])
        closed[opening["account"]] = Decimal(closing["amount"])
    assert len(closed) == 3


def test_totals_of_the_house_are_those_of_its_rows(clean: Path) -> None:
    """Each file says what it holds, by currency."""
    for path in sorted((clean / "house").rglob("*.csv")):
        lines = [row for row in rows(path) if row["record"] != "total"]
        totals = [row for row in rows(path) if row["record"] == "total"]
        assert sum(int(total["lines"]) for total in totals) == len(lines), path
        for total in totals:
            if total.get("currency") and "amount" in total:
                amounts = [Decimal(row["amount"]) for row in lines if row["currency"] == total["currency"]]
                assert Decimal(total["amount"]) == sum(amounts), path


def test_amounts_have_the_decimals_of_their_currency(clean: Path) -> None:
    """Yen have none and dinar three, in every file of ours."""
    for path in sorted((clean / "house/payments").iterdir()):
        for row in rows(path):
            _, _, fraction = row["amount"].partition(".")
            assert len(fraction) == PLACES.get(row["currency"], 2)


def told_debits(folder: Path) -> dict[str, tuple[Decimal, str]]:
    """Disputes whose first debit a message announced at least four days before the end, with amount and currency."""
    found = {}
    for line in (folder / "deliveries.jsonl").read_text().splitlines():
        told = json.loads(line)
        if told["feed"] != "webhook" or told["received_at"] > "2026-02-28":
            continue
        message = json.loads((folder / told["path"]).read_bytes().partition(b"\r\n\r\n")[2])
        if message.get("type") == "charge.dispute.funds_withdrawn":
            about = message["data"]["object"]
            found[about["id"]] = (about["amount"], about["currency"].upper())
        for item in message.get("notificationItems", []):
            item = item["NotificationRequestItem"]
            if item["eventCode"] == "CHARGEBACK":
                found[item["pspReference"]] = (item["amount"]["value"], item["amount"]["currency"])
    return {k: (Decimal(v) / 10 ** PLACES.get(currency, 2), currency) for k, (v, currency) in found.items()}


def ledger(folder: Path) -> list[Row]:
    files = sorted((folder / "house/ledger").iterdir())
    return [row for path in files for row in rows(path) if row["record"] == "line"]


def test_the_house_confirms_each_debit_once(clean: Path) -> None:
    """What a partner announced stands on the merchant's balance, whole, once."""
    booked = defaultdict(list)
    for row in ledger(clean):
        if row["kind"] == "dispute_debit":
            booked[row["dispute"]].append((-Decimal(row["amount"]), row["currency"]))
    debits = told_debits(clean)
    assert len(debits) > 30
    for dispute, amount in debits.items():
        assert booked[dispute] == [amount], dispute


def test_the_house_confirms_each_fee_that_was_settled(clean: Path) -> None:
    """15.00 USD at Stripe, 10.65 EUR at Adyen, for each dispute that was debited."""
    fees = {(row["partner"], row["amount"], row["currency"]) for row in ledger(clean) if row["kind"] == "dispute_fee"}
    assert fees == {("stripe", "-15.00", "USD"), ("adyen", "-10.65", "EUR")}


def test_merchants_who_cannot_pay_are_short(clean: Path) -> None:
    """Some debits are covered in part only, and say by how much."""
    short = [row for row in ledger(clean) if row["short"]]
    assert short
    assert all(0 < Decimal(row["short"]) < -Decimal(row["amount"]) for row in short)


def test_payments_of_disputes_are_known_before_the_dispute(clean: Path) -> None:
    """The house tells a payment in a file that comes before the partner tells of its dispute."""
    arrived = {}
    known: dict[str, str] = {}
    for line in (clean / "deliveries.jsonl").read_text().splitlines():
        told = json.loads(line)
        arrived[told["path"]] = told["received_at"]
    for path in sorted((clean / "house/payments").iterdir()):
        for row in rows(path):
            known[row["payment_ref"]] = arrived[f"house/payments/{path.name}"]
    for told in json.loads((clean / "truth.json").read_text())["disputes"]:
        assert known[told["payment_ref"]] < told["opened_at"]


def test_no_card_number_is_anywhere(clean: Path) -> None:
    """No run of 13 to 19 digits begins like a card and passes the check digit."""

    def is_card(digits: str) -> bool:
        doubled = [int(d) * 2 if n % 2 else int(d) for n, d in enumerate(reversed(digits))]
        fits = sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
        lengths = {"3": (14, 15, 16), "4": (13, 16, 19), "5": (16,), "6": (16, 19), "2": (16,)}
        return fits and len(digits) in lengths.get(digits[0], ())

    run = re.compile(r"(?<![0-9])(?:[0-9][ -]?){12,18}[0-9](?![0-9])")
    for path in sorted(clean.rglob("*")):
        if path.is_file() and path.name != "truth.json":
            for found in run.findall(path.read_text(encoding="utf-8")):
                assert not is_card(re.sub("[ -]", "", found)), (path, found)
