"""A directory of simulated deliveries lived through day by day, and its breaks compared with what is true of it."""

import datetime as dt
import tempfile
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import httpx
import msgspec
from sqlalchemy import select

from recoup.app import App, Progress, create_home, open_app
from recoup.controls.explained import breaks_explained, clearing_explained
from recoup.domain.canonical import parse
from recoup.domain.instants import DAY, MINUTE, parse_instant
from recoup.errors import PartnerUnreachable, SetupInvalid
from recoup.intake.arrival import Arrival
from recoup.intake.directory import read_directory
from recoup.intake.grounding import load_api_keys
from recoup.intake.outbound import Outbound
from recoup.intake.state_hash import twin_hash
from recoup.intake.sweep_rounds import Reachable, Rounds
from recoup.settings import Settings, read_settings
from recoup.simulator import simulate
from recoup.simulator.calls import EVERY, OFFICES, Clock, Line, address, offices, sweeps
from recoup.simulator.fault import Money
from recoup.simulator.run import bent_world
from recoup.simulator.score import Explained, Score, Seen, Truth, Twin, score, stops
from recoup.storage import schema
from recoup.storage.register import View

TRUTH_NAME = "truth.json"
SOON = MINUTE
"""How long after a message we ask for what it names."""
TRIES, RETRY_SECONDS = 3, 60
"""How often a round is begun that breaks off, and after how long again."""


def score_directory(folder: Path, settings: Settings, progress: Progress | None = None) -> Score:
    """Take a directory in as if its days passed now, checking each evening, and score the breaks.

    Args:
      folder: What `simulate` wrote.
      settings: Of a home that is not there yet; it is made and left.
      progress: Told (deliveries taken in, of how many).
    Raises:
      SetupInvalid: The directory has no truth that could be read.
      HomeExists: There is a home already.
    """
    truth = read_truth(folder)
    create_home(settings)
    with open_app(settings, actor="score") as app, asking(app, truth) as round_at:
        asked_at = sweeps(truth.world.plan) if truth.world.calls else []
        live_through(app, folder, stops(truth, _evenings(truth)), progress, asked_at, round_at)
        twin = _twin(truth, _end_state(app)) if truth.has_twin else "none"
        with app.register.reading() as view:
            return score(truth, seen_breaks(view), twin=twin, explained=_explained(view, parse_instant(truth.until)))


def _twin(truth: Truth, found: str) -> Twin:
    """Live through the same world without its faults, and compare how the two stand in the end."""
    with tempfile.TemporaryDirectory(prefix="recoup-twin-") as scratch:
        folder, settings, world = Path(scratch) / "world", read_settings({}, Path(scratch) / "home"), truth.world
        simulate(
            world.seed,
            world.days,
            folder,
            payments_per_day=world.payments_per_day,
            first_day=dt.date.fromisoformat(world.first_day),
            disputes_per_10k=world.disputes_per_10k,
            partners=world.partners,
            calls=world.calls,
        )
        create_home(settings)
        plain = msgspec.structs.replace(truth, world=msgspec.structs.replace(world, asked=()), faults=[])
        with open_app(settings, actor="score") as app, asking(app, plain) as round_at:
            asked_at = sweeps(world.plan) if world.calls else []
            live_through(app, folder, [parse_instant(truth.until)], None, asked_at, round_at)
            return "same" if _end_state(app) == found else "differs"


def _explained(view: View, now: int) -> Explained:
    told, clearing = breaks_explained(view), clearing_explained(view, now)
    return Explained(
        {e.currency: float(e.amount_pct) for e in told}, {e.currency: float(e.amount_pct) for e in clearing}
    )


def _end_state(app: App) -> str:
    with app.register.reading() as view:
        return twin_hash(view, app.lake.digests())


def read_truth(folder: Path) -> Truth:
    """What is true of a simulated directory.

    Raises:
      SetupInvalid: It says nothing that the scorer could read.
    """
    path = folder / TRUTH_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Truth)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as problem:
        raise SetupInvalid(
            where=str(path),
            found=_unread(problem),
            wanted="the truth of a simulated directory",
            remedy="Make one with: recoup simulate --seed 1 --days 20 --faults all --out DIR",
        ) from problem


def _unread(problem: Exception) -> str:
    return (problem.strerror or "unreadable").lower() if isinstance(problem, OSError) else str(problem)


def live_through(
    app: App,
    folder: Path,
    instants: Sequence[int],
    progress: Progress | None = None,
    asked_at: Sequence[int] = (),
    round_at: Callable[[int], None] = lambda _at: None,
) -> None:
    """Take a directory in, and check as of each of some instants when everything before it is in.

    Args:
      app: An opened home with nothing in it.
      folder: A directory of deliveries.
      instants: When to check, in order; microseconds UTC.
      progress: Told (deliveries taken in, of how many).
      asked_at: When partners' APIs are asked for their lists; besides soon after each message, and before each check.
      round_at: Asks them as of an instant.
    """
    app.set_up(folder)
    arrivals = list(read_directory(folder))
    checks, rounds = set(instants), _asked(arrivals, asked_at)
    done = 0
    for at, came in _until_each(arrivals, sorted(checks | {r for r in rounds if r <= max(instants)})):
        app.take(came)
        if at in rounds:
            round_at(at)
        if at in checks:
            app.follow(at)
        done += len(came)
        if progress is not None:
            progress(done, len(arrivals))


def _asked(arrivals: Iterable[Arrival], asked_at: Sequence[int]) -> set[int]:
    """When somebody asks: for the lists, and a little after each message of a partner that is asked at all."""
    if not asked_at:
        return set()
    hinted = {a.landed_at + SOON for a in arrivals if a.partner in OFFICES and a.feed == "webhook"}
    return set(asked_at) | hinted


@contextmanager
def asking(app: App, truth: Truth) -> Iterator[Callable[[int], None]]:
    """Give what asks the partners' offices of a simulated world, with the program's own sweeps, as of an instant.

    Waits are those of simulated time; a round that breaks off is tried again, as a server does each minute.
    """
    plan = truth.world.plan
    found = offices(bent_world(plan, truth.world.asked)) if plan.calls else {}
    clock = Clock(0)
    with httpx.Client(transport=Line(found, clock), follow_redirects=False) as client:
        outbound = Outbound(client, clock, clock.pause)
        rounds = Rounds(
            app.register,
            app.partners,
            api_keys=lambda view: load_api_keys(view, app.key),
            connect=lambda r, note: outbound.send_to(r.url, r.partner.access, r.credentials, note),
            take=app.take,
            clock=clock,
            every=EVERY,
        )

        def round_at(at: int) -> None:
            for which in _reachable(app, found):
                clock.at = at
                _one_round(rounds, which, clock)

        yield round_at


def _reachable(app: App, found: Iterable[str]) -> list[Reachable]:
    """The accounts that have an office; the home is told no address, since there is none beyond this run."""
    with app.register.reading() as view:
        keys = load_api_keys(view, app.key)
    return [
        Reachable(app.partners[p], account, address(p), keys[p, account]) for p, account in sorted(keys) if p in found
    ]


def _one_round(rounds: Rounds, which: Reachable, clock: Clock) -> None:
    for _ in range(TRIES):
        try:
            rounds.round(which)
        except PartnerUnreachable:
            clock.pause(RETRY_SECONDS)
        else:
            return


def _until_each(arrivals: Iterable[Arrival], instants: Sequence[int]) -> Iterator[tuple[int, list[Arrival]]]:
    """For each instant what has come since the one before; what comes after the last is left out."""
    places = {
        place: list(came) for place, came in groupby(arrivals, lambda arrival: bisect_left(instants, arrival.landed_at))
    }
    for place, at in enumerate(instants):
        yield at, places.get(place, [])


def _evenings(truth: Truth) -> list[int]:
    until = parse_instant(truth.until)
    return [until - DAY * number for number in range(truth.world.days)]


def seen_breaks(view: View) -> list[Seen]:
    """All breaks of a home in the partners' words, in order of first sight."""
    d, s = schema.delivery.c, schema.dispute.c
    names: dict[str, str] = dict(view.rows(select(d.delivery, d.name)))
    disputes: dict[str, str] = dict(view.rows(select(s.dispute, s.partner_dispute_id)))
    b = schema.break_.c
    columns = (
        b.control,
        b.classes,
        b.partner,
        b.feed,
        b.deliveries,
        b.disputes,
        b.first_seen_at,
        b.closed_at,
        b.amounts,
    )
    rows = view.rows(select(*columns).order_by(b.first_seen_at, b.break_))
    return [_seen(row, names, disputes) for row in rows]


def _seen(row: Sequence[object], names: Mapping[str, str], disputes: Mapping[str, str]) -> Seen:
    control, classes, partner, feed, deliveries, about, first_seen_at, closed_at, amounts = row
    return Seen(
        control=str(control),
        classes=tuple(parse(str(classes))),
        partner=str(partner),
        feed=None if feed is None else str(feed),
        deliveries=frozenset(names.get(key, key) for key in parse(str(deliveries))),
        disputes=frozenset(disputes.get(key, key) for key in parse(str(about))),
        first_seen_at=int(str(first_seen_at)),
        is_open=closed_at is None,
        amounts=tuple(Money(amount["currency"], amount["minor"]) for amount in parse(str(amounts))),
    )
