"""All that only reads: list, select, trace, prove.

Answers come as values; faces render them. Nothing here writes, folds or books, and nothing asks what time it is:
`now` and `known_at` are parameters. Read `lists.py` first, then `trace.py` and `proof.py`.
"""
