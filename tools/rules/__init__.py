"""The rules of the house that no other tool checks, one file per kind of source."""
