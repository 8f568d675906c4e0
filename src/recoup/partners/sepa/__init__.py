"""SEPA direct debits as their creditor sees them: rejects, returns, refunds, reversals, recalls. Read README.md."""
