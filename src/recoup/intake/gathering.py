"""Bring the lake up to the register: the lines of small deliveries, one Parquet file per partner, feed and day.

A day's file is made anew from the register when one of its lines changed, so
that it can be lost and made again; lines of large deliveries lie in the lake
from the start.
"""

from recoup.storage.lake import Lake
from recoup.storage.register import View


def gather(view: View, lake: Lake) -> None:
    """Write the files of the days whose lines changed."""
