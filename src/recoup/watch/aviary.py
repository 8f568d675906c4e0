"""Show every canary to its control: each in a home of its own that is made, told, checked and thrown away.

The homes are SQLite files in a directory that is removed; nothing of the installation's own register, books, lists or
reports is opened. Before the canaries a home without a fault is shown to all controls: one that sees something there
would see its canary whatever it looks at.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from recoup import __version__
from recoup.controls.moment import Moment, load_moment
from recoup.controls.run import CONTROLS, Control, check
from recoup.domain import tables
from recoup.domain.instants import Instant
from recoup.partners.contract import Partner
from recoup.storage.migrate import migrate
from recoup.storage.register import Register, open_scratch_register
from recoup.watch.canaries import CANARIES, Canary
from recoup.watch.canary_home import ACTOR, CanaryHome, at

CLEAN_DAY = 5
"""By then all of the clean story is told, and nothing of it is near its time."""
LAST_HOUR = 23
SAID_MAX = 200
FAILED = "failed: "


class Shown(msgspec.Struct, frozen=True):
    """What one control made of its canary."""

    control: str
    is_seen: bool
    took_ms: int
    said: str
    """The first sentence that the control said; why it was not seen, where it was not."""

    def row(self, ran_at: Instant) -> tuple[object, ...]:
        """The row of table canary_run."""
        return (self.control, ran_at, int(self.is_seen), self.took_ms, __version__, self.said)


def show_all(folder: Path, partners: Mapping[str, Partner], controls: Sequence[Control] = CONTROLS) -> Iterator[Shown]:
    """Show each control its canary.

    Args:
      folder: Where throw-away homes are made; each is removed at once.
      partners: As this installation knows them, `stripe`, `bank` and `house` among them.
      controls: As the check runs them.
    """
    with tempfile.TemporaryDirectory(dir=folder) as made:
        empty = Path(made) / "empty.db"
        with closing(open_scratch_register(empty)) as register:
            migrate(register)
        restless = _restless(empty, partners, controls)
        for control in controls:
            yield _shown(control, empty, partners, restless)


def _restless(empty: Path, partners: Mapping[str, Partner], controls: Sequence[Control]) -> dict[str, str]:
    """The controls that see something where nothing is wrong, or fail there, with what they say."""
    with _home(empty, partners, Canary(CanaryHome.clean_story, CLEAN_DAY)) as (register, moment):
        said = {control.__name__: _says(control, register, moment) for control in controls}
    return {name: what for name, what in said.items() if what is not None}


def _shown(control: Control, empty: Path, partners: Mapping[str, Partner], restless: Mapping[str, str]) -> Shown:
    name, began = control.__name__, time.perf_counter()
    if name not in CANARIES:
        is_seen, said = False, "no canary is known for this control"
    elif name in restless:
        is_seen, said = False, f"where nothing is wrong: {restless[name]}"
    else:
        with _home(empty, partners, CANARIES[name]) as (register, moment):
            found = _says(control, register, moment)
        is_seen, said = found is not None and not found.startswith(FAILED), found or "nothing seen"
    return Shown(name, is_seen, round((time.perf_counter() - began) * 1_000), said[:SAID_MAX])


def _says(control: Control, register: Register, moment: Moment) -> str | None:
    """The first thing that a control sees; the kind of its error where it fails, and None where it sees nothing."""
    try:
        with register.reading() as view:
            symptoms = control(view, moment)
    except Exception as error:  # noqa: BLE001 a control that fails sees nothing, whatever the error
        return f"{FAILED}{type(error).__name__}"
    return symptoms[0].seen if symptoms else None


@contextmanager
def _home(empty: Path, partners: Mapping[str, Partner], canary: Canary) -> Iterator[tuple[Register, Moment]]:
    """A home with one canary in it, checked."""
    path = empty.with_name("canary.db")
    shutil.copy(empty, path)
    try:
        with closing(open_scratch_register(path)) as register:
            canary.plant(CanaryHome(register, partners, canary.terms))
            now = at(canary.day, LAST_HOUR)
            check(register, now, partners, actor=ACTOR, recorded_at=now, rates=canary.rates)
            with register.reading() as view:
                moment = load_moment(view, now, tables.moves(), partners, rates=canary.rates)
            yield register, moment
    finally:
        for part in empty.parent.glob("canary.db*"):
            part.unlink()
