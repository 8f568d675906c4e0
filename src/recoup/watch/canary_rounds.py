"""When canaries are shown: once a day, and at once after Recoup was changed."""

from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from sqlalchemy import select

from recoup import __version__
from recoup.domain.instants import HOUR, Instant
from recoup.partners.contract import Partner
from recoup.storage import schema
from recoup.storage.register import Register, View
from recoup.watch.aviary import Shown, show_all

EVERY = 23 * HOUR
"""A little less than a day, so that a round which takes its time is not late."""
KEPT = 400
"""Rounds that are remembered: a year, and what restarts add to it."""


class Canaries:
    """The rounds of one installation."""

    def __init__(
        self,
        register: Register,
        partners: Mapping[str, Partner],
        folder: Path,
        *,
        actor: str,
        clock: Callable[[], Instant],
    ) -> None:
        """Prepare to show them.

        Args:
          register: Where the results go; nothing else of it is touched.
          partners: As this installation knows them.
          folder: Where throw-away homes are made.
          actor: Who shows them.
          clock: The wall.
        """
        self._register = register
        self._partners = partners
        self._folder = folder
        self._actor = actor
        self._clock = clock

    def round(self, is_stopping: Callable[[], bool] = lambda: False) -> list[Shown]:
        """Show all of them where it is time; gives what became of it, nothing where it is not or was given up."""
        if not self.is_due():
            return []
        found = list(takewhile(lambda _: not is_stopping(), show_all(self._folder, self._partners)))
        if is_stopping():
            return []
        self._remember(found)
        return found

    def _remember(self, found: Sequence[Shown]) -> None:
        now = self._clock()
        with self._register.transaction(self._actor, "watch", "canaries", now) as batch:
            batch.upsert(schema.canary_run, [shown.row(now) for shown in found])
            batch.delete(schema.canary_run, _past(batch))

    def is_due(self) -> bool:
        """Whether the last round was a day ago, of another version, or by a clock that was ahead."""
        c = schema.canary_run.c
        with self._register.reading() as view:
            latest = view.rows(select(c.ran_at, c.version).order_by(c.ran_at.desc()).limit(1))
        if not latest or latest[0][1] != __version__:
            return True
        return not latest[0][0] <= self._clock() < latest[0][0] + EVERY


def _past(view: View) -> list[tuple[str, Instant]]:
    """The results of rounds that are not remembered any more."""
    c = schema.canary_run.c
    rounds = view.rows(select(c.ran_at).distinct().order_by(c.ran_at.desc()).offset(KEPT).limit(KEPT))
    before = max((row[0] for row in rounds), default=None)
    return (
        []
        if before is None
        else [(row[0], row[1]) for row in view.rows(select(c.control, c.ran_at).where(c.ran_at <= before))]
    )
