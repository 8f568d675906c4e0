"""Recoup watches itself: does each control still see its fault, does each loop still go round, are people told?

Nothing here changes a fact. `canaries.py` plants one fault per control in a home that is thrown away, `pulse.py` says
when each loop of the worker last went well, `sending.py` brings pages to people. What is found silent becomes a break
by the controls of `recoup.controls.self_watch`.
"""
