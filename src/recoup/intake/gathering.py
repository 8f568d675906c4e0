"""Bring the lake up to the register: the lines of small deliveries, one Parquet file per partner, feed and day.

A day's file is made anew from the register when one of its lines changed, so
that it can be lost and made again; lines of large deliveries lie in the lake
from the start.
"""
