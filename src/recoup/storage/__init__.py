"""Where things are kept: inbox, register, objects, lake, and the engine that runs SQL over the lake.

This room never decides what a row means: callers hand it tuples, bytes and statements, and it promises that
what it took is durable, kept once and chained in the audit. Read `schema.py` for the tables, then `register.py`.
"""
