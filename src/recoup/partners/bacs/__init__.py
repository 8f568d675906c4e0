"""Bacs, the British bank debits: returns, indemnity claims and changes of mandates. Read README.md."""
