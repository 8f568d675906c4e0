"""Each fault changes what it says and nothing else, and its label tells the truth."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from recoup.controls.classes import BY_NAME
from recoup.errors import SetupInvalid
from recoup.simulator import DEMO_FAULTS, FAULTS, call_faults, simulate
from recoup.simulator.faults import partners_of
from recoup.simulator.profiles import USUAL
from tests.simulator.conftest import DAYS, DISPUTES, PAYMENTS, SEED
from tests.simulator.test_signatures import adyen_fits, secrets, stripe_fits

STRIPE_TOLD = {"stripe/webhook", "stripe/disputes"}
STRIPE_PAID = {"stripe/payout_report", "stripe/payouts", "bank/statement"}
ADYEN_PAID = {"adyen/settlement_detail", "adyen/payments_accounting", "bank/statement"}
ADYEN_TOLD = {"adyen/webhook", "adyen/dispute_report"}
LIST = {"deliveries.jsonl"}
REACHES: dict[str, set[str]] = {
    "F1": {"adyen/settlement_detail"} | LIST,
    "F2": LIST,
    "F3": LIST,
    "F4": {"adyen/settlement_detail"} | LIST,
    "F5": {"adyen/settlement_detail"},
    "F8": {"stripe/payout_report"},
    "F10": {"adyen/settlement_detail"},
    "W1": {"stripe/webhook"} | LIST,
    "W1-adyen": {"adyen/webhook"} | LIST,
    "W3": {"stripe/webhook"} | LIST,
    "W5": LIST,
    "W6": {"stripe/webhook"} | LIST,
    "W8": {"stripe/webhook"} | LIST,
    "W8-adyen": {"adyen/webhook"} | LIST,
    "M1": {"stripe/webhook"} | LIST,
    "M2": STRIPE_TOLD,
    "M3": ADYEN_TOLD,
    "M4": STRIPE_TOLD,
    "I4": {"house/ledger"},
    "I5": {"house/payments"},
    "T4": STRIPE_TOLD,
    "T9": STRIPE_TOLD | STRIPE_PAID | {"house/ledger"} | LIST,
    "T10": ADYEN_TOLD | ADYEN_PAID | {"house/ledger"} | LIST,
    "T10-stripe": STRIPE_TOLD | STRIPE_PAID | {"house/ledger"} | LIST,
    "O1": {"house/ledger"},
    "Q1": STRIPE_TOLD,
    "Q4": STRIPE_TOLD | STRIPE_PAID | {"house/ledger"},
    "Q5": ADYEN_PAID,
    "Q6": STRIPE_TOLD | STRIPE_PAID | LIST,
    "Q7": STRIPE_PAID,
    "Q8": STRIPE_PAID,
    "Q9": {"stripe/payouts", "bank/statement"},
    "Q11": STRIPE_PAID | {"house/refunds"},
    "Q13": ADYEN_PAID,
    "F6": {"stripe/payout_report"},
    "F7": {"adyen/settlement_detail"} | LIST,
    "F9": {"adyen/settlement_detail"},
    "F11": {"stripe/payout_report"},
    "F11-adyen": LIST,
    "F12": {"stripe/webhook"} | LIST,
    "P1": {"stripe/payout_report"},
    "P5": {"stripe/disputes"},
    "P6": {"adyen/dispute_report"} | LIST,
    "W2": {"stripe/webhook"} | LIST,
    "W4": LIST,
    "W7": {"stripe/webhook"} | LIST,
    "W9": {"stripe/webhook"} | LIST,
    "W10": {"stripe/webhook"},
    "W11": {"stripe/webhook"},
    "W12": {"stripe/disputes"},
    "P3": {"stripe/webhook"},
    "M5": STRIPE_TOLD | STRIPE_PAID | {"house/ledger"},
    "M6": ADYEN_TOLD | ADYEN_PAID | {"house/ledger"} | LIST,
    "M7": ADYEN_TOLD | ADYEN_PAID | {"house/ledger"} | LIST,
    "M8": STRIPE_TOLD | STRIPE_PAID | {"house/ledger"} | LIST,
    "M9": STRIPE_PAID,
    "I1": STRIPE_TOLD | {"stripe/payout_report", "house/ledger"} | LIST,
    "I2": {"adyen/settlement_detail"},
    "I3": STRIPE_TOLD | LIST,
    "I6": STRIPE_TOLD,
    "T1": STRIPE_TOLD | STRIPE_PAID | {"house/ledger"} | LIST,
    "T2": STRIPE_TOLD | STRIPE_PAID | {"house/ledger"} | LIST,
    "T3": ADYEN_TOLD | ADYEN_PAID | {"house/ledger"} | LIST,
    "Q2": STRIPE_TOLD,
    "Q3": STRIPE_TOLD | STRIPE_PAID,
    "Q10": STRIPE_TOLD | STRIPE_PAID | {"house/ledger"},
    "Q12": {"adyen/settlement_detail"},
    "Q14": {"adyen/settlement_detail"},
    "Q15": {"house/ledger"},
    "O9": {"house/ledger", "house/payments"},
}
"""Feeds whose bytes may differ from those of the twin without the fault."""

Bend = Callable[[str], Path]


@pytest.fixture(scope="session")
def bent(tmp_path_factory: pytest.TempPathFactory) -> Bend:
    """The same month with one fault, made once for each."""

    @cache
    def make(fault: str) -> Path:
        out = tmp_path_factory.mktemp("bent") / "world"
        simulate(SEED, DAYS, out, [fault], PAYMENTS, disputes_per_10k=DISPUTES)
        return out

    return make


def label(folder: Path) -> dict[str, Any]:
    (found,) = json.loads((folder / "truth.json").read_text())["faults"]
    return dict(found)


def hashes(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "truth.json")
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def body(folder: Path, path: str) -> Any:
    return json.loads((folder / path).read_bytes().partition(b"\r\n\r\n")[2])


def rows(folder: Path, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / path).read_text())))


def net_of(lines: list[dict[str, str]]) -> Decimal:
    return sum((Decimal(line["net"]) for line in lines), Decimal(0))


def received(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (folder / "deliveries.jsonl").read_text().splitlines():
        told = json.loads(line)
        found.setdefault(told["path"], []).append(told["received_at"])
    return found


def test_there_is_a_bound_for_each_fault() -> None:
    """A new fault of the usual partners says here which feeds it may reach; those of asking are elsewhere."""
    own = FAULTS.keys() - {fault.id for fault in call_faults.FAULTS}
    assert REACHES.keys() == {fault for fault in own if partners_of(fault) == USUAL}
    assert len({fault.partition("-")[0] for fault in FAULTS}) >= 66


@pytest.mark.parametrize("fault", list(REACHES))
def test_a_fault_changes_its_own_feeds_only(fault: str, bent: Bend, clean: Path) -> None:
    """Compared with the twin of the same seed, something differs, and only where it may."""
    ours, twin = hashes(bent(fault)), hashes(clean)
    changed = {path for path in ours.keys() | twin.keys() if ours.get(path) != twin.get(path)}
    assert changed
    assert {"/".join(path.split("/")[:2]) for path in changed} <= REACHES[fault]


@pytest.mark.parametrize("fault", list(REACHES))
def test_a_label_names_what_the_fault_touched(fault: str, bent: Bend, clean: Path) -> None:
    """Deliveries are listed or lost, disputes exist, the class is one of the four, the cause a known word."""
    told, arrivals = label(bent(fault)), received(bent(fault))
    assert told["fault"] == fault.partition("-")[0]
    assert told["class"] in "DRSX"
    assert told["cause"] in BY_NAME
    assert told["deliveries"] or told["lost"] or told["disputes"]
    assert all(path in arrivals for path in told["deliveries"])
    assert all(path not in arrivals and path in received(clean) for path in told["lost"])
    world = bent(fault) if fault in ("I1", "I3") else clean  # two that give a dispute another id
    disputes = {d["partner_dispute_id"] for d in json.loads((world / "truth.json").read_text())["disputes"]}
    spelt_otherwise = {name.lower() for name in disputes} if fault == "I2" else set()
    assert set(told["disputes"]) <= disputes | spelt_otherwise
    assert all(amount["minor"] > 0 for amount in told["amounts"])
    assert "2026-02-02" <= told["first_visible_at"] < "2026-03-04T00:00:00.000001Z"


@pytest.mark.parametrize("fault", [f for f in REACHES if f.startswith(("Q", "F", "I", "O"))])
def test_a_fault_of_money_says_how_much(fault: str, bent: Bend) -> None:
    """What is at stake has an amount; a late, repeated or senseless file has none, nor have ids that are only alike."""
    assert bool(label(bent(fault))["amounts"]) != (fault in ("F2", "F3", "F4", "F12", "I1"))


def test_a_missing_file_was_there_in_the_twin(bent: Bend, clean: Path) -> None:
    """F1: the amount is that of the payout that the lost report names."""
    told = label(bent("F1"))
    (lost,) = told["lost"]
    assert Decimal(rows(clean, lost)[-1]["Net Debit (NC)"]) * 100 == told["amounts"][0]["minor"]


def test_a_late_file_comes_after_its_time(bent: Bend, clean: Path) -> None:
    """F2: the same bytes, 40 hours later."""
    (path,) = label(bent("F2"))["deliveries"]
    assert received(bent("F2"))[path] > received(clean)[path]


def test_an_exact_duplicate_is_listed_twice(bent: Bend) -> None:
    """F3: one path, two arrivals."""
    (path,) = label(bent("F3"))["deliveries"]
    assert len(received(bent("F3"))[path]) == 2


def test_a_new_envelope_has_the_same_rows(bent: Bend) -> None:
    """F4: other bytes and another name, equal rows."""
    original, path = sorted(label(bent("F4"))["deliveries"], key=len)
    assert path == original.replace(".csv", "-duplicate.csv")
    assert (bent("F4") / path).read_bytes() != (bent("F4") / original).read_bytes()
    assert rows(bent("F4"), path) == rows(bent("F4"), original)


def test_a_truncated_file_ends_within_a_row(bent: Bend, clean: Path) -> None:
    """F5: the beginning of the whole file, with no line end and no payout."""
    (path,) = label(bent("F5"))["deliveries"]
    cut, whole = (bent("F5") / path).read_bytes(), (clean / path).read_bytes()
    assert whole.startswith(cut)
    assert len(cut) < len(whole)
    assert not cut.endswith(b"\n")
    assert b"MerchantPayout" not in cut


def test_doubled_rows_weigh_what_the_label_says(bent: Bend, clean: Path) -> None:
    """F8: the sum differs by the net of the rows that stand twice."""
    told = label(bent("F8"))
    (path,) = told["deliveries"]
    ours, theirs = (net_of(rows(folder, path)) for folder in (bent("F8"), clean))
    assert abs(ours - theirs) * 100 == told["amounts"][0]["minor"]


def test_decimal_commas_stand_in_all_amounts(bent: Bend) -> None:
    """F10: no amount has a point any more."""
    (path,) = label(bent("F10"))["deliveries"]
    amounts = [v for r in rows(bent("F10"), path) for k, v in r.items() if k.endswith("(NC)")]
    assert any("," in v for v in amounts)
    assert not any("." in v for v in amounts)


@pytest.mark.parametrize("fault", ["W1", "W1-adyen"])
def test_a_lost_message_is_seen_by_pull(fault: str, bent: Bend) -> None:
    """W1: what the message said stands in a page or a report that comes later."""
    told = label(bent(fault))
    (shown,) = told["deliveries"]
    assert shown.split("/")[1] in ("disputes", "dispute_report")
    assert told["disputes"][0] in (bent(fault) / shown).read_text()


def test_a_redelivery_has_the_same_body_and_a_fresh_signature(bent: Bend) -> None:
    """W3: equal bodies, different heads, both signed."""
    (path,) = label(bent("W3"))["deliveries"]
    first, again = ((bent("W3") / p).read_bytes() for p in (path.replace("_again", ""), path))
    assert first.partition(b"\r\n\r\n")[2] == again.partition(b"\r\n\r\n")[2]
    assert first != again
    head, _, content = again.partition(b"\r\n\r\n")
    assert stripe_fits(head.decode(), content, secrets(bent("W3"))["stripe"])


def test_messages_change_places(bent: Bend) -> None:
    """W5: the notification of a chargeback comes after the chargeback."""
    (path,) = label(bent("W5"))["deliveries"]
    times = received(bent("W5"))
    assert times[path] > times[path.replace("1_NOTIFICATION_OF_", "2_")]


def test_one_event_id_has_two_contents(bent: Bend) -> None:
    """W6: signed well, same id, another amount."""
    (path,) = label(bent("W6"))["deliveries"]
    first, other = (body(bent("W6"), p) for p in (path.replace("_other", ""), path))
    assert first["id"] == other["id"]
    assert other["data"]["object"]["amount"] - first["data"]["object"]["amount"] == 1000


def test_a_forged_message_does_not_verify(bent: Bend) -> None:
    """W8: the signature is by another key, at both partners."""
    (path,) = label(bent("W8"))["deliveries"]
    head, _, content = (bent("W8") / path).read_bytes().partition(b"\r\n\r\n")
    assert not stripe_fits(head.decode(), content, secrets(bent("W8"))["stripe"])
    (path,) = label(bent("W8-adyen"))["deliveries"]
    item = body(bent("W8-adyen"), path)["notificationItems"][0]["NotificationRequestItem"]
    assert not adyen_fits(item, secrets(bent("W8-adyen"))["adyen"])


def test_words_that_nobody_knows_are_told(bent: Bend) -> None:
    """M2, M4: a new status, and none."""
    (path,) = label(bent("M2"))["deliveries"]
    assert body(bent("M2"), path)["data"]["object"]["status"] == "awaiting_network_decision"
    closings = [p for p in label(bent("M4"))["deliveries"] if "webhook" in p]
    assert body(bent("M4"), closings[0])["data"]["object"]["status"] is None


def test_a_lost_payment_is_in_none_of_the_files(bent: Bend, clean: Path) -> None:
    """I5: the payment of the dispute stands in the twin's files alone."""
    (dispute,) = label(bent("I5"))["disputes"]
    truth = json.loads((clean / "truth.json").read_text())["disputes"]
    payment = next(d["payment"] for d in truth if d["partner_dispute_id"] == dispute)
    for folder, is_there in ((clean, True), (bent("I5"), False)):
        files = (folder / "house/payments").iterdir()
        assert any(f"line,{payment}," in path.read_text() for path in files) == is_there


def test_another_merchant_is_charged(bent: Bend, clean: Path) -> None:
    """I4: the lines of one dispute stand on another merchant, whole."""
    told = label(bent("I4"))
    for path in told["deliveries"]:
        ours, theirs = ({r["line"]: r for r in rows(folder, path)} for folder in (bent("I4"), clean))
        moved = [name for name in ours if ours[name] != theirs[name]]
        assert {ours[name]["dispute"] for name in moved} == set(told["disputes"])
        assert all(ours[n] | {"merchant": ""} == theirs[n] | {"merchant": ""} for n in moved)


def test_yen_are_a_hundred_times_too_many_in_messages_only(bent: Bend, clean: Path) -> None:
    """Q1: the ratio to the payment is exactly a hundred."""
    told = label(bent("Q1"))
    (path,) = told["deliveries"]
    about, twin = (body(folder, path)["data"]["object"] for folder in (bent("Q1"), clean))
    assert about["currency"] == "jpy"
    assert about["amount"] == 100 * twin["amount"]
    assert about["balance_transactions"] == twin["balance_transactions"]


def lines_about(folder: Path, dispute: str) -> list[dict[str, str]]:
    files = sorted((folder / "stripe/payout_report").iterdir())
    found = [rows(folder, f"stripe/payout_report/{path.name}") for path in files]
    return [row for report in found for row in report if row["source_id"] == dispute]


@pytest.mark.parametrize(("fault", "more"), [("Q6", -1), ("Q7", 1), ("Q8", 1)])
def test_money_comes_once_too_often_or_not_at_all(fault: str, more: int, bent: Bend, clean: Path) -> None:
    """Q6, Q7, Q8: one line fewer or more about the dispute, of the amount at stake where it is in one currency."""
    (dispute,) = label(bent(fault))["disputes"]
    ours, theirs = lines_about(bent(fault), dispute), lines_about(clean, dispute)
    assert len(ours) - len(theirs) == more


def test_a_line_is_left_out_of_the_payout(bent: Bend) -> None:
    """Q9: the lines are more than the payout by the amount of the line."""
    told = label(bent("Q9"))
    (path,) = told["deliveries"]
    lines = rows(bent("Q9"), path)
    pages = [body(bent("Q9"), f"stripe/payouts/{p.name}") for p in sorted((bent("Q9") / "stripe/payouts").iterdir())]
    paid = {p["id"]: p["amount"] for page in pages for p in page["data"]}
    net = net_of(lines) * 100
    assert net - paid[lines[0]["automatic_payout_id"]] == told["amounts"][0]["minor"]


def test_a_lump_is_the_sum_of_two_lines_that_are_not_there(bent: Bend, clean: Path) -> None:
    """Q13: one line without payment or dispute, two chargebacks without line."""
    told = label(bent("Q13"))
    (path,) = told["deliveries"]
    (lump,) = [r for r in rows(bent("Q13"), path) if r["Type"] == "ManualCorrected"]
    assert lump["Psp Reference"] == ""
    assert Decimal(lump["Net Debit (NC)"]) * 100 == told["amounts"][0]["minor"]
    files = sorted((clean / "adyen/settlement_detail").iterdir())
    twin = [r for p in files for r in rows(clean, f"adyen/settlement_detail/{p.name}")]
    debits = [r for r in twin if r["Type"] == "Chargeback" and r["Modification Reference"] in told["disputes"]]
    assert sum(Decimal(r["Net Debit (NC)"]) for r in debits) == Decimal(lump["Net Debit (NC)"])


def test_returned_is_above_captured(bent: Bend) -> None:
    """Q11: the whole payment is refunded and charged back."""
    told = label(bent("Q11"))
    (house,) = [p for p in told["deliveries"] if p.startswith("house/refunds")]
    truth = json.loads((bent("Q11") / "truth.json").read_text())["disputes"]
    payment = next(d["payment"] for d in truth if d["partner_dispute_id"] == told["disputes"][0])
    (refund,) = [r for r in rows(bent("Q11"), house) if r["payment"] == payment]
    assert Decimal(refund["amount"]) * 100 == told["amounts"][0]["minor"]


def test_a_due_time_of_zero_is_told(bent: Bend) -> None:
    """T4: no time, and no word on whether an answer is possible."""
    (path,) = label(bent("T4"))["deliveries"]
    assert body(bent("T4"), path)["data"]["object"]["evidence_details"]["due_by"] == 0


def test_a_late_notice_leaves_a_fifth_of_the_time(bent: Bend) -> None:
    """T9: four fifths of the time from opening to deadline are over when the first message comes."""
    told = label(bent("T9"))
    (path,) = told["deliveries"]
    about = body(bent("T9"), path)["data"]["object"]
    head = (bent("T9") / path).read_text().partition("\r\n\r\n")[0]
    heard = int(head.partition("signature: t=")[2].partition(",")[0])
    share = (heard - about["created"]) / (about["evidence_details"]["due_by"] - about["created"])
    assert 0.78 < share < 0.82


def test_the_demo_has_six_to_ten_faults_at_fixed_places(tmp_path: Path) -> None:
    """All of them fit into the demo's month, whatever its seed."""
    for seed in (1, 2, 3):
        out = tmp_path / str(seed)
        simulate(seed, DAYS, out, DEMO_FAULTS)
        found = [f["fault"] for f in json.loads((out / "truth.json").read_text())["faults"]]
        assert 6 <= len(found) <= 10


def test_unknown_faults_and_days_are_refused(tmp_path: Path) -> None:
    """A misspelt fault is not left out silently; an optional one on a day that is not there is."""
    with pytest.raises(SetupInvalid, match="'F99'"):
        simulate(1, 2, tmp_path / "a", ["F99"])
    with pytest.raises(SetupInvalid, match="day '9'"):
        simulate(1, 2, tmp_path / "b", ["F1@9"])
    with pytest.raises(SetupInvalid, match="nothing in this world"):
        simulate(1, 1, tmp_path / "c", ["Q6"])
    assert simulate(1, 2, tmp_path / "d", ["F1@9?", "Q6?"]).faults == 0
