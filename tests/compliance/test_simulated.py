"""A simulated marketplace, taken in, proved and sealed as in production."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recoup.app import App, create_home, open_app
from recoup.compliance.content import Content, contents, first_day
from recoup.domain.instants import DAY, parse_instant
from recoup.enquiry.partner_day import DayProof, Which
from recoup.enquiry.partner_day_sides import Days, our_accounts
from recoup.settings import Settings
from recoup.simulator import simulate
from recoup.storage import schema
from tests.fakes.command_line import settings_of

CLEAN_DAYS, FIRST_PART = 16, "2026-02-12"
EVERY_DAY = Which("2026-01-01", "2026-12-31")
RIPE = "2026-02-08"
"""The last day of which everything may have been told by the end of the clean world."""
FAULTS = ("Q1", "Q6", "Q7", "Q13", "O1", "F1@20", "W1-adyen")
FAULTED_DAYS = 30
NAMED = {"Q1": "unknown", "Q6": "lost_event", "Q7": "double", "O1": "lost_event"}
"""What the proof calls what each fault leaves on its dispute; minor units are in no class that adds up."""
SHOWN_WITHIN = 10 * DAY
"""Between the day that a balance is opened on and the day on which that it stays open can be seen."""


def told(home: Path, world: Path) -> Settings:
    """A home that has taken in a directory, and was checked."""
    settings = settings_of(home)
    create_home(settings)
    with open_app(settings) as app:
        app.ingest([world])
        app.check()
    return settings


def parted(world: Path, room: Path) -> tuple[Path, Path]:
    """The same deliveries in two directories: those up to a day, and the rest."""
    lines = (world / "deliveries.jsonl").read_text().splitlines()
    found = []
    for name, kept in (("first", True), ("second", False)):
        part = room / name
        part.mkdir()
        some = [line for line in lines if (json.loads(line)["received_at"][:10] <= FIRST_PART) == kept]
        for path in [*(json.loads(line)["path"] for line in some), "setup.toml"]:
            (part / path).parent.mkdir(parents=True, exist_ok=True)
            (part / path).hardlink_to(world / path)
        (part / "deliveries.jsonl").write_text("\n".join(some) + "\n")
        found.append(part)
    return found[0], found[1]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clean days of two partners, the house and a bank."""
    out = tmp_path_factory.mktemp("world") / "clean"
    simulate(5, CLEAN_DAYS, out, (), payments_per_day=30, disputes_per_10k=400)
    return out


@pytest.fixture(scope="module")
def sealed(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A home that sealed what it could half-way, and the rest when everything was due."""
    room = tmp_path_factory.mktemp("sealed")
    first, second = parted(world, room)
    settings = told(room / "home", first)
    with open_app(settings) as app:
        assert app.sealing().seal_due()
        app.ingest([second])
        app.check()
        app.sealing().seal_due()
        yield app


def test_every_clean_day_is_sealed_and_nothing_told_later_corrects_one(sealed: App) -> None:
    """What the contract lets a partner tell later was waited for, so that a clean month raises nothing."""
    assert sealed.sealing().corrections() == []
    assert sealed.sealing().correct(is_whole=True) == []
    assert sealed.sealing().broken() == []
    assert [day for day in sealed.sealing().due() if day.covers_on <= RIPE] == []


def test_every_clean_day_is_proved(world: Path, sealed: App) -> None:
    """All sides are told as they are booked, and nothing is left that was due within the span."""
    found = sealed.sealing().prove(Which("2026-01-01", "2026-02-06"))
    assert {proof.standing for proof in found} == {"tied"}
    assert len(found) > 10
    assert [side for proof in sealed.sealing().prove(EVERY_DAY) for side in proof.sides if side.difference_minor] == []


def test_the_same_bytes_in_one_go_are_the_same_facts(world: Path, sealed: App, tmp_path: Path) -> None:
    """A home that replays everything seals every day with the same hash."""
    with open_app(told(tmp_path / "home", world)) as again:
        there = {seal: content.hash for seal, content in everything(again).items()}
    here = {(seal.partner, seal.account, seal.covers_on): seal.content for seal in sealed.sealing().seals()}
    assert here
    assert {day: there[day] for day in here if day in there} == {day: here[day] for day in here if day in there}
    assert len(here.keys() & there.keys()) > 60


def everything(app: App) -> dict[tuple[str, str, str], Content]:
    """The content of every day of every account."""
    found = {}
    with app.register.reading() as view:
        for account in our_accounts(view):
            first = first_day(view, account)
            if first is not None:
                days = contents(view, account, Days(first, "2026-02-18"), app.sealing().books)
                found.update({(account.partner, account.account, day): content for day, content in days.items()})
    return found


@pytest.fixture(scope="module")
def faulted(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[list[DayProof], dict[str, dict[str, Any]], dict[str, str]]:
    """The proofs of a month with planted faults, the labels that only a scorer reads, our ids by the partner's."""
    room = tmp_path_factory.mktemp("faulted")
    simulate(5, FAULTED_DAYS, room / "world", FAULTS, payments_per_day=60, disputes_per_10k=250)
    settings = told(room / "home", room / "world")
    with open_app(settings) as app:
        found = app.sealing().prove(EVERY_DAY)
        with app.register.reading() as view:
            rows = view.rows(select(schema.dispute.c.partner_dispute_id, schema.dispute.c.dispute))
            ids: dict[str, str] = {row[0]: row[1] for row in rows}
    labels = json.loads((room / "world" / "truth.json").read_text())["faults"]
    return found, {label["fault"]: label for label in labels}, ids


@pytest.mark.parametrize("fault", sorted(NAMED))
def test_a_fault_of_money_shows_in_the_proof_of_its_day_by_its_name(
    fault: str, faulted: tuple[list[DayProof], dict[str, dict[str, Any]], dict[str, str]]
) -> None:
    """On the day on which the money moved, not on that on which somebody noticed."""
    found, labels, ids = faulted
    label = labels[fault]
    disputes = {ids[theirs] for theirs in label["disputes"]}
    open_ = [(proof, b) for proof in found for b in proof.open if b.dispute in disputes and b.name != "timing"]
    assert NAMED[fault] in {balance.name for _, balance in open_}
    seen_at = parse_instant(str(label["first_visible_at"]))
    for proof, balance in open_:
        if balance.name == NAMED[fault]:
            opened_at = parse_instant(f"{proof.covers_on}T00:00:00Z")
            assert seen_at - SHOWN_WITHIN <= opened_at <= seen_at + DAY


def test_a_lump_that_names_no_dispute_is_netting(
    faulted: tuple[list[DayProof], dict[str, dict[str, Any]], dict[str, str]],
) -> None:
    """Its legs are found by their amounts and fees."""
    found, labels, _ = faulted
    [amount] = labels["Q13"]["amounts"]
    lumps = [b for proof in found for b in proof.open if b.account == "suspense" and b.name == "netting"]
    assert abs(amount["minor"]) in {abs(b.balance_minor) for b in lumps}


def test_a_missing_report_is_money_at_the_bank_that_nobody_announced(
    faulted: tuple[list[DayProof], dict[str, dict[str, Any]], dict[str, str]],
) -> None:
    """The bank's day is open by the whole payout."""
    found, labels, _ = faulted
    [amount] = labels["F1"]["amounts"]
    banked = {abs(b.balance_minor): b.name for proof in found if proof.partner == "bank" for b in proof.open}
    assert banked[abs(amount["minor"])] == "lost_event"


def test_a_fault_that_heals_leaves_no_day_open(
    faulted: tuple[list[DayProof], dict[str, dict[str, Any]], dict[str, str]],
) -> None:
    """A lost message whose content came another way has moved its money on all sides."""
    found, labels, ids = faulted
    disputes = {ids[theirs] for theirs in labels["W1"]["disputes"]}
    assert [b for proof in found for b in proof.open if b.dispute in disputes and b.name != "timing"] == []
