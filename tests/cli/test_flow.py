"""The main paths as a person walks them: each step a process of its own, on a home of its own."""

import json
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from recoup.formats.http_message import HttpMessage, write
from tests.fakes import stripe_messages as stripe
from tests.fakes.command_line import answer, run, start

Ask = Callable[..., Any]
SETUP = f"""
[[account]]
partner = "stripe"
account = "{stripe.ACCOUNT}"
zone = "America/New_York"
currency = "USD"
[[account.key]]
name = "one"
secret = "{stripe.SECRET}"
"""


def deliveries(folder: Path) -> Path:
    """A directory of deliveries: a signed webhook, a forged one, the first again."""
    feed = folder / "stripe" / "webhook"
    feed.mkdir(parents=True)
    body = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute())
    for name, secret in (("one", stripe.SECRET), ("forged", "whsec_of_nobody")):
        headers = {"stripe-signature": stripe.signature(body if name == "one" else b"{}", stripe.START, secret)}
        content = body if name == "one" else b"{}"
        (feed / f"{name}.http").write_bytes(write(HttpMessage("POST /webhooks/stripe HTTP/1.1", headers, content)))
    times = (("one", "02:40:01"), ("forged", "02:40:02"), ("one", "02:41:00"))
    listed = [
        {
            "path": f"stripe/webhook/{name}.http",
            "partner": "stripe",
            "feed": "webhook",
            "received_at": f"2026-02-02T{time}Z",
        }
        for name, time in times
    ]
    (folder / "deliveries.jsonl").write_text("\n".join(map(json.dumps, listed)))
    (folder / "setup.toml").write_text(SETUP)
    return folder


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Call the program in a process of its own with `--json`; gives the document of a call that went well."""

    def ask(*words: str) -> Any:
        result = start(*words, "--home", str(tmp_path / "home"), "--json")
        assert (result.returncode, result.stderr) == (0, ""), result.stderr
        return json.loads(result.stdout)

    return ask


def test_from_an_empty_place_to_a_trace(ask: Ask, tmp_path: Path) -> None:
    """Init, ingest, list, trace, replay: one webhook all the way, in eight processes."""
    ask("init")
    report = ask("ingest", str(deliveries(tmp_path / "in")))
    assert (report["deliveries"], report["duplicate_deliveries"]) == (3, 1)
    assert (report["observations_new"], report["records"]) == (1, report["accepted"] + report["quarantined"])
    [problem] = report["problems"]
    assert set(problem) == {"path", "where", "found", "wanted", "code"}
    assert set(ask("check")) >= {"opened", "closed", "open"}
    [dispute] = ask("disputes")
    assert (dispute["partner_dispute_id"], dispute["amount_minor"], dispute["stage"]) == ("dp_1", 5000, "chargeback")
    told = ask("trace", "ch_1")
    [observation] = [moment for moment in told["timeline"] if moment["kind"] == "observation"]
    places = {spot["field"]: spot["path"] for spot in observation["fields"]}
    assert places["amount_minor"] == "$.data.object.amount"
    found = ask("replay", "--check")
    assert found["same"] is True
    assert ask("state-hash") == {"hash": found["hash"]}


def test_the_present_of_a_directory_is_its_last_delivery(ask: Ask, tmp_path: Path) -> None:
    """So that deadlines and ages are those of then, unless another present is asked for."""
    ask("init")
    ask("ingest", str(deliveries(tmp_path / "in")))
    assert ask("today")["now_at"] == "2026-02-02T02:41:00.000000Z"
    assert ask("today", "--as-of", "2026-02-10T00:00:00Z")["now_at"] == "2026-02-10T00:00:00.000000Z"


def test_a_file_by_hand_is_taken_and_taken_again(empty: Path, tmp_path: Path) -> None:
    """The second time only its delivery is new."""
    page = tmp_path / "page.json"
    page.write_bytes(stripe.page(stripe.dispute(), stripe.dispute(2)))
    by_hand = ("ingest", str(page), "--partner", "stripe", "--feed", "disputes")
    first = answer(empty, *by_hand)
    assert (first["deliveries"], first["observations_new"], first["duplicate_deliveries"]) == (1, 2, 0)
    again = answer(empty, *by_hand)
    assert (again["observations_new"], again["duplicate_deliveries"]) == (0, 1)
    assert "1 delivery landed" in run(empty, *by_hand).stdout
    assert len(answer(empty, "disputes")) == 2


def test_bad_records_wait_in_quarantine_until_they_are_released(empty: Path, tmp_path: Path) -> None:
    """The good rest went through; releasing says why, and only once."""
    page = tmp_path / "page.json"
    page.write_bytes(stripe.page(stripe.dispute(), stripe.dispute(2, amount="5000.5")))
    report = answer(empty, "ingest", str(page), "--partner", "stripe", "--feed", "disputes")
    assert (report["accepted"], report["quarantined"]) == (1, 1)
    [record] = answer(empty, "quarantine", "list")
    assert (record["position"], record["partner"], record["released_at"]) == (2, "stripe", None)
    assert "recoup quarantine release" in run(empty, "quarantine", "list").stdout
    release = ("quarantine", "release", record["delivery"], "--reason", "a test record of the partner")
    assert answer(empty, *release) == {"delivery": record["delivery"], "released": 1}
    assert answer(empty, "quarantine", "list") == []
    [released] = answer(empty, "quarantine", "list", "--all")
    assert released["release_reason"] == "a test record of the partner"
    assert run(empty, *release).exit_code == 1


def test_kept_bytes_are_read_again_by_their_hash(empty: Path, tmp_path: Path) -> None:
    """The beginning of a hash is enough; nothing happens twice."""
    page = tmp_path / "page.json"
    page.write_bytes(stripe.page(stripe.dispute()))
    answer(empty, "ingest", str(page), "--partner", "stripe", "--feed", "disputes")
    before = answer(empty, "state-hash")
    [told] = answer(empty, "sql", "select object from deliveries")
    answer(empty, "ingest", "--again", told["object"][:12])
    assert answer(empty, "state-hash") == before


@pytest.mark.parametrize(
    "words",
    [("ingest",), ("ingest", "x.csv", "--again", "7f3a"), ("replay",), ("sql",), ("init", "--preset", "other")],
)
def test_what_does_not_go_together_is_wrong_usage(empty: Path, words: tuple[str, ...]) -> None:
    """Exit 2, and the message says what would do."""
    result = run(empty, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("[cli.usage]\n")


def test_a_sound_home_is_said_to_be_sound(empty: Path) -> None:
    """Every part of it by name; exit 0."""
    found = answer(empty, "doctor")
    assert found["is_ok"] is True
    assert {"name", "is_ok", "said", "remedy"} <= set(found["checks"][0])
    assert "WRONG" not in run(empty, "doctor").stdout


def test_a_home_that_is_not_sound_exits_1(empty: Path) -> None:
    """A link of the audit chain was changed behind our back."""
    tamper(empty)
    result = run(empty, "doctor", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["is_ok"] is False
    assert "WRONG" in run(empty, "doctor").stdout


def test_the_demo_shows_a_month_and_where_to_go_on(tmp_path: Path) -> None:
    """A few days of it here; the second run makes its home anew."""
    home = tmp_path / "demo"
    report = answer(home, "demo", "--days", "3")
    assert {"deliveries", "disputes", "breaks", "value_explained_pct"} <= set(report)
    assert report["deliveries"] > 0
    result = run(home, "demo", "--days", "3")
    assert result.exit_code == 0
    assert f"export RECOUP_HOME={home}" in result.stdout
    assert max(map(len, result.stdout.partition("Next:")[0].splitlines())) <= 80


def test_the_server_of_a_home_answers_until_it_is_stopped(empty: Path) -> None:
    """On loopback, on a port of its own; a home that is missing is said before anything listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ("serve", "--home", str(empty), "--port", str(port))
    server = subprocess.Popen([sys.executable, "-m", "recoup.cli.main", *words], stderr=subprocess.DEVNULL)
    try:
        assert answered(f"http://127.0.0.1:{port}/health") == 200
    finally:
        server.terminate()
        server.wait(timeout=30)
    missing = start("serve", "--home", str(empty / "none"), "--port", str(port))
    assert (missing.returncode, missing.stderr.rstrip()[-14:]) == (1, "[home.missing]")


def answered(address: str) -> int:
    """Ask until somebody answers."""
    for _ in range(200):
        try:
            return httpx.get(address, timeout=5).status_code
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from {address}")


def tamper(home: Path) -> None:
    """Change a row of the audit, as somebody with the file in hands could."""
    with sqlite3.connect(home / "register.db") as connection:
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f'drop trigger "{name}"')
        connection.execute("update audit set actor = 'somebody else' where sequence = 1")
    connection.close()
