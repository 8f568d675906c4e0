"""An account goes from trial to live on any day: books hold what they would always have held, and a replay agrees."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from recoup.app import App, create_home, open_app
from recoup.domain.partner_life import PhaseSaid, write_said
from recoup.intake import grounding, unbooked
from recoup.ledger import lives
from recoup.ledger.accounts import chart
from recoup.settings import Settings
from recoup.simulator import simulate
from recoup.storage import rulings, schema

DAYS = 9
OPEN = frozenset(name for name, row in chart().items() if row.group in ("returns to zero", "zero when final"))
Key = tuple[object, ...]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some days of two partners, the house and banks, without a fault."""
    out = tmp_path_factory.mktemp("world") / "clean"
    simulate(7, DAYS, out, (), payments_per_day=12, disputes_per_10k=1500)
    return out


@contextmanager
def taken(
    world: Path, room: Path, url: str | None = None, shadow: str | None = None, until: str = "9"
) -> Iterator[App]:
    """A home that took in the deliveries up to a day, one partner's account in trial."""
    part = room / "world"
    part.mkdir(parents=True)
    lines = [x for x in (world / "deliveries.jsonl").read_text().splitlines() if json.loads(x)["received_at"] < until]
    for path in (json.loads(line)["path"] for line in lines):
        (part / path).parent.mkdir(parents=True, exist_ok=True)
        (part / path).hardlink_to(world / path)
    (part / "deliveries.jsonl").write_text("\n".join(lines) + "\n")
    text = (world / "setup.toml").read_text()
    trial = re.sub(rf'(partner = "{shadow}"\n(?:(?!\[\[account\]\]).*\n)*?phase = )"live"', r'\1"shadow"', text)
    (part / "setup.toml").write_text(trial)
    settings = Settings(room / "home", url or f"sqlite:///{room / 'register.db'}")
    create_home(settings)
    with open_app(settings, actor="mo") as app:
        app.ingest([part])
        app.check()
        yield app


def rule(app: App, partner: str, phase: str, on: str) -> None:
    """Rule a phase, past every gate, and have everything follow."""
    with app.register.reading() as view:
        (account,) = {name for owner, name in lives.lives(view) if owner == partner}
    with app.register.transaction("mo", "rule", partner, 1) as batch:
        rulings.add(
            batch,
            lives.PHASE,
            lives.subject(partner, account),
            value=write_said(PhaseSaid(phase, on)),  # type: ignore[arg-type]
            reason="test",
            actor="mo",
            at=app.now(),
            recorded_at=1,
        )
        batch.upsert(schema.setting, [("derive_after", "rul")])
    assert app.lives().follow_pending()


def left(app: App) -> dict[Key, int]:
    """What is open on every account that returns to zero, by everything that it is kept by."""
    p, e = schema.posting.c, schema.entry.c
    key = (p.account, p.partner, p.partner_account, p.merchant, p.dispute, p.leg, p.batch, p.currency)
    sums: dict[Key, int] = defaultdict(int)
    with app.register.reading() as view:
        rows = view.rows(select(*key, p.amount_minor).join(schema.entry, e.entry == p.entry).where(e.is_active == 1))
    for *kept, minor in rows:
        if kept[0] in OPEN and kept[0] != "opening_clearing":
            sums[tuple(kept)] += minor
    return {kept: minor for kept, minor in sums.items() if minor}


def days(app: App, partner: str) -> list[str]:
    """Days on which something of a partner was effective, with the day after the last."""
    with app.register.reading() as view:
        m = schema.money_line.c
        return sorted({row[0] for row in view.rows(select(m.effective_on).where(m.partner == partner))})


@pytest.fixture(scope="module")
def always(world: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Key, int]:
    """What is open where every account was live from the first."""
    with taken(world, tmp_path_factory.mktemp("always")) as app:
        found = left(app)
    assert len(found) > 10
    return found


@pytest.mark.parametrize("partner", ["stripe", "adyen"])
def test_an_account_that_goes_live_holds_what_it_would_always_have_held(
    world: Path, always: dict[Key, int], tmp_path: Path, partner: str
) -> None:
    """Before, nothing of it is booked; after, each leg, batch and payout is open once; back in trial nothing is."""
    with taken(world, tmp_path, shadow=partner) as app:
        assert {key for key in left(app) if key[1] == partner} == set()
        trial = app.state_hash()
        every = days(app, partner)
        for on in (every[0], every[len(every) // 2], every[-1]):
            rule(app, partner, "live", on)
            assert left(app) == always
            with app.register.reading() as view:
                ground = grounding.load(view, app.partners, {})
                ours = next(a for owner, a in ground.accounts.items() if owner[0] == partner)
                carried = unbooked.carried(view, ground, ours, on)
            assert sum(b.amount_minor for b in carried if b.account == "partner_clearing") == _carried(app)
            assert app.replay().same
            rule(app, partner, "shadow", on)
            assert app.state_hash() == trial


def _carried(app: App) -> int:
    p, e = schema.posting.c, schema.entry.c
    wanted = (e.is_active == 1, e.rule == "carried_partner_clearing", p.account == "partner_clearing")
    with app.register.reading() as view:
        return sum(
            row[0] for row in view.rows(select(p.amount_minor).join(schema.entry, e.entry == p.entry).where(*wanted))
        )


@pytest.mark.slow
@pytest.mark.parametrize("partner", ["stripe", "adyen"])
def test_on_every_day_between_facts_the_books_are_as_if_they_always_were(
    world: Path, always: dict[Key, int], tmp_path: Path, partner: str
) -> None:
    """Each day on which anything moved, one after the other."""
    with taken(world, tmp_path, shadow=partner) as app:
        for on in days(app, partner):
            rule(app, partner, "live", on)
            assert left(app) == always, on
            rule(app, partner, "shadow", on)


def test_facts_that_come_after_the_ruling_give_the_same_as_facts_that_came_before(
    world: Path, tmp_path: Path, register_url: str
) -> None:
    """A late fact of before is carried in too; on both databases."""
    received = [json.loads(line)["received_at"] for line in (world / "deliveries.jsonl").read_text().splitlines()]
    middle = received[len(received) // 2]
    on = middle[:10]
    with taken(world, tmp_path / "after", shadow="stripe") as app:
        rule(app, "stripe", "live", on)
        wanted = left(app), app.state_hash()
    with taken(world, tmp_path / "before", register_url, shadow="stripe", until=middle) as app:
        rule(app, "stripe", "live", on)
        (world / "setup.toml").rename(tmp_path / "setup.toml")
        try:
            app.ingest([world])
        finally:
            (tmp_path / "setup.toml").rename(world / "setup.toml")
        app.check()
        assert (left(app), app.state_hash()) == wanted
        assert app.replay().same
