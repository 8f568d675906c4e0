"""What a dispute is: pure values and functions; no file, clock, network or database. Start with `dispute.py`."""
