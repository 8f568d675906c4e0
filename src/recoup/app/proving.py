"""Proofs of partner-days as a use case: as all is known now, or as it was known at an instant."""

import tempfile
from contextlib import closing
from pathlib import Path

from recoup.app import App, wall_clock
from recoup.enquiry.as_known import copy_as_known
from recoup.enquiry.partner_day import DayProof, Which, prove_days
from recoup.storage.migrate import migrate
from recoup.storage.register import open_scratch_register


def prove(app: App, which: Which, known_at: int | None = None) -> list[DayProof]:
    """Prove partner-days four ways.

    Args:
      app: The home.
      which: The days and accounts.
      known_at: As we knew it at this instant; what then waited within its time is told as waiting.
    """
    if known_at is None:
        return app.sealing().prove(which)
    books = app.sealing().books
    now = min(app.now(), known_at)
    scratch = tempfile.TemporaryDirectory(dir=app.settings.home / "tmp", prefix="known-")
    with scratch as place, closing(open_scratch_register(Path(place) / "register.db")) as then:
        migrate(then)
        with then.transaction(app.actor, "known", "proof", wall_clock()) as batch, app.register.reading() as view:
            copy_as_known(view, known_at, batch)
        with then.reading() as view:
            return prove_days(view, which, books, now)
