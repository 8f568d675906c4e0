"""Compare what is with what should be: each control looks at the register and says what it sees, as symptoms.

Nothing here changes a fact. `run.check` is the way in; a family of controls is
one file (`deliveries`, `vocabulary`, `lifecycle`, `money`, `settlement`,
`payments`, `house`, `books`, `deadlines`). `explain.py` puts symptoms of one
cause together, `breaks.py` keeps one row per cause.
"""
