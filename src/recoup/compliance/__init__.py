"""What is declared complete: partner-days sealed, later facts as visible corrections, months ready to close.

It derives nothing and books nothing: a seal says what the day's facts were, by counts, sums and a hash, and stays.
Read `content.py` for what is sealed, `readiness.py` for when, `seals.py` for how, `corrections.py` for what comes
after, `close.py` for the month.
"""
