"""The only wiring: settings to stores, partners, clock and use cases. Faces call this; nothing below it knows it.

Only here are the environment, the wall clock and the user's name looked at.
"""

import gc
import getpass
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

import duckdb
import msgspec
from sqlalchemy import func, select

from recoup.app.accepting import Accepting
from recoup.app.break_work import Work
from recoup.app.locking import Locking
from recoup.app.outages import Outages
from recoup.app.partner_life import Lives
from recoup.app.partner_life import Reach as Life
from recoup.app.recording import Reach, Recording
from recoup.app.sealing import Sealing
from recoup.app.tickets import Tickets
from recoup.controls import run as controls
from recoup.errors import HomeExists, HomeMissing, UnknownPartner, UsageProblem
from recoup.intake import (
    checkup,
    credentials,
    directory,
    gathering,
    grounding,
    pipeline,
    quarantine,
    replay,
    setup_news,
    sweep_rounds,
)
from recoup.intake.arrival import Arrival
from recoup.intake.beside import COLLECT_AFTER, Beside
from recoup.intake.directory import LIST_NAME, SETUP_NAME
from recoup.intake.overlaps import LargeLines
from recoup.intake.readers import Readers
from recoup.intake.state_hash import Difference, differences, state_hash
from recoup.intake.tables import TableReader
from recoup.matching.rates import add_rates, rates_of, read_rates
from recoup.partners.contract import Partner, SigningKey
from recoup.partners.installed import partners_of
from recoup.settings import Settings, read_settings
from recoup.storage import schema
from recoup.storage.chain import Head
from recoup.storage.engine import connect
from recoup.storage.inbox import Inbox, open_inbox
from recoup.storage.keys import HomeKey, create_home_key, read_home_key
from recoup.storage.lake import Lake
from recoup.storage.migrate import check_revision, migrate, upgrade
from recoup.storage.objects import ObjectStore
from recoup.storage.register import Batch, Register, open_register, open_scratch_register
from recoup.watch import checkups
from recoup.watch.canary_rounds import Canaries

CLOCK = "clock"
GATHERED = "gathered_through"
"""The setting that says up to which `recorded_at` small deliveries are in the lake."""
NICENESS = 10
"""As much as long work gives way."""
BESIDE_MAX = 4
"""Processes beside the one that writes: more only wait for it."""
BY_DELIVERIES = "deliveries"
"""Value of the setting `clock` in a home whose time is that of its latest delivery."""

Progress = Callable[[int, int | None], None]
"""Told (done so far, of how many); the second is None where it is not known."""


class Replayed(msgspec.Struct, frozen=True):
    """A replay: the hash that the bytes give, the hash that the register has, and whether they are one."""

    hash: str
    before: str
    same: bool
    differences: tuple[Difference, ...] = ()
    """Where the two differ, part by part."""


def wall_clock() -> int:
    """Microseconds UTC since 1970."""
    return time.time_ns() // 1_000


def settings_from_environment(home: Path | None = None) -> Settings:
    """The settings of this process; a given home goes before the environment's."""
    return read_settings(os.environ, home)


def give_way() -> None:
    """Let others on this machine go first: a message waits for its answer, and what was handed in waits for nobody."""
    os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))


def known_partners(settings: Settings) -> Mapping[str, Partner]:
    """Every partner that this installation knows; a home is not needed for it, but may declare more."""
    return partners_of(settings.home)


def create_home(settings: Settings, *, preset: str = "platform") -> Path:
    """Make an empty home: its key, its register, its book.

    Raises:
      HomeExists: There is one already.
    """
    home = settings.home
    if (home / "keys").exists() or (home.exists() and not home.is_dir()):
        raise HomeExists(
            where=str(home), found="a home or a file", wanted="an empty place", remedy="Give another --home."
        )
    for part in ("keys", "objects", "lake", "tmp"):
        (home / part).mkdir(parents=True, exist_ok=True, mode=0o700)
    create_home_key(home / "keys" / "home.key")
    register = _open(settings)
    try:
        migrate(register)
        with register.transaction(_user(), "init", home.name, wall_clock()) as batch:
            batch.upsert(schema.book, [("main", preset, None)])
    finally:
        register.close()
    return home


@contextmanager
def open_app(settings: Settings, *, as_of: int | None = None, actor: str | None = None) -> Iterator["App"]:
    """Open a home for one command or server.

    Raises:
      HomeMissing: There is none at that place.
      HomeRevision: Its tables are those of another version of Recoup.
    """
    home = settings.home
    _check_home(home)
    gc.set_threshold(COLLECT_AFTER)
    (home / "tmp").mkdir(mode=0o700, exist_ok=True)
    key = read_home_key(home / "keys" / "home.key")
    with closing(_open(settings)) as register:
        check_revision(register)
        with closing(App(settings, register, key, as_of, actor or _user())) as app:
            yield app


def upgrade_home(settings: Settings) -> str | None:
    """Bring the tables of a home to what this version needs; gives the revision they were of, None where it was this.

    Raises:
      HomeMissing: There is none at that place.
      HomeRevision: Its tables are of a revision that this version does not know.
    """
    _check_home(settings.home)
    with closing(_open(settings)) as register:
        return upgrade(register, _user(), wall_clock())


def _check_home(home: Path) -> None:
    if not (home / "keys" / "home.key").exists():
        raise HomeMissing(
            where=str(home),
            found="no home",
            wanted="one that `recoup init` made",
            remedy=f"Run: recoup init --home {home}",
        )


def _open(settings: Settings) -> Register:
    """The home's register; the head of its audit is kept beside it."""
    return open_register(settings.register_url, head_path=settings.home / checkup.HEAD_NAME)


class App:
    """One opened home and what can be done with it."""

    def __init__(
        self,
        settings: Settings,
        register: Register,
        key: HomeKey,
        as_of: int | None,
        actor: str,
        of: "App | None" = None,
    ) -> None:
        """Open the stores; with `of`, work with the bytes, partners and processes of that home, as a replay does."""
        self.settings = settings
        self.register = register
        self.key = key
        self.actor = actor
        self.objects: ObjectStore = of.objects if of else ObjectStore(settings.home / "objects", key)
        self.lake = Lake(settings.home / "lake")
        self.partners: Mapping[str, Partner] = of.partners if of else known_partners(settings)
        self._rates: Path = of._rates if of else rates_of(settings.home)
        self._as_of = as_of
        tables = TableReader(self._connect, self.lake, settings.home / "tmp")
        self._keeper = ThreadPoolExecutor(1)
        processes = min(BESIDE_MAX, (os.cpu_count() or 1) - 1)
        self._beside: Beside = of._beside if of else Beside(processes, partial(partners_of, settings.home))
        self._readers = Readers(tables, key.token_key, self._beside)

    def close(self) -> None:
        """Close the engine and the processes of this command."""
        self._readers.close()
        self._beside.close()
        self._keeper.shutdown()

    def now(self) -> int:
        """`--as-of`, else the home's clock: the wall, or the latest delivery where deliveries brought their times."""
        if self._as_of is not None:
            return self._as_of
        with self.register.reading() as view:
            clock = view.rows(select(schema.setting.c.value).where(schema.setting.c.name == CLOCK))
            latest = view.rows(select(func.max(schema.delivery.c.landed_at)))[0][0]
        return int(latest) if clock == [(BY_DELIVERIES,)] and latest is not None else wall_clock()

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        partner: str | None = None,
        feed: str | None = None,
        account: str | None = None,
        received_at: int | None = None,
        progress: Progress | None = None,
    ) -> pipeline.Report:
        """Land and read files, and directories of deliveries in their order and with their times."""
        give_way()
        for folder in paths:
            self.set_up(folder)
        total = sum(_count(path) for path in paths)
        arrivals = self._arrivals(paths, partner, feed, account, received_at)
        report = pipeline.ingest(self.intake(), arrivals, _counting(progress, total))
        self.gather()
        return report

    def set_up(self, folder: Path) -> None:
        """Take over the agreements and reference rates that lie in a directory of deliveries, if any, and its time."""
        if (folder / SETUP_NAME).is_file():
            self.apply(directory.read_setup(folder / SETUP_NAME))
            self._run_on_deliveries()
        if (folder / self._rates.name).is_file():
            add_rates(self._rates, read_rates(folder / self._rates.name))

    def apply(self, setup: directory.Setup, *, is_complete: bool = False) -> list[setup_news.AccountNews]:
        """Take over accounts, contracts and keys; where agreements changed, what follows from them changes too.

        Args:
          setup: What was agreed.
          is_complete: The keys of each account are all of its keys: others are retired.
        Returns:
          What is other than before, and what is missing, for each account of the setup.
        """
        for account in setup.account:
            if account.partner not in self.partners:
                raise UnknownPartner(account.partner, "no partner of that name", ", ".join(sorted(self.partners)))
            credentials.check_keys(account, self.partners[account.partner])
        now = wall_clock()
        with self.register.transaction(self.actor, "setup", f"{len(setup.account)} accounts", now) as batch:
            before, stood = grounding.agreements(batch), setup_news.standing(batch)
            grounding.check_phases(batch, setup.accounts())
            grounding.write_accounts(batch, setup.accounts(), setup.books())
            has_changed = grounding.agreements(batch) != before
            for account in setup.account:
                self._write_keys(batch, account, now)
                grounding.write_endings(batch, account.partner, account.account, account.endings())
                if account.api_url is not None:
                    name = sweep_rounds.setting_name(sweep_rounds.API_URL, account.partner, account.account)
                    batch.upsert(schema.setting, [(name, account.api_url)])
                if is_complete:
                    live = {key.name for key in account.key}
                    grounding.retire_keys(batch, account.partner, account.account, live, now)
            stands = setup_news.standing(batch)
        if has_changed:
            pipeline.derive_again(self.intake())
        return setup_news.news([(a.partner, a.account) for a in setup.account], stood, stands, self.partners)

    def _write_keys(self, batch: Batch, account: directory.AccountSetup, now: int) -> None:
        for key in account.key:
            if key.name == grounding.API_KEY:
                given = credentials.credentials_of(key)
                grounding.write_api_key(batch, self.key, account.partner, account.account, given, now)
            else:
                signing = SigningKey(key.name, key.secret)
                grounding.write_key(batch, self.key, account.partner, account.account, signing, now)

    def _run_on_deliveries(self) -> None:
        """From now on the time of this home is that of its latest delivery; one that has lived by the wall stays so."""
        with self.register.reading() as view:
            if view.rows(select(schema.delivery.c.delivery).limit(1)):
                return
        with self.register.transaction(self.actor, "setup", CLOCK, wall_clock()) as batch:
            batch.upsert(schema.setting, [(CLOCK, BY_DELIVERIES)])

    def open_inbox(self) -> Inbox:
        """Open the inbox of this home; whoever opens it closes it."""
        return open_inbox(self.settings.register_url, self.settings.home / "inbox.db", self.key)

    def take(self, arrivals: Sequence[Arrival]) -> pipeline.Report:
        """Take in arrivals from the inbox or a sweep."""
        return pipeline.ingest(self.intake(), arrivals)

    def check(self) -> controls.CheckReport:
        """Open and close expectations and breaks as of now; what a worker took in since reaches the lake, too."""
        self.gather()
        self.lives().follow_pending()
        self.sealing().correct()
        return controls.check(
            self.register,
            self.now(),
            self.partners,
            actor=self.actor,
            recorded_at=wall_clock(),
            pages_a_day=self.settings.watch.pages_a_day,
            rates=read_rates(self._rates),
        )

    def sealing(self) -> Sealing:
        """Proofs and seals of partner-days, as of now."""
        now = self.now()
        return Sealing(self.register, self.partners, actor=self.actor, now=now, recorded_at=wall_clock())

    def locking(self) -> Locking:
        """Periods of the books locked and opened, as of now."""
        sealing = self.sealing()
        return Locking(self.register, sealing.books, actor=self.actor, now=self.now(), recorded_at=wall_clock())

    def canaries(self) -> Canaries:
        """The planted faults, shown to every control once a day."""
        return Canaries(self.register, self.partners, self.settings.home / "tmp", actor=self.actor, clock=wall_clock)

    def accepting(self) -> Accepting:
        """Shapes and schedules of feeds, as of now: what is other than accepted, and accepting it."""
        return Accepting(self.register, self.partners, actor=self.actor, now=self.now(), recorded_at=wall_clock())

    def lives(self) -> Lives:
        """The lives of our accounts, as of now."""
        known = Life(self.register, self.partners, lambda: pipeline.derive_again(self.intake()))
        return Lives(known, actor=self.actor, now=self.now(), recorded_at=wall_clock())

    def outages(self) -> Outages:
        """Outages of partners, as of now."""
        return Outages(self.register, self.partners, actor=self.actor, now=self.now(), recorded_at=wall_clock())

    def work(self) -> Work:
        """Decisions of people about breaks, as of now."""
        return Work(self.register, actor=self.actor, now=self.now(), recorded_at=wall_clock())

    def tickets(self) -> Tickets:
        """Messages to partners and what became of them, as of now."""
        return Tickets(self.register, self.objects, actor=self.actor, now=self.now(), recorded_at=wall_clock())

    def recording(self) -> Recording:
        """What people learnt from a portal, a call or a letter, as of now."""
        known = Reach(self.register, self.objects, self.partners, self.take)
        return Recording(known, actor=self.actor, now=self.now(), recorded_at=wall_clock())

    def checked_at(self) -> int | None:
        """As of when the last check ran, None before the first."""
        with self.register.reading() as view:
            found = view.rows(select(schema.setting.c.value).where(schema.setting.c.name == controls.CHECKED_AT))
        return int(found[0][0]) if found else None

    def follow(self, checked_at: int | None) -> None:
        """Check as of when another home was checked last: scheduled files are expected up to then."""
        if checked_at is not None:
            self._as_of = checked_at
            self.check()

    def state_hash(self) -> str:
        """One hash of everything derived."""
        with self.register.reading() as view:
            return state_hash(view, self.lake.digests())

    def replay(self, progress: Progress | None = None) -> Replayed:
        """Derive everything again from bytes beside the register, and compare."""
        give_way()
        before = self.state_hash()
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=self.settings.home / "tmp")))
            (scratch / "tmp").mkdir(mode=0o700)
            register = open_scratch_register(scratch / "register.db")
            stack.callback(register.close)
            migrate(register)
            settings = Settings(scratch, self.settings.register_url)
            again = App(settings, register, self.key, self._as_of, self.actor, of=self)
            stack.callback(again.close)
            with self.register.reading() as view:
                with register.transaction(self.actor, "replay", "setup", wall_clock()) as batch:
                    replay.copy_setup(view, batch)
                counting = _counting(progress, replay.count(view))
                pipeline.ingest_anew(again.intake(with_retired=True), replay.arrivals(view, self.objects), counting)
            again.gather()
            again.follow(self.checked_at())
            found = again.state_hash()
            apart = () if found == before else self._apart(again)
        return Replayed(hash=found, before=before, same=found == before, differences=apart)

    def _apart(self, again: "App") -> tuple[Difference, ...]:
        with self.register.reading() as stands, again.register.reading() as derived:
            return tuple(differences(stands, derived))

    def again(self, object_hash: str) -> pipeline.Report:
        """Read kept bytes again, as they came: after a mapping was mended, or a word added to a vocabulary.

        Raises:
          ObjectMissing: No delivery's bytes begin with this hash, or those of several do.
        """
        with self.register.reading() as view:
            deliveries = replay.deliveries_of(view, object_hash)
            arrivals = [a for d in deliveries for a in replay.arrivals(view, self.objects, d)]
            report = pipeline.again(self.intake(with_retired=True), arrivals, deliveries)
        self.gather()
        return report

    def release(self, delivery: str, position: int | None, reason: str) -> int:
        """Release quarantined records of a delivery, looked at and in need of no more; says how many."""
        now = wall_clock()
        with self.register.transaction(self.actor, "release", delivery, now) as batch:
            return quarantine.release(batch, delivery, position, reason, now)

    def open_bytes(self, object_hash: str) -> bytes:
        """The kept bytes of an object, decrypted."""
        with self.register.reading() as view:
            return self.objects.get(replay.stored(view, object_hash))

    def doctor(self, heads: Sequence[Head] = ()) -> list[checkup.Checkup]:
        """Look at the installation's health; heads of the audit chain that were kept elsewhere are looked for in it."""
        found = checkup.all_checks(self.settings, self.register, self.objects, wall_clock(), self.now(), heads)
        return [*found, *checkups.checkups(self.settings.home, self.settings.watch, self.register, wall_clock())]

    def intake(self, with_retired: bool = False) -> pipeline.Intake:
        return pipeline.Intake(
            register=self.register,
            objects=self.objects,
            keeper=self._keeper,
            readers=self._readers,
            beside=self._beside,
            large=LargeLines(self.lake, self._connect),
            partners=self.partners,
            keys=lambda view: grounding.load_keys(view, self.key, with_retired),
            actor=self.actor,
            clock=wall_clock,
        )

    def _connect(self) -> duckdb.DuckDBPyConnection:
        """An engine with the macros on card numbers."""
        # A place of its own: DuckDB removes its directory for what it spills when it closes.
        return connect(self.settings.home / "tmp" / "engine", self.key.token_key)

    def gather(self) -> None:
        """Bring the lake up to the register."""
        with self.register.reading() as view:
            found = view.rows(select(schema.setting.c.value).where(schema.setting.c.name == GATHERED))
            since = int(found[0][0]) if found else 0
            until = gathering.gather(view, self.lake, since)
        if until is not None and until != since:
            with self.register.transaction(self.actor, "gather", "lake", wall_clock()) as batch:
                batch.upsert(schema.setting, [(GATHERED, str(until))])

    def _arrivals(
        self, paths: Sequence[Path], partner: str | None, feed: str | None, account: str | None, received_at: int | None
    ) -> Iterator[Arrival]:
        for path in paths:
            if (path / LIST_NAME).is_file():
                yield from directory.read_directory(path)
                continue
            if partner is None or feed is None:
                raise UsageProblem(
                    where=str(path),
                    found="neither a directory with deliveries.jsonl nor --partner and --feed",
                    wanted="one of the two",
                    remedy=f"Run: recoup ingest {path} --partner PARTNER --feed FEED",
                )
            for file in _files(path):
                yield directory.read_file(
                    file,
                    partner,
                    feed,
                    account=account,
                    landed_at=received_at if received_at is not None else wall_clock(),
                    is_time_given=received_at is not None,
                )


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    if not path.is_file():
        raise UsageProblem(where=str(path), found="no such file or directory", wanted="files to ingest")
    return [path]


def _count(path: Path) -> int:
    if (path / LIST_NAME).is_file():
        with (path / LIST_NAME).open("rb") as lines:
            return sum(1 for line in lines if line.strip())
    return len(_files(path))


def _counting(progress: Progress | None, total: int) -> Callable[[int], None] | None:
    if progress is None:
        return None
    done = 0

    def count(taken: int) -> None:
        nonlocal done
        done += taken
        progress(done, total)

    return count


def _user() -> str:
    return getpass.getuser()
