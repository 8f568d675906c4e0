"""Mastercard as a network: the clearing files that GCMS sends to an acquirer."""
