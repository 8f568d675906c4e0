"""ACH, the bank debits of the United States: returns, contests and notifications of change in Nacha files."""
