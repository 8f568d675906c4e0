"""Same seed, same bytes; what is written is complete, in order, and fits its own setup."""

import datetime as dt
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recoup.errors import SetupInvalid
from recoup.intake.directory import read_directory, read_setup
from recoup.partners.agreements import read_terms
from recoup.simulator import simulate
from tests.simulator.conftest import DAYS, DISPUTES, PAYMENTS, SEED

PRINT_HASH = """
import hashlib, sys
from pathlib import Path
from recoup.simulator import DEMO_FAULTS, simulate
out = Path(sys.argv[1])
simulate(5, 6, out, DEMO_FAULTS, 40)
digest = hashlib.sha256()
for path in sorted(out.rglob("*")):
    if path.is_file():
        digest.update(str(path.relative_to(out)).encode() + b"\\0" + path.read_bytes())
sys.stdout.write(digest.hexdigest())
"""


def listed(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "deliveries.jsonl").read_text().splitlines()]


def test_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    """No hash seed, no order of sets, no clock reaches the bytes."""
    found = set()
    for number in ("1", "2"):
        run = [sys.executable, "-c", PRINT_HASH, str(tmp_path / number)]
        found.add(
            subprocess.run(run, capture_output=True, check=True, text=True, env={"PYTHONHASHSEED": number}).stdout
        )
    assert len(found) == 1
    assert len(found.pop()) == 64


@pytest.mark.parametrize("seed", range(100, 112))
def test_any_seed_gives_a_whole_world(seed: int, tmp_path: Path) -> None:
    """Every life is dealt and told, whatever the order of the cards."""
    assert simulate(seed, 16, tmp_path / "world", (), 12, disputes_per_10k=2500).disputes > 50


def test_another_seed_gives_another_world(tmp_path: Path, clean: Path) -> None:
    """The seed names the world."""
    simulate(SEED + 1, 5, tmp_path / "other", (), PAYMENTS)
    name = "adyen/payments_accounting/payments_accounting_report_2026_02_02.csv"
    assert (tmp_path / "other" / name).read_bytes() != (clean / name).read_bytes()


def test_a_shorter_run_is_the_beginning_of_a_longer_one(tmp_path: Path, clean: Path) -> None:
    """What a partner sent by the tenth day does not depend on how long we look."""
    simulate(SEED, 10, tmp_path / "short", (), PAYMENTS, disputes_per_10k=DISPUTES)
    short = {d["path"] for d in listed(tmp_path / "short")}
    for path in sorted(short):
        a, b = (hashlib.sha256((folder / path).read_bytes()).hexdigest() for folder in (tmp_path / "short", clean))
        assert a == b, path


def test_each_delivery_lies_where_the_list_says_in_order_of_arrival(clean: Path) -> None:
    """DIR/<partner>/<feed>/<name>, and nothing beside what is listed."""
    deliveries = listed(clean)
    assert [d["received_at"] for d in deliveries] == sorted(d["received_at"] for d in deliveries)
    paths = [d["path"] for d in deliveries]
    assert len(set(paths)) == len(paths)
    assert all(d["path"].startswith(f"{d['partner']}/{d['feed']}/") for d in deliveries)
    lying = {str(p.relative_to(clean)) for p in clean.rglob("*") if p.is_file()}
    assert lying == set(paths) | {"deliveries.jsonl", "rates.csv", "setup.toml", "truth.json"}


def test_intake_reads_the_directory_and_its_setup(clean: Path) -> None:
    """The directory is the one that `recoup ingest` documents."""
    accounts = {(a.partner, a.account) for a in read_setup(clean / "setup.toml").account}
    arrivals = list(read_directory(clean))
    assert {(a.partner, a.account) for a in arrivals} <= accounts
    assert {"stripe", "adyen", "house", "bank"} == {partner for partner, _ in accounts}


def test_contracts_of_the_setup_hold_together(clean: Path) -> None:
    """Each contract passes the checks that a `contract.toml` in a home passes."""
    parts = (clean / "setup.toml").read_text().split("[[account]]\n")[1:]
    assert len(parts) == 6
    for part in parts:
        text = part[part.index("[[account.contract]]") :].replace("account.contract", "contract")
        assert len(read_terms(text, "setup.toml")) == 1


def test_a_month_shows_every_end_that_a_dispute_can_have(clean: Path) -> None:
    """The deck of lives is dealt often enough in a month of a small marketplace."""
    ends = {(d["partner"], d["last_step"]) for d in json.loads((clean / "truth.json").read_text())["disputes"]}
    wanted = {
        "stripe": {"win", "lose", "accept", "close_inquiry", "notice"},
        "adyen": {"debit_accepted", "reverse", "issuer_expire", "second_debit", "notice"},
    }
    assert all((partner, word) in ends for partner, words in wanted.items() for word in words)


def test_currencies_with_none_and_three_decimals_are_disputed(clean: Path) -> None:
    """Yen and dinar show mistakes with exponents."""
    found = {d["currency"] for d in json.loads((clean / "truth.json").read_text())["disputes"]}
    assert {"USD", "EUR", "JPY", "KWD"} <= found


def test_a_month_over_the_change_of_clocks_is_told(tmp_path: Path) -> None:
    """In March America changes its clocks three weeks before Europe: days of 23 hours, reports in two offsets."""
    simulate(3, 10, tmp_path / "dst", first_day=dt.date(2026, 3, 25))
    report = tmp_path / "dst/adyen/payments_accounting/payments_accounting_report_2026_03_29.csv"
    zones = {line.split(",")[7] for line in report.read_text().splitlines()[1:]}
    assert zones == {"CET", "CEST"}
    assert not any(" 02:" in line.split(",")[6] for line in report.read_text().splitlines()[1:])


def test_a_demo_world_is_written_quickly(tmp_path: Path) -> None:
    """A month at the default size takes under three seconds of one core."""
    begun = time.process_time()
    simulate(2, DAYS, tmp_path / "quick")
    assert time.process_time() - begun < 3


def test_a_directory_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    """Nobody's files are mixed with simulated ones."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SetupInvalid, match="wanted an empty or absent directory"):
        simulate(1, 1, tmp_path)


def test_no_days_are_refused(tmp_path: Path) -> None:
    """A world has a day at least."""
    with pytest.raises(SetupInvalid, match="1 or more of each"):
        simulate(1, 0, tmp_path / "none")
