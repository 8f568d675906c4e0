"""Take in pages past one that nothing can take in: it is held, and the rest goes on.

A page that makes a reader of ours fail would else be fetched and fail again in every round, and nothing behind it would
ever come. As in the drain it is found by halving, tried `TRIES` times, and kept as a held delivery with the reason.
"""

from collections.abc import Sequence

import msgspec
import structlog

from recoup.domain.findings import Finding
from recoup.intake.arrival import Arrival
from recoup.intake.inbox_drain import SET_ASIDE, TRIES, Take, is_outside
from recoup.intake.pipeline import Report

_log = structlog.get_logger(__name__)


def past_failures(take: Take) -> Take:
    """Give a way to take arrivals in that holds the ones on which taking in fails.

    Raises:
      StorageProblem, OSError, and what a database driver raises: The world is in trouble, not an arrival.
    """

    def taking(arrivals: Sequence[Arrival]) -> Report:
        try:
            return take(arrivals)
        except Exception as error:
            if is_outside(error):
                raise
            _log.exception("arrivals not taken in", arrivals=len(arrivals), first=arrivals[0].name)
            if len(arrivals) == 1:
                return _tried_again(take, arrivals[0], error)
        half = len(arrivals) // 2
        report = taking(arrivals[:half])
        add_report(report, taking(arrivals[half:]))
        return report

    return taking


def _tried_again(take: Take, arrival: Arrival, error: Exception) -> Report:
    """Take one arrival in that has failed once; hold it where it fails on."""
    for _ in range(TRIES - 1):
        try:
            return take([arrival])
        except Exception as again:
            if is_outside(again):
                raise
            error = again
    found = Finding(SET_ASIDE, arrival.name, f"{TRIES} failures: {type(error).__name__}", "a message that is read")
    return take([msgspec.structs.replace(arrival, broken=found)])


def add_report(total: Report, part: Report) -> None:
    """Count what one part came to into the whole."""
    for field in Report.__struct_fields__:
        setattr(total, field, getattr(total, field) + getattr(part, field))
