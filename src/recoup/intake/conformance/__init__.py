"""The contract that every partner passes: checks over a partner and its samples, as values and without a test runner.

A partner adds samples, not tests. `samples.py` reads them, `bench.py` reads what they hold the way the intake does,
the other modules are families of checks, and `contract.py` lists them all with what each says.
"""
