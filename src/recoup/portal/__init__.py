"""The faces of a running server: the webhook route, health, metrics, and the loops that work behind them.

It translates and renders, and decides nothing. Read `intake_route.py` first, then `server.py` for how it stands up
and goes down, and `worker.py` for what empties the inbox.
"""
