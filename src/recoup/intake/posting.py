"""Write the difference between wanted and posted entries: turns of facts, never edits."""

from collections.abc import Collection, Sequence

from recoup.intake.ground import Ground
from recoup.ledger.entry import Wanted
from recoup.ledger.posting import difference, load_posted, rows, write
from recoup.storage.register import Batch


def post(
    batch: Batch,
    wanted: Sequence[Wanted],
    ground: Ground,
    *,
    disputes: Collection[str] = (),
    subjects: Collection[str] = (),
    landed_at: int,
    recorded_at: int,
) -> None:
    """Bring the books up to what is wanted about these disputes and subjects.

    Args:
      batch: The write batch.
      wanted: Everything that is wanted about the disputes and subjects given, and about new ones.
      ground: For the days through which books are locked.
      disputes: Those that may have entries already.
      subjects: Reports and money lines that may have entries already.
      landed_at: The latest landing of this batch: since when its reversals are known.
      recorded_at: When this runs; in no hash.
    """
    posted = load_posted(batch, disputes=disputes, subjects=subjects)
    change = difference(wanted, posted.active, posted.turns)
    if change:
        write(batch, rows(change, landed_at=landed_at, recorded_at=recorded_at, locked=ground.locked()))
