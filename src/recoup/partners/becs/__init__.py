"""BECS, Australia's bulk electronic clearing: direct debits that came back, by the direct entry file of returns."""
