"""Matching: rules as data, compiled to named steps of SQL, that pair the lines of two sides and explain what is left.

A rule never guesses: two candidates that are equally good are called ambiguous, a line is used once, and what a run
confirmed stays until a person takes it back or one of its lines changes. Start with `rule.py` (what a rule says), then
`compiling.py` (what it becomes), then `run.py`.
"""
