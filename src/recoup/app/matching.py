"""Matching in one home: its rules, a run over its data sources, what was found, and what people decide of it."""

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import select

from recoup.app import App, match_breaks, wall_clock
from recoup.domain.card_numbers import mask
from recoup.domain.ids import Key, derive
from recoup.domain.instants import local_day
from recoup.domain.rates import Rate
from recoup.errors import MatchUnknown, UsageProblem
from recoup.marts.loading import Stores, load
from recoup.marts.source import Asked
from recoup.marts.sources import source_named
from recoup.matching.load import PACKS, read_folders
from recoup.matching.rates import rates_of, read_rates
from recoup.matching.reading import as_query
from recoup.matching.results import Results
from recoup.matching.rule import Pair, RuleSet
from recoup.matching.run import Decision, Outcome, Run
from recoup.matching.sides import sides
from recoup.storage import schema
from recoup.storage.engine import Engine
from recoup.storage.engines import ENGINES, open_engine
from recoup.storage.register import View

OWN = "matching"
"""The folder of a home with rules and rates of its own."""
FILE = "file"
BOOKING_FEEDS = "booking_feeds"
_BOOKING_FEEDS = {"partner": "VARCHAR", "feed": "VARCHAR", "role": "VARCHAR", "place": "BIGINT"}
KEPT_RUNS = 2
"""Folders of a pair that stay: the latest run's, and the one before to compare with."""
Progress = Callable[[str], None]


class Rulebook(msgspec.Struct, frozen=True):
    """All rules of a home, and the rates that they may name."""

    pairs: Mapping[str, RuleSet]
    rates: tuple[Rate, ...]

    def pair(self, name: str) -> RuleSet:
        """Give the rules of a pair.

        Raises:
          MatchUnknown: There is none of this name.
        """
        if name not in self.pairs:
            raise MatchUnknown("pair", repr(name), f"one of {', '.join(self.pairs)}", "List them: recoup match rules")
        return self.pairs[name]


class Files(msgspec.Struct, frozen=True):
    """Files for the sides of a pair that are given by hand."""

    left: tuple[Path, ...] = ()
    right: tuple[Path, ...] = ()


_NO_FILES = Files()


class Matched(msgspec.Struct, frozen=True):
    """What the runs of one call found, together and pair by pair."""

    matched: int
    suggested: int
    ambiguous: int
    unmatched: int
    breaks: int
    by_rule: dict[str, int]
    """Confirmed matches by `pair.rule`."""
    pairs: tuple[Outcome, ...]
    opened: int = 0
    """Breaks that the check after the runs opened, and closed."""
    closed: int = 0


class Decided(msgspec.Struct, frozen=True):
    """One decision of a person, as it stands."""

    id: Key
    pair: str
    left_item: str
    right_item: str
    is_together: bool
    actor: str
    reason: str
    at: int


def read_rulebook(home: Path) -> Rulebook:
    """Read the rules that come with the package and those of a home.

    Raises:
      RulesInvalid: One of them cannot be meant.
    """
    rates = read_rates(rates_of(home))
    return Rulebook(read_folders([PACKS, home / OWN], rates), rates)


def match(
    app: App,
    names: Sequence[str] = (),
    *,
    engine: str = "duckdb",
    files: Files = _NO_FILES,
    afresh: bool = False,
    progress: Progress | None = None,
) -> Matched:
    """Run the rules of some pairs, or of all whose sides are data sources, and keep what they found.

    Args:
      app: The home.
      names: Of pairs; none is all of them.
      engine: What computes.
      files: For pairs whose sides are files.
      afresh: Forget what earlier runs confirmed, as after a rule that was wrong; what people decided stays.
      progress: Hears what is being done.
    Raises:
      MatchUnknown: There is no such pair.
      UsageProblem: A pair of files without its files, or the reverse.
    """
    book = read_rulebook(app.settings.home)
    chosen = [book.pair(name) for name in names] or [r for r in book.pairs.values() if not _takes_files(r.pair)]
    for rules in chosen:
        _check_files(rules.pair, files)
    app.gather()
    found = [_match_one(app, engine, rules, book.rates, files, progress, afresh=afresh) for rules in chosen]
    if progress is not None:
        progress("checking")
    checked = app.check()
    return msgspec.structs.replace(_together(found), opened=checked.opened, closed=checked.closed)


def _together(found: Sequence[Outcome]) -> Matched:
    by_rule = {f"{one.pair}.{rule}": counts.matches for one in found for rule, counts in one.by_rule.items()}
    sums = {name: sum(getattr(one, name) for one in found) for name in ("matched", "suggested", "ambiguous")}
    return Matched(
        **sums,
        unmatched=sum(one.unmatched for one in found),
        breaks=sum(one.breaks for one in found),
        by_rule=by_rule,
        pairs=tuple(found),
    )


def _match_one(
    app: App,
    engine_name: str,
    rules: RuleSet,
    rates: Sequence[Rate],
    files: Files,
    progress: Progress | None,
    *,
    afresh: bool,
) -> Outcome:
    name, started = rules.pair.name, wall_clock()
    with _engine(app, engine_name) as engine, app.register.reading() as view:
        before = None if afresh else _before(view, app.lake.root, name)
        decided = decisions_of(view, name)
        decisions = [Decision(d.left_item, d.right_item, d.is_together) for d in decided]
        folder = app.lake.root / "match" / name / "next"
        _begin(folder, " ".join((rules.digest, str(before), *(d.id for d in decided))))
        say = (lambda said: progress(f"{name}: {said}")) if progress else None
        key = derive("mru", name, rules.digest, started)
        run = Run(engine, rules, folder, _today(app), say, key)
        _load_sides(app, engine, rules.pair, Stores(view, app.lake.root))
        run.attach_side("left", files.left)
        run.attach_side("right", files.right)
        run.attach_ground(rates, decisions)
        found = run.match(before)
    with app.register.reading() as view, _engine(app, "duckdb") as reader:
        left = match_breaks.left_open(view, Results(reader, folder), rules.pair, key)
    _publish(app, engine_name, rules, folder, found, (key, started), left)
    return found


def _begin(folder: Path, ground: str) -> None:
    """Make the folder of a run; what one by other rules, or upon other decisions, left there is thrown away."""
    note = folder / "ground"
    if folder.is_dir() and (not note.is_file() or note.read_text() != ground):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(ground)


def _publish(
    app: App,
    engine: str,
    rules: RuleSet,
    folder: Path,
    found: Outcome,
    run: tuple[Key, int],
    left: Sequence[match_breaks.Row],
) -> None:
    """Give the results their place, tell the register, what is left open too, and throw away what is long past."""
    now = wall_clock()
    key, started = run
    place = folder.with_name(key)
    folder.rename(place)
    counts = msgspec.json.encode(found, order="sorted").decode()
    day = _today(app).isoformat()
    kept_at = str(place.relative_to(app.lake.root))
    row = (key, rules.pair.name, day, engine, rules.digest, kept_at, counts, app.actor, started, now)
    with app.register.transaction(app.actor, "match", rules.pair.name, now) as batch:
        batch.insert(schema.match_run, [row])
        match_breaks.write(batch, rules.pair.name, left)
        past = [one.folder for one in _past(batch, rules.pair.name)]
    for name in past:
        shutil.rmtree(app.lake.root / name, ignore_errors=True)


def _load_sides(app: App, engine: Engine, pair: Pair, stores: Stores) -> None:
    """Load the data sources that the sides read, and which feeds book what."""
    reads = {read for side in (pair.left, pair.right) if side != FILE for read in sides()[side].reads}
    for name in sorted(reads - {BOOKING_FEEDS}):
        source = source_named(name)
        assert source is not None, f"a side reads {name}, which is no data source"
        load(engine, source, [column.name for column in source.columns], stores, Asked(app.now(), None, None))
    if BOOKING_FEEDS in reads:
        engine.attach_rows(BOOKING_FEEDS, _BOOKING_FEEDS, _booking_feeds(app))


def _booking_feeds(app: App) -> list[tuple[str, str, str, int]]:
    return [
        (partner.name, feed, str(role), place)
        for partner in app.partners.values()
        for role, feeds in partner.books.items()
        for place, feed in enumerate(feeds)
    ]


def _takes_files(pair: Pair) -> bool:
    return FILE in (pair.left, pair.right)


def _check_files(pair: Pair, files: Files) -> None:
    for side, name, given in (("left", pair.left, files.left), ("right", pair.right, files.right)):
        if (name == FILE) != bool(given):
            raise UsageProblem(
                f"match --{side}",
                f"{len(given)} files for {pair.name}",
                "files for a side that is `file`, and none for another",
                f"Look at its sides: recoup match rules {pair.name}",
            )
        for path in given:
            if not path.is_file():
                raise UsageProblem(f"match --{side}", f"no file {path}", "Parquet files with the columns of a side")


def _today(app: App) -> dt.date:
    return local_day(app.now(), "UTC")


@contextmanager
def _engine(app: App, name: str) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(dir=app.settings.home / "tmp", prefix="match-") as scratch:
        opened = open_engine(name, app.settings.engine, Path(scratch))
        try:
            yield opened
        finally:
            opened.close()


# --- results --------------------------------------------------------------------------------


@contextmanager
def results(app: App, pair: str) -> Iterator[Results]:
    """Open what the latest run of a pair found.

    Raises:
      MatchUnknown: There is no such pair, or it has not run.
    """
    read_rulebook(app.settings.home).pair(pair)
    with app.register.reading() as view:
        folder = _latest(view, app.lake.root, pair)
    if folder is None:
        raise MatchUnknown(f"pair {pair}", "no run", "one that ran", f"Run: recoup match --pair {pair}")
    with _engine(app, "duckdb") as engine:
        yield Results(engine, folder)


def latest_runs(view: View) -> list[tuple[str, str, int, str]]:
    """Give pair, engine, when and counts of each pair's latest run."""
    r = schema.match_run.c
    rows = view.rows(select(r.pair, r.engine, r.recorded_at, r.counts).order_by(r.pair, r.recorded_at))
    return list({row[0]: row for row in rows}.values())


def _latest(view: View, lake: Path, pair: str) -> Path | None:
    found = [lake / name for name in _folders(view, pair)]
    return next((folder for folder in found if folder.is_dir()), None)


def _folders(view: View, pair: str) -> list[str]:
    return [one.folder for one in _runs(view, pair)]


class _Run(msgspec.Struct, frozen=True):
    folder: str
    started_at: int


def _runs(view: View, pair: str) -> list[_Run]:
    """The runs of a pair, the latest first."""
    r = schema.match_run.c
    statement = select(r.folder, r.started_at).where(r.pair == pair).order_by(r.recorded_at.desc(), r.match_run)
    return [_Run(*row) for row in view.rows(statement)]


def _before(view: View, lake: Path, pair: str) -> Path | None:
    """The run whose confirmed matches stay: the latest that no decision had a part in which was taken back since.

    So the next run is as it would have been without the decision, to the last match that it had made room for.
    """
    d = schema.match_decision.c
    ended = view.rows(select(d.at, d.ended_at).where(d.pair == pair, d.ended_at.is_not(None)))
    found = [lake / run.folder for run in _runs(view, pair) if not any(at <= run.started_at < to for at, to in ended)]
    return next((folder for folder in found if folder.is_dir()), None)


def _past(view: View, pair: str) -> list[_Run]:
    """The runs whose folders may go: not the latest ones, nor one from just before a decision that stands."""
    runs = _runs(view, pair)
    kept = set(runs[:KEPT_RUNS])
    for decided in decisions_of(view, pair):
        kept.update([run for run in runs if run.started_at < decided.at][:1])
    return [run for run in runs if run not in kept]


# --- what people decide ---------------------------------------------------------------------


def decisions_of(view: View, pair: str | None = None) -> list[Decided]:
    """Give the decisions that stand, of one pair or of all."""
    d = schema.match_decision.c
    statement = select(d.match_decision, d.pair, d.left_item, d.right_item, d.is_together, d.actor, d.reason, d.at)
    chosen = statement.where(d.ended_at.is_(None)).order_by(d.at, d.match_decision)
    rows = view.rows(chosen if pair is None else chosen.where(d.pair == pair))
    return [Decided(key, of, left, right, bool(is_one), *said) for key, of, left, right, is_one, *said in rows]


def decide(app: App, pair: str, left_item: str, right_item: str, *, is_together: bool, reason: str) -> Decided:
    """Say that two lines are one thing, or that they are not; the next run goes by it.

    Raises:
      MatchUnknown: There is no such pair, it has not run, or its latest run saw no such line.
      UsageProblem: No reason, or a decision about one of the lines that stands against this one.
    """
    read_rulebook(app.settings.home).pair(pair)
    if not reason.strip():
        raise UsageProblem("match --reason", "nothing", "why, for whoever reads the audit")
    _check_known(app, pair, left_item, right_item)
    now = wall_clock()
    key = derive("mde", pair, left_item, right_item, int(is_together), now)
    decided = Decided(key, pair, left_item, right_item, is_together, app.actor, mask(reason), now)
    with app.register.transaction(app.actor, "decide match", pair, now) as batch:
        for other in decisions_of(batch, pair):
            _refuse_clash(decided, other)
        batch.insert(schema.match_decision, [(*msgspec.structs.astuple(decided), None, None, None)])
    return decided


def _check_known(app: App, pair: str, left_item: str, right_item: str) -> None:
    with results(app, pair) as found:
        for side, item in (("left", left_item), ("right", right_item)):
            if not any(line.side == side for line in found.lines(item)):
                raise MatchUnknown(
                    f"pair {pair}",
                    f"no {side} line {item!r}",
                    "a line of the latest run",
                    f"List some: recoup match breaks --pair {pair}",
                )


def _refuse_clash(decided: Decided, other: Decided) -> None:
    same = (other.left_item, other.right_item) == (decided.left_item, decided.right_item)
    is_taken = other.left_item == decided.left_item or other.right_item == decided.right_item
    if same or (decided.is_together and other.is_together and is_taken):
        raise UsageProblem(
            f"match {decided.left_item} {decided.right_item}",
            f"the decision {other.id} about {other.left_item} and {other.right_item}",
            "lines that no decision stands about",
            f"Take it back first: recoup match undo {other.id} --reason WHY",
        )


def take_back(app: App, decision: str, reason: str) -> Decided:
    """Take a decision back; the next run is as it would have been without it.

    Raises:
      MatchUnknown: None that stands has this id.
      UsageProblem: No reason.
    """
    if not reason.strip():
        raise UsageProblem("match --reason", "nothing", "why, for whoever reads the audit")
    now = wall_clock()
    with app.register.transaction(app.actor, "undo match", decision, now) as batch:
        found = next((d for d in decisions_of(batch) if d.id == decision), None)
        if found is None:
            raise MatchUnknown("decision", repr(decision), "one that stands", "List them: recoup match decisions")
        batch.update(
            schema.match_decision, ("ended_at", "ended_by", "end_reason"), [(decision, now, app.actor, mask(reason))]
        )
    return found


# --- rules in words -------------------------------------------------------------------------


def explained(book: Rulebook, name: str, dialect: str) -> str:
    """Give a rule as one readable query whose rows are its matches; its head names the tables that it reads.

    Args:
      book: The rules.
      name: `pair.rule`, or the rule alone where one pair has it.
      dialect: `duckdb` or `spark`.
    Raises:
      MatchUnknown: No rule has the name, or those of several pairs.
      UsageProblem: There is no such dialect.
    """
    pair, _, rule = name.rpartition(".")
    found = [
        (rules, one)
        for rules in book.pairs.values()
        for one in rules.rules
        if one.name == rule and pair in ("", rules.pair.name)
    ]
    if len(found) != 1:
        named = ", ".join(f"{rules.pair.name}.{one.name}" for rules, one in found) or "none"
        raise MatchUnknown(f"rule {name}", named, "one rule, as PAIR.RULE", "List them: recoup match rules")
    if dialect not in ENGINES:
        raise UsageProblem("match explain --dialect", repr(dialect), " or ".join(ENGINES))
    return as_query(found[0][0].pair, found[0][1], dialect)
