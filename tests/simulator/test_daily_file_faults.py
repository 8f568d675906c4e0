"""Faults of partners that send files alone change what they say and nothing else, and their labels tell the truth."""

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from recoup.controls.classes import BY_NAME
from recoup.simulator import FAULTS, daily_file_faults, simulate
from recoup.simulator.faults import partners_of
from recoup.simulator.jpmorgan import faults as jpmorgan_faults
from recoup.simulator.sepa import faults as sepa_faults

SEED, DAYS, PAYMENTS, DISPUTES = 5, 26, 60, 350
IDS = [fault.id for room in (daily_file_faults, sepa_faults, jpmorgan_faults) for fault in room.FAULTS]
LIST = "deliveries.jsonl"
HOUSE = {"house/ledger"}
MORE: dict[str, set[str]] = {
    "M3-sepa": {"sepa/status"}, "M2-sepa": {"sepa/status"}, "Q4-sepa": HOUSE,
    "Q4-jpmorgan": HOUSE, "T9-jpmorgan": HOUSE, "I5-sepa": {"house/payments"}, "I5-jpmorgan": {"house/payments"},
}  # fmt: skip
"""Feeds that a fault reaches beside its own."""


@cache
def _made(fault: str | None, partners: tuple[str, ...], room: Path) -> Path:
    out = room / f"{fault}-{'-'.join(partners)}"
    simulate(SEED, DAYS, out, [fault] if fault else [], PAYMENTS, disputes_per_10k=DISPUTES, partners=partners)
    return out


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the worlds of these tests are."""
    return tmp_path_factory.mktemp("files")


def both(fault: str, room: Path) -> tuple[Path, Path]:
    """The world with a fault and its twin without."""
    partners = partners_of(fault)
    return _made(fault, partners, room), _made(None, partners, room)


def label(folder: Path) -> dict[str, Any]:
    (found,) = json.loads((folder / "truth.json").read_text())["faults"]
    return dict(found)


def hashes(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "truth.json")
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def arrivals(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (folder / LIST).read_text().splitlines():
        told = json.loads(line)
        found.setdefault(told["path"], []).append(told["received_at"])
    return found


@pytest.mark.parametrize("fault", IDS)
def test_a_fault_of_files_changes_its_own_feeds_only(fault: str, room: Path) -> None:
    """Compared with the twin something differs, and only where it may; the label names it."""
    bent, twin = both(fault, room)
    ours, theirs = hashes(bent), hashes(twin)
    changed = {path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)}
    reached = {"/".join(path.split("/")[:2]) for path in changed}
    own = f"{FAULTS[fault].partner}/{FAULTS[fault].feed}"
    statements = {"sepa/statements"} if fault.endswith("-sepa") and FAULTS[fault].bend else set()
    assert reached
    assert reached <= {own, LIST} | statements | MORE.get(fault, set())
    told = label(bent)
    assert told["fault"] == fault.partition("-")[0]
    assert told["cause"] in BY_NAME
    assert all(path in arrivals(bent) for path in told["deliveries"])
    assert all(path not in arrivals(bent) and path in arrivals(twin) for path in told["lost"])
    cases = json.loads((twin / "truth.json").read_text())["disputes"]
    assert set(told["disputes"]) <= {case["partner_dispute_id"] for case in cases}
    assert "2026-02-02" <= told["first_visible_at"] < "2026-02-28"


@pytest.mark.parametrize("partner", ["sepa", "jpmorgan"])
def test_daily_files_are_late_twice_and_out_of_order(partner: str, room: Path) -> None:
    """The bytes are those of the twin; only when they come is not."""
    twin = arrivals(both(f"F2-{partner}", room)[1])
    for fault, count in ((f"F2-{partner}", 1), (f"F3-{partner}", 2), (f"F11-{partner}", 1)):
        bent = both(fault, room)[0]
        (path,) = label(bent)["deliveries"]
        assert len(arrivals(bent)[path]) == count
        assert arrivals(bent)[path][-1] > twin[path][0]


@pytest.mark.parametrize("fault", ["F7-sepa", "Q5-sepa", "Q7-sepa"])
def test_a_statement_that_is_wrong_still_adds_up(fault: str, room: Path) -> None:
    """Only what else is known tells: nobody's own sums do."""
    bent = both(fault, room)[0]
    for path in label(bent)["deliveries"]:
        root = ElementTree.fromstring(re.sub(r' xmlns="[^"]+"', "", (bent / path).read_text()))
        cents = [round(float(e.findtext("Amt") or 0) * 100) for e in root.iter("Ntry")]
        sides = [-1 if e.findtext("CdtDbtInd") == "DBIT" else 1 for e in root.iter("Ntry")]
        opening, closing = (round(float(b.findtext("Amt") or 0) * 100) for b in root.iter("Bal"))
        assert opening + sum(c * s for c, s in zip(cents, sides, strict=True)) == closing


def test_hostile_entities_stand_before_the_document(room: Path) -> None:
    """A reader that resolved them would be busy for ever."""
    bent = both("F12-sepa", room)[0]
    (path,) = label(bent)["deliveries"]
    text = (bent / path).read_text()
    assert text.count("<!ENTITY") == 10
    assert "&i;" in text


def test_the_smallest_world_of_a_fault_has_its_partner() -> None:
    """Those of the house at a partner's behind a hyphen, all others the usual ones."""
    assert partners_of("F1-sepa") == ("sepa",)
    assert partners_of("O1-jpmorgan") == ("jpmorgan",)
    assert partners_of("O1") == partners_of("W8-adyen") == ("stripe", "adyen")
