"""A file larger than memory gives the same books as if it were small, and nothing of it counts before its end."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Table, select

from recoup.app import App
from recoup.domain.instants import parse_instant
from recoup.domain.money_line import BOOKED_ONE_BY_ONE, MoneyLine
from recoup.intake import pipeline, replay
from recoup.intake.arrival import Arrival
from recoup.intake.conformance.samples import FILE, read_samples
from recoup.intake.landing import hash_file
from recoup.intake.parts import findings_of
from recoup.intake.readers import Readers
from recoup.intake.reading import EVERY_RECORD_REFUSED
from recoup.intake.spooling import Limits, Spool
from recoup.intake.tables import TableReader
from recoup.partners.contract import Arrived, FileFeed, Reading
from recoup.partners.registry import built_in
from recoup.storage import schema
from recoup.storage.engine import connect
from tests.fakes.homes import home
from tests.partners.paypal.sent import report, row

SAMPLES = Path(__file__).parents[1] / "contract" / "samples"
PARTNERS = [p for p in built_in() if any(isinstance(feed, FileFeed) for feed in p.feeds.values())]
TINY = Limits(lake_lines=3, part_rows=2)
LARGE = Limits(lake_lines=10**9, part_rows=10**9)
TABLES = (
    schema.dispute,
    schema.dispute_version,
    schema.observation,
    schema.quarantine,
    schema.finding,
    schema.expectation,
    schema.settlement_total,
    schema.fetch_wanted,
)


def intake(app: App, limits: Limits) -> pipeline.Intake:
    """Intake with other limits than the program's own."""
    rooms = app.settings.home / "tmp"
    tables = TableReader(lambda: connect(rooms, app.key.token_key), app.lake, rooms)
    return msgspec.structs.replace(app.intake(), readers=Readers(tables, app.key.token_key, limits=limits))


def take(app: App, arrivals: Sequence[Arrival], limits: Limits) -> pipeline.Report:
    """Ingest with them."""
    return pipeline.ingest(intake(app, limits), arrivals)


def arrivals_of(partner: str) -> Iterator[Arrival]:
    """The samples of a partner's file feeds, as files."""
    samples = read_samples(SAMPLES / partner)
    feeds = next(p for p in PARTNERS if p.name == partner).feeds
    for sample in samples.sample:
        if isinstance(feeds[sample.feed], FileFeed):
            path = SAMPLES / partner / sample.file
            yield Arrival(
                partner=partner,
                feed=sample.feed,
                name=sample.name or path.name,
                landed_at=parse_instant(sample.received_at),
                account=sample.account or samples.account,
                path=path,
            )


def rows(app: App, table: Table) -> list[tuple[Any, ...]]:
    """All rows of a table, without when they were written."""
    columns = [c for c in table.columns if c.name != "recorded_at"]
    with app.register.reading() as view:
        return sorted(view.rows(select(*columns)), key=repr)


def booked(app: App) -> list[tuple[Any, ...]]:
    """All active entries with what they post."""
    e, p = schema.entry.c, schema.posting.c
    columns = (e.fact, e.book, e.rule, e.dispute, e.subject, e.effective_on, p.account, p.currency, p.amount_minor)
    with app.register.reading() as view:
        return sorted(view.rows(select(*columns).where(p.entry == e.entry, e.is_active == 1)), key=repr)


def lines(app: App, *, standing: bool) -> list[tuple[Any, ...]]:
    """The lines of the register; with `standing` only those that stand there whatever the size of their file."""
    found = rows(app, schema.money_line)
    return [row for row in found if not standing or row[7] in BOOKED_ONE_BY_ONE or row[10] is not None]


@pytest.mark.parametrize("partner", [p.name for p in PARTNERS if (SAMPLES / p.name / FILE).is_file()])
def test_a_file_gives_the_same_books_large_or_small(partner: str, tmp_path: Path) -> None:
    """Every table alike, but for the lines that lie in the lake and are booked in total."""
    with home(tmp_path / "one", setup=None) as small, home(tmp_path / "two", setup=None) as large:
        few = take(small, list(arrivals_of(partner)), LARGE)
        many = take(large, list(arrivals_of(partner)), TINY)
        assert few.records > 0
        for table in TABLES:
            assert rows(small, table) == rows(large, table), table.name
        assert booked(small) == booked(large)
        assert lines(small, standing=True) == lines(large, standing=True)
        counts = ("deliveries", "held", "records", "accepted", "quarantined", "observations_new", "observations_known")
        assert [getattr(few, name) for name in counts] == [getattr(many, name) for name in counts]
        assert sorted(few.problems, key=repr) == sorted(many.problems, key=repr)
        assert list((large.settings.home / "tmp").iterdir()) == []


def large_report(room: Path, *, sales: int = 10_000, total: int | None = None) -> Path:
    """A PayPal settlement report with that many sales of one cent and a chargeback of 50."""
    rows_ = [row(f"{n}X", "T0006", "CR", "1") for n in range(sales)]
    rows_.insert(sales // 2, row("6CHARGE", "T1201", "DR", "50", ref="1X"))
    path = room / "STL-20260101.01.009.CSV"
    path.write_bytes(report(rows_, [("EUR", f"{total or sales},50,0,0", sales - 50)]))
    return path


def ingest(app: App, path: Path) -> pipeline.Report:
    """Take it in as the program does."""
    return app.ingest([path], partner="paypal", feed="settlement_report", account="EZ782AXEUJUW8", received_at=1)


def test_of_a_large_file_only_lines_about_disputes_stand_in_the_register(tmp_path: Path) -> None:
    """The others lie in the lake in the order of the records, and are booked in total; a replay says the same."""
    with home(tmp_path / "home", setup=None) as app:
        told = ingest(app, large_report(tmp_path))
        assert (told.records, told.accepted, told.held) == (10_001, 10_001, 0)
        assert [(line[7], line[16]) for line in lines(app, standing=False)] == [("dispute", -50)]
        ((total,),) = [[row[7:11] for row in rows(app, schema.settlement_total)]]
        assert total == (10_000, 10_000, 0, 10_000)
        (file,) = app.lake.deliveries()
        assert pq.read_table(file).column("position").to_pylist() == list(range(1, 10_002))
        assert app.replay().same


def test_a_large_file_that_breaks_its_totals_leaves_nothing_behind(tmp_path: Path) -> None:
    """Though its parts were read long before its end was."""
    with home(tmp_path / "home", setup=None) as app:
        told = ingest(app, large_report(tmp_path, total=9_999))
        assert (told.held, told.accepted, told.records) == (1, 0, 10_001)
        assert lines(app, standing=False) == []
        assert app.lake.deliveries() == []
        assert list((app.settings.home / "tmp").iterdir()) == []


@pytest.mark.parametrize("limits", [LARGE, TINY])
def test_a_held_file_says_when_not_one_record_could_be_read(limits: Limits, tmp_path: Path) -> None:
    """Large or small: the reason stands first, and beside it that every record was refused, not a few."""
    body = (SAMPLES / "jpmorgan/sections/PDE-17.csv").read_bytes()
    path = tmp_path / "commas.csv"
    path.write_bytes(re.sub(rb",(-?\d+)\.(\d{8})(?=,)", rb',"\1,\2"', body))
    arrival = Arrival(partner="jpmorgan", feed="dispute_report", name=path.name, landed_at=1, path=path)
    with home(tmp_path / "home", setup=None) as app:
        told = take(app, [arrival], limits)
        assert (told.held, told.quarantined) == (1, 0)
        assert {row[1] for row in rows(app, schema.finding)} >= {"jpmorgan.summary", EVERY_RECORD_REFUSED}


def test_what_is_read_again_is_known(tmp_path: Path) -> None:
    """Facts that were known before are not counted as new, of a large file and of a small one."""
    with home(tmp_path / "home", setup=None) as app:
        for path in (large_report(tmp_path), SAMPLES / "mastercard" / "clearing" / "T112.260131.ipm"):
            partner, feed = ("paypal", "settlement_report") if path.suffix == ".CSV" else ("mastercard", "clearing")
            first = app.ingest([path], partner=partner, feed=feed, account="acc", received_at=1)
            before = app.state_hash()
            second = app.again(hash_file(path))
            assert (second.observations_new, second.money_lines) == (0, 0)
            assert second.observations_known == first.observations_new + first.observations_known
            assert app.state_hash() == before


def test_a_large_file_read_again_changes_nothing(tmp_path: Path) -> None:
    """Its parts are written before anything follows from them: no entry is taken back and posted anew."""
    first = next(a for a in arrivals_of("ach") if a.feed == "returns")
    with home(tmp_path / "home", setup=None) as app:
        told = take(app, [msgspec.structs.replace(first, is_given=True)], TINY)
        assert told.observations_new > 2
        before = [rows(app, table) for table in (*TABLES, schema.entry, schema.posting)]
        with app.register.reading() as view:
            (delivery,) = replay.deliveries_of(view, "")
            again = list(replay.arrivals(view, app.objects, delivery))
            known = pipeline.again(intake(app, TINY), again, [delivery])
        assert [rows(app, table) for table in (*TABLES, schema.entry, schema.posting)] == before
        assert (known.observations_new, known.observations_known) == (0, told.observations_new)


def test_totals_of_a_large_file_stay_when_another_tells_one_of_its_lines(tmp_path: Path) -> None:
    """That its chargeback is told elsewhere and earlier changes who owns it, and nothing else."""
    with home(tmp_path / "home", setup=None) as app:
        ingest(app, large_report(tmp_path))
        before = rows(app, schema.settlement_total)
        small = tmp_path / "STL-20260101.02.009.CSV"
        small.write_bytes(report([row("6CHARGE", "T1201", "DR", "50", ref="1X")], [("EUR", "0,50,0,0", -50)]))
        app.ingest([small], partner="paypal", feed="settlement_report", account="EZ782AXEUJUW8", received_at=0)
        assert rows(app, schema.settlement_total) == before
        assert booked(app)


def test_a_movement_told_twice_in_a_large_file_counts_once(tmp_path: Path) -> None:
    """The first telling stands; a second one that says something else is a finding."""
    told = [line_of(n, f"id-{n % 4}", 100 if n < 7 else 70) for n in range(8)]
    spool = Spool(tmp_path, lambda: connect(tmp_path), Limits(lake_lines=3, part_rows=2))
    for at in (0, 4):
        spool.take(Reading(money_lines=told[at : at + 4]), lambda _: ())
    kept = spool.keep(Arrived("del_1", "klarna", "acc", "settlement_report", "x.csv", 1, "UTC"))
    assert [row[7:11] for row in kept.totals] == [(4, 400, 0, 400)]
    assert kept.parquet is not None
    assert pq.read_table(kept.parquet).column("identity").to_pylist() == ["id-0", "id-1", "id-2", "id-3"]
    found = list(findings_of(kept.parts or (), 10))
    assert [(f.check, f.where, f.found) for f in found] == [
        ("money.restated", "x.csv:8", "charge net 70 EUR, batch b-1")
    ]


def test_a_movement_that_two_large_files_tell_counts_once(tmp_path: Path) -> None:
    """Whichever comes first, and whatever small files tell of it besides: the earliest landing owns it."""
    files = [sales_report(tmp_path, at, told) for at, told in enumerate((range(6), range(3, 9), (2, 8, 11), range(12)))]
    seen = []
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1), (1, 3, 0, 2)):
        with home(tmp_path / f"home-{order}", setup=None) as app:
            for at in order:
                take(app, [arrival_of(files[at], at)], TINY)
            totals = {row[12]: row[7] for row in rows(app, schema.settlement_total)}
            seen.append((totals, app.state_hash(), booked(app)))
            assert sum(totals.values()) == 12
    assert [told == seen[0] for told in seen] == [True] * 4


def test_lines_of_a_large_file_are_shared_out_again_by_a_replay(tmp_path: Path) -> None:
    """A second report of ten thousand sales under another name books only what it tells anew; a replay agrees."""
    with home(tmp_path / "home", setup=None) as app:
        for at, told in enumerate((range(10_000), range(9_000, 19_500))):
            arrival = arrival_of(sales_report(tmp_path, at, told), at)
            pipeline.ingest(app.intake(), [arrival])
        assert [row[7] for row in sorted(rows(app, schema.settlement_total), key=lambda r: r[12])] == [10_000, 9_500]
        assert app.replay().same


def sales_report(room: Path, at: int, sales: Sequence[int]) -> Path:
    """A PayPal settlement report with these sales of one cent."""
    path = room / f"STL-20260101.0{at + 1}.009.CSV"
    told = [row(f"{n}X", "T0006", "CR", "1") for n in sales]
    path.write_bytes(report(told, [("EUR", f"{len(told)},0,0,0", len(told))]))
    return path


def arrival_of(path: Path, landed_at: int) -> Arrival:
    """It comes at its time."""
    feed, account = "settlement_report", "EZ782AXEUJUW8"
    return Arrival(partner="paypal", feed=feed, name=path.name, landed_at=landed_at, account=account, path=path)


def line_of(number: int, identity: str, net: int) -> MoneyLine:
    """A sale."""
    return MoneyLine(
        id=f"mny_{number}",
        partner="klarna",
        account="acc",
        feed="settlement_report",
        delivery="del_1",
        position=number + 1,
        identity=identity,
        kind="charge",
        partner_kind=None,
        dispute=None,
        partner_dispute_id=None,
        payment_ref=None,
        cycle=None,
        batch="b-1",
        gross_minor=net,
        fee_minor=0,
        net_minor=net,
        currency="EUR",
        original_minor=None,
        original_currency=None,
        occurred_at=1,
        effective_on="2026-01-31",
        reference=None,
        landed_at=1,
    )
