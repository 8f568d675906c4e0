"""How a register came to its tables, step by step; `migrate.py` runs the steps."""
