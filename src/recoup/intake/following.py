"""What follows from what a batch wrote: whose lines are whose, then disputes, then batches and the bank.

Which dispute an unnamed line is about depends on how disputes fold, and what is
booked of a dispute on its lines: so lines are attributed by the disputes as they
stand, disputes are derived, and those whose lines changed by that once more.
"""

from recoup.intake import attribution, deriving, settling
from recoup.intake.beside import HERE, Beside
from recoup.intake.ground import Ground
from recoup.intake.overlaps import LargeLines
from recoup.intake.taking import Touched
from recoup.storage.register import Batch


def follow(
    batch: Batch,
    touched: Touched,
    ground: Ground,
    recorded_at: int,
    beside: Beside = HERE,
    large: LargeLines | None = None,
) -> None:
    """Bring everything that follows from these facts up to date.

    Args:
      batch: The write batch in which they were written.
      touched: What they touched; what is touched besides is added to it.
      ground: Moves, partners, accounts, terms.
      recorded_at: When this runs; in no hash.
      beside: Processes that may help.
      large: Where the lines of large deliveries are; None where there are none.
    """
    if touched.movements:
        touched.add(attribution.attribute(batch, touched.movements, ()))
    payments = deriving.derive(batch, touched.disputes, touched.fresh, ground, recorded_at, beside)
    if payments:
        moved = attribution.attribute(batch, (), payments)
        touched.add(moved)
        # What they come from changes neither kind nor payment of a dispute: this ends here.
        deriving.derive(batch, moved.disputes, {}, ground, recorded_at, beside)
    settling.settle(batch, touched, ground, recorded_at, large)
