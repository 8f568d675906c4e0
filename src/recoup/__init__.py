"""Recoup: the operations platform for payment disputes.

The rooms tell the story of a dispute: received (`intake`), read (`formats`, `partners`), understood (`domain`),
booked (`ledger`), compared (`controls`), shown (`enquiry`, `cli`). Read `domain` first, then `intake/pipeline.py`.
"""

__version__ = "0.1.0.dev0"
