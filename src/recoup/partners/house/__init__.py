"""The house: our own payments, refunds, merchants, allocations and ledger, read like any partner's files."""
